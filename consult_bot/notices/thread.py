"""What the thread is told of an event, in as many numbered replies as it takes."""

from __future__ import annotations

import json

from consult_bot.notices.posting import below_the_card, post_once
from consult_bot.notices.sending import NotYet, Office, Partly, Sent
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
        post = posts[len(posted)]
        part = f"{leased.id}/{len(posted) + 1}" if len(posts) > 1 else str(leased.id)
        told = metadata(case, part)
        where = place.channel, place.ts
        with below_the_card(office, leased, place.channel):
            posted.append(
                post_once(office, leased, where, part, lambda: office.slack.post_reply(*where, post, told))
            )
    receipt = json.dumps(posted)
    return Sent(receipt) if len(posted) >= len(posts) else Partly(receipt)
