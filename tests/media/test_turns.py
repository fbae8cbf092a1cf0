"""Photos wait for their turn a little, and only a few of them."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack

import pytest

from consult_bot.media.turns import AT_ONCE, MOST_WAITING, OthersFirst, Turns


def test_it_lets_a_few_in_and_the_next_when_one_is_done() -> None:
    turns = Turns(wait_seconds=0.0)
    with ExitStack() as inside:
        for _ in range(AT_ONCE):
            inside.enter_context(turns.taken())
        with pytest.raises(OthersFirst), turns.taken():
            raise AssertionError("there is no room")
    with turns.taken():
        pass


def test_it_gives_the_turn_back_when_decoding_fails() -> None:
    turns = Turns(wait_seconds=0.0)
    for _ in range(AT_ONCE + 1):
        with pytest.raises(ValueError, match="no photo"), turns.taken():
            raise ValueError("no photo")


def test_it_lets_some_wait_and_tells_the_others_at_once() -> None:
    turns, results = Turns(wait_seconds=30.0), []

    def one() -> None:
        with turns.taken():
            results.append("in")

    with ExitStack() as inside:
        for _ in range(AT_ONCE):
            inside.enter_context(turns.taken())
        waiting = [threading.Thread(target=one) for _ in range(MOST_WAITING)]
        for thread in waiting:
            thread.start()
        deadline = time.monotonic() + 10
        refused = False
        while not refused and time.monotonic() < deadline:
            began = time.monotonic()
            refused = _is_refused(Turns(0.0) if turns._waiting._value else turns)
            assert time.monotonic() - began < 1
        assert refused and results == []
    for thread in waiting:
        thread.join(10)
    assert results == ["in"] * MOST_WAITING


def _is_refused(turns: Turns) -> bool:
    try:
        with turns.taken():
            return False
    except OthersFirst:
        return True
