"""What follows the app's name in a message, as what the desk or a query is asked. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection

from commands import QUERY, VERB
from consult_bot.case.errors import UnknownCase
from consult_bot.case.model import heard, spoken
from consult_bot.case.verb import Actor, Request
from consult_bot.slack.markup import plain
from consult_bot.slack.parse import Looking, check_pressable
from consult_bot.slack.typed import fields_of

_AT_THE_START = re.compile(r"\s*<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>[\s,:]*")
_NUMBER = re.compile(r"c([-\u2010-\u2015\u2212]?)\d{1,12}", re.IGNORECASE)
"""A case number among words: with its C, for a bare number may be a dose."""


def after_mention(text: str, ours: Collection[str]) -> str | None:
    """Return what follows where the text begins with a mention of one of our user ids, None where it does not."""
    found = _AT_THE_START.match(text)
    return text[found.end() :] if found and found.group(1) in ours else None


def asked(text: str, number: int, actor: Actor, ts: str, once_key: str) -> Request | Looking:
    """Return what `@consult …` asks of the case in whose thread it stands; `ts` is the message's.

    What needs a form opens it later, by a button: the words wait in the author's draft. Raises UnknownVerb,
    UnknownCase or TooManyWords, whose texts say what to write.
    """
    name, rest = [*text.split(maxsplit=1), "", ""][:2]
    name = plain(name).rstrip(".!?").casefold()
    if not name:
        return Looking("help", actor, "")
    if heard(name) is not None:
        _without_number(name, number, "show")
        return Looking("show", actor, spoken(number))
    if name in QUERY:
        _without_number(rest, number, name)
        return Looking(name, actor, spoken(number) if name == "show" else "")
    check_pressable(name)
    verb = VERB[name]
    return Request(
        verb=name,
        actor=actor,
        record=number,
        fields=fields_of(verb, _without_number(rest, number, name)),
        about=ts if name == "note" else None,
        for_later=True,
        once_key=once_key,
    )


def _without_number(rest: str, number: int, name: str) -> str:
    """The words without the number of the thread's own case. Raises UnknownCase for the number of another."""
    first, behind = [*rest.split(maxsplit=1), "", ""][:2]
    told = _NUMBER.fullmatch(plain(first))
    if told is None:
        return rest
    if heard(told.group()) == number:
        return behind
    if told.group(1):
        raise UnknownCase(
            f"Nothing was done: this thread is about {spoken(number)}. For another case, write in its own thread, "
            f"or type: /consult {name} and its number."
        )
    return rest
