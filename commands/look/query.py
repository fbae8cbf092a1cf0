"""How a query is stated, and what it may look at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from consult_bot.case.glance import Listing
from consult_bot.case.model import Case


class Reads(Protocol):
    """What queries may look at; the storage gives it to them."""

    def queue(self) -> Listing:
        """The cases that nobody holds."""

    def held_by(self, owner: str) -> Listing:
        """The open cases of one owner."""

    def case(self, number: int) -> Case:
        """One case. Raises UnknownCase."""


@dataclass(frozen=True, slots=True)
class Help:
    """The words of /consult. `lines` are (usage, what it does); `tip` stands above them."""

    tip: str
    lines: tuple[tuple[str, str], ...]


Answer = Listing | Case | Help


@dataclass(frozen=True, slots=True)
class Query:
    """A question that changes nothing. `answer(reads, actor's id, text)` may raise a Refusal."""

    name: str
    usage: str
    help: str
    answer: Callable[[Reads, str, str], Answer]
