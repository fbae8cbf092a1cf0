"""Wrong codes slow a link down and end it, on both databases, however many come at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from consult_bot.portal.code import grouped
from consult_bot.portal.transactions import committed
from consult_bot.portal.tries import Result, after_wrong_code, try_code
from storage.links import Link
from tests.builders import World
from tests.portal.site import live_link, wrong_code

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def opened(world: World) -> tuple[int, str, str]:
    """A case, the token of its link, and its code."""
    case = world.submit()
    live = live_link(world.store, case.number)
    code = grouped(world.store.keys.access_code(case.id, case.nonce))
    return case.number, world.store.keys.token(live.id), code


def tried(world: World, token: str, typed: str) -> Result:
    return committed(world.store, lambda work: try_code(work, token, typed)).result


def test_it_waits_longer_after_each_wrong_code_and_ends_at_the_tenth() -> None:
    link, waits = Link("id", 1001, NOON), []
    while link.ended_at is None:
        link = after_wrong_code(link, NOON)
        waits.append((link.wait_until - NOON).total_seconds() if link.wait_until else None)
    assert waits == [None, None, 30, 60, 120, 240, 480, 960, 1920, None]
    assert link.wrong_codes == 10


def test_it_opens_with_the_right_code_and_notes_the_first_time(world: World) -> None:
    number, token, code = opened(world)
    assert tried(world, token, code.lower()) is Result.OPENED
    with world.store.reading() as work:
        assert work.links.ever_unlocked(number)


def test_it_counts_only_what_could_be_a_code(world: World) -> None:
    number, token, code = opened(world)
    for typed in ("", " ", "hello", "ABCD-EFG0", "x" * 10_000):
        assert tried(world, token, typed) is Result.UNREADABLE
    assert live_link(world.store, number).wrong_codes == 0


def test_it_takes_no_code_while_the_link_rests_and_goes_on_afterwards(world: World) -> None:
    number, token, code = opened(world)
    for _ in range(3):
        assert tried(world, token, wrong_code(code)) is Result.WRONG
    assert tried(world, token, code) is Result.WAITING
    assert tried(world, token, wrong_code(code)) is Result.WAITING
    world.advance(seconds=31)
    assert tried(world, token, code) is Result.OPENED
    assert live_link(world.store, number).wrong_codes == 0


def test_it_ends_the_link_for_the_right_code_too(world: World) -> None:
    _, token, code = opened(world)
    results = []
    for _ in range(10):
        results.append(tried(world, token, wrong_code(code)))
        world.advance(hours=1)
    assert results[-1] is Result.ENDED and set(results[:-1]) == {Result.WRONG}
    assert tried(world, token, code) is Result.ENDED


def test_it_counts_wrong_codes_that_come_at_the_same_moment(world: World) -> None:
    number, token, code = opened(world)
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: tried(world, token, wrong_code(code)), range(16)))
    assert results.count(Result.WRONG) == 3
    assert results.count(Result.WAITING) == 13
    assert live_link(world.store, number).wrong_codes == 3


def test_it_knows_no_link_that_was_never_made(world: World) -> None:
    assert tried(world, "A" * 43, "ABCD-EFGM") is Result.ENDED
