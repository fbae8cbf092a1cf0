"""What every sender is given, and what it may answer."""

from __future__ import annotations

from dataclasses import dataclass

from consult_bot.notices.mail import Mail
from consult_bot.roster.facts import Practice
from consult_bot.slack.send import SlackSender
from storage.outbox import Leased
from storage.store import Store


@dataclass(frozen=True, slots=True)
class Office:
    """The ways out of the house."""

    store: Store
    practice: Practice
    slack: SlackSender
    mail: Mail
    mail_from: str
    public_url: str


@dataclass(frozen=True, slots=True)
class Sent:
    """It went out whole. `receipt` is what the other side called it."""

    receipt: str


@dataclass(frozen=True, slots=True)
class Partly:
    """A part of it went out; `receipt` says which, so that the next attempt goes on from there."""

    receipt: str


class LeaseLost(Exception):
    """Another worker has this delivery by now: nothing more may be sent of it here."""


def hold(office: Office, leased: Leased) -> None:
    """Make sure, right before something goes out, that the delivery is still ours. Raises LeaseLost.

    A worker that was frozen past its lease, or met a very slow Slack, would otherwise send what another one has sent.
    """
    if not office.store.commit(lambda work: work.outbox.renew(leased, work.times()[1])):
        raise LeaseLost


class NotYet(Exception):
    """Something that it needs is not there yet; try again soon."""
