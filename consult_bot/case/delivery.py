"""Deliveries: what is to be sent or done later. Ids only, never words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum, StrEnum

from consult_bot.case.model import spoken


class DeliveryKind(StrEnum):
    """What a sender exists for."""

    CARD = "card"
    THREAD = "thread"
    FILE = "file"
    LETTER = "letter"
    ALARM = "alarm"
    HOME = "home"
    ANSWER = "answer"
    TWINS = "twins"
    DEAD_LETTER = "dead_letter"
    WARNING = "warning"
    TIMER = "timer"


WORKSPACE = "workspace"
"""The lane that everything to Slack passes: all of it waits where the token was revoked, or the app was removed."""

A_CARD = "card"
"""What a warning names in place of a lane where Slack refuses the card of a case, and takes everything else."""

ABOUT_A_CARD = f"warning:{A_CARD}"
"""What that warning is found by among what is about the case."""

METHODS: dict[DeliveryKind, tuple[str, ...]] = {
    DeliveryKind.CARD: ("chat.postMessage", "chat.update", "conversations.history"),
    DeliveryKind.THREAD: ("chat.postMessage", "conversations.replies"),
    DeliveryKind.ANSWER: ("chat.postMessage", "conversations.replies"),
    DeliveryKind.FILE: ("files.getUploadURLExternal", "files.completeUploadExternal", "files.info"),
    DeliveryKind.HOME: ("views.publish",),
    DeliveryKind.TWINS: ("conversations.history", "conversations.replies", "chat.delete"),
    DeliveryKind.DEAD_LETTER: ("chat.postMessage", "chat.update", "conversations.history"),
}
"""The methods of Slack's Web API that sending takes: one that Slack limits in the workspace holds these kinds."""


class Way(StrEnum):
    """A way out of the house: what is wrong with one of them must not stop the others."""

    SLACK = "slack"
    MAIL = "mail"
    ALARM = "alarm"
    TIMER = "timer"

    @property
    def kinds(self) -> frozenset[DeliveryKind]:
        """What goes out this way."""
        return WAYS[self]


WAYS: dict[Way, frozenset[DeliveryKind]] = {
    Way.SLACK: frozenset(METHODS),
    Way.MAIL: frozenset({DeliveryKind.LETTER}),
    Way.ALARM: frozenset({DeliveryKind.ALARM, DeliveryKind.WARNING}),
    Way.TIMER: frozenset({DeliveryKind.TIMER}),
}


class Priority(IntEnum):
    """What goes out first when much is waiting. All that an urgent case sends is urgent."""

    URGENT = -1
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


NO_CASE = 0
"""The number of a delivery that is about no case: somebody's Home, an answer in a thread of none."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """Waiting deliveries of this case about this message or timer are not to be sent."""

    number: int
    about: str


TASK = "task"
"""Names, in a payload, the task that a timer or a redraw is about."""


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


def answer(
    number: int | None, channel: str, thread_ts: str, due_at: datetime, payload: Mapping[str, str]
) -> Delivery:
    """Return an answer to somebody in a thread: behind what its case's thread is told, in the channel's lane."""
    where = {"channel": channel, "thread_ts": thread_ts}
    if number is not None:
        return to_slack(DeliveryKind.ANSWER, number, channel, due_at, {**payload, **where})
    return Delivery(
        kind=DeliveryKind.ANSWER,
        number=NO_CASE,
        due_at=due_at,
        sequence=f"slack:{channel}:{thread_ts}",
        lane=f"slack:{channel}",
        payload={**payload, **where},
    )


def letter(
    number: int,
    name: str,
    due_at: datetime,
    *,
    about: str | None = None,
    priority: Priority = Priority.NORMAL,
) -> Delivery:
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
        priority=priority,
    )


def alarm(number: int, due_at: datetime) -> Delivery:
    """Return the call to whoever is on call, outside Slack, for an urgent case that nobody has claimed."""
    return Delivery(
        kind=DeliveryKind.ALARM,
        number=number,
        due_at=due_at,
        sequence=f"alarm:{spoken(number)}",
        lane="alarm",
        dedupe_key=f"alarm:{spoken(number)}",
        priority=Priority.FIRST,
    )


def home(person: str, due_at: datetime, page: str = "", *, number: int = NO_CASE) -> Delivery:
    """Return the drawing of somebody's Home anew, as it is when it is drawn: waiting ones coalesce.

    `page` is what they look at (`Page.written`), `number` the case that moved. Nobody waits for this one.
    """
    return Delivery(
        kind=DeliveryKind.HOME,
        number=number,
        due_at=due_at,
        sequence=f"home:{person}",
        lane="home",
        payload={"person": person, "page": page} if page else {"person": person},
        dedupe_key=f"home:{person}:{page}" if page else f"home:{person}",
        priority=Priority.LAST,
    )


def home_asked_for(person: str, due_at: datetime, page: str) -> Delivery:
    """Return the same for somebody who is looking: it goes out before what nobody waits for, and never coalesces,
    because the page that was asked for last must be drawn last."""
    return replace(home(person, due_at, page), dedupe_key=None, priority=Priority.NORMAL)


def twins(number: int, of: int, lane: str, due_at: datetime) -> Delivery:
    """Return a look at what a delivery has posted: where that is to be seen twice, the younger is deleted."""
    return Delivery(
        kind=DeliveryKind.TWINS,
        number=number,
        due_at=due_at,
        sequence=f"twins:{of}",
        lane=lane,
        payload={"of": str(of)},
        priority=Priority.LAST,
    )


def dead_letter(
    number: int, of: int, channel: str, due_at: datetime, ts: str = "", *, after: str | None = None
) -> Delivery:
    """Return the message to the leads about a delivery that will not go out; with `ts`, its drawing anew.

    `after` is the sequence behind which it is drawn: the delivery's own, so that it tells how that ended.
    """
    return Delivery(
        kind=DeliveryKind.DEAD_LETTER,
        number=number,
        due_at=due_at,
        sequence=after or f"dead_letter:{of}",
        lane=f"slack:{channel}",
        payload={"of": str(of), "channel": channel, "ts": ts},
        about=about_dead(of),
        priority=Priority.FIRST,
    )


def about_dead(delivery_id: int) -> str:
    """Return what the messages about a dead letter are found by."""
    return f"dead:{delivery_id}"


def warning(lane: str, error: str, due_at: datetime) -> Delivery:
    """Return the email to the administrator: nothing passes this lane before they have mended it."""
    return Delivery(
        kind=DeliveryKind.WARNING,
        number=NO_CASE,
        due_at=due_at,
        sequence=f"warning:{lane}",
        lane="warning",
        payload={"lane": lane, "error": error},
        dedupe_key=f"warning:{lane}",
        priority=Priority.FIRST,
    )


def card_warning(number: int, error: str, due_at: datetime) -> Delivery:
    """Return the email to the administrator: Slack refuses this case's card, and everything else goes on.

    The email names no case; its row does, so that it is written once for each.
    """
    return replace(
        warning(A_CARD, error, due_at),
        number=number,
        dedupe_key=f"{ABOUT_A_CARD}:{spoken(number)}",
        about=ABOUT_A_CARD,
    )


def timer(
    number: int, verb: str, due_at: datetime, *, task: str | None = None, dedupe_key: str | None = None
) -> Delivery:
    """Return a timer: at `due_at` the system asks for the verb, about a task where one is named. With a `dedupe_key`,
    one that waits already stands."""
    return Delivery(
        kind=DeliveryKind.TIMER,
        number=number,
        due_at=due_at,
        sequence=f"timer:{spoken(number)}:{verb}",
        lane="timer",
        payload={"verb": verb, TASK: task} if task else {"verb": verb},
        dedupe_key=dedupe_key,
        about=f"timer:{verb}",
    )
