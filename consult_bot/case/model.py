"""The case and what it is made of: frozen values, replaced whole by every verb."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from consult_bot.case.submission import Submission
from consult_bot.case.words import Words

PATIENT = "patient"
"""The author of what the patient, or whoever writes for them, sent."""

SYSTEM = "system"
"""The author of what a timer or the worker did."""


class State(StrEnum):
    """Where a case stands. Everything but `closed` is open."""

    NEW = "new"
    CLAIMED = "claimed"
    AWAITING_PATIENT = "awaiting_patient"
    ADVISED = "advised"
    CLOSED = "closed"


WE_OWE_AN_ANSWER = frozenset({State.NEW, State.CLAIMED})
"""Where the practice's promise runs; elsewhere the patient has the next word."""


class MessageKind(StrEnum):
    """What a message is: all but the note cross between clinician and patient."""

    QUESTION = "question"
    REPLY = "reply"
    GUIDANCE = "guidance"
    NOTE = "note"
    CORRECTION = "correction"
    UPDATE = "update"
    EMERGENCY = "emergency"
    REPORT = "report"


TO_BE_UNDERSTOOD = frozenset({MessageKind.GUIDANCE, MessageKind.CORRECTION, MessageKind.EMERGENCY})
"""What the patient is asked to confirm with "I understand"."""

MOVES_THE_CASE = frozenset({MessageKind.QUESTION, MessageKind.GUIDANCE})
"""What leads the case to another state, so that undoing it leads back."""

ANSWERS = TO_BE_UNDERSTOOD | {MessageKind.QUESTION}
"""What answers a patient's message. An update says only that an answer will come."""


class Disposition(StrEnum):
    """What guidance tells the patient to do."""

    HOME = "home"
    VISIT_BY = "visit_by"
    IN_PERSON_TODAY = "in_person_today"
    EMERGENCY_NOW = "emergency_now"


class Report(StrEnum):
    """How it goes, as the patient says it after guidance."""

    BETTER = "better"
    SAME = "same"
    WORSE = "worse"


NEEDS_A_CALL = frozenset({Disposition.IN_PERSON_TODAY, Disposition.EMERGENCY_NOW})
"""Guidance that opens a call task, which stays open until the patient has understood."""


class TaskKind(StrEnum):
    """What a human must do outside the conversation."""

    CALL = "call"
    IN_PERSON = "in_person"
    PRESCRIPTION = "prescription"
    LAB = "lab"
    REFERRAL = "referral"
    OPINION = "opinion"
    TRANSLATE = "translate"
    CHART = "chart"


class CloseReason(StrEnum):
    """Why a case ended."""

    ANSWERED = "answered"
    IN_PERSON = "in_person"
    EMERGENCY = "emergency"
    REFERRED = "referred"
    NO_ANSWER = "no_answer"
    WITHDRAWN = "withdrawn"
    DUPLICATE = "duplicate"
    WRONG_PATIENT = "wrong_patient"
    UNSUITABLE = "unsuitable"


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the conversation.

    `author` is a Slack id or `PATIENT`. The patient sees a message from `visible_at` on; a note has
    none and is never seen. `before` is the state that it found, None for what cannot be undone at all.
    `corrects` is the id of the message whose place a correction takes. `advice` is the code of the prepared text that
    an emergency message gives. `source` is the ts of the Slack message that a note was typed as, `edited` that of its
    newest edit, empty where there was none. `delivered_at`: when the letter about it reached the patient's mailbox;
    `bounced_at`: when it turned out that it never will, or was unwanted there.
    """

    id: str
    kind: MessageKind
    author: str
    words: Words
    written_at: datetime
    visible_at: datetime | None
    attachments: tuple[str, ...] = ()
    disposition: Disposition | None = None
    safety_net: Words | None = None
    visit_by: date | None = None
    opened_at: datetime | None = None
    acknowledged_at: datetime | None = None
    before: State | None = None
    corrects: str | None = None
    report: Report | None = None
    advice: str | None = None
    source: str | None = None
    edited: str = ""
    delivered_at: datetime | None = None
    bounced_at: datetime | None = None

    @property
    def from_patient(self) -> bool:
        """Whether the patient wrote it."""
        return self.author == PATIENT

    @property
    def is_note(self) -> bool:
        """Whether it never leaves the thread."""
        return self.kind is MessageKind.NOTE

    @property
    def asks_for_an_answer(self) -> bool:
        """Whether it is the patient's and waits for somebody: a reply, or a report that it got worse."""
        return self.kind is MessageKind.REPLY or self.report is Report.WORSE

    def undoable_at(self, now: datetime) -> bool:
        """Whether it waits in its undo window at `now`."""
        return self.before is not None and not self.reaches_patient_by(now)

    def reaches_patient_by(self, now: datetime) -> bool:
        """Whether the patient can see it at `now`."""
        return self.visible_at is not None and self.visible_at <= now


@dataclass(frozen=True, slots=True)
class Task:
    """Something a human must do outside; open until `outcome` says how it went."""

    id: str
    kind: TaskKind
    words: Words
    opened_by: str
    opened_at: datetime
    due_at: datetime
    owner: str | None = None
    for_message: str | None = None
    outcome: str | None = None
    outcome_words: Words | None = None
    done_by: str | None = None
    done_at: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether nobody has said yet how it went."""
        return self.outcome is None


@dataclass(frozen=True, slots=True)
class Draft:
    """Words on their way: what an author last previewed for one verb. Kept until sent or replaced.

    `fields` are the modal's inputs by name, as they were typed.
    """

    id: str
    verb: str
    author: str
    fields: tuple[tuple[str, Words], ...]
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class Case:
    """One patient concern from submission to close.

    `id` is random and never spoken; `number` is short, spoken and never a secret. `id` and `nonce` (the
    form's nonce or the Idempotency-Key) make the access code. `version` counts saves and guards against lost
    updates. A closed case still takes the patient's reply until `reopen_until`. `linked_to` is the number of the closed
    case that this one goes on from: the patient wrote there again too late to reopen it. `retracted` are the ts of the
    Slack messages that were deleted: told of late, they are no notes any more.
    """

    id: str
    number: int
    version: int
    state: State
    queue: str
    submission: Submission
    nonce: str
    created_at: datetime
    due_at: datetime
    urgent: bool = False
    owner: str | None = None
    lease_until: datetime | None = None
    messages: tuple[Message, ...] = ()
    tasks: tuple[Task, ...] = ()
    drafts: tuple[Draft, ...] = ()
    closed_at: datetime | None = None
    reopen_until: datetime | None = None
    closed_by: str | None = None
    close_reason: CloseReason | None = None
    linked_to: int | None = None
    retracted: tuple[str, ...] = ()

    @property
    def spoken(self) -> str:
        """The case number as people say it: `C-1042`."""
        return spoken(self.number)

    @property
    def open(self) -> bool:
        """Whether the case is not closed."""
        return self.state is not State.CLOSED

    @property
    def open_tasks(self) -> tuple[Task, ...]:
        """The tasks whose outcome nobody has given yet."""
        return tuple(task for task in self.tasks if task.open)

    def message(self, message_id: str) -> Message | None:
        """Return the message with this id, None where there is none (it may have been undone)."""
        return next((message for message in self.messages if message.id == message_id), None)

    def task(self, task_id: str) -> Task | None:
        """Return the task with this id, None where there is none."""
        return next((task for task in self.tasks if task.id == task_id), None)

    def draft(self, verb: str, author: str) -> Draft | None:
        """Return what this author last previewed for this verb, None where nothing waits."""
        return next((d for d in self.drafts if d.verb == verb and d.author == author), None)

    def last_of(self, *kinds: MessageKind) -> Message | None:
        """Return the newest message of these kinds, None where there is none."""
        return next((message for message in reversed(self.messages) if message.kind in kinds), None)

    @property
    def last_patient_message(self) -> str:
        """What a clinician must have seen before writing: the id of the patient's newest message, else `submission`."""
        newest = next((message for message in reversed(self.messages) if message.from_patient), None)
        return newest.id if newest else "submission"

    @property
    def advice(self) -> Message | None:
        """The newest guidance, or the newest correction of it; None where there is none."""
        return self.last_of(MessageKind.GUIDANCE, MessageKind.CORRECTION)

    @property
    def understood(self) -> bool:
        """Whether the patient has confirmed the newest guidance, or the newest correction of it."""
        return self.advice is not None and self.advice.acknowledged_at is not None

    @property
    def unanswered(self) -> Message | None:
        """The patient's newest message that nobody has answered; None where none waits for us.

        That it goes better or the same asks for nothing.
        """
        said = [m for m in self.messages if m.kind in ANSWERS or m.asks_for_an_answer]
        return said[-1] if said and said[-1].from_patient else None

    def note_typed_as(self, ts: str) -> Message | None:
        """Return the note that was typed in the thread as the Slack message with this ts, None where there is none."""
        return next((message for message in self.messages if message.source == ts), None) if ts else None

    def correction_of(self, message: Message, now: datetime) -> Message | None:
        """Return what has taken this message's place for the patient by `now`, None while it stands."""
        return next(
            (m for m in self.messages if m.corrects == message.id and m.reaches_patient_by(now)), None
        )

    def corrected_by(self, message: Message) -> tuple[Message, ...]:
        """Return the texts whose place this one takes, the newest first; empty for anything but a correction."""
        found: list[Message] = []
        text: Message | None = message
        while text is not None and text.corrects:
            text = self.message(text.corrects)
            found.extend([text] if text else [])
        return tuple(found)

    def sets_right_what_was_seen(self, message: Message) -> bool:
        """Whether the patient had seen any of the texts whose place this one takes: only then is it news to them that
        something was wrong."""
        return any(text.opened_at is not None for text in self.corrected_by(message))

    def kind_shown(self, message: Message) -> MessageKind:
        """Return as what the patient meets a message: a correction of what they never saw is guidance to them."""
        unseen = message.kind is MessageKind.CORRECTION and not self.sets_right_what_was_seen(message)
        return MessageKind.GUIDANCE if unseen else message.kind

    def shown_at(self, now: datetime) -> tuple[Message, ...]:
        """Return the messages that the patient sees at `now`, oldest first.

        A text that was corrected before the patient saw it is not among them; one that they had seen stays.
        """
        return tuple(
            message
            for message in self.messages
            if message.reaches_patient_by(now)
            and (message.opened_at is not None or self.correction_of(message, now) is None)
        )

    def unsent(self, now: datetime) -> tuple[Message, ...]:
        """Return the messages that can still be undone at `now`, oldest first."""
        return tuple(message for message in self.messages if message.undoable_at(now))

    def takes_reply_at(self, now: datetime) -> bool:
        """Whether the patient may write to this case: open, or closed so lately that a reply reopens it."""
        return self.open or (self.reopen_until is not None and now <= self.reopen_until)

    def with_message(self, message: Message) -> Case:
        """Return the case with a message added, or replaced where its id is known."""
        if self.message(message.id) is None:
            return replace(self, messages=(*self.messages, message))
        swapped = tuple(message if known.id == message.id else known for known in self.messages)
        return replace(self, messages=swapped)

    def without_message(self, message_id: str) -> Case:
        """Return the case as if the message had never been written."""
        return replace(self, messages=tuple(m for m in self.messages if m.id != message_id))

    def with_task(self, task: Task) -> Case:
        """Return the case with a task added, or replaced where its id is known."""
        if self.task(task.id) is None:
            return replace(self, tasks=(*self.tasks, task))
        return replace(self, tasks=tuple(task if known.id == task.id else known for known in self.tasks))

    def newest_draft(self, verb: str) -> Draft | None:
        """Return the newest draft of anybody for this verb: a handed-over case loses no words."""
        return next((draft for draft in reversed(self.drafts) if draft.verb == verb), None)

    def with_draft(self, draft: Draft) -> Case:
        """Return the case with this draft in place of the author's earlier one for the same verb."""
        others = self.without_draft(draft.verb, draft.author).drafts
        return replace(self, drafts=(*others, draft))

    def without_draft(self, verb: str, author: str) -> Case:
        """Return the case without this author's draft for this verb: what it was kept for is done."""
        others = tuple(d for d in self.drafts if (d.verb, d.author) != (verb, author))
        return self if len(others) == len(self.drafts) else replace(self, drafts=others)

    def without_drafts(self, verb: str) -> Case:
        """Return the case without any draft for this verb: something has been sent instead."""
        return replace(self, drafts=tuple(draft for draft in self.drafts if draft.verb != verb))


def spoken(number: int) -> str:
    """Return a case number as people say it: 1042 -> `C-1042`."""
    return f"C-{number}"


_SPOKEN = re.compile(r"\s*(?:c\s*[-\u2010-\u2015\u2212]?\s*)?#?(\d{1,12})\s*", re.IGNORECASE)


def heard(text: str) -> int | None:
    """Return the number in `C-1042`, `c1042` or `1042`; None where the text is no case number."""
    match = _SPOKEN.fullmatch(text)
    return int(match.group(1)) if match else None
