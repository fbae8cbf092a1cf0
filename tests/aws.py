"""AWS on loopback: moto's server in this process, spoken to over real HTTP. Nothing leaves the machine."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
from moto.server import ThreadedMotoServer

from storage.engine import open_engines
from storage.files import open_files
from storage.keys.opening import kms_key, open_keys
from storage.migrate import migrate
from storage.store import Store

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "made-up",
    "AWS_SECRET_ACCESS_KEY": "made-up",
    "AWS_DEFAULT_REGION": "us-west-2",
    "AWS_EC2_METADATA_DISABLED": "true",
}


class Door:
    """One address at which AWS can be reached, or not. What it keeps is the process's: closing loses nothing."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port: int = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self._server: ThreadedMotoServer | None = None

    def open(self) -> None:
        self._server = ThreadedMotoServer("127.0.0.1", self._port, verbose=False)
        self._server.start()

    def close(self) -> None:
        if self._server:
            self._server.stop()
        self._server = None


class Aws:
    """A bucket and a KMS key of one test, and an administrator's eyes."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.s3: Any = boto3.session.Session().client("s3")
        self.kms: Any = boto3.session.Session().client("kms")
        self.bucket = f"bucket-{uuid4().hex}"
        self.s3.create_bucket(
            Bucket=self.bucket, CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
        )
        self.key: str = self.new_key()
        self.files = f"s3://{self.bucket}/photos"
        self.keys = f"kms:{self.key}"

    def new_key(self) -> str:
        key: str = self.kms.create_key()["KeyMetadata"]["KeyId"]
        return key

    def objects(self) -> dict[str, dict[str, Any]]:
        """Return everything in the bucket by name: its bytes under `data`, and what S3 says of it."""
        listed = self.s3.list_objects_v2(Bucket=self.bucket).get("Contents", ())
        found = {one["Key"]: self.s3.get_object(Bucket=self.bucket, Key=one["Key"]) for one in listed}
        return {name: {**one, "data": one["Body"].read()} for name, one in found.items()}


class Clock:
    """A monotonic clock that stands still until it is moved."""

    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def open_lent(database_url: str, keys: str, files: Path | str, clock: Clock) -> Store:
    """Return a store as `open_store` does, whose keys from KMS age by the test's clock."""
    migrate(database_url)
    writer, reader = open_engines(database_url)
    return Store(writer, reader, open_keys(keys, writer, clock), open_files(files, kms_key(keys)))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def aws_door() -> Iterator[Door]:
    """moto's server for the whole run."""
    door = Door()
    door.open()
    yield door
    door.close()


@pytest.fixture
def aws(aws_door: Door, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """A fresh bucket and key; boto3's variables lead there."""
    for name, value in {**ENVIRONMENT, "AWS_ENDPOINT_URL": aws_door.url}.items():
        monkeypatch.setenv(name, value)
    return Aws(aws_door.url)


@pytest.fixture
def second_door(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    """Another address of the same AWS, which a test closes: what opens clients from now on goes there."""
    door = Door()
    door.open()
    monkeypatch.setenv("AWS_ENDPOINT_URL", door.url)
    yield door
    door.close()


@pytest.fixture
def silent_url() -> Iterator[str]:
    """An address that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        yield f"http://127.0.0.1:{silent.getsockname()[1]}"
