"""A process that begins at a word and ends at the end of its input, and at last says what it did."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from os import environ
from typing import Any

READY, GO = b"ready\n", b"go\n"
PATIENCE_SECONDS = 60


class OnCommand:
    """Such a process, as the benchmark sees it: ready, and waiting for the word."""

    def __init__(self, command: tuple[str, ...], env: Mapping[str, str]) -> None:
        """Return once it is ready. Raises ChildProcessError where it ended instead."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", *command],
            env={**environ, **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        if self._out.readline() != READY:
            raise ChildProcessError(f"{command[0]} did not get ready")

    def go(self) -> None:
        """Let it begin."""
        assert self._process.stdin
        self._process.stdin.write(GO)
        self._process.stdin.flush()

    def end(self) -> Any:
        """Let it finish what is in hand, and return what it did."""
        assert self._process.stdin
        self._process.stdin.close()
        told = self._out.read()
        self._process.wait(PATIENCE_SECONDS)
        return pickle.loads(told)

    def kill(self) -> None:
        """Make sure that it is gone."""
        self._process.kill()
        self._process.wait(PATIENCE_SECONDS)

    @property
    def _out(self) -> Any:
        return self._process.stdout


@contextmanager
def on_command(count: int, *command: str, env: Mapping[str, str]) -> Iterator[list[OnCommand]]:
    """Give so many processes of `python -m <command>`, all ready; none is left afterwards."""
    with ExitStack() as started:
        processes = []
        for _ in range(count):
            processes.append(OnCommand(command, env))
            started.callback(processes[-1].kill)
        yield processes


def serve(begin: Callable[[], None], end: Callable[[], object]) -> None:
    """Be such a process: call `begin` at the word and `end` at the end of the input, and hand over what it returns."""
    sys.stdout.buffer.write(READY)
    sys.stdout.buffer.flush()
    if sys.stdin.buffer.readline() == GO:
        begin()
        sys.stdin.buffer.read()
    sys.stdout.buffer.write(pickle.dumps(end()))
    sys.stdout.buffer.flush()
