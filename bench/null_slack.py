"""A Slack that takes everything at once and shows it to nobody. It notes what went out, where and when."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from consult_bot.notices import post_office
from consult_bot.notices.sending import Office, Sent, hold
from storage.outbox import Leased


@dataclass(frozen=True)
class Out:
    """One delivery that went out; `at` in seconds of the machine's monotonic clock, which its processes share."""

    id: int
    number: int
    lane: str
    at: float


@dataclass
class NullSlack:
    """Takes the place of every sender in this process, and holds each delivery as a real sender does."""

    out: list[Out] = field(default_factory=list)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Send nothing to anybody else from this process until the end."""
        real = dict(post_office.SENDERS)
        post_office.SENDERS.update(dict.fromkeys(real, self._send))
        yield
        post_office.SENDERS.update(real)

    def _send(self, office: Office, leased: Leased) -> Sent:
        hold(office, leased)
        self.out.append(Out(leased.id, leased.number, leased.lane, time.monotonic()))
        return Sent("taken")
