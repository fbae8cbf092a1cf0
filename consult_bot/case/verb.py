"""Request, Change and Outcome: how every surface speaks to the desk, and how verbs are stated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from consult_bot.case.errors import Refusal
from consult_bot.case.events import Event
from consult_bot.case.model import PATIENT, SYSTEM, Case, Draft, Message
from consult_bot.case.submission import Submission
from consult_bot.case.words import Words


class Role(StrEnum):
    """What somebody is in the practice. A lead is a clinician who may also reassign and close."""

    CLINICIAN = "clinician"
    LEAD = "lead"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: a person of the workspace by Slack id, the patient, or the system."""

    id: str

    @property
    def is_patient(self) -> bool:
        return self.id == PATIENT

    @property
    def is_system(self) -> bool:
        return self.id == SYSTEM


THE_PATIENT = Actor(PATIENT)
THE_SYSTEM = Actor(SYSTEM)


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody wants a verb done to a record.

    `record` is the case number (1042), None for a submit. `fields` are inputs by name. `seen_message` is the
    last patient message that the author saw (`Case.last_patient_message`). `confirms` is the id of the draft
    whose preview the author is sending. `about` is the id of a message or a task. `linked_to`: a submit goes on from
    this closed case. `home` is the page of the actor's Home on which it was pressed (`Page.written`). `keeps` names
    inputs that stand in the author's draft, being longer than a form holds. `for_later`: where a form is needed, what
    was typed is added to the author's draft, because the form opens later or cannot hold it. `once_key` makes a repeat
    harmless: the second request with the same key changes nothing and answers like the first.
    """

    verb: str
    actor: Actor
    record: int | None = None
    fields: Mapping[str, Words] = field(default_factory=dict)
    about: str | None = None
    attachments: tuple[str, ...] = ()
    submission: Submission | None = None
    linked_to: int | None = None
    seen_message: str | None = None
    confirms: str | None = None
    keeps: tuple[str, ...] = ()
    home: str = ""
    for_later: bool = False
    once_key: str | None = None

    def words(self, name: str) -> Words | None:
        """Return an input, None where it is missing or blank."""
        value = self.fields.get(name)
        return value if value else None

    def text(self, name: str) -> str:
        """Return an input that is a choice, a date or an id, the empty string where it is missing."""
        value = self.fields.get(name)
        return value.reveal().strip() if value else ""


@dataclass(frozen=True, slots=True)
class Change:
    """What a verb makes of a record: the record, what happened, and what is shown once and never stored."""

    record: Case
    events: tuple[Event, ...] = ()
    reveal: Mapping[str, Words] = field(default_factory=dict)


class FieldKind(StrEnum):
    """How an input is typed in."""

    TEXT = "text"
    CHOICE = "choice"
    DATE = "date"
    DATETIME = "datetime"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Option:
    """One choice: what is stored, and what is read."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """One input of a verb. `required_when` is (other field, value): required only with that choice."""

    name: str
    label: str
    kind: FieldKind = FieldKind.TEXT
    required: bool = True
    multiline: bool = False
    hint: str = ""
    options: tuple[Option, ...] = ()
    required_when: tuple[str, str] | None = None

    def missing_from(self, request: Request) -> bool:
        """Whether the request lacks this input although it must have it."""
        if request.words(self.name):
            return False
        if self.required_when:
            other, value = self.required_when
            return request.text(other) == value
        return self.required


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing that can happen to a case, stated once for every surface.

    `perform(case, request, facts)` is pure; it returns a Change or raises a Refusal. (Facts are
    `roster.facts.Facts`, which this room may not name; a submit is given None for the case.)
    `crosses`: what is written reaches the patient, so it is previewed first and held back when the patient
    has written meanwhile. `at_once`: it crosses past eligibility and past that hold, because waiting would do harm.
    `takes`: the actor takes responsibility, so eligibility is checked. `already`: the
    request's effect is there already, so it succeeds quietly. `check`: raises a Refusal where no input could
    help, so that nobody fills in a form in vain. `prefill`: what an empty form begins with, `subject` the id of what it
    is about where nobody said, and `fields_about` its inputs, where they depend on that; `forewarns`: a sentence for the
    form on what this will do to the case. `typed`: may be typed after `/consult`.
    `happened`: what whoever typed it is told, after the case's number; `{who}` is who has the case now. `style`: how its button looks, as Slack names it.
    """

    name: str
    label: str
    help: str
    perform: Callable[..., Change]
    fields: tuple[Field, ...] = ()
    crosses: bool = False
    at_once: bool = False
    takes: bool = False
    already: Callable[[Case, Request], bool] | None = None
    check: Callable[[Case, Request], None] | None = None
    prefill: Callable[[Case], Mapping[str, Words]] | None = None
    subject: Callable[[Case], str | None] | None = None
    fields_about: Callable[[Case, str | None], tuple[Field, ...]] | None = None
    forewarns: Callable[[Case], str] | None = None
    typed: bool = True
    happened: str = "it is done"
    style: str | None = None

    def missing(self, request: Request) -> tuple[Field, ...]:
        """Return the inputs that the request must have and lacks."""
        return tuple(f for f in self.fields if f.missing_from(request))

    def asks(self, case: Case, about: str | None) -> tuple[Field, ...]:
        """Return the inputs of its form, which is about this message or task."""
        return self.fields_about(case, about) if self.fields_about else self.fields


# Outcomes: what the desk answers.


@dataclass(frozen=True, slots=True)
class Done:
    """It is done and committed. `repeated`: it was done before, by the same request or to the same effect."""

    verb: Verb
    case: Case
    events: tuple[Event, ...]
    reveal: Mapping[str, Words] = field(default_factory=dict)
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class NeedsForm:
    """Something is missing: show the verb's form with what is known. Nothing changed.

    `newer` are the patient's messages that the author has not seen, oldest first: they are why words were not
    sent. `draft_of` is the colleague whose draft the fields are, where it is not the actor's own.
    """

    verb: Verb
    case: Case
    fields: Mapping[str, Words]
    newer: tuple[Message, ...] = ()
    about: str | None = None
    draft_of: str | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """The words are kept as a draft and not sent; `as_if` is the case as it would be, for the preview."""

    verb: Verb
    case: Case
    draft: Draft
    as_if: Case


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was done, or nobody can tell (Unsure); `why` says what happened and what to do. `case` as it is now, where
    it is known."""

    why: Refusal
    case: Case | None = None


Outcome = Done | NeedsForm | Preview | Refused
