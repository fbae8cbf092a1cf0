"""The life cycle: one table that guards every verb, draws the buttons and draws its own picture.

To add a state: a member of `State` and its rows here. To add a verb: a row here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from consult_bot.case.errors import NotAllowed, Taken
from consult_bot.case.model import TO_BE_UNDERSTOOD, Case, MessageKind, State
from consult_bot.case.verb import Actor, Role

S = State
OPEN = frozenset({S.NEW, S.CLAIMED, S.AWAITING_PATIENT, S.ADVISED})
HELD = OPEN - {S.NEW}
ANY = OPEN | {S.CLOSED}


class Who(StrEnum):
    """The parts that somebody can have in a case; one person may have several."""

    PATIENT = "patient"
    CLINICIAN = "clinician"
    OWNER = "owner"
    AUTHOR = "author"
    LEAD = "lead"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Row:
    """One verb from some states; a verb that leads elsewhere from other states has several rows.

    `origin`: the states it may start from; empty means that there is no case yet. `to`: where it may lead from each
    of them; None means that the state stays. `who`: any one of these parts suffices. `given`: what else must be
    so, with the words for when it is not.
    """

    verb: str
    origin: frozenset[State]
    to: frozenset[State] | None
    who: frozenset[Who]
    given: Condition | None = None

    def starts_from(self, before: State | None) -> bool:
        """Whether the verb may be done to a case in this state; None stands for no case yet."""
        return before in self.origin if before else not self.origin

    def leads_to(self, before: State | None, after: State) -> bool:
        """Whether the verb may take a case from `before` to `after`."""
        return self.starts_from(before) and (before is after if self.to is None else after in self.to)


@dataclass(frozen=True, slots=True)
class Condition:
    """Something about the case that a verb needs, and the words for when it is not so.

    `told` says more to somebody than the table needs to say.
    """

    holds: Callable[[Case, datetime], bool]
    otherwise: str
    told: Callable[[Case], str] | None = None

    def refusal(self, case: Case) -> str:
        """Return sentences for the person who asked."""
        return self.told(case) if self.told else f"{self.otherwise[0].upper()}{self.otherwise[1:]}."


NOT_OUT_YET = "The guidance has not gone out yet: take it back with Undo, and change the words."
HAS_GUIDANCE = Condition(
    lambda case, now: any(m.kind in TO_BE_UNDERSTOOD and m.reaches_patient_by(now) for m in case.messages),
    "there is no guidance yet",
    lambda case: NOT_OUT_YET if case.advice else "There is no guidance yet.",
)
HAS_ADVICE = Condition(
    lambda case, now: case.advice is not None and case.advice.reaches_patient_by(now),
    "there is no guidance yet",
    lambda case: NOT_OUT_YET if case.advice else "There is no guidance yet.",
)
HAS_OPEN_TASK = Condition(lambda case, now: bool(case.open_tasks), "no task is open")
TAKES_REPLY = Condition(
    lambda case, now: case.takes_reply_at(now),
    "it was closed too long ago",
)
TO_THE_PATIENT = (MessageKind.QUESTION, MessageKind.GUIDANCE, MessageKind.CORRECTION, MessageKind.UPDATE)
SENT_ALREADY = "It has been sent already: the patient can read it. Write again to set it right."
CAN_BE_UNDONE = Condition(
    lambda case, now: bool(case.unsent(now)),
    "it has been sent already, or was undone before",
    lambda case: SENT_ALREADY if case.last_of(*TO_THE_PATIENT) else "Nothing waits to be sent.",
)


def row(
    verb: str,
    origin: frozenset[State] | set[State],
    to: frozenset[State] | set[State] | None,
    *who: Who,
    given: Condition | None = None,
) -> Row:
    return Row(verb, frozenset(origin), None if to is None else frozenset(to), frozenset(who), given)


NOBODY_YET: frozenset[State] = frozenset()

LIFECYCLE: tuple[Row, ...] = (
    row("submit", NOBODY_YET, {S.NEW}, Who.PATIENT),
    row("claim", {S.NEW}, {S.CLAIMED}, Who.CLINICIAN),
    row("cover", HELD, None, Who.CLINICIAN),
    row("release", HELD, {S.NEW}, Who.OWNER, Who.LEAD, Who.SYSTEM),
    row("reassign", {S.NEW, S.CLAIMED}, {S.CLAIMED}, Who.LEAD),
    row("reassign", {S.AWAITING_PATIENT, S.ADVISED}, None, Who.LEAD),
    row("ask", HELD, {S.AWAITING_PATIENT}, Who.OWNER),
    row("reply", {S.NEW}, {S.NEW}, Who.PATIENT),
    row("reply", HELD, {S.CLAIMED, S.NEW}, Who.PATIENT),
    row("reply", {S.CLOSED}, {S.CLAIMED, S.NEW}, Who.PATIENT, given=TAKES_REPLY),
    row("note", ANY, None, Who.CLINICIAN),
    row("draft", HELD, None, Who.OWNER),
    row("advise", HELD, {S.ADVISED}, Who.OWNER),
    row("correct", ANY, None, Who.AUTHOR, Who.OWNER, Who.LEAD, given=HAS_ADVICE),
    row("update", HELD, None, Who.OWNER),
    row("emergency", ANY, None, Who.CLINICIAN),
    row("undo", {S.NEW, S.CLAIMED, S.CLOSED}, None, Who.AUTHOR, Who.LEAD, given=CAN_BE_UNDONE),
    row("undo", {S.AWAITING_PATIENT, S.ADVISED}, HELD, Who.AUTHOR, Who.LEAD, given=CAN_BE_UNDONE),
    row("opened", ANY, None, Who.PATIENT),
    row("acknowledge", ANY, None, Who.PATIENT, given=HAS_GUIDANCE),
    row("report", {S.NEW, S.CLOSED}, None, Who.PATIENT, given=HAS_GUIDANCE),
    row(
        "report", HELD, HELD, Who.PATIENT, given=HAS_GUIDANCE
    ),  # what could be undone goes back, and its state
    row("report", ANY, {S.CLAIMED, S.NEW}, Who.PATIENT, given=HAS_GUIDANCE),
    row("retract", ANY, None, Who.SYSTEM),
    row("page", {S.NEW}, None, Who.SYSTEM),
    row("delivered", ANY, None, Who.SYSTEM),
    row("bounced", ANY, None, Who.SYSTEM),
    row("overdue", {S.NEW, S.CLAIMED}, None, Who.SYSTEM),
    row("uncalled", ANY, None, Who.SYSTEM),
    row("task", ANY, None, Who.CLINICIAN),
    row("done", ANY, None, Who.CLINICIAN, given=HAS_OPEN_TASK),
    row("close", OPEN, {S.CLOSED}, Who.OWNER, Who.LEAD, Who.SYSTEM),
    row("reopen", {S.CLOSED}, {S.CLAIMED, S.NEW}, Who.LEAD),
    row("reopen", {S.CLOSED}, {S.CLAIMED, S.NEW}, Who.PATIENT, given=TAKES_REPLY),
    row("withdraw", OPEN, {S.CLOSED}, Who.PATIENT),
)


def rows_of(verb: str) -> tuple[Row, ...]:
    """Return the verb's rows, in the table's order."""
    return tuple(entry for entry in LIFECYCLE if entry.verb == verb)


def parts_of(actor: Actor, role: Role | None, case: Case | None) -> frozenset[Who]:
    """Return the parts that this actor has in this case.

    `role` is what the roster says of the actor, None for the patient, the system and strangers.
    """
    if actor.is_patient:
        return frozenset({Who.PATIENT})
    if actor.is_system:
        return frozenset({Who.SYSTEM})
    if role is None:
        return frozenset()
    parts = {Who.CLINICIAN}
    if role is Role.LEAD:
        parts.add(Who.LEAD)
    if case is not None:
        if case.owner == actor.id:
            parts.add(Who.OWNER)
        if any(message.before and message.author == actor.id for message in case.messages):
            parts.add(Who.AUTHOR)
    return frozenset(parts)


def guard(verb: str, case: Case | None, actor: Actor, role: Role | None, now: datetime) -> None:
    """Let the actor do the verb to this case now.

    Raises NotAllowed or Taken, whose texts say what stands in the way and what is allowed instead.
    """
    parts = parts_of(actor, role, case)
    if not parts:
        raise NotAllowed("You are not on this practice's roster. Ask a team lead to add you.")
    rows = [row for row in rows_of(verb) if row.starts_from(case.state if case else None)]
    theirs = [row for row in rows if parts & row.who]
    if case is None:
        if not rows:
            raise NotAllowed(f"“{verb}” needs a case number, for example C-1042.")
        if not theirs:
            raise NotAllowed("Only patients send the form. Give them its address.")
        return
    allowed = _allowed_text(case, parts, now)
    if not rows:
        if verb == "claim" and case.owner and case.open:
            raise Taken(f"{case.spoken} is already claimed by {{who}}. {allowed}", who=case.owner)
        raise NotAllowed(
            f"{case.spoken} is {shown_state(case.state)}, so “{verb}” is not possible. {allowed}"
        )
    if not theirs:
        who = frozenset[Who]().union(*(row.who for row in rows))
        raise NotAllowed(f"Only {_listed(who, case)} can do that (“{verb}”). {allowed}", who=case.owner)
    unmet = [row.given for row in theirs if row.given and not row.given.holds(case, now)]
    if len(unmet) == len(theirs):
        raise NotAllowed(f"{unmet[0].refusal(case)} {allowed}")


class LifecycleBroken(Exception):
    """A verb led where the table does not let it; nothing was saved. This is our fault, never a user's."""


def check_led(verb: str, before: State | None, after: State) -> None:
    """Raise LifecycleBroken unless the table lets the verb take a case from `before` to `after`."""
    if not any(entry.leads_to(before, after) for entry in rows_of(verb)):
        raise LifecycleBroken(f"“{verb}” led from {before} to {after}")


def allowed_verbs(case: Case, parts: frozenset[Who], now: datetime) -> tuple[str, ...]:
    """Return the verbs that somebody with these parts may do to the case now, in the table's order."""
    allowed = (
        entry.verb
        for entry in LIFECYCLE
        if case.state in entry.origin
        and parts & entry.who
        and (entry.given is None or entry.given.holds(case, now))
    )
    return tuple(dict.fromkeys(allowed))


EVERY_CLINICIAN = frozenset({Who.CLINICIAN, Who.OWNER, Who.LEAD})
"""The parts for a card, which everyone sees: it offers what its state allows to somebody."""

UNSPOKEN = frozenset({"draft"})
"""What people do through a modal and never ask for by name."""


def shown_state(state: State) -> str:
    """Return the state as people say it: `awaiting patient`."""
    return state.value.replace("_", " ")


def _allowed_text(case: Case, parts: frozenset[Who], now: datetime) -> str:
    verbs = [verb for verb in allowed_verbs(case, parts, now) if verb not in UNSPOKEN]
    if not case.urgent:
        # Whether it may be covered otherwise, only the desk can tell: it knows who is here.
        verbs = [verb for verb in verbs if verb != "cover"]
    return f"You can: {', '.join(verbs)}." if verbs else "There is nothing for you to do on it now."


def _listed(who: frozenset[Who], case: Case) -> str:
    """The parts as people say them, the owner by name: `{who}` stands for them."""
    spoken = {
        Who.OWNER: f"{{who}}, who holds {case.spoken}," if case.owner else "",
        Who.AUTHOR: "its author",
        Who.LEAD: "a team lead",
        Who.CLINICIAN: "a clinician",
        Who.PATIENT: "the patient",
    }
    return (
        " or ".join(words for part, words in spoken.items() if part in who and words) or "the service itself"
    )
