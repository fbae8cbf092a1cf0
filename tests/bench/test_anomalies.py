"""What must never happen is an error of the benchmark, not a figure in it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bench.backlog_catch_up import _check
from bench.null_slack import Out
from bench.outbox_drain import _gap
from bench.result import Anomaly
from consult_bot.case.delivery import DeliveryKind, Priority, to_slack

NOW = datetime(2030, 1, 7, tzinfo=UTC)
BACKLOG = [
    to_slack(DeliveryKind.CARD, 1, "C1", NOW),
    to_slack(DeliveryKind.THREAD, 1, "C1", NOW),
    to_slack(DeliveryKind.CARD, 2, "C1", NOW, priority=Priority.URGENT),
]
CARD, REPLY, URGENT = (
    Out(1, 1, "slack:C1", 2.0),
    Out(2, 1, "slack:C1", 3.0),
    Out(3, 2, "slack:C1", 1.0),
)


def test_it_takes_a_backlog_that_went_out_in_order() -> None:
    _check([URGENT, CARD, REPLY], BACKLOG)


@pytest.mark.parametrize(
    ("out", "what"),
    [
        ([URGENT, CARD], "3 deliveries, and 2"),
        ([URGENT, CARD, CARD], "3 deliveries"),
        ([URGENT, REPLY, CARD], "order within a case"),
        ([CARD, URGENT, REPLY], "before an urgent one"),
    ],
)
def test_it_refuses_a_backlog_that_is_lost_doubled_or_out_of_order(out: list[Out], what: str) -> None:
    with pytest.raises(Anomaly, match=what):
        _check(out, BACKLOG)


def test_it_refuses_two_deliveries_too_close_to_each_other_in_one_lane() -> None:
    assert _gap("sqlite", 1, [CARD, REPLY]).ours == 1.0
    with pytest.raises(Anomaly, match=r"within 0\.500 s"):
        _gap("sqlite", 1, [CARD, Out(2, 1, "slack:C1", 2.5), Out(3, 1, "slack:C2", 2.6)])
