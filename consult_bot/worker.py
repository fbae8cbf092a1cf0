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
from consult_bot.case.verb import THE_SYSTEM, Outcome, Refused, Request
from consult_bot.desk import Desk
from consult_bot.notices.post_office import MAIL, OWN, SLACK, SOON, Later, Never, send
from consult_bot.notices.sending import Office, Partly, Sent
from storage import history
from storage.errors import Conflict, Overloaded
from storage.outbox import Leased
from storage.store import Store, Work

WAYS_OUT = {"slack": (SLACK, 3), "mail": (MAIL, 2), "timers": (OWN, 1)}
"""Each way out with its kinds of delivery and its number of senders: a silent mail server must not stop Slack."""

IDLE_SECONDS = 1.0
BLOCKED_SECONDS = 0.2
HOUSEKEEPING_SECONDS = 15.0
STAGED_FILES_LIVE = timedelta(days=1)
FILES_SWEPT_SECONDS = 3600.0

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
        self._chores = (self._recover, self._seal, self._sweep, self._sweep_files, *chores)
        self._files_swept_again_at = 0.0
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._free_senders = {way: threading.Semaphore(count) for way, (_, count) in WAYS_OUT.items()}
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
        """Claim and finish one delivery of each way out; False where none may go out now."""
        claimed = [leased for kinds, _ in WAYS_OUT.values() if (leased := self._claim(kinds))]
        for leased in claimed:
            self._finish(leased)
        return bool(claimed)

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
        count = sum(count for _, count in WAYS_OUT.values())
        with ThreadPoolExecutor(count, thread_name_prefix="sender") as senders:
            while not self._stopping.is_set():
                self._wake.clear()
                if not self._hand_out_all(senders):
                    self._wake.wait(self._pause_seconds())

    def _hand_out_all(self, senders: ThreadPoolExecutor) -> bool:
        """Hand out one delivery of each way out; False where there was none. Whatever goes wrong, the worker goes on."""
        try:
            return any([self._hand_out(senders, way) for way in WAYS_OUT])
        except Exception as error:
            log.error("the worker stumbled and goes on", extra={"error": type(error).__name__})
            return False

    def _hand_out(self, senders: ThreadPoolExecutor, way: str) -> bool:
        """Claim a delivery for a free sender of this way out; False where there is none of either."""
        free = self._free_senders[way]
        if not free.acquire(blocking=False):
            return False
        leased = None
        try:
            leased = self._claim(WAYS_OUT[way][0])
        finally:
            if leased is None:
                free.release()
        if leased is None:
            return False
        senders.submit(self._finish_and_free, leased, free)
        return True

    def _finish_and_free(self, leased: Leased, free: threading.Semaphore) -> None:
        try:
            self._finish(leased)
        except Exception as error:
            # The lease ends by itself, and the delivery is tried again.
            log.error(
                "delivery left to its lease", extra={"delivery": leased.id, "error": type(error).__name__}
            )
        finally:
            free.release()
            self._wake.set()

    def _claim(self, kinds: frozenset[DeliveryKind]) -> Leased | None:
        try:
            with self._store.reading() as work:
                due = work.outbox.next_due(kinds)
                if due is None or due > work.now():
                    return None
            with self._store.writing() as work:
                return work.outbox.claim(*work.times(), kinds)
        except (SQLAlchemyError, Conflict, Overloaded) as error:
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

    def _fire(self, leased: Leased) -> Sent | Later:
        """A due timer asks for its verb; a refusal means that it came to nothing, which is fine."""
        outcome = self._ask(leased, leased.payload["verb"])
        if isinstance(outcome, Refused) and outcome.why.retry:
            return Later("busy", SOON)
        return Sent(type(outcome).__name__)

    def _ask(self, leased: Leased, verb: str) -> Outcome:
        """Ask the desk for a verb on the delivery's case, once however often the delivery is tried."""
        return self._desk.handle(Request(verb, THE_SYSTEM, leased.number, once_key=f"{verb}:{leased.id}"))

    def _settle(self, leased: Leased, outcome: Sent | Partly | Later | Never) -> None:
        self._store.commit(lambda work: _note(work, leased, outcome))

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
        self._store.sweep(STAGED_FILES_LIVE)

    def _sweep_files(self) -> None:
        if time.monotonic() >= self._files_swept_again_at:
            self._files_swept_again_at = time.monotonic() + FILES_SWEPT_SECONDS
            self._store.sweep_files(STAGED_FILES_LIVE)


def _note(work: Work, leased: Leased, outcome: Sent | Partly | Later | Never) -> None:
    """Write down what became of a delivery."""
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
