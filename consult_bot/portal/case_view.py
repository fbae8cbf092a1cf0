"""A case as its page shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from consult_bot.case.model import NEEDS_A_CALL, TO_BE_UNDERSTOOD, Case, MessageKind
from consult_bot.case.visibility import Entry, PatientView, patient_view
from consult_bot.case.words import Words
from consult_bot.forms.summary import Line, full_form
from consult_bot.portal.pages import Pages
from consult_bot.portal.standing import Standing, may_be_called, outranked, standing
from consult_bot.roster.facts import Facts
from consult_bot.roster.people import signatures
from consult_bot.texts.guidance import GOING, HEADING, to_do


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message of the conversation, and what its guidance says to do.

    `correction` is the id of the message that takes its place, None while it stands. `outranked`: emergency advice from
    after it is to be followed first.
    """

    entry: Entry
    heading: str
    to_do: str | None
    going: str | None
    urgent: bool
    correction: str | None
    outranked: bool

    @property
    def from_patient(self) -> bool:
        return self.entry.author is None


@dataclass(frozen=True, slots=True)
class Conversation:
    """What was said about one case. `wrote_again` are the words that began it, where it goes on from an earlier one.

    `to_confirm` is the newest text that the patient has not confirmed; emergency advice has its button on top of the page.
    """

    number: str
    sent_at: datetime
    form: tuple[Line, ...]
    photos: tuple[str, ...]
    wrote_again: Words | None
    bubbles: tuple[Bubble, ...]
    to_confirm: str | None


@dataclass(frozen=True, slots=True)
class Warning:
    """Emergency advice for the top of the page, and the case that it stands in."""

    number: str
    bubble: Bubble


@dataclass(frozen=True, slots=True)
class CaseView:
    """All that a case's page shows at `now`. `earlier`: the cases that it goes on from, the nearest first.

    `may_be_called`: a call to the patient is open.
    """

    now: datetime
    case: PatientView
    standing: Standing
    conversation: Conversation
    earlier: tuple[Conversation, ...]
    warnings: tuple[Warning, ...]
    may_be_called: bool

    @property
    def to_confirm(self) -> bool:
        """Whether there is anything that the patient has not confirmed."""
        return self.must_act or any(each.to_confirm for each in (self.conversation, *self.earlier))

    @property
    def must_act(self) -> bool:
        """Whether emergency advice waits to be understood."""
        return any(not warning.bubble.entry.understood for warning in self.warnings)


def case_view(line: Sequence[Case], facts: Facts, pages: Pages) -> CaseView:
    """Return what the patient sees at the facts' moment of a case (the first) and those that it goes on from."""
    names = signatures(facts.people.values())
    views = [patient_view(case, facts.now, names) for case in line]
    warned_at = _warned_at(views)
    told = [_conversation(case, seen, facts.now, warned_at) for case, seen in zip(line, views, strict=True)]
    newest = line[0]
    return CaseView(
        now=facts.now,
        case=views[0],
        standing=standing(newest, views[0], facts.now, pages, warned_at),
        conversation=told[0],
        earlier=tuple(told[1:]),
        warnings=tuple(
            warning for case, each in zip(line, told, strict=True) for warning in _warnings(case, each)
        ),
        may_be_called=may_be_called(newest),
    )


def attachments_of(case: Case) -> frozenset[str]:
    """Return the photos that the patient sent with this case."""
    replied = (message.attachments for message in case.messages if message.from_patient)
    return frozenset(case.submission.attachments).union(*replied)


def _warned_at(views: Sequence[PatientView]) -> datetime | None:
    """When the newest emergency advice that is not understood was written, in any of the cases; None where none waits."""
    entries = (entry for seen in views for entry in seen.entries)
    waiting = (e.at for e in entries if e.kind is MessageKind.EMERGENCY and not e.understood)
    return max(waiting, default=None)


def _conversation(case: Case, seen: PatientView, now: datetime, warned_at: datetime | None) -> Conversation:
    corrections = _corrections(case, now)
    return Conversation(
        number=seen.number,
        sent_at=case.created_at,
        form=full_form(case.submission),
        photos=case.submission.attachments,
        wrote_again=case.submission.shown("concern") if case.linked_to else None,
        bubbles=tuple(_bubble(entry, corrections.get(entry.id), warned_at) for entry in seen.entries),
        to_confirm=seen.to_read.id if seen.to_read else None,
    )


def _corrections(case: Case, now: datetime) -> Mapping[str, str]:
    """From each text that was corrected to the one that stands: a correction can be corrected, too."""
    standing_for = {}
    for message in case.messages:
        right = message
        while (correction := case.correction_of(right, now)) is not None:
            right = correction
        if right is not message:
            standing_for[message.id] = right.id
    return standing_for


def _warnings(case: Case, told: Conversation) -> list[Warning]:
    """Emergency advice that is not understood; and understood, while the case is open and nothing newer tells what to do.

    Whoever has understood may still need the number to call.
    """
    texts = [b for b in told.bubbles if b.entry.kind in TO_BE_UNDERSTOOD]
    return [
        Warning(told.number, bubble)
        for bubble in texts
        if bubble.entry.kind is MessageKind.EMERGENCY
        and (not bubble.entry.understood or (case.open and bubble is texts[-1]))
    ]


def _bubble(entry: Entry, correction: str | None, warned_at: datetime | None) -> Bubble:
    older = correction is None and outranked(entry, warned_at)
    return Bubble(
        entry,
        HEADING[entry.kind],
        to_do(entry.disposition, entry.visit_by),
        going=GOING[entry.report] if entry.report else None,
        urgent=entry.kind is MessageKind.EMERGENCY or (entry.disposition in NEEDS_A_CALL and not older),
        correction=correction,
        outranked=older,
    )
