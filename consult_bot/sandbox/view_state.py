"""What a person has filled in: the `state.values` of a view, from first drawing to submission."""

import re
from typing import Any

from consult_bot.sandbox.elements import Element, Found, interactive, options_of
from consult_bot.sandbox.errors import CannotDo

Values = dict[str, dict[str, dict[str, Any]]]

# element type -> (key of its answer in the state, key of its first answer in the element)
ANSWERS = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "overflow": ("selected_option", "initial_option"),
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "checkboxes": ("selected_options", "initial_options"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "file_input": ("files", "initial_files"),
}
LISTS = {"selected_options", "selected_users", "selected_conversations", "selected_channels", "files"}


def answer_key(kind: str) -> str | None:
    """Returns where an element of this type keeps its answer, or None if it keeps none (a button)."""
    return ANSWERS[kind][0] if kind in ANSWERS else None


def first_state(blocks: list[dict[str, Any]], earlier: Values | None = None) -> Values:
    """Returns the state of freshly drawn blocks. What stood in an element of the same block_id, action_id
    and type stays, as when Slack redraws an updated view; otherwise the element's initial value counts."""
    state: Values = {}
    for found in interactive(blocks):
        element = found.element
        if element["type"] in ANSWERS:
            kept = (earlier or {}).get(found.block_id, {}).get(found.action_id)
            same = kept is not None and kept["type"] == element["type"]
            state.setdefault(found.block_id, {})[found.action_id] = kept if same else _initial(element)
    return state


def _initial(element: Element) -> dict[str, Any]:
    key, initial = ANSWERS[element["type"]]
    return {"type": element["type"], key: element.get(initial, [] if key in LISTS else None)}


def merged(blocks: list[dict[str, Any]], state: Values, given: dict[str, Any]) -> Values:
    """Returns the state with a person's answers put in; inputs not named keep theirs.

    `given` is shaped like `state.values`; an answer may also be plain (`{"question": {"question": "text"}}`
    or just `{"question": "text"}`). Raises CannotDo for an input that is not there and for an answer it
    cannot take.
    """
    after = {block_id: dict(answers) for block_id, answers in state.items()}
    for name, answers in given.items():
        for found, answer in _addressed(blocks, name, answers):
            after.setdefault(found.block_id, {})[found.action_id] = as_answer(found.element, answer)
    return after


def _addressed(blocks: list[dict[str, Any]], name: str, answers: Any) -> list[tuple[Found, Any]]:
    fields = [found for found in interactive(blocks) if found.element["type"] in ANSWERS]
    in_block = {found.action_id: found for found in fields if found.block_id == name}
    if in_block and isinstance(answers, dict) and set(answers) <= set(in_block):
        return [(in_block[action_id], answer) for action_id, answer in answers.items()]
    if len(in_block) == 1:
        return [(next(iter(in_block.values())), answers)]
    by_action = [found for found in fields if found.action_id == name]
    if len(by_action) == 1:
        nested = isinstance(answers, dict) and set(answers) == {name}
        return [(by_action[0], answers[name] if nested else answers)]
    there = ", ".join(f"{found.block_id}/{found.action_id}" for found in fields) or "none"
    raise CannotDo(f"there is no input {name!r} in this view; its inputs: {there}")


def as_answer(element: Element, given: Any) -> dict[str, Any]:
    """Returns what `state.values` holds once the person has answered so. Raises CannotDo."""
    kind = element["type"]
    key = ANSWERS[kind][0]
    answer = given.get(key, given.get("value")) if isinstance(given, dict) and "text" not in given else given
    if key == "selected_option":
        answer = _option(element, answer)
    elif key == "selected_options":
        answer = [_option(element, each) for each in answer or []]
    return {"type": kind, key: answer}


def _option(element: Element, given: Any) -> dict[str, Any] | None:
    if given is None:
        return None
    value = given.get("value") if isinstance(given, dict) else given
    if element["type"].endswith("external_select"):
        return given if isinstance(given, dict) and "text" in given else _unlisted(value)
    for option in options_of(element):
        if option["value"] == value:
            return option
    offered = ", ".join(option["value"] for option in options_of(element))
    raise CannotDo(f"{element['action_id']} does not offer {value!r}; it offers: {offered}")


def _unlisted(value: str) -> dict[str, Any]:
    return {"text": {"type": "plain_text", "text": value, "emoji": True}, "value": value}


def unfinished(blocks: list[dict[str, Any]], state: Values) -> dict[str, str]:
    """Returns, by block_id, why Slack's own client would not let this form be sent yet."""
    errors = {}
    for block in blocks:
        element = block.get("element")
        if block["type"] == "input" and element["type"] in ANSWERS:
            answer = state[block["block_id"]][element["action_id"]][ANSWERS[element["type"]][0]]
            wrong = _wrong(block, element, answer)
            if wrong:
                errors[block["block_id"]] = wrong
    return errors


def _wrong(block: dict[str, Any], element: Element, answer: Any) -> str:
    if answer in (None, "", []):
        return "" if block.get("optional") else "Please complete this required field."
    check = TYPED.get(element["type"])
    return check(element, answer) if check else ""


def _wrong_text(element: Element, answer: str) -> str:
    if len(answer) > element.get("max_length", 3000):
        return f"Please use at most {element.get('max_length', 3000)} characters."
    if len(answer) < element.get("min_length", 0):
        return f"Please use at least {element['min_length']} characters."
    return ""


def _wrong_number(element: Element, answer: str) -> str:
    try:
        number = float(answer)
    except ValueError:
        return "Please enter a number."
    if not element["is_decimal_allowed"] and not number.is_integer():
        return "Please enter a whole number."
    if number < float(element.get("min_value", "-inf")):
        return f"Please enter a number of at least {element['min_value']}."
    if number > float(element.get("max_value", "inf")):
        return f"Please enter a number of at most {element['max_value']}."
    return ""


def _wrong_email(element: Element, answer: str) -> str:
    return "" if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", answer) else "Please enter an email address."


def _wrong_url(element: Element, answer: str) -> str:
    return "" if re.fullmatch(r"https?://\S+", answer) else "Please enter a web address."


TYPED = {
    "plain_text_input": _wrong_text,
    "number_input": _wrong_number,
    "email_text_input": _wrong_email,
    "url_text_input": _wrong_url,
}
