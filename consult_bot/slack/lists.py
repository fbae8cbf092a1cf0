"""What queries answer: lists of cases, one case, and what one can say. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from commands import VERBS
from commands.look.query import Answer, Help
from consult_bot.case.glance import Glance, Listing
from consult_bot.case.lifecycle import EVERY_CLINICIAN, rows_of, shown_state
from consult_bot.case.model import WE_OWE_AN_ANSWER, Case, Message, State, spoken
from consult_bot.case.verb import Verb
from consult_bot.case.words import Words
from consult_bot.roster.facts import Facts
from consult_bot.slack.blocks import (
    Drawn,
    bold,
    divider,
    escaped,
    header,
    line,
    mention,
    moment,
    rich,
    section,
    shown,
    small,
    text,
)
from consult_bot.slack.card import CardView, card, excerpt
from consult_bot.slack.labels import pressing_words
from consult_bot.slack.long_text import pieces
from consult_bot.slack.offers import actions, block_id, show_button, verb_button

UNANSWERED_CHARACTERS = 160


def drawn(query: str, answer: Answer, facts: Facts) -> CardView:
    """Return the answer of the query with this name as a message for the person who asked."""
    if isinstance(answer, Case):
        return card(answer, facts.now, facts.practice.zone, list_name=query)
    if isinstance(answer, Help):
        return _help(answer)
    return _listing(query, answer, facts)


def _help(answer: Help) -> CardView:
    lines = "\n".join(f"`/consult {escaped(usage)}` {escaped(does)}" for usage, does in answer.lines)
    return CardView("What you can say", (section(escaped(answer.tip)), *map(section, pieces(lines))))


def _listing(query: str, listing: Listing, facts: Facts) -> CardView:
    title = f"{listing.title}: {listing.total_shown}"
    damaged = damaged_ones(listing.damaged)
    if not listing.glances and not damaged:
        return CardView(title, (section(f"*{escaped(listing.title)}:* no cases."),))
    rows = (block for glance in listing.glances for block in _row(query, glance, facts.now))
    return CardView(title, (header(title), *damaged, *rows, *_more(listing)))


def damaged_ones(numbers: Sequence[int]) -> tuple[Drawn, ...]:
    """Return what to say of cases on a list that do not open, nothing where all do: no case may vanish in silence."""
    if not numbers:
        return ()
    which = ", ".join(map(spoken, numbers))
    it, thread = ("it", "its thread") if len(numbers) == 1 else ("them", "their threads")
    return (
        section(
            f"*Cannot be opened: {which}.* What we keep of {it} was damaged. Please tell your administrator "
            f"now, and read in {thread} what was said."
        ),
    )


def _more(listing: Listing) -> tuple[Drawn, ...]:
    """How many cases the page leaves out."""
    on_page = len(listing.glances) + len(listing.damaged)
    left_out = replace(listing, total=listing.total - on_page, counted_to=listing.counted_to - on_page)
    return (small(f"and {left_out.total_shown} more; these come first."),) if left_out.total else ()


def _row(query: str, glance: Glance, now: datetime) -> tuple[Drawn, ...]:
    number = spoken(glance.number)
    first = [verb_button(verb, number) for verb in offered_in(glance.state)[:1]]
    row = actions(block_id(query, glance.number, glance.version), [*first, show_button(number)])
    return (*at_a_glance(glance, now), row, divider())


def at_a_glance(glance: Glance, now: datetime) -> tuple[Drawn, ...]:
    """Return what a list says of a case: where it stands in our words, and the patient's in theirs."""
    number = spoken(glance.number)
    pressing = pressing_words(glance.urgent, glance.state, glance.due_at, now)
    # The promise that is kept leaves its due time behind.
    due = f" · due {moment(glance.due_at)}" if glance.state in WE_OWE_AN_ANSWER else ""
    owner = f" · {mention(glance.owner)}" if glance.owner else ""
    state = shown_state(glance.state)
    head = f"{pressing}*{number}* · {state}{due} · {escaped(glance.queue)}{owner}"
    return (section(head), in_their_words(glance.headline, glance.unanswered))


def in_their_words(headline: Words, unanswered: Message | None = None) -> Drawn:
    """Return the beginning of what somebody wrote, in which nothing works; before it what waits for an answer."""
    newest = [line(bold("Unanswered: "), text(_in_one_line(unanswered)))] if unanswered else []
    return rich(*newest, line(text(shown(headline))))


def _in_one_line(message: Message) -> str:
    return " ".join(excerpt(message, UNANSWERED_CHARACTERS).split())


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
