"""How a command ends: everything that is in hand at once, and never longer than whoever asked will wait."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

from consult_bot.cli.ending import SECONDS_TO_FINISH
from consult_bot.sandbox.server import Sandbox
from tests.cli.running import Running, port_of, settings, submit

ROOT = Path(__file__).parents[2]
GRANTED_SECONDS = 25
HALF_A_FORM = b"POST /intake/general HTTP/1.1\r\nHost: here\r\nContent-Length: 99999\r\n\r\nhalf"

SILENT_SLACK = """
import threading
from concurrent.futures import ThreadPoolExecutor
from consult_bot.cli.ending import finish

never = threading.Event()
senders = ThreadPoolExecutor(1)
in_hand = senders.submit(never.wait)
print("ending", flush=True)
finish({stop}, seconds=0.5)
print("finished", flush=True)
"""
"""A sender that waits for an answer for ever: Python itself waits for its thread."""


AT_ONCE = """
from threading import Barrier
from consult_bot.cli.ending import finish

both_are_ending = Barrier(2, timeout=10)
finish(both_are_ending.wait, both_are_ending.wait)
print("finished" if not both_are_ending.broken else "one after the other", flush=True)
"""


def ended(stop: str) -> subprocess.CompletedProcess[str]:
    return run(SILENT_SLACK.format(stop=stop))


def run(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=GRANTED_SECONDS,
        check=False,
    )


def test_it_ends_the_web_and_the_worker_at_once_instead_of_one_after_the_other() -> None:
    """In a process of its own: the last call would end this one, tests and all, when its time has come."""
    told = run(AT_ONCE)
    assert (told.returncode, told.stdout) == (0, "finished\n")


def test_it_ends_though_something_in_hand_never_finishes() -> None:
    told = ended("in_hand.result")
    assert told.returncode == 1
    assert told.stdout == "ending\n"
    assert "tried again" in told.stderr


def test_it_ends_though_a_thread_is_left_that_python_waits_for() -> None:
    told = ended("threading.Event().is_set")
    assert told.returncode == 1
    assert told.stdout == "ending\nfinished\n"


def test_it_ends_by_itself_before_it_is_killed() -> None:
    assert SECONDS_TO_FINISH < GRANTED_SECONDS


def test_it_cuts_an_upload_off_that_stalls_and_ends_in_time(tmp_path: Path, sandbox: Sandbox) -> None:
    """A phone that lost its network amidst a form, and a Slack that takes the connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        env = {
            **settings(sandbox, tmp_path, port_of(sandbox)),
            "SLACK_API_URL": f"http://127.0.0.1:{silent.getsockname()[1]}/api/",
        }
        running = Running(tmp_path, env)
        submit(running.url)
        with socket.create_connection(("127.0.0.1", int(env["PORT"]))) as phone:
            phone.sendall(HALF_A_FORM)
            running.process.terminate()
            assert running.process.wait(GRANTED_SECONDS) in (0, 1)
