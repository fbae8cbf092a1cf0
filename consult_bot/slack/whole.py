"""Words that are longer than an input of Slack holds: shown whole, while they stand in the author's draft. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence

from slack_sdk.models.blocks import InputBlock, PlainTextInputElement, PlainTextObject

from consult_bot.case.verb import Field, FieldKind
from consult_bot.case.words import Words
from consult_bot.slack.blocks import Drawn, section, small
from consult_bot.slack.fields import MOST_CHARACTERS
from consult_bot.slack.long_text import units
from consult_bot.slack.preview import quoted

VIEW_BLOCKS = 100
VIEW_BYTES = 248_000
"""A view holds 100 blocks and 250 KB (docs.slack.dev/reference/views), counted here as the JSON that is sent."""

KEPT_WHOLE = (
    f"These words are longer than the {MOST_CHARACTERS:,} characters that a Slack form holds. They are kept and sent "
    "whole. To change them, write others below: those take their place."
)
LEAVE_EMPTY = "Leave it empty to keep the words above."
GOES_ON = "It goes on: the rest does not fit into this window, and is kept and sent all the same."


def too_long(field: Field, words: Words | None) -> bool:
    """Whether the words do not fit the field's input."""
    return field.kind is FieldKind.TEXT and words is not None and units(words.reveal()) > MOST_CHARACTERS


def kept_whole(field: Field, words: Words) -> list[Drawn]:
    """Return the words in as many sections as they take, and how to change them."""
    return [section(KEPT_WHOLE), *quoted(field.label, words.reveal())]


def replacing_input(field: Field) -> Drawn:
    """Return the input for words that take the place of those that are kept; its block_id holds nothing typed before."""
    return InputBlock(
        block_id=f"{field.name}:2",
        label=PlainTextObject(text=field.label, emoji=False),
        hint=PlainTextObject(text=LEAVE_EMPTY, emoji=False),
        element=PlainTextInputElement(
            action_id=field.name, multiline=field.multiline, max_length=MOST_CHARACTERS
        ),
        optional=True,
    ).to_dict()


def fitted(above: Sequence[Drawn], inputs: Sequence[Drawn]) -> list[Drawn]:
    """Return what is to be read and the inputs, which are never left out, as one view holds them."""
    room = VIEW_BYTES - sum(map(_bytes, inputs))
    taken: list[Drawn] = []
    for block in above:
        room -= _bytes(block)
        if room < 0 or len(taken) + len(inputs) == VIEW_BLOCKS:
            return [*taken[:-1], small(GOES_ON), *inputs]
        taken.append(block)
    return [*taken, *inputs]


def _bytes(block: Drawn) -> int:
    return len(json.dumps(block)) + 2
