"""The web form: what the patient's browser sends becomes a submission."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from fastapi import APIRouter, HTTPException
from starlette.datastructures import FormData
from starlette.responses import Response

from consult_bot.case.submission import AnswerKind, Submission
from consult_bot.case.verb import THE_PATIENT, Done, Outcome, Refused, Request
from consult_bot.desk import Desk
from consult_bot.desk.away import NO_ANSWER, note
from consult_bot.forms.answers import Problems, left_open, read
from consult_bot.forms.catalogue import Catalogue
from consult_bot.forms.questionnaire import Form, Item
from consult_bot.intake.form_pages import FormPages, Handed, Returned
from consult_bot.intake.form_token import FormTokens
from consult_bot.portal.cookies import Devices
from consult_bot.portal.inputs import Inputs, all_texts, text_of
from consult_bot.portal.or_call import or_call
from consult_bot.portal.pages import Pages
from consult_bot.portal.photo_tray import PhotoTray
from storage.store import Store

SENT_PAGE_GOOD_FOR = timedelta(hours=1)
"""How long after submitting a device can be remembered without its code."""

PHOTOS_FIELD = "photos"
"""What the desk calls the attachments of a request."""

TOO_OLD = (
    "This page was open for more than a day. Everything you wrote is still here: please press Send again."
)
TRY_AGAIN = "That did not work just now. Everything you wrote is still here: please press Send again. It counts only once."
NOT_STORED = (
    "We could not store this just now. Everything you wrote is still here: if you added photos, please choose them "
    "again. Then press Send again."
)


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that came in with a good token: what was handed out, and what came back."""

    form: Form
    token: str
    nonce: str
    returned: Returned


class WebForm:
    """`GET /`, `GET` and `POST /intake/{form}`, and `POST /intake/{form}/this-device`."""

    def __init__(self, desk: Desk, store: Store, catalogue: Catalogue, pages: Pages) -> None:
        self._desk = desk
        self._store = store
        self._catalogue = catalogue
        self._zone = pages.zone
        self._tokens = FormTokens(store.keys)
        self._tray = PhotoTray(store)
        self._devices = Devices(store.keys, secure=pages.secure)
        self._pages = FormPages(pages, self._tray)

    def home(self) -> Response:
        """Show the forms on offer."""
        return self._pages.home(self._catalogue, self._now())

    def page(self, form: str) -> Response:
        """Show an empty form. Raises HTTPException 404 for a form that is not on offer."""
        return self._pages.form(self._fresh(self._form(form), self._now()))

    def submit(self, form: str, inputs: Inputs) -> Response:
        """Make a case of a form and show its number and code; or show the form again with what to set right.

        Sending the same form again makes no second case and shows the same page. While database, keys or bucket are
        away, nothing is stored and the form comes back as it is.
        """
        asked = self._form(form)
        try:
            return self._submitted(asked, inputs)
        except NO_ANSWER as error:
            note(error)
            handed = Handed(asked, text_of(inputs, "_form"), "", datetime.now(UTC))
            return self._pages.given_back(
                handed, Returned(inputs, {}, {}, self._or_call(NOT_STORED), later=True)
            )

    def _submitted(self, asked: Form, inputs: Inputs) -> Response:
        token = text_of(inputs, "_form")
        nonce = self._tokens.nonce(token, asked.name)
        if not nonce:
            fresh = self._fresh(asked, self._now())
            returned = self._received(asked, fresh.nonce, inputs)
            return self._pages.given_back(fresh, replace(returned, notice=TOO_OLD))
        takes_in = self._tray.holds_any(inputs, _names(asked.attachments)) and not self._known(nonce)
        returned = self._received(asked, nonce, inputs) if takes_in else Returned(inputs, {}, {})
        sent = Sent(asked, token, nonce, returned)
        try:
            outcome = self._desk.handle(_request(nonce), lambda now: self._read(sent, now))
        except Problems as found:
            problems = {**found.messages, **returned.problems}
            return self._pages.given_back(self._handed(sent), replace(returned, problems=problems))
        return self._answered(sent, outcome)

    def remember_device(self, form: str, inputs: Inputs) -> Response:
        """Remember this device for the case that was just sent, and show the same page again."""
        asked, token = self._form(form), text_of(inputs, "_form")
        nonce = self._tokens.nonce(token, asked.name)
        with self._store.reading() as work:
            now, number = work.now_and_seen(_once_key(nonce or ""))
            case = work.cases.get(number) if nonce and number is not None else None
            if case is None or now - case.created_at > SENT_PAGE_GOOD_FOR:
                return self._pages.form(self._fresh(asked, now))
            unlocked = work.links.ever_unlocked(case.number)
            code = None if unlocked else work.keys.access_code(case.id, case.nonce)
        wanted = bool(text_of(inputs, "only_me"))
        response = self._pages.sent(case, code, token, now, remembered=wanted)
        if wanted:
            self._devices.remember(response, case.number, now)
        return response

    def _answered(self, sent: Sent, outcome: Outcome) -> Response:
        if isinstance(outcome, Done):
            code = outcome.reveal.get("access_code")
            now = self._now() if outcome.repeated else outcome.case.created_at
            return self._pages.sent(outcome.case, code, sent.token, now, repeated=outcome.repeated)
        handed = self._handed(sent)
        if isinstance(outcome, Refused) and outcome.why.field == PHOTOS_FIELD:
            problems = {name: outcome.why.text for name in _names(sent.form.attachments[:1])}
            return self._pages.given_back(handed, replace(sent.returned, problems=problems))
        later = isinstance(outcome, Refused) and outcome.why.retry
        return self._pages.given_back(
            handed, replace(sent.returned, notice=self._or_call(TRY_AGAIN), later=later)
        )

    def _or_call(self, try_again: str) -> str:
        return or_call(try_again, self._desk.practice)

    def _received(self, asked: Form, nonce: str, inputs: FormData) -> Returned:
        """Stage what was attached to each question, and note what cannot be taken."""
        found = {q.link_id: self._tray.receive(inputs, q.link_id, nonce, q.most) for q in asked.attachments}
        return Returned(
            inputs,
            {name: received.ids for name, received in found.items()},
            {name: " ".join(received.problems) for name, received in found.items() if received.problems},
            later=any(received.later for received in found.values()),
        )

    def _read(self, sent: Sent, now: datetime) -> Request:
        """Return the whole request, read at this moment. Raises Problems, also for photos that cannot be taken."""
        asked, photos = sent.form, sent.returned.photos
        today = now.astimezone(self._zone).date()
        attached = {name: len(ids) for name, ids in photos.items()}
        answers = read(asked, all_texts(sent.returned.inputs), today, attached)
        if sent.returned.problems:
            raise Problems(sent.returned.problems)
        kept = {answer.link_id for answer in answers if answer.kind is AnswerKind.ATTACHMENT}
        ids = tuple(photo for name, found in photos.items() if name in kept for photo in found)
        submission = Submission(asked.name, asked.title, answers, ids, left_open(asked, answers))
        return replace(_request(sent.nonce), submission=submission, attachments=ids)

    def _form(self, name: str) -> Form:
        found = self._catalogue.get(name)
        if found is None:
            raise HTTPException(404)
        return found

    def _fresh(self, asked: Form, now: datetime) -> Handed:
        token, nonce = self._tokens.fresh(asked.name)
        return Handed(asked, token, nonce, now)

    def _now(self) -> datetime:
        with self._store.reading() as work:
            return work.now()

    def _handed(self, sent: Sent) -> Handed:
        return Handed(sent.form, sent.token, sent.nonce, self._now())

    def _known(self, nonce: str) -> bool:
        """Tell whether a form with this nonce became a case already, before its photos are taken in once more."""
        with self._store.reading() as work:
            return work.inbound.seen(_once_key(nonce)) is not None


def _request(nonce: str) -> Request:
    return Request("submit", THE_PATIENT, once_key=_once_key(nonce))


def _once_key(nonce: str) -> str:
    return f"form:{nonce}"


def _names(questions: tuple[Item, ...]) -> list[str]:
    return [question.link_id for question in questions]


def intake_router(desk: Desk, store: Store, catalogue: Catalogue, pages: Pages) -> APIRouter:
    """Return the addresses of the web form: `/` and `/intake/{form}`."""
    web_form = WebForm(desk, store, catalogue, pages)
    router = APIRouter(include_in_schema=False)
    router.add_api_route("/", web_form.home, methods=["GET", "HEAD"])
    router.add_api_route("/intake/{form}", web_form.page, methods=["GET", "HEAD"])
    router.add_api_route("/intake/{form}", web_form.submit, methods=["POST"])
    router.add_api_route("/intake/{form}/this-device", web_form.remember_device, methods=["POST"])
    return router
