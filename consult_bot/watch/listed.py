"""Where a roster file is set: whoever it lists works here, as long as their Slack account is active."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from slack_sdk import WebClient

from consult_bot.roster.people import Person
from consult_bot.slack.trouble import FAILURES, RefusedForGood, trouble_of
from consult_bot.watch.leavers import SYNC_SECONDS, bring_back, retire, still_there
from storage.store import Store

log = logging.getLogger(__name__)


class ListedPeople:
    """Takes nobody in who is not listed. A guest whom the file lists was meant: a visiting specialist may be one."""

    def __init__(
        self,
        client: WebClient,
        store: Store,
        people: Iterable[Person],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._store = store
        self._ids = tuple(person.id for person in people)
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._next_sync_at = monotonic()
        self._not_yet: deque[str] = deque()

    def follow(self, event: Mapping[str, Any]) -> None:
        """Take note of a `user_change`, at once and without a call. Repeating is harmless."""
        user = event.get("user")
        if event["type"] == "user_change" and isinstance(user, dict) and user.get("id") in self._ids:
            self._note(user)

    def sync_when_due(self) -> None:
        """Ask Slack about everybody listed, at the first call and then every ten minutes.

        Whoever Slack does not know stays as they are. Where it does not answer, or wants fewer calls, the next call
        goes on with those who are left.
        """
        with self._lock:
            if not self._not_yet and self._monotonic() >= self._next_sync_at:
                self._not_yet.extend(self._ids)
                self._next_sync_at = self._monotonic() + SYNC_SECONDS
            while self._not_yet and self._asked_about(self._not_yet[0]):
                self._not_yet.popleft()
            # Whom Slack cannot tell about just now must not stand in the others' way.
            self._not_yet.rotate(-1)

    def _asked_about(self, slack_id: str) -> bool:
        try:
            self._note(self._client.users_info(user=slack_id)["user"])
        except FAILURES as failure:
            trouble = trouble_of(failure)
            log.warning("cannot look up somebody listed", extra={"error": trouble.error})
            return isinstance(trouble, RefusedForGood)
        return True

    def _note(self, user: Mapping[str, Any]) -> None:
        if still_there(user):
            bring_back(self._store, user["id"])
        else:
            retire(self._store, user["id"])
