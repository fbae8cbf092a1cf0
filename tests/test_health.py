"""/readyz over real HTTP: an answer in time, whatever the database does."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

import httpx
import pytest
from fastapi import FastAPI, Response
from sqlalchemy.exc import OperationalError

from consult_bot import asking
from consult_bot.app import WebServer, listen
from consult_bot.health import health_router
from storage.store import Store

A_CROWD = 60
"""More than there are threads in which pages are drawn."""


def hang_until(goes_on: threading.Event) -> None:
    goes_on.wait(30)


@contextmanager
def served(store: Store, frozen: threading.Event | None = None) -> Iterator[str]:
    """A web process over this store, with a patient's page that waits for the database; its address."""
    web, listening = FastAPI(), listen(0)
    web.include_router(health_router(store))
    web.add_api_route("/page", lambda: Response(str(frozen and hang_until(frozen))))
    server = WebServer(web, listening)
    server.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.stop()


def asked(url: str, path: str = "/readyz") -> httpx.Response:
    return httpx.get(f"{url}{path}", trust_env=False, timeout=30)


def test_it_is_ready_while_the_database_answers(store: Store) -> None:
    with served(store) as url:
        for _ in range(2):
            answer = asked(url)
            assert (answer.status_code, answer.text) == (200, "ready")


def test_it_says_so_when_the_database_is_away(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError("", {}, Exception())

    with monkeypatch.context() as patched:
        patched.setattr(store, "ready", away)
        with served(store) as url:
            answer = asked(url)
    assert answer.status_code == 503 and answer.headers["retry-after"]
    assert answer.text == "the database does not answer"


def test_it_does_not_wait_for_a_database_that_hangs_and_is_ready_when_it_goes_on(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = threading.Event()
    monkeypatch.setattr(store, "ready", partial(hang_until, goes_on))
    with served(store) as url, ThreadPoolExecutor(4) as monitors:
        began = time.monotonic()
        answers = list(monitors.map(asked, [url] * 4))
        assert time.monotonic() - began < 3
        assert {(a.status_code, a.headers["retry-after"]) for a in answers} == {(503, "5")}
        hanging = [thread for thread in threading.enumerate() if thread.name == "ready"]
        assert len(hanging) == 1, "while one question hangs, no other is asked"
        goes_on.set()
        hanging[0].join(10)
        assert asked(url).status_code == 200


def test_it_answers_while_every_page_waits_for_the_database(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "PATIENCE_SECONDS", 0.1)
    goes_on = threading.Event()
    monkeypatch.setattr(store, "ready", partial(hang_until, goes_on))
    with served(store, goes_on) as url, ThreadPoolExecutor(A_CROWD) as patients:
        waiting = [patients.submit(asked, url, "/page") for _ in range(A_CROWD)]
        assert asked(url).status_code == 503
        assert "consult_database_up" in asked(url, "/metrics").text
        assert asked(url, "/healthz").text == "ok"
        assert not any(page.done() for page in waiting)
        goes_on.set()
        assert {page.result().status_code for page in waiting} == {200}
