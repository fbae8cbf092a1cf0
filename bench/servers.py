"""Servers in processes of their own: the real app, and the bare ones beside it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from bench.databases import Database

PATIENCE_SECONDS = 30
POLL_SECONDS = 0.01

SIGNED_WITH = "0123456789abcdef0123456789abcdef"
CLINICIAN = "U0ANA"
ROSTER = f"slack_id,name,credentials,role,states,queues\n{CLINICIAN},Ana Ruiz,MD,clinician,,\n"


def app_settings(database: Database, port: int, **others: str) -> dict[str, str]:
    """Return the environment of the real app on this database, with a roster and an unreachable Slack."""
    database.folder.mkdir(parents=True, exist_ok=True)
    roster = database.folder / "roster.csv"
    roster.write_text(ROSTER)
    return {
        "SLACK_BOT_TOKEN": "xoxb-made-up",
        "SLACK_SIGNING_SECRET": SIGNED_WITH,
        "SLACK_API_URL": "http://127.0.0.1:9/api/",
        "SLACK_CHANNEL": "C0CONSULT",
        "ROSTER": str(roster),
        "PRACTICE_NAME": "Bench",
        "PRACTICE_PHONE": "+1 555 010 0100",
        "PRACTICE_ZONE": "America/New_York",
        "MAIL_FROM": "care@example.org",
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "PORT": str(port),
        "DATABASE_URL": database.url,
        "KEYS": f"file:{database.folder}/keys",
        "ATTACHMENTS": f"file:{database.folder}/attachments",
        "MAIL": f"file:{database.folder}/mail",
        **others,
    }


def free_port() -> int:
    """Return a port that nobody listens on at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@contextmanager
def running(port: int, *command: str, env: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Give a process of this Python that answers `/readyz` on the port; end it afterwards.

    Raises TimeoutError where it does not answer within 30 s, or ended.
    """
    process = subprocess.Popen(
        [sys.executable, *command],
        env={**os.environ, **env},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until_ready(port, process)
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def wait_until_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return once `/readyz` is answered. Raises TimeoutError."""
    began = time.perf_counter()
    while time.perf_counter() - began < PATIENCE_SECONDS and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1):
                return
        except OSError:
            time.sleep(POLL_SECONDS)
    raise TimeoutError(f"{process.args} was not ready within {PATIENCE_SECONDS} s")


def resident_mb(process: subprocess.Popen[bytes]) -> float:
    """Return the process's resident memory in MB (millions of bytes)."""
    told = subprocess.run(
        ["ps", "-o", "rss=", "-p", str(process.pid)], capture_output=True, text=True, check=True
    )
    return int(told.stdout) * 1024 / 1e6
