"""A master key that KMS lends: made once, opened for five minutes at a time, and nothing without it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select

from consult_bot.case.verb import Actor, Refused, Request
from consult_bot.case.words import Words
from storage import tables
from storage.errors import AwsUnusable, KeysAway
from storage.keys import KeysUnusable, Opened, Sealed
from storage.keys.kept import MASTER, complete
from storage.keys.kms import GOOD_FOR_SECONDS, PAUSE_SECONDS, RENEWED_AFTER_SECONDS, Lent
from storage.migrate import migrate
from storage.store import Store, open_store
from tests.aws import Aws, Clock, Door, open_lent
from tests.builders import ANA, Photo, World

CANARY = "planted-canary-4417"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/consult.db"


def masters(store: Store) -> list[bytes]:
    with store.reading() as work:
        named = select(tables.secrets.c.wrapped).where(tables.secrets.c.name == MASTER)
        return list(work.connection.scalars(named))


def test_it_keeps_the_master_key_only_as_kms_encrypted_it(
    aws: Aws, database_url: str, tmp_path: Path
) -> None:
    store = open_store(database_url, aws.keys, tmp_path / "attachments")
    world = World(store)
    number = world.submit(concern=CANARY).number
    (closed,) = masters(store)
    context = {"application": "consult-bot", "purpose": "master key"}
    plain = aws.kms.decrypt(CiphertextBlob=closed, EncryptionContext=context)["Plaintext"]
    assert len(plain) == 32 and plain not in closed
    with pytest.raises(aws.kms.exceptions.ClientError):
        aws.kms.decrypt(CiphertextBlob=closed, EncryptionContext={"application": "another"})
    store.close()
    again = open_store(database_url, aws.keys, tmp_path / "attachments")
    assert World(again).case(number).submission.answers
    assert masters(again) == [closed]
    again.close()
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert plain not in path.read_bytes() and CANARY.encode() not in path.read_bytes()


def test_it_takes_an_alias_and_an_arn(aws: Aws, database: str, tmp_path: Path) -> None:
    aws.kms.create_alias(AliasName=f"alias/{aws.bucket}", TargetKeyId=aws.key)
    arn = aws.kms.describe_key(KeyId=aws.key)["KeyMetadata"]["Arn"]
    for key in (f"alias/{aws.bucket}", arn, aws.key):
        open_store(database, f"kms:{key}", tmp_path / "attachments").close()


OPEN = """
import sys
from storage.store import open_store
store = open_store(sys.argv[1], sys.argv[2], sys.argv[3])
print(store.keys.token("one link"))
"""


@pytest.mark.parametrize("kind", ["kms", "file"])
def test_it_makes_one_master_key_for_processes_that_start_together(
    aws: Aws, database_url: str, tmp_path: Path, kind: str
) -> None:
    migrate(database_url)
    keys = aws.keys if kind == "kms" else str(tmp_path / "keys")
    source = OPEN if kind == "kms" else OPEN.replace("sys.argv[2]", "__import__('pathlib').Path(sys.argv[2])")
    command = [sys.executable, "-c", source, database_url, keys, aws.files]
    started = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    told = [process.communicate(timeout=60) for process in started]
    assert [errors for _, errors in told] == [""] * 3
    assert len({token for token, _ in told}) == 1


def test_it_makes_one_master_key_for_threads_that_start_together(
    aws: Aws, database_url: str, tmp_path: Path
) -> None:
    migrate(database_url)

    def token(_: int) -> str:
        store = open_store(database_url, aws.keys, tmp_path / "attachments")
        found = store.keys.token("one link")
        store.close()
        return found

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(token, range(6)))) == 1


def test_it_does_not_start_while_kms_is_down_and_leaves_nothing_half_made(
    second_door: Door, aws: Aws, database: str, tmp_path: Path
) -> None:
    second_door.close()
    with pytest.raises(KeysUnusable, match="check the network, AWS_DEFAULT_REGION"):
        open_store(database, aws.keys, tmp_path / "attachments")
    second_door.open()
    store = open_store(database, aws.keys, tmp_path / "attachments")
    assert len(masters(store)) == 1
    store.close()


def test_it_does_not_start_with_another_key_or_none(aws: Aws, database: str, tmp_path: Path) -> None:
    open_store(database, aws.keys, tmp_path / "attachments").close()
    with pytest.raises(KeysUnusable, match="not the key that the database was made with"):
        open_store(database, f"kms:{aws.new_key()}", tmp_path / "attachments")
    with pytest.raises(KeysUnusable, match="no such KMS key"):
        open_store(database, "kms:alias/canary", tmp_path / "attachments")
    open_store(database, aws.keys, tmp_path / "attachments").close()


def test_it_does_not_start_without_a_region(
    aws: Aws, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(AwsUnusable, match="Set AWS_DEFAULT_REGION"):
        open_store(database, aws.keys, tmp_path / "attachments")


def test_it_changes_neither_from_a_key_file_to_kms_nor_back(aws: Aws, tmp_path: Path) -> None:
    by_file, by_kms = f"sqlite:///{tmp_path}/file.db", f"sqlite:///{tmp_path}/kms.db"
    open_store(by_file, tmp_path / "keys", tmp_path / "attachments").close()
    open_store(by_kms, aws.keys, tmp_path / "attachments").close()
    with pytest.raises(KeysUnusable, match="Set KEYS to its folder again"):
        open_store(by_file, aws.keys, tmp_path / "attachments")
    with pytest.raises(KeysUnusable, match="key of AWS KMS.*Set KEYS to that key again"):
        open_store(by_kms, tmp_path / "keys", tmp_path / "attachments")
    open_store(by_file, tmp_path / "keys", tmp_path / "attachments").close()
    open_store(by_kms, aws.keys, tmp_path / "attachments").close()


def test_it_reads_and_writes_nothing_once_kms_has_been_away_too_long(
    second_door: Door, aws: Aws, database: str, tmp_path: Path, clock: Clock
) -> None:
    store = open_lent(database, aws.keys, tmp_path / "attachments", clock)
    world = World(store)
    number, staged = world.submit().number, store.stage(Photo())
    second_door.close()
    clock.seconds += GOOD_FOR_SECONDS - 61
    assert world.did("claim", ANA, number).owner == ANA.id
    clock.seconds += 61
    keys = store.keys
    for use in (
        lambda: keys.new_data_key("a case"),
        lambda: keys.token("a link"),
        lambda: keys.signing("session"),
        lambda: store.photo(staged),
        lambda: store.stage(Photo()),
        lambda: world.case(number),
    ):
        with pytest.raises(KeysAway, match="check the network"):
            use()
    before = counted(store)
    refused = world.desk.handle(Request("note", Actor(ANA.id), number, {"note": Words(CANARY)}))
    assert isinstance(refused, Refused) and refused.why.retry
    assert counted(store) == before
    second_door.open()
    clock.seconds += PAUSE_SECONDS
    assert world.case(number).owner == ANA.id
    assert store.photo(staged).data == Photo().data
    store.close()


def counted(store: Store) -> tuple[int, ...]:
    with store.reading() as work:
        return tuple(
            work.connection.scalar(select(func.count()).select_from(table)) or 0
            for table in (tables.cases, tables.history, tables.deliveries, tables.attachments)
        )


class Lender:
    """Stands for KMS where a test decides what it answers, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.away = False
        self.key = b"k" * 32

    def __call__(self) -> bytes:
        self.asked += 1
        if self.away:
            raise KeysUnusable("AWS KMS does not open the key in KEYS.")
        return self.key


@pytest.fixture
def lender() -> Lender:
    return Lender()


@pytest.fixture
def wrapped(sqlite_store: Store, lender: Lender) -> Iterator[dict[str, bytes]]:
    with sqlite_store.writing() as work:
        work.connection.execute(tables.secrets.delete())
        yield complete(work.connection, Sealed(lender.key))


Acts = list[Callable[[], None]]


def test_it_asks_kms_again_in_the_background_before_the_time_is_over(
    lender: Lender, wrapped: dict[str, bytes], clock: Clock
) -> None:
    later: Acts = []
    lent = Lent(lender, wrapped, clock, later.append)
    first = lent.opened()
    assert isinstance(first, Opened) and (lender.asked, later) == (1, [])
    clock.seconds += RENEWED_AFTER_SECONDS
    assert lent.opened() is first and lent.opened() is first
    assert len(later) == 1, "one at a time"
    later.pop()()
    assert lender.asked == 2 and lent.opened() is not first
    clock.seconds += GOOD_FOR_SECONDS - 1
    lent.opened()
    assert lender.asked == 2


def test_it_counts_the_time_from_when_kms_was_asked(
    lender: Lender, wrapped: dict[str, bytes], clock: Clock
) -> None:
    def slowly() -> bytes:
        clock.seconds += 10
        return lender()

    lent = Lent(slowly, wrapped, clock, lambda act: None)
    clock.seconds += GOOD_FOR_SECONDS - 10
    lender.away = True
    with pytest.raises(KeysAway):
        lent.opened()


def test_it_goes_on_with_what_it_holds_while_a_renewal_fails_and_then_lets_go(
    lender: Lender, wrapped: dict[str, bytes], clock: Clock
) -> None:
    lent = Lent(lender, wrapped, clock, lambda act: act())
    first, lender.away = lent.opened(), True
    clock.seconds += RENEWED_AFTER_SECONDS
    assert lent.opened() is first and lent.opened() is first
    assert lender.asked == 2, "nobody asks again at once"
    clock.seconds += GOOD_FOR_SECONDS - RENEWED_AFTER_SECONDS
    lent.warm()
    with pytest.raises(KeysAway, match="AWS KMS"):
        lent.opened()
    assert lender.asked == 3, "within the pause people are told at once"
    lender.away = False
    clock.seconds += PAUSE_SECONDS
    assert lent.opened().secrets == first.secrets


def test_it_tries_a_thread_again_that_could_not_be_started(
    lender: Lender, wrapped: dict[str, bytes], clock: Clock
) -> None:
    def no_thread(act: Callable[[], None]) -> None:
        raise RuntimeError("can't start new thread")

    lent = Lent(lender, wrapped, clock, no_thread)
    clock.seconds += RENEWED_AFTER_SECONDS
    first = lent.opened()
    clock.seconds += GOOD_FOR_SECONDS - RENEWED_AFTER_SECONDS
    assert lent.opened() is not first


def test_it_lets_one_ask_for_all_who_wait(lender: Lender, wrapped: dict[str, bytes], clock: Clock) -> None:
    lent = Lent(lender, wrapped, clock)
    clock.seconds += GOOD_FOR_SECONDS
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: lent.opened(), range(32)))
    assert lender.asked == 2 and len({id(each) for each in found}) == 1


def test_it_imports_boto3_only_where_it_is_used() -> None:
    source = "import sys, consult_bot.app, consult_bot.cli.doctor; sys.exit('boto3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", source], cwd=ROOT, timeout=60, check=False).returncode == 0
