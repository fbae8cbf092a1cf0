"""The message to the leads about a delivery that will not go out: a projection of how it stands with it now."""

from __future__ import annotations

from consult_bot.notices.posting import post_once
from consult_bot.notices.sending import Needless, Office, Sent, check_lease
from consult_bot.slack.dead_letter import dead_letter_post
from consult_bot.slack.send import delivery_metadata
from storage.outbox import Leased
from storage.outbox.rows import Standing
from storage.store import Work

FORGOTTEN = "forgotten"


def send_dead_letter(office: Office, leased: Leased) -> Sent | Needless:
    """Post the message, or draw it anew where it is."""
    channel, ts = leased.payload["channel"], leased.payload["ts"]
    with office.store.reading() as work:
        dead = work.outbox.standing(int(leased.payload["of"]))
        which = _which(work, dead) if dead else None
    if dead is None:
        return Needless(FORGOTTEN)
    post = dead_letter_post(dead.id, dead.kind, dead.number, dead.status, dead.last_error, which)
    told = delivery_metadata(str(leased.id))
    if ts:
        check_lease(leased)
        office.slack.update_card(channel, ts, post)
        return Sent(ts)
    part = str(leased.id)
    return Sent(
        post_once(office, leased, (channel, None), part, lambda: office.slack.post_card(channel, post, told))
    )


def _which(work: Work, dead: Standing) -> str | None:
    """The event that the thread was to be told of, or the letter's name. Neither has to be decrypted."""
    place = dead.payload.get("place")
    return work.cases.event_name(dead.number, int(place)) if place else dead.payload.get("letter")
