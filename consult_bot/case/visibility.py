"""What the patient sees of a case: pure, so that the preview and the page cannot differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from consult_bot.case.model import (
    MOVES_THE_CASE,
    TO_BE_UNDERSTOOD,
    Case,
    Disposition,
    Message,
    MessageKind,
    Report,
    State,
)
from consult_bot.case.words import Words


@dataclass(frozen=True, slots=True)
class Entry:
    """One message as the patient sees it. `author` is a name, None where the patient wrote it.

    `corrected`: it was wrong, and what is right follows. `report` is how the patient said it goes. A correction of what
    they never saw is guidance to them, and its `kind` says so.
    """

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
    corrected: bool
    report: Report | None


@dataclass(frozen=True, slots=True)
class PatientView:
    """The patient's page of a case at a moment.

    Notes, drafts, tasks and what may still be undone are not in it. `to_understand` are the ids of guidance that the
    patient has not confirmed and nothing has corrected. `may_report`: there is guidance to say how it goes.
    """

    number: str
    state: State
    entries: tuple[Entry, ...]
    to_understand: tuple[str, ...]
    waiting_for_patient: bool
    may_reply: bool
    may_report: bool
    may_withdraw: bool
    answer_by: datetime

    @property
    def to_read(self) -> Entry | None:
        """The newest text that waits to be understood, besides emergency advice: that is understood for itself."""
        waiting = (entry for entry in reversed(self.entries) if entry.id in self.to_understand)
        return next((entry for entry in waiting if entry.kind is not MessageKind.EMERGENCY), None)


def patient_view(case: Case, now: datetime, names: Mapping[str, str]) -> PatientView:
    """Return what the patient sees at `now`. `names` are the authors as the patient
    reads them (`Ana Ruiz, MD`), by Slack id; somebody unknown is "Your care team"."""
    shown = case.shown_at(now)
    entries = tuple(
        _entry(
            message,
            names,
            kind=case.kind_shown(message),
            corrected=case.correction_of(message, now) is not None,
        )
        for message in shown
    )
    to_understand = (
        e for e in entries if e.kind in TO_BE_UNDERSTOOD and not e.understood and not e.corrected
    )
    state = _state_shown(case, now)
    return PatientView(
        number=case.spoken,
        state=state,
        entries=entries,
        to_understand=tuple(entry.id for entry in to_understand),
        waiting_for_patient=state is State.AWAITING_PATIENT,
        may_reply=case.takes_reply_at(now),
        may_report=any(entry.kind in TO_BE_UNDERSTOOD for entry in entries),
        may_withdraw=case.open,
        answer_by=case.due_at,
    )


def _state_shown(case: Case, now: datetime) -> State:
    """The state without what may still be undone: a question in its undo window has not been asked yet."""
    moving = [message for message in case.unsent(now) if message.kind in MOVES_THE_CASE]
    return moving[0].before or case.state if moving and case.open else case.state


def _entry(message: Message, names: Mapping[str, str], *, kind: MessageKind, corrected: bool) -> Entry:
    return Entry(
        id=message.id,
        kind=kind,
        author=None if message.from_patient else names.get(message.author, "Your care team"),
        words=message.words,
        at=message.written_at,
        attachments=message.attachments,
        disposition=message.disposition,
        safety_net=message.safety_net,
        visit_by=message.visit_by,
        understood=message.acknowledged_at is not None,
        corrected=corrected,
        report=message.report,
    )
