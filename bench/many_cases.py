"""A practice after years: any number of cases in the table, one in twenty of them open."""

from __future__ import annotations

from sqlalchemy import create_engine, text

from bench.databases import Database
from storage.store import Store
from tests.builders import ANA, World

READ = 12
"""How many cases are whole: they stand first in every list, and a view reads no further than its first page."""

HELD = 5
"""How many of them somebody holds."""

DUE = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f', '2030-01-01', '+' || (i * 79 % :count) || ' seconds') || '000'",
    "postgresql": "timestamptz '2030-01-01 00:00Z' + (i * 79 % :count) * interval '1 second'",
}
"""Due times in no order, as cases come: urgent ones, answered ones and corrected ones are mixed."""

# No view reads the bodies of these: only the index columns count, and short rows are filled in a minute.
FILL = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)
INSERT INTO cases (number, id, version, state, urgent, queue, owner, due_at, created_at, email_index, linked_to,
                   data_key, body, history_length, history_hash)
SELECT :behind + i, 'filled-' || i, 1,
       CASE WHEN i % 20 <> 0 THEN 'closed' WHEN i % 80 = 0 THEN 'claimed' ELSE 'new' END,
       false, cases.queue, CASE WHEN i % 80 = 0 OR i % 20 <> 0 THEN 'U' || (i % 997) END, {due}, cases.created_at,
       cases.email_index, NULL, cases.data_key, cases.history_hash, 1, cases.history_hash
FROM n, cases WHERE cases.number = :behind
"""


def fill(store: Store, database: Database, count: int) -> None:
    """Bring an empty database to this number of cases, 5 % of them open; at least a page of them can be read.

    Afterwards PostgreSQL has its statistics, as autovacuum keeps them; on SQLite nobody makes any.
    """
    world = World(store)
    numbers = [world.submit().number for _ in range(READ + HELD)]
    for number in numbers[READ:]:
        world.did("claim", ANA, number)
    with store.writing() as work:
        work.connection.execute(text("UPDATE cases SET urgent = true"))  # so that they stand first
        filled = {"behind": numbers[-1], "count": max(1, count - len(numbers))}
        work.connection.execute(text(FILL.format(due=DUE[database.name])), filled)
    if database.name == "postgresql":
        engine = create_engine(database.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("VACUUM ANALYZE cases"))
        engine.dispose()
