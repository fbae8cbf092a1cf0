"""The worker: drains deliveries and due timers, recovers what dead workers held, seals the history."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from consult_bot.case.delivery import TASK, DeliveryKind, Way, card_warning, dead_letter, twins, warning
from consult_bot.case.errors import UnknownVerb
from consult_bot.case.verb import THE_SYSTEM, Outcome, Refused, Request
from consult_bot.desk import Desk
from consult_bot.notices.letter_sender import never_arrives
from consult_bot.notices.post_office import SOON, Later, Never, send
from consult_bot.notices.sending import Needless, Office, Partly, Sent
from consult_bot.worker.senders import GATHERING_SECONDS, Senders
from storage import history
from storage.errors import Conflict, Overloaded, PhotosOfAnother
from storage.inbound import REPEATED_WITHIN
from storage.outbox import Leased
from storage.store import Store, Work
from storage.whose_turn import WhoseTurn

SENDER_COUNTS = {Way.SLACK: 32, Way.MAIL: 2, Way.ALARM: 1, Way.TIMER: 1}
"""How many senders each way out has: a silent mail server must not stop Slack, nor a slow channel the other channels."""

POSTED = frozenset(
    {DeliveryKind.CARD, DeliveryKind.THREAD, DeliveryKind.FILE, DeliveryKind.ANSWER, DeliveryKind.DEAD_LETTER}
)
"""What would stand in Slack twice if two workers sent it."""

NOBODY_MISSES = frozenset(
    {DeliveryKind.HOME, DeliveryKind.TWINS, DeliveryKind.DEAD_LETTER, DeliveryKind.WARNING}
)
"""What nobody need decide about when it will not go out."""

A_NEWER_WORKERS_TURN = timedelta(seconds=15)
"""How long a timer waits whose verb this version does not know: during a deploy a newer worker does it meanwhile."""

UNKNOWN_VERB = "unknown verb"
NEWER_REMEDY = "A newer version wrote this timer. Replace the workers that still run the older one."

IDLE_SECONDS = 1.0
BLOCKED_SECONDS = 0.2
"""How soon to look again for what something else keeps back, and for what goes another way while one flows."""

HOUSEKEEPING_SECONDS = 15.0
STAGED_FILES_LIVE = timedelta(days=1)
FILES_SWEPT_SECONDS = 3600.0
FINISHED_KEPT = timedelta(days=90)
"""How long what went out stays in the outbox: bounces come within days, and questions to it within weeks."""

PRUNED_AT_A_TIME = 1000

Result = Sent | Needless | Partly | Later | Never

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
        own = (
            self._recover,
            self._seal,
            self._sweep,
            self._sweep_files,
            self._prune,
            WhoseTurn(store).fill_in,
        )
        self._chores: tuple[Callable[[], object], ...] = (*own, *chores)
        self._pruned_up_to = 0
        self._files_swept_again_at = 0.0
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._flowing: set[Way] = set()
        self._looks_again_at = 0.0
        self._senders = {way: Senders(count) for way, count in SENDER_COUNTS.items()}
        self._threads: list[threading.Thread] = []

    def nudge(self) -> None:
        """Look for deliveries now instead of at the next poll."""
        self._looks_again_at = 0.0
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
        claimed = [leased for way in Way for leased in self._claim(way, 1)]
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
        with ThreadPoolExecutor(sum(SENDER_COUNTS.values()), thread_name_prefix="sender") as threads:
            while not self._stopping.is_set():
                self._wake.clear()
                pause_seconds = self._hand_out_all(threads)
                if pause_seconds:
                    self._wake.wait(pause_seconds)

    def _hand_out_all(self, threads: ThreadPoolExecutor) -> float:
        """Hand out what may go out, as far as senders are free; return how long nothing else will. Whatever goes wrong,
        the worker goes on."""
        try:
            pause_seconds = self._see_what_flows()
            handed_out = [self._hand_out(threads, way) for way in Way if way in self._flowing]
            if any(handed_out):
                return 0
            busy = any(self._senders[way].are_busy for way in self._flowing)
            return min(pause_seconds, GATHERING_SECONDS) if busy else pause_seconds
        except Exception as error:
            log.error("the worker stumbled and goes on", extra={"error": type(error).__name__})
            return IDLE_SECONDS

    def _see_what_flows(self) -> float:
        """Know by which ways something may go out; return for how long to wait where nothing comes of it.

        As long as a way's claims give something, the next one need not be preceded by a look, which costs as much.
        """
        if self._flowing and time.monotonic() < self._looks_again_at:
            return BLOCKED_SECONDS
        self._looks_again_at = time.monotonic() + BLOCKED_SECONDS
        ways, pause_seconds = self._look()
        self._flowing = set(ways)
        return pause_seconds

    def _look(self) -> tuple[list[Way], float]:
        """Return by which ways something may go out, and for how long nothing more may at the most.

        Looking keeps no writer waiting.
        """
        with self._store.reading() as work:
            now, real_now = work.times()
            ways = work.outbox.ways_free(now, real_now)
            due = None if ways else work.outbox.next_due()
        ahead_seconds = (due - now).total_seconds() if due else IDLE_SECONDS
        return ways, min(max(ahead_seconds, BLOCKED_SECONDS), IDLE_SECONDS)

    def _hand_out(self, threads: ThreadPoolExecutor, way: Way) -> bool:
        """Claim deliveries for the senders of this way out that are free; False where none of either is to be had now."""
        unused = self._senders[way].take()
        if not unused:
            return False
        try:
            claimed = self._claim(way, unused)
            if not claimed:
                self._flowing.discard(way)
            for leased in claimed:
                unused -= 1
                threads.submit(self._finish_and_free, leased, self._senders[way])
            return bool(claimed)
        finally:
            self._senders[way].give_back(unused)

    def _finish_and_free(self, leased: Leased, senders: Senders) -> None:
        try:
            self._finish(leased)
        except Exception as error:
            # The lease ends by itself, and the delivery is tried again.
            log.error(
                "delivery left to its lease", extra={"delivery": leased.id, "error": type(error).__name__}
            )
        finally:
            if senders.give_back():
                self._wake.set()

    def _claim(self, way: Way, count: int) -> list[Leased]:
        try:
            with self._store.writing() as work:
                return work.outbox.claim(*work.times(), way.kinds, count)
        except (SQLAlchemyError, Conflict, Overloaded) as error:
            log.warning("cannot claim", extra={"error": type(error).__name__})
            return []

    def _finish(self, leased: Leased) -> None:
        began = time.monotonic()
        if leased.kind is DeliveryKind.TIMER:
            outcome: Result = self._fire(leased)
        else:
            outcome = send(self._office, leased)
        if isinstance(outcome, Never) and leased.kind is DeliveryKind.LETTER:
            outcome = self._case_told(leased, outcome)
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

    def _case_told(self, leased: Leased, never: Never) -> Never | Later:
        """Tell the case that its letter will never arrive, before the letter is buried: later where that cannot be now."""
        return _later_if_busy(self._desk.handle(never_arrives(leased, never.error))) or never

    def _fire(self, leased: Leased) -> Sent | Later:
        """A due timer asks for its verb; a refusal means that it came to nothing, which is fine.

        A verb that this version does not know is a newer worker's to do: given up here, the alert would be lost.
        """
        outcome = self._ask(leased, leased.payload["verb"], leased.payload.get(TASK))
        if isinstance(outcome, Refused) and isinstance(outcome.why, UnknownVerb):
            return Later(UNKNOWN_VERB, A_NEWER_WORKERS_TURN, remedy=NEWER_REMEDY)
        return _later_if_busy(outcome) or Sent(type(outcome).__name__)

    def _ask(self, leased: Leased, verb: str, about: str | None) -> Outcome:
        """Ask the desk for a verb on the delivery's case, once however often the delivery is tried."""
        once_key = f"{verb}:{leased.id}"
        return self._desk.handle(Request(verb, THE_SYSTEM, leased.number, about=about, once_key=once_key))

    def _settle(self, leased: Leased, outcome: Result) -> None:
        """Write down what became of it, as long as nobody else can have it: what is forgotten is sent again."""
        while True:
            try:
                return self._write_down(leased, outcome)
            except (Conflict, Overloaded):
                if leased.claim.is_over or self._stopping.wait(IDLE_SECONDS):
                    raise

    def _write_down(self, leased: Leased, outcome: Result) -> None:
        """Write it down. In the ordinary course of things that is one statement."""
        if isinstance(outcome, Sent) and not leased.mends:
            with self._store.statement() as work:
                if work.outbox.finish(leased, outcome.receipt, leased.claim.now):
                    return
        channel = self._office.practice.channel
        self._store.commit(lambda work: _note(work, leased, outcome, channel))

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
            try:
                self._store.sweep_files(STAGED_FILES_LIVE)
            except PhotosOfAnother as refusal:
                log.error(
                    "photos that may be another database's were not swept",
                    extra={"remedy": str(refusal), "database": refusal.database, "count": refusal.count},
                )

    def _prune(self) -> None:
        """Forget a part at a time of what went out and what came in, so that neither grows without end and nobody waits."""
        with self._store.writing() as work:
            now = work.now()
            before = now - FINISHED_KEPT
            _, self._pruned_up_to = work.outbox.prune(before, self._pruned_up_to, PRUNED_AT_A_TIME)
            work.inbound.prune(now - REPEATED_WITHIN, PRUNED_AT_A_TIME)


def _later_if_busy(outcome: Outcome) -> Later | None:
    """Return when to ask the desk again; None where asking again would not help, or need not be."""
    if not isinstance(outcome, Refused) or not outcome.why.retry:
        return None
    return Later(type(outcome.why).__name__.lower(), SOON)


def _note(work: Work, leased: Leased, outcome: Result, channel: str) -> None:
    """Write down what became of a delivery. Where another worker has it by now, see that nothing stands there twice."""
    # Nothing goes by when something went out but its being forgotten one day.
    now = leased.claim.now if isinstance(outcome, Sent | Needless) else work.now()
    if not _noted(work, leased, outcome, now):
        if leased.kind in POSTED:
            work.outbox.add([twins(leased.number, leased.id, leased.lane, work.now())])
        return
    if isinstance(outcome, Later):
        _hold(work, outcome, now)
        if outcome.warns and not work.outbox.warned_of_card(leased.number):
            work.outbox.add([card_warning(leased.number, outcome.error, now)])
    if isinstance(outcome, Never) and _is_news(work, leased):
        work.outbox.add([dead_letter(leased.number, leased.id, channel, now)])


def _is_news(work: Work, leased: Leased) -> bool:
    """Whether the leads must be told: where they decided before, their message is drawn anew by itself."""
    return leased.kind not in NOBODY_MISSES and not work.outbox.told_of(leased.number, leased.id)


def _noted(work: Work, leased: Leased, outcome: Result, now: datetime) -> bool:
    match outcome:
        case Sent(receipt):
            return work.outbox.finish(leased, receipt, now)
        case Needless(why):
            return work.outbox.finish(replace(leased, mends=()), why, now)
        case Partly(receipt):
            return work.outbox.go_on(leased, receipt, now)
        case Later(error, wait):
            return work.outbox.retry(leased, error, now + wait)
        case Never(error):
            give_up = work.outbox.drop if leased.kind in NOBODY_MISSES else work.outbox.bury
            return give_up(leased, error, now)


def _hold(work: Work, outcome: Later, now: datetime) -> None:
    """Hold the lanes that must wait. What only a human can mend, the administrator is told once."""
    for lane in outcome.holds:
        work.outbox.lanes.hold(lane, now + outcome.wait)
    if outcome.breaks and work.outbox.lanes.mark_broken(outcome.breaks, outcome.error, now):
        work.outbox.add([warning(outcome.breaks, outcome.error, now)])
