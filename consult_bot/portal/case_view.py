"""A case as its page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from consult_bot.case.model import NEEDS_A_CALL, Case, MessageKind, State
from consult_bot.case.visibility import Entry, PatientView, patient_view
from consult_bot.forms.summary import Line, full_form
from consult_bot.portal.pages import Pages
from consult_bot.roster.facts import Facts
from consult_bot.roster.people import signatures
from consult_bot.texts.guidance import HEADING, to_do


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a case stands, for its patient: a few words, and what comes next.

    `go` leads to the `message` (its id) that matters now.
    """

    title: str
    next: str
    go: str = ""
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message of the conversation, and what its guidance says to do."""

    entry: Entry
    heading: str
    to_do: str | None
    urgent: bool

    @property
    def from_patient(self) -> bool:
        return self.entry.author is None


@dataclass(frozen=True, slots=True)
class CaseView:
    """All that a case's page shows at `now`."""

    now: datetime
    case: PatientView
    standing: Standing
    sent_at: datetime
    form: tuple[Line, ...]
    photos: tuple[str, ...]
    bubbles: tuple[Bubble, ...]

    @property
    def to_confirm(self) -> str | None:
        """The newest guidance that the patient has not confirmed."""
        return self.case.to_understand[-1] if self.case.to_understand else None


def case_view(case: Case, facts: Facts, pages: Pages) -> CaseView:
    """Return what the patient sees of the case at the facts' moment."""
    seen = patient_view(case, facts.now, signatures(facts.people.values()))
    return CaseView(
        now=facts.now,
        case=seen,
        standing=_standing(seen, case.reopen_until, facts.now, pages),
        sent_at=case.created_at,
        form=full_form(case.submission),
        photos=case.submission.attachments,
        bubbles=tuple(_bubble(entry) for entry in seen.entries),
    )


def attachments_of(case: Case) -> frozenset[str]:
    """Return the photos that the patient sent with this case."""
    replied = (message.attachments for message in case.messages if message.from_patient)
    return frozenset(case.submission.attachments).union(*replied)


def _bubble(entry: Entry) -> Bubble:
    return Bubble(
        entry,
        HEADING[entry.kind],
        to_do(entry.disposition, entry.visit_by),
        urgent=entry.disposition in NEEDS_A_CALL,
    )


def _standing(seen: PatientView, until: datetime | None, now: datetime, pages: Pages) -> Standing:
    match seen.state:
        case State.NEW | State.CLAIMED:
            return _with_us(seen, now, pages)
        case State.AWAITING_PATIENT:
            asked = _newest(seen, MessageKind.QUESTION)
            return Standing(
                "We need your answer",
                "There is a question for you. We go on when you answer.",
                "Go to the question",
                asked.id if asked else None,
            )
        case State.ADVISED:
            return _advised(seen)
        case _:
            day = f" until {pages.day(until, now)}" if until else ""
            again = f"If it comes back or changes, write below{day} and we open it again."
            over = "It is too long ago to write here. For anything new, please send us a new form."
            return Standing("This case is closed", again if seen.may_reply else over)


def _with_us(seen: PatientView, now: datetime, pages: Pages) -> Standing:
    if seen.answer_by < now:
        phone = pages.practice.phone
        return Standing(
            "We are late", f"You should have had our answer by now, and we are sorry. Please call {phone}."
        )
    when = pages.by_when(seen.answer_by, now)
    if seen.state is State.NEW:
        return Standing("We have it", f"A clinician reads it and answers {when}.")
    return Standing("A clinician has it", f"You get an answer {when}.")


def _advised(seen: PatientView) -> Standing:
    newest = _newest(seen, MessageKind.GUIDANCE)
    urgent = (
        to_do(newest.disposition, newest.visit_by) if newest and newest.disposition in NEEDS_A_CALL else None
    )
    title = urgent or "You have our guidance"
    if not seen.to_understand:
        again = "Write to us if anything changes or is unclear."
        return Standing(title, f"You told us that you understand our guidance. {again}")
    return Standing(
        title,
        "Please read our guidance now and tell us that you understand it.",
        "Go to our guidance",
        seen.to_understand[-1],
    )


def _newest(seen: PatientView, kind: MessageKind) -> Entry | None:
    return next((entry for entry in reversed(seen.entries) if entry.kind is kind), None)
