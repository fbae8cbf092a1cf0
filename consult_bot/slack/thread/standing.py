"""What the thread is told of how a case stands: whose it is, whether it is open, what presses. Pure."""

from __future__ import annotations

from commands.case import cover, page, reopen
from commands.case.release import LEASE_ENDED, OTHER_QUEUE, OWNER_AWAY, UNLICENSED
from consult_bot.case.model import PATIENT, SYSTEM, State
from consult_bot.slack.blocks import mention, moment
from consult_bot.slack.labels import choice_label
from consult_bot.slack.post import Post, posts, told
from consult_bot.slack.thread.moved import Moved


def claimed(moved: Moved) -> tuple[Post, ...]:
    return posts(moved.case, "claimed", f"{moved.person} has claimed {moved.case.spoken}.")


def covered(moved: Moved) -> tuple[Post, ...]:
    why = {
        cover.OWNER_AWAY: "is away",
        cover.URGENT: "had it, and it is urgent",
        cover.HALF_GONE: "had it, and half of the promised time had passed",
    }
    covers = mention(moved.actor) if moved.actor else "Somebody"
    head = (
        f"{covers} covers {moved.case.spoken}: {moved.person} {why[moved.event.reason or cover.OWNER_AWAY]}."
    )
    return posts(moved.case, "covered", head)


def released(moved: Moved) -> tuple[Post, ...]:
    case, event = moved.case, moved.event
    why = WHY_RELEASED.get(event.reason or "", "{who} no longer has it").format(who=moved.person)
    head = f"*{case.spoken} is back in the queue.* {why}; somebody else can claim it."
    return posts(case, "back in the queue", head, told("Why", event.words), broadcast=True)


WHY_RELEASED = {
    LEASE_ENDED: "The claim of {who} ran out",
    OWNER_AWAY: "{who} does not work here any more",
    OTHER_QUEUE: "{who} does not work in this queue any more",
    UNLICENSED: "By the roster, {who} is not licensed where the patient is",
}


def reassigned(moved: Moved) -> tuple[Post, ...]:
    by = f"{mention(moved.actor)} has given {moved.case.spoken} to" if moved.actor else "The case is now with"
    head = f"{by} {moved.person}."
    return posts(moved.case, "reassigned", head, told("Why", moved.event.words))


def reopened(moved: Moved) -> tuple[Post, ...]:
    """What the patient wrote tells it already, where that reopened the case."""
    if moved.event.reason == reopen.BY_WRITING:
        return ()
    by = f" by {mention(moved.actor)}" if moved.actor and moved.actor not in {PATIENT, SYSTEM} else ""
    back = moved.event.person is None
    whose = "It is in the queue; somebody can claim it." if back else f"{moved.person} has it."
    head = f"*{moved.case.spoken} is open again*{by}. {whose}"
    return posts(moved.case, "reopened", head, told("Why", moved.event.words), broadcast=back)


def closed(moved: Moved) -> tuple[Post, ...]:
    case = moved.case
    by = f" by {mention(case.closed_by)}" if case.closed_by and case.closed_by != SYSTEM else ""
    until = f" The patient can reopen it until {moment(case.reopen_until)}." if case.reopen_until else ""
    why = choice_label("close", "reason", moved.event.reason).lower()
    return posts(case, "closed", f"*{case.spoken} is closed*{by}: {why}.{until}")


def withdrawn(moved: Moved) -> tuple[Post, ...]:
    calls = [task for task in moved.case.open_tasks if task.kind == "call"]
    left = " *An open call stays:* somebody must still make sure." if calls else ""
    whose = f" {moved.person} had it." if moved.event.person else ""
    head = f"*The patient has withdrawn {moved.case.spoken}*; it is closed.{whose}{left}"
    return posts(moved.case, "withdrawn", head, told("Why", moved.event.words), broadcast=bool(calls))


def overdue(moved: Moved) -> tuple[Post, ...]:
    case = moved.case
    whose = f"{moved.person} has it" if moved.event.person else "somebody can claim it"
    head = (
        f"*{case.spoken} is overdue.* The patient was promised an answer by {moment(case.due_at)}; {whose}."
    )
    return posts(case, "overdue", head, broadcast=True)


def paged(moved: Moved) -> tuple[Post, ...]:
    if moved.case.state is not State.NEW:
        return ()
    who = (
        "*Nobody could be paged*: no address is set for it (ONCALL)."
        if moved.event.reason == page.NO_ADDRESS
        else "Whoever is on call is being paged."
    )
    head = f"*URGENT and unclaimed for five minutes: {moved.case.spoken}.* {who} Please claim it now."
    return posts(moved.case, "urgent, unclaimed", head, broadcast=True)
