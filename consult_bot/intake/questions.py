"""From a form's items to what its page draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from consult_bot.forms.questionnaire import Condition, Form, Item, ItemType
from consult_bot.portal.photo_tray import Kept

MOST_RADIOS = 7
"""With more answers than this a list that opens is quicker than a page of buttons."""

WRITING_FOR = "writing_for"
FOR_SOMEBODY_ELSE = "If you write for somebody else"

# Tokens of the HTML standard's autofill section; the patient may not be who types.
AUTOCOMPLETE = {
    "given_name": "section-patient given-name",
    "family_name": "section-patient family-name",
    "birth_date": "section-patient bday",
    "state": "address-level1",
    "email": "email",
    "phone": "tel",
    "writer_name": "name",
}
INPUT_TYPE = {"email": "email", "phone": "tel"}


@dataclass(frozen=True, slots=True)
class Filled:
    """What stands in a form: texts and kept photos by linkId, and what is wrong with them."""

    texts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    photos: Mapping[str, Sequence[Kept]] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def wrote(self) -> bool:
        """Whether anything stands in it."""
        return any(any(map(str.strip, texts)) for texts in self.texts.values()) or any(self.photos.values())


@dataclass(frozen=True, slots=True)
class Question:
    """One question with its input. `control` names the macro that draws it."""

    item: Item
    control: str
    texts: tuple[str, ...]
    photos: tuple[Kept, ...]
    problem: str | None
    latest: date | None

    @property
    def text(self) -> str:
        """The one answer that stands there, the empty string where none does."""
        return self.texts[-1] if self.texts else ""

    @property
    def autocomplete(self) -> str:
        return AUTOCOMPLETE.get(self.item.link_id, "off")

    @property
    def input_type(self) -> str:
        """The input's type; a date that no picker can hold is shown as it was typed."""
        if self.item.type is ItemType.DATE:
            return "date" if not self.text or _is_iso(self.text) else "text"
        return INPUT_TYPE.get(self.item.link_id, "text")

    @property
    def described_by(self) -> str:
        """The ids of the hint and the error, as `aria-describedby` lists them."""
        parts = [f"{self.item.link_id}-hint"] if self.item.hint else []
        return " ".join([*parts, f"{self.item.link_id}-error"] if self.problem else parts)


@dataclass(frozen=True, slots=True)
class Block:
    """Questions and texts that stand together, under a legend where there is one.

    `when` says in words whom they are for; `watches` is the linkId of the one question that this depends on.
    """

    legend: str
    when: str
    watches: str
    parts: tuple[Question | Block | Item, ...]


def blocks_of(form: Form, filled: Filled, today: date) -> tuple[Question | Block | Item, ...]:
    """Return the form as its page draws it: every question, those with conditions in blocks that say when."""
    return _parts(form, form.items, filled, today)


def problems_in_order(form: Form, filled: Filled) -> list[tuple[str, str, str]]:
    """Return (linkId, question, problem) in the form's order; the long question of the consent is left out."""
    return [
        (q.link_id, "" if _control(q) == "tick" else q.text, filled.problems[q.link_id])
        for q in form.questions()
        if q.link_id in filled.problems
    ]


def _parts(
    form: Form, items: Sequence[Item], filled: Filled, today: date
) -> tuple[Question | Block | Item, ...]:
    parts: list[Question | Block | Item] = []
    for conditions, run in groupby(items, lambda item: (item.conditions, item.behaviour)):
        drawn = tuple(_part(form, item, filled, today) for item in run)
        if conditions[0]:
            parts.append(Block("", _when(form, *conditions), _watched(conditions[0]), drawn))
        else:
            parts.extend(drawn)
    return tuple(parts)


def _part(form: Form, item: Item, filled: Filled, today: date) -> Question | Block | Item:
    if item.type is ItemType.GROUP:
        return Block(item.text, "", "", _parts(form, item.items, filled, today))
    if item.type is ItemType.DISPLAY:
        return item
    return Question(
        item,
        _control(item),
        tuple(filled.texts.get(item.link_id, ())),
        tuple(filled.photos.get(item.link_id, ())),
        filled.problems.get(item.link_id),
        today if item.link_id == "birth_date" else None,
    )


def _control(item: Item) -> str:
    match item.type:
        case ItemType.TEXT:
            return "story"
        case ItemType.CHOICE if item.repeats:
            return "checkboxes"
        case ItemType.CHOICE:
            return "radios" if len(item.options) <= MOST_RADIOS else "list"
        case ItemType.BOOLEAN:
            return "tick" if item.link_id == "consent" else "yes_no"
        case ItemType.ATTACHMENT:
            return "photos"
        case _:
            return "line"


def _when(form: Form, conditions: Sequence[Condition], behaviour: str | None) -> str:
    """Say in words when these questions are meant: pages without JavaScript show them to everyone."""
    wanted = {(condition.question, condition.wanted) for condition in conditions}
    if wanted == {(WRITING_FOR, "child"), (WRITING_FOR, "other")}:
        return FOR_SOMEBODY_ELSE
    joined = " and " if behaviour == "all" else " or "
    return f"Only if you answered {joined.join(_answered(form, condition) for condition in conditions)}"


def _answered(form: Form, condition: Condition) -> str:
    asked = form.item(condition.question)
    if asked is None or condition.wanted is None:
        raise ValueError("the catalogue takes no form whose conditions name no earlier question")
    shown = {option.code: option.display for option in asked.options} or {"true": "Yes", "false": "No"}
    return f"“{shown.get(condition.wanted, condition.wanted)}” to “{asked.text}”"


def _watched(conditions: Sequence[Condition]) -> str:
    names = {condition.question for condition in conditions}
    return names.pop() if len(names) == 1 else ""


def _is_iso(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
