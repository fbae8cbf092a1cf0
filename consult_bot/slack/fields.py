"""A verb's fields as the inputs of a modal, and the inputs of a modal as fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from slack_sdk.models.blocks import (
    DatePickerElement,
    DateTimePickerElement,
    ExternalDataSelectElement,
    InputBlock,
    InputInteractiveElement,
    Option,
    PlainTextInputElement,
    PlainTextObject,
    RadioButtonsElement,
    StaticSelectElement,
)

from consult_bot.case import verb as verbs
from consult_bot.case.verb import Field, FieldKind
from consult_bot.case.words import Words
from consult_bot.forms.safe_text import for_storage, is_blank
from consult_bot.slack.blocks import Drawn
from consult_bot.slack.long_text import beginning

MOST_CHARACTERS = 3000
"""What a text input of Slack holds."""

MOST_RADIOS = 5
"""With more choices than these a menu is easier to use on a phone."""

LABEL_CHARACTERS = 75


def input_block(field: Field, value: Words | None, names: Mapping[str, str]) -> Drawn:
    """Return the field's input, filled in with `value`.

    Slack keeps what was typed as long as the block_id stays, so the preview comes back with the same words.
    `names` are people's names by Slack id.
    """
    draw = ELEMENTS[field.kind]
    return InputBlock(
        block_id=field.name,
        label=PlainTextObject(text=field.label, emoji=False),
        hint=PlainTextObject(text=field.hint, emoji=False) if field.hint else None,
        element=draw(field, value.reveal() if value else "", names),
        optional=not field.required,
    ).to_dict()


def short(label: str) -> str:
    """Return an option's label as Slack takes it: at most 75 characters."""
    return label if len(label) <= LABEL_CHARACTERS else label[: LABEL_CHARACTERS - 1] + "…"


def filled_in(values: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> dict[str, Words]:
    """Return the fields of a modal's `state.values` by name; what was left empty, or cannot be seen, is not in it."""
    answers = {name: _answer(element) for elements in values.values() for name, element in elements.items()}
    return {name: Words(text) for name, text in answers.items() if not is_blank(text)}


def _answer(element: Mapping[str, Any]) -> str:
    option = element.get("selected_option") or {}
    found = (
        element.get("value")
        or option.get("value")
        or element.get("selected_date")
        or element.get("selected_date_time")
    )
    return for_storage(str(found)) if found else ""


def _text(field: Field, value: str, names: Mapping[str, str]) -> InputInteractiveElement:
    return PlainTextInputElement(
        action_id=field.name,
        multiline=field.multiline,
        max_length=MOST_CHARACTERS,
        initial_value=beginning(value, MOST_CHARACTERS) or None,
    )


def _choice(field: Field, value: str, names: Mapping[str, str]) -> InputInteractiveElement:
    options = [_option(option) for option in field.options]
    chosen = next((option for option in options if option.value == value), None)
    if len(options) <= MOST_RADIOS:
        return RadioButtonsElement(action_id=field.name, options=options, initial_option=chosen)
    return StaticSelectElement(action_id=field.name, options=options, initial_option=chosen)


def _option(option: verbs.Option) -> Option:
    return Option(text=PlainTextObject(text=short(option.label), emoji=False), value=option.value)


def _date(field: Field, value: str, names: Mapping[str, str]) -> InputInteractiveElement:
    return DatePickerElement(action_id=field.name, initial_date=value or None)


def _datetime(field: Field, value: str, names: Mapping[str, str]) -> InputInteractiveElement:
    return DateTimePickerElement(
        action_id=field.name, initial_date_time=int(value) if value.isdecimal() else None
    )


def _person(field: Field, value: str, names: Mapping[str, str]) -> InputInteractiveElement:
    chosen = None
    if value in names:
        chosen = Option(text=PlainTextObject(text=short(names[value]), emoji=False), value=value)
    return ExternalDataSelectElement(action_id=field.name, min_query_length=0, initial_option=chosen)


ELEMENTS: dict[FieldKind, Callable[[Field, str, Mapping[str, str]], InputInteractiveElement]] = {
    FieldKind.TEXT: _text,
    FieldKind.CHOICE: _choice,
    FieldKind.DATE: _date,
    FieldKind.DATETIME: _datetime,
    FieldKind.PERSON: _person,
}
