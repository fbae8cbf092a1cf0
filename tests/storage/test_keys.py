"""Keys: made once, refused when missing, and nothing readable without them."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from consult_bot.case.access_code import ALPHABET
from consult_bot.case.words import Words
from storage.keys import KeysUnusable
from storage.store import Store, open_store
from tests.builders import ANA, World

CANARY = "planted-canary-4417"


def reopen(tmp_path: Path) -> Store:
    return open_store(f"sqlite:///{tmp_path}/consult.db", tmp_path / "keys", tmp_path / "attachments")


def test_it_makes_a_key_file_that_only_its_owner_can_read(sqlite_store: Store, tmp_path: Path) -> None:
    key = tmp_path / "keys" / "master.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    made = key.read_bytes()
    reopen(tmp_path).close()
    assert key.read_bytes() == made


def test_it_refuses_to_start_without_the_key_and_makes_no_new_one(
    sqlite_store: Store, tmp_path: Path
) -> None:
    (tmp_path / "keys" / "master.key").unlink()
    with pytest.raises(KeysUnusable, match="backup"):
        reopen(tmp_path)
    assert not (tmp_path / "keys" / "master.key").exists()


def test_it_refuses_another_databases_key(sqlite_store: Store, tmp_path: Path) -> None:
    other = open_store(f"sqlite:///{tmp_path}/other.db", tmp_path / "other", tmp_path / "attachments")
    other.close()
    (tmp_path / "other" / "master.key").replace(tmp_path / "keys" / "master.key")
    with pytest.raises(KeysUnusable, match="another database"):
        reopen(tmp_path)


def test_it_refuses_a_key_that_others_can_read_and_a_damaged_one(sqlite_store: Store, tmp_path: Path) -> None:
    key = tmp_path / "keys" / "master.key"
    key.chmod(0o644)
    with pytest.raises(KeysUnusable, match="chmod 600"):
        reopen(tmp_path)
    key.chmod(0o600)
    key.write_bytes(b"short\n")
    with pytest.raises(KeysUnusable, match="damaged"):
        reopen(tmp_path)


def test_it_leaves_nothing_that_people_wrote_in_the_database_files(
    sqlite_world: World, tmp_path: Path
) -> None:
    number = sqlite_world.submit(concern=CANARY, given_name=CANARY, email=f"{CANARY}@example.org").number
    sqlite_world.did("claim", ANA, number)
    sqlite_world.did("note", ANA, number, note=CANARY)
    sqlite_world.did("ask", ANA, number, question=CANARY)
    sqlite_world.reply(number, CANARY)
    sqlite_world.advise(ANA, number, guidance=CANARY, safety_net=CANARY)
    sqlite_world.did("task", ANA, number, kind="call", words=CANARY)
    sqlite_world.did("release", ANA, number, reason=CANARY)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.name == "consult.db" for path in files)
    for path in files:
        assert CANARY.encode() not in path.read_bytes(), path.name


def test_it_makes_codes_with_a_check_character_that_differ_between_cases(sqlite_store: Store) -> None:
    codes = {sqlite_store.keys.access_code(f"case{place}", "nonce").reveal() for place in range(500)}
    assert len(codes) == 500
    for code in codes:
        values = [ALPHABET.index(letter) for letter in code]
        assert len(values) == 8
        assert sum(place * value for place, value in enumerate(values[:7], start=1)) % 31 == values[7]


def test_it_finds_an_address_however_its_letters_are_written(sqlite_store: Store) -> None:
    keys = sqlite_store.keys
    assert keys.email_index(Words(" A.Parent@Example.org ")) == keys.email_index(
        Words("a.parent@example.org")
    )
    assert keys.email_index(Words("b.parent@example.org")) != keys.email_index(Words("a.parent@example.org"))
    assert keys.email_index(Words("")) is None
