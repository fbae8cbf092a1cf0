"""Files know whose they are: a database removes nothing of what another one keeps, and nothing that is no photo."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import pytest

from storage.errors import PhotosOfAnother
from storage.keys import Keys
from storage.store import Store, open_store
from tests.aws import Aws
from tests.builders import Photo

NOW = timedelta(seconds=-1)
"""However new a file is, it is older than that."""

LEFT = "0" * 32
"""A file that no database names."""

Open = Callable[[str], Store]


class Place(Protocol):
    """Where files are, as an administrator sees it."""

    @property
    def files(self) -> Path | str: ...

    def put(self, name: str) -> None: ...

    def take(self, name: str) -> None: ...

    def names(self) -> set[str]: ...


class InFolder:
    def __init__(self, folder: Path) -> None:
        self.files = folder

    def put(self, name: str) -> None:
        self.files.mkdir(exist_ok=True)
        (self.files / name).write_bytes(b"canary")

    def take(self, name: str) -> None:
        (self.files / name).unlink()

    def names(self) -> set[str]:
        return {path.name for path in self.files.iterdir()}


class InBucket:
    def __init__(self, aws: Aws) -> None:
        self.files = aws.files
        self._aws = aws

    def put(self, name: str) -> None:
        self._aws.s3.put_object(Bucket=self._aws.bucket, Key=f"photos/{name}", Body=b"canary")

    def take(self, name: str) -> None:
        self._aws.s3.delete_object(Bucket=self._aws.bucket, Key=f"photos/{name}")

    def names(self) -> set[str]:
        return {name.removeprefix("photos/") for name in self._aws.objects()}


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty place for files, of each kind."""
    if request.param == "folder":
        return InFolder(tmp_path / "attachments")
    return InBucket(request.getfixturevalue("aws"))


@pytest.fixture
def database(place: Place, tmp_path: Path) -> Iterator[Open]:
    """Opens the database of a name, over the one place and key; a new name is an empty database."""
    opened: dict[str, Store] = {}

    def open_named(name: str) -> Store:
        if name not in opened:
            opened[name] = open_store(f"sqlite:///{tmp_path}/{name}.db", tmp_path / "keys", place.files)
        return opened[name]

    yield open_named
    for store in opened.values():
        store.close()


def refused(store: Store) -> PhotosOfAnother:
    with pytest.raises(PhotosOfAnother) as raised:
        store.sweep_files(NOW)
    return raised.value


def photo_of(store: Store) -> set[str]:
    staged = store.stage(Photo())
    return {staged, f"{staged}.small"}


def owner_of(store: Store) -> str:
    return f"owner.{store.keys.database_id()}"


def test_it_removes_nothing_that_another_database_keeps_and_says_what_to_do(
    database: Open, place: Place
) -> None:
    kept = photo_of(database("real"))
    assert database("real").sweep_files(NOW) == 0
    refusal = refused(database("mistyped"))
    assert place.names() == kept | {owner_of(database("real"))}
    assert "Another database" in str(refusal) and "DATABASE_URL" in str(refusal)
    assert refusal.database == database("mistyped").keys.database_id()
    assert not any(name in str(refusal) for name in kept)


def test_it_removes_nothing_from_before_there_were_owners_where_it_names_none(
    database: Open, place: Place
) -> None:
    kept = photo_of(database("real"))
    assert refused(database("mistyped")).count == 2
    assert place.names() == kept


def test_it_takes_files_from_before_for_its_own_where_it_names_one(database: Open, place: Place) -> None:
    kept = photo_of(database("real"))
    place.put(LEFT)
    assert database("real").sweep_files(timedelta(days=1)) == 0
    assert place.names() == kept | {LEFT, owner_of(database("real"))}
    assert database("real").sweep_files(NOW) == 1
    assert place.names() == kept | {owner_of(database("real"))}


def test_it_removes_nothing_of_either_where_two_databases_keep_photos_in_one_place(
    database: Open, place: Place
) -> None:
    kept = photo_of(database("one"))
    assert database("one").sweep_files(NOW) == 0
    kept |= photo_of(database("two"))
    assert refused(database("two")) and refused(database("one"))
    assert place.names() == kept | {owner_of(database("one")), owner_of(database("two"))}


def test_it_sweeps_again_once_the_owner_that_is_gone_was_removed(database: Open, place: Place) -> None:
    photo_of(database("gone"))
    database("gone").sweep_files(NOW)
    kept = photo_of(database("new"))
    assert refused(database("new"))
    place.take(owner_of(database("gone")))
    assert database("new").sweep_files(NOW) == 2
    assert place.names() == kept | {owner_of(database("new"))}


def test_it_sweeps_what_is_left_when_its_last_photo_is_gone(database: Open, place: Place) -> None:
    photo_of(database("real"))
    database("real").sweep_files(NOW)
    database("real").sweep(NOW)
    place.put(LEFT)
    assert database("real").sweep_files(NOW) == 1
    assert place.names() == {owner_of(database("real"))}


def test_it_leaves_an_empty_place_empty_and_says_nothing(database: Open, place: Place) -> None:
    place.put(LEFT)
    place.take(LEFT)
    assert database("mistyped").sweep_files(NOW) == 0
    assert place.names() == set()


def test_it_removes_nothing_that_is_no_photo(database: Open, place: Place) -> None:
    kept = photo_of(database("real"))
    others = {"tax.pdf", "notes.small", "owner.txt", "0" * 31, f"{'0' * 32}.pdf"}
    for name in (*others, LEFT, f"{LEFT}.small"):
        place.put(name)
    assert database("real").sweep_files(NOW) == 2
    assert place.names() == kept | others | {owner_of(database("real"))}


def test_it_goes_round_folders_and_removes_drafts(sqlite_store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "attachments"
    kept = photo_of(sqlite_store)
    for name in ("lost+found", "1" * 32):
        (folder / name).mkdir()
    (folder / f".{LEFT}.small.draft").write_bytes(b"half")
    assert sqlite_store.sweep_files(NOW) == 1
    assert {path.name for path in folder.iterdir()} == kept | {
        "lost+found",
        "1" * 32,
        owner_of(sqlite_store),
    }


def test_it_neither_reads_nor_writes_owners_with_photos(database: Open, place: Place) -> None:
    kept = photo_of(database("real"))
    assert place.names() == kept
    database("real").sweep_files(NOW)
    place.take(owner_of(database("real")))
    for name in kept:
        assert database("real").photo(name.removesuffix(".small")).data == Photo().data
    kept |= photo_of(database("real"))
    assert place.names() == kept


def test_its_id_is_the_same_at_every_start_another_in_each_database_and_no_secret(
    database: Open, tmp_path: Path
) -> None:
    keys: Keys = database("real").keys
    again = open_store(f"sqlite:///{tmp_path}/real.db", tmp_path / "keys", tmp_path / "elsewhere")
    assert keys.database_id() == again.keys.database_id() != database("other").keys.database_id()
    assert not any(keys.database_id() in keys.signing(each).hex() for each in ("session", "device", "form"))
    again.close()
