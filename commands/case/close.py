"""close: the case ends, with a reason, and never over a loose end."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from consult_bot.case.errors import BadField, LooseEnds
from consult_bot.case.events import Event, Happened
from consult_bot.case.model import Case, CloseReason, Message, MessageKind
from consult_bot.case.verb import Change, Field, FieldKind, Option, Request, Verb
from consult_bot.roster.facts import Facts

REASONS = (
    Option(CloseReason.ANSWERED, "Answered"),
    Option(CloseReason.IN_PERSON, "Seen in person"),
    Option(CloseReason.EMERGENCY, "Sent to emergency care"),
    Option(CloseReason.REFERRED, "Referred"),
    Option(CloseReason.NO_ANSWER, "The patient did not answer"),
    Option(CloseReason.WITHDRAWN, "Withdrawn by the patient"),
    Option(CloseReason.DUPLICATE, "Duplicate"),
    Option(CloseReason.WRONG_PATIENT, "Wrong patient"),
    Option(CloseReason.UNSUITABLE, "Not suitable for a written consult"),
)


def perform(case: Case, request: Request, facts: Facts) -> Change:
    """Return the case closed. Raises LooseEnds, which names each one."""
    reason = _reason(request)
    ends = loose_ends(case, facts.now)
    if reason is CloseReason.ANSWERED and case.last_of(MessageKind.GUIDANCE) is None:
        ends.append("no guidance was ever sent, so it is not answered")
    if ends:
        raise LooseEnds(f"{case.spoken} cannot close yet: {'; '.join(ends)}.")
    closed = replace(
        case,
        closed_at=facts.now,
        closed_by=request.actor.id,
        close_reason=reason,
        reopen_until=facts.now + facts.practice.reopen_window,
        lease_until=None,
        drafts=(),
        state=type(case.state).CLOSED,
    )
    return Change(closed, (Event(Happened.CLOSED, reason=reason),))


def loose_ends(case: Case, now: datetime) -> list[str]:
    """Return what still hangs on this case, each in words; empty where it may close."""
    ends = []
    if case.unsent(now):
        ends.append("a message is still in its undo window")
    guidance = case.last_of(MessageKind.GUIDANCE)
    if guidance is not None and guidance.reaches_patient_by(now) and guidance.opened_at is None:
        ends.append("the patient has not read the guidance")
    if _unanswered(case.messages):
        ends.append("the patient's last message is unanswered")
    ends.extend(f"the {task.kind.value.replace('_', ' ')} task is open" for task in case.open_tasks)
    return ends


def _unanswered(messages: tuple[Message, ...]) -> bool:
    crossing = [m for m in messages if m.kind is not MessageKind.NOTE]
    return bool(crossing) and crossing[-1].kind is MessageKind.REPLY


def _reason(request: Request) -> CloseReason:
    try:
        return CloseReason(request.text("reason"))
    except ValueError:
        raise BadField(f"Choose why it ends: {', '.join(CloseReason)}.", field="reason") from None


CLOSE = Verb(
    name="close",
    label="Close",
    help="end a case, with a reason",
    perform=perform,
    fields=(Field("reason", "Why does it end?", kind=FieldKind.CHOICE, options=REASONS),),
)
