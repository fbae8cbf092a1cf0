"""The pages of the web form: the form, empty or given back, and what follows when it was sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from starlette.datastructures import FormData
from starlette.responses import Response

from consult_bot.case.model import Case, spoken
from consult_bot.case.patient import Patient
from consult_bot.case.words import Words
from consult_bot.forms.catalogue import Catalogue
from consult_bot.forms.questionnaire import Form
from consult_bot.forms.safe_text import for_storage
from consult_bot.intake.questions import Filled, blocks_of, problems_in_order
from consult_bot.portal.code import grouped
from consult_bot.portal.inputs import texts_of
from consult_bot.portal.pages import Pages, for_later
from consult_bot.portal.photo_tray import PhotoTray

TEMPLATES = Path(__file__).parent / "templates"

UNUSABLE = 422


@dataclass(frozen=True, slots=True)
class Handed:
    """A form as it is handed out: its token, the nonce in it, and the moment."""

    form: Form
    token: str
    nonce: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Returned:
    """A form that comes back filled in: what was sent, the photos kept, and what to set right.

    `later`: nothing is wrong with it, and a moment later it may well be taken.
    """

    inputs: FormData
    photos: Mapping[str, tuple[str, ...]]
    problems: Mapping[str, str]
    notice: str | None = None
    later: bool = False


class FormPages:
    """Draws the pages of the web form."""

    def __init__(self, pages: Pages, tray: PhotoTray) -> None:
        self._pages = pages.including(TEMPLATES)
        self._tray = tray

    def home(self, catalogue: Catalogue, now: datetime) -> Response:
        """Return the first page, with the forms on offer."""
        return self._pages.show("home.html", forms=catalogue.forms, answer=self._pages.answer_expected(now))

    def form(
        self, handed: Handed, filled: Filled | None = None, *, notice: str | None = None, status: int = 200
    ) -> Response:
        """Return the page of a form."""
        filled = filled or Filled()
        return self._pages.show(
            "form.html",
            status,
            form=handed.form,
            parts=blocks_of(handed.form, filled, self._pages.today(handed.now)),
            problems=problems_in_order(handed.form, filled),
            wrote=filled.wrote,
            notice=notice,
            token=handed.token,
            answer=self._pages.answer_expected(handed.now),
        )

    def given_back(self, handed: Handed, returned: Returned) -> Response:
        """Return the form as it was filled in, with what to set right."""
        sent = {q.link_id: texts_of(returned.inputs, q.link_id) for q in handed.form.questions()}
        filled = Filled(
            {name: [for_storage(text) for text in found] for name, found in sent.items()},
            {name: self._tray.show(ids, handed.nonce) for name, ids in returned.photos.items()},
            returned.problems,
        )
        if not returned.later:
            return self.form(handed, filled, notice=returned.notice, status=UNUSABLE)
        return for_later(self.form(handed, filled, notice=returned.notice))

    def sent(
        self,
        case: Case,
        code: Words | None,
        token: str,
        now: datetime,
        *,
        repeated: bool = False,
        remembered: bool = False,
    ) -> Response:
        """Return the page after submitting: number, code (None where it was used before) and what happens next."""
        return self._pages.show(
            "sent.html",
            form_name=case.submission.form,
            number=spoken(case.number),
            code=grouped(code) if code else None,
            email=Patient.of(case.submission).email,
            answer=self._pages.by_when(case.due_at, now),
            repeated=repeated,
            remembered=remembered,
            token=token,
        )
