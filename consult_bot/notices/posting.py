"""Posting into Slack so that everything is to be seen once, whatever became of an earlier attempt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar

from consult_bot.case.delivery import Delivery, DeliveryKind, Priority, to_slack, twins
from consult_bot.notices.sending import NotYet, Office, hold
from consult_bot.slack.trouble import OF_ONE_CHANNEL, CannotLook, TemporarilyDown, WorkspaceBroken
from storage.outbox import LEASE, Leased

T = TypeVar("T")

LEAVES = "leaves"
"""Names, in a card's payload, the channel in which it stands and must not stay."""


def post_once(
    office: Office, leased: Leased, where: tuple[str, str | None], part: str, post: Callable[[], str]
) -> str:
    """Return the ts of this part of a delivery: of what an earlier attempt posted, or of what is posted now.

    `where` is the channel and the thread's ts, None for the channel itself. Raises LeaseLost, or what Slack answers.
    """
    ts = None
    if leased.has_to_look:
        ts = look(lambda: office.slack.find_by_delivery(*where, part))
        look_again_later(office, leased)
    if ts is None:
        hold(office, leased)
        ts = post()
    return ts


def is_left(office: Office, channel: str, refusal: WorkspaceBroken) -> bool:
    """Whether this channel, which does not let us in, is one that the practice has left: nobody need mend it."""
    return channel != office.practice.channel and refusal.error in OF_ONE_CHANNEL


@contextmanager
def below_the_card(office: Office, leased: Leased, channel: str) -> Iterator[None]:
    """What goes into the card's thread, in this channel. Where the practice has left it and it lets us in no more, the
    card goes before, into the practice's channel: raises NotYet then."""
    try:
        yield
    except WorkspaceBroken as refusal:
        if not is_left(office, channel, refusal):
            raise
        card = _card_that_leaves(office, leased, channel)
        office.store.commit(lambda work: work.outbox.add([card]))
        raise NotYet("the card has to leave its channel first") from None


def _card_that_leaves(office: Office, leased: Leased, channel: str) -> Delivery:
    """Due just before what waits for it, it comes first in the case's sequence."""
    return to_slack(
        DeliveryKind.CARD,
        leased.number,
        office.practice.channel,
        leased.due_at - timedelta.resolution,
        {LEAVES: channel},
        priority=Priority.FIRST,
    )


def look(at: Callable[[], T]) -> T:
    """Return what is to be seen in Slack. Raises CannotLook where Slack is down for looking as well."""
    try:
        return at()
    except TemporarilyDown as down:
        raise CannotLook(down.error) from None


def look_again_later(office: Office, leased: Leased) -> None:
    """An earlier worker may be frozen in the middle of posting, and wake up after we have posted: look once it has given up."""
    office.store.commit(
        lambda work: work.outbox.add([twins(leased.number, leased.id, leased.lane, work.now() + LEASE)])
    )
