"""Whose turn it is in cases that a version before schema 0004 saved last: noted a part at a time, as nobody waits.

Such a case, advised and understood, is saved no more before somebody closes it. On Home it would stay among those that
wait for their patient.
"""

from __future__ import annotations

import time

from storage.store import Store

AT_A_TIME = 100
AGAIN_SECONDS = 3600.0
"""When to look again once all were looked through: an older version that saves "I understand" during a deploy leaves the
column as it was, empty or false."""

BEGINNING = ("", 0)


class WhoseTurn:
    """A chore. Any number of processes may do it at once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._behind = BEGINNING
        self._again_at = 0.0

    def fill_in(self) -> int:
        """Note of the next cases which are understood; return how many. Repeating is harmless.

        Once all were looked through it rests, and costs nothing: a case that stays without "I understand" is read once
        in each round. No version rises, so that nobody's verb is in its way. A case that does not open is passed over
        until the next round.
        """
        if time.monotonic() < self._again_at:
            return 0
        with self._store.reading() as work:
            found = work.cases.undecided(self._behind, AT_A_TIME)
        understood = [each.case for each in found if each.case and each.case.understood]
        if understood:
            self._store.commit(lambda work: work.cases.mark_understood(understood))
        if len(found) == AT_A_TIME:
            self._behind = found[-1].place
        else:
            self._behind, self._again_at = BEGINNING, time.monotonic() + AGAIN_SECONDS
        return len(understood)
