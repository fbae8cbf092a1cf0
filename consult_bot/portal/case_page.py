"""The case: what was said on both sides, and the patient's own photos."""

from __future__ import annotations

from typing import Literal

from fastapi import HTTPException, Request
from starlette.responses import Response

from consult_bot.case.errors import UnknownCase
from consult_bot.case.model import Case
from consult_bot.case.verb import THE_PATIENT, Done, Refused
from consult_bot.case.verb import Request as Asked
from consult_bot.desk import Desk
from consult_bot.forms.catalogue import Catalogue
from consult_bot.media.limits import MAX_PHOTOS
from consult_bot.portal.case_view import attachments_of, case_view
from consult_bot.portal.confirmed import EMERGENCY_LINE, confirmed
from consult_bot.portal.cookies import Devices, Session, Sessions
from consult_bot.portal.going_on import where_now
from consult_bot.portal.linked import line_of
from consult_bot.portal.pages import Pages
from consult_bot.portal.photo_tray import PhotoTray
from consult_bot.portal.typed import Typed
from consult_bot.texts.guidance import CORRECTED, OUTRANKED, SOONER
from storage.errors import UnknownAttachment
from storage.store import Store

DONE_COOKIE = "done"


class CasePage:
    """`GET /case` and what it shows."""

    def __init__(self, desk: Desk, store: Store, pages: Pages, offered: Catalogue) -> None:
        self._desk = desk
        self._store = store
        self._pages = pages
        self._offered = offered
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
        response = self.draw(request, session, done=request.cookies.get(DONE_COOKIE, ""))
        response.delete_cookie(DONE_COOKIE, path="/case", httponly=True, samesite="lax")
        return response

    def done(self, what: str) -> Response:
        """Send the browser back to the case, which then confirms once what was done (a name of `confirmed`)."""
        response = self._pages.go("/case")
        response.set_cookie(DONE_COOKIE, what, path="/case", httponly=True, samesite="lax", max_age=60)
        return response

    def draw(
        self,
        request: Request,
        session: Session,
        *,
        done: str = "",
        typed: Typed | None = None,
        problem: str | None = None,
        status: int = 200,
    ) -> Response:
        """Return the page, with what needs another look where there is something."""
        try:
            line = self.line(session)
        except UnknownCase:
            return self._pages.go("/case/ended")
        if request.method != "HEAD":
            line = self._opened(line)
        # The facts come after the cases: whatever counts as read is then also shown.
        facts = self._desk.facts_now()
        typed = typed or Typed.nothing()
        view = case_view(line, facts, self._pages)
        return self._pages.show(
            "case.html",
            status,
            view=view,
            typed=typed,
            kept=self._tray.show(typed.photos, typed.nonce),
            most_photos=MAX_PHOTOS,
            where=None if view.case.may_reply else where_now(line[0], self._offered),
            sooner=SOONER,
            corrected=CORRECTED,
            outranked=OUTRANKED,
            emergency_line=EMERGENCY_LINE,
            confirmed=confirmed(done, view, self._pages),
            problem=problem,
            token=self.sessions.form_token(session),
            remembered=self.devices.knows(request, line, facts.now),
        )

    def line(self, session: Session) -> list[Case]:
        """Return the session's case, and those that it goes on from."""
        with self._store.reading() as work:
            return line_of(work, session.number)

    def photo(self, request: Request, photo_id: str, size: Literal["full", "small"]) -> Response:
        """Return one of the patient's own photos. Raises HTTPException 404 for any other, and without a session."""
        session = self.session(request)
        line = self.line(session) if session else []
        if not any(photo_id in attachments_of(case) for case in line):
            raise HTTPException(404)
        try:
            stored = self._store.photo(photo_id, thumbnail=size == "small")
        except UnknownAttachment:
            raise HTTPException(404) from None
        if stored.number not in {case.number for case in line}:
            raise HTTPException(404)
        return Response(stored.data, media_type=stored.media_type, headers={"content-disposition": "inline"})

    def ended(self) -> Response:
        """Say that the session is over and how to come back."""
        return self._pages.show("ended.html")

    def _opened(self, line: list[Case]) -> list[Case]:
        """Note that the patient is shown these cases, and return them.

        An earlier one is changed only where a text in it is new: most visits have nothing to note there.
        """
        newest, *earlier = line
        return [self._noted(newest), *(self._noted(c) if _has_unread(c) else c for c in earlier)]

    def _noted(self, case: Case) -> Case:
        outcome = self._desk.handle(Asked("opened", THE_PATIENT, case.number))
        if isinstance(outcome, Done):
            return outcome.case
        # What was typed matters more than the note, which the next visit makes.
        return outcome.case or case if isinstance(outcome, Refused) else case


def _has_unread(case: Case) -> bool:
    return any(m.opened_at is None for m in case.messages if not m.from_patient and not m.is_note)
