"""Reading one Questionnaire file, with errors that name the file and the linkId."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from consult_bot.forms.checks import at_item, problems_of
from consult_bot.forms.questionnaire import Form, ItemType

MAX_FORM_BYTES = 1024 * 1024
DEEPEST_LEVEL = 8


class FormError(ValueError):
    """A form cannot be used. The message holds one line per mistake: file, item, what to change."""

    def __init__(self, file: str, problems: Iterable[str]) -> None:
        self.file = file
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{file}: {problem}" for problem in self.problems))


def read_form(path: Path) -> Form:
    """Return the form in this file. Raises FormError where it cannot be read or used; changes nothing."""
    try:
        with path.open("rb") as opened:
            data = opened.read(MAX_FORM_BYTES + 1)
    except OSError as error:
        raise FormError(path.name, [f"it cannot be opened ({error.strerror})"]) from error
    return parse_form(data, path.name)


def parse_form(data: bytes, file: str) -> Form:
    """Return the form in these bytes. Raises FormError, which names `file`, where it cannot be used."""
    if len(data) > MAX_FORM_BYTES:
        raise FormError(file, ["it is larger than 1 MB; split it into several forms"])
    raw = _json(data, file)
    _refuse_deep_nesting(raw, file)
    try:
        form = Form.model_validate_json(json.dumps(raw))
    except ValidationError as error:
        raise FormError(file, [_told(raw, found) for found in error.errors()]) from None
    if problems := problems_of(form):
        raise FormError(file, problems)
    return form


def _json(data: bytes, file: str) -> dict[str, Any]:
    try:
        raw = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise FormError(file, ["it is not UTF-8 text"]) from None
    except json.JSONDecodeError as error:
        raise FormError(file, [f"it is not JSON: {error.msg} (line {error.lineno})"]) from None
    except RecursionError:
        raise FormError(file, [_too_deep()]) from None
    if not isinstance(raw, dict):
        raise FormError(file, ["it is not a FHIR Questionnaire; those begin with {"])
    return raw


def _refuse_deep_nesting(raw: dict[str, Any], file: str) -> None:
    level = [raw]
    for _ in range(DEEPEST_LEVEL + 1):
        level = [item for parent in level for item in _children(parent)]
    if level:
        raise FormError(file, [at_item(str(level[0].get("linkId", "?")), _too_deep())])


def _children(parent: dict[str, Any]) -> list[dict[str, Any]]:
    items = parent.get("item")
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _too_deep() -> str:
    return f"items lie inside each other deeper than {DEEPEST_LEVEL} levels"


def _told(raw: dict[str, Any], found: Any) -> str:
    """Return pydantic's finding in our words, with the linkId it lies under."""
    location = found["loc"]
    field = next((str(step) for step in reversed(location) if isinstance(step, str)), "")
    problem = f'"{field}": {found["msg"]}'
    if field == "type" and found["type"] == "enum":
        problem = f'the type "{found["input"]}" is not supported; use {", ".join(ItemType)}'
    link_id = _link_id_above(raw, location)
    return at_item(link_id, problem) if link_id else problem


def _link_id_above(raw: Any, location: tuple[int | str, ...]) -> str | None:
    found, node = None, raw
    for step in location:
        try:
            node = node[step]
        except (KeyError, IndexError, TypeError):
            break
        if isinstance(node, dict) and isinstance(node.get("linkId"), str):
            found = node["linkId"]
    return found
