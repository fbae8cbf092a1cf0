"""Writing statements that are compiled once: what they write is what SQLAlchemy would have written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.exc import IntegrityError

from storage.compiled import Compiled
from storage.journey import one_journey
from storage.store import Store
from storage.tables import inbound

AT = datetime(2026, 11, 26, 9, 30, 15, 250_000, tzinfo=timezone(timedelta(hours=-8)))
ADD = Compiled(inbound.insert())


def row(key: str, **others: Any) -> dict[str, Any]:
    return {"key": key, "number": 1001, "at": AT, "lasts": False, **others}


def kept(store: Store) -> list[dict[str, Any]]:
    with store.reading() as work:
        rows = work.connection.execute(select(inbound).order_by(inbound.c.key)).mappings().all()
        return [dict(each) for each in rows]


def as_written_by_sqlalchemy(store: Store, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    with store.writing() as work:
        work.connection.execute(inbound.insert(), list(rows))
    found = kept(store)
    with store.writing() as work:
        work.connection.execute(delete(inbound))
    return found


def test_it_writes_moments_and_truth_values_as_the_column_keeps_them(store: Store) -> None:
    rows = row("a"), row("b", lasts=True)
    expected = as_written_by_sqlalchemy(store, *rows)
    with store.writing() as work:
        ADD.run(work.connection, rows[0])
        ADD.run(work.connection, [rows[1]])
    assert kept(store) == expected
    assert [(each["at"], each["lasts"]) for each in expected] == [
        (AT.astimezone(UTC), False),
        (AT.astimezone(UTC), True),
    ]


def test_it_writes_several_at_once(store: Store) -> None:
    rows = [row(key) for key in "abc"]
    expected = as_written_by_sqlalchemy(store, *rows)
    with store.writing() as work:
        ADD.run(work.connection, rows)
    assert kept(store) == expected


def test_it_writes_the_values_that_stand_in_the_statement_beside_those_that_are_given(store: Store) -> None:
    mark = Compiled(
        update(inbound)
        .where(inbound.c.key == bindparam("sought"), inbound.c.number == 1001)
        .values(lasts=True)
    )
    with store.writing() as work:
        ADD.run(work.connection, [row("a"), row("b"), row("c", number=7)])
        assert mark.run(work.connection, {"sought": "a"}).rowcount == 1
        assert mark.run(work.connection, {"sought": "c"}).rowcount == 0
        mark.run(work.connection, [{"sought": "x"}, {"sought": "b"}])
    assert [(each["key"], each["lasts"]) for each in kept(store)] == [("a", True), ("b", True), ("c", False)]


def test_it_changes_the_columns_that_are_named_and_no_other(store: Store) -> None:
    change = Compiled(update(inbound).where(inbound.c.key == bindparam("sought")))
    with store.writing() as work:
        ADD.run(work.connection, row("a"))
        change.run(work.connection, {"sought": "a", "number": 1002})
        change.run(work.connection, {"sought": "a", "lasts": True})
    assert kept(store) == [{**row("a", number=1002, lasts=True), "at": AT.astimezone(UTC)}]


def test_it_takes_a_name_that_is_missing_for_a_fault_and_writes_nothing(store: Store) -> None:
    gone = Compiled(delete(inbound).where(inbound.c.key == bindparam("sought")))
    with store.writing() as work:
        ADD.run(work.connection, row("a"))
    with pytest.raises(KeyError, match="sought"), store.writing() as work:
        gone.run(work.connection, {"key": "a"})
    with pytest.raises(KeyError, match="number"), store.writing() as work:
        ADD.run(work.connection, [row("b"), {"key": "c"}])
    assert [each["key"] for each in kept(store)] == ["a"]


def test_it_writes_nothing_where_it_is_given_none(store: Store) -> None:
    clear = Compiled(delete(inbound))
    with store.writing() as work:
        ADD.run(work.connection, row("a"))
    with pytest.raises(IndexError), store.writing() as work:
        clear.run(work.connection, [])
    assert [each["key"] for each in kept(store)] == ["a"]


def test_it_refuses_what_the_columns_type_refuses(store: Store) -> None:
    with pytest.raises(ValueError, match="aware"), store.writing() as work:
        ADD.run(work.connection, row("a", at=AT.replace(tzinfo=None)))
    assert kept(store) == []


def test_it_hides_what_was_given_from_the_error(store: Store) -> None:
    planted = row("PLANTED-KEY")
    with store.writing() as work:
        ADD.run(work.connection, planted)
        with pytest.raises(IntegrityError) as refused, work.connection.begin_nested():
            ADD.run(work.connection, [planted, row("b")])
    assert "[SQL parameters hidden due to hide_parameters=True]" in str(refused.value)


def test_it_goes_in_one_journey_with_others(store: Store) -> None:
    with store.writing() as work, one_journey(work.connection):
        ADD.run(work.connection, row("a"))
        ADD.run(work.connection, [row("b"), row("c")])
    assert [each["key"] for each in kept(store)] == ["a", "b", "c"]
