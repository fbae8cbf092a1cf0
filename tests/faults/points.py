"""The named failpoints: the borders where a process may die. Patched into a child; the product has no hooks for them.

Before and after each commit, each call of Slack's Web API by its method's name, the bytes of a photo, each letter, and
the check that a delivery is still ours.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

METHODS = {
    "run": (
        "chat.postMessage",
        "chat.update",
        "conversations.history",
        "conversations.replies",
        "chat.delete",
    ),
    "worker": (
        "chat.postMessage",
        "chat.update",
        "conversations.history",
        "conversations.replies",
        "chat.delete",
    ),
    "web": ("views.open",),
}
STEPS_OF_A_FILE = ("files.getUploadURLExternal", "files.upload", "files.completeUploadExternal", "files.info")

BORDERS: dict[str, tuple[str, ...]] = {
    "web": ("commit", *METHODS["web"]),
    "worker": ("commit", *METHODS["worker"], *STEPS_OF_A_FILE, "letter", "hold"),
    "run": ("commit", *METHODS["run"], *STEPS_OF_A_FILE, "letter", "hold"),
}
"""What each command comes past. Some borders are crossed only after a fault: those that look before resending."""

POINTS: dict[str, tuple[str, ...]] = {
    command: tuple(f"{border}.{side}" for border in borders for side in ("before", "after"))
    for command, borders in BORDERS.items()
}


@dataclass(frozen=True)
class Plan:
    """What befalls a process at the `hit`th time that it comes past a point: `kill`, or `freeze` (SIGSTOP)."""

    point: str
    hit: int
    does: str = "kill"

    def written(self) -> dict[str, Any]:
        return asdict(self)


SIGNALS = {"kill": signal.SIGKILL, "freeze": signal.SIGSTOP}


class Fate:
    """Counts how often each point was passed, and carries out the plan."""

    def __init__(self, plan: Plan | None) -> None:
        self._plan = plan
        self._passed: Counter[str] = Counter()
        self._lock = threading.Lock()

    def around(self, border: str, act: Callable[..., Any]) -> Callable[..., Any]:
        """Return the act with a point before and one after it; an act that fails has no after."""

        def watched(*given: Any, **named: Any) -> Any:
            self.passes(f"{border}.before")
            result = act(*given, **named)
            self.passes(f"{border}.after")
            return result

        return watched

    def passes(self, point: str) -> None:
        if self._plan is None or point != self._plan.point:
            return
        with self._lock:
            self._passed[point] += 1
            if self._passed[point] == self._plan.hit:
                # Whole or not at all: a single write, before the signal.
                os.write(sys.stderr.fileno(), (json.dumps(self._plan.written()) + "\n").encode())
                # To this thread: with a signal to the process, it might go a little further before it stops.
                signal.pthread_kill(threading.get_ident(), SIGNALS[self._plan.does])


def lay(fate: Fate) -> None:
    """Put the points into this process, before anything is built."""
    from slack_sdk import WebClient

    from consult_bot.notices import sending
    from consult_bot.notices.mail import FolderMail
    from consult_bot.slack.send import SlackSender
    from storage import store

    open_engines, api_call = store.open_engines, WebClient.api_call

    def engines(database_url: str) -> Any:
        writer, reader = open_engines(database_url)
        writer.dialect.do_commit = fate.around("commit", writer.dialect.do_commit)  # type: ignore[method-assign]
        return writer, reader

    def call(client: WebClient, api_method: str, **named: Any) -> Any:
        return fate.around(api_method, api_call)(client, api_method, **named)

    store.open_engines = engines
    WebClient.api_call = call  # type: ignore[method-assign]
    SlackSender.upload = fate.around("files.upload", SlackSender.upload)  # type: ignore[method-assign]
    FolderMail.send = fate.around("letter", FolderMail.send)  # type: ignore[method-assign]
    everywhere(sending.check_lease, fate.around("hold", sending.check_lease))


def everywhere(was: object, becomes: object) -> None:
    """Replace a function in every module that has imported it by name. Raises LookupError where none has."""
    holders = [
        (module, name)
        for module in list(sys.modules.values())
        for name, value in list(vars(module).items())
        if value is was
    ]
    if not holders:
        raise LookupError(was)
    for module, name in holders:
        setattr(module, name, becomes)
