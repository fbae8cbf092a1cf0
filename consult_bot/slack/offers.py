"""What can be pressed on a case: three buttons and a More select, drawn from the life cycle."""

from __future__ import annotations

import re
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
from consult_bot.case.lifecycle import EVERY_CLINICIAN, allowed_verbs, parts_of
from consult_bot.case.model import WE_OWE_AN_ANSWER, Case, heard, spoken
from consult_bot.case.verb import Actor, Verb
from consult_bot.roster.eligibility import ineligible, needs_eligibility
from consult_bot.roster.people import Person
from consult_bot.slack.blocks import Drawn

BUTTONS = 3
MORE = "verb:more"
SHOW = "nav:show"
BLOCK_ID = re.compile(r"[a-z]+/(C-\d+)/\d+")


def offered(case: Case, now: datetime) -> tuple[Verb, ...]:
    """Return the verbs that the case's state allows to some clinician, in the order of `commands`."""
    allowed = set(allowed_verbs(case, EVERY_CLINICIAN, now))
    return tuple(verb for verb in VERBS if verb.typed and verb.name in allowed)


def offered_to(person: Person, case: Case, now: datetime) -> tuple[Verb, ...]:
    """Return the verbs that this person may do to the case now, in the order of `commands`.

    Nobody is offered to take what they have, or what they may not be responsible for.
    """
    allowed = set(allowed_verbs(case, parts_of(Actor(person.id), person.role, case), now))
    barred = ineligible(person, case) is not None
    return tuple(
        verb
        for verb in VERBS
        if verb.typed
        and verb.name in allowed
        and not (barred and needs_eligibility(verb))
        and not (verb.takes and case.owner == person.id)
    )


def case_actions(list_name: str, case: Case, verbs: Sequence[Verb]) -> Drawn:
    """Return a row with the verbs of a case on this list: the first as buttons, the rest under More."""
    elements: list[InteractiveElement] = [case_button(verb, case) for verb in verbs[:BUTTONS]]
    if verbs[BUTTONS:]:
        elements.append(more_menu(verbs[BUTTONS:], case.spoken))
    return actions(block_id(list_name, case.number, case.version), elements)


def actions(row_id: str, elements: Sequence[InteractiveElement]) -> Drawn:
    """Return a row of things to press. `row_id` is what `block_id` returns."""
    return ActionsBlock(block_id=row_id, elements=list(elements)).to_dict()


def block_id(list_name: str, number: int, version: int) -> str:
    """Return the id of the one row that a case has on a list: `<list>/C-1042/<version>`."""
    return f"{list_name}/{spoken(number)}/{version}"


def number_in(row_id: str) -> int | None:
    """Return the number of the case whose row this is, None where `block_id` did not write it."""
    ours = BLOCK_ID.fullmatch(row_id)
    return heard(ours.group(1)) if ours else None


def case_button(verb: Verb, case: Case) -> ButtonElement:
    """Return a verb's button on a case. What to press next stands out only while we owe the patient an answer."""
    button = verb_button(verb, case.spoken)
    if button.style == "primary" and case.state not in WE_OWE_AN_ANSWER:
        button.style = None
    return button


def verb_button(verb: Verb, value: str) -> ButtonElement:
    """Return a verb's button; `value` is `C-1042` or `C-1042/<id>`."""
    return ButtonElement(
        text=PlainTextObject(text=verb.label, emoji=False),
        action_id=f"verb:{verb.name}",
        value=value,
        style=verb.style,
    )


def show_button(value: str) -> ButtonElement:
    """Return the button that opens a case for reading."""
    return ButtonElement(text=PlainTextObject(text="Show", emoji=False), action_id=SHOW, value=value)


def more_menu(verbs: Sequence[Verb], value: str) -> StaticSelectElement:
    """Return the More select with these verbs."""
    return StaticSelectElement(
        action_id=MORE,
        placeholder=PlainTextObject(text="More", emoji=False),
        options=[
            Option(text=PlainTextObject(text=verb.label, emoji=False), value=f"{verb.name} {value}")
            for verb in verbs
        ],
    )
