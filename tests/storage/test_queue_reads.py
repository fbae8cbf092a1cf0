"""The queue's reads stay quick as the table fills."""

from __future__ import annotations

from bench.recorded import recording
from storage.store import Store
from tests.builders import ANA


def test_it_says_the_state_as_the_partial_indexes_say_it(store: Store) -> None:
    with recording(store) as statements, store.reading() as work:
        work.reads.queue()
        work.reads.held_by(ANA.id)
    said = [text for text, _ in statements if "FROM cases" in text]
    assert ["cases.state = 'new'" in text for text in said] == [True, True, False, False]
    assert ["cases.state <> 'closed'" in text for text in said] == [False, False, True, True]
