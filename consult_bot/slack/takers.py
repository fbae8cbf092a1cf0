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
    """Return the people whose name holds what was typed so far, as Slack's options; at most 100.

    Where nobody's licences are known, none is spoken of.
    """
    everyone = tuple(people)
    licences_known = any(person.states is not None for person in everyone)
    found = [p for p in everyone if p.active and p.id != case.owner and typed.casefold() in p.name.casefold()]
    found.sort(key=lambda person: (ineligible(person, case) is not None, person.name.casefold()))
    return [_option(person, case, licences_known) for person in found[:MOST_OPTIONS]]


def _option(person: Person, case: Case, licences_known: bool) -> Drawn:
    why_not = ineligible(person, case)
    licence = [licence_shown(person, case)] if licences_known else []
    reason = [f"not possible: {why_not}"] if why_not else licence
    label = PlainTextObject(text=short(" · ".join([person.signature, *reason])), emoji=False)
    return Option(text=label, value=person.id).to_dict()
