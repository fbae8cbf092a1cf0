"""Where no roster file is set: every full member of the channel works here."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait

from slack_sdk import WebClient

from consult_bot.case.verb import Role
from consult_bot.roster.people import Person
from consult_bot.slack.trouble import FAILURES, trouble_of
from storage.store import Store

RECHECK_SECONDS = 30.0
"""How soon somebody unknown may be looked up again: they may have joined the channel meanwhile."""

SYNC_SECONDS = 900.0

PATIENCE_SECONDS = 1.5
"""How long somebody unknown is kept waiting for Slack to know them: Slack waits three seconds for our answer."""

LOOKING_UP = 4
"""How many unknown people are looked up at a time."""

log = logging.getLogger(__name__)


class ChannelMembers:
    """Keeps the roster equal to the channel's full members; guests, bots and those who left do not count."""

    def __init__(self, client: WebClient, store: Store, channel: str, leads: frozenset[str]) -> None:
        self._client = client
        self._store = store
        self._channel = channel
        self._leads = leads
        self._asked_at: dict[str, float] = {}
        self._synced_at: float | None = None
        self._lock = threading.Lock()
        self._looking_up = ThreadPoolExecutor(LOOKING_UP, thread_name_prefix="members")

    def sync(self) -> None:
        """Read the channel's members and make them the roster. Slack's failure leaves the roster as it was."""
        try:
            people = [person for member in self._member_ids() if (person := self._person(member))]
        except FAILURES as error:
            log.warning("cannot read the channel's members", extra={"error": trouble_of(error).error})
            return
        with self._store.writing() as work:
            work.people.replace_all(people)
        self._synced_at = time.monotonic()

    def sync_when_due(self) -> None:
        """Do it at the first call that succeeds, and then every quarter of an hour."""
        if self._synced_at is None or time.monotonic() - self._synced_at > SYNC_SECONDS:
            self.sync()

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

    def _look_up(self, slack_id: str) -> None:
        try:
            person = self._person(slack_id) if slack_id in set(self._member_ids()) else None
        except FAILURES as error:
            log.warning("cannot look somebody up", extra={"error": trouble_of(error).error})
            return
        if person:
            with self._store.writing() as work:
                work.people.put([person])

    def _member_ids(self) -> Iterator[str]:
        for page in self._client.conversations_members(channel=self._channel, limit=200):
            yield from page["members"]

    def _person(self, slack_id: str) -> Person | None:
        user = self._client.users_info(user=slack_id)["user"]
        if any(user.get(trait) for trait in ("is_bot", "deleted", "is_restricted", "is_ultra_restricted")):
            return None
        name = (
            user.get("profile", {}).get("real_name") or user.get("real_name") or user.get("name") or slack_id
        )
        return Person(slack_id, name, Role.LEAD if slack_id in self._leads else Role.CLINICIAN)
