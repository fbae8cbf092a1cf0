"""The parent's end of the nursery: starts processes, hears how they end, and leaves none behind."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.faults.points import Plan

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 30


class Child:
    """One running process of the app."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.over = threading.Event()
        self.stopped = threading.Event()
        self.code: int | None = None

    def signal(self, number: int) -> None:
        """Send a signal, unless it has ended already: its id may be another's by then."""
        if not self.over.is_set():
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        if not self.over.wait(PATIENCE_SECONDS):
            raise TimeoutError(f"process {self.pid} does not die")

    def thaw(self) -> None:
        self.stopped.clear()
        self.signal(signal.SIGCONT)


class Nursery:
    """Starts processes by forking one that has imported the app."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.process"],
            cwd=folder,  # away from a developer's .env
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._born: queue.SimpleQueue[Child] = queue.SimpleQueue()
        self._children: dict[int, Child] = {}
        self._lock = threading.Lock()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def start(
        self,
        command: str,
        env: Mapping[str, str],
        log: Path,
        plan: Plan | None = None,
        changes: Mapping[str, Any] | None = None,
    ) -> Child:
        """Start `python -m consult_bot <command>` with these settings; `changes` are those of `changes.apply`."""
        order = {
            "command": command,
            "env": dict(env),
            "log": str(log),
            "plan": plan.written() if plan else None,
            "changes": dict(changes or {}),
        }
        stdin = self._process.stdin
        assert stdin
        with self._lock:
            stdin.write(json.dumps(order).encode() + b"\n")
            stdin.flush()
            return self._born.get(timeout=PATIENCE_SECONDS)

    def end(self) -> None:
        """End every child and the nursery."""
        for child in list(self._children.values()):
            child.signal(signal.SIGKILL)
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait(PATIENCE_SECONDS)
        self._listener.join(PATIENCE_SECONDS)

    def _listen(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            news = json.loads(line)
            if "born" in news:
                child = self._children[news["born"]] = Child(news["born"])
                self._born.put(child)
            elif "stopped" in news:
                self._children[news["pid"]].stopped.set()
            else:
                child = self._children.pop(news["pid"])
                child.code = news["ended"]
                child.over.set()
