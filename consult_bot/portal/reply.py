"""The patient's reply; one that comes too late for its case begins a new case, on the same page."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

from consult_bot.case.errors import BadField
from consult_bot.case.verb import THE_PATIENT, Done, Outcome, Refused
from consult_bot.case.verb import Request as Asked
from consult_bot.case.words import Words
from consult_bot.desk import Desk
from consult_bot.forms.catalogue import Catalogue
from consult_bot.media.limits import MAX_PHOTOS
from consult_bot.portal.case_door import Admitted, CaseDoor
from consult_bot.portal.case_page import CasePage
from consult_bot.portal.confirmed import SENT, WENT_ON
from consult_bot.portal.going_on import going_on, where_now
from consult_bot.portal.inputs import Inputs, text_of
from consult_bot.portal.or_call import or_call
from consult_bot.portal.pages import for_later
from consult_bot.portal.photo_tray import PhotoTray
from consult_bot.portal.typed import Typed, too_long, written
from storage.store import Store

UNUSABLE = 422

TRY_AGAIN = "That did not work just now. Nothing is lost: please press Send again. It counts only once."
NEEDS_WORDS = "This becomes a new case. Please tell us in a few words what is going on, then press Send."
CHOOSE = "Please choose from the list."


class Reply:
    """`POST /case/reply`."""

    def __init__(
        self, desk: Desk, store: Store, door: CaseDoor, case_page: CasePage, offered: Catalogue
    ) -> None:
        self._desk = desk
        self._door = door
        self._page = case_page
        self._offered = offered
        self._tray = PhotoTray(store)

    def send(self, request: Request, form: Inputs) -> Response:
        """Send the patient's words and photos, once; else show them again with what was wrong."""
        admitted = self._door.admit(request, form)
        if not isinstance(admitted, Admitted):
            return admitted
        nonce = text_of(form, "_nonce")
        photos = self._tray.receive(form, "photos", nonce, MAX_PHOTOS)
        texts = {"reply": written(form, "reply"), "state": text_of(form, "state")}
        problems = {"photos": " ".join(photos.problems)} if photos.problems else {}
        if refusal := too_long(texts["reply"]):
            problems["reply"] = refusal
        later = photos.later
        outcome = None if problems else self._handled(admitted, Typed(nonce, texts, photos.ids))
        if isinstance(outcome, Done):
            return self._page.done(WENT_ON if outcome.verb.name == "submit" else SENT)
        if isinstance(outcome, Refused):
            again = or_call(TRY_AGAIN, self._desk.practice)
            problems = {outcome.why.field or "reply": outcome.why.text if outcome.why.field else again}
            later = outcome.why.retry
        typed = Typed(nonce, texts, photos.ids, problems)
        page = self._page.draw(request, admitted.session, typed=typed, status=UNUSABLE)
        return for_later(page) if later else page

    def _handled(self, admitted: Admitted, typed: Typed) -> Outcome:
        """Ask the desk for a reply, or for a new case where the old one takes none any more."""
        reply = Asked(
            "reply",
            THE_PATIENT,
            admitted.session.number,
            {"reply": Words(typed.texts["reply"])},
            attachments=typed.photos,
            once_key=f"reply:{admitted.sent}:{typed.nonce}" if typed.nonce else None,
        )
        outcome = self._desk.handle(reply)
        if not isinstance(outcome, Refused) or outcome.why.field or outcome.why.retry or not outcome.case:
            return outcome
        if not typed.texts["reply"]:
            return Refused(BadField(NEEDS_WORDS, field="reply"))
        where, code = where_now(outcome.case, self._offered), typed.texts["state"]
        if code and where.chosen(code) is None:
            return Refused(BadField(CHOOSE, field="state"))
        # A page that did not ask leaves the earlier answer as it was.
        return self._desk.handle(going_on(outcome.case, reply, where.chosen(code)))
