"""200 claims of one case from four processes: one owner."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.builders import World

PROCESSES = 4
CLAIMS_EACH = 50

CLAIMER = """
import json, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from consult_bot.case.verb import Actor, Done, Request
from consult_bot.desk import Desk
from storage.store import open_store
from tests.builders import PRACTICE

url, folder, number, first, count = sys.argv[1:]
store = open_store(url, Path(folder) / "keys", Path(folder) / "attachments")
desk = Desk(store, PRACTICE)
print("ready", flush=True)
sys.stdin.readline()
claimers = [f"U{i:04}" for i in range(int(first), int(first) + int(count))]
with ThreadPoolExecutor(8) as pool:
    outcomes = list(pool.map(lambda who: desk.handle(Request("claim", Actor(who), int(number))), claimers))
won = [w for w, o in zip(claimers, outcomes) if isinstance(o, Done)]
lost_to = [o.why.who for o in outcomes if not isinstance(o, Done)]
print(json.dumps({"won": won, "lost_to": lost_to}), flush=True)
"""


def test_it_gives_a_case_to_exactly_one_of_200_claimers_in_four_processes(
    world: World, database_url: str, tmp_path: Path
) -> None:
    from consult_bot.roster.people import Person

    with world.store.writing() as work:
        work.people.put(Person(f"U{i:04}", f"Clinician {i}") for i in range(PROCESSES * CLAIMS_EACH))
    number = world.submit().number
    claimers = [
        subprocess.Popen(
            [
                sys.executable,
                "-c",
                CLAIMER,
                database_url,
                str(tmp_path),
                str(number),
                str(place * CLAIMS_EACH),
                str(CLAIMS_EACH),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for place in range(PROCESSES)
    ]
    for claimer in claimers:
        assert claimer.stdout and claimer.stdout.readline() == "ready\n"
    results = [json.loads(claimer.communicate("go\n", timeout=120)[0]) for claimer in claimers]

    winners = [who for result in results for who in result["won"]]
    losers_heard = [who for result in results for who in result["lost_to"]]
    assert len(winners) == 1
    assert losers_heard == winners * (PROCESSES * CLAIMS_EACH - 1)
    assert world.case(number).owner == winners[0]
    with world.store.reading() as work:
        assert work.cases.event(number, 2).event.person == winners[0]
