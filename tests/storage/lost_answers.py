"""PostgreSQL whose answer to a COMMIT is lost on its way."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from storage.store import Store


def lose_the_answer(monkeypatch: pytest.MonkeyPatch, store: Store, *, done: bool) -> None:
    """Let the connection break at each COMMIT of this store: after it was done, or before it arrived."""

    def broken(connection: Any) -> None:
        if done:
            connection.commit()
        connection.driver_connection.close()
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(store._writer.dialect, "do_commit", broken)
