"""What the thread is told of an event, in as many numbered replies as it takes."""

from __future__ import annotations

import json

from consult_bot.notices.sending import NotYet, Office, Partly, Sent, hold
from consult_bot.slack.send import metadata
from consult_bot.slack.thread import thread_posts
from storage.outbox import Leased


def send_to_thread(office: Office, leased: Leased) -> Sent | Partly:
    """Post the next reply. Raises NotYet before the card is there.

    One reply at a call, so that each passes the channel's lane; the receipt lists the ts of those posted.
    """
    with office.store.reading() as work:
        case = work.cases.get(leased.number)
        place = work.cards.place(leased.number)
        happening = work.cases.event(leased.number, int(leased.payload["place"]))
        now = work.now()
    if place is None:
        raise NotYet("the card is not posted yet")
    posts = thread_posts(happening.event, case, now, happening.actor)
    posted: list[str] = json.loads(leased.receipt) if leased.receipt else []
    if len(posted) < len(posts):
        part = f"{leased.id}/{len(posted) + 1}" if len(posts) > 1 else str(leased.id)
        ts = office.slack.find_by_delivery(place.channel, place.ts, part) if leased.attempts > 1 else None
        if ts is None:
            hold(office, leased)
            ts = office.slack.post_reply(place.channel, place.ts, posts[len(posted)], metadata(case, part))
        posted.append(ts)
    receipt = json.dumps(posted)
    return Sent(receipt) if len(posted) >= len(posts) else Partly(receipt)
