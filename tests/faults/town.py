"""A town: the processes of a practice, its Slack, its mailbox, and a clock that passes."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from random import SystemRandom
from typing import Any, TypeVar

import httpx
from sqlalchemy import func, select

from consult_bot.cli.local import MADE_UP_PRACTICE
from consult_bot.cli.stories.players import Workspace
from consult_bot.config import load_storage_settings
from consult_bot.sandbox.retries import WAITS_SECONDS
from consult_bot.sandbox.server import Sandbox
from storage.errors import Overloaded
from storage.outbox.rows import UNFINISHED
from storage.store import Store, Work, open_store
from storage.tables import deliveries
from tests.faults.nursery import Child, Nursery
from tests.faults.points import Plan

T = TypeVar("T")

ROSTER = """slack_id,name,credentials,role,states,queues
U0ANA,Ana Ruiz,MD,clinician,,
U0BEN,Ben Okafor,NP,clinician,,
U0LENA,Lena Meyer,MD,lead,,
"""
TICK_SECONDS = 0.1
PASSES_SECONDS = 1.0
"""Ten times as fast as real time: Slack's pace of a message a second would make a long day of a thousand kills."""

PATIENCE_SECONDS = 90.0
LONGEST_RETRY_SECONDS = 310.0
"""After so long on the clock every retry has been tried: ours, and Slack's of its events."""


class Seat:
    """A place for one process: its command, and its port where it has a door."""

    def __init__(self, town: Town, name: str, command: str) -> None:
        self.name = name
        self.command = command
        self.port = free_port() if command != "worker" else None
        self.url = f"http://127.0.0.1:{self.port}"
        self.child: Child | None = None
        self._town = town

    def start(self, plan: Plan | None = None, **changes: Any) -> Child:
        self.child = self._town.start(self, plan, changes)
        return self.child

    def end(self) -> None:
        """Ask it to end, as a deploy does."""
        if self.child and not self.child.over.is_set():
            self.child.signal(signal.SIGCONT)
            self.child.signal(signal.SIGTERM)
            if not self.child.over.wait(30):
                self.child.kill()


class Town:
    """One practice on one database. `seats` are its processes; none runs before it is started."""

    def __init__(
        self, folder: Path, nursery: Nursery, database_url: str, seats: tuple[str, ...], **settings: str
    ) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._nursery = nursery
        self.seats = [Seat(self, f"{command}{place}", command) for place, command in enumerate(seats)]
        self.doors = [seat.url for seat in self.seats if seat.port]
        (folder / "roster.csv").write_text(ROSTER)
        self.mail = folder / "mail"
        self.mail.mkdir(exist_ok=True)
        slack_calls = self.doors[0] if self.doors else "http://127.0.0.1:9"
        self.sandbox = Sandbox(folder / "slack", 0, slack_calls, self.mail, self._advance_app)
        self.sandbox.start()
        self.slack = Workspace(self.sandbox.url, "C0CONSULT")
        self._env = {
            **MADE_UP_PRACTICE,
            **self.sandbox.settings(),
            "PRACTICE_HOURS": "always",
            "ONCALL": "",
            "LEADS": "",
            "ROSTER": str(folder / "roster.csv"),
            "DATABASE_URL": database_url,
            "KEYS": f"file:{folder}/keys",
            "ATTACHMENTS": f"file:{folder}/attachments",
            "MAIL": f"file:{self.mail}",
            "PUBLIC_URL": slack_calls,
            "UNDO_SECONDS": "5",
            **settings,
        }
        places = load_storage_settings(self._env, None)
        self.store: Store = open_store(places.database_url, places.keys, places.attachments)
        self._passing = threading.Event()
        self._ended = threading.Event()
        self._clock = threading.Thread(target=self._pass, name="town-clock", daemon=True)
        self._clock.start()

    def start(self, seat: Seat, plan: Plan | None, changes: Mapping[str, Any]) -> Child:
        env = {**self._env, **({"PORT": str(seat.port)} if seat.port else {})}
        return self._nursery.start(seat.command, env, self.folder / f"{seat.name}.log", plan, changes)

    def open(self, **changes: Any) -> None:
        """Start every process that does not run, and wait for the doors."""
        for seat in self.seats:
            if seat.child is None or seat.child.over.is_set():
                seat.start(**changes)
        for seat in self.seats:
            if seat.port:
                until(f"the door of {seat.name}", lambda seat=seat: answers(seat.url))

    def let_time_pass(self, passes: bool = True) -> None:
        """Let the clock run ten times as fast, or stand as real time has it."""
        (self._passing.set if passes else self._passing.clear)()

    def peek(self, look: Callable[[Work], T]) -> T:
        """Return what somebody sees who looks into the store, as soon as it answers."""
        while True:
            with suppress(Overloaded), self.store.reading() as work:
                return look(work)
            time.sleep(0.05)

    def fault(self, method: str, times: int = 1, **what: Any) -> None:
        """Order what goes wrong at Slack."""
        self.slack._post("/_control/fault", {"method": method, "times": times, **what})

    def advance(self, seconds: float) -> None:
        self.sandbox.slack.advance(seconds)

    def settle(self) -> None:
        """Let all that waits go out: until no delivery but timers is unfinished, through the longest retries.

        Raises AssertionError with what still waits when patience ends.
        """
        self.let_time_pass(False)
        deadline = time.monotonic() + PATIENCE_SECONDS
        for _ in range(2):  # what is sent again brings more to send
            self.advance(LONGEST_RETRY_SECONDS)
            while (self._unfinished() or self._unheard()) and time.monotonic() < deadline:
                self.advance(1.1)
                time.sleep(0.03)
                self._skip_a_wait()
        left = self._unfinished()
        assert not left, f"still waiting after {PATIENCE_SECONDS:.0f} s: {left[:10]}"

    def _skip_a_wait(self) -> None:
        """Where everything waits for a later try, go there at once."""
        with self.store.reading() as work:
            leased = work.connection.scalar(
                select(func.count()).select_from(deliveries).where(deliveries.c.status == "leased")
            )
            next_try = work.connection.scalar(
                select(func.min(deliveries.c.next_try_at)).where(
                    deliveries.c.status == "waiting", deliveries.c.kind != "timer"
                )
            )
            ahead = (next_try - work.now()).total_seconds() if next_try else 0.0
        if not leased and ahead > 1:
            self.advance(ahead)

    def _unheard(self) -> bool:
        """Whether Slack has an event to send again."""
        last: dict[str, tuple[int, int]] = {}
        for told in self.sandbox.slack.log.told()["callbacks"]:
            if told["kind"].startswith("event"):
                last[told["payload"]["event_id"]] = (told.get("status") or 0, told.get("retry_num", 0))
        return any(status != 200 and tries < len(WAITS_SECONDS) for status, tries in last.values())

    def _unfinished(self) -> list[tuple[Any, ...]]:
        columns = (deliveries.c.id, deliveries.c.kind, deliveries.c.number, deliveries.c.status)
        waiting = select(*columns, deliveries.c.attempts, deliveries.c.last_error).where(
            deliveries.c.status.in_(UNFINISHED), deliveries.c.kind != "timer"
        )
        with self.store.reading() as work:
            return [tuple(row) for row in work.connection.execute(waiting.order_by(deliveries.c.id))]

    def close(self) -> None:
        """End everything."""
        self._ended.set()
        self._passing.set()
        self._clock.join(10)
        for seat in self.seats:
            if seat.child:
                seat.child.kill()
        self.sandbox.stop()
        self.store.close()

    def _pass(self) -> None:
        while self._passing.wait() and not self._ended.is_set():
            began = time.monotonic()
            try:
                self.advance(PASSES_SECONDS)
            except Exception:
                time.sleep(TICK_SECONDS)  # the database is away: time goes on when it is back
            time.sleep(max(0.0, TICK_SECONDS - (time.monotonic() - began)))

    def _advance_app(self, seconds: float) -> None:
        self.store.commit(lambda work: work.advance_clock(seconds))


Found = Callable[..., Town]
"""What the fixture `founded` gives: commands in, a town with a seat for each out."""


def free_port() -> int:
    """Return a port that nobody listens on, below those that outgoing connections take for themselves."""
    while True:
        port = SystemRandom().randrange(10_000, 32_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", trust_env=False, verify=False, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def until(what: str, so: Callable[[], object], seconds: float = 30.0) -> None:
    """Look again and again until it is so. Raises AssertionError when patience ends."""
    deadline = time.monotonic() + seconds
    while not so():
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s in vain for {what}"
        time.sleep(0.02)
