"""The sandbox killed outright, again and again: what it answered for, it still has."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
CHANNEL = "C0CONSULT"
WRITERS = 4
KILLS = 3
ANSWERS_BEFORE_A_KILL = 40
PROGRAM = """
import sys, threading
from pathlib import Path
from consult_bot.sandbox.server import Sandbox

folder = Path(sys.argv[1])
sandbox = Sandbox(folder, 0, "http://127.0.0.1:9", folder / "mail", lambda seconds: None)
sandbox.start()
print(sandbox.url, flush=True)
threading.Event().wait()
"""


class Running:
    """A sandbox as a process of its own, over a folder that outlives it."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout
        url = self.process.stdout.readline().strip()
        # One client without TLS: making the default one takes longer than a restart.
        self.http = httpx.Client(base_url=url, verify=False, trust_env=False, timeout=30)
        self.tokens = self.http.get("/_control/state").json()["tokens"]

    def call(self, method: str, **arguments: str) -> dict[str, object]:
        headers = {"Authorization": f"Bearer {self.tokens['bot']}"}
        return self.http.post(f"/api/{method}", json=arguments, headers=headers).json()

    def messages(self) -> list[dict[str, object]]:
        return self.http.get(f"/_control/messages/{CHANNEL}").json()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


Start = Callable[[], Running]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Returns a function that starts a sandbox over the test's folder. None outlives the test."""
    started: list[Running] = []

    def again() -> Running:
        started.append(Running(tmp_path))
        return started[-1]

    yield again
    for running in started:
        running.kill()


def write_until_it_dies(
    write: Callable[[str], str], name: str, answered: dict[str, str], enough: threading.Event
) -> None:
    number = 0
    while True:
        text = f"{name}/{number}"
        try:
            answered[text] = write(text)
        except httpx.HTTPError:
            return
        number += 1
        if len(answered) >= ANSWERS_BEFORE_A_KILL:
            enough.set()


def written_while_killed(running: Running, round_name: str) -> dict[str, str]:
    """Return the stamp of every message that the sandbox answered for before it was killed at work."""
    answered: dict[str, str] = {}
    enough = threading.Event()

    def write(text: str) -> str:
        while True:
            answer = running.call("chat.postMessage", channel=CHANNEL, text=text)
            if answer["ok"]:
                return str(answer["ts"])
            # Slack takes no more than one message a second in a channel: let a few seconds pass.
            assert answer["error"] == "ratelimited"
            running.http.post("/_control/clock", json={"advance_seconds": 3})

    writers = [
        threading.Thread(target=write_until_it_dies, args=(write, f"{round_name}/{each}", answered, enough))
        for each in range(WRITERS)
    ]
    for writer in writers:
        writer.start()
    assert enough.wait(30)
    running.kill()
    for writer in writers:
        writer.join(30)
    return answered


def test_it_keeps_every_message_it_answered_for_when_it_is_killed_at_work(start: Start) -> None:
    running = start()
    tokens = running.tokens
    answered: dict[str, str] = {}
    for round_number in range(KILLS):
        answered |= written_while_killed(running, str(round_number))
        running = start()
        assert running.tokens == tokens
        kept = running.messages()
        stamps = [message["ts"] for message in kept]
        assert stamps == sorted(set(stamps))
        by_text = {message["text"]: message["ts"] for message in kept}
        assert by_text | answered == by_text
        # What a writer was still waiting for may be there or not, but never twice.
        assert len(kept) == len(by_text) <= len(answered) + WRITERS * (round_number + 1)


def test_it_keeps_a_thread_a_change_and_its_clock_when_it_is_killed(start: Start) -> None:
    running = start()
    ts = str(running.call("chat.postMessage", channel=CHANNEL, text="C-1042 · new")["ts"])
    running.call("chat.postMessage", channel=CHANNEL, text="a reply", thread_ts=ts)
    running.call("chat.update", channel=CHANNEL, ts=ts, text="C-1042 · claimed")
    gone = str(running.call("chat.postMessage", channel=CHANNEL, text="taken back")["ts"])
    running.call("chat.delete", channel=CHANNEL, ts=gone)
    running.http.post("/_control/clock", json={"advance_seconds": 86_400})
    running.kill()
    running = start()
    (card,) = running.messages()
    assert card["text"] == "C-1042 · claimed"
    assert [reply["text"] for reply in card["replies"]] == ["a reply"]
    later = str(running.call("chat.postMessage", channel=CHANNEL, text="a day later")["ts"])
    assert 86_400 <= float(later) - float(ts) < 86_520
