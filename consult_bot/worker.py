"""The worker: drains deliveries and due timers, recovers what dead workers held, seals the history."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from consult_bot.case.delivery import DeliveryKind
from consult_bot.case.verb import THE_SYSTEM, Outcome, Request
from consult_bot.desk import Desk
from consult_bot.notices.post_office import Later, Never, send
from consult_bot.notices.sending import Office, Partly, Sent
from storage import history
from storage.errors import Conflict
from storage.outbox import Leased
from storage.store import Store

SENDERS = 4
IDLE_SECONDS = 1.0
BLOCKED_SECONDS = 0.2
HOUSEKEEPING_SECONDS = 15.0
STAGED_FILES_LIVE = timedelta(days=1)

log = logging.getLogger(__name__)


class Worker:
    """Sends what is due. Any number may run, in any number of processes."""

    def __init__(
        self, store: Store, desk: Desk, office: Office, chores: tuple[Callable[[], None], ...] = ()
    ) -> None:
        """`chores` are done at every housekeeping, each safe to repeat."""
        self._store = store
        self._desk = desk
        self._office = office
        self._chores = (self._recover, self._seal, self._sweep, *chores)
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._free_senders = threading.Semaphore(SENDERS)
        self._threads: list[threading.Thread] = []

    def nudge(self) -> None:
        """Look for deliveries now instead of at the next poll."""
        self._wake.set()

    def start(self) -> None:
        """Begin to work in the background."""
        for work in (self._dispatch, self._keep_house):
            thread = threading.Thread(target=work, name=f"worker-{work.__name__.strip('_')}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self, timeout_seconds: float = 25.0) -> None:
        """Claim nothing more, and return when what is in hand is finished, or after the timeout."""
        self._stopping.set()
        self._wake.set()
        deadline = time.monotonic() + timeout_seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def work_once(self) -> bool:
        """Claim and finish one delivery; False where none may go out now."""
        leased = self._claim()
        if leased is None:
            return False
        self._finish(leased)
        return True

    def keep_house(self) -> None:
        """Do every chore once; one that fails does not keep the others from being done."""
        for chore in self._chores:
            try:
                chore()
            except Exception as error:
                log.warning(
                    "chore failed",
                    extra={"kind": getattr(chore, "__name__", "chore"), "error": type(error).__name__},
                )

    def _dispatch(self) -> None:
        with ThreadPoolExecutor(SENDERS, thread_name_prefix="sender") as senders:
            while not self._stopping.is_set():
                self._wake.clear()
                self._free_senders.acquire()
                leased = self._claim()
                if leased is None:
                    self._free_senders.release()
                    self._wake.wait(self._pause_seconds())
                else:
                    senders.submit(self._finish_and_free, leased)

    def _finish_and_free(self, leased: Leased) -> None:
        try:
            self._finish(leased)
        except Exception as error:
            # The lease ends by itself, and the delivery is tried again.
            log.error(
                "delivery left to its lease", extra={"delivery": leased.id, "error": type(error).__name__}
            )
        finally:
            self._free_senders.release()
            self._wake.set()

    def _claim(self) -> Leased | None:
        try:
            with self._store.reading() as work:
                now, _ = work.times()
                due = work.outbox.next_due()
            if due is None or due > now:
                return None
            with self._store.writing() as work:
                return work.outbox.claim(*work.times())
        except (SQLAlchemyError, Conflict) as error:
            log.warning("cannot claim", extra={"error": type(error).__name__})
            return None

    def _pause_seconds(self) -> float:
        try:
            with self._store.reading() as work:
                due = work.outbox.next_due()
                ahead = (due - work.now()).total_seconds() if due else IDLE_SECONDS
        except SQLAlchemyError:
            return IDLE_SECONDS
        return min(max(ahead, BLOCKED_SECONDS), IDLE_SECONDS)

    def _finish(self, leased: Leased) -> None:
        began = time.monotonic()
        if leased.kind is DeliveryKind.TIMER:
            outcome: Sent | Partly | Later | Never = self._fire(leased)
        else:
            outcome = send(self._office, leased)
        if isinstance(outcome, Never) and leased.kind is DeliveryKind.LETTER:
            self._ask(leased, "bounced")
        self._settle(leased, outcome)
        log.info(
            "delivery",
            extra={
                "delivery": leased.id,
                "case": leased.number,
                "kind": leased.kind.value,
                "outcome": type(outcome).__name__.lower(),
                "attempts": leased.attempts,
                "error": getattr(outcome, "error", None),
                "remedy": getattr(outcome, "remedy", None),
                "duration_ms": round((time.monotonic() - began) * 1000),
            },
        )

    def _fire(self, leased: Leased) -> Sent:
        """A due timer asks for its verb; a refusal means that it came to nothing, which is fine."""
        return Sent(type(self._ask(leased, leased.payload["verb"])).__name__)

    def _ask(self, leased: Leased, verb: str) -> Outcome:
        """Ask the desk for a verb on the delivery's case, once however often the delivery is tried."""
        return self._desk.handle(Request(verb, THE_SYSTEM, leased.number, once_key=f"{verb}:{leased.id}"))

    def _settle(self, leased: Leased, outcome: Sent | Partly | Later | Never) -> None:
        with self._store.writing() as work:
            now = work.now()
            match outcome:
                case Sent(receipt):
                    work.outbox.finish(leased, receipt, now)
                case Partly(receipt):
                    work.outbox.go_on(leased, receipt, now)
                case Later(error, wait, holds_lane):
                    if holds_lane:
                        work.outbox.hold_lane(leased.lane, now + wait)
                    work.outbox.retry(leased, error, now + wait)
                case Never(error):
                    work.outbox.bury(leased, error, now)

    def _keep_house(self) -> None:
        while not self._stopping.is_set():
            self.keep_house()
            self._stopping.wait(HOUSEKEEPING_SECONDS)

    def _recover(self) -> None:
        with self._store.writing() as work:
            recovered = work.outbox.recover(work.times()[1])
        if recovered:
            log.info("recovered deliveries of a dead worker", extra={"count": recovered})
            self.nudge()

    def _seal(self) -> None:
        try:
            with self._store.writing() as work:
                history.seal(work.connection)
        except IntegrityError:
            log.info("another worker is sealing")

    def _sweep(self) -> None:
        with self._store.writing() as work:
            work.attachments.sweep(work.now() - STAGED_FILES_LIVE)
