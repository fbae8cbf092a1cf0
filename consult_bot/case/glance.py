"""A case at a glance: one line of a list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from consult_bot.case.model import State
from consult_bot.case.words import Words


@dataclass(frozen=True, slots=True)
class Glance:
    """What a list shows of a case. `headline` is the complaint in the patient's own words, shortened."""

    number: int
    version: int
    state: State
    urgent: bool
    queue: str
    owner: str | None
    due_at: datetime
    headline: Words


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of cases, urgent first, then by due time. `total` counts up to `counted_to`, then stops."""

    title: str
    glances: tuple[Glance, ...]
    total: int
    counted_to: int

    @property
    def total_shown(self) -> str:
        """The count as people read it: `7`, or `99+`."""
        return f"{self.counted_to}+" if self.total > self.counted_to else str(self.total)
