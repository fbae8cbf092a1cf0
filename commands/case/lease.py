"""The claim lease: how long a silent claim lasts. Whatever the owner does renews it."""

from __future__ import annotations

from dataclasses import replace

from consult_bot.case.model import Case, State, TaskKind
from consult_bot.case.verb import Request
from consult_bot.roster.eligibility import on_duty
from consult_bot.roster.facts import Facts


def held_by(case: Case, owner: str, facts: Facts) -> Case:
    """Return the case claimed by this owner, with a fresh lease."""
    return replace(case, state=State.CLAIMED, owner=owner, lease_until=facts.now + facts.practice.claim_lease)


def renewed(case: Case, request: Request, facts: Facts) -> Case:
    """Return the case with a fresh lease where its owner just did something, else unchanged."""
    if case.state is State.CLAIMED and case.owner == request.actor.id:
        return replace(case, lease_until=facts.now + facts.practice.claim_lease)
    return case


def back_in_queue(case: Case) -> Case:
    """Return the case as anyone eligible may claim it."""
    return replace(case, state=State.NEW, owner=None, lease_until=None)


def with_calls_of(case: Case, before: str | None, owner: str) -> Case:
    """Return the case with the open calls of its owner until now, and nobody's, in the hands of the new one."""
    for task in case.open_tasks:
        if task.kind is TaskKind.CALL and task.owner in {None, before}:
            case = case.with_task(replace(task, owner=owner))
    return case


def back_with_owner(case: Case, facts: Facts) -> Case:
    """Return the case with its owner, where they are here and still eligible, else in the queue."""
    if case.owner and on_duty(facts, case.owner, case):
        return held_by(case, case.owner, facts)
    return back_in_queue(case)


def reopened(case: Case) -> Case:
    """Return a closed case without what closing wrote on it; `back_with_owner` then gives it its state."""
    return replace(case, closed_at=None, closed_by=None, close_reason=None, reopen_until=None)
