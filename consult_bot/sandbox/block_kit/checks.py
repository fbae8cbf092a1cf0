"""The small checks that the tables are made of. Each yields its problems as Slack words them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Check = Callable[[Any, str], Iterator[str]]
Fields = Mapping[str, Check]


def complaint(words: str, at: str) -> str:
    """Returns one problem as Slack puts it under `response_metadata.messages`."""
    return f"[ERROR] {words} [json-pointer:{at}]"


def anything(value: Any, at: str) -> Iterator[str]:
    yield from ()


def flag(value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, bool):
        yield complaint("must be a boolean", at)


def string(longest: int, least: int = 1) -> Check:
    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield complaint("must be a string", at)
        elif len(value) < least:
            yield complaint(f"must be more than {least - 1} characters", at)
        elif len(value) > longest:
            yield complaint(f"must be less than {longest + 1} characters", at)

    return check


def spelled(pattern: str, words: str, longest: int = 3000) -> Check:
    """A string of a given form; `words` says which."""

    def check(value: Any, at: str) -> Iterator[str]:
        found = list(string(longest)(value, at))
        if not found and not re.fullmatch(pattern, value, re.DOTALL):
            found = [complaint(words, at)]
        yield from found

    return check


def whole(low: int, high: int) -> Check:
    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield complaint("must be an integer", at)
        elif not low <= value <= high:
            yield complaint(f"must be between {low} and {high}", at)

    return check


def one_of(*allowed: str) -> Check:
    def check(value: Any, at: str) -> Iterator[str]:
        if value not in allowed:
            yield complaint(f"must be one of: {', '.join(allowed)}", at)

    return check


def listed(each: Check, most: int, least: int = 1) -> Check:
    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield complaint("must be an array", at)
            return
        if len(value) < least:
            yield complaint(f"no fewer than {least} items allowed", at)
        if len(value) > most:
            yield complaint(f"no more than {most} items allowed", at)
        for index, item in enumerate(value):
            yield from each(item, f"{at}/{index}")

    return check


def shape(required: Fields, optional: Fields | None = None, *rules: Check) -> Check:
    """An object with these fields and no others; `rules` see it once each field by itself is sound.

    A field that is null counts as absent. `type` is looked at by whoever chose this shape.
    """
    known = {**required, **(optional or {})}

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield complaint("must be an object", at)
            return
        given = {name: part for name, part in value.items() if part is not None}
        found = [complaint(f"missing required field: {name}", at) for name in required if name not in given]
        for name, part in given.items():
            if name in known:
                found += known[name](part, f"{at}/{name}")
            elif name != "type":
                found.append(complaint(f"invalid additional property: {name}", at))
        yield from found
        for rule in rules if not found else ():
            yield from rule(given, at)

    return check


def by_type(kinds: Fields) -> Check:
    """One of several objects, told apart by their `type`."""

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield complaint("must be an object", at)
        elif not isinstance(value.get("type"), str) or value["type"] not in kinds:
            yield complaint(f"unsupported type: {value.get('type')}", f"{at}/type")
        else:
            yield from kinds[value["type"]](value, at)

    return check


def exactly_one(*names: str) -> Check:
    def check(value: Any, at: str) -> Iterator[str]:
        given = [name for name in names if name in value]
        if not given:
            yield complaint(_missing(names), at)
        elif len(given) > 1:
            yield complaint(f"only one of these is allowed: {', '.join(given)}", at)

    return check


def at_least_one(*names: str) -> Check:
    def check(value: Any, at: str) -> Iterator[str]:
        if not any(value.get(name) for name in names):
            yield complaint(_missing(names), at)

    return check


def _missing(names: tuple[str, ...]) -> str:
    return f"missing required field: {' or '.join(names)}"
