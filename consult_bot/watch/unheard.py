"""The watch over the cards' threads: what Slack never told of is heard, and a card that was deleted is posted anew.

Events get lost when nobody answers Slack for longer than it repeats them. Every few minutes the channel's newest
messages are read once. Threads are read where something moved, and the cards of open cases that are older than those
pages in turn, a few at each housekeeping: 32 calls of `conversations.replies` a minute at most, of the 50 that Slack
allows (docs.slack.dev/apis/web-api/rate-limits, tier 3).
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from consult_bot.case.errors import Refusal
from consult_bot.desk import Desk
from consult_bot.slack.conversation import Conversation
from consult_bot.slack.said import TOMBSTONE
from consult_bot.slack.trouble import RateLimited, RefusedForGood, SlackTrouble
from consult_bot.watch.missed import Missed, deletion, maybe_deleted, missed_in
from consult_bot.watch.threads import Channel, Message
from storage.cards import Thread
from storage.store import Store

ROUND_SECONDS = 300.0
READ_AT_ONCE = 8
"""Threads at one housekeeping, which comes every 15 seconds."""

OLD_IN_A_ROUND = 40

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Visit:
    """A thread to look at. `expected` is its newest reply as the channel told it; None where only a look can tell."""

    number: int
    expected: str | None = None


class Unheard:
    """Any number may run, in any number of processes: what one has read, another does not read again."""

    def __init__(
        self,
        channel: Channel,
        store: Store,
        desk: Desk,
        recognise: Callable[[str], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._channel = channel
        self._store = store
        self._desk = desk
        self._conversation = Conversation(desk, recognise)
        self._monotonic = monotonic
        self._visits: deque[Visit] = deque()
        self._next_round_at = monotonic()
        self._quiet_until = monotonic()
        self._old_seen_to = ""
        self._our_id: str | None = None

    def hear_what_was_missed(self) -> None:
        """Begin a round when it is time, and look at the next few threads. Repeating is harmless.

        The first trouble with Slack ends it until the next housekeeping, or for as long as Slack asks.
        """
        if self._monotonic() < self._quiet_until:
            return
        try:
            if self._monotonic() >= self._next_round_at:
                self._begin_round()
            self._look_at_the_next()
        except RateLimited as limited:
            self._quiet_until = self._monotonic() + limited.retry_after_seconds
        except SlackTrouble as trouble:
            log.warning("cannot look for missed messages", extra={"error": trouble.error})

    def _begin_round(self) -> None:
        """List what is to be looked at, whose newest reply is the oldest first: nothing is put off for ever."""
        if self._our_id is None:
            self._our_id = self._channel.our_id()
        shown = {message["ts"]: message for message in self._channel.newest()}
        begins = min(shown, default="")
        with self._store.reading() as work:
            moved = _moved(work.cards.threads_at(self._channel.id, list(shown)), shown)
            missing = [t for t in work.cards.open_since(self._channel.id, begins) if t.place.ts not in shown]
            old = self._next_old(work.cards.open_between, begins)
        moved.sort(key=lambda visit: visit.expected or "")
        self._visits = deque([*(Visit(t.number) for t in missing), *moved, *(Visit(t.number) for t in old)])
        self._next_round_at = self._monotonic() + ROUND_SECONDS

    def _next_old(
        self, open_between: Callable[[str, str, str, int], list[Thread]], begins: str
    ) -> list[Thread]:
        """The next cards of open cases that the newest pages no longer show; after the last, the first again."""
        found = open_between(self._channel.id, self._old_seen_to, begins, OLD_IN_A_ROUND)
        self._old_seen_to = found[-1].place.ts if len(found) == OLD_IN_A_ROUND else ""
        return found

    def _look_at_the_next(self) -> None:
        for _ in range(min(READ_AT_ONCE, len(self._visits))):
            visit = self._visits.popleft()
            try:
                self._look_at(visit)
            except RefusedForGood as refusal:
                log.warning("cannot read a thread", extra={"case": visit.number, "error": refusal.error})
            except Refusal as busy:
                log.warning("a missed message waits", extra={"error": type(busy).__name__})
            except SlackTrouble:
                self._visits.append(visit)
                raise

    def _look_at(self, visit: Visit) -> None:
        """Read a thread, unless another process did so meanwhile."""
        with self._store.reading() as work:
            thread = work.cards.thread(visit.number)
        if thread is None or (visit.expected and visit.expected == thread.latest_reply):
            return
        read = self._channel.thread(thread.place.ts, thread.latest_reply)
        if read is None or not read.card_stands:
            self._desk.card_is_gone(thread.place.channel, thread.place.ts)
        if read is None or read.latest_reply == thread.latest_reply:
            return
        with self._store.reading() as work:
            missed = missed_in(work, thread, read)
            doubtful = list(maybe_deleted(work, thread, read))
        missed += [deletion(thread, ts) for ts in doubtful if not self._channel.has(ts)]
        self._hear(missed)
        self._store.commit(lambda work: work.cards.note_read(thread, read.latest_reply))

    def _hear(self, missed: Iterable[Missed]) -> None:
        ours = [{"is_bot": True, "user_id": self._our_id}]
        for each in missed:
            body = {"event": each.event, "authorizations": ours}
            self._conversation.hear(body, too_late=each.too_late)


def _moved(threads: Iterable[Thread], shown: dict[str, Message]) -> list[Visit]:
    """The cards that were deleted, and those below which something came or went since they were read."""
    visits = []
    for thread in threads:
        card = shown[thread.place.ts]
        latest = card.get("latest_reply")
        if card.get("subtype") == TOMBSTONE:
            visits.append(Visit(thread.number))
        elif latest != thread.latest_reply:
            visits.append(Visit(thread.number, latest))
    return visits
