"""The part of a FHIR R4 Questionnaire that we ask with.

Fields of FHIR that are not named here are ignored. What a form may not do is in `checks`.
Source: https://hl7.org/fhir/R4/questionnaire.html
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from consult_bot.case.submission import AnswerKind

HINT_URL = "http://hl7.org/fhir/StructureDefinition/entryFormat"
MOST_URL = "http://hl7.org/fhir/StructureDefinition/questionnaire-maxOccurs"

MOST_FILES = 5
MOST_STRING_CHARACTERS = 500
MOST_TEXT_CHARACTERS = 200_000

# linkIds become the names and ids of inputs; names that begin with "_" stay free for hidden inputs.
LINK_ID_PATTERN = r"^[A-Za-z][A-Za-z0-9._-]{0,63}$"
NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"


class ItemType(StrEnum):
    """The item types we can draw: six that are answered, one that holds others, one that only tells."""

    STRING = "string"
    TEXT = "text"
    CHOICE = "choice"
    DATE = "date"
    BOOLEAN = "boolean"
    ATTACHMENT = "attachment"
    GROUP = "group"
    DISPLAY = "display"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class Coding(_Part):
    """A code and the words a person reads for it."""

    code: str = Field(min_length=1)
    display: str = ""


class Option(_Part):
    """One answer on offer: a coding or a plain string."""

    coding: Coding | None = Field(default=None, alias="valueCoding")
    string: str | None = Field(default=None, alias="valueString")

    @property
    def code(self) -> str:
        """What is stored and sent."""
        return self.coding.code if self.coding else self.string or ""

    @property
    def display(self) -> str:
        """What is read."""
        return (self.coding.display or self.coding.code) if self.coding else self.string or ""


class Condition(_Part):
    """One `enableWhen`: the answer that another question must have."""

    question: str
    operator: Literal["="]
    boolean: bool | None = Field(default=None, alias="answerBoolean")
    coding: Coding | None = Field(default=None, alias="answerCoding")
    string: str | None = Field(default=None, alias="answerString")

    @property
    def wanted(self) -> str | None:
        """The answer in the writing of `Answer.value`, None where the form named none that we know."""
        if self.boolean is not None:
            return "true" if self.boolean else "false"
        return self.coding.code if self.coding else self.string


class Extension(_Part):
    """What FHIR itself has no field for; we read the hint and the most files."""

    url: str
    string: str | None = Field(default=None, alias="valueString")
    integer: int | None = Field(default=None, alias="valueInteger")


class Item(_Part):
    """A question, a group of items, or a text that only tells."""

    link_id: str = Field(alias="linkId", pattern=LINK_ID_PATTERN)
    type: ItemType
    text: str = ""
    required: bool = False
    repeats: bool = False
    max_length: Annotated[int, Field(gt=0)] | None = Field(default=None, alias="maxLength")
    options: tuple[Option, ...] = Field(default=(), alias="answerOption")
    conditions: tuple[Condition, ...] = Field(default=(), alias="enableWhen")
    behaviour: Literal["all", "any"] | None = Field(default=None, alias="enableBehavior")
    extensions: tuple[Extension, ...] = Field(default=(), alias="extension")
    items: tuple[Item, ...] = Field(default=(), alias="item")

    @property
    def is_question(self) -> bool:
        """Whether a person answers it."""
        return self.type not in (ItemType.GROUP, ItemType.DISPLAY)

    @cached_property
    def kind(self) -> AnswerKind:
        """The kind of its answer. ValueError for groups and display texts, which have none."""
        return AnswerKind(self.type.value)

    @cached_property
    def option_of_code(self) -> dict[str, Option]:
        """The answers on offer by their code, in order."""
        return {option.code: option for option in self.options}

    @property
    def hint(self) -> str:
        """The helper text to show beside the question, empty where there is none."""
        return next((found.string for found in self.extensions if found.url == HINT_URL and found.string), "")

    @property
    def most(self) -> int:
        """How many files an attachment question takes."""
        if not self.repeats:
            return 1
        stated = (found.integer for found in self.extensions if found.url == MOST_URL)
        return next((count for count in stated if count is not None), MOST_FILES)

    @property
    def most_characters(self) -> int:
        """How long an answer in text may be; a text holds a long story, a string one line."""
        room = MOST_TEXT_CHARACTERS if self.type is ItemType.TEXT else MOST_STRING_CHARACTERS
        return min(self.max_length or room, room)


class Form(_Part):
    """A Questionnaire: what a patient is asked, in order."""

    resource_type: Literal["Questionnaire"] = Field(alias="resourceType")
    fhir_id: str | None = Field(default=None, alias="id", pattern=NAME_PATTERN)
    fhir_name: str | None = Field(default=None, alias="name", pattern=NAME_PATTERN)
    title: str = Field(min_length=1)
    description: str = ""
    status: Literal["draft", "active", "retired", "unknown"]
    items: tuple[Item, ...] = Field(alias="item", min_length=1)

    @property
    def name(self) -> str:
        """The form's name in addresses: its id, else its name."""
        return self.fhir_id or self.fhir_name or ""

    def every_item(self) -> Iterator[Item]:
        """Yield groups, questions and texts in the order a person meets them."""
        yield from _within(self.items)

    def questions(self) -> Iterator[Item]:
        """Yield what is answered, in the order a person meets it, whatever its conditions."""
        return (item for item in self.every_item() if item.is_question)

    @cached_property
    def attachments(self) -> tuple[Item, ...]:
        """The questions that are answered with files, in that order."""
        return tuple(item for item in self.questions() if item.kind is AnswerKind.ATTACHMENT)

    @cached_property
    def gated(self) -> tuple[tuple[Item, tuple[Item, ...]], ...]:
        """Each question in that order, with the items whose conditions decide whether it is asked: its groups' and its own."""
        return tuple(_gated(self.items, ()))

    def item(self, link_id: str) -> Item | None:
        """Return the item with this linkId, None where the form has none."""
        return next((item for item in self.every_item() if item.link_id == link_id), None)


def _gated(items: tuple[Item, ...], gates: tuple[Item, ...]) -> Iterator[tuple[Item, tuple[Item, ...]]]:
    for item in items:
        here = (*gates, item) if item.conditions else gates
        if item.is_question:
            yield item, here
        yield from _gated(item.items, here)


def _within(items: tuple[Item, ...]) -> Iterator[Item]:
    for item in items:
        yield item
        yield from _within(item.items)
