"""The web form: the forms on offer, a form, and the page after it was sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from fastapi import APIRouter, HTTPException
from starlette.datastructures import FormData
from starlette.responses import Response

from consult_bot.case.model import Case, spoken
from consult_bot.case.patient import Patient
from consult_bot.case.submission import AnswerKind, Submission
from consult_bot.case.verb import THE_PATIENT, Done, Refused, Request
from consult_bot.case.words import Words
from consult_bot.desk import Desk
from consult_bot.forms.answers import Problems, left_open, read
from consult_bot.forms.catalogue import Catalogue
from consult_bot.forms.questionnaire import Form, Item
from consult_bot.forms.safe_text import for_storage
from consult_bot.intake.form_token import FormTokens, SentForm
from consult_bot.intake.questions import Filled, blocks_of, problems_in_order
from consult_bot.portal.code import grouped
from consult_bot.portal.cookies import Devices
from consult_bot.portal.inputs import Inputs, text_of, texts_of
from consult_bot.portal.pages import Pages
from consult_bot.portal.photo_tray import PhotoTray, Received
from storage.store import Store

TEMPLATES = Path(__file__).parent / "templates"

UNUSABLE = 422
PHOTOS_FIELD = "photos"
"""What the desk calls the attachments of a request."""

TOO_OLD = (
    "This page was open for more than a day. Everything you wrote is still here: please press Send again."
)
TRY_AGAIN = "That did not work just now. Everything you wrote is still here: please press Send again."


@dataclass(frozen=True, slots=True)
class Returned:
    """A form that comes back filled in: what was sent, the photos kept, and what to set right."""

    inputs: FormData
    photos: Mapping[str, tuple[str, ...]]
    problems: Mapping[str, str]
    nonce: str
    notice: str | None = None


class WebForm:
    """`GET /`, `GET` and `POST /intake/{form}`, and `POST /intake/{form}/this-device`."""

    def __init__(self, desk: Desk, store: Store, catalogue: Catalogue, pages: Pages) -> None:
        self._desk = desk
        self._store = store
        self._catalogue = catalogue
        self._pages = pages.including(TEMPLATES)
        self._tokens = FormTokens(store.keys)
        self._tray = PhotoTray(store)
        self._devices = Devices(store.keys, secure=pages.secure)

    def home(self) -> Response:
        """Show the forms on offer."""
        return self._pages.show(
            "home.html", forms=self._catalogue.forms, answer=self._pages.answer_expected(self._now())
        )

    def page(self, form: str) -> Response:
        """Show an empty form. Raises HTTPException 404 for a form that is not on offer."""
        asked = self._form(form)
        return self._draw(asked, Filled(), self._tokens.fresh(asked.name))

    def submit(self, form: str, inputs: Inputs) -> Response:
        """Make a case of a form and show its number and code; or show the form again with what to set right.

        Sending the same form again makes no second case and shows the same page.
        """
        asked, token = self._form(form), text_of(inputs, "_form")
        nonce = self._tokens.nonce(token, asked.name)
        if nonce is None:
            return self._came_too_late(asked, inputs)
        if self._known(nonce):
            return self._handled(asked, token, Returned(inputs, {}, {}, nonce), None)
        received = self._photos(asked, inputs, nonce)
        problems = {name: " ".join(found.problems) for name, found in received.items() if found.problems}
        photos = {name: found.ids for name, found in received.items()}
        try:
            submission = self._read(asked, inputs, photos)
        except Problems as found:
            problems = {**found.messages, **problems}
        if problems:
            return self._give_back(asked, token, Returned(inputs, photos, problems, nonce))
        return self._handled(asked, token, Returned(inputs, photos, {}, nonce), submission)

    def _handled(
        self, asked: Form, token: str, returned: Returned, submission: Submission | None
    ) -> Response:
        """Ask the desk; a form that it knows already needs no submission."""
        outcome = self._desk.handle(
            Request(
                "submit",
                THE_PATIENT,
                submission=submission,
                attachments=submission.attachments if submission else (),
                once_key=_once_key(returned.nonce),
            )
        )
        if isinstance(outcome, Done):
            sent = SentForm(outcome.case.number, returned.nonce)
            return self._sent(
                outcome.case, sent, outcome.reveal.get("access_code"), repeated=outcome.repeated
            )
        if isinstance(outcome, Refused) and outcome.why.field == PHOTOS_FIELD:
            problems = {q.link_id: outcome.why.text for q in _attachment_questions(asked)[:1]}
            return self._give_back(asked, token, replace(returned, problems=problems))
        return self._give_back(asked, token, replace(returned, notice=TRY_AGAIN))

    def remember_device(self, form: str, inputs: Inputs) -> Response:
        """Remember this device for the case that was just sent, and show the same page again."""
        asked, sent = self._form(form), self._tokens.sent(text_of(inputs, "_sent"))
        if sent is None:
            return self._pages.go(f"/intake/{asked.name}")
        with self._store.reading() as work:
            case, now = work.cases.get(sent.number), work.now()
            unlocked = work.links.ever_unlocked(case.number)
            code = None if unlocked else work.keys.access_code(case.id, case.nonce)
        wanted = bool(text_of(inputs, "only_me"))
        response = self._sent(case, sent, code, repeated=False, remembered=wanted)
        if wanted:
            self._devices.remember(response, case.number, now)
        return response

    def _form(self, name: str) -> Form:
        found = self._catalogue.get(name)
        if found is None:
            raise HTTPException(404)
        return found

    def _now(self) -> datetime:
        with self._store.reading() as work:
            return work.now()

    def _photos(self, asked: Form, inputs: FormData, nonce: str) -> dict[str, Received]:
        """Clean and stage what was attached to each question."""
        return {
            q.link_id: self._tray.receive(inputs, q.link_id, nonce, q.most)
            for q in _attachment_questions(asked)
        }

    def _known(self, nonce: str) -> bool:
        with self._store.reading() as work:
            return work.inbound.seen(_once_key(nonce)) is not None

    def _read(self, asked: Form, inputs: FormData, photos: Mapping[str, tuple[str, ...]]) -> Submission:
        raw = {q.link_id: texts_of(inputs, q.link_id) for q in asked.questions()}
        attached = {name: len(ids) for name, ids in photos.items()}
        answers = read(asked, raw, self._pages.today(self._now()), attached)
        kept = {answer.link_id for answer in answers if answer.kind is AnswerKind.ATTACHMENT}
        ids = tuple(photo for name, found in photos.items() if name in kept for photo in found)
        return Submission(asked.name, asked.title, answers, ids, left_open(asked, answers))

    def _came_too_late(self, asked: Form, inputs: FormData) -> Response:
        token = self._tokens.fresh(asked.name)
        nonce = self._tokens.nonce(token, asked.name) or ""
        received = self._photos(asked, inputs, nonce)
        photos = {name: found.ids for name, found in received.items()}
        return self._give_back(asked, token, Returned(inputs, photos, {}, nonce, TOO_OLD))

    def _give_back(self, asked: Form, token: str, returned: Returned) -> Response:
        sent = {q.link_id: texts_of(returned.inputs, q.link_id) for q in asked.questions()}
        filled = Filled(
            {name: [for_storage(text) for text in found] for name, found in sent.items()},
            {name: self._tray.show(ids, returned.nonce) for name, ids in returned.photos.items()},
            returned.problems,
        )
        return self._draw(asked, filled, token, notice=returned.notice, status=UNUSABLE)

    def _draw(
        self, asked: Form, filled: Filled, token: str, *, notice: str | None = None, status: int = 200
    ) -> Response:
        now = self._now()
        return self._pages.show(
            "form.html",
            status,
            form=asked,
            parts=blocks_of(asked, filled, self._pages.today(now)),
            problems=problems_in_order(asked, filled),
            notice=notice,
            token=token,
            answer=self._pages.answer_expected(now),
        )

    def _sent(
        self, case: Case, sent: SentForm, code: Words | None, *, repeated: bool, remembered: bool = False
    ) -> Response:
        return self._pages.show(
            "sent.html",
            form_name=case.submission.form,
            number=spoken(case.number),
            code=grouped(code) if code else None,
            email=Patient.of(case.submission).email,
            answer=self._pages.by_when(case.due_at, self._now()),
            repeated=repeated,
            remembered=remembered,
            token=self._tokens.of_sent(sent),
        )


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
