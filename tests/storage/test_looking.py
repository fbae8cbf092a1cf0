"""Looking: at what is there already, and nothing is made by it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from storage.engine import open_engines
from storage.history import verify
from storage.looking import NothingThere, open_to_look
from storage.migrate import NEWEST, SchemaUnknown, migrate, schema_of
from storage.store import Store


def look(database_url: str, tmp_path: Path) -> Store:
    return open_to_look(database_url, tmp_path / "keys", tmp_path / "attachments")


def has_schema(database_url: str, schema: str) -> None:
    writer, _ = open_engines(database_url)
    with writer.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :schema"), {"schema": schema})
    writer.dispose()


def test_it_looks_at_what_is_there(store: Store, database_url: str, tmp_path: Path) -> None:
    seen = look(database_url, tmp_path)
    with seen.reading() as work:
        assert verify(work.connection).broken is None
    assert seen.keys.database_id() == store.keys.database_id()
    seen.close()


def test_it_refuses_a_database_without_our_tables_and_makes_none(postgres_url: str, tmp_path: Path) -> None:
    with pytest.raises(NothingThere, match=r"no database at .*consult\.db"):
        look(f"sqlite:///{tmp_path}/consult.db", tmp_path)
    writer, _ = open_engines(postgres_url)
    with writer.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    with pytest.raises(NothingThere, match="no tables of ours"):
        look(postgres_url, tmp_path)
    with writer.begin() as connection:
        assert schema_of(connection) is None
    writer.dispose()
    assert list(tmp_path.iterdir()) == []


def test_it_refuses_a_database_without_a_key_and_makes_none(database_url: str, tmp_path: Path) -> None:
    migrate(database_url)
    with pytest.raises(NothingThere, match="has never been used"):
        look(database_url, tmp_path)
    assert not (tmp_path / "keys").exists()


def test_it_neither_migrates_an_older_schema_nor_looks_at_a_newer_one(
    store: Store, database_url: str, tmp_path: Path
) -> None:
    has_schema(database_url, "0002")
    with pytest.raises(NothingThere, match="has schema 0002.*Run `migrate`"):
        look(database_url, tmp_path)
    has_schema(database_url, "0999")
    with pytest.raises(SchemaUnknown, match="0999"):
        look(database_url, tmp_path)
    has_schema(database_url, NEWEST)
    look(database_url, tmp_path).close()


def test_it_says_which_database_does_not_answer_and_never_its_password(tmp_path: Path) -> None:
    with pytest.raises(NothingThere) as told:
        look("postgresql+psycopg://ana:canary-4417@127.0.0.1:9/typo", tmp_path)
    assert "127.0.0.1:9/typo" in str(told.value) and "refused" in str(told.value)
    assert "canary-4417" not in str(told.value)


def test_it_leaves_another_programs_file_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "consult.db"
    file.write_bytes(b"nothing of ours, and no database at all" * 50)
    with pytest.raises(NothingThere, match="not a database"):
        look(f"sqlite:///{file}", tmp_path)
    assert file.read_bytes() == b"nothing of ours, and no database at all" * 50
    assert [path.name for path in tmp_path.iterdir()] == ["consult.db"]
