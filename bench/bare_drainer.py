"""An outbox without our code: `python -m bench.bare_drainer <database url>` leases what is due and free with three
prepared statements, and commits the completion of each delivery."""

from __future__ import annotations

import secrets
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, exists, literal_column, select, update
from sqlalchemy.exc import OperationalError

from bench.null_slack import Out
from bench.on_command import serve
from storage import tables
from storage.engine import open_engines
from storage.outbox import LEASE
from storage.outbox.lanes import SLACK_GAP

ROWS, LANES = tables.deliveries, tables.lanes
A_BATCH = 100
SENDERS = 8
PAUSE_SECONDS = 0.05

NOW = bindparam("now", type_=tables.UtcDateTime)
HELD = exists().where(LANES.c.name == ROWS.c.lane, LANES.c.free_at > NOW)
DUE = (
    select(ROWS.c.id, ROWS.c.number, ROWS.c.lane)
    .where(literal_column("deliveries.status = 'waiting'"), literal_column("deliveries.kind <> 'timer'"))
    .where(ROWS.c.next_try_at <= NOW, ~HELD)
    .order_by(ROWS.c.priority, ROWS.c.due_at, ROWS.c.id)
    .limit(A_BATCH)
    .with_for_update(skip_locked=True, of=ROWS)
)
ENTER = (
    update(LANES)
    .where(LANES.c.name.in_(bindparam("lanes", expanding=True)), LANES.c.free_at <= NOW)
    .values(free_at=bindparam("free_again"))
    .returning(LANES.c.name)
)
LEASE_THEM = (
    update(ROWS)
    .where(ROWS.c.id.in_(bindparam("ids", expanding=True)))
    .values(status="leased", lease_token=bindparam("token"), lease_until=bindparam("until"), attempts=1)
)
COMPLETE = (
    update(ROWS)
    .where(ROWS.c.id == bindparam("sought"), ROWS.c.lease_token == bindparam("token"))
    .values(
        status="sent", lease_token=None, lease_until=None, receipt="taken", finished_at=bindparam("done_at")
    )
)


class BareOutbox:
    """Drains until it is told to stop."""

    def __init__(self, url: str) -> None:
        self._writer, _ = open_engines(url)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._drain)
        self.out: list[Out] = []

    def begin(self) -> None:
        self._thread.start()

    def end(self) -> list[Out]:
        self._stopping.set()
        self._thread.join()
        return self.out

    def _drain(self) -> None:
        with ThreadPoolExecutor(SENDERS) as senders:
            while not self._stopping.is_set():
                token = secrets.token_hex(16)
                rows = self._claim(token)
                list(senders.map(lambda row, token=token: self._send(row, token), rows))
                if not rows:
                    self._stopping.wait(PAUSE_SECONDS)

    def _claim(self, token: str) -> list[Any]:
        now = datetime.now(UTC)
        try:
            with self._writer.begin() as connection:
                first = {row.lane: row for row in reversed(connection.execute(DUE, {"now": now}).all())}
                if not first:
                    return []
                entering = {"lanes": list(first), "now": now, "free_again": now + SLACK_GAP}
                taken = [first[lane] for lane in connection.scalars(ENTER, entering)]
                ids = [row.id for row in taken]
                connection.execute(LEASE_THEM, {"ids": ids, "token": token, "until": now + LEASE})
                return taken
        except OperationalError:  # two drainers met in each other's lanes: again
            return []

    def _send(self, row: Any, token: str) -> None:
        self.out.append(Out(row.id, row.number, row.lane, time.monotonic()))
        with self._writer.begin() as connection:
            connection.execute(COMPLETE, {"sought": row.id, "token": token, "done_at": datetime.now(UTC)})


if __name__ == "__main__":
    outbox = BareOutbox(sys.argv[1])
    serve(outbox.begin, outbox.end)
