"""Block elements, and which of them may stand where.

The fields and limits are those of https://docs.slack.dev/reference/block-kit/block-elements (2026).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from consult_bot.sandbox.block_kit.checks import (
    Check,
    anything,
    by_type,
    complaint,
    exactly_one,
    flag,
    listed,
    one_of,
    shape,
    spelled,
    string,
    whole,
)
from consult_bot.sandbox.block_kit.composition import (
    confirm,
    conversation_filter,
    dispatch_action_config,
    option,
    option_group,
    options,
    slack_file,
    text,
    url,
    web_url,
)
from consult_bot.sandbox.block_kit.rich_text import rich_text_value

MANY = 100
LONGEST_TYPED = 3000
NUMBER = r"-?\d+(\.\d+)?"

number = spelled(NUMBER, "must be a number")
person = string(255)
ACTED_ON: dict[str, Check] = {"action_id": string(255)}
CHOSEN: dict[str, Check] = {**ACTED_ON, "confirm": confirm, "focus_on_load": flag}
CHOSEN_HINTED: dict[str, Check] = {**CHOSEN, "placeholder": text(150, plain=True)}
MANY_CHOSEN: dict[str, Check] = {**CHOSEN_HINTED, "max_selected_items": whole(1, MANY)}
TYPED: dict[str, Check] = {
    **ACTED_ON,
    "placeholder": text(150, plain=True),
    "focus_on_load": flag,
    "dispatch_action_config": dispatch_action_config,
}
OWN_OPTIONS: dict[str, Check] = {"options": options(MANY), "option_groups": listed(option_group, MANY)}
FOR_CONVERSATIONS: dict[str, Check] = {"default_to_current_conversation": flag, "filter": conversation_filter}


def _offered(element: dict[str, Any]) -> list[Any]:
    grouped = [each for group in element.get("option_groups") or [] for each in group["options"]]
    return [*(element.get("options") or []), *grouped]


def initial_is_offered(element: Any, at: str) -> Iterator[str]:
    """What is chosen at first must be among the options, to the letter."""
    if "initial_option" in element and element["initial_option"] not in _offered(element):
        yield complaint("must be one of the options", f"{at}/initial_option")
    for index, each in enumerate(element.get("initial_options", ())):
        if each not in _offered(element):
            yield complaint("must be one of the options", f"{at}/initial_options/{index}")


def a_date(value: Any, at: str) -> Iterator[str]:
    try:
        if not isinstance(value, str) or date.fromisoformat(value).isoformat() != value:
            raise ValueError
    except ValueError:
        yield complaint("must be a date in the format YYYY-MM-DD", at)


def typed_lengths(element: Any, at: str) -> Iterator[str]:
    least, most = element.get("min_length", 0), element.get("max_length", LONGEST_TYPED)
    if least > most:
        yield complaint("must not be more than max_length", f"{at}/min_length")
    if len(element.get("initial_value", "")) > most:
        yield complaint(f"must be less than {most + 1} characters", f"{at}/initial_value")


def number_bounds(element: Any, at: str) -> Iterator[str]:
    low, high = (
        float(element.get(name, bound)) for name, bound in (("min_value", "-inf"), ("max_value", "inf"))
    )
    if low > high:
        yield complaint("must not be more than max_value", f"{at}/min_value")
    elif not low <= float(element.get("initial_value", max(low, min(high, 0)))) <= high:
        yield complaint("must be between min_value and max_value", f"{at}/initial_value")


BUTTONS: dict[str, Check] = {
    "button": shape(
        {"text": text(75, plain=True)},
        {
            **ACTED_ON,
            "confirm": confirm,
            "url": url,
            "value": string(2000, 0),
            "style": one_of("primary", "danger"),
            "accessibility_label": string(75),
        },
    ),
    "overflow": shape({"options": options(5, with_url=True)}, {**ACTED_ON, "confirm": confirm}),
    "workflow_button": shape(
        {"text": text(75, plain=True), "workflow": shape({"trigger": anything})},
        {**ACTED_ON, "style": one_of("primary", "danger"), "accessibility_label": string(75)},
    ),
}

MENUS: dict[str, Check] = {
    "static_select": shape(
        {},
        {**CHOSEN_HINTED, **OWN_OPTIONS, "initial_option": option()},
        exactly_one("options", "option_groups"),
        initial_is_offered,
    ),
    "multi_static_select": shape(
        {},
        {**MANY_CHOSEN, **OWN_OPTIONS, "initial_options": options(MANY)},
        exactly_one("options", "option_groups"),
        initial_is_offered,
    ),
    "external_select": shape(
        {}, {**CHOSEN_HINTED, "min_query_length": whole(0, 3000), "initial_option": option()}
    ),
    "multi_external_select": shape(
        {}, {**MANY_CHOSEN, "min_query_length": whole(0, 3000), "initial_options": options(MANY)}
    ),
    "users_select": shape({}, {**CHOSEN_HINTED, "initial_user": person}),
    "multi_users_select": shape({}, {**MANY_CHOSEN, "initial_users": listed(person, MANY)}),
    "conversations_select": shape(
        {},
        {
            **CHOSEN_HINTED,
            **FOR_CONVERSATIONS,
            "initial_conversation": person,
            "response_url_enabled": flag,
        },
    ),
    "multi_conversations_select": shape(
        {}, {**MANY_CHOSEN, **FOR_CONVERSATIONS, "initial_conversations": listed(person, MANY)}
    ),
    "channels_select": shape({}, {**CHOSEN_HINTED, "initial_channel": person, "response_url_enabled": flag}),
    "multi_channels_select": shape({}, {**MANY_CHOSEN, "initial_channels": listed(person, MANY)}),
}

PICKERS: dict[str, Check] = {
    "datepicker": shape({}, {**CHOSEN_HINTED, "initial_date": a_date}),
    "timepicker": shape(
        {},
        {
            **CHOSEN_HINTED,
            "initial_time": spelled(r"([01]\d|2[0-3]):[0-5]\d", "must be a time in the format HH:mm"),
            "timezone": string(255),
        },
    ),
    "datetimepicker": shape({}, {**CHOSEN, "initial_date_time": whole(10**9, 10**10 - 1)}),
    "radio_buttons": shape(
        {"options": options(10, formatted=True)},
        {**CHOSEN, "initial_option": option(formatted=True)},
        initial_is_offered,
    ),
    "checkboxes": shape(
        {"options": options(10, formatted=True)},
        {**CHOSEN, "initial_options": options(10, formatted=True)},
        initial_is_offered,
    ),
}

INPUTS: dict[str, Check] = {
    "plain_text_input": shape(
        {},
        {
            **TYPED,
            "multiline": flag,
            "initial_value": string(LONGEST_TYPED, 0),
            "min_length": whole(0, LONGEST_TYPED),
            "max_length": whole(1, LONGEST_TYPED),
        },
        typed_lengths,
    ),
    "email_text_input": shape({}, {**TYPED, "initial_value": string(LONGEST_TYPED)}),
    "url_text_input": shape({}, {**TYPED, "initial_value": url}),
    "number_input": shape(
        {"is_decimal_allowed": flag},
        {**TYPED, **dict.fromkeys(("initial_value", "min_value", "max_value"), number)},
        number_bounds,
    ),
    "rich_text_input": shape({}, {**TYPED, "initial_value": rich_text_value}),
    "file_input": shape({}, {**ACTED_ON, "filetypes": listed(string(255), MANY), "max_files": whole(1, 10)}),
}

IMAGE: dict[str, Check] = {
    "image": shape(
        {"alt_text": string(2000)},
        {"image_url": web_url, "slack_file": slack_file},
        exactly_one("image_url", "slack_file"),
    )
}

in_actions = by_type(BUTTONS | MENUS | PICKERS)
in_input = by_type(MENUS | PICKERS | INPUTS)
# A date with a time of day is for actions and inputs only.
in_accessory = by_type(
    IMAGE | BUTTONS | MENUS | {kind: PICKERS[kind] for kind in PICKERS if kind != "datetimepicker"}
)
