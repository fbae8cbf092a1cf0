"""One post in a case's thread, in as many messages as its words take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from consult_bot.case.model import Case
from consult_bot.case.words import Words
from consult_bot.forms.safe_text import for_display
from consult_bot.slack.blocks import Drawn, bold, line, quote, rich, section, small
from consult_bot.slack.long_text import Paragraph, messages


@dataclass(frozen=True, slots=True)
class Post:
    """A message of the thread. `text` says only what kind it is; `broadcast` shows it in the channel too."""

    text: str
    blocks: tuple[Drawn, ...]
    broadcast: bool = False


def told(label: str, words: Words | None) -> list[Paragraph]:
    """Return what somebody wrote as a paragraph, nothing where they wrote nothing."""
    return [Paragraph(label, for_display(words.reveal()))] if words else []


def posts(
    case: Case,
    what: str,
    head: str,
    paragraphs: Sequence[Paragraph] = (),
    *,
    below: Sequence[Drawn] = (),
    broadcast: bool = False,
) -> tuple[Post, ...]:
    """Return the post. `what` is said on lock screens, `head` (mrkdwn of ours) begins the first message,
    `below` ends the last; several are numbered, and only the first is broadcast."""
    parts = messages(paragraphs)
    return tuple(
        Post(
            text=f"{case.spoken} · {what}{_number(place, len(parts))}",
            blocks=(
                *((section(head),) if place == 1 else ()),
                *(_drawn(paragraph) for paragraph in part),
                *(below if place == len(parts) else ()),
                *((small(f"{place}/{len(parts)}"),) if len(parts) > 1 else ()),
            ),
            broadcast=broadcast and place == 1,
        )
        for place, part in enumerate(parts, start=1)
    )


def _number(place: int, count: int) -> str:
    return f" · {place}/{count}" if count > 1 else ""


def _drawn(paragraph: Paragraph) -> Drawn:
    label = [line(bold(paragraph.label))] if paragraph.label else []
    words = [quote(paragraph.words)] if paragraph.words else []
    return rich(*label, *words)
