"""Photos wait for their turn a little, and only a few of them."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from queue import Queue

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
    turns, results = Turns(wait_seconds=30.0), Queue[str]()

    def one() -> None:
        try:
            with turns.taken():
                results.put("in")
        except OthersFirst:
            results.put("others first")

    with ExitStack() as inside:
        for _ in range(AT_ONCE):
            inside.enter_context(turns.taken())
        threads = [threading.Thread(target=one) for _ in range(MOST_WAITING + 1)]
        for thread in threads:
            thread.start()
        assert results.get(timeout=10) == "others first" and results.empty()
    assert [results.get(timeout=10) for _ in range(MOST_WAITING)] == ["in"] * MOST_WAITING
