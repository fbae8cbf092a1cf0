"""The card in the channel: a projection of the case as it is now, so a repeat is harmless."""

from __future__ import annotations

from consult_bot.notices.sending import Office, Sent
from consult_bot.slack.card import card
from consult_bot.slack.send import metadata
from storage.cards import Place
from storage.outbox import Leased


def send_card(office: Office, leased: Leased) -> Sent:
    """Post the card, or redraw it where it is. Repeating shows nothing twice: an earlier try's card is adopted."""
    with office.store.reading() as work:
        case = work.cases.get(leased.number)
        place = work.cards.place(leased.number)
        view = card(case, work.now())
    told = metadata(case, str(leased.id))
    if place is not None:
        office.slack.update_card(place.channel, place.ts, view, told)
        return Sent(place.ts)
    channel = office.practice.channel
    found = office.slack.find_by_delivery(channel, None, str(leased.id)) if leased.attempts > 1 else None
    ts = found or office.slack.post_card(channel, view, told)
    with office.store.writing() as work:
        work.cards.put(leased.number, Place(channel, ts))
    return Sent(ts)
