"""How long Slack waits for the ack of a slash verb: `/consult claim C-n` over real HTTP, beside the same adapter and
Bolt flags with a listener that runs the claim's recorded SQL."""

from __future__ import annotations

from collections.abc import Iterator

from bench.databases import Database
from bench.doors import claim, claims
from bench.house import Here, app_here
from bench.load import Load, in_turns, load, median_ms
from bench.result import Promise, Result
from bench.scale import CLIENTS, promised, scaled
from bench.servers import app_settings, free_port, running
from commands import VERB

CLAIMED = VERB["claim"].happened.encode()
TURNS = 12
A_TURN = 50
WARM_UP = 100
PROMISE = Promise("ratio ≤ 1.5", lambda result: result.ratio <= 1.5)


def slash_ack(database: Database) -> Iterator[Result]:
    """Measure the median milliseconds of an ack, for each number of clients."""
    port, bare_port = free_port(), free_port()
    with app_here(database) as here:
        first, second = here.new_cases(2)
        here.record(claim(first, "warm"), "command:warm")
        task = here.record(claim(second, "recorded"), "command:recorded")
        ours = running(port, "-m", "consult_bot", "web", env=app_settings(database, port))
        bare = running(bare_port, "-m", "bench.bare_slash", str(bare_port), str(task), env={})
        with ours, bare:
            for each, answer in ((port, CLAIMED), (bare_port, b"Done")):
                load(each, claims(here.new_cases(scaled(WARM_UP))), 1, answer)
            for clients in CLIENTS:
                yield _measured(here, port, bare_port, clients)


def _measured(here: Here, port: int, bare_port: int, clients: int) -> Result:
    def turn(of: int, answer: bytes) -> Load:
        return load(of, claims(here.new_cases(max(scaled(A_TURN), 2 * clients))), clients, answer)

    ours, bare = in_turns(lambda: turn(port, CLAIMED), lambda: turn(bare_port, b"Done"), scaled(TURNS))
    promise = PROMISE if promised(here.database, clients) else None
    return Result("slash_ack", here.database, clients, median_ms(ours), median_ms(bare), "ms", promise)
