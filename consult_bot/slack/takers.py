"""Who may be given a case: the options of the `to` menu, eligible people first, each with the reason. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from slack_sdk.models.blocks import Option, PlainTextObject

from consult_bot.case.model import Case
from consult_bot.roster.eligibility import ineligible, licence_shown
from consult_bot.roster.people import Person
from consult_bot.slack.blocks import Drawn
from consult_bot.slack.fields import short

MOST_OPTIONS = 100


def takers(case: Case, people: Iterable[Person], typed: str) -> list[Drawn]:
    """Return the people whose name holds what was typed so far, as Slack's options; at most 100."""
    found = [p for p in people if p.active and p.id != case.owner and typed.casefold() in p.name.casefold()]
    found.sort(key=lambda person: (ineligible(person, case) is not None, person.name.casefold()))
    return [_option(person, case) for person in found[:MOST_OPTIONS]]


def _option(person: Person, case: Case) -> Drawn:
    why_not = ineligible(person, case)
    reason = f"not possible: {why_not}" if why_not else licence_shown(person, case)
    label = PlainTextObject(text=short(f"{person.signature} · {reason}"), emoji=False)
    return Option(text=label, value=person.id).to_dict()
