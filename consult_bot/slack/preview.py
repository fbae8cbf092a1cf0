"""What the patient will read, drawn as blocks from the same view as the patient's page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from consult_bot.case.model import TO_BE_UNDERSTOOD, Case
from consult_bot.case.visibility import Entry, patient_view
from consult_bot.forms.safe_text import for_display
from consult_bot.slack.blocks import Drawn, bold, divider, line, quote, rich, section, small, text
from consult_bot.slack.long_text import pieces
from consult_bot.texts.guidance import HEADING, SOONER, to_do


def preview(as_if: Case, now: datetime, names: Mapping[str, str]) -> tuple[Drawn, ...]:
    """Return the newest message as the patient will read it. `names` are the authors as patients read them."""
    entries = patient_view(as_if, max(now, as_if.messages[-1].written_at), names).entries
    return (section("*The patient will read:*"), *_entry(entries[-1]), divider())


def quoted(label: str, words: str) -> tuple[Drawn, ...]:
    """Return somebody's words under a label, whole, in as many blocks as they take."""
    heading = (rich(line(bold(label))),) if label else ()
    return (*heading, *(rich(quote(piece)) for piece in pieces(for_display(words))))


def _entry(entry: Entry) -> tuple[Drawn, ...]:
    doing = to_do(entry.disposition, entry.visit_by)
    blocks = [rich(line(bold(HEADING[entry.kind]), text(f" from {entry.author}")))]
    if doing:
        blocks.append(rich(line(bold(doing))))
    blocks.extend(quoted("", entry.words.reveal()))
    if entry.safety_net:
        blocks.extend(quoted(SOONER, entry.safety_net.reveal()))
    if entry.kind in TO_BE_UNDERSTOOD:
        blocks.append(small("Below it the patient can confirm: I understand."))
    return tuple(blocks)
