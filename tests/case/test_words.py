"""Words do not print."""

from __future__ import annotations

import json
import logging
import pickle
import traceback

import pytest

from consult_bot.case.words import Words

CANARY = "planted-canary-7731"


def test_it_shows_only_its_length_however_it_is_printed() -> None:
    words = Words(CANARY)
    for printed in (
        str(words),
        repr(words),
        f"{words}",
        f"{words!r:>40}",
        f"{words}",
        str([words]),
        str({"a": words}),
    ):
        assert CANARY not in printed
        assert "19 characters" in printed


def test_it_stays_out_of_a_traceback_and_a_log_line(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise ValueError(Words(CANARY))
    except ValueError:
        logging.exception("failed with %s", Words(CANARY))
        assert CANARY not in traceback.format_exc()
    assert CANARY not in caplog.text


def test_it_is_not_pickled_nor_turned_into_json_by_accident() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Words(CANARY))
    with pytest.raises(TypeError):
        json.dumps(Words(CANARY))


def test_it_is_blank_when_it_holds_only_white_space() -> None:
    assert not Words(" \n\t")
    assert Words("x")
    assert Words("a") == Words("a") != Words("b")
    assert Words(CANARY).reveal() == CANARY
