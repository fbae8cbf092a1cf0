"""What the patient does on the case's page: answer, understand, leave."""

from __future__ import annotations

from fastapi import Request
from starlette.datastructures import FormData
from starlette.responses import Response

from consult_bot.case.model import heard, spoken
from consult_bot.case.verb import THE_PATIENT, Done, Refused
from consult_bot.case.verb import Request as Asked
from consult_bot.case.words import Words
from consult_bot.desk import Desk
from consult_bot.forms.questionnaire import MOST_TEXT_CHARACTERS
from consult_bot.forms.safe_text import for_storage, is_blank
from consult_bot.media.limits import MAX_PHOTOS
from consult_bot.portal.case_page import CasePage, Typed
from consult_bot.portal.cookies import Session
from consult_bot.portal.inputs import Inputs, files_of, text_of, texts_of
from consult_bot.portal.pages import Pages, for_later
from consult_bot.portal.photo_tray import PhotoTray
from consult_bot.portal.transactions import committed
from storage.store import Store

CONFLICT = 409
UNUSABLE = 422

ENDED = "Your time on this page was over, so we did not send anything."
OTHER_CASE = "This page was about {sent}, but you have opened {open} since. We did not send anything."
NOT_OURS = "We could not tell that this came from our own page, so we did not send anything."
TOO_LATE = "This case was closed too long ago to write here, so we did not send anything."
TRY_AGAIN = "That did not work just now. Nothing is lost: please press Send again."
RELOADED = "There is something new below. Please read it, then press “I understand”."


class CaseActs:
    """`POST /case/reply`, `/case/acknowledge` and `/case/leave`."""

    def __init__(self, desk: Desk, store: Store, pages: Pages, case_page: CasePage) -> None:
        self._desk = desk
        self._store = store
        self._pages = pages
        self._page = case_page
        self._tray = PhotoTray(store)

    def reply(self, request: Request, form: Inputs) -> Response:
        """Send the patient's words and photos to the case, once; else show them again with what was wrong."""
        session = self._page.session(request)
        refusal = self._refusal(session, form)
        if session is None or refusal:
            return self._kept(refusal, form)
        words, nonce = _words(form), text_of(form, "_nonce")
        photos = self._tray.receive(form, "photos", nonce, MAX_PHOTOS)
        problems = {"photos": " ".join(photos.problems)} if photos.problems else {}
        if len(words) > MOST_TEXT_CHARACTERS:
            problems["reply"] = (
                f"This has {len(words):,} characters. Please shorten it to {MOST_TEXT_CHARACTERS:,} or fewer."
            )
        typed = Typed(words, nonce, photos.ids, problems)
        if problems:
            page = self._page.draw(request, session, typed=typed, status=UNUSABLE)
            return for_later(page) if photos.later else page
        outcome = self._desk.handle(
            Asked(
                "reply",
                THE_PATIENT,
                session.number,
                {"reply": Words(words)},
                attachments=photos.ids,
                once_key=f"reply:{session.number}:{nonce}" if nonce else None,
            )
        )
        if isinstance(outcome, Done):
            return self._page.done("sent")
        why = outcome.why if isinstance(outcome, Refused) else None
        if why and not why.field and not why.retry:
            return self._kept(TOO_LATE, form, over=True)
        problems[(why and why.field) or "reply"] = why.text if why and why.field else TRY_AGAIN
        page = self._page.draw(request, session, typed=typed, status=UNUSABLE)
        return for_later(page) if why and why.retry else page

    def acknowledge(self, request: Request, form: Inputs) -> Response:
        """Note that the patient understands the guidance that this page showed."""
        session = self._page.session(request)
        refusal = self._refusal(session, form)
        if session is None or refusal:
            return self._kept(refusal, form)
        outcome = self._desk.handle(
            Asked("acknowledge", THE_PATIENT, session.number, about=text_of(form, "about"))
        )
        if isinstance(outcome, Done):
            return self._page.done("understood")
        return self._page.draw(request, session, problem=RELOADED, status=CONFLICT)

    def leave(self, request: Request, form: Inputs) -> Response:
        """Lock the page; with `forget`, ask for the code on this device again."""
        response = self._pages.go("/case/ended")
        session = self._page.session(request)
        if session and text_of(form, "forget"):
            self._page.devices.forget(response, session.number)
        self._page.sessions.take_away(response)
        if session:
            committed(self._store, lambda work: self._page.sessions.end(work, session))
        return response

    def _refusal(self, session: Session | None, form: FormData) -> str | None:
        """Return why a form may not act on the session's case, None where it may."""
        if session is None:
            return ENDED
        sent = heard(text_of(form, "case"))
        if sent is not None and sent != session.number:
            return OTHER_CASE.format(sent=spoken(sent), open=spoken(session.number))
        if sent is None or not self._page.sessions.is_own_form(session, text_of(form, "_token")):
            return NOT_OURS
        return None

    def _kept(self, refusal: str | None, form: FormData, *, over: bool = False) -> Response:
        """Show the words that were not sent, and how to go on; `over` where this case takes no more."""
        reply = for_storage(text_of(form, "reply"))
        photos = len(files_of(form, "photos")) + len(texts_of(form, "_kept.photos"))
        return self._pages.show(
            "kept.html", CONFLICT, refusal=refusal, reply=reply, had_photos=photos > 0, over=over
        )


def _words(form: FormData) -> str:
    """Return the reply, the empty string where nothing in it can be seen."""
    words = for_storage(text_of(form, "reply"))
    return "" if is_blank(words) else words
