"""What a case leaves behind: rows and bytes in each table of PostgreSQL, calls to Slack, and letters.

`python -m bench.growth [cases]` plays so many typical lives (2,000 unless told) through the desk, the real senders and a
Slack that takes everything, and prints a line for each table, indexes included. It takes about ten minutes.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any, cast

from sqlalchemy import func, select, text

from bench.databases import Database, databases, fresh
from consult_bot.case.verb import THE_PATIENT
from consult_bot.notices.mail import FolderMail
from consult_bot.notices.sending import Office
from consult_bot.slack.send import SlackSender
from consult_bot.worker import Worker
from storage import tables
from storage.store import Store, open_store
from tests.builders import ANA, BEN, PRACTICE, Photo, World

CASES = 2_000
AT_A_TIME = 50
"""So many cases live side by side, as in a practice: what is drawn anew is drawn once for several changes."""

UNDO_IS_OVER, NEXT_IN_LANE = 31.0, 1.1


class CountingSlack:
    """Takes the place of `SlackSender`: everything goes out at once, and is counted by its name."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()

    def __getattr__(self, call: str) -> Any:
        def taken(*_: Any, **__: Any) -> Any:
            self.calls[call] += 1
            ts = f"{1_700_000_000 + self.calls.total()}.000100"
            return {"start_upload": (ts, "nowhere"), "is_shared": True, "posted_by": {}}.get(call, ts)

        return taken


class Practice:
    """A desk, a worker and patients on one database, moved on by hand."""

    def __init__(self, database: Database) -> None:
        self.store: Store = open_store(database.url, database.folder / "keys", database.folder / "files")
        self.slack = CountingSlack()
        self.letters = database.folder / "mail"
        self._world = World(self.store)
        office = Office(
            self.store,
            PRACTICE,
            cast(SlackSender, self.slack),
            FolderMail(self.letters),
            "care@example.org",
            "http://127.0.0.1",
        )
        self._worker = Worker(self.store, self._world.desk, office)

    def lives(self, count: int) -> None:
        """Play so many lives side by side: a photo, a question, two notes, guidance, and the patient's understanding."""
        numbers = [self._world.submit(attachments=(self.store.stage(Photo()),)).number for _ in range(count)]
        self._settle()
        for number in numbers:
            self._world.did("claim", ANA, number)
            self._world.did(
                "ask", ANA, number, question="Since when has the rash been there, and does it itch?"
            )
        self._settle()
        for number in numbers:
            self._world.reply(number, "Since Sunday. It itches at night, mostly on the left arm.")
            self._world.did("note", BEN, number, note="Looks like contact dermatitis to me. New detergent?")
            self._world.did("note", ANA, number, note="That was my thought as well. I shall advise.")
        self._settle()
        for number in numbers:
            self._world.advise(ANA, number)
        self._settle()
        for number in numbers:
            self._world.did("acknowledge", THE_PATIENT, number, about=self._advice(number))
        self._settle()

    def _advice(self, number: int) -> str:
        return self._world.case(number).messages[-1].id

    def _settle(self) -> None:
        """Let the undo window pass, and send until nothing is left that may go out."""
        self._world.advance(seconds=UNDO_IS_OVER)
        while self._worker.work_once():
            self._world.advance(seconds=NEXT_IN_LANE)
        self._worker.keep_house()


def grow(database: Database, cases: int) -> Iterator[str]:
    """Play the lives, and yield what they left, one line each."""
    practice = Practice(database)
    empty = _sizes(practice.store)
    for begun in range(0, cases, AT_A_TIME):
        practice.lives(min(AT_A_TIME, cases - begun))
        sys.stderr.write(f"{min(begun + AT_A_TIME, cases)} of {cases}\n")
    for (table, rows, size), (_, none, before) in zip(_sizes(practice.store), empty, strict=True):
        if size > before:
            yield f"{table:14} {(rows - none) / cases:6.2f} rows {(size - before) / cases:8,.0f} bytes"
    for kind, count in _kinds(practice.store):
        yield f"delivery {kind:14} {count / cases:6.2f}"
    for call, count in practice.slack.calls.most_common():
        yield f"Slack {call:17} {count / cases:6.2f}"
    letters = len(list(practice.letters.glob("*.eml")))
    yield f"letters {letters / cases:21.2f}"
    practice.store.close()


def _sizes(store: Store) -> list[tuple[str, int, int]]:
    """Each table's rows, and its bytes with indexes and what is kept beside it."""
    with store.reading() as work:
        return [
            (
                table.name,
                work.connection.scalar(select(func.count()).select_from(table)) or 0,
                work.connection.scalar(text("SELECT pg_total_relation_size(:name)"), {"name": table.name})
                or 0,
            )
            for table in tables.metadata.sorted_tables
        ]


def _kinds(store: Store) -> list[tuple[str, int]]:
    kind = tables.deliveries.c.kind
    with store.reading() as work:
        found = work.connection.execute(select(kind, func.count()).group_by(kind).order_by(kind))
        return [(row[0], row[1]) for row in found]


if __name__ == "__main__":
    with databases() as opened, fresh(opened[1], "growth") as own:
        for line in grow(own, int(sys.argv[1]) if len(sys.argv) > 1 else CASES):
            sys.stdout.write(f"{line}\n")
