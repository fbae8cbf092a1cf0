"""What the patient sees of a case: pure, so that the preview and the page cannot differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from consult_bot.case.model import Case, Disposition, Message, MessageKind, State
from consult_bot.case.words import Words


@dataclass(frozen=True, slots=True)
class Entry:
    """One message as the patient sees it. `author` is a name, None where the patient wrote it."""

    id: str
    kind: MessageKind
    author: str | None
    words: Words
    at: datetime
    attachments: tuple[str, ...]
    disposition: Disposition | None
    safety_net: Words | None
    visit_by: date | None
    understood: bool


@dataclass(frozen=True, slots=True)
class PatientView:
    """The patient's page of a case at a moment.

    Notes, drafts, tasks and what may still be undone are not in it. `to_understand` are the ids of guidance that the
    patient has not confirmed.
    """

    number: str
    state: State
    entries: tuple[Entry, ...]
    to_understand: tuple[str, ...]
    waiting_for_patient: bool
    may_reply: bool
    answer_by: datetime


def patient_view(case: Case, now: datetime, names: Mapping[str, str]) -> PatientView:
    """Return what the patient sees at `now`. `names` are the authors as the patient
    reads them (`Ana Ruiz, MD`), by Slack id; somebody unknown is "Your care team"."""
    shown = tuple(message for message in case.messages if message.reaches_patient_by(now))
    entries = tuple(_entry(message, names) for message in shown)
    state = _state_shown(case, now)
    return PatientView(
        number=case.spoken,
        state=state,
        entries=entries,
        to_understand=tuple(e.id for e in entries if e.kind is MessageKind.GUIDANCE and not e.understood),
        waiting_for_patient=state is State.AWAITING_PATIENT,
        may_reply=case.takes_reply_at(now),
        answer_by=case.due_at,
    )


def _state_shown(case: Case, now: datetime) -> State:
    """The state without what may still be undone: a question in its undo window has not been asked yet."""
    unsent = case.unsent(now)
    return unsent[0].before or case.state if unsent else case.state


def _entry(message: Message, names: Mapping[str, str]) -> Entry:
    return Entry(
        id=message.id,
        kind=message.kind,
        author=None if message.from_patient else names.get(message.author, "Your care team"),
        words=message.words,
        at=message.written_at,
        attachments=message.attachments,
        disposition=message.disposition,
        safety_net=message.safety_net,
        visit_by=message.visit_by,
        understood=message.acknowledged_at is not None,
    )
