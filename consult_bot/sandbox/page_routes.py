"""The browser page, and what it needs to stay live."""

from pathlib import Path
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse
from starlette.staticfiles import StaticFiles

from consult_bot.sandbox import people
from consult_bot.sandbox.api_routes import file_response
from consult_bot.sandbox.control import thread_tree, told_state
from consult_bot.sandbox.local_slack import LocalSlack

PAGE = Path(__file__).parent / "page"
# More than a person scrolls through; older cards stay reachable through the Web API.
SHOWN_MESSAGES = 200


def routes(slack: LocalSlack) -> APIRouter:
    """Returns the page at `/`, the mailbox at `/mail`, and their data. Nothing outside is loaded."""
    router = APIRouter()
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
        f"connect-src 'self'; frame-src 'self' {slack.app_url}; base-uri 'none'; form-action 'none'"
    )
    headers = {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"}

    @router.get("/")
    def page() -> Response:
        return FileResponse(PAGE / "index.html", headers=headers)

    @router.get("/mail")
    def mail_page() -> Response:
        return FileResponse(PAGE / "mail.html", headers=headers)

    @router.get("/page/world", response_model=None)
    def world(since: str = "") -> Response | dict[str, Any]:
        letters = slack.mailbox.letters()
        version = f"{slack.workspace.version}/{len(letters)}"
        return (
            Response(status_code=204) if since == version else _world(slack, letters) | {"version": version}
        )

    @router.get("/page/files/{file_id}")
    def file(file_id: str) -> Response:
        return file_response(slack, file_id)

    @router.get("/page/letters/{index}")
    def letter(index: int) -> Response:
        letters = slack.mailbox.letters()
        if not 0 <= index < len(letters):
            return PlainTextResponse("There is no such letter.", 404)
        # As in a mail program: its own styles and links work, scripts and pictures from outside do not.
        alone = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox allow-popups "
        policy = alone + "allow-popups-to-escape-sandbox"
        html = f'<base target="_blank">{letters[index]["html"]}'
        return HTMLResponse(html, headers={"Content-Security-Policy": policy})

    router.mount("/page", StaticFiles(directory=PAGE))
    return router


def _world(slack: LocalSlack, letters: list[dict[str, object]]) -> dict[str, Any]:
    workspace = slack.workspace
    state = told_state(slack)
    del state["tokens"]
    humans = [person for person in workspace.people() if not person.is_bot]
    shown = [channel.id for channel in workspace.channels()]
    direct = {person.id: workspace.channel(person.id).id for person in humans}
    return state | {
        "default_channel": people.CONSULTS,
        "messages": {
            channel: thread_tree(slack, channel, SHOWN_MESSAGES) for channel in [*shown, *direct.values()]
        },
        "direct": direct,
        "views": {person.id: slack.modals.stack(person.id) for person in humans},
        "homes": {person.id: workspace.home(person.id) for person in humans},
        "whispers": {person.id: workspace.whispers(person.id) for person in humans},
        "mail": letters,
    }
