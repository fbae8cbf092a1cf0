"""From what Slack sends to what the desk or a query is asked: one function for each surface. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from commands import QUERY, VERB
from consult_bot.case.errors import UnknownCase
from consult_bot.case.home import Page
from consult_bot.case.model import heard
from consult_bot.case.verb import Actor, Request
from consult_bot.case.words import Words
from consult_bot.desk import unknown_verb
from consult_bot.forms.safe_text import for_storage, is_blank
from consult_bot.slack.carried import Carried
from consult_bot.slack.fields import filled_in
from consult_bot.slack.markup import plain
from consult_bot.slack.offers import number_in
from consult_bot.slack.send import EVENT_TYPE
from consult_bot.slack.typed import fields_of, words_field
from consult_bot.slack.whole import too_long

Payload = Mapping[str, Any]
CaseAt = Callable[[str, str], int | None]
"""Channel and ts of a message -> the number of the case whose card it is, None for any other message."""


SPOKEN_BY_PEOPLE = frozenset({None, "thread_broadcast", "file_share", "me_message"})
"""The subtypes of messages in which somebody says something; joins and the like are others."""


@dataclass(frozen=True, slots=True)
class Looking:
    """Somebody asks a query. `text` is what they typed after its name."""

    query: str
    actor: Actor
    text: str


def command(payload: Payload) -> Request | Looking:
    """Return what `/consult …` asks.

    Raises UnknownVerb, UnknownCase and TooManyWords, whose texts say what to type.
    """
    actor = Actor(payload["user_id"])
    name, rest = [*payload.get("text", "").split(maxsplit=1), "", ""][:2]
    name = name.casefold()
    if not name:
        return Looking("help", actor, "")
    if name in QUERY:
        return Looking(name, actor, plain(rest))
    if heard(name) is not None:
        return Looking("show", actor, name)
    check_pressable(name)
    number, typed = _number_first(name, rest)
    fields = fields_of(VERB[name], typed)
    return Request(
        verb=name,
        actor=actor,
        record=number,
        fields=fields,
        for_later=any(too_long(field, fields.get(field.name)) for field in VERB[name].fields),
        once_key=f"command:{payload['trigger_id']}",
    )


def button(payload: Payload) -> Request:
    """Return what a verb's button or the More select asks.

    Raises UnknownVerb for what nobody can press, UnknownCase for a value that is none of ours.
    """
    action = payload["actions"][0]
    chosen = action.get("selected_option")
    if chosen:
        verb, _, value = chosen["value"].partition(" ")
    else:
        verb, value = action["action_id"].removeprefix("verb:"), action.get("value") or ""
    check_pressable(verb)
    number, about = case_and_id(value)
    user = payload["user"]["id"]
    once_key = f"action:{user}:{action['action_ts']}:{action['action_id']}"
    return Request(verb, Actor(user), number, about=about, home=home_page(payload), once_key=once_key)


def home_page(payload: Payload) -> str:
    """Return the page of Home on which something was pressed, empty for its beginning and for everywhere else."""
    view = payload.get("view") or {}
    return Page.read(view.get("private_metadata") or "").written() if view.get("type") == "home" else ""


def turn(payload: Payload) -> str:
    """Return the page of Home that somebody turns to."""
    return Page.read(payload["actions"][0].get("value") or "").written()


def check_pressable(verb: str) -> None:
    """Raise UnknownVerb unless people do this verb by hand: nobody presses what the patient or the system does."""
    if verb not in VERB or not VERB[verb].typed:
        raise unknown_verb(verb)


def case_and_id(value: str) -> tuple[int, str | None]:
    """Return the case number and the id of a value such as `C-1042/1f3a`. Raises UnknownCase."""
    spoken, _, about = value.partition("/")
    number = heard(spoken)
    if number is None:
        raise UnknownCase("This button is from an older version. Use the newest card of the case.")
    return number, about or None


def submission(payload: Payload) -> Request:
    """Return what a modal's submission asks. The same view sent twice has the same once-key: while it is open it may
    send one draft after another, and each of them once.

    Raises UnknownVerb for what nobody can press, UnknownCase where the modal is none of ours.
    """
    view = payload["view"]
    verb = view["callback_id"].removeprefix("verb:")
    check_pressable(verb)
    try:
        carried = Carried.read(view["private_metadata"])
    except ValueError:
        raise UnknownCase("This form is from an older version. Open it again from the case's card.") from None
    return Request(
        verb=verb,
        actor=Actor(payload["user"]["id"]),
        record=carried.case,
        fields=filled_in(view["state"]["values"]),
        about=carried.about,
        seen_message=carried.seen,
        confirms=carried.draft,
        keeps=carried.keeps,
        home=carried.home,
        once_key=f"view:{view['id']}:{carried.draft or ''}",
    )


def shortcut(payload: Payload, case_at: CaseAt) -> Request:
    """Return what a message shortcut asks of the case to whose thread the message belongs: a form in which its words
    stand, where a person said them.

    Raises UnknownVerb for what nobody can press, UnknownCase for a message of no case.
    """
    verb = payload["callback_id"].removeprefix("verb:")
    check_pressable(verb)
    message, channel = payload["message"], payload["channel"]["id"]
    number = _named_in(message) or case_at(channel, message.get("thread_ts") or message["ts"])
    if number is None:
        raise UnknownCase(
            "This message does not belong to a case. Use the shortcut on a case's card or in its thread."
        )
    user = payload["user"]["id"]
    once_key = f"shortcut:{user}:{payload['action_ts']}:{payload['callback_id']}"
    words, field = promoted(message), words_field(VERB[verb])
    fields = {field.name: words} if words and field else {}
    return Request(verb, Actor(user), number, fields, for_later=True, once_key=once_key)


def promoted(message: Payload) -> Words | None:
    """Return what a person said in this message, as it looked; None for bots, ourselves included, and for no words."""
    person = message.get("user") and not message.get("bot_id")
    if message.get("subtype") not in SPOKEN_BY_PEOPLE or not person:
        return None
    text = for_storage(plain(message.get("text") or "")).strip()
    return None if is_blank(text) else Words(text)


def _number_first(verb: str, text: str) -> tuple[int, str]:
    """Split `C-1042 the rest` into the number and the rest; `C 1042` counts as well."""
    words = text.split()
    for count in (1, 2):
        number = heard(plain(" ".join(words[:count]))) if words else None
        if number is not None:
            return number, text.split(maxsplit=count)[count] if len(words) > count else ""
    raise UnknownCase(f"Which case? Write its number after “{verb}”, for example: /consult {verb} C-1042")


def _named_in(message: Payload) -> int | None:
    """The case that a message of ours names: in its metadata, or in the block_id of its buttons.

    Other apps speak of cases too, and mean none of ours.
    """
    told = message.get("metadata") or {}
    ours = told.get("event_type") == EVENT_TYPE
    numbers = [heard(str((told.get("event_payload") or {}).get("case", "")))] if ours else []
    numbers.extend(number_in(block.get("block_id", "")) for block in message.get("blocks") or ())
    return next((number for number in numbers if number is not None), None)
