"""What is different in a child: shorter real waits, a clock that is off, and looking before resending switched off."""

from __future__ import annotations

import importlib
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

SHORT = {
    "storage.outbox.LEASE": timedelta(seconds=2),
    "storage.outbox.LONGEST_CALL": timedelta(seconds=0.5),
    "storage.outbox.IN_HAND": timedelta(seconds=1),
    "consult_bot.worker.HOUSEKEEPING_SECONDS": 0.5,
    "consult_bot.worker.IDLE_SECONDS": 0.1,
    "consult_bot.worker.BLOCKED_SECONDS": 0.05,
}
"""Leases run on real time, so they are shortened; every other wait passes on the clock."""


def shorten_waits(waits: Mapping[str, Any]) -> None:
    """Replace constants by their dotted names. Raises AttributeError where one is gone, so that none is missed."""
    for dotted, value in waits.items():
        module, _, name = dotted.rpartition(".")
        holder = importlib.import_module(module)
        getattr(holder, name)
        setattr(holder, name, value)


def put_clock_off(seconds: float) -> None:
    """Let this process's own clock be wrong."""
    right = time.time
    time.time = lambda: right() + seconds


def look_no_more() -> None:
    """Send again without looking whether it was sent, before or after: what the suite must catch."""
    from consult_bot.slack.send import SlackSender

    complete, shares = SlackSender.complete_upload, SlackSender.shares
    known_here: set[str] = set()

    def completing(self: SlackSender, file_id: str, *where: Any) -> None:
        known_here.add(file_id)
        complete(self, file_id, *where)

    def as_far_as_this_process_knows(self: SlackSender, file_id: str, *where: Any) -> list[str]:
        if file_id in known_here:
            return shares(self, file_id, *where)
        known_here.add(file_id)  # the look before resending; those that wait for Slack come later
        return []

    SlackSender.posted_by = lambda *asked: {}  # type: ignore[method-assign]
    SlackSender.complete_upload = completing  # type: ignore[method-assign]
    SlackSender.shares = as_far_as_this_process_knows  # type: ignore[method-assign]


def apply(changes: Mapping[str, Any]) -> None:
    """Make the changes that an order names."""
    shorten_waits({**SHORT, **changes.get("waits", {})})
    if changes.get("clock_off_seconds"):
        put_clock_off(changes["clock_off_seconds"])
    if changes.get("looks") is False:
        look_no_more()
