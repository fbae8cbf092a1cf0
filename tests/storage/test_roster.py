"""The roster, as several processes write it at once: each reads its file when it starts."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from storage.store import Store
from tests.builders import ANA, BEN, LENA

PROCESSES = 6
STARTS = 5


def test_it_takes_the_same_roster_from_processes_that_start_at_the_same_moment(store: Store) -> None:
    for _ in range(STARTS):
        with store.writing() as work:
            work.connection.exec_driver_sql("DELETE FROM people")
        together = threading.Barrier(PROCESSES)

        def start(people: tuple, together: threading.Barrier = together) -> None:
            together.wait(10)
            with store.writing() as work:
                work.people.replace_all(people)

        with ThreadPoolExecutor(PROCESSES) as pool:
            orders = [(ANA, BEN, LENA), (LENA, BEN, ANA)] * (PROCESSES // 2)
            for started in [pool.submit(start, order) for order in orders]:
                started.result()
        with store.reading() as work:
            assert set(work.people.all()) == {ANA.id, BEN.id, LENA.id}
