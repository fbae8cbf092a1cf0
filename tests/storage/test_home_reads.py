"""What stands on somebody's Home, read from both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event, insert, select, text

from consult_bot.case.home import Mark, Page, Shelf, Shown
from consult_bot.case.model import Case, State, Task, TaskKind
from consult_bot.case.verb import THE_PATIENT
from consult_bot.case.words import Words
from consult_bot.roster.people import Person
from storage import tables
from storage.reads.queue import PAGE_CASES
from storage.store import Store
from tests.builders import ANA, BEN, World

MINUTE = timedelta(minutes=1)


class Cases:
    """Stores cases as they are wanted, many in one transaction."""

    def __init__(self, world: World) -> None:
        self._store = world.store
        self._model = world.submit()
        with world.store.writing() as work:
            self.now = work.now()
            work.connection.execute(tables.cases.update().values(state="closed"))

    def put(self, *changes: dict[str, object]) -> list[int]:
        with self._store.writing() as work:
            made = [self._made(work.cases.draw_number(), each) for each in changes]
            for case in made:
                saved = work.cases.add(case, (), THE_PATIENT, self.now).case
                if case.tasks:
                    work.cases.save(saved, (), THE_PATIENT, self.now)
        return [case.number for case in made]

    def _made(self, number: int, changes: dict[str, object]) -> Case:
        fresh = replace(self._model, id=f"{number:032}", number=number, due_at=self.now)
        return replace(fresh, **changes)

    def task(self, task_id: str, owner: str | None, minutes: int = 5, **changes: object) -> Task:
        due_at = self.now + minutes * MINUTE
        made = Task(task_id, TaskKind.CALL, Words("Call."), BEN.id, self.now, due_at, owner)
        return replace(made, **changes)


@pytest.fixture
def cases(world: World) -> Cases:
    return Cases(world)


def glance(world: World, person: Person = ANA) -> dict[Shelf, Shown]:
    with world.store.reading() as work:
        return {shown.shelf: shown for shown in work.homes.lists(person, Page())}


def page(world: World, wanted: Page, person: Person = ANA) -> Shown:
    with world.store.reading() as work:
        (shown,) = work.homes.lists(person, wanted)
    return shown


def numbers(shown: Shown) -> list[int]:
    return [row.case.number for row in shown.rows]


def test_it_sorts_each_case_onto_its_list_and_leaves_out_others(world: World, cases: Cases) -> None:
    mine, waits, advised, new, _, _ = cases.put(
        {"state": State.CLAIMED, "owner": ANA.id},
        {"state": State.AWAITING_PATIENT, "owner": ANA.id},
        {"state": State.ADVISED, "owner": ANA.id, "due_at": cases.now + MINUTE},
        {},
        {"state": State.CLAIMED, "owner": BEN.id},
        {"state": State.CLOSED, "owner": ANA.id},
    )
    seen = glance(world)
    assert numbers(seen[Shelf.WAITING]) == [mine]
    assert numbers(seen[Shelf.PATIENT]) == [waits, advised]
    assert numbers(seen[Shelf.QUEUE]) == [new]
    assert seen[Shelf.TASKS].rows == () and seen[Shelf.TASKS].total == 0
    assert tuple(seen) == tuple(Shelf)


def test_it_gives_a_case_back_to_its_owner_once_the_patient_has_understood(world: World) -> None:
    number = world.submit().number
    world.did("claim", ANA, number)

    def where() -> list[Shelf]:
        return [shelf for shelf, shown in glance(world).items() if numbers(shown)]

    world.advise(ANA, number)
    world.advance(seconds=31)
    world.did("opened", THE_PATIENT, number)
    assert where() == [Shelf.PATIENT]
    world.did("acknowledge", THE_PATIENT, number, about=world.case(number).messages[-1].id)
    assert where() == [Shelf.WAITING], "only closing it is left, and that is the owner's"
    world.did(
        "correct", ANA, number, guidance="Half a tablet.", disposition="home", safety_net="Call if unsure."
    )
    world.advance(seconds=31)
    assert where() == [Shelf.PATIENT]
    world.did("opened", THE_PATIENT, number)
    world.did("acknowledge", THE_PATIENT, number, about=world.case(number).messages[-1].id)
    world.did("ask", ANA, number, question="Better?")
    assert where() == [Shelf.PATIENT]
    world.advance(seconds=31)
    world.reply(number, "Yes.")
    assert where() == [Shelf.WAITING]


def test_it_puts_the_urgent_first_and_then_the_oldest(world: World, cases: Cases) -> None:
    due = [(False, 3), (True, 9), (False, 1), (True, 2), (False, 1)]
    put = cases.put(*({"urgent": u, "due_at": cases.now + m * MINUTE} for u, m in due))
    assert numbers(page(world, Page(Shelf.QUEUE))) == [put[3], put[1], put[2], put[4], put[0]]


def test_it_shows_only_the_queues_in_which_somebody_works(world: World, cases: Cases) -> None:
    general, skin = cases.put({}, {"queue": "dermatology"})
    assert numbers(glance(world)[Shelf.QUEUE]) == [general, skin]
    assert numbers(glance(world, replace(ANA, queues=("dermatology",)))[Shelf.QUEUE]) == [skin]


def test_it_lists_my_tasks_and_all_that_keep_my_cases_from_closing(world: World, cases: Cases) -> None:
    cases.put(
        {
            "state": State.CLAIMED,
            "owner": ANA.id,
            "tasks": (
                cases.task("late", ANA.id, 9),
                cases.task("nobodys", None, 3),
                cases.task("bens", BEN.id, 1),
                cases.task("done", ANA.id, 1, outcome="reached"),
            ),
        },
        {"state": State.CLAIMED, "owner": BEN.id, "tasks": (cases.task("other", None, 1),)},
        {"state": State.CLAIMED, "owner": BEN.id, "tasks": (cases.task("mine", ANA.id, 4),)},
        {"state": State.CLOSED, "owner": ANA.id, "tasks": (cases.task("outlives", ANA.id, 20),)},
        {"state": State.NEW, "urgent": True, "tasks": (cases.task("urgent", ANA.id, 99),)},
    )
    shown = page(world, Page(Shelf.TASKS))
    assert [row.task.id for row in shown.rows if row.task] == [
        "urgent",
        "bens",
        "nobodys",
        "mine",
        "late",
        "outlives",
    ]
    assert shown.total == glance(world)[Shelf.TASKS].total == 6
    assert page(world, Page(Shelf.TASKS, behind=shown.marks[1])).rows == shown.rows[2:]


def test_it_shows_five_of_each_at_a_glance_and_stops_counting_behind_ninety_nine(
    world: World, cases: Cases
) -> None:
    put = cases.put(*({"due_at": cases.now + place * MINUTE} for place in range(101)))
    queue = glance(world)[Shelf.QUEUE]
    assert numbers(queue) == put[:5] and queue.total_shown == "99+" and queue.more
    last = page(world, Page(Shelf.QUEUE, behind=_mark(world, put[89])))
    assert numbers(last) == put[90:100] and last.earlier == 90 and last.more
    assert not page(world, Page(Shelf.QUEUE, behind=_mark(world, put[99]))).more


def _mark(world: World, number: int) -> Mark:
    case = world.case(number)
    return Mark(case.urgent, case.due_at, str(number))


@pytest.fixture
def five_and_twenty(world: World, cases: Cases) -> list[int]:
    """Cases of the queue in their order; the first three are urgent, several are due at the same moment."""
    return cases.put(
        *({"urgent": place < 3, "due_at": cases.now + (place // 4) * MINUTE} for place in range(25))
    )


def test_it_turns_through_a_whole_list_and_back(world: World, five_and_twenty: list[int]) -> None:
    put = five_and_twenty
    first = page(world, Page(Shelf.QUEUE))
    second = page(world, Page(Shelf.QUEUE, behind=first.marks[-1]))
    third = page(world, Page(Shelf.QUEUE, behind=second.marks[-1]))
    assert numbers(first) + numbers(second) + numbers(third) == put
    assert [each.earlier for each in (first, second, third)] == [0, 10, 20]
    assert [each.more for each in (first, second, third)] == [True, True, False]
    back = page(world, Page(Shelf.QUEUE, before=third.marks[0]))
    assert back == second
    assert page(world, Page(Shelf.QUEUE, before=back.marks[0])) == first


def test_it_loses_and_repeats_no_case_while_others_are_claimed(
    world: World, five_and_twenty: list[int]
) -> None:
    put = five_and_twenty
    first = page(world, Page(Shelf.QUEUE))
    for number in (put[0], put[4], put[9]):
        world.did("claim", BEN, number)
    second = page(world, Page(Shelf.QUEUE, behind=first.marks[-1]))
    assert numbers(second) == put[10:20] and second.earlier == 7
    again = page(world, Page(Shelf.QUEUE, before=second.marks[0]))
    assert numbers(again) == [n for n in put if n not in (put[0], put[4], put[9])][:10]


def test_it_goes_to_the_first_page_where_one_has_emptied(world: World, five_and_twenty: list[int]) -> None:
    behind_all = page(world, Page(Shelf.QUEUE, behind=_mark(world, five_and_twenty[-1])))
    assert numbers(behind_all) == five_and_twenty[:10] and behind_all.earlier == 0


MANY = 4000


def test_it_reads_by_index_and_never_every_case(store: Store) -> None:
    world = World(store)
    number = world.submit().number
    world.did("claim", ANA, number)
    world.did("task", ANA, number, kind="call", words="Call.")
    asked: list[tuple[str, object]] = []
    with _recorded(store, asked), store.reading() as work:
        work.homes.lists(ANA, Page())
        for shelf in Shelf:
            shown = work.homes.lists(ANA, Page(shelf))[0]
            for mark in shown.marks:
                work.homes.lists(ANA, Page(shelf, behind=mark))
                work.homes.lists(ANA, Page(shelf, before=mark))
    _fill(store, number)
    with store.reading() as work:
        sqlite = work.connection.dialect.name == "sqlite"
        explain = "EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN "
        plans = [
            line[-1]
            for statement, given in asked
            for line in work.connection.exec_driver_sql(explain + statement, given)
        ]
    assert len(asked) > 20
    assert any("ix_cases_owner" in line for line in plans) and any(
        "ix_cases_waiting" in line for line in plans
    )
    assert [line for line in plans if "Seq Scan on cases" in line or line.startswith("SCAN cases")] == [
        line for line in plans if line == "SCAN cases USING INDEX ix_cases_waiting"
    ]


@contextmanager
def _recorded(store: Store, asked: list[tuple[str, object]]) -> Iterator[None]:
    def note(connection: object, cursor: object, statement: str, given: object, *rest: object) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, given))

    with store.reading() as work:
        engine = work.connection.engine
    event.listen(engine, "before_cursor_execute", note)
    yield
    event.remove(engine, "before_cursor_execute", note)


def _fill(store: Store, number: int) -> None:
    """Rows like the first one, which nobody reads: one in twenty open, one in a hundred with a task of nobody."""
    with store.writing() as work:
        like = work.connection.execute(select(tables.cases).where(tables.cases.c.number == number))
        row = dict(like.mappings().one())
        many = [
            {**row, "number": 10_000 + n, "id": f"{n}", "owner": f"U{n % 40}", "state": _state(n)}
            for n in range(MANY)
        ]
        work.connection.execute(insert(tables.cases), many)
        open_tasks = [
            {"id": f"{n}", "number": 10_000 + n, "kind": "call", "owner": None, "due_at": row["due_at"]}
            for n in range(0, MANY, 100)
        ]
        work.connection.execute(insert(tables.tasks), open_tasks)
    with store.writing() as work:
        work.connection.execute(text("ANALYZE"))


def _state(place: int) -> str:
    return "new" if place % 40 == 0 else "claimed" if place % 40 == 20 else "closed"


def damage(world: World, *numbers: int) -> None:
    """Somebody altered these rows."""
    with world.store.writing() as work:
        altered = tables.cases.c.number.in_(numbers)
        work.connection.execute(tables.cases.update().where(altered).values(body=b"not what was sealed"))


def test_it_names_a_case_that_does_not_open_and_shows_all_others(world: World, cases: Cases) -> None:
    mine = {"state": State.CLAIMED, "owner": ANA.id}
    whole, broken, also_whole = cases.put(mine, {**mine, "tasks": (cases.task("t1", ANA.id),)}, mine)
    queued, broken_in_queue = cases.put({}, {})
    damage(world, broken, broken_in_queue)
    seen = glance(world)
    assert numbers(seen[Shelf.WAITING]) == [whole, also_whole]
    assert (seen[Shelf.WAITING].damaged, seen[Shelf.WAITING].total) == ((broken,), 3)
    assert numbers(seen[Shelf.QUEUE]) == [queued] and seen[Shelf.QUEUE].damaged == (broken_in_queue,)
    assert seen[Shelf.TASKS].rows == () and seen[Shelf.TASKS].damaged == (broken,)
    assert not seen[Shelf.WAITING].more and not seen[Shelf.TASKS].more
    assert seen[Shelf.PATIENT].damaged == ()
    listed = page(world, Page(Shelf.WAITING))
    assert numbers(listed) == [whole, also_whole] and listed.damaged == (broken,)


def test_it_turns_pages_past_a_case_that_does_not_open(world: World, cases: Cases) -> None:
    made = cases.put(*({"state": State.CLAIMED, "owner": ANA.id} for _ in range(PAGE_CASES + 3)))
    damage(world, made[PAGE_CASES - 1], made[PAGE_CASES])
    first = page(world, Page(Shelf.WAITING))
    assert numbers(first) == made[: PAGE_CASES - 1] and first.damaged == (made[PAGE_CASES - 1],)
    second = page(world, Page(Shelf.WAITING, behind=first.marks[-1]))
    assert numbers(second) == made[PAGE_CASES + 1 :] and second.damaged == (made[PAGE_CASES],)
    assert second.earlier == PAGE_CASES and not second.more
    assert page(world, Page(Shelf.WAITING, before=second.marks[0])) == first


def test_it_turns_pages_past_one_on_which_no_case_opens(world: World, cases: Cases) -> None:
    made = cases.put(*({"state": State.CLAIMED, "owner": ANA.id} for _ in range(3 * PAGE_CASES)))
    damage(world, *made[: 2 * PAGE_CASES])
    pages = [page(world, Page(Shelf.WAITING))]
    while pages[-1].more:
        pages.append(page(world, Page(Shelf.WAITING, behind=pages[-1].marks[-1])))
    assert [each.damaged for each in pages] == [tuple(made[:10]), tuple(made[10:20]), ()]
    assert [numbers(each) for each in pages] == [[], [], made[20:]]
    assert [each.earlier for each in pages] == [0, 10, 20]
    assert page(world, Page(Shelf.WAITING, before=pages[2].marks[0])) == pages[1]
