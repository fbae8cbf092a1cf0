"""App Home: what waits for one clinician. Only they see it, and everything on it can be pressed. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from slack_sdk.models.blocks import ButtonElement, InteractiveElement, PlainTextObject
from slack_sdk.models.views import View

from commands import VERB
from consult_bot.case.glance import Glance, headline
from consult_bot.case.home import Page, Row, Shelf, Shown
from consult_bot.case.model import Case, Task
from consult_bot.roster.eligibility import ineligible
from consult_bot.roster.facts import Facts
from consult_bot.roster.people import Person
from consult_bot.slack.blocks import Drawn, escaped, header, mention, moment, section, small
from consult_bot.slack.labels import choice_label
from consult_bot.slack.lists import at_a_glance, damaged_ones, in_their_words
from consult_bot.slack.offers import (
    actions,
    block_id,
    case_button,
    more_menu,
    offered_to,
    show_button,
    verb_button,
)

TURNS = re.compile(r"^nav:(list|previous|next|home|refresh)$")
"""The action_ids of what leads from one page of Home to another; their value is the page."""

TITLES = {
    Shelf.WAITING: "Waiting for you",
    Shelf.TASKS: "Your tasks",
    Shelf.QUEUE: "In the queue",
    Shelf.PATIENT: "Waiting for the patient",
}

EMPTY = {
    Shelf.WAITING: "Nothing waits for you.",
    Shelf.TASKS: "You have no open tasks.",
    Shelf.QUEUE: "The queue is empty.",
    Shelf.PATIENT: "You are not waiting for any patient.",
}

LEADS_NAMED = 5


def home(lists: Sequence[Shown], page: Page, person: Person, facts: Facts) -> Drawn:
    """Return the Home of this person: every list with its first rows, or the one list that `page` names."""
    if page.shelf is None:
        return _view(_glance(lists, person, facts), page)
    (shown,) = lists
    # Whoever is at the top of a list stays at the top, whatever comes in there.
    stays = page if shown.earlier else Page(page.shelf)
    return _view(_one_list(shown, stays, person, facts), stays)


def home_of_a_stranger(facts: Facts) -> Drawn:
    """Return the Home of somebody who is not on the roster: who can add them, and nothing about any case."""
    leads = [mention(person.id) for person in facts.people.values() if person.active and person.is_lead]
    whom = " or ".join(leads[:LEADS_NAMED]) or "whoever looks after this app"
    practice = escaped(facts.practice.name)
    blocks = [
        header("Welcome"),
        section(
            f"You are not on the roster of {practice} yet, so no cases are shown here. "
            f"If you work there, please ask {whom} to add you. Then press Refresh."
        ),
        actions("nav/top", [_turn("refresh", "Refresh", Page())]),
    ]
    return _view(blocks, Page())


def _glance(lists: Sequence[Shown], person: Person, facts: Facts) -> list[Drawn]:
    counts = " · ".join(f"{TITLES[shown.shelf]}: *{shown.total_shown}*" for shown in lists)
    blocks = [
        header("Your consults"),
        section(f"{counts}\nAs of {moment(facts.now)}"),
        actions("nav/top", [_turn("refresh", "Refresh", Page())]),
    ]
    for shown in lists:
        blocks.extend([header(TITLES[shown.shelf]), *_rows(shown, person, facts.now)])
        if shown.more:
            label = f"Show all {shown.total_shown}"
            blocks.append(actions(f"nav/{shown.shelf}", [_turn("list", label, Page(shown.shelf))]))
    return blocks


def _one_list(shown: Shown, page: Page, person: Person, facts: Facts) -> list[Drawn]:
    back = _turn("home", "Back", Page())
    return [
        header(f"{TITLES[shown.shelf]}: {shown.total_shown}"),
        section(f"{_which(shown)}As of {moment(facts.now)}"),
        actions("nav/top", [back, _turn("refresh", "Refresh", page)]),
        *_rows(shown, person, facts.now),
        *([actions("nav/bottom", [*_neighbours(shown), back])] if shown.marks else []),
    ]


def _which(shown: Shown) -> str:
    """Which these are, as far as anybody counts."""
    if not shown.marks or shown.earlier > shown.counted_to:
        return ""
    return f"{shown.earlier + 1} to {shown.earlier + len(shown.marks)} of {shown.total_shown} · "


def _neighbours(shown: Shown) -> list[ButtonElement]:
    """Urgent and oldest come first, so what follows is newer: the buttons speak of the list's order, not of age."""
    turns = []
    if shown.earlier:
        turns.append(_turn("previous", "Previous", Page(shown.shelf, before=shown.marks[0])))
    if shown.more:
        turns.append(_turn("next", "Next", Page(shown.shelf, behind=shown.marks[-1])))
    return turns


def _rows(shown: Shown, person: Person, now: datetime) -> list[Drawn]:
    damaged = damaged_ones(shown.damaged)
    if not shown.rows and not damaged:
        return [section(EMPTY[shown.shelf])]
    return [*damaged, *(block for row in shown.rows for block in _row(shown.shelf, row, person, now))]


def _row(shelf: Shelf, row: Row, person: Person, now: datetime) -> list[Drawn]:
    if row.task:
        return _task(shelf, row.case, row.task, person, now)
    return _case(shelf, row.case, person, now)


def _case(shelf: Shelf, case: Case, person: Person, now: datetime) -> list[Drawn]:
    why_not = ineligible(person, case, called="you")
    barred = [small(f"You cannot answer this one: {why_not}.")] if why_not else []
    return [*at_a_glance(Glance.of(case), now), *barred, _pressing(shelf, case, person, now)]


def _pressing(shelf: Shelf, case: Case, person: Person, now: datetime) -> Drawn:
    """What this person may do: the first verb that moves the case as a button, the rest under More."""
    verbs = offered_to(person, case, now)
    first = [verb for verb in verbs[:1] if verb.takes or verb.crosses]
    elements: list[InteractiveElement] = [case_button(verb, case) for verb in first]
    elements.append(show_button(case.spoken))
    if verbs[len(first) :]:
        elements.append(more_menu(verbs[len(first) :], case.spoken))
    return actions(block_id(shelf, case.number, case.version), elements)


def _task(shelf: Shelf, case: Case, task: Task, person: Person, now: datetime) -> list[Drawn]:
    """A case may have several tasks: the id of the task makes each row's id its own."""
    pressing = ("*URGENT* · " if case.urgent else "") + ("*OVERDUE* · " if task.due_at <= now else "")
    kind = choice_label("task", "kind", task.kind)
    head = f"{pressing}*{kind}* · {case.spoken} · due {moment(task.due_at)}{_whose(task, person)}"
    done = verb_button(VERB["done"], f"{case.spoken}/{task.id}")
    row_id = f"{block_id(shelf, case.number, case.version)}/{task.id}"
    return [
        section(head),
        in_their_words(headline(task.words)),
        actions(row_id, [done, show_button(case.spoken)]),
    ]


def _whose(task: Task, person: Person) -> str:
    """A colleague's task keeps its owner's case from closing, so it is among theirs."""
    if task.owner == person.id:
        return ""
    return f" · {mention(task.owner)}, on your case" if task.owner else " · nobody's yet, on your case"


def _turn(name: str, label: str, page: Page) -> ButtonElement:
    return ButtonElement(
        text=PlainTextObject(text=label, emoji=False), action_id=f"nav:{name}", value=page.written()
    )


def _view(blocks: Sequence[Drawn], page: Page) -> Drawn:
    view = View(
        type="home", callback_id="nav:home", private_metadata=page.written() or None, blocks=list(blocks)
    )
    # The model checks the count; the blocks were checked when they were drawn.
    return {**view.to_dict(), "blocks": list(blocks)}
