"""The command line and the processes that it starts, as the tests of both use them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from consult_bot.app import listen
from consult_bot.cli.stories.players import Phone, Workspace
from consult_bot.sandbox.server import Sandbox
from storage.store import open_store
from tests.builders import ANSWERS

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 30


def free_port() -> int:
    with listen(0) as taken:
        return int(taken.getsockname()[1])


def settings(sandbox: Sandbox, folder: Path, port: int) -> dict[str, str]:
    return {
        **sandbox.settings(),
        "PRACTICE_NAME": "Elm Street Practice",
        "PRACTICE_PHONE": "+1 555 010 0100",
        "PRACTICE_ZONE": "America/New_York",
        "MAIL_FROM": "care@example.org",
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "PORT": str(port),
    }


def command(*words: str, folder: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "consult_bot", *words],
        cwd=folder,
        env=environment(env),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def environment(env: dict[str, str]) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "COLUMNS": "200", **env}


def eventually(what: str, look: Callable[[], object]) -> object:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            found = look()
        except httpx.HTTPError:
            found = None
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited in vain for {what}")


class SandboxAtWork:
    """`sandbox` as a process of its own. `url` is the patients' door, `slack` the page that plays everyone."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "consult_bot", "sandbox", "--port", "0", "--folder", str(folder)],
            cwd=folder,
            env=environment({}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.slack = self._address_after("Open")
        self.url = self._address_after("own page is")
        self.workspace = Workspace(self.slack, "C0CONSULT")

    def _address_after(self, words: str) -> str:
        assert self.process.stdout
        for line in self.process.stdout:
            if found := re.search(rf"{words} (http://127\.0\.0\.1:\d+)/", line):
                return found[1]
        raise AssertionError(f"ended without an address after “{words}”")

    def end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        return self.process.wait(PATIENCE_SECONDS)

    def has_settled(self, number: str) -> bool:
        card = self.workspace.card(number)
        return bool(card and card["replies"] and self.workspace.mail())


class Running:
    """The app, or a half of it, as a process of its own."""

    def __init__(self, folder: Path, env: dict[str, str], word: str = "run") -> None:
        self.url = env["PUBLIC_URL"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "consult_bot", word],
            cwd=folder,
            env=environment(env),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if word != "worker":
            eventually("/readyz", lambda: httpx.get(f"{self.url}/readyz").status_code == 200)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def begun(folder: Path, keys: str = "") -> None:
    """A database as the first start makes it, and its key."""
    open_store(f"sqlite:///{folder}/var/consult.db", keys or folder / "var" / "keys", folder).close()


def port_of(sandbox: Sandbox) -> int:
    return int(str(sandbox.slack.app_url).rsplit(":", 1)[-1])


def submit(url: str) -> str:
    phone = Phone(url)
    phone.open("/intake/general")
    page = phone.send(holding="concern", **ANSWERS, consent="true", voicemail_ok="true")
    assert "case-number" in page.by_id, page.text
    return page.by_id["case-number"].strip()
