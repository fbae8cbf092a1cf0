"""Walks Block Kit: the interactive elements of a message or view, and the ids that Slack adds."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Block = dict[str, Any]
Element = dict[str, Any]


@dataclass(frozen=True)
class Found:
    """One interactive element and the block it stands in."""

    block: Block
    element: Element

    @property
    def block_id(self) -> str:
        return self.block["block_id"]

    @property
    def action_id(self) -> str:
        return self.element["action_id"]


def with_ids(blocks: list[Block]) -> list[Block]:
    """Returns the blocks with a `block_id` and `action_id` wherever the app gave none, as Slack does."""
    return [_block_with_ids(block) for block in blocks]


def _block_with_ids(block: Block) -> Block:
    filled = {"block_id": secrets.token_urlsafe(4), **block}
    for place in ("element", "accessory"):
        if isinstance(filled.get(place), dict):
            filled[place] = _element_with_id(filled[place])
    if block["type"] == "actions":
        filled["elements"] = [_element_with_id(element) for element in block["elements"]]
    return filled


def _element_with_id(element: Element) -> Element:
    return element if element["type"] == "image" else {"action_id": secrets.token_urlsafe(4), **element}


def interactive(blocks: list[Block]) -> Iterator[Found]:
    """Yields every element a person can press, choose or fill in, in reading order."""
    for block in blocks:
        held = [block.get("element"), block.get("accessory")]
        if block["type"] == "actions":
            held += block["elements"]
        for element in held:
            if element and "action_id" in element:
                yield Found(block, element)


def matching(blocks: list[Block], action_id: str, block_id: str | None = None) -> list[Found]:
    return [
        found
        for found in interactive(blocks)
        if found.action_id == action_id and block_id in (None, found.block_id)
    ]


def options_of(element: Element) -> list[dict[str, Any]]:
    """Returns the options a menu, radio or checkbox element lists itself, out of their groups."""
    grouped = [option for group in element.get("option_groups", []) for option in group.get("options", [])]
    return [*element.get("options", []), *grouped]
