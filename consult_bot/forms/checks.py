"""What a form may not do, said with the linkId it does it at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from consult_bot.forms.identity import ALWAYS_REQUIRED, IDENTITY, WRITING_FOR_CODES
from consult_bot.forms.questionnaire import MOST_FILES, Condition, Form, Item, ItemType

_REPEATABLE = (ItemType.CHOICE, ItemType.ATTACHMENT)
_NOT_A_CONDITION = (ItemType.GROUP, ItemType.DISPLAY, ItemType.ATTACHMENT)


def problems_of(form: Form) -> list[str]:
    """Return one sentence per mistake, empty for a form that can be asked."""
    return [
        *_names(form),
        *(problem for item in form.every_item() for problem in _shape(item)),
        *_conditions(form),
        *_identity(form),
    ]


def at_item(link_id: str, problem: str) -> str:
    """Return the problem with the item it belongs to."""
    return f'item "{link_id}": {problem}'


def _names(form: Form) -> Iterator[str]:
    if not form.name:
        yield 'the form has no "id" and no "name"; give it an id such as "general"'
    counts = Counter(item.link_id for item in form.every_item())
    for link_id, times in counts.items():
        if times > 1:
            yield at_item(link_id, f"this linkId is used {times} times; each may be used once")


def _shape(item: Item) -> Iterator[str]:
    if not item.text.strip() and item.type is not ItemType.GROUP:
        yield at_item(item.link_id, 'it has no "text"; write the question')
    if item.items and item.type is not ItemType.GROUP:
        yield at_item(item.link_id, f"only a group can hold items, and this is a {item.type}")
    if item.repeats and item.type not in _REPEATABLE:
        yield at_item(item.link_id, f"a {item.type} cannot repeat; only choice and attachment can")
    if item.type is ItemType.ATTACHMENT and not 1 <= item.most <= MOST_FILES:
        yield at_item(item.link_id, f"maxOccurs is {item.most}; it must be from 1 to {MOST_FILES}")
    if item.type is ItemType.CHOICE:
        yield from _options(item)


def _options(item: Item) -> Iterator[str]:
    if not item.options:
        yield at_item(item.link_id, "a choice needs answerOption; value sets are not read")
    if any(not option.code for option in item.options):
        yield at_item(item.link_id, "each answerOption needs a valueCoding or a valueString")
    for code, times in Counter(option.code for option in item.options).items():
        if times > 1:
            yield at_item(item.link_id, f'the answer "{code}" is on offer {times} times')


def _conditions(form: Form) -> Iterator[str]:
    earlier: dict[str, Item] = {}
    for item in form.every_item():
        if len(item.conditions) > 1 and item.behaviour is None:
            yield at_item(item.link_id, 'with several enableWhen, enableBehavior must say "all" or "any"')
        for condition in item.conditions:
            yield from _condition(item, condition, earlier.get(condition.question))
        earlier[item.link_id] = item


def _condition(item: Item, condition: Condition, asked: Item | None) -> Iterator[str]:
    # Looking only backwards keeps conditions free of circles and lets a page be read once, downwards.
    if asked is None:
        yield at_item(item.link_id, f'enableWhen names "{condition.question}", which no earlier item has')
    elif asked.type in _NOT_A_CONDITION:
        yield at_item(item.link_id, f'enableWhen names "{condition.question}", which is a {asked.type}')
    elif condition.wanted is None:
        yield at_item(item.link_id, "enableWhen needs answerBoolean, answerCoding or answerString")
    elif asked.type is ItemType.CHOICE and condition.wanted not in {option.code for option in asked.options}:
        yield at_item(item.link_id, f'"{condition.question}" never has the answer "{condition.wanted}"')


def _identity(form: Form) -> Iterator[str]:
    for link_id, wanted in IDENTITY.items():
        item = form.item(link_id)
        if item is None:
            yield at_item(link_id, f"it is missing; every form asks it, as a {wanted}")
        elif item.type is not wanted:
            yield at_item(link_id, f"it must be a {wanted}, and this is a {item.type}")
        elif item.repeats:
            yield at_item(link_id, "it cannot repeat")
    yield from _required(form)
    writing_for = form.item("writing_for")
    if writing_for and {option.code for option in writing_for.options} != WRITING_FOR_CODES:
        yield at_item("writing_for", "its answers must have the codes self, child and other")


def _required(form: Form) -> Iterator[str]:
    always = set(_always_asked(form.items))
    for link_id in IDENTITY:
        item = form.item(link_id)
        if item is None:
            continue
        if link_id in ALWAYS_REQUIRED and not (item.required and link_id in always):
            yield at_item(link_id, 'it must be asked of everyone, with "required": true and no enableWhen')
    writer = form.item("writer_name")
    if writer and not writer.required:
        yield at_item("writer_name", 'it needs "required": true, and enableWhen for child and other')


def _always_asked(items: tuple[Item, ...]) -> Iterator[str]:
    for item in items:
        if not item.conditions:
            yield item.link_id
            yield from _always_asked(item.items)
