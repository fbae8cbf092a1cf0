"""The card in the channel: a projection of the case as it is now, so a repeat is harmless."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from consult_bot.case.delivery import TASK
from consult_bot.case.model import Case
from consult_bot.notices.posting import LEAVES, is_left, post_once
from consult_bot.notices.sending import LeaseLost, Needless, Office, Partly, Sent, check_lease, keep
from consult_bot.slack.card import CardView, card, plain_card
from consult_bot.slack.earlier import earlier_conversation
from consult_bot.slack.send import metadata
from consult_bot.slack.trouble import RefusedForGood, WorkspaceBroken
from storage.cards import Place
from storage.outbox import Leased

T = TypeVar("T")

log = logging.getLogger(__name__)

MOVED = " moved"
"""Ends the receipt of a card that was posted again; before it stands where it was."""


def send_card(office: Office, leased: Leased) -> Sent | Partly | Needless:
    """Post the card, or redraw it where it is, in plain words where Slack will not draw it.

    Repeating shows nothing twice: an earlier try's card is adopted.

    One that somebody deleted, or that stands in a channel which the practice has left and which is shut, is posted again
    where the practice is; in a turn of its own its new thread is told where the earlier one is.
    """
    with office.store.reading() as work:
        case = work.cases.get(leased.number)
        if _came_to_nothing(case, leased):
            return Needless("task over")
        place = work.cards.place(leased.number)
        views = card(case, work.now(), office.practice.zone), plain_card(case)
    told = metadata(case, str(leased.id))
    if place and leased.receipt and leased.receipt.endswith(MOVED):
        return _told_where_it_was(office, leased, case, place)
    if place and place.channel != leased.payload.get(LEAVES) and _redrawn(office, leased, place, views):
        return Sent(place.ts)
    if place is not None:
        _stand_alone(office, leased)
    channel = office.practice.channel
    ts = post_once(
        office,
        leased,
        (channel, None),
        str(leased.id),
        lambda: _shown(leased, views, lambda view: office.slack.post_card(channel, view, told)),
    )
    posted = Place(channel, ts)
    receipt = f"{place.channel}/{place.ts}{MOVED}" if place else ts
    keep(office, leased, receipt, also=lambda work: work.cards.put(leased.number, posted))
    return Sent(ts) if place is None else Partly(receipt)


def _came_to_nothing(case: Case, leased: Leased) -> bool:
    """Whether it was to mark a task as late that is over: the card of a case long closed would be posted again.

    Not where an earlier try may have posted one, which has to be found and adopted.
    """
    task_id = leased.payload.get(TASK)
    if task_id is None or leased.has_to_look or leased.receipt:
        return False
    return task_id not in {task.id for task in case.open_tasks}


def _shown(leased: Leased, views: tuple[CardView, CardView], show: Callable[[CardView], T]) -> T:
    """Show the card whole, or in plain words where Slack will not draw it: a case without a card is a case that nobody
    sees, and a card that stays as it was tells of a case that is no more so."""
    whole, plain = views
    try:
        return show(whole)
    except RefusedForGood as refusal:
        if refusal.error in GONE:
            raise
        log.warning("a card is shown in plain words", extra={"case": leased.number, "error": refusal.error})
        check_lease(leased)
        return show(plain)


def _stand_alone(office: Office, leased: Leased) -> None:
    """A newer redraw in its place would not look for the card that it may have posted, and would post another."""
    if not office.store.commit(lambda work: work.outbox.stand_alone(leased)):
        raise LeaseLost


def _told_where_it_was(office: Office, leased: Leased, case: Case, place: Place) -> Sent:
    where, part = (place.channel, place.ts), f"{leased.id}/earlier"
    link = _link(office, (leased.receipt or "").removesuffix(MOVED), place.channel)
    post, told = earlier_conversation(case, link), metadata(case, part)
    post_once(office, leased, where, part, lambda: office.slack.post_reply(*where, post, told))
    return Sent(place.ts)


def _link(office: Office, earlier: str, channel: str) -> str | None:
    """Where the earlier conversation is to be read, None where the app sees nothing of it."""
    known, _, ts = earlier.rpartition("/")
    try:
        return office.slack.thread_link(known or channel, ts)
    except WorkspaceBroken as refusal:
        if not is_left(office, known or channel, refusal):
            raise
        return None


GONE = frozenset({"message_not_found", "cant_update_message"})
"""What Slack says of a card that somebody has deleted; with replies below it, a tombstone stays that nobody can change."""


def _redrawn(office: Office, leased: Leased, place: Place, views: tuple[CardView, CardView]) -> bool:
    """Redraw the card where it is; False where it is to be posted anew: somebody has deleted it, or nobody gets at it in
    a channel that the practice has left."""
    check_lease(leased)
    try:
        _shown(leased, views, lambda view: office.slack.update_card(place.channel, place.ts, view))
    except RefusedForGood as refusal:
        if refusal.error in GONE:
            return False
        raise
    except WorkspaceBroken as refusal:
        if is_left(office, place.channel, refusal):
            return False
        raise
    return True
