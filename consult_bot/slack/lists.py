"""What queries answer: lists of cases, one case, and what one can say. Pure."""

from __future__ import annotations

from datetime import datetime

from commands import VERBS
from commands.look.query import Answer, Help
from consult_bot.case.glance import Glance, Listing
from consult_bot.case.lifecycle import EVERY_CLINICIAN, rows_of, shown_state
from consult_bot.case.model import Case, State, spoken
from consult_bot.case.verb import Verb
from consult_bot.slack.blocks import (
    Drawn,
    divider,
    escaped,
    header,
    line,
    mention,
    moment,
    rich,
    section,
    shown,
    text,
)
from consult_bot.slack.card import CardView, card
from consult_bot.slack.long_text import pieces
from consult_bot.slack.offers import actions, show_button, verb_button

CASES_SHOWN = 12
"""Each takes four blocks, of which a message holds 50."""


def drawn(query: str, answer: Answer, now: datetime) -> CardView:
    """Return the answer of the query with this name as a message for the person who asked."""
    if isinstance(answer, Case):
        return card(answer, now, list_name=query)
    if isinstance(answer, Help):
        return _help(answer)
    return _listing(query, answer)


def _help(answer: Help) -> CardView:
    lines = "\n".join(f"`/consult {escaped(usage)}` {escaped(does)}" for usage, does in answer.lines)
    return CardView("What you can say", (section(escaped(answer.tip)), *map(section, pieces(lines))))


def _listing(query: str, listing: Listing) -> CardView:
    title = f"{listing.title}: {listing.total_shown}"
    if not listing.glances:
        return CardView(title, (section(f"*{escaped(listing.title)}:* no cases."),))
    rows = (block for glance in listing.glances[:CASES_SHOWN] for block in _row(query, glance))
    return CardView(title, (header(title), *rows))


def _row(query: str, glance: Glance) -> tuple[Drawn, ...]:
    number = spoken(glance.number)
    urgent = "*URGENT* · " if glance.urgent else ""
    owner = f" · {mention(glance.owner)}" if glance.owner else ""
    state = shown_state(glance.state)
    head = f"{urgent}*{number}* · {state} · due {moment(glance.due_at)} · {escaped(glance.queue)}{owner}"
    first = [verb_button(verb, number) for verb in offered_in(glance.state)[:1]]
    pressing = actions(f"{query}/{number}/{glance.version}", [*first, show_button(number)])
    return (section(head), rich(line(text(shown(glance.headline)))), pressing, divider())


def offered_in(state: State) -> tuple[Verb, ...]:
    """Return the verbs that this state allows to some clinician whatever else is so, in the order of `commands`."""
    return tuple(
        verb
        for verb in VERBS
        if verb.typed
        and any(
            state in row.origin and row.who & EVERY_CLINICIAN and row.given is None
            for row in rows_of(verb.name)
        )
    )
