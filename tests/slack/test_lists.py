"""What queries answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from consult_bot.case.glance import Glance, Listing
from consult_bot.case.model import State
from consult_bot.case.words import Words
from consult_bot.slack.lists import UNANSWERED_CHARACTERS, at_a_glance, drawn
from tests.builders import ANA
from tests.slack.cases import (
    NASTY,
    NOW,
    check_message,
    claimed,
    facts,
    question,
    read,
    reply,
    words_that_work,
)

PAGE_CASES = 10


def listing(total: int) -> Listing:
    glances = tuple(
        Glance(number, 7, State.NEW, number == 1, "general", ANA.id, NOW, Words(NASTY))
        for number in range(1, min(total, PAGE_CASES) + 1)
    )
    return Listing("In the queue", glances, total, counted_to=99)


@pytest.mark.parametrize(
    ("total", "title", "more"),
    [
        (11, "11", "and 1 more"),
        (37, "37", "and 27 more"),
        (99, "99", "and 89 more"),
        (100, "99+", "and 89+ more"),
    ],
)
def test_it_says_how_many_more_there_are(total: int, title: str, more: str) -> None:
    view = drawn("queue", listing(total), facts())
    check_message(view.blocks)
    told = read(view.blocks)
    assert f"In the queue: {title}\n" in told and more in told
    assert told.count("*C-") == PAGE_CASES


@pytest.mark.parametrize("total", [0, 1, 10])
def test_it_says_nothing_of_more_where_all_are_shown(total: int) -> None:
    view = drawn("queue", listing(total), facts())
    check_message(view.blocks)
    assert " more" not in read(view.blocks)


def test_it_says_what_is_overdue() -> None:
    on_time = facts(NOW - timedelta(seconds=1))
    assert read(drawn("queue", listing(2), facts()).blocks).count("*OVERDUE*") == 2
    assert "OVERDUE" not in read(drawn("queue", listing(2), on_time).blocks)


@pytest.mark.parametrize("state", State)
def test_it_gives_a_due_time_only_while_we_owe_the_patient_an_answer(state: State) -> None:
    glance = Glance(1042, 7, state, False, "general", ANA.id, NOW, Words("rash"))
    told = read(at_a_glance(glance, NOW))
    assert (" · due <!date^" in told) == (state in {State.NEW, State.CLAIMED})
    assert told.startswith(("*OVERDUE* · ", "*C-1042* · ")) and " · general · <@U0ANA>" in told


def test_it_lets_nothing_work_that_a_patient_wrote() -> None:
    view = drawn("queue", listing(3), facts())
    assert "<!channel>" in read(view.blocks) and "<!channel>" not in words_that_work(view.blocks)
    assert "<!channel>" not in view.text


def test_it_gives_each_case_one_row_to_press() -> None:
    rows = [block for block in drawn("queue", listing(2), facts()).blocks if block["type"] == "actions"]
    assert [row["block_id"] for row in rows] == ["queue/C-1/7", "queue/C-2/7"]
    assert [e["action_id"] for e in rows[0]["elements"]] == ["verb:claim", "nav:show"]


def test_it_names_what_does_not_open_and_where_to_read_of_it() -> None:
    told = drawn("queue", replace(listing(9), damaged=(1042,), total=12), facts())
    check_message(told.blocks)
    words = read(told.blocks)
    assert "*Cannot be opened: C-1042.*" in words and "tell your administrator" in words
    assert "and 2 more" in words and "In the queue: 12\n" in words
    alone = read(drawn("queue", Listing("In the queue", (), 1, 99, damaged=(7,)), facts()).blocks)
    assert "C-7" in alone and "no cases" not in alone


def test_it_shows_what_waits_for_an_answer_before_what_it_began_with() -> None:
    worse = replace(reply("Her lips\nare swollen <!channel>."), report="worse", attachments=("a1",))
    made = claimed(urgent=True, messages=(question(), worse))
    told = read(at_a_glance(Glance.of(made), NOW))
    assert told.index("Unanswered: \nIt is worse. Her lips are swollen <!channel>. [1 photo]") < told.index(
        "A red rash"
    )
    answered = replace(made, messages=(*made.messages, question()))
    assert "Unanswered" not in read(at_a_glance(Glance.of(answered), NOW))


def test_it_shortens_what_waits_for_an_answer() -> None:
    made = claimed(messages=(question(), reply("so long " * 400)))
    words = read(at_a_glance(Glance.of(made), NOW)).partition("Unanswered: \n")[2].splitlines()[0]
    assert len(words) <= UNANSWERED_CHARACTERS + 1 and words.endswith("…")
