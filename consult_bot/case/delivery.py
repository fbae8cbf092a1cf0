"""Deliveries: what is to be sent or done later. Ids only, never words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum

from consult_bot.case.model import spoken


class DeliveryKind(StrEnum):
    """What a sender exists for."""

    CARD = "card"
    THREAD = "thread"
    FILE = "file"
    LETTER = "letter"
    TIMER = "timer"


class Priority(IntEnum):
    """What goes out first when much is waiting."""

    FIRST = 0
    NORMAL = 1
    LAST = 2


@dataclass(frozen=True, slots=True)
class Delivery:
    """One row for the outbox.

    `sequence`: deliveries of one sequence go out one after another, by due time and then as they were written.
    `lane`: what shares a rate limit. `dedupe_key`: a second delivery with the same key is dropped while the first
    waits. `about`: the id of the message or timer that it can be cancelled by. `payload` holds ids and names of ours;
    it is stored in the clear.
    """

    kind: DeliveryKind
    number: int
    due_at: datetime
    sequence: str
    lane: str
    payload: Mapping[str, str] = field(default_factory=dict)
    dedupe_key: str | None = None
    about: str | None = None
    priority: Priority = Priority.NORMAL


@dataclass(frozen=True, slots=True)
class Cancel:
    """Waiting deliveries of this case about this message or timer are not to be sent."""

    number: int
    about: str


def to_slack(
    kind: DeliveryKind,
    number: int,
    channel: str,
    due_at: datetime,
    payload: Mapping[str, str] | None = None,
    *,
    dedupe_key: str | None = None,
    about: str | None = None,
    priority: Priority = Priority.NORMAL,
) -> Delivery:
    """Return a delivery into the case's channel or thread; one case's go out in order."""
    return Delivery(
        kind=kind,
        number=number,
        due_at=due_at,
        sequence=f"slack:{spoken(number)}",
        lane=f"slack:{channel}",
        payload=payload or {},
        dedupe_key=dedupe_key,
        about=about,
        priority=priority,
    )


def letter(number: int, name: str, due_at: datetime, *, about: str | None = None) -> Delivery:
    """Return the delivery of a letter to the patient. A second one of the same name is dropped while one waits."""
    return Delivery(
        kind=DeliveryKind.LETTER,
        number=number,
        due_at=due_at,
        sequence=f"mail:{spoken(number)}",
        lane="mail",
        payload={"letter": name},
        dedupe_key=f"letter:{spoken(number)}:{name}:{about or ''}",
        about=about,
    )


def timer(number: int, verb: str, due_at: datetime) -> Delivery:
    """Return a timer: at `due_at` the system asks for the verb."""
    return Delivery(
        kind=DeliveryKind.TIMER,
        number=number,
        due_at=due_at,
        sequence=f"timer:{spoken(number)}:{verb}",
        lane="timer",
        payload={"verb": verb},
        about=f"timer:{verb}",
    )
