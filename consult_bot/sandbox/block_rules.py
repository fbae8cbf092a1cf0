"""What Slack refuses in blocks, as far as the sandbox knows it.

The limits are those of Slack's Block Kit reference (2026). Each problem reads like the messages Slack puts
under `response_metadata.messages`.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
# Measured near this number on Slack itself; a message is refused as a whole, never cut.
MESSAGE_BLOCK_CHARACTERS = 13_200

EVERYWHERE = {"section", "header", "context", "divider", "image", "actions", "input", "rich_text", "video"}
PLACES = {
    "message": EVERYWHERE
    | {"file", "markdown", "table", "context_actions", "data_table", "data_visualization", "card", "carousel"}
    | {"plan", "task_card"},
    "modal": EVERYWHERE | {"alert"},
    "home": EVERYWHERE,
}

BUTTONS = {"button", "overflow", "workflow_button"}
MENUS = {
    f"{many}{source}_select"
    for many in ("", "multi_")
    for source in ("static", "external", "users", "conversations", "channels")
}
PICKERS = {"datepicker", "timepicker", "datetimepicker", "radio_buttons", "checkboxes"}
TYPED = {
    "plain_text_input",
    "email_text_input",
    "url_text_input",
    "number_input",
    "rich_text_input",
    "file_input",
}
IN_ACTIONS = BUTTONS | MENUS | PICKERS
IN_INPUT = MENUS | PICKERS | TYPED
IN_ACCESSORY = IN_ACTIONS | {"image"}

# Characters a text of this name may hold within an element or composition object.
ELEMENT_TEXTS = {"placeholder": 150}
ELEMENT_STRINGS = {"action_id": 255, "url": 3000}
OPTIONS = {"radio_buttons": 10, "checkboxes": 10, "overflow": 5}


def problems(blocks: Any, place: str) -> list[str]:
    """Returns what Slack would refuse these blocks for; `place` is message, modal or home."""
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        return ["[ERROR] must be an array of blocks [json-pointer:/blocks]"]
    return list(_all_problems(blocks, place))


def characters(blocks: list[dict[str, Any]]) -> int:
    """Returns how many characters of text the blocks hold together."""
    return sum(_characters(block) for block in blocks)


def _characters(part: Any) -> int:
    if isinstance(part, list):
        return sum(_characters(item) for item in part)
    if not isinstance(part, dict):
        return 0
    own = part.get("text")
    return (len(own) if isinstance(own, str) else 0) + sum(_characters(value) for value in part.values())


def _all_problems(blocks: list[dict[str, Any]], place: str) -> Iterator[str]:
    allowed = MESSAGE_BLOCKS if place == "message" else VIEW_BLOCKS
    if len(blocks) > allowed:
        yield f"[ERROR] no more than {allowed} items allowed [json-pointer:/blocks]"
    ids = Counter(block["block_id"] for block in blocks if block.get("block_id"))
    for block_id, times in ids.items():
        if times > 1:
            yield f"[ERROR] `block_id` {block_id} already exists [json-pointer:/blocks]"
    for index, block in enumerate(blocks):
        yield from _block(block, f"/blocks/{index}", place)


def _block(block: dict[str, Any], at: str, place: str) -> Iterator[str]:
    kind = block.get("type")
    if kind not in PLACES[place]:
        yield f"[ERROR] unsupported type: {kind} [json-pointer:{at}/type]"
        return
    yield from _string(block, "block_id", 255, at)
    check = CHECKS.get(kind)
    if check is not None:
        yield from check(block, at)


def _section(block: dict[str, Any], at: str) -> Iterator[str]:
    fields = block.get("fields")
    if block.get("text") is None and not fields:
        yield f"[ERROR] missing required field: text [json-pointer:{at}]"
    if block.get("text") is not None:
        yield from _text(block["text"], 3000, f"{at}/text")
    yield from _count(fields or [], 10, f"{at}/fields")
    for index, field in enumerate(fields or []):
        yield from _text(field, 2000, f"{at}/fields/{index}")
    if block.get("accessory") is not None:
        yield from _element(block["accessory"], f"{at}/accessory", IN_ACCESSORY)


def _header(block: dict[str, Any], at: str) -> Iterator[str]:
    yield from _text(block.get("text"), 150, f"{at}/text", plain=True)


def _context(block: dict[str, Any], at: str) -> Iterator[str]:
    yield from _some(block.get("elements"), 10, f"{at}/elements")
    for index, element in enumerate(block.get("elements") or []):
        if element.get("type") == "image":
            yield from _image(element, f"{at}/elements/{index}")
        else:
            yield from _text(element, 2000, f"{at}/elements/{index}")


def _image(block: dict[str, Any], at: str) -> Iterator[str]:
    if not block.get("alt_text"):
        yield f"[ERROR] missing required field: alt_text [json-pointer:{at}]"
    if not (block.get("image_url") or block.get("slack_file")):
        yield f"[ERROR] missing required field: image_url [json-pointer:{at}]"
    yield from _string(block, "alt_text", 2000, at)
    yield from _string(block, "image_url", 3000, at)


def _actions(block: dict[str, Any], at: str) -> Iterator[str]:
    elements = block.get("elements")
    yield from _some(elements, 25, f"{at}/elements")
    ids = Counter(element.get("action_id") for element in elements or [])
    for action_id, times in ids.items():
        if action_id is not None and times > 1:
            yield f"[ERROR] `action_id` {action_id} already exists [json-pointer:{at}/elements]"
    for index, element in enumerate(elements or []):
        yield from _element(element, f"{at}/elements/{index}", IN_ACTIONS)


def _input(block: dict[str, Any], at: str) -> Iterator[str]:
    yield from _text(block.get("label"), 2000, f"{at}/label", plain=True)
    if block.get("hint") is not None:
        yield from _text(block["hint"], 2000, f"{at}/hint", plain=True)
    yield from _element(block.get("element") or {}, f"{at}/element", IN_INPUT)


def _rich_text(block: dict[str, Any], at: str) -> Iterator[str]:
    if not isinstance(block.get("elements"), list):
        yield f"[ERROR] missing required field: elements [json-pointer:{at}]"


def _alert(block: dict[str, Any], at: str) -> Iterator[str]:
    yield from _text(block.get("text"), 3000, f"{at}/text")


CHECKS = {
    "section": _section,
    "header": _header,
    "context": _context,
    "image": _image,
    "actions": _actions,
    "input": _input,
    "rich_text": _rich_text,
    "alert": _alert,
}


def _element(element: dict[str, Any], at: str, allowed: set[str]) -> Iterator[str]:
    kind = element.get("type")
    if kind not in allowed:
        yield f"[ERROR] unsupported type: {kind} [json-pointer:{at}/type]"
        return
    if kind == "image":
        yield from _image(element, at)
        return
    for name, longest in ELEMENT_STRINGS.items():
        yield from _string(element, name, longest, at)
    for name, longest in ELEMENT_TEXTS.items():
        if element.get(name) is not None:
            yield from _text(element[name], longest, f"{at}/{name}", plain=True)
    if kind == "button":
        yield from _text(element.get("text"), 75, f"{at}/text", plain=True)
        yield from _string(element, "value", 2000, at)
        if element.get("style") not in (None, "primary", "danger"):
            yield f"[ERROR] must be one of: primary, danger [json-pointer:{at}/style]"
    if kind == "plain_text_input":
        yield from _typed(element, at)
    if element.get("confirm") is not None:
        yield from _confirm(element["confirm"], f"{at}/confirm")
    yield from _options(element, kind, at)


def _typed(element: dict[str, Any], at: str) -> Iterator[str]:
    longest = element.get("max_length", 3000)
    if not 1 <= longest <= 3000:
        yield f"[ERROR] must be between 1 and 3000 [json-pointer:{at}/max_length]"
    if len(element.get("initial_value") or "") > longest:
        yield f"[ERROR] must be less than {longest + 1} characters [json-pointer:{at}/initial_value]"


def _confirm(confirm: dict[str, Any], at: str) -> Iterator[str]:
    for name, longest in {"title": 100, "text": 300, "confirm": 30, "deny": 30}.items():
        yield from _text(confirm.get(name), longest, f"{at}/{name}", plain=name != "text")


def _options(element: dict[str, Any], kind: str, at: str) -> Iterator[str]:
    lists_own = kind.endswith("static_select") or kind in OPTIONS
    if not lists_own:
        return
    if element.get("option_groups"):
        yield from _count(element["option_groups"], 100, f"{at}/option_groups")
        groups = [group.get("options") for group in element["option_groups"]]
    else:
        groups = [element.get("options")]
    for options in groups:
        yield from _some(options, OPTIONS.get(kind, 100), f"{at}/options")
        for index, option in enumerate(options or []):
            yield from option_problems(option, f"{at}/options/{index}", kind)
    initial = element.get("initial_option")
    if initial is not None and initial not in [option for options in groups for option in options or []]:
        yield f"[ERROR] must be one of the options [json-pointer:{at}/initial_option]"


def option_problems(option: dict[str, Any], at: str, kind: str = "external_select") -> Iterator[str]:
    """Yields what is wrong with one option of a menu, also of one the app has just answered."""
    yield from _text(option.get("text"), 75, f"{at}/text", plain=kind not in ("radio_buttons", "checkboxes"))
    yield from _string(option, "value", 150, at)
    if not isinstance(option.get("value"), str):
        yield f"[ERROR] missing required field: value [json-pointer:{at}]"
    if option.get("description") is not None:
        yield from _text(option["description"], 75, f"{at}/description")


def _text(text: Any, longest: int, at: str, plain: bool = False) -> Iterator[str]:
    kinds = ("plain_text",) if plain else ("plain_text", "mrkdwn")
    if not isinstance(text, dict) or text.get("type") not in kinds:
        yield f"[ERROR] must be a {' or '.join(kinds)} object [json-pointer:{at}]"
        return
    words = text.get("text")
    if not isinstance(words, str) or not words:
        yield f"[ERROR] must be more than 0 characters [json-pointer:{at}/text]"
    elif len(words) > longest:
        yield f"[ERROR] must be less than {longest + 1} characters [json-pointer:{at}/text]"


def _string(part: dict[str, Any], name: str, longest: int, at: str) -> Iterator[str]:
    value = part.get(name)
    if value is None:
        return
    if not isinstance(value, str):
        yield f"[ERROR] must be a string [json-pointer:{at}/{name}]"
    elif len(value) > longest:
        yield f"[ERROR] must be less than {longest + 1} characters [json-pointer:{at}/{name}]"


def _count(items: Any, most: int, at: str) -> Iterator[str]:
    if len(items) > most:
        yield f"[ERROR] no more than {most} items allowed [json-pointer:{at}]"


def _some(items: Any, most: int, at: str) -> Iterator[str]:
    if not isinstance(items, list) or not items:
        yield f"[ERROR] no fewer than 1 items allowed [json-pointer:{at}]"
    else:
        yield from _count(items, most, at)


VIEW_TEXTS = {"title": 24, "submit": 24, "close": 24}


def view_problems(view: Any) -> list[str]:
    """Returns what Slack would refuse a modal or App Home for."""
    if not isinstance(view, dict):
        return ["[ERROR] must be a view object [json-pointer:/view]"]
    kind = view.get("type")
    if kind not in ("modal", "home"):
        return [f"[ERROR] unsupported type: {kind} [json-pointer:/view/type]"]
    if not isinstance(view.get("blocks"), list):
        return ["[ERROR] missing required field: blocks [json-pointer:/view]"]
    found = list(_view(view, kind))
    return found + [each.replace("pointer:/", "pointer:/view/", 1) for each in problems(view["blocks"], kind)]


def _view(view: dict[str, Any], kind: str) -> Iterator[str]:
    if kind == "modal":
        yield from _text(view.get("title"), VIEW_TEXTS["title"], "/view/title", plain=True)
    for name in ("submit", "close"):
        if view.get(name) is not None:
            yield from _text(view[name], VIEW_TEXTS[name], f"/view/{name}", plain=True)
    for name, longest in {"callback_id": 255, "private_metadata": 3000, "external_id": 255}.items():
        yield from _string(view, name, longest, "/view")
    has_input = any(isinstance(block, dict) and block.get("type") == "input" for block in view["blocks"])
    if kind == "modal" and has_input and view.get("submit") is None:
        yield "[ERROR] missing required field: submit [json-pointer:/view]"
