"""Where no roster file is set: every full member of the channel works here, from the moment that Slack says so."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from consult_bot.case.verb import Role
from consult_bot.roster.people import Person
from consult_bot.slack.trouble import FAILURES, trouble_of
from consult_bot.watch.leavers import SYNC_SECONDS, may_work_here, retire
from storage.store import Store, Work

RECHECK_SECONDS = 30.0
"""How soon somebody unknown may be looked up again: they may have joined the channel meanwhile."""

PATIENCE_SECONDS = 1.5
"""How long somebody unknown is kept waiting for Slack to know them: Slack waits three seconds for our answer."""

LOOKING_UP = 4
"""How many unknown people are looked up at a time."""

NOBODY_HERE = frozenset({"user_not_found", "user_not_visible"})
"""What Slack says of somebody from another workspace who is in a shared channel."""

log = logging.getLogger(__name__)


@dataclass
class Reading:
    """The members as far as they are read. `active` worked here when it began."""

    began_at: float
    active: frozenset[str]
    not_yet: deque[str]
    people: list[Person] = field(default_factory=list)


class ChannelMembers:
    """Keeps the roster equal to the channel's full members; guests, bots and those who left do not count."""

    def __init__(
        self,
        client: WebClient,
        store: Store,
        channel: str,
        leads: frozenset[str],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._store = store
        self._channel = channel
        self._leads = leads
        self._asked_at: dict[str, float] = {}
        self._monotonic = monotonic
        self._next_sync_at = monotonic()
        self._reading: Reading | None = None
        self._syncing = threading.Lock()
        self._lock = threading.Lock()
        self._looking_up = ThreadPoolExecutor(LOOKING_UP, thread_name_prefix="members")
        self._left_at: dict[str, float] = {}

    def sync(self) -> None:
        """Read the channel's members and make them the roster. Slack's failure leaves the roster as it was; the next call
        goes on with those who are left.

        Who leaves while it is being read, as this or another process hears, is not let in again by what was read before.
        """
        with self._syncing:
            self._sync()

    def sync_when_due(self) -> None:
        """Begin at the first call and then every ten minutes, and go on with what is begun."""
        with self._syncing:
            if self._reading or self._monotonic() >= self._next_sync_at:
                self._sync()

    def _sync(self) -> None:
        try:
            read = self._reading = self._reading or self._begun()
            while read.not_yet:
                self._read_next(read)
        except FAILURES as error:
            log.warning("cannot read the channel's members", extra={"error": trouble_of(error).error})
            return
        with self._store.writing() as work:
            left = read.active - _active_in(work) | self._left_since(read.began_at)
            work.people.replace_all(person for person in read.people if person.id not in left)
        self._reading = None
        self._next_sync_at = read.began_at + SYNC_SECONDS

    def _begun(self) -> Reading:
        """Who is no member any more lets go at once, whatever becomes of the rest."""
        active, began_at = self._active(), self._monotonic()
        members = deque(self._member_ids())
        for left in active - set(members):
            retire(self._store, left)
        return Reading(began_at, active, members)

    def _read_next(self, read: Reading) -> None:
        """Whom Slack cannot tell about just now must not stand in the others' way."""
        slack_id = read.not_yet[0]
        read.not_yet.rotate(-1)
        person = self._person(slack_id)
        read.not_yet.remove(slack_id)
        if person:
            read.people.append(person)
        else:
            retire(self._store, slack_id)

    def recognise(self, slack_id: str) -> None:
        """See whether somebody who is not on the roster is a member by now. Known people cost one short read.

        Returns after PATIENCE_SECONDS whatever Slack does; whoever is found later is known from then on.
        """
        with self._store.reading() as work:
            if work.people.active(slack_id):
                return
        with self._lock:
            asked_at = self._asked_at.get(slack_id)
            if asked_at is not None and time.monotonic() - asked_at < RECHECK_SECONDS:
                return
            self._asked_at[slack_id] = time.monotonic()
        looked_up = self._looking_up.submit(self._look_up, slack_id)
        if not wait([looked_up], PATIENCE_SECONDS).done:
            log.warning("Slack is slow to tell who somebody is")
            return
        looked_up.result()

    def follow(self, event: Mapping[str, Any]) -> None:
        """Take note of an event about a person: `user_change`, `member_left_channel` or `member_joined_channel`.

        Whoever was deactivated, became a guest or left the channel takes nothing from now on; that costs no call.
        Whoever may have come is looked up in the background. Repeating is harmless.
        """
        user = event.get("user")
        if event["type"] == "user_change" and isinstance(user, dict):
            self._changed(user)
        elif isinstance(user, str) and event.get("channel") == self._channel:
            if event["type"] == "member_left_channel":
                self._gone(user)
            else:
                self._looking_up.submit(self._look_up, user)

    def _changed(self, user: Mapping[str, Any]) -> None:
        if not may_work_here(user):
            self._gone(user["id"])
            return
        with self._store.reading() as work:
            known = work.people.all().get(user["id"])
        # Slack tells of every new status, too.
        if known and not (known.active and known.name == _name(user)):
            self._looking_up.submit(self._look_up, user["id"])

    def _gone(self, slack_id: str) -> None:
        self._left_at[slack_id] = self._monotonic()
        retire(self._store, slack_id)

    def _left_since(self, moment: float) -> frozenset[str]:
        """Who left as this process heard, somebody included whom the roster did not know yet."""
        return frozenset(slack_id for slack_id, left_at in self._left_at.items() if left_at >= moment)

    def _active(self) -> frozenset[str]:
        with self._store.reading() as work:
            return _active_in(work)

    def _look_up(self, slack_id: str) -> None:
        before, began_at = self._active(), self._monotonic()
        try:
            person = self._person(slack_id) if slack_id in set(self._member_ids()) else None
        except FAILURES as error:
            log.warning("cannot look somebody up", extra={"error": trouble_of(error).error})
            return
        if person:
            with self._store.writing() as work:
                if slack_id not in before - _active_in(work) | self._left_since(began_at):
                    work.people.put([person])

    def _member_ids(self) -> Iterator[str]:
        for page in self._client.conversations_members(channel=self._channel, limit=200):
            yield from page["members"]

    def _person(self, slack_id: str) -> Person | None:
        try:
            user = self._client.users_info(user=slack_id)["user"]
        except SlackApiError as refusal:
            if trouble_of(refusal).error in NOBODY_HERE:
                return None
            raise
        if not may_work_here(user):
            return None
        return Person(slack_id, _name(user), Role.LEAD if slack_id in self._leads else Role.CLINICIAN)


def _name(user: Mapping[str, Any]) -> str:
    named = user.get("profile", {}).get("real_name") or user.get("real_name") or user.get("name")
    return str(named or user["id"])


def _active_in(work: Work) -> frozenset[str]:
    return frozenset(person.id for person in work.people.all().values() if person.active)
