"""release: a case goes back to the queue, by its owner, a lead, or when a claim stays silent."""

from __future__ import annotations

from commands.case.lease import back_in_queue
from consult_bot.case.errors import NotAllowed
from consult_bot.case.events import Event, Happened
from consult_bot.case.model import Case, State
from consult_bot.case.verb import Change, Field, Request, Verb
from consult_bot.roster.eligibility import licensed, works_in_queue
from consult_bot.roster.facts import Facts

LEASE_ENDED = "lease"
OWNER_AWAY = "away"
OTHER_QUEUE = "other_queue"
UNLICENSED = "unlicensed"


def perform(case: Case, request: Request, facts: Facts) -> Change:
    """Return the case without an owner.

    The service itself puts it back when the lease has ended, or the owner may not hold it any more. A timer's request
    is refused while the lease still runs: the owner did something since it was set.
    """
    reason = _why_the_service_may(case, facts) if request.actor.is_system else None
    return Change(
        back_in_queue(case),
        (Event(Happened.RELEASED, person=case.owner, reason=reason, words=request.words("reason")),),
    )


def _why_the_service_may(case: Case, facts: Facts) -> str:
    owner = facts.person(case.owner)
    if owner is None:
        return OWNER_AWAY
    if not works_in_queue(owner, case):
        return OTHER_QUEUE
    if not licensed(owner, case):
        return UNLICENSED
    if case.state is not State.CLAIMED or case.lease_until is None or facts.now < case.lease_until:
        raise NotAllowed(f"The claim on {case.spoken} has not run out.")
    return LEASE_ENDED


RELEASE = Verb(
    name="release",
    label="Release",
    help="put a case back in the queue",
    perform=perform,
    fields=(Field("reason", "Why (for your colleagues)", required=False),),
    happened="it is back in the queue",
)
