"""Long text in several messages: every character is there, none of them too long for Slack."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

TEXT_UNITS = 2900
"""What one text object may hold; Slack refuses more than 3,000."""

MESSAGE_UNITS = 9500
"""What the words of one message may come to. Slack refuses a whole message near 13,200; our budget is 10,000."""

MESSAGE_PARAGRAPHS = 40
"""Each is a block, of which a message holds at most 50."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A label of ours, which may be empty, and somebody's words below it."""

    label: str
    words: str

    @property
    def units(self) -> int:
        return units(self.label) + units(self.words)


def units(text: str) -> int:
    """Return the length as Slack's own language counts it: what lies beyond U+FFFF, such as emoji, counts twice."""
    return len(text) + sum(character > "\uffff" for character in text)


def beginning(text: str, most_units: int) -> str:
    """Return as much of the text as fits, the whole where it does."""
    taken = 0
    for place, character in enumerate(text):
        taken += units(character)
        if taken > most_units:
            return text[:place]
    return text


def pieces(text: str, most_units: int = TEXT_UNITS) -> list[str]:
    """Return the text cut into pieces of at most this length, at line ends or spaces where there are any.

    Joined they are the text again.
    """
    most = most_units if max(text, default="") <= "\uffff" else most_units // 2
    found = []
    while len(text) > most:
        cut = _cut(text, most)
        found.append(text[:cut])
        text = text[cut:]
    return [*found, text]


def _cut(text: str, most: int) -> int:
    """Where to cut: behind the last line end or space of the second half, else where the room ends."""
    for space in ("\n", " "):
        at = text.rfind(space, most // 2, most)
        if at != -1:
            return at + 1
    return most


def messages(paragraphs: Iterable[Paragraph]) -> list[list[Paragraph]]:
    """Return the paragraphs shared out among as many messages as they take, in order; at least one message."""
    shared: list[list[Paragraph]] = [[]]
    room = MESSAGE_UNITS
    for paragraph in (short for long in paragraphs for short in _shortened(long)):
        if shared[-1] and (paragraph.units > room or len(shared[-1]) == MESSAGE_PARAGRAPHS):
            shared.append([])
            room = MESSAGE_UNITS
        shared[-1].append(paragraph)
        room -= paragraph.units
    return shared


def _shortened(paragraph: Paragraph) -> list[Paragraph]:
    """The paragraph in pieces that each fit one text object, the label on the first."""
    label, *rest = pieces(paragraph.label)
    first, *more = pieces(paragraph.words)
    labels = [Paragraph(label, ""), *(Paragraph(piece, "") for piece in rest)] if rest else []
    return [*labels, Paragraph("" if rest else label, first), *(Paragraph("", piece) for piece in more)]
