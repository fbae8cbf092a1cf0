"""Writing transactions that PostgreSQL may ask to repeat."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from consult_bot.case.errors import Busy
from storage.errors import Conflict
from storage.store import Store, Work

T = TypeVar("T")


def committed(store: Store, act: Callable[[Work], T]) -> T:
    """Do something in one writing transaction and return its result.

    Raises Busy where others always came first, and Overloaded where the storage is away, Unanswered among it; there is
    a page for each.

    `act` may be called again after its work was rolled back.
    """
    try:
        return store.commit(act)
    except Conflict:
        raise Busy("Many people are using this page at the moment. Please try again.") from None
