"""What a person types, as Slack sends it on."""

import re

from consult_bot.sandbox.people import PEOPLE


def sent_text(text: str, with_handles: bool) -> str:
    """Returns typed text as Slack sends it: `@ana` and `@Dr. Ana Ruiz` become mentions, and what could be
    mistaken for markup is escaped, except markup that already names a person, a channel or a link."""
    text = _escaped(text)
    for person in PEOPLE:
        mention = f"<@{person.id}|{person.handle}>" if with_handles else f"<@{person.id}>"
        for typed in (person.name, person.handle):
            text = re.sub(rf"(?<![\w<@])@{re.escape(typed)}\b", mention, text)
    return text


def _escaped(text: str) -> str:
    parts = re.split(r"(<(?:[@#!]|https?://|mailto:)[^<>\s][^<>]*>)", text)
    return "".join(part if index % 2 else _escaped_plain(part) for index, part in enumerate(parts))


def _escaped_plain(text: str) -> str:
    return re.sub(r"&(?!amp;|lt;|gt;)", "&amp;", text).replace("<", "&lt;").replace(">", "&gt;")
