"""Slack's doors that the app knocks on: the Web API, uploads, files and response addresses."""

import json
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from consult_bot.sandbox.errors import Ratelimited, SlackError
from consult_bot.sandbox.faults import Fault
from consult_bot.sandbox.local_slack import LocalSlack
from consult_bot.sandbox.uploads import media_type
from consult_bot.sandbox.web_api import Arguments, call
from consult_bot.sandbox.web_api.arguments import parsed
from consult_bot.sandbox.web_api.methods import refused, scope_headers

# Cuts the connection a request came by before anything is answered; returns whether there was one to cut.
Cut = Callable[[Request], bool]


async def raw_body(request: Request) -> bytes:
    return await request.body()


RawBody = Annotated[bytes, Depends(raw_body)]


def routes(slack: LocalSlack, cut: Cut) -> APIRouter:
    """Returns the endpoints of one sandbox's Slack."""
    router = APIRouter()

    @router.api_route("/api/{method}", methods=["GET", "POST"])
    def web_api(method: str, request: Request, body: RawBody) -> Response:
        return _answered(slack, method, request, body, cut)

    @router.post("/upload/v1/{ticket}")
    def upload(ticket: str, request: Request, body: RawBody) -> Response:
        fault = slack.faults.take("files.upload")
        if fault and not fault.lose_reply:
            return _failed(fault)
        try:
            received = PlainTextResponse(f"OK - {slack.uploads.receive(ticket, body)}")
        except SlackError as refusal:
            return JSONResponse(refused(refusal), 400)
        return _lost(request, cut) if fault else received

    @router.get("/files/{file_id}/{name}")
    def private_file(file_id: str, request: Request) -> Response:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        try:
            slack.installation.check_bot_token(token)
            slack.installation.check_scope("files:read")
        except SlackError:
            return PlainTextResponse("Files are for those who bring the app's token.", 403)
        return file_response(slack, file_id)

    @router.post("/response/{token}")
    def respond(token: str, body: RawBody) -> Response:
        try:
            slack.response_urls.receive(token, _content(body))
        except SlackError as refusal:
            return JSONResponse(refused(refusal), 404 if refusal.code.endswith("_url") else 400)
        return PlainTextResponse("ok")

    return router


def file_response(slack: LocalSlack, file_id: str) -> Response:
    """Returns a file's bytes, never to be run by a browser as anything but what its name says."""
    try:
        kind = media_type(slack.uploads.file(file_id)["name"])
        content = slack.uploads.content(file_id)
    except SlackError:
        return PlainTextResponse("There is no such file.", 404)
    safe = kind if kind.startswith(("image/", "audio/", "video/")) else "application/octet-stream"
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
    return Response(content, media_type=safe, headers=headers)


def _answered(slack: LocalSlack, method: str, request: Request, body: bytes, cut: Cut) -> Response:
    fault = slack.faults.take(method)
    try:
        given = parsed(request.headers.get("content-type", ""), body, request.url.query)
    except SlackError as refusal:
        return JSONResponse(refused(refusal))
    arguments = Arguments(given)
    entry: dict[str, Any] = {"method": method, "args": arguments.told()}
    entry["at"] = slack.workspace.clock.now_seconds()
    if fault and not fault.lose_reply:
        slack.log.called(
            entry | {"ok": False, "fault": True, "error": fault.error, "status": fault.http_status}
        )
        return _failed(fault)
    status, headers, answer = _called(slack, method, arguments, request.headers.get("authorization", ""))
    lost = {"fault": True, "reply_lost": True} if fault else {}
    slack.log.called(entry | {"ok": answer["ok"], "error": answer.get("error"), "status": status} | lost)
    if fault:
        return _lost(request, cut)
    return JSONResponse(answer, status, headers=headers | scope_headers(slack, method))


def _called(
    slack: LocalSlack, method: str, arguments: Arguments, authorization: str
) -> tuple[int, dict[str, str], dict[str, Any]]:
    """Returns HTTP status, headers and body. Slack refuses with 200, except for too many calls."""
    try:
        return 200, {}, call(slack, method, arguments, authorization)
    except Ratelimited as limited:
        return 429, {"Retry-After": str(limited.retry_after_seconds)}, refused(limited)
    except SlackError as refusal:
        return 200, {}, refused(refusal)


def _failed(fault: Fault) -> Response:
    if fault.body is None:
        return PlainTextResponse("", fault.http_status, headers=fault.headers)
    return JSONResponse(fault.body, fault.http_status, headers=fault.headers)


def _lost(request: Request, cut: Cut) -> Response:
    # Where there is no connection to cut (no real server), a bare 502 says as little.
    cut(request)
    return PlainTextResponse("", 502)


def _content(body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body)
    except ValueError:
        raise SlackError("invalid_payload") from None
    if not isinstance(given, dict):
        raise SlackError("invalid_payload")
    return given
