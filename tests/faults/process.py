"""The nursery: a process that has imported the app once and forks each child from that, which then runs the real command line.

A start costs a tenth of a second in place of two, so that a thousand kills fit into an hour. Orders come as lines of
JSON on standard input: `{"command", "env", "log", "plan", "changes"}`. Answers go to standard output: `{"born": pid}`
for each order, and later `{"pid", "ended"}` or `{"pid", "stopped"}`. When its input ends, its children die with it.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import selectors
import signal
import socket
import sys
from typing import Any, NoReturn

from tests.faults import changes, points

WHAT_THEY_NEED = (
    "consult_bot.cli.run",
    "psycopg",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite",
    "storage.files.bucket",
    "storage.keys.kms",
)


def warm_up() -> None:
    """Import what the commands need. No thread may run afterwards: the children are forked."""
    for name in WHAT_THEY_NEED:
        importlib.import_module(name)


class Nursery:
    """Forks children and tells what becomes of them."""

    def __init__(self) -> None:
        self._children: set[int] = set()
        self._woken, waker = socket.socketpair()
        for end in (self._woken, waker):
            end.setblocking(False)
        self._waker = waker
        signal.set_wakeup_fd(waker.fileno())
        signal.signal(signal.SIGCHLD, lambda number, frame: None)

    def work(self) -> None:
        """Take orders until there are no more, then end every child."""
        selector = selectors.DefaultSelector()
        selector.register(sys.stdin.buffer, selectors.EVENT_READ)
        selector.register(self._woken, selectors.EVENT_READ)
        rest = b""
        while True:
            for key, _ in selector.select():
                if key.fileobj is self._woken:
                    self._woken.recv(4096)
                    self._tell_of_the_dead()
                    continue
                read = os.read(sys.stdin.fileno(), 65536)
                if not read:
                    return self._end()
                *orders, rest = (rest + read).split(b"\n")
                for order in orders:
                    self._bear(json.loads(order))

    def _bear(self, order: dict[str, Any]) -> None:
        pid = os.fork()
        if pid == 0:
            live(order)
        self._children.add(pid)
        tell(born=pid)

    def _tell_of_the_dead(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED)
                if pid == 0:
                    return
                if os.WIFSTOPPED(status):
                    tell(pid=pid, stopped=True)
                    continue
                self._children.discard(pid)
                tell(pid=pid, ended=os.waitstatus_to_exitcode(status))

    def _end(self) -> None:
        for pid in self._children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def tell(**news: Any) -> None:
    print(json.dumps(news), flush=True)  # noqa: T201


def live(order: dict[str, Any]) -> NoReturn:
    """Be a child: the command line as it is, over patched borders."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for target, descriptor in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(target, descriptor)
        os.environ.update(order["env"])
        changes.apply(order["changes"])
        points.lay(points.Fate(points.Plan(**order["plan"]) if order["plan"] else None))
        sys.argv = ["consult-bot", order["command"]]
        from consult_bot.cli import main

        main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    warm_up()
    Nursery().work()
