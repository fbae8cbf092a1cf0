"""Photos in a bucket: encrypted twice, whole before a row names them, and swept like a folder's."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from storage.errors import FilesAway, UnknownAttachment
from storage.files import bucket as bucket_module
from storage.files.bucket import PART_BYTES, Bucket
from storage.store import Store, open_store
from tests.aws import Aws, Door
from tests.builders import Photo, World

ROOT = Path(__file__).parents[2]
NAME = "0123456789abcdef" * 2


@pytest.fixture
def store(aws: Aws, tmp_path: Path) -> Iterator[Store]:
    """A store whose photos are in the bucket, its key in a file."""
    opened = open_store(f"sqlite:///{tmp_path}/consult.db", tmp_path / "keys", aws.files)
    yield opened
    opened.close()


def test_it_keeps_photos_in_the_bucket_that_nobody_can_read_there(store: Store, aws: Aws) -> None:
    photo = Photo()
    staged = store.stage(photo)
    assert store.photo(staged).data == photo.data
    assert store.photo(staged, thumbnail=True).data == photo.thumbnail
    found = aws.objects()
    assert set(found) == {f"photos/{staged}", f"photos/{staged}.small"}
    for one in found.values():
        assert b"canary" not in one["data"]
        assert one["ServerSideEncryption"] == "aws:kms"
        assert one["Metadata"] == {} and one["ContentType"] == "binary/octet-stream"


def test_it_has_s3_encrypt_with_the_key_of_the_settings(aws: Aws, tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/consult.db", aws.keys, aws.files)
    store.stage(Photo())
    assert {one["SSEKMSKeyId"] for one in aws.objects().values()} == {aws.key}
    store.close()


def test_it_takes_a_photo_into_one_case_and_leaves_nothing_of_it_in_the_clear(store: Store, aws: Aws) -> None:
    world = World(store)
    staged = store.stage(Photo())
    number = world.submit(attachments=(staged,), concern="canary-in-words").number
    assert store.photo(staged).number == number
    assert all(b"canary" not in one["data"] for one in aws.objects().values())


SEND = """
import sys, tracemalloc
from storage.files.bucket import PART_BYTES, Bucket
files, data = Bucket(sys.argv[1]), bytes(5 * PART_BYTES)
files.write("0" * 32, b"a first one, which opens connections")
tracemalloc.start()
files.write(sys.argv[2], data)
print(tracemalloc.get_traced_memory()[1] / PART_BYTES)
"""


def test_it_sends_large_files_in_parts_and_holds_few_of_them(aws: Aws) -> None:
    # In a process of its own: moto keeps what it was sent in this one.
    command = [sys.executable, "-c", SEND, aws.files, NAME]
    sent = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert aws.s3.head_object(Bucket=aws.bucket, Key=f"photos/{NAME}")["ETag"].endswith('-5"')
    assert float(sent.stdout) < 2.5, "more than two parts of five were held at once"
    assert Bucket(aws.files).read(NAME) == bytes(5 * PART_BYTES)


def test_it_sweeps_photos_that_no_case_took(store: Store, aws: Aws) -> None:
    store.stage(Photo())
    assert store.sweep(timedelta(days=1)) == 0
    assert store.sweep(timedelta(seconds=-1)) == 1
    assert aws.objects() == {}


def test_it_removes_its_own_files_that_no_row_names_and_nothing_else(
    store: Store, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bucket_module, "AT_ONCE", 2)
    kept = store.stage(Photo())
    left = [f"photos/{place:032x}" for place in range(3)]
    others = [f"photos/sub/{NAME}", "photos/notes.txt", f"photosets/{NAME}", NAME]
    for name in (*left, *others):
        aws.s3.put_object(Bucket=aws.bucket, Key=name, Body=b"left behind")
    assert store.sweep_files(timedelta(hours=1)) == 0
    assert store.sweep_files(timedelta(seconds=-1)) == 3
    assert set(aws.objects()) == {
        f"photos/{kept}",
        f"photos/{kept}.small",
        f"photos/owner.{store.keys.database_id()}",
        *others,
    }


def test_it_lists_page_by_page(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    files = Bucket(aws.files)
    names = [f"{place:032x}" for place in range(5)]
    for name in names:
        files.write(name, b"x")
    paginate = files._s3.get_paginator

    def small_pages(operation: str):
        paginator = paginate(operation)
        whole = paginator.paginate
        paginator.paginate = lambda **asked: whole(**asked, PaginationConfig={"PageSize": 2})
        return paginator

    monkeypatch.setattr(files._s3, "get_paginator", small_pages)
    ages = dict(files.listed())
    assert sorted(ages) == names
    assert all(timedelta(seconds=-1) < age < timedelta(hours=1) for age in ages.values())


def test_it_says_that_a_photo_is_lost_whose_object_is_gone(store: Store, aws: Aws) -> None:
    staged = store.stage(Photo())
    aws.s3.delete_object(Bucket=aws.bucket, Key=f"photos/{staged}")
    with pytest.raises(UnknownAttachment, match="lost"):
        store.photo(staged)


def test_it_names_nothing_while_the_bucket_is_down_and_goes_on_afterwards(
    second_door: Door, aws: Aws, tmp_path: Path
) -> None:
    store = open_store(f"sqlite:///{tmp_path}/consult.db", tmp_path / "keys", aws.files)
    staged = store.stage(Photo())
    second_door.close()
    with pytest.raises(FilesAway, match="check the network"):
        store.stage(Photo())
    with pytest.raises(FilesAway):
        store.photo(staged)
    with pytest.raises(FilesAway):
        store.sweep_files(timedelta(0))
    with store.reading() as work:
        assert work.attachments.ids() == {staged}
    second_door.open()
    assert store.photo(staged).data == Photo().data
    store.close()


def test_it_waits_for_a_silent_bucket_no_longer_than_it_says(
    aws: Aws, silent_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", silent_url)
    monkeypatch.setattr(bucket_module, "READ_SECONDS", 0.1)
    files = Bucket(aws.files)
    with pytest.raises(FilesAway):
        files.write(NAME, b"x")
    with pytest.raises(FilesAway):
        files.read(NAME)


def test_it_says_what_to_do_about_a_bucket_that_does_not_exist(aws: Aws) -> None:
    with pytest.raises(FilesAway, match="no such bucket. Make it") as away:
        Bucket("s3://canary-4417/photos").check()
    assert "canary" not in str(away.value)


def test_it_says_what_to_do_without_credentials(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    with pytest.raises(FilesAway, match="AWS_ACCESS_KEY_ID"):
        Bucket(aws.files).check()


def test_it_probes_the_bucket_and_leaves_nothing(aws: Aws) -> None:
    Bucket(aws.files, aws.key).check()
    assert aws.objects() == {}


def test_it_says_that_files_were_not_removed(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    files = Bucket(aws.files)
    refused = {"Errors": [{"Key": "canary", "Code": "AccessDenied", "Message": "canary"}]}
    monkeypatch.setattr(files._s3, "delete_objects", lambda **asked: refused)
    with pytest.raises(FilesAway, match="s3:DeleteObject") as away:
        files.remove([NAME])
    assert "canary" not in str(away.value)
