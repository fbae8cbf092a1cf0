"""Values to bytes and back. The bytes hold what people wrote: encrypt them at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from consult_bot.case.events import Event
from consult_bot.case.model import Case, Message, State, Task
from consult_bot.case.submission import Submission


@dataclass(frozen=True, slots=True)
class Record:
    """What a history row keeps in full, because the case itself only keeps how things stand."""

    event: Event
    state: State
    owner: str | None
    message: Message | None
    task: Task | None
    submission: Submission | None


# Each value is read and written by its own adapter: without one pydantic asks every value for its type, which took
# five times as long.


@cache
def _cases() -> TypeAdapter[Case]:
    return TypeAdapter(Case)


@cache
def _events() -> TypeAdapter[Event]:
    return TypeAdapter(Event)


@cache
def _records() -> TypeAdapter[Record]:
    return TypeAdapter(Record)


class Unreadable(Exception):
    """A stored record does not have the shape that this version knows; its content is not in the message."""


def case_to_bytes(case: Case) -> bytes:
    """Return the case as JSON."""
    return _cases().dump_json(case)


def case_from_bytes(data: bytes) -> Case:
    """Return the case of `case_to_bytes`. Raises Unreadable."""
    try:
        return _cases().validate_json(data)
    except ValidationError as error:
        fields = ", ".join(
            ".".join(str(part) for part in fault["loc"])
            for fault in error.errors(include_input=False, include_context=False, include_url=False)
        )
        raise Unreadable(f"A stored case cannot be read; these fields do not fit: {fields}") from None


def event_from_record(data: bytes) -> Event:
    """Return the event of a history record."""
    return _events().validate_python(from_json(data)["event"])


def record_to_bytes(record: Record) -> bytes:
    """Return a history record as JSON."""
    return _records().dump_json(record)
