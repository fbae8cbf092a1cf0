"""How many times a second a patient's page is shown: `GET /case` within a session over real HTTP, beside the same server
with a handler that runs the page's recorded SQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from starlette.responses import Response

from bench.databases import Database, fresh
from bench.house import Here, app_here
from bench.load import Connection, Load, http_request, in_turns, load, median_per_second
from bench.recorded import Recording, recording
from bench.result import Result
from bench.scale import CLIENTS, scaled
from bench.servers import app_settings, free_port, running
from consult_bot.case.model import Case
from consult_bot.portal.cookies import Sessions
from tests.builders import ANA, World

TURNS = 12
A_TURN = 50
WARM_UP = 50
SHOWN = b"Keep the skin dry and cool."


def portal_page(database: Database) -> Iterator[Result]:
    """Measure the median pages per second, for each number of clients. The case has a question, a reply and guidance."""
    port, bare_port = free_port(), free_port()
    with fresh(database, "portal") as own, app_here(own) as here:
        case = _advised(here)
        request = _request(here, case)
        task = _recorded(here, case, request)
        ours = running(port, "-m", "consult_bot", "web", env=app_settings(own, port))
        bare = running(
            bare_port, "-m", "bench.bare_portal", str(bare_port), str(task), str(case.number), env={}
        )
        with ours, bare:
            load(port, [request] * scaled(WARM_UP), 1, SHOWN)
            load(bare_port, [request] * scaled(WARM_UP), 1, b"Done")
            for clients in CLIENTS:
                yield _measured(database.name, request, port, bare_port, clients)


def _measured(database: str, request: bytes, port: int, bare_port: int, clients: int) -> Result:
    def turn(of: int, answer: bytes) -> Load:
        return load(of, [request] * max(scaled(A_TURN), 2 * clients), clients, answer)

    ours, bare = in_turns(lambda: turn(port, SHOWN), lambda: turn(bare_port, b"Done"), scaled(TURNS))
    return Result(
        "portal_page", database, clients, median_per_second(ours), median_per_second(bare), "requests/s"
    )


def _advised(here: Here) -> Case:
    world = World(here.store)
    number = world.submit().number
    world.did("claim", ANA, number)
    world.did("ask", ANA, number, question="Since when, and does it itch?")
    world.advance(minutes=1)
    world.reply(number, "Since Sunday, and it itches at night.")
    world.advise(ANA, number)
    world.advance(minutes=1)
    return world.case(number)


def _request(here: Here, case: Case) -> bytes:
    """The request of a browser in which the case's code has been typed."""
    typed = Response()
    with here.store.reading() as work:
        Sessions(here.store.keys, secure=False).open(typed, case.number, work.now())
    return http_request("GET", "/case", Cookie=typed.headers["set-cookie"].partition(";")[0])


def _recorded(here: Here, case: Case, request: bytes) -> Path:
    """The SQL of a visit that has nothing new to note, as most have."""
    Connection(here.port).ask(request)
    with recording(here.store) as statements:
        status, page = Connection(here.port).ask(request)
    if status != 200 or SHOWN not in page:
        raise ValueError(f"the page to record was answered {status}: {page[:200]!r}")
    return here.write(Recording(tuple(statements), case.number, case.id, "no key"))
