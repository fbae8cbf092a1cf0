"""What a delivery has posted twice, because a worker froze in the middle of it: the younger one is deleted."""

from __future__ import annotations

from collections.abc import Iterable

from consult_bot.case.delivery import DeliveryKind
from consult_bot.notices.file import Upload
from consult_bot.notices.posting import is_left
from consult_bot.notices.sending import Needless, Office
from consult_bot.slack.trouble import WorkspaceBroken
from storage.cards import Place
from storage.outbox import Leased
from storage.outbox.lanes import CHANNEL
from storage.outbox.rows import Standing

NONE_LEFT = "none left"
OUT_OF_REACH = "out of reach"


def delete_twins(office: Office, leased: Leased) -> Needless:
    """Look at what a delivery has posted, and leave the oldest message of each part. Repeating is harmless."""
    with office.store.reading() as work:
        original = work.outbox.standing(int(leased.payload["of"]))
        card = work.cards.place(leased.number)
    channel = _where(leased, original, card)
    try:
        if original:
            _leave_the_oldest(office, leased.number, card, channel, _posted(office, original, card, channel))
    except WorkspaceBroken as refusal:
        if not is_left(office, channel, refusal):
            raise
        return Needless(OUT_OF_REACH)
    return Needless(NONE_LEFT)


def _where(leased: Leased, original: Standing | None, card: Place | None) -> str:
    """The channel in which it was posted: the one that it names, or that of the case's card."""
    named = original.payload.get("channel") if original else None
    return named or (card.channel if card else leased.lane.removeprefix(CHANNEL))


def _leave_the_oldest(
    office: Office, number: int, card: Place | None, channel: str, parts: Iterable[list[str]]
) -> None:
    for oldest, *younger in parts:
        if card in [Place(channel, ts) for ts in younger]:
            # First known, then deleted: a card that is gone from where it is known is posted again.
            first = Place(channel, oldest)
            office.store.commit(lambda work, first=first: work.cards.put(number, first))
        for ts in younger:
            office.slack.delete(channel, ts)


def _posted(office: Office, original: Standing, card: Place | None, channel: str) -> Iterable[list[str]]:
    """The ts of each part of it, oldest first."""
    if original.kind == DeliveryKind.FILE:
        shares = Upload.read(original.receipt).shares(office, channel) if original.receipt else []
        return [shares] if shares else []
    thread_ts = original.payload.get("thread_ts")
    if original.kind == DeliveryKind.THREAD and card:
        thread_ts = card.ts
    return office.slack.posted_by(channel, thread_ts, str(original.id)).values()
