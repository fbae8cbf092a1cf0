"""What every sender is given, and what it may answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from consult_bot.case.words import Words
from consult_bot.notices.mail import Mail
from consult_bot.roster.facts import Practice
from consult_bot.slack.send import SlackSender
from storage.outbox import PROMPT_SECONDS, Leased
from storage.store import Store, Work


@dataclass(frozen=True, slots=True)
class Office:
    """The ways out of the house.

    `oncall`: `mailto:` and an address, or the address of a webhook. `administrator`: who is mailed when the workspace is broken.
    """

    store: Store
    practice: Practice
    slack: SlackSender
    mail: Mail
    mail_from: str
    public_url: str
    oncall: str | None = None
    administrator: Words | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """It went out whole. `receipt` is what the other side called it."""

    receipt: str


@dataclass(frozen=True, slots=True)
class Needless:
    """Nothing had to go out, and nothing did: that says nothing about its lane. `why` in a word or two of ours."""

    why: str


@dataclass(frozen=True, slots=True)
class Partly:
    """A part of it went out; `receipt` says which, so that the next attempt goes on from there."""

    receipt: str


class LeaseLost(Exception):
    """Another worker has this delivery by now, or may have: nothing more may be sent of it here."""


def check_lease(leased: Leased) -> None:
    """Make sure, right before something goes out, that the delivery is still ours. Raises LeaseLost.

    A worker that was frozen past its lease, or met a very slow Slack, would otherwise send what another one has sent.
    The lease was taken on the database's time; this process's monotonic clock tells how much of it is over.
    """
    if leased.claim.is_over:
        raise LeaseLost


def hold(office: Office, leased: Leased) -> None:
    """Check the lease, and that the channel is still ours, right before a new message. Once an attempt. Raises LeaseLost.

    What goes out later than at once takes a new slot of its lane: a second must lie between two messages, not between
    two claims.
    """
    if leased.slot_until and leased.claim.age_seconds > PROMPT_SECONDS:
        with office.store.statement() as work:
            entered = work.outbox.enter_late(leased)
        if not entered:
            raise LeaseLost
    check_lease(leased)


def keep(office: Office, leased: Leased, receipt: str, also: Callable[[Work], None] | None = None) -> None:
    """Note what has gone out, and whatever else follows from it, in one transaction. Raises LeaseLost."""

    def noted(work: Work) -> bool:
        held = work.outbox.keep_receipt(leased, receipt)
        if held and also:
            also(work)
        return held

    if not office.store.commit(noted):
        raise LeaseLost


class NotYet(Exception):
    """Something that it needs is not there yet; try again soon."""
