"""Statements that nobody waits for: sent together, refused together, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from storage import tables
from storage.errors import Conflict
from storage.journey import one_journey
from storage.store import Store

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def remembered(store: Store) -> int:
    with store.reading() as work:
        return int(work.connection.scalar(select(func.count()).select_from(tables.inbound)) or 0)


def test_it_keeps_what_was_done_in_one_journey(store: Store) -> None:
    with store.writing() as work:
        with one_journey(work.connection):
            for key in ("one", "two"):
                work.inbound.remember(key, 1001, NOW)
        assert work.inbound.seen("one") == 1001, "what was sent together is seen at once"
    assert remembered(store) == 2


def test_it_ends_with_a_conflict_where_another_did_the_same_request(store: Store) -> None:
    with store.writing() as work:
        work.inbound.remember("one", 1001, NOW)
    with pytest.raises(Conflict), store.writing() as work, one_journey(work.connection):
        work.inbound.remember("two", 1002, NOW)
        work.inbound.remember("one", 1002, NOW)
        work.inbound.remember("three", 1002, NOW)
    assert remembered(store) == 1, "nothing of it is kept"
    with store.writing() as work, one_journey(work.connection):
        work.inbound.remember("two", 1002, NOW)
    assert remembered(store) == 2, "the connection goes on"


def test_it_passes_on_any_other_refusal_without_its_parameters(postgres_store: Store) -> None:
    orphan = {"case_id": "canary"}
    with (
        pytest.raises(IntegrityError) as caught,
        postgres_store.writing() as work,
        one_journey(work.connection),
    ):
        work.connection.execute(
            text("INSERT INTO clock (id, offset_seconds) VALUES (length(:case_id) - 5, 0)"), orphan
        )
    assert "canary" not in str(caught.value.statement) and caught.value.params is None


def test_it_says_that_nothing_was_done_where_the_connection_broke(postgres_store: Store) -> None:
    with pytest.raises(Conflict), postgres_store.writing() as work, one_journey(work.connection):
        own = work.connection.connection.driver_connection.info.backend_pid
        work.connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": own})
        work.inbound.remember("one", 1001, NOW)
    assert remembered(postgres_store) == 0
