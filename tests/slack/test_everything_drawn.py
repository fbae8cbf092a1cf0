"""Everything that is drawn, for every verb in every state, with the longest and nastiest words.

It must pass slack_sdk's models and the sandbox's strictness, and whatever somebody can press, pick or send in it must
have a handler of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import yaml
from slack_bolt import App, BoltRequest, BoltResponse
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from commands import QUERIES, VERB, VERBS
from consult_bot.case.answer import ThreadAnswer
from consult_bot.case.errors import NotAllowed
from consult_bot.case.events import Event, Happened
from consult_bot.case.glance import Glance, Listing
from consult_bot.case.lifecycle import EVERY_CLINICIAN, allowed_verbs
from consult_bot.case.model import Case, CloseReason, Draft, MessageKind, Report, State
from consult_bot.case.verb import FieldKind, NeedsForm, Preview, Verb
from consult_bot.case.words import Words
from consult_bot.sandbox.block_rules import problems, view_problems
from consult_bot.slack import answer, lists, modal
from consult_bot.slack.bind import Surfaces, bind, build_app
from consult_bot.slack.card import card
from consult_bot.slack.reply import refused_line
from consult_bot.slack.thread import TOLD, thread_posts
from tests.builders import ANA, BEN, ZONE, submission
from tests.slack.cases import NASTY, NOW, case, facts, guidance, question, reply, task, words_that_work

LONG = NASTY + " word " * 2_200 + "the end."
"""Longer than a form, a text object and one message hold: what is kept of a case."""

LONGEST = (NASTY + " word " * 8_000)[:39_980] + " \N{BABY} the end."
TYPED = [verb for verb in VERBS if verb.typed]
SHOWN = ("button", "static_select", "external_select")
"""The elements that send something when they are used."""


def messages(words: str) -> tuple[Any, ...]:
    """One message of every kind, all seen but the last."""
    sent = guidance(words, safety_net=Words(words), visit_by=None, opened_at=NOW)
    kinds = {
        "correction": MessageKind.CORRECTION,
        "emergency": MessageKind.EMERGENCY,
        "update": MessageKind.UPDATE,
    }
    more = tuple(replace(sent, id=name, kind=kind) for name, kind in kinds.items())
    report = reply(words, "report", kind=MessageKind.REPORT, report=Report.WORSE)
    note = replace(question(words, "note"), kind=MessageKind.NOTE, visible_at=None)
    waiting = guidance(words, "waiting", visible_at=NOW + timedelta(seconds=30), before=State.CLAIMED)
    return (reply(words), question(words), sent, *more, report, note, waiting)


def cases() -> Iterator[Case]:
    """A case in every state, empty and as full as one gets."""
    full = submission(
        **{name: LONG for name in ("concern", "allergies", "onset", "medicines", "writer_name")}
    )
    tasks = tuple(task(id=f"t{n}", words=Words(LONG)) for n in range(15))
    for state in State:
        owner = None if state is State.NEW else ANA.id
        closed = {
            "closed_at": NOW,
            "closed_by": ANA.id,
            "close_reason": CloseReason.ANSWERED,
            "reopen_until": NOW,
        }
        more = closed if state is State.CLOSED else {}
        yield case(state=state, owner=owner, **more)
        yield case(
            state=state,
            owner=owner,
            urgent=True,
            submission=full,
            tasks=tasks,
            messages=messages(LONG),
            **more,
        )


def given(verb: Verb, words: str) -> dict[str, Words]:
    """Every input of the verb filled in."""
    values = {
        FieldKind.TEXT: words,
        FieldKind.DATE: "2026-09-01",
        FieldKind.DATETIME: "1790000000",
        FieldKind.PERSON: BEN.id,
    }
    return {f.name: Words(f.options[0].value if f.options else values[f.kind]) for f in verb.fields}


def views() -> Iterator[dict[str, Any]]:
    """Every modal of every verb over every case."""
    for made in cases():
        newer = tuple(m for m in made.messages if m.from_patient)
        for verb in TYPED:
            for fields in ({}, given(verb, NASTY), given(verb, LONGEST)):
                yield modal.form(NeedsForm(verb, made, fields), facts())
                yield modal.form(
                    NeedsForm(verb, made, fields, newer=newer, about="t1", draft_of=BEN.id), facts()
                )
                if fields and verb.crosses:
                    draft = Draft("d1", verb.name, ANA.id, tuple(fields.items()), NOW)
                    as_if = replace(
                        made, messages=(*made.messages, guidance(LONGEST, "new", safety_net=Words(LONGEST)))
                    )
                    yield modal.previewed(Preview(verb, made, draft, as_if), facts(), "t1")
                    yield modal.taken_back(draft, made, facts())
                    yield modal.sent(verb, made, guidance(visible_at=NOW + timedelta(seconds=30)), NOW)
                    yield modal.sent(verb, made, guidance(), NOW)
        yield modal.reading(made, facts())
    yield modal.refusal(refused_line(NotAllowed(f"{{who}} {NASTY * 60}", who=ANA.id)))
    yield modal.told("Undone", "*Taken back.*")


def posted() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The top-level text and the blocks of every message."""
    for made in cases():
        for name in ("card", "show"):
            drawn = card(made, NOW, ZONE, list_name=name)
            yield drawn.text, list(drawn.blocks)
        for happened in TOLD:
            for about in (None, *(message.id for message in made.messages)):
                event = Event(happened, message=about, task="t1", person=ANA.id, words=Words(LONG))
                if happened is Happened.COVERED:
                    event = replace(event, reason="urgent")
                for post in thread_posts(event, made, NOW, ANA.id):
                    yield post.text, list(post.blocks)
        for said in answers(made):
            yield said.text, list(said.blocks)
    glance = Glance(1042, 7, State.NEW, True, "general", ANA.id, NOW, Words(LONG))
    for query in ("queue", "mine"):
        listed = lists.drawn(query, Listing("In the queue", (glance,) * 10, 12, 99), facts())
        yield listed.text, list(distinct(listed.blocks))


def distinct(blocks: Any) -> Iterator[dict[str, Any]]:
    """One case stands for ten here: each row gets an id of its own."""
    for place, block in enumerate(blocks):
        yield {**block, "block_id": f"{block['block_id']}{place}"} if "block_id" in block else block


class Reads:
    """What queries look at, in place of the storage."""

    def __init__(self, made: Case) -> None:
        self._made = made

    def queue(self) -> Listing:
        return Listing("In the queue", (), 0, 99)

    def held_by(self, owner: str) -> Listing:
        return Listing("Your cases", (), 0, 99)

    def case(self, number: int) -> Case:
        return self._made


def answers(made: Case) -> Iterator[Any]:
    """Every answer in a thread."""
    where = {"person": ANA.id, "channel": "C1", "thread_ts": "1.1"}
    refused = Words(refused_line(NotAllowed(f"{NASTY} {{who}}", who=BEN.id)))
    for verb in TYPED:
        told = ThreadAnswer(**where, number=made.number, words=refused, verb=verb.name)
        yield answer.answer_post(told, made, facts(), Reads(made))
    for query in QUERIES:
        told = ThreadAnswer(**where, number=made.number, query=query.name)
        yield answer.answer_post(told, made, facts(), Reads(made))
    yield answer.answer_post(ThreadAnswer(**where), None, facts(), Reads(made))


@pytest.fixture(scope="module")
def every_view() -> list[dict[str, Any]]:
    return [json.loads(json.dumps(view)) for view in views()]


@pytest.fixture(scope="module")
def every_message() -> list[tuple[str, list[dict[str, Any]]]]:
    return [(text, json.loads(json.dumps(blocks))) for text, blocks in posted()]


def parsed(blocks: list[dict[str, Any]]) -> None:
    """Pass blocks through slack_sdk's models; none may be dropped, and every limit that they know is kept."""
    models = Block.parse_all(blocks)
    assert len(models) == len(blocks)
    for model in models:
        model.validate_json()


def test_it_draws_every_view_as_slack_takes_it(every_view: list[dict[str, Any]]) -> None:
    assert len(every_view) > 500
    for view in every_view:
        assert view_problems(view) == []
        assert len(json.dumps(view)) < 250_000
        parsed(view["blocks"])
        View(**view).validate_json()


def test_it_draws_every_message_as_slack_takes_it(
    every_message: list[tuple[str, list[dict[str, Any]]]],
) -> None:
    assert len(every_message) > 500
    for text, blocks in every_message:
        assert problems(blocks, "message") == []
        parsed(blocks)
        assert len(text) < 150


def test_it_lets_no_markup_of_anybody_work(
    every_view: list[dict[str, Any]], every_message: list[tuple[str, list[dict[str, Any]]]]
) -> None:
    shown = [view["blocks"] for view in every_view] + [blocks for _, blocks in every_message]
    shown += [[{"type": "mrkdwn", "text": text}] for text, _ in every_message]
    for blocks in shown:
        work = words_that_work(blocks)
        assert "<!channel>" not in work and "<https://evil" not in work and "the end." not in work


def test_it_puts_nothing_that_was_written_where_it_could_be_logged(every_view: list[dict[str, Any]]) -> None:
    for view in every_view:
        carried = view.get("private_metadata", "")
        assert "word word" not in carried and "evil" not in carried


# Handlers


@pytest.fixture(scope="module")
def app() -> App:
    made = build_app("xoxb-made-up", "secret", "http://127.0.0.1:9/")
    bind(made, desk=None)
    return made


def handler(app: App, payload: dict[str, Any], *, event: bool = False, command: bool = False) -> str:
    """The name of the listener that Bolt would choose."""
    if event:
        request = BoltRequest(body=json.dumps(payload), headers={"content-type": ["application/json"]})
    else:
        fields = payload if command else {"payload": json.dumps(payload)}
        form = {"content-type": ["application/x-www-form-urlencoded"]}
        request = BoltRequest(body=urlencode(fields), headers=form)
    for listener in app._listeners:
        if listener.matches(req=request, resp=BoltResponse(status=404)):
            return listener.ack_function.__name__
    raise AssertionError("Bolt has no listener at all for this")


CATCH_ALL = {Surfaces.nothing.__name__, Surfaces.no_options.__name__}


def used(blocks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Everything in blocks of which Slack would send a `block_actions`; inputs wait for the submission."""
    for block in blocks:
        held = [*block.get("elements", ()), block.get("accessory")] if block["type"] != "rich_text" else []
        yield from (element for element in held if element and element["type"] in SHOWN)


def test_it_has_a_handler_for_everything_that_can_be_pressed(
    app: App, every_view: list[dict[str, Any]], every_message: list[tuple[str, list[dict[str, Any]]]]
) -> None:
    shown = [view["blocks"] for view in every_view] + [blocks for _, blocks in every_message]
    actions = {element["action_id"] for blocks in shown for element in used(blocks)}
    assert {"verb:claim", "verb:more", "nav:show", "verb:undo", "verb:done"} <= actions
    for action_id in actions:
        pressed = {
            "type": "block_actions",
            "actions": [{"action_id": action_id, "type": "button", "block_id": "b"}],
        }
        assert handler(app, pressed) not in CATCH_ALL, action_id


def test_it_understands_every_choice_of_every_more_menu(
    every_message: list[tuple[str, list[dict[str, Any]]]],
) -> None:
    menus = [e for _, blocks in every_message for e in used(blocks) if e["action_id"] == "verb:more"]
    assert menus
    offered = {option["value"].partition(" ")[0] for menu in menus for option in menu["options"]}
    assert offered and all(VERB[name].typed for name in offered)


def test_it_has_a_handler_for_every_form_that_can_be_sent(app: App, every_view: list[dict[str, Any]]) -> None:
    callbacks = {view["callback_id"] for view in every_view if view.get("submit")}
    assert callbacks == {f"verb:{verb.name}" for verb in TYPED}
    for callback_id in callbacks:
        sent = {"type": "view_submission", "view": {"type": "modal", "callback_id": callback_id}}
        assert handler(app, sent) not in CATCH_ALL, callback_id


def test_it_has_a_handler_for_every_menu_that_is_filled_by_us(
    app: App, every_view: list[dict[str, Any]]
) -> None:
    elements = [b["element"] for view in every_view for b in view["blocks"] if b["type"] == "input"]
    sources = {e["action_id"] for e in elements if e["type"] == "external_select"}
    assert sources == {"to"}
    for action_id in sources:
        asked = {"type": "block_suggestion", "action_id": action_id, "block_id": action_id, "value": ""}
        assert handler(app, asked) not in CATCH_ALL, action_id


def test_it_has_a_handler_for_everything_in_the_manifest(app: App) -> None:
    manifest = yaml.safe_load((Path(__file__).parents[2] / "app_manifest.yml").read_text(encoding="utf-8"))
    for command in manifest["features"]["slash_commands"]:
        assert handler(app, {"command": command["command"]}, command=True) not in CATCH_ALL
    for shortcut in manifest["features"]["shortcuts"]:
        picked = {"type": "message_action", "callback_id": shortcut["callback_id"]}
        assert handler(app, picked) not in CATCH_ALL
    for subscribed in manifest["settings"]["event_subscriptions"]["bot_events"]:
        told = {"type": "event_callback", "event": {"type": subscribed.partition(".")[0]}}
        assert handler(app, told, event=True) not in CATCH_ALL, subscribed


def test_it_acknowledges_anything_else_by_the_catch_all(app: App) -> None:
    assert (
        handler(app, {"type": "block_actions", "actions": [{"action_id": "other", "type": "button"}]})
        in CATCH_ALL
    )
    assert handler(app, {"type": "event_callback", "event": {"type": "app_mention"}}, event=True) in CATCH_ALL


def test_it_draws_every_verb_that_a_card_can_offer() -> None:
    """The drawings above leave no verb out, and no state in which it is offered."""
    times = (NOW, NOW + timedelta(minutes=1))
    offered = {name for made in cases() for at in times for name in allowed_verbs(made, EVERY_CLINICIAN, at)}
    assert {verb.name for verb in TYPED} <= offered
