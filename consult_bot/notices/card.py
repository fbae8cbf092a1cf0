"""The card in the channel: a projection of the case as it is now, so a repeat is harmless."""

from __future__ import annotations

from typing import Any

from consult_bot.notices.sending import Office, Sent, hold
from consult_bot.slack.card import CardView, card
from consult_bot.slack.send import metadata
from consult_bot.slack.trouble import RefusedForGood
from storage.cards import Place
from storage.outbox import Leased


def send_card(office: Office, leased: Leased) -> Sent:
    """Post the card, or redraw it where it is. Repeating shows nothing twice: an earlier try's card is adopted."""
    with office.store.reading() as work:
        case = work.cases.get(leased.number)
        place = work.cards.place(leased.number)
        view = card(case, work.now(), office.practice.zone)
    told = metadata(case, str(leased.id))
    if place is not None and _redrawn(office, leased, place, view, told):
        return Sent(place.ts)
    channel = office.practice.channel
    ts = office.slack.find_by_delivery(channel, None, str(leased.id)) if leased.attempts > 1 else None
    if ts is None:
        hold(office, leased)
        ts = office.slack.post_card(channel, view, told)
    posted = Place(channel, ts)
    office.store.commit(lambda work: work.cards.put(leased.number, posted))
    return Sent(ts)


def _redrawn(office: Office, leased: Leased, place: Place, view: CardView, told: dict[str, Any]) -> bool:
    """Redraw the card where it is; False where somebody has deleted it, so that it is posted anew."""
    hold(office, leased)
    try:
        office.slack.update_card(place.channel, place.ts, view, told)
    except RefusedForGood as refusal:
        if refusal.error == "message_not_found":
            return False
        raise
    return True
