"""What comes in counts once: sent twice, at the same moment to two processes, and again after a failure."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from slack_bolt import App, BoltRequest
from slack_sdk.signature import SignatureVerifier

from consult_bot.desk import Desk
from consult_bot.slack.bind import bind, build_app
from consult_bot.slack.shape import dispatched
from storage.cards import Place
from storage.store import Store, open_store
from storage.tables import deliveries, history
from tests.builders import ANA, PRACTICE, World
from tests.slack.conftest import CHANNEL

SECRET = "made-up-signing-secret"
NOWHERE = "http://127.0.0.1:9/api/"
CARD = "5.000001"
OURS = [{"is_bot": True, "user_id": "U0CONSULT", "team_id": "T0SANDBOX"}]

Payload = dict[str, Any]


def app_over(store: Store) -> App:
    """What one process serves; Slack's Web API is away."""
    app = build_app("xoxb-made-up", SECRET, NOWHERE)
    bind(app, Desk(store, PRACTICE))
    return app


def sent(app: App, payload: Payload) -> int:
    if "event" in payload:
        body, content_type = json.dumps(payload), "application/json"
    else:
        form = payload if "command" in payload else {"payload": json.dumps(payload)}
        body, content_type = urlencode(form), "application/x-www-form-urlencoded"
    at = str(int(time.time()))
    signature = SignatureVerifier(SECRET).generate_signature(timestamp=at, body=body)
    headers = {
        "content-type": [content_type],
        "x-slack-signature": [signature or ""],
        "x-slack-request-timestamp": [at],
    }
    return dispatched(app, BoltRequest(body=body, headers=headers)).status


def command(number: int) -> Payload:
    return {
        "command": "/consult",
        "text": f"note C-{number} Dry skin",
        "user_id": ANA.id,
        "trigger_id": "1.2.x",
        "team_id": "T0SANDBOX",
    }


def interaction(kind: str, **more: Any) -> Payload:
    return {"type": kind, "user": {"id": ANA.id}, "team": {"id": "T0SANDBOX"}, "trigger_id": "1.3.x", **more}


def press(number: int) -> Payload:
    action = {"type": "button", "action_id": "verb:claim", "block_id": "b", "value": f"C-{number}"}
    return interaction(
        "block_actions", actions=[{**action, "action_ts": "7.7"}], container={"type": "message"}
    )


def submission(number: int) -> Payload:
    view = {
        "id": "V1",
        "type": "modal",
        "hash": "1.a",
        "callback_id": "verb:note",
        "private_metadata": json.dumps({"case": f"C-{number}"}),
        "blocks": [],
        "state": {"values": {"note": {"note": {"type": "plain_text_input", "value": "Dry skin"}}}},
    }
    return interaction("view_submission", view=view)


def shortcut(number: int) -> Payload:
    message = {"type": "message", "ts": "6.1", "thread_ts": CARD, "user": ANA.id, "text": "Does it itch?"}
    return interaction(
        "message_action",
        callback_id="verb:ask",
        action_ts="7.8",
        channel={"id": CHANNEL},
        message=message,
    )


def event(number: int, **more: Any) -> Payload:
    said = {
        "type": "message",
        "channel": CHANNEL,
        "user": ANA.id,
        "text": "Dry skin",
        "ts": "6.2",
        "thread_ts": CARD,
    }
    return {"type": "event_callback", "authorizations": OURS, "event": {**said, **more}}


def mention(number: int) -> Payload:
    return event(number, text="<@U0CONSULT> clam", ts="6.3")


def mentioned_claim(number: int) -> Payload:
    return event(number, text="<@U0CONSULT> claim", ts="6.4")


def edit(number: int) -> Payload:
    before = {"ts": "6.2", "thread_ts": CARD, "user": ANA.id, "text": "Dry"}
    after = {**before, "text": "Dry skin", "edited": {"user": ANA.id, "ts": "6.5"}}
    return event(number, subtype="message_changed", message=after, previous_message=before, ts="6.5")


def deletion(number: int) -> Payload:
    before = {"ts": "6.2", "thread_ts": CARD, "user": ANA.id, "text": "Dry"}
    return event(number, subtype="message_deleted", deleted_ts="6.2", previous_message=before, ts="6.6")


def card_deletion(number: int) -> Payload:
    before = {"ts": CARD, "user": "U0CONSULT", "bot_id": "B0CONSULT", "text": "C-1 · new"}
    return event(number, subtype="message_deleted", deleted_ts=CARD, previous_message=before, ts="6.7")


WAYS_IN = (
    *(command, press, submission, shortcut, event, mention, mentioned_claim, edit, deletion),
    card_deletion,
)
every_way_in = pytest.mark.parametrize("way", WAYS_IN, ids=lambda way: way.__name__)


def as_it_stands(store: Store) -> tuple[list[str], list[tuple[str, str]]]:
    """What happened, and what waits to go out."""
    with store.reading() as work:
        told = list(work.connection.scalars(history.select().with_only_columns(history.c.event)))
        waiting = work.connection.execute(
            deliveries.select().with_only_columns(deliveries.c.kind, deliveries.c.payload)
        )
        return sorted(told), sorted((kind, payload) for kind, payload in waiting)


@pytest.fixture
def number(world: World) -> int:
    """A case that Ana holds where that is needed, with a card that stands."""
    made = world.submit().number
    with world.store.writing() as work:
        work.cards.put(made, Place(CHANNEL, CARD))
        work.connection.execute(deliveries.delete())
    return made


def made_ready(world: World, way: Callable[[int], Payload], number: int) -> Payload:
    if way is shortcut:
        world.did("claim", ANA, number)
    if way in (edit, deletion):
        sent(app_over(world.store), event(number, text="Dry"))
    with world.store.writing() as work:
        work.connection.execute(deliveries.delete())
    return way(number)


@every_way_in
def test_it_counts_once_what_comes_twice(world: World, number: int, way: Callable[[int], Payload]) -> None:
    payload, app = made_ready(world, way, number), app_over(world.store)
    before = as_it_stands(world.store)
    assert sent(app, payload) == 200
    once = as_it_stands(world.store)
    assert once != before
    assert sent(app, payload) == 200 and sent(app, {**payload, "token": "other"}) == 200
    assert as_it_stands(world.store) == once


@every_way_in
def test_it_counts_once_what_two_processes_get_at_the_same_moment(
    world: World, number: int, way: Callable[[int], Payload], database_url: str, tmp_path: Path
) -> None:
    payload = made_ready(world, way, number)
    before = as_it_stands(world.store)
    other = open_store(database_url, tmp_path / "keys", tmp_path / "attachments")
    apps = [app_over(store) for store in (world.store, other) for _ in range(2)]
    together, statuses = threading.Barrier(len(apps)), []

    def send(app: App) -> None:
        together.wait(20)
        statuses.append(sent(app, payload))

    threads = [threading.Thread(target=send, args=(app,)) for app in apps]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    other.close()
    assert statuses == [200] * len(apps)
    at_once = as_it_stands(world.store)
    assert sent(apps[0], payload) == 200
    assert as_it_stands(world.store) == at_once
    grown = len(at_once[0]) - len(before[0]), len(at_once[1]) - len(before[1])
    assert grown[0] <= 1 and (grown[0] == 1 or grown[1] == 1), "one thing happened, or one answer waits"


@every_way_in
def test_it_counts_once_what_failed_before(
    world: World, number: int, way: Callable[[int], Payload], monkeypatch: pytest.MonkeyPatch
) -> None:
    payload, app = made_ready(world, way, number), app_over(world.store)
    before = as_it_stands(world.store)
    commit = Store.commit

    def fail_at_the_end(store: Store, act: Callable[..., Any]) -> Any:
        def fail(work: Any) -> Any:
            act(work)
            raise RuntimeError("the machine went away")

        return commit(store, fail)

    with monkeypatch.context() as patch:
        patch.setattr(Store, "commit", fail_at_the_end)
        assert sent(app, payload) == (200 if "command" in payload else 500)
    assert as_it_stands(world.store) == before, "nothing half done"
    for _ in range(2):
        assert sent(app, payload) == 200
    done = as_it_stands(world.store)
    assert len(done[0]) - len(before[0]) <= 1 and done != before
