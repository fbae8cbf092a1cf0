"""Who is told what: from each event to the deliveries and timers it causes. One table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from consult_bot.case.delivery import (
    TASK,
    Cancel,
    Delivery,
    DeliveryKind,
    Priority,
    alarm,
    letter,
    timer,
    to_slack,
)
from consult_bot.case.events import Event, Happened
from consult_bot.case.model import SYSTEM, WE_OWE_AN_ANSWER, Case, Message, State, TaskKind
from consult_bot.roster.facts import Facts

Route = Callable[["Moved"], Iterable[Delivery | Cancel]]


@dataclass(frozen=True, slots=True)
class Moved:
    """One event, the case after it, and its row in the case's history (0 for one that is not kept there)."""

    event: Event
    case: Case
    place: int
    facts: Facts

    @property
    def message(self) -> Message | None:
        """The message that the event is about."""
        return self.case.message(self.event.message) if self.event.message else None

    @property
    def when(self) -> datetime:
        """When others may see it: what crosses to the patient waits out its undo window."""
        message = self.message
        return message.visible_at if message and message.visible_at else self.facts.now

    def priority(self, usual: Priority) -> Priority:
        """What an urgent case sends overtakes what any other one sends."""
        return Priority.URGENT if self.case.urgent else usual


def first_card(moved: Moved) -> Iterable[Delivery]:
    """Post the card, before anything else that waits. Redraws come behind it in the case's sequence, so a card is
    posted only once."""
    yield to_slack(
        DeliveryKind.CARD,
        moved.case.number,
        moved.facts.practice.channel,
        moved.facts.now,
        priority=moved.priority(Priority.FIRST),
    )


def card(moved: Moved) -> Iterable[Delivery]:
    """Draw the card again, as the case is when it is drawn: waiting redraws coalesce."""
    yield to_slack(
        DeliveryKind.CARD,
        moved.case.number,
        moved.facts.practice.channel,
        moved.facts.now,
        dedupe_key=f"card:{moved.case.spoken}",
        priority=moved.priority(Priority.NORMAL),
    )


def card_when_visible(moved: Moved) -> Iterable[Delivery]:
    """Draw the card now, and again when the undo window has passed."""
    yield from card(moved)
    if moved.when > moved.facts.now:
        yield to_slack(
            DeliveryKind.CARD,
            moved.case.number,
            moved.facts.practice.channel,
            moved.when,
            dedupe_key=f"card:{moved.case.spoken}:{moved.event.message}",
            about=moved.event.message,
            priority=moved.priority(Priority.NORMAL),
        )


def thread(moved: Moved) -> Iterable[Delivery]:
    """Tell the thread."""
    yield to_slack(
        DeliveryKind.THREAD,
        moved.case.number,
        moved.facts.practice.channel,
        moved.when,
        {"place": str(moved.place)},
        about=moved.event.message,
        priority=moved.priority(Priority.NORMAL),
    )


def files(moved: Moved) -> Iterable[Delivery]:
    """Put the photos into the thread, one delivery each."""
    sent = moved.message.attachments if moved.message else moved.case.submission.attachments
    for attachment in sent:
        yield to_slack(
            DeliveryKind.FILE,
            moved.case.number,
            moved.facts.practice.channel,
            moved.facts.now,
            {"attachment": attachment},
            priority=moved.priority(Priority.LAST),
        )


def mail(name: str) -> Route:
    """Write the patient this letter."""

    def letters(moved: Moved) -> Iterable[Delivery]:
        yield letter(
            moved.case.number,
            name,
            moved.when,
            about=moved.event.message,
            priority=moved.priority(Priority.NORMAL),
        )

    return letters


def lease(moved: Moved) -> Iterable[Delivery | Cancel]:
    """Set the timer that ends a silent claim, in place of an earlier one."""
    yield Cancel(moved.case.number, "timer:release")
    if moved.case.lease_until:
        yield timer(moved.case.number, "release", moved.case.lease_until)


def promise(moved: Moved) -> Iterable[Delivery | Cancel]:
    """Set the timer that tells when the promised time has passed, while it is we who owe an answer."""
    owed = moved.case.state in WE_OWE_AN_ANSWER
    if owed and moved.case.due_at <= moved.facts.now:
        return  # its timer has fired, or is about to
    if moved.event.name is not Happened.SUBMITTED:
        yield Cancel(moved.case.number, "timer:overdue")
    if owed:
        yield timer(moved.case.number, "overdue", moved.case.due_at)


def card_when_due(moved: Moved) -> Iterable[Delivery]:
    """Draw the card again at the task's due time, from when on it marks the task as late; not where it is over by then."""
    task = moved.case.task(moved.event.task) if moved.event.task else None
    if task:
        yield to_slack(
            DeliveryKind.CARD,
            moved.case.number,
            moved.facts.practice.channel,
            task.due_at,
            {TASK: task.id},
            dedupe_key=f"card:{moved.case.spoken}:{task.id}",
            priority=moved.priority(Priority.NORMAL),
        )


def call_of_ours(moved: Moved) -> Iterable[Delivery]:
    """Set the timer that tells when nobody has made a call that the service opened: for words to the patient, or because
    an email did not reach them. A call that somebody notes as a task is theirs to watch.

    It comes to nothing where somebody has made the call, or the words were taken back.
    """
    task = moved.case.task(moved.event.task) if moved.event.task else None
    ours = moved.event.message or (task and task.opened_by == SYSTEM)
    if task and task.kind is TaskKind.CALL and ours:
        yield timer(moved.case.number, "uncalled", task.due_at, task=task.id)


def page(moved: Moved) -> Iterable[Delivery | Cancel]:
    """Set the timer that pages somebody outside Slack, when an urgent case comes to lie in the queue.

    One that runs is left alone, whatever the patient adds: nobody must be able to put it off by writing.
    """
    if moved.case.urgent and moved.case.state is State.NEW:
        due = moved.facts.now + UNCLAIMED_URGENT
        yield timer(moved.case.number, "page", due, dedupe_key=f"page:{moved.case.spoken}")
    elif moved.case.urgent:
        yield Cancel(moved.case.number, "timer:page")


UNCLAIMED_URGENT = timedelta(minutes=5)
"""How long an urgent case may lie in the queue before somebody outside Slack is paged."""


def alert(moved: Moved) -> Iterable[Delivery]:
    """Tell whoever is on call, where the practice has said how."""
    if moved.facts.practice.oncall:
        yield alarm(moved.case.number, moved.facts.now)


def cancel_message(moved: Moved) -> Iterable[Cancel]:
    """Nothing about this message goes out."""
    if moved.event.message:
        yield Cancel(moved.case.number, moved.event.message)


ROUTES: dict[Happened, tuple[Route, ...]] = {
    Happened.SUBMITTED: (first_card, thread, files, mail("received"), promise, page),
    Happened.CLAIMED: (card, thread, lease, page),
    Happened.COVERED: (card, thread, lease),
    Happened.RELEASED: (card, thread, lease, promise, page),
    Happened.REASSIGNED: (card, thread, lease, page),
    Happened.ASKED: (card_when_visible, thread, mail("question"), lease, promise),
    Happened.ADVISED: (card_when_visible, thread, mail("guidance"), lease, promise),
    Happened.CORRECTED: (card_when_visible, thread, mail("correction"), lease),
    Happened.UPDATED: (card_when_visible, thread, mail("update"), lease),
    Happened.WARNED: (card, thread, mail("emergency"), page),
    Happened.REPLIED: (card, thread, files, lease, promise, page),
    Happened.REPORTED: (card, thread, lease, promise, page),
    Happened.NOTED: (card, thread, lease),
    Happened.NOTE_CHANGED: (card, lease),
    Happened.NOTE_RETRACTED: (card,),
    Happened.DRAFTED: (lease,),
    Happened.UNDONE: (cancel_message, card, thread, lease, promise),
    Happened.RETURNED_TO_DRAFT: (cancel_message, thread),
    Happened.OPENED: (card,),
    Happened.DELIVERED: (card,),
    Happened.BOUNCED: (card, thread),
    Happened.ACKNOWLEDGED: (card,),
    Happened.TASK_OPENED: (card, thread, lease, card_when_due, call_of_ours),
    Happened.TASK_DONE: (card, thread, lease),
    Happened.CLOSED: (card, thread, mail("closed"), lease, promise),
    Happened.WITHDRAWN: (card, thread, mail("withdrawn"), lease, promise, page),
    Happened.REOPENED: (card, thread, lease, promise, page),
    Happened.OVERDUE: (card, thread),
    Happened.UNCALLED: (card, thread),
    Happened.PAGED: (card, thread, alert),
}


def routed(
    case: Case, events: tuple[Event, ...], first_place: int, facts: Facts
) -> tuple[list[Delivery], list[Cancel]]:
    """Return what the events cause: deliveries to write, and deliveries to take back first.

    `first_place` is the place of the first event in the case's history; deliveries name the place, never the words.
    """
    deliveries: list[Delivery] = []
    cancels: list[Cancel] = []
    for place, event in enumerate(events, start=first_place):
        for route in ROUTES[event.name]:
            for caused in route(Moved(event, case, place, facts)):
                if isinstance(caused, Cancel):
                    cancels.append(caused)
                    deliveries = [
                        d for d in deliveries if (d.number, d.about) != (caused.number, caused.about)
                    ]
                else:
                    deliveries.append(caused)
    return deliveries, cancels
