"""Home as it is drawn: what one clinician sees and may press."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from slack_sdk.models.views import View

from consult_bot.case.home import Mark, Page, Row, Shelf, Shown
from consult_bot.case.model import Case, MessageKind, State
from consult_bot.case.words import Words
from consult_bot.roster.people import Person
from consult_bot.slack.home import home, home_of_a_stranger
from tests.builders import ANA, BEN, LENA, submission
from tests.slack.cases import (
    NASTY,
    NOW,
    case,
    check_view,
    claimed,
    facts,
    guidance,
    read,
    task,
    words_that_work,
)

GLANCE = Page()
SHELVES = tuple(Shelf)


def rows(*cases: Case) -> tuple[Row, ...]:
    return tuple(map(Row, cases))


def lists(total: int | None = None, **shown: Sequence[Row]) -> tuple[Shown, ...]:
    """All four lists, those not named empty."""
    return tuple(listed(shelf, shown.get(shelf.value, ()), total) for shelf in Shelf)


def listed(shelf: Shelf, shown: Sequence[Row], total: int | None = None, earlier: int = 0) -> Shown:
    count = len(shown) if total is None or not shown else total
    marks = tuple(map(mark, shown))
    return Shown(shelf, tuple(shown), marks, count, 99, earlier, more=count > earlier + len(shown))


def mark(row: Row) -> Mark:
    of = row.task or row.case
    return Mark(row.case.urgent, of.due_at, row.task.id if row.task else str(row.case.number))


def glance(person: Person = ANA, total: int | None = None, **shown: Sequence[Row]) -> dict[str, Any]:
    view = home(lists(total, **shown), GLANCE, person, facts())
    check_view(view)
    View(**{**view, "blocks": []})
    return view


def actions_of(view: dict[str, Any], list_name: str) -> list[dict[str, Any]]:
    return [
        block
        for block in view["blocks"]
        if block["type"] == "actions" and block["block_id"].startswith(f"{list_name}/")
    ]


def pressed(view: dict[str, Any], list_name: str) -> list[tuple[str, str | None]]:
    """The action_ids and values on a list, in order."""
    return [(e["action_id"], e.get("value")) for row in actions_of(view, list_name) for e in row["elements"]]


def more(view: dict[str, Any], list_name: str) -> list[str]:
    (row,) = actions_of(view, list_name)
    return [option["value"].split()[0] for e in row["elements"] for option in e.get("options", ())]


def test_it_is_kind_where_there_is_nothing() -> None:
    told = read(glance()["blocks"])
    for words in ("Nothing waits for you.", "You have no open tasks.", "The queue is empty."):
        assert words in told
    assert "Waiting for you: *0*" in told


def test_it_counts_at_the_top_and_stops_at_ninety_nine() -> None:
    view = glance(total=100, waiting=rows(claimed()), queue=rows(case(number=7)))
    counts = read(view["blocks"][1])
    assert "Waiting for you: *99+*" in counts and "In the queue: *99+*" in counts
    assert "Waiting for the patient: *0*" in counts and "As of <!date^" in counts
    assert [e["text"]["text"] for e in actions_of(view, "nav")[-1]["elements"]] == ["Show all 99+"]


def test_it_keeps_the_lists_in_their_order() -> None:
    told = read(glance()["blocks"])
    titles = ["Waiting for you\n", "Your tasks\n", "In the queue\n", "Waiting for the patient\n"]
    places = [told.index(title) for title in titles]
    assert places == sorted(places)


def test_it_offers_an_owner_what_they_may_do_and_nothing_else() -> None:
    view = glance(waiting=rows(claimed()))
    assert pressed(view, "waiting") == [
        ("verb:ask", "C-1042"),
        ("nav:show", "C-1042"),
        ("verb:more", None),
    ]
    assert actions_of(view, "waiting")[0]["block_id"] == "waiting/C-1042/7"
    offered = more(view, "waiting")
    assert offered == ["advise", "note", "task", "emergency", "update", "release", "close"]


def test_it_offers_a_lead_more() -> None:
    offered = more(glance(LENA, queue=rows(case())), "queue")
    assert "reassign" in offered and "reassign" not in more(glance(BEN, queue=rows(case())), "queue")


def test_it_offers_to_claim_from_the_queue() -> None:
    assert pressed(glance(queue=rows(case())), "queue")[:2] == [
        ("verb:claim", "C-1042"),
        ("nav:show", "C-1042"),
    ]


def test_it_says_why_somebody_cannot_claim() -> None:
    elsewhere = replace(ANA, states=("OR", "ID"))
    view = glance(elsewhere, queue=rows(case()))
    told = "You cannot answer this one: the patient is in WA and you are licensed in OR, ID."
    assert told in read(view["blocks"])
    assert pressed(view, "queue") == [("nav:show", "C-1042"), ("verb:more", None)]
    assert more(view, "queue") == ["note", "task", "emergency"]


def test_it_offers_nobody_to_write_to_a_patient_whose_licence_they_lost() -> None:
    view = glance(replace(ANA, states=("OR",)), waiting=rows(claimed()))
    assert not {"ask", "advise", "update"} & set(more(view, "waiting"))
    assert ("verb:ask", "C-1042") not in pressed(view, "waiting")
    assert {"release", "emergency"} <= set(more(view, "waiting"))


def test_it_lists_tasks_with_their_own_done_button_each() -> None:
    made = claimed(
        urgent=True,
        tasks=(task(), task(id="t2", owner=None, due_at=NOW, words=Words("Order a swab."))),
    )
    view = glance(tasks=[Row(made, each) for each in made.tasks])
    told = read(view["blocks"])
    assert "*URGENT* · *Phone call* · C-1042 · due <!date^" in told and "Call the mother." in told
    assert "*URGENT* · *OVERDUE* · *Phone call* · C-1042" in told and "nobody's yet, on your case" in told
    assert pressed(view, "tasks") == [
        ("verb:done", "C-1042/t1"),
        ("nav:show", "C-1042"),
        ("verb:done", "C-1042/t2"),
        ("nav:show", "C-1042"),
    ]


def test_it_names_the_colleague_whose_task_is_on_ones_own_case() -> None:
    made = claimed(tasks=(task(), task(id="t2", owner=BEN.id), task(id="t3", owner=None)))
    view = glance(tasks=[Row(made, each) for each in made.tasks])
    own, bens, nobodys = (b["text"]["text"] for b in view["blocks"] if "*Phone call*" in str(b.get("text")))
    assert own.endswith("UTC>") and bens.endswith("UTC> · <@U0BEN>, on your case")
    assert nobodys.endswith("UTC> · nobody's yet, on your case")


def test_it_shows_one_case_on_two_lists() -> None:
    made = claimed(tasks=(task(),))
    view = glance(waiting=rows(made), tasks=[Row(made, made.tasks[0])])
    ids = [block["block_id"] for block in view["blocks"] if block["type"] == "actions"]
    assert "waiting/C-1042/7" in ids and "tasks/C-1042/7/t1" in ids and len(ids) == len(set(ids))


def test_it_lets_nothing_work_that_anybody_wrote() -> None:
    made = claimed(submission=submission(concern=NASTY), tasks=(task(words=Words(NASTY)),), queue="<!here>")
    view = glance(waiting=rows(made), tasks=[Row(made, made.tasks[0])])
    assert "<!channel>" in read(view["blocks"])
    assert "<!channel>" not in words_that_work(view["blocks"])
    assert "<!here>" not in words_that_work(view["blocks"])


def test_it_carries_no_words_in_what_slack_sends_back() -> None:
    made = claimed(submission=submission(concern="canary rash"))
    page = Page(Shelf.WAITING, behind=Mark(False, NOW, "1041"))
    view = home((listed(Shelf.WAITING, rows(made), 30, earlier=10),), page, ANA, facts())
    check_view(view)
    sent_back = [view["private_metadata"], *[str(v) for v in pressed(view, "nav") + pressed(view, "waiting")]]
    assert "canary" not in " ".join(sent_back)


@pytest.mark.parametrize(
    "page",
    [
        Page(),
        Page(Shelf.PATIENT),
        Page(Shelf.QUEUE, behind=Mark(True, NOW, "1042")),
        Page(Shelf.TASKS, before=Mark(False, NOW + timedelta(microseconds=1), "a1f3")),
    ],
)
def test_it_reads_the_page_that_it_wrote(page: Page) -> None:
    assert Page.read(page.written()) == page


@pytest.mark.parametrize(
    "line",
    [
        "closet",
        "queue>",
        "queue>1.x.1042",
        "queue>1.5.abc",
        "queue>2.5.1",
        "tasks<1.5.a b",
        "queue>1.5.1 ",
        "{}",
    ],
)
def test_it_takes_a_line_that_is_none_of_its_own_for_the_beginning(line: str) -> None:
    assert Page.read(line) == Page()


def test_it_turns_pages_by_what_stands_on_them() -> None:
    cases = [case(number=number, due_at=NOW + timedelta(hours=number)) for number in range(11, 21)]
    page = Page(Shelf.QUEUE, behind=Mark(False, NOW, "10"))
    view = home((listed(Shelf.QUEUE, rows(*cases), 37, earlier=10),), page, ANA, facts())
    check_view(view)
    turns = dict(pressed(view, "nav"))
    assert "11 to 20 of 37" in read(view["blocks"])
    assert Page.read(turns["nav:previous"] or "") == Page(Shelf.QUEUE, before=mark(Row(cases[0])))
    assert Page.read(turns["nav:next"] or "") == Page(Shelf.QUEUE, behind=mark(Row(cases[-1])))
    assert (
        turns["nav:home"] in (None, "") and turns["nav:refresh"] == view["private_metadata"] == page.written()
    )


def test_it_stays_at_the_top_of_a_list_whatever_comes_in_there() -> None:
    page = Page(Shelf.QUEUE, behind=Mark(False, NOW, "10"))
    view = home((listed(Shelf.QUEUE, rows(case()), 1),), page, ANA, facts())
    assert view["private_metadata"] == "queue"
    assert "nav:previous" not in dict(pressed(view, "nav")) and "nav:next" not in dict(pressed(view, "nav"))


def test_it_leads_back_from_a_list_that_is_empty() -> None:
    view = home((listed(Shelf.WAITING, ()),), Page(Shelf.WAITING), ANA, facts())
    check_view(view)
    assert "Nothing waits for you." in read(view["blocks"]) and "nav:home" in dict(pressed(view, "nav"))


def heavy(number: int, **changes: Any) -> Case:
    """A case with the longest headline, and everything to press that there is."""
    made = {
        "number": 999_999_000_000 + number,
        "version": 10**9,
        "urgent": True,
        "queue": "q" * 60,
        "owner": "U" * 30,
        "due_at": NOW,
        "submission": submission(concern="\U0001f525 & <" * 2000),
        "messages": (guidance(words="g" * 3000), guidance(message_id="g2", kind=MessageKind.CORRECTION)),
        "tasks": (task(id="f" * 32, owner=None, words=Words("\U0001f525" * 3000), due_at=NOW),),
        **changes,
    }
    return case(**made)


@pytest.mark.parametrize("licensed", [None, ("OR",)])
def test_it_fits_into_a_view_at_its_fullest(licensed: tuple[str, ...] | None) -> None:
    person = Person("U" * 30, "Una", LENA.role, states=licensed)
    of = {
        "waiting": [Row(heavy(n, state=State.CLAIMED)) for n in range(5)],
        "tasks": [Row(made, made.tasks[0]) for made in map(heavy, range(5))],
        "queue": [Row(heavy(n, state=State.NEW, owner=None)) for n in range(5)],
        "patient": [Row(heavy(n, state=State.ADVISED)) for n in range(5)],
    }
    view = glance(person, total=100, **of)
    assert len(view["blocks"]) <= 100 and len(json.dumps(view).encode()) < 100_000
    page = Page(Shelf.PATIENT)
    ten = listed(Shelf.PATIENT, [Row(heavy(n, state=State.ADVISED)) for n in range(10)], 100, earlier=100)
    long = home((ten,), page, person, facts())
    check_view(long)
    assert " of 99+" not in read(long["blocks"]), "nobody counts that far"


def test_it_tells_a_stranger_kindly_who_can_add_them_and_nothing_else() -> None:
    view = home_of_a_stranger(facts())
    check_view(view)
    told = read(view["blocks"])
    assert "ask <@U0LENA> to add you" in told and "Elm Street Practice" in told
    assert "C-" not in told and "queue" not in told
    nobody = replace(facts(), people={})
    assert "whoever looks after this app" in read(home_of_a_stranger(nobody)["blocks"])


def test_it_names_a_case_that_does_not_open_and_shows_the_others() -> None:
    shelves = [replace(shown, damaged=(7,)) for shown in lists(waiting=rows(claimed()))]
    view = home(shelves, GLANCE, ANA, facts())
    check_view(view)
    told = read(view["blocks"])
    assert told.count("*Cannot be opened: C-7.*") == len(SHELVES)
    assert "*C-1042*" in told and "The queue is empty" not in told


def test_it_leads_on_from_a_page_on_which_no_case_opens() -> None:
    page = Page(Shelf.QUEUE, behind=mark(Row(case())))
    ten = listed(Shelf.QUEUE, rows(*(case(number=number) for number in range(11, 21))), 23, earlier=10)
    none_opens = replace(ten, rows=(), damaged=tuple(range(11, 21)))
    view = home((none_opens,), page, ANA, facts())
    check_view(view)
    told = read(view["blocks"])
    assert "11 to 20 of 23" in told and "The queue is empty" not in told
    assert [name for name, _ in pressed(view, "nav")].count("nav:next") == 1
    assert "nav:previous" in dict(pressed(view, "nav"))


def test_it_speaks_of_several_cases_that_do_not_open_as_of_several() -> None:
    view = home([replace(shown, damaged=(7, 8)) for shown in lists()], GLANCE, ANA, facts())
    told = read(view["blocks"])
    assert "*Cannot be opened: C-7, C-8.* What we keep of them was damaged." in told
    assert "in their threads" in told and " its " not in told
