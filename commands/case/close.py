"""close: the case ends, with a reason, and never over a loose end."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime

from commands.case.task import called
from consult_bot.case.errors import BadField, LooseEnds
from consult_bot.case.events import Event, Happened
from consult_bot.case.model import Case, CloseReason, MessageKind, State
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
    if reason is CloseReason.ANSWERED and case.advice is None:
        ends.append("no guidance was ever sent, so it is not answered")
    if reason is CloseReason.ANSWERED and _correction_not_understood(case, facts.now):
        ends.append("the patient has not said that they understand the correction")
    if ends:
        raise LooseEnds(f"{case.spoken} cannot close yet: {'; '.join(ends)}.")
    return Change(closed(case, reason, request.actor.id, facts), (Event(Happened.CLOSED, reason=reason),))


def closed(case: Case, reason: CloseReason, by: str, facts: Facts) -> Case:
    """Return the case closed now: it is urgent no more, and for a while the patient can still bring it back."""
    return replace(
        case,
        closed_at=facts.now,
        closed_by=by,
        close_reason=reason,
        reopen_until=facts.now + facts.practice.reopen_window,
        lease_until=None,
        drafts=(),
        urgent=False,
        state=State.CLOSED,
    )


def loose_ends(case: Case, now: datetime) -> list[str]:
    """Return what still hangs on this case, each in words; empty where it may close."""
    ends = []
    if case.unsent(now):
        ends.append("a message is still in its undo window")
    ends.extend(
        f"the patient has not read the {UNREAD[message.kind]}{ITS_EMAIL if message.bounced_at else ''}"
        for message in case.shown_at(now)
        if message.kind in UNREAD and message.opened_at is None
    )
    if case.unanswered:
        ends.append("the patient's last message is unanswered")
    for kind, count in Counter(called(task.kind) for task in case.open_tasks).items():
        ends.append(f"a task is open: {kind}" if count == 1 else f"{count} tasks are open: {kind}")
    return ends


def _correction_not_understood(case: Case, now: datetime) -> bool:
    """Whether the patient had seen a wrong text, and has not confirmed the newest one that sets it right."""
    shown = case.shown_at(now)
    seen_wrong = any(case.correction_of(message, now) for message in shown)
    return seen_wrong and not case.understood


ITS_EMAIL = ", and the email about it did not reach them"

UNREAD = {
    MessageKind.GUIDANCE: "guidance",
    MessageKind.CORRECTION: "correction",
    MessageKind.EMERGENCY: "emergency advice",
}


def _reason(request: Request) -> CloseReason:
    try:
        return CloseReason(request.text("reason"))
    except ValueError:
        raise BadField(f"Choose why it ends: {', '.join(CloseReason)}.", field="reason") from None


CLOSE = Verb(
    name="close",
    label="Close the case",
    help="end a case, with a reason",
    perform=perform,
    fields=(Field("reason", "Why does it end?", kind=FieldKind.CHOICE, options=REASONS),),
    happened="it is closed",
)
