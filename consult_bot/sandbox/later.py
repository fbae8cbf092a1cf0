"""What Slack does a little later: sharing an uploaded file, posting a scheduled message.

Each promise is a row with its due time on the sandbox's clock, so that a restart keeps it and advancing the
clock brings it about at once.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping

from consult_bot.sandbox.store import Drop, Put, Record
from consult_bot.sandbox.workspace import Workspace

# Gets what was promised and the row to drop, in the same write as what it does.
Deed = Callable[[Record, Drop], None]
LONGEST_WAIT_SECONDS = 60.0


class Later:
    """Does what was promised, in order of due time, from one thread and whenever the clock is advanced."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._deeds: Mapping[str, Deed] = {}
        self._changed = threading.Condition()
        self._ended = False
        self._doing = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="sandbox-later", daemon=True)

    def begin(self, deeds: Mapping[str, Deed]) -> None:
        """Starts with what each kind of promise means. What a restart interrupted is done now."""
        self._deeds = deeds
        self._thread.start()

    def end(self) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify()
        if self._thread.ident:
            self._thread.join()

    def promise(self, kind: str, due_seconds: float, what: Record) -> Put:
        """Returns the row to keep; `wake` once it is kept."""
        key = f"{due_seconds:017.6f}-{secrets.token_hex(4)}"
        return Put("later", key, {"kind": kind, "due": due_seconds, "what": what})

    def wake(self) -> None:
        with self._changed:
            self._changed.notify()

    def do_what_is_due(self) -> None:
        """Does all that is due by now, each thing once."""
        with self._doing:
            now = self._workspace.clock.now_seconds()
            for key, row in sorted(self._workspace.store.all("later").items()):
                if row["due"] <= now:
                    self._deeds[row["kind"]](row["what"], Drop("later", key))

    def _run(self) -> None:
        while True:
            self.do_what_is_due()
            with self._changed:
                if self._ended:
                    return
                self._changed.wait(self._seconds_to_next())

    def _seconds_to_next(self) -> float:
        now = self._workspace.clock.now_seconds()
        waits = [row["due"] - now for row in self._workspace.store.all("later").values()]
        return min([LONGEST_WAIT_SECONDS, *(max(0.0, wait) for wait in waits)])
