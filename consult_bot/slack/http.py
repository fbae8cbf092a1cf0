"""Slack's requests over HTTP, handed to Bolt in a thread so that a slow one holds up no other."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Request, Response
from slack_bolt import App, BoltRequest, BoltResponse
from starlette.concurrency import run_in_threadpool

from consult_bot.slack.shape import dispatched

LARGEST_BODY_BYTES = 1_000_000

LONGEST_TIMESTAMP = 12
"""Seconds since 1970 will have ten digits until the year 2286."""

UNREADABLE = (ValueError, TypeError, AttributeError, RecursionError)
"""What Bolt raises over a body that is not Slack's, which it reads before it checks the signature."""


def slack_router(app: App) -> APIRouter:
    """Return the route `POST /slack/events`.

    It answers 413 to more than 1 MB, 400 to what is neither JSON nor a form or not shaped as Slack's payloads are,
    401 to a bad or old signature.
    """
    router = APIRouter()

    @router.post("/slack/events", include_in_schema=False)
    async def events(request: Request) -> Response:
        body = await _read(request)
        if body is None:
            return Response(status_code=413)
        return await run_in_threadpool(_dispatched, app, body, dict(request.headers))

    return router


async def _read(request: Request) -> bytes | None:
    """The body, None where it is too large: then it is not read to its end."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY_BYTES:
            return None
    return bytes(body)


def _dispatched(app: App, body: bytes, headers: dict[str, str | Sequence[str]]) -> Response:
    try:
        asked = BoltRequest(body=body.decode(), headers=headers)
    except UNREADABLE:
        return Response(status_code=400)
    if not _is_a_moment(str(headers.get("x-slack-request-timestamp", "0"))):
        return Response(status_code=401)
    return _answer(dispatched(app, asked))


def _is_a_moment(timestamp: str) -> bool:
    """Whether Bolt can reckon with it, which it does before it looks at the signature: a number, and none too large."""
    return timestamp.isdecimal() and len(timestamp) <= LONGEST_TIMESTAMP


def _answer(answer: BoltResponse) -> Response:
    response = Response(content=answer.body, status_code=answer.status)
    for name, values in answer.headers.items():
        for value in values:
            response.headers.append(name, value)
    return response
