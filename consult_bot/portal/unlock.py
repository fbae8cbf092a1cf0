"""The way in: a link from a letter shows a page and changes nothing; the code typed there opens a session."""

from __future__ import annotations

from datetime import datetime, timedelta

from fastapi import Request
from starlette.responses import Response

from consult_bot.portal.code import has_slip
from consult_bot.portal.cookies import Devices, Sessions
from consult_bot.portal.inputs import Inputs, text_of
from consult_bot.portal.linked import line_of
from consult_bot.portal.pages import Pages
from consult_bot.portal.transactions import committed
from consult_bot.portal.tries import Result, Try, try_code, usable
from storage.store import Store

UNREADABLE = (
    "This is not a whole code. It has eight letters and numbers, in two groups of four. "
    "Please check it; this does not count as a try."
)
SLIP = (
    "One of the characters is not right. Please compare it with the code you wrote down; "
    "this does not count as a try."
)
WRONG = "This is not the code of this link. Please check the code that you got when you sent the form."


class Unlock:
    """`GET` and `POST /p/{token}`."""

    def __init__(self, store: Store, pages: Pages) -> None:
        self._store = store
        self._pages = pages
        self._sessions = Sessions(store.keys, secure=pages.secure)
        self._devices = Devices(store.keys, secure=pages.secure)

    def page(self, request: Request, token: str) -> Response:
        """Show where to type the code, and the way on where this browser has the case open. Changes nothing, so that mail scanners may follow links."""
        with self._store.reading() as work:
            link, now, session = usable(work, token), work.now(), self._sessions.find(request, work)
            line = line_of(work, link.case_number) if link else []
        if link is None:
            return self._dead_link()
        is_open = session is not None and session.number == line[0].number
        return self._ask_for_code(known_device=self._devices.knows(request, line, now), is_open=is_open)

    def open(self, request: Request, token: str, form: Inputs) -> Response:
        """Open a session with the right code, or on a device that is remembered; else say what to do."""
        typed = text_of(form, "access_code")
        if not typed.strip():
            known = self._open_known_device(request, token)
            if known is not None:
                return known
        tried = committed(self._store, lambda work: try_code(work, token, typed))
        if tried.result is Result.OPENED and tried.number is not None:
            return self._opened(tried.number, remember=bool(text_of(form, "only_me")))
        return self._refused(tried, typed)

    def _open_known_device(self, request: Request, token: str) -> Response | None:
        with self._store.reading() as work:
            link, now = usable(work, token), work.now()
            line = line_of(work, link.case_number) if link else []
        if link is None or not self._devices.knows(request, line, now):
            return None
        return self._opened(link.case_number, remember=False)

    def _opened(self, number: int, *, remember: bool) -> Response:
        response = self._pages.go("/case")
        with self._store.reading() as work:
            now = work.now()
        self._sessions.open(response, number, now)
        if remember:
            self._devices.remember(response, number, now)
        return response

    def _refused(self, tried: Try, typed: str) -> Response:
        match tried.result:
            case Result.ENDED:
                return self._dead_link()
            case Result.UNREADABLE:
                return self._ask_for_code(SLIP if has_slip(typed) else UNREADABLE, status=422)
            case Result.WAITING:
                return self._ask_for_code(self._rest(tried.wait_until), status=429)
            case _:
                rest = f" {self._rest(tried.wait_until)}" if tried.wait_until else ""
                return self._ask_for_code(f"{WRONG}{rest}", status=403)

    def _rest(self, until: datetime | None) -> str:
        """Say when to go on, in whole minutes and never too early."""
        if until is None:
            return ""
        minute = self._pages.clock(until + timedelta(seconds=59))
        return f"After several wrong codes this link has to rest. You can try again at {minute}."

    def _ask_for_code(
        self,
        problem: str | None = None,
        *,
        status: int = 200,
        known_device: bool = False,
        is_open: bool = False,
    ) -> Response:
        return self._pages.show(
            "unlock.html", status, problem=problem, known_device=known_device, is_open=is_open
        )

    def _dead_link(self) -> Response:
        return self._pages.show("dead_link.html", 404)
