"""What can be pressed on a case: three buttons and a More select, drawn from the life cycle."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from slack_sdk.models.blocks import (
    ActionsBlock,
    ButtonElement,
    InteractiveElement,
    Option,
    PlainTextObject,
    StaticSelectElement,
)

from commands import VERBS
from consult_bot.case.lifecycle import EVERY_CLINICIAN, allowed_verbs
from consult_bot.case.model import Case, spoken
from consult_bot.case.verb import Verb
from consult_bot.slack.blocks import Drawn

BUTTONS = 3
MORE = "verb:more"
SHOW = "nav:show"


def offered(case: Case, now: datetime) -> tuple[Verb, ...]:
    """Return the verbs that the case's state allows to some clinician, in the order of `commands`."""
    allowed = set(allowed_verbs(case, EVERY_CLINICIAN, now))
    return tuple(verb for verb in VERBS if verb.typed and verb.name in allowed)


def case_actions(list_name: str, number: int, version: int, verbs: Sequence[Verb]) -> Drawn:
    """Return the actions block of a case on this list: `block_id` is `<list>/C-1042/<version>`."""
    elements: list[InteractiveElement] = [verb_button(verb, spoken(number)) for verb in verbs[:BUTTONS]]
    if verbs[BUTTONS:]:
        elements.append(_more(verbs[BUTTONS:], spoken(number)))
    return actions(f"{list_name}/{spoken(number)}/{version}", elements)


def actions(block_id: str | None, elements: Sequence[InteractiveElement]) -> Drawn:
    """Return a row of things to press."""
    return ActionsBlock(block_id=block_id, elements=list(elements)).to_dict()


def verb_button(verb: Verb, value: str, label: str | None = None) -> ButtonElement:
    """Return a verb's button; `value` is `C-1042` or `C-1042/<id>`."""
    return ButtonElement(
        text=PlainTextObject(text=label or verb.label, emoji=False),
        action_id=f"verb:{verb.name}",
        value=value,
        style=verb.style,
    )


def show_button(value: str) -> ButtonElement:
    """Return the button that opens a case for reading."""
    return ButtonElement(text=PlainTextObject(text="Show", emoji=False), action_id=SHOW, value=value)


def _more(verbs: Sequence[Verb], value: str) -> StaticSelectElement:
    return StaticSelectElement(
        action_id=MORE,
        placeholder=PlainTextObject(text="More", emoji=False),
        options=[
            Option(text=PlainTextObject(text=verb.label, emoji=False), value=f"{verb.name} {value}")
            for verb in verbs
        ],
    )
