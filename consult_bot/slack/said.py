"""What is said in channels: a note in a case's thread, its edit or deletion, a word to the app itself, or that a card
was deleted. Pure.

Source of the events' shapes: docs.slack.dev/reference/events/message and the subtypes below it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from consult_bot.case.errors import Busy, Refusal
from consult_bot.case.verb import THE_SYSTEM, Actor, Request
from consult_bot.case.words import Words
from consult_bot.forms.safe_text import for_storage, is_blank
from consult_bot.slack.labels import counted
from consult_bot.slack.markup import plain
from consult_bot.slack.mention import after_mention, asked
from consult_bot.slack.parse import SPOKEN_BY_PEOPLE, CaseAt, Payload

TOMBSTONE = "tombstone"
"""What Slack leaves of a deleted message that had replies."""


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody speaks to the app: the message begins with its name, and `text` follows.

    `thread_ts` is the thread to answer in. `note` is the same message as a note of the thread's case, None in a thread
    of no case.
    """

    actor: Actor
    channel: str
    ts: str
    thread_ts: str
    text: str
    note: Request | None

    @property
    def key(self) -> str:
        return key_of(self.channel, self.ts)


@dataclass(frozen=True, slots=True)
class CardGone:
    """Somebody has deleted a card of ours, as it is now or was before."""

    channel: str
    ts: str


def said(payload: Payload, case_at: CaseAt) -> Request | Mention | CardGone | None:
    """Return what a message event means for us: a note to keep, change or take back, a word to the app itself, or that
    a card is gone.

    None where it means nothing. Raises Busy for a reply to a card that is not known yet: Slack must send it again.

    Bots are not listened to, ourselves included. What changes nothing that anybody wrote, such as a link's preview,
    means nothing; nor is an edited command done again.
    """
    event = payload["event"]
    subtype = event.get("subtype")
    if subtype == "message_changed":
        return _changed(payload, event, case_at)
    if subtype == "message_deleted":
        return _deleted(event, event.get("deleted_ts"), event.get("previous_message") or {}, case_at)
    return _spoken(payload, event, case_at)


def key_of(channel: str, ts: str) -> str:
    """Return the once-key of a message: Slack may tell of it by several events, each with an id of its own."""
    return f"message:{channel}:{ts}"


def _spoken(payload: Payload, event: Payload, case_at: CaseAt) -> Request | Mention | None:
    ours = our_ids(payload)
    if event.get("subtype") not in SPOKEN_BY_PEOPLE or not _by_a_person(event, ours):
        return None
    channel, ts = event["channel"], event["ts"]
    number = _case_of(event, channel, case_at)
    if number is None and event.get("thread_ts") and event.get("parent_user_id") in ours:
        # In the channel we begin no threads but cards: this one is there, and not in our books yet.
        raise Busy("The card of this thread is not known yet.")
    note = _note(event, number, _whole(event, ours), key_of(channel, ts)) if number else None
    text = after_mention(event.get("text") or "", ours)
    if text is not None:
        return Mention(Actor(event["user"]), channel, ts, event.get("thread_ts") or ts, text, note)
    return note


def _changed(payload: Payload, event: Payload, case_at: CaseAt) -> Request | CardGone | None:
    message, before = event.get("message") or {}, event.get("previous_message") or {}
    if message.get("subtype") == TOMBSTONE:
        return _deleted(event, message.get("ts"), before, case_at)
    ours = our_ids(payload)
    edited = (message.get("edited") or {}).get("ts")
    if not edited or message.get("subtype") not in SPOKEN_BY_PEOPLE or not _by_a_person(message, ours):
        return None
    number = _case_of(message, event["channel"], case_at)
    words = _after_edit(message, before, ours, number) if number else None
    if not number or words is None or (before and _whole(before, ours) == _whole(message, ours)):
        return None
    note = _note(message, number, words, f"{key_of(event['channel'], message['ts'])}:{edited}")
    return replace(note, about=f"{note.about}/{edited}") if note else None


def _after_edit(message: Payload, before: Payload, ours: Collection[str], number: int) -> str | None:
    """What the message is kept as by now; None where it is a command, and was no note before."""
    words = _kept_as(message, ours, number)
    was_a_note = bool(before) and _kept_as(before, ours, number) is not None
    return _whole(message, ours) if words is None and was_a_note else words


def _kept_as(message: Payload, ours: Collection[str], number: int) -> str | None:
    """The words of the note that a message is: whole, or what stands after `@consult note`; None for other commands."""
    text = after_mention(message.get("text") or "", ours)
    if text is None:
        return _whole(message, ours)
    try:
        command = asked(text, number, THE_SYSTEM, "", "")
    except Refusal:
        return _whole(message, ours)
    note = command.words("note") if isinstance(command, Request) and command.verb == "note" else None
    return note.reveal() if note else None


def _deleted(event: Payload, ts: str | None, before: Payload, case_at: CaseAt) -> Request | CardGone | None:
    if not ts:
        return None
    if case_at(event["channel"], ts) is not None:
        return CardGone(event["channel"], ts)
    if before.get("bot_id"):
        return None
    number = _case_of({**before, "ts": ts}, event["channel"], case_at)
    if number is None:
        return None
    once_key = f"{key_of(event['channel'], ts)}:deleted"
    return Request("retract", THE_SYSTEM, number, about=ts, once_key=once_key)


def _note(message: Payload, number: int, words: str, once_key: str) -> Request | None:
    if not words:
        return None
    return Request(
        verb="note",
        actor=Actor(message["user"]),
        record=number,
        fields={"note": Words(words)},
        about=message["ts"],
        once_key=once_key,
    )


def _case_of(message: Payload, channel: str, case_at: CaseAt) -> int | None:
    """The case in whose thread the message is a reply."""
    root = message.get("thread_ts")
    return case_at(channel, root) if root and root != message.get("ts") else None


def _whole(message: Payload, ours: Collection[str]) -> str:
    """All that was said, the app by its name; of files only how many."""
    text = message.get("text") or ""
    for bot in ours:
        text = text.replace(f"<@{bot}>", "@consult")
    words = for_storage(plain(text)).strip()
    count = len(message.get("files") or ())
    parts = [] if is_blank(words) else [words]
    return "\n".join([*parts, f"[{counted(count, 'file')}]"] if count else parts)


def _by_a_person(message: Payload, ours: Collection[str]) -> bool:
    """No bot, and not we, whose file shares carry our user id and no bot_id."""
    return bool(message.get("user")) and not message.get("bot_id") and message["user"] not in ours


def our_ids(payload: Payload) -> frozenset[str]:
    """Return our user ids, as an event's envelope tells them: no call is needed to know our own name."""
    told = payload.get("authorizations") or ()
    return frozenset(each["user_id"] for each in told if each.get("is_bot") and each.get("user_id"))
