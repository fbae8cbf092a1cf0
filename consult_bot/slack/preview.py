"""What the patient will read, drawn as blocks from the same view as the patient's page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from consult_bot.case.model import Case, Disposition, MessageKind
from consult_bot.case.visibility import Entry, patient_view
from consult_bot.forms.safe_text import for_display
from consult_bot.slack.blocks import Drawn, bold, divider, line, quote, rich, section, small, text
from consult_bot.slack.long_text import pieces

TO_DO = {
    Disposition.HOME: "You can take care of this at home.",
    Disposition.VISIT_BY: "See a clinician in person.",
    Disposition.IN_PERSON_TODAY: "Be seen in person today.",
    Disposition.EMERGENCY_NOW: "This is an emergency. Call 911 now.",
}
"""What the patient's page says, word for word: a test compares them, for neither room may import the other."""

HEADING = {MessageKind.QUESTION: "A question for you", MessageKind.GUIDANCE: "Guidance"}


def preview(as_if: Case, now: datetime, names: Mapping[str, str]) -> tuple[Drawn, ...]:
    """Return the newest message as the patient will read it. `names` are the authors as patients read them."""
    entries = patient_view(as_if, max(now, as_if.messages[-1].written_at), names).entries
    return (section("*The patient will read:*"), *_entry(entries[-1]), divider())


def quoted(label: str, words: str) -> tuple[Drawn, ...]:
    """Return somebody's words under a label, whole, in as many blocks as they take."""
    heading = (rich(line(bold(label))),) if label else ()
    return (*heading, *(rich(quote(piece)) for piece in pieces(for_display(words))))


def to_do(entry: Entry) -> str | None:
    """Return what the patient is told to do, None where it is a question."""
    if entry.disposition is None:
        return None
    if entry.visit_by is not None:
        return f"See a clinician in person by {_day(entry.visit_by)}."
    return TO_DO[entry.disposition]


def _entry(entry: Entry) -> tuple[Drawn, ...]:
    doing = to_do(entry)
    blocks = [rich(line(bold(HEADING[entry.kind]), text(f" from {entry.author}")))]
    if doing:
        blocks.append(rich(line(bold(doing))))
    blocks.extend(quoted("", entry.words.reveal()))
    if entry.safety_net:
        blocks.extend(quoted("When to get help sooner", entry.safety_net.reveal()))
    if entry.kind is MessageKind.GUIDANCE:
        blocks.append(small("Below it the patient can confirm: I understand."))
    return tuple(blocks)


def _day(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B}"
