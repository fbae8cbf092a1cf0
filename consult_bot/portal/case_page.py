"""The case: what was said on both sides, and the patient's own photos."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from fastapi import HTTPException, Request
from starlette.responses import Response

from consult_bot.case.model import Case
from consult_bot.case.verb import THE_PATIENT, Done, Refused
from consult_bot.case.verb import Request as Asked
from consult_bot.desk import Desk
from consult_bot.media.limits import MAX_PHOTOS
from consult_bot.portal.case_view import attachments_of, case_view
from consult_bot.portal.cookies import Devices, Session, Sessions
from consult_bot.portal.pages import Pages
from consult_bot.portal.photo_tray import PhotoTray
from consult_bot.texts.guidance import SOONER
from storage.errors import UnknownAttachment
from storage.store import Store

DONE_COOKIE = "done"
CONFIRMED = {
    "sent": "Your message was sent.",
    "understood": "Thank you. Your clinician sees that you understand.",
}


@dataclass(frozen=True, slots=True)
class Typed:
    """A reply that could not be sent, to be shown again with what was wrong. `photos` are staged ids."""

    reply: str
    nonce: str
    photos: tuple[str, ...]
    problems: Mapping[str, str]


class CasePage:
    """`GET /case` and what it shows."""

    def __init__(self, desk: Desk, store: Store, pages: Pages) -> None:
        self._desk = desk
        self._store = store
        self._pages = pages
        self._tray = PhotoTray(store)
        self.sessions = Sessions(store.keys, secure=pages.secure)
        self.devices = Devices(store.keys, secure=pages.secure)

    def session(self, request: Request) -> Session | None:
        """Return the session of a request, None where the code must be typed again."""
        with self._store.reading() as work:
            return self.sessions.find(request, work)

    def page(self, request: Request) -> Response:
        """Show the case and note that the patient was shown it, which a HEAD is not. Without a session, say how to come back."""
        session = self.session(request)
        if session is None:
            return self._pages.go("/case/ended")
        response = self.draw(request, session, confirmed=CONFIRMED.get(request.cookies.get(DONE_COOKIE, "")))
        response.delete_cookie(DONE_COOKIE, path="/case", httponly=True, samesite="lax")
        return response

    def done(self, what: str) -> Response:
        """Send the browser back to the case, which then confirms once what was done (a key of CONFIRMED)."""
        response = self._pages.go("/case")
        response.set_cookie(DONE_COOKIE, what, path="/case", httponly=True, samesite="lax", max_age=60)
        return response

    def draw(
        self,
        request: Request,
        session: Session,
        *,
        confirmed: str | None = None,
        typed: Typed | None = None,
        problem: str | None = None,
        status: int = 200,
    ) -> Response:
        """Return the page, with a reply that needs another look where there is one."""
        case = self._case(session.number) if request.method == "HEAD" else self._opened(session.number)
        if case is None:
            return self._pages.go("/case/ended")
        # The facts come after the case: whatever counts as read is then also shown.
        facts = self._desk.facts_now()
        typed = typed or Typed("", secrets.token_hex(16), (), {})
        return self._pages.show(
            "case.html",
            status,
            view=case_view(case, facts, self._pages),
            typed=typed,
            kept=self._tray.show(typed.photos, typed.nonce),
            most_photos=MAX_PHOTOS,
            sooner=SOONER,
            confirmed=confirmed,
            problem=problem,
            token=self.sessions.form_token(session),
            remembered=self.devices.knows(request, session.number, facts.now),
        )

    def photo(self, request: Request, photo_id: str, size: Literal["full", "small"]) -> Response:
        """Return one of the patient's own photos. Raises HTTPException 404 for any other, and without a session."""
        session = self.session(request)
        if session is None or photo_id not in attachments_of(self._case(session.number)):
            raise HTTPException(404)
        try:
            with self._store.reading() as work:
                stored = work.attachments.read(photo_id, thumbnail=size == "small")
        except UnknownAttachment:
            raise HTTPException(404) from None
        if stored.number != session.number:
            raise HTTPException(404)
        return Response(stored.data, media_type=stored.media_type, headers={"content-disposition": "inline"})

    def ended(self) -> Response:
        """Say that the session is over and how to come back."""
        return self._pages.show("ended.html")

    def _opened(self, number: int) -> Case | None:
        """Note that the patient is shown the case, and return it; None where that may not be."""
        outcome = self._desk.handle(Asked("opened", THE_PATIENT, number))
        if isinstance(outcome, Done):
            return outcome.case
        # What was typed matters more than the note, which the next visit makes.
        return self._case(number) if isinstance(outcome, Refused) and outcome.why.retry else None

    def _case(self, number: int) -> Case:
        with self._store.reading() as work:
            return work.cases.get(number)
