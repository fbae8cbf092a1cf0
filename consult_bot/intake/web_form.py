"""The web form: what the patient's browser sends becomes a submission."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from fastapi import APIRouter, HTTPException
from starlette.datastructures import FormData
from starlette.responses import Response

from consult_bot.case.submission import AnswerKind, Submission
from consult_bot.case.verb import THE_PATIENT, Done, Refused, Request
from consult_bot.desk import Desk
from consult_bot.forms.answers import Problems, left_open, read
from consult_bot.forms.catalogue import Catalogue
from consult_bot.forms.questionnaire import Form, Item
from consult_bot.intake.form_pages import FormPages, Handed, Returned
from consult_bot.intake.form_token import FormTokens, SentForm
from consult_bot.portal.cookies import Devices
from consult_bot.portal.inputs import Inputs, text_of, texts_of
from consult_bot.portal.pages import Pages
from consult_bot.portal.photo_tray import PhotoTray
from storage.store import Store

PHOTOS_FIELD = "photos"
"""What the desk calls the attachments of a request."""

TOO_OLD = (
    "This page was open for more than a day. Everything you wrote is still here: please press Send again."
)
TRY_AGAIN = "That did not work just now. Everything you wrote is still here: please press Send again."


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

        Sending the same form again makes no second case and shows the same page.
        """
        asked, token = self._form(form), text_of(inputs, "_form")
        nonce = self._tokens.nonce(token, asked.name)
        known, now = self._known(nonce)
        handed = Handed(asked, token, nonce, now) if nonce else self._fresh(asked, now)
        if known:
            return self._handled(handed, Returned(inputs, {}, {}), None)
        returned = self._received(handed, inputs)
        if not nonce:
            return self._pages.given_back(handed, replace(returned, notice=TOO_OLD))
        try:
            submission = self._read(handed, returned)
        except Problems as found:
            returned = replace(returned, problems={**found.messages, **returned.problems})
        if returned.problems:
            return self._pages.given_back(handed, returned)
        return self._handled(handed, returned, submission)

    def remember_device(self, form: str, inputs: Inputs) -> Response:
        """Remember this device for the case that was just sent, and show the same page again."""
        asked, token = self._form(form), text_of(inputs, "_sent")
        sent = self._tokens.sent(token)
        if sent is None:
            return self._pages.form(self._fresh(asked, self._now()))
        with self._store.reading() as work:
            case, now = work.cases.get(sent.number), work.now()
            unlocked = work.links.ever_unlocked(case.number)
            code = None if unlocked else work.keys.access_code(case.id, case.nonce)
        wanted = bool(text_of(inputs, "only_me"))
        response = self._pages.sent(case, code, token, now, remembered=wanted)
        if wanted:
            self._devices.remember(response, case.number, now)
        return response

    def _handled(self, handed: Handed, returned: Returned, submission: Submission | None) -> Response:
        """Ask the desk; a form that it knows already needs no submission."""
        outcome = self._desk.handle(
            Request(
                "submit",
                THE_PATIENT,
                submission=submission,
                attachments=submission.attachments if submission else (),
                once_key=_once_key(handed.nonce),
            )
        )
        if isinstance(outcome, Done):
            token = self._tokens.of_sent(SentForm(outcome.case.number, handed.nonce))
            code = outcome.reveal.get("access_code")
            return self._pages.sent(outcome.case, code, token, handed.now, repeated=outcome.repeated)
        if isinstance(outcome, Refused) and outcome.why.field == PHOTOS_FIELD:
            problems = {q.link_id: outcome.why.text for q in _attachment_questions(handed.form)[:1]}
            return self._pages.given_back(handed, replace(returned, problems=problems))
        later = isinstance(outcome, Refused) and outcome.why.retry
        return self._pages.given_back(handed, replace(returned, notice=TRY_AGAIN, later=later))

    def _received(self, handed: Handed, inputs: FormData) -> Returned:
        """Stage what was attached to each question, and note what cannot be taken."""
        found = {
            q.link_id: self._tray.receive(inputs, q.link_id, handed.nonce, q.most)
            for q in _attachment_questions(handed.form)
        }
        return Returned(
            inputs,
            {name: received.ids for name, received in found.items()},
            {name: " ".join(received.problems) for name, received in found.items() if received.problems},
            later=any(received.later for received in found.values()),
        )

    def _read(self, handed: Handed, returned: Returned) -> Submission:
        """Return the submission. Raises Problems."""
        asked, photos = handed.form, returned.photos
        raw: Mapping[str, list[str]] = {
            q.link_id: texts_of(returned.inputs, q.link_id) for q in asked.questions()
        }
        today = handed.now.astimezone(self._zone).date()
        answers = read(asked, raw, today, {name: len(ids) for name, ids in photos.items()})
        kept = {answer.link_id for answer in answers if answer.kind is AnswerKind.ATTACHMENT}
        ids = tuple(photo for name, found in photos.items() if name in kept for photo in found)
        return Submission(asked.name, asked.title, answers, ids, left_open(asked, answers))

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

    def _known(self, nonce: str | None) -> tuple[bool, datetime]:
        """Tell whether a form with this nonce became a case already, and the time."""
        with self._store.reading() as work:
            known = nonce is not None and work.inbound.seen(_once_key(nonce)) is not None
            return known, work.now()


def _once_key(nonce: str) -> str:
    return f"form:{nonce}"


def _attachment_questions(asked: Form) -> list[Item]:
    return [q for q in asked.questions() if q.kind is AnswerKind.ATTACHMENT]


def intake_router(desk: Desk, store: Store, catalogue: Catalogue, pages: Pages) -> APIRouter:
    """Return the addresses of the web form: `/` and `/intake/{form}`."""
    web_form = WebForm(desk, store, catalogue, pages)
    router = APIRouter(include_in_schema=False)
    router.add_api_route("/", web_form.home, methods=["GET", "HEAD"])
    router.add_api_route("/intake/{form}", web_form.page, methods=["GET", "HEAD"])
    router.add_api_route("/intake/{form}", web_form.submit, methods=["POST"])
    router.add_api_route("/intake/{form}/this-device", web_form.remember_device, methods=["POST"])
    return router
