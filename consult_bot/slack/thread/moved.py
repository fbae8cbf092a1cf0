"""An event as the thread tells it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from consult_bot.case.events import Event
from consult_bot.case.model import Case, Message, Task
from consult_bot.slack.blocks import mention


@dataclass(frozen=True, slots=True)
class Moved:
    """An event, who brought it about, and the case as it is by now."""

    event: Event
    case: Case
    now: datetime
    actor: str | None

    @property
    def message(self) -> Message | None:
        return self.case.message(self.event.message) if self.event.message else None

    @property
    def task(self) -> Task | None:
        return self.case.task(self.event.task) if self.event.task else None

    @property
    def person(self) -> str:
        return mention(self.event.person) if self.event.person else "Nobody"
