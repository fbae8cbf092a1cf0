"""The store: migrations, files, the clock, and errors that tell nothing."""

from __future__ import annotations

import io
import sqlite3
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from consult_bot.case.verb import Refused
from storage import engine, tables
from storage.errors import Overloaded, Unanswered, UnknownAttachment
from storage.migrate import SchemaUnknown, migrate
from storage.store import Store, Work
from tests.builders import ANA, Photo, World
from tests.storage.lost_answers import lose_the_answer


def test_its_migrations_make_just_the_tables_that_the_code_expects(database_url: str) -> None:
    migrate(database_url)
    assert migrate(database_url) == "0004"
    with create_engine(database_url).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, tables.metadata)
    assert [d for d in differences if "ix_cases_waiting" not in str(d)] == []


def test_it_refuses_a_database_of_a_newer_version(database_url: str) -> None:
    migrate(database_url)
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaUnknown, match="newer version"):
        migrate(database_url)
    engine.dispose()


def test_it_keeps_files_encrypted_and_whole(store: Store, tmp_path: Path) -> None:
    photo = Photo()
    staged = store.stage(photo)
    assert store.photo(staged).data == photo.data
    assert store.photo(staged, thumbnail=True).data == photo.thumbnail
    on_disk = list((tmp_path / "attachments").iterdir())
    assert len(on_disk) == 2
    assert all(b"canary" not in path.read_bytes() for path in on_disk)


def test_it_gives_a_photo_to_one_case_only(world: World) -> None:
    staged = world.store.stage(Photo())
    first = world.submit(attachments=(staged,)).number
    with pytest.raises(UnknownAttachment), world.store.writing() as work:
        work.attachments.give([staged], first + 1)
    assert world.store.photo(staged).number == first


def test_it_sweeps_photos_that_no_case_took(store: Store, tmp_path: Path) -> None:
    store.stage(Photo())
    assert store.sweep(timedelta(days=1)) == 0
    assert store.sweep(timedelta(0)) == 1
    assert list((tmp_path / "attachments").iterdir()) == []


def test_it_removes_files_that_a_crash_left_and_no_others(store: Store, tmp_path: Path) -> None:
    kept = store.stage(Photo())
    for name in ("0" * 32, f".{'0' * 32}.draft"):
        (tmp_path / "attachments" / name).write_bytes(b"left behind")
    assert store.sweep_files(timedelta(hours=1)) == 0
    assert store.sweep_files(timedelta(0)) == 2
    assert {path.name for path in (tmp_path / "attachments").iterdir()} == {
        kept,
        f"{kept}.small",
        f"owner.{store.keys.database_id()}",
    }


def test_it_keeps_the_files_when_forgetting_them_is_rolled_back(store: Store, tmp_path: Path) -> None:
    staged = store.stage(Photo())
    with pytest.raises(RuntimeError), store.writing() as work:
        assert work.attachments.forget_staged(work.now()) == [staged]
        raise RuntimeError("the commit fails")
    assert store.photo(staged).data == Photo().data


def test_it_says_that_the_database_is_busy_instead_of_waiting_for_ever(
    tmp_path: Path, sqlite_world: World
) -> None:
    number = sqlite_world.submit().number
    with sqlite3.connect(tmp_path / "consult.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        outcome = sqlite_world.do("claim", ANA, number)
        other.execute("ROLLBACK")
    assert isinstance(outcome, Refused) and outcome.why.retry
    assert sqlite_world.did("claim", ANA, number).owner == ANA.id


def cut_off_others(url: str) -> None:
    """End every other connection to a PostgreSQL database, as a restart does."""
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    own = create_engine(url)
    with own.connect() as connection:
        connection.execute(text(f"SELECT pg_terminate_backend(pid) {others}"))
    own.dispose()


def test_it_begins_anew_when_the_connection_breaks_before_anything_was_committed(
    postgres_store: Store, postgres_url: str
) -> None:
    attempts = []

    def act(work: Work) -> str:
        work.advance_clock(60)
        attempts.append(1)
        if len(attempts) == 1:
            cut_off_others(postgres_url)
        work.now()
        return "done"

    assert postgres_store.commit(act) == "done"
    assert len(attempts) == 2
    with postgres_store.reading() as work:
        now, real = work.times()
    assert round((now - real).total_seconds()) == 60, "once, not twice"


def sleep_too_long(work: Work, url: str) -> None:
    """Do nothing within a transaction until PostgreSQL takes the connection away."""
    pid = work.connection.connection.driver_connection.info.backend_pid
    work.connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = '20ms'"))
    own = create_engine(url, isolation_level="AUTOCOMMIT")
    still_there = text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid")
    with own.connect() as connection:
        while connection.scalar(still_there, {"pid": pid}):
            pass
    own.dispose()


def test_it_begins_anew_where_a_frozen_process_wakes_within_a_transaction(
    postgres_store: Store, postgres_url: str
) -> None:
    attempts = []

    def act(work: Work) -> None:
        attempts.append(1)
        work.advance_clock(60)
        if len(attempts) == 1:
            sleep_too_long(work, postgres_url)
            work.now()

    postgres_store.commit(act)
    with postgres_store.reading() as work:
        now, real = work.times()
    assert (len(attempts), round((now - real).total_seconds())) == (2, 60)


def test_it_says_that_the_database_is_away_where_looking_took_too_long(
    postgres_store: Store, postgres_url: str
) -> None:
    with pytest.raises(Overloaded), postgres_store.reading() as work:
        sleep_too_long(work, postgres_url)
        work.now()


@pytest.mark.parametrize("done", [True, False])
def test_it_says_that_nobody_can_tell_where_the_answer_to_a_commit_was_lost(
    postgres_store: Store, postgres_url: str, monkeypatch: pytest.MonkeyPatch, done: bool
) -> None:
    attempts = []

    def act(work: Work) -> None:
        attempts.append(1)
        work.advance_clock(60)

    with monkeypatch.context() as broken:
        lose_the_answer(broken, postgres_store, done=done)
        with pytest.raises(Unanswered):
            postgres_store.commit(act)
    assert len(attempts) == 1, "it must not be done again by itself"
    with postgres_store.reading() as work:
        now, real = work.times()
    assert round((now - real).total_seconds()) == (60 if done else 0)


def test_it_says_the_same_of_a_statement_that_commits_by_itself(
    postgres_store: Store, postgres_url: str
) -> None:
    with pytest.raises(Unanswered), postgres_store.statement() as work:
        work.now()
        cut_off_others(postgres_url)
        work.advance_clock(60)


def test_it_says_that_nothing_was_done_where_no_connection_can_be_had(
    postgres_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*given: object, **named: object) -> None:
        raise psycopg.OperationalError("connection refused")

    postgres_store.close()
    monkeypatch.setattr(psycopg, "connect", away)
    with pytest.raises(Overloaded) as raised, postgres_store.writing() as work:
        work.now()
    assert not isinstance(raised.value, Unanswered)


def test_it_looks_again_whether_a_connection_stands_after_a_rest(
    postgres_store: Store, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with postgres_store.reading() as work:
        work.now()
    cut_off_others(postgres_url)
    monkeypatch.setattr(engine, "RESTED_SECONDS", 0.0)
    with postgres_store.reading() as work:
        assert work.now()


def test_it_says_while_looking_too_that_the_database_is_away(
    postgres_store: Store, postgres_url: str
) -> None:
    with pytest.raises(Overloaded), postgres_store.reading() as work:
        cut_off_others(postgres_url)
        work.now()
    with postgres_store.reading() as work:
        assert work.now()


def test_it_hides_what_people_wrote_from_the_databases_errors(store: Store) -> None:
    printed = io.StringIO()
    with pytest.raises(SQLAlchemyError) as raised, store.writing() as work:
        row = {
            "id": "U1",
            "name": "canary-name",
            "role": "x",
            "credentials": "",
            "queues": "",
            "active": True,
        }
        work.connection.execute(tables.people.insert(), [row, row])
    print(raised.value, file=printed)
    assert "canary-name" not in printed.getvalue()


def test_it_moves_its_clock_and_leaves_real_time_alone(store: Store) -> None:
    with store.reading() as work:
        now, real = work.times()
    assert abs((now - real).total_seconds()) < 0.001
    with store.writing() as work:
        work.advance_clock(3600)
    with store.reading() as work:
        moved, still_real = work.times()
    assert 3599 < (moved - still_real).total_seconds() < 3601


def test_it_rolls_back_whole_when_something_fails_half_way(world: World) -> None:
    number = world.submit().number
    with pytest.raises(RuntimeError), world.store.writing() as work:
        work.links.make(number, work.now())
        raise RuntimeError("half way")
    with world.store.reading() as work:
        assert work.links.live(number) is None
