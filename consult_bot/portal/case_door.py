"""Who may act on a case's page: a form of ours, sent within a session of its own case. What others sent is kept for them."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request
from starlette.datastructures import FormData
from starlette.responses import Response

from consult_bot.case.model import heard, spoken
from consult_bot.forms.safe_text import for_storage
from consult_bot.portal.case_page import CasePage
from consult_bot.portal.cookies import Session
from consult_bot.portal.inputs import files_of, text_of, texts_of
from consult_bot.portal.pages import Pages
from consult_bot.texts.guidance import GOING
from storage.store import Store

CONFLICT = 409

ENDED = "Your time on this page was over, so we did not send anything."
OTHER_CASE = "This page was about {sent}, but you have opened {open} since. We did not send anything."
NOT_OURS = "We could not tell that this came from our own page, so we did not send anything."

WORDS = ("reply", "words", "reason")
"""The inputs of the case's forms that hold words."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A form that may act. `sent` is the case that it names: the session's own, or one that this goes on from."""

    session: Session
    sent: int


class CaseDoor:
    """Lets a form in, or gives back what was typed."""

    def __init__(self, store: Store, pages: Pages, page: CasePage) -> None:
        self._store = store
        self._pages = pages
        self._page = page

    def admit(self, request: Request, form: FormData) -> Admitted | Response:
        """Return the form's session and case; else a page with the words that were not sent, and how to go on."""
        session = self._page.session(request)
        if session is None:
            return self._kept(ENDED, form)
        sent = heard(text_of(form, "case"))
        if sent is not None and not self._same_patient(sent, session):
            other = OTHER_CASE.format(sent=spoken(sent), open=spoken(session.number))
            return self._kept(other, form, is_open=True)
        if sent is None or not self._page.sessions.is_own_form(session, text_of(form, "_token")):
            return self._kept(NOT_OURS, form)
        return Admitted(session, sent)

    def _same_patient(self, sent: int, session: Session) -> bool:
        """Whether the session's case is the form's, or goes on from it since the page was drawn."""
        with self._store.reading() as work:
            return sent == session.number or work.cases.goes_on_in(sent) == session.number

    def _kept(self, refusal: str, form: FormData, *, is_open: bool = False) -> Response:
        words = "\n\n".join(filter(str.strip, (for_storage(text_of(form, name)) for name in WORDS)))
        photos = len(files_of(form, "photos")) + len(texts_of(form, "_kept.photos"))
        return self._pages.show(
            "kept.html",
            CONFLICT,
            refusal=refusal,
            words=words,
            going=GOING_BY_CODE.get(text_of(form, "report")),
            had_photos=photos > 0,
            is_open=is_open,
        )


GOING_BY_CODE = {report.value: words for report, words in GOING.items()}
