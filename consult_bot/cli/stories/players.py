"""The players of a story: a patient with a phone, and people in the workspace."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any, TypeVar

import httpx

from consult_bot.cli.stories.pages import Page

PATIENCE_SECONDS = 30.0

Found = TypeVar("Found")
Files = list[tuple[str, tuple[str, bytes, str]]]


class StoryBroken(Exception):
    """The story went differently; the message says where."""


def until(what: str, look: Callable[[], Found | None]) -> Found:
    """Look again and again until there is something to see. Raises StoryBroken when patience ends."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise StoryBroken(f"waited {PATIENCE_SECONDS:.0f} s in vain for {what}")


class Phone:
    """A patient's browser: keeps cookies, follows redirects, fills in forms."""

    def __init__(self, front_door: str) -> None:
        self._http = httpx.Client(base_url=front_door, follow_redirects=True, timeout=30)
        self.page = Page("")
        self.html = ""
        self.status = 0
        self.url = ""

    def open(self, url: str) -> Page:
        """Open an address."""
        return self._shown(self._http.get(url))

    def send(self, *, holding: str, files: Files | None = None, **typed: str) -> Page:
        """Fill in the form that has this input, and send it."""
        form = self.page.form(holding=holding)
        data: dict[str, Any] = {**form.values, **{name: [text] for name, text in typed.items()}}
        target = httpx.URL(self.url).join(form.action or self.url)
        return self._shown(self._http.post(target, data=data, files=files or None))

    def bytes_of(self, url: str) -> bytes:
        """Fetch an image of the page. Raises StoryBroken where there is none."""
        return _content(self._http.get(url))

    def _shown(self, response: httpx.Response) -> Page:
        self.status = response.status_code
        self.url = str(response.url)
        self.html = response.text
        self.page = Page(self.html)
        return self.page


def _content(response: httpx.Response) -> bytes:
    if response.status_code != httpx.codes.OK:
        raise StoryBroken(f"a file was not to be had: status {response.status_code}")
    return response.content


class Workspace:
    """The sandbox's Slack, through its control endpoints."""

    def __init__(self, url: str, channel: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=30)
        self.channel = channel

    def messages(self) -> list[dict[str, Any]]:
        """The channel's messages, each with its `replies`."""
        return list(self._get(f"/_control/messages/{self.channel}"))

    def card(self, number: str) -> dict[str, Any] | None:
        """The card of a case, None before it is posted."""
        return next((m for m in self.messages() if m.get("text", "").startswith(number)), None)

    def mail(self) -> list[dict[str, Any]]:
        """Every letter so far, newest last."""
        return list(self._get("/_control/mail"))

    def bytes_of(self, file: dict[str, Any]) -> bytes:
        """Fetch a file that was shared, as the app's bot may. Raises StoryBroken where it is not to be had."""
        token = self._get("/_control/state")["tokens"]["bot"]
        return _content(self._http.get(file["url_private"], headers={"Authorization": f"Bearer {token}"}))

    def app_heard(self, text: str) -> bool:
        """Whether the app was told of a message with these words and took it."""
        return any(
            told["status"] == httpx.codes.OK and told["payload"].get("event", {}).get("text") == text
            for told in self._get("/_control/log")["callbacks"]
        )

    def advance(self, seconds: float) -> None:
        """Move the clock."""
        self._post("/_control/clock", {"advance_seconds": seconds})

    def _get(self, path: str) -> Any:
        return self._http.get(path).raise_for_status().json()

    def _post(self, path: str, order: dict[str, Any]) -> dict[str, Any]:
        response = self._http.post(path, json=order)
        if response.status_code >= 400:
            raise StoryBroken(
                f"the sandbox refused {path} with status {response.status_code}: {response.text[:300]}"
            )
        return dict(response.json())

    def person(self, user: str, name: str) -> Colleague:
        """Somebody of the workspace."""
        return Colleague(self, user, name)


class Colleague:
    """A person who types, presses and fills in modals."""

    def __init__(self, workspace: Workspace, user: str, name: str) -> None:
        self._workspace = workspace
        self.user = user
        self.name = name

    def types(self, text: str) -> str:
        """Type `/consult …`; return what Slack showed only to them."""
        answer = self._workspace._post(
            "/_control/command",
            {"channel": self._workspace.channel, "user": self.user, "command": "/consult", "text": text},
        )
        return words_in(answer.get("ephemeral"))

    def presses(self, number: str, action_id: str, value: str) -> dict[str, Any]:
        """Press a button of a case's card."""
        card = self._workspace.card(number)
        if card is None:
            raise StoryBroken(f"{number} has no card to press a button on")
        return self._workspace._post(
            "/_control/interact",
            {
                "user": self.user,
                "channel": self._workspace.channel,
                "messageTs": card["ts"],
                "action": {"action_id": action_id, "value": value},
            },
        )

    def says(self, text: str, thread_ts: str) -> None:
        """Write in a thread."""
        self._workspace._post(
            "/_control/message",
            {"channel": self._workspace.channel, "user": self.user, "text": text, "thread_ts": thread_ts},
        )

    def view(self) -> dict[str, Any] | None:
        """The modal on top, None where none is open."""
        view: dict[str, Any] | None = self._workspace._get(f"/_control/view/{self.user}")
        return view

    def fills_in(self, **typed: str) -> dict[str, Any] | None:
        """Fill in the modal on top and submit it; return the modal that is then on top."""
        view = self.view()
        if view is None:
            raise StoryBroken(f"{self.name} has no modal open to fill in")
        values = {}
        for block in view["blocks"]:
            element = block.get("element", {})
            if block["type"] == "input" and element.get("action_id") in typed:
                state = _state(element, typed[element["action_id"]])
                values[block["block_id"]] = {element["action_id"]: state}
        self._workspace._post("/_control/view_submit", {"user": self.user, "values": values})
        return self.view()


NAMES = {"U0ANA": "@Ana", "U0BEN": "@Ben", "U0LENA": "@Lena"}


def as_read(text: str) -> str:
    """Return mrkdwn about as Slack shows it: moments in words, people by name, no marks."""
    text = re.sub(r"<!date\^[^|>]*\|([^>]*)>", r"\1", text)
    text = re.sub(r"<@(\w+)>", lambda found: NAMES.get(found[1], "@somebody"), text)
    return text.replace("*", "")


def _state(element: dict[str, Any], text: str) -> dict[str, Any]:
    """What Slack reports of an input in which somebody chose or typed this."""
    kind = element["type"]
    if kind == "datepicker":
        return {"type": kind, "selected_date": text}
    if kind in {"static_select", "radio_buttons", "external_select"}:
        option = next((o for o in element.get("options", ()) if o["value"] == text), {"value": text})
        return {"type": kind, "selected_option": option}
    return {"type": kind, "value": text}


def words_in(node: object) -> str:
    """Every text in a message, view or answer, in order, in one line."""
    if isinstance(node, dict):
        own = [node["text"]] if isinstance(node.get("text"), str) else []
        below = (
            words_in(value) for key, value in node.items() if not (key == "text" and isinstance(value, str))
        )
        return " ".join(filter(None, [*own, *below]))
    if isinstance(node, list):
        return " ".join(filter(None, map(words_in, node)))
    return ""
