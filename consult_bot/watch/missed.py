"""What people wrote in one thread and Slack never told of: handed in as if its events had come. Pure but for reading.

An event that comes later changes nothing: both have the same once-key (channel, ts, and the edit's ts or `deleted`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from consult_bot.case.model import Message as Note
from consult_bot.slack.said import key_of
from consult_bot.watch.threads import Message, Read
from storage.cards import Thread
from storage.store import Work

ANSWERS_LIVE = timedelta(days=1)
"""After so long nobody waits for an answer, and what was asked is not done any more."""

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Missed:
    """One event that Slack should have sent. `too_late`: it is older than answers live."""

    event: Event
    too_late: bool = False


def missed_in(work: Work, thread: Thread, read: Read) -> list[Missed]:
    """Return what is not known yet of what was written and edited in a thread, in the order of the messages.

    Written counts only what is newer than the last reading: what was done before is not done again, even when its
    once-key has been forgotten.
    """
    known = _notes(work, thread)
    oldest_answered = f"{(work.now() - ANSWERS_LIVE).timestamp():.6f}"
    found = []
    for message in read.replies:
        new = message["ts"] > (thread.latest_reply or "")
        if new and _unknown(work, key_of(thread.place.channel, message["ts"])):
            found.append(Missed(_written(message, thread), too_late=message["ts"] < oldest_answered))
        edited = (message.get("edited") or {}).get("ts")
        note = known.get(message["ts"])
        if edited and (new or (note and note.edited != edited)):
            found.append(Missed(_edited(message, thread)))
    return found


def maybe_deleted(work: Work, thread: Thread, read: Read) -> Iterator[str]:
    """Return the ts of the notes of this thread that are not in it any more.

    Nothing where the card itself is gone: then a rule of the workspace may have removed all that is old. Notes from
    before this card were written in an earlier thread, and some after it may have been: look whether they are there.
    """
    if not (read.whole and read.card_stands):
        return
    there = {message["ts"] for message in read.replies}
    for ts in _notes(work, thread):
        if ts > thread.place.ts and ts not in there:
            yield ts


def deletion(thread: Thread, ts: str) -> Missed:
    """Return the event of a reply's deletion."""
    before = {"ts": ts, "thread_ts": thread.place.ts}
    return Missed(
        {**_about(thread), "subtype": "message_deleted", "deleted_ts": ts, "previous_message": before}
    )


def _written(message: Message, thread: Thread) -> Event:
    return {**message, **_about(thread)}


def _edited(message: Message, thread: Thread) -> Event:
    return {**_about(thread), "subtype": "message_changed", "message": message, "previous_message": {}}


def _about(thread: Thread) -> Event:
    return {"type": "message", "channel": thread.place.channel}


def _notes(work: Work, thread: Thread) -> dict[str, Note]:
    messages = work.cases.get(thread.number).messages
    return {message.source: message for message in messages if message.is_note and message.source}


def _unknown(work: Work, once_key: str) -> bool:
    return work.inbound.seen(once_key) is None
