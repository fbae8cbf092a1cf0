"""From what Slack sends to what the desk is asked."""

from __future__ import annotations

from typing import Any

import pytest

from consult_bot.case.errors import UnknownCase, UnknownVerb
from consult_bot.case.verb import Request
from consult_bot.slack import parse
from consult_bot.slack.carried import Carried
from consult_bot.slack.parse import Looking
from consult_bot.slack.said import said


def typed(text: str) -> Request | Looking:
    return parse.command({"user_id": "U0ANA", "text": text, "trigger_id": "1.2.x"})


def fields(request: Any) -> dict[str, str]:
    return {name: words.reveal() for name, words in request.fields.items()}


@pytest.mark.parametrize(
    ("text", "verb", "given"),
    [
        ("claim C-1042", "claim", {}),
        ("CLAIM c1042", "claim", {}),
        ("claim 1042", "claim", {}),
        ("claim C 1042", "claim", {}),
        ("ask C-1042 home\nor not?", "ask", {"question": "home\nor not?"}),
        ("advise C-1042 home rest", "advise", {"guidance": "home rest"}),
        ("note\nC-1042 a &lt; b", "note", {"note": "a < b"}),
        ("close C-1042 no-answer", "close", {"reason": "no_answer"}),
        ("close C-1042", "close", {}),
        ("reassign C-1042 <@U0BEN|ben> on leave", "reassign", {"to": "U0BEN", "reason": "on leave"}),
        ("reassign C-1042 <@W0BEN>", "reassign", {"to": "W0BEN"}),
        ("task C-1042 call the mother", "task", {"kind": "call", "words": "the mother"}),
        ("done C-1042 reached will come", "done", {"outcome": "reached", "words": "will come"}),
        ("release C-1042 off shift", "release", {"reason": "off shift"}),
    ],
)
def test_it_understands_what_people_type(text: str, verb: str, given: dict[str, str]) -> None:
    request = typed(text)
    assert isinstance(request, Request)
    assert (request.verb, request.record, request.actor.id) == (verb, 1042, "U0ANA")
    assert fields(request) == given
    assert request.once_key == "command:1.2.x" and request.confirms is None


@pytest.mark.parametrize(
    ("text", "query", "rest"),
    [("", "help", ""), ("help", "help", ""), ("Queue", "queue", ""), ("show c1042", "show", "c1042")],
)
def test_it_understands_queries(text: str, query: str, rest: str) -> None:
    asked = typed(text)
    assert isinstance(asked, Looking) and (asked.query, asked.text) == (query, rest)


def test_it_shows_a_case_whose_number_is_all_that_was_typed() -> None:
    assert typed("C-1042") == Looking("show", typed("help").actor, "c-1042")


@pytest.mark.parametrize(
    "text", ["clam C-1042", "submit C-1", "draft C-1", "acknowledge C-1", "C-10x42", "verb:claim"]
)
def test_it_refuses_what_is_no_verb_that_people_type(text: str) -> None:
    with pytest.raises(UnknownVerb):
        typed(text)


def test_it_asks_for_the_number_where_there_is_none() -> None:
    for text in ("claim", "ask how long?", "claim C-", "claim <@U0BEN>"):
        with pytest.raises(UnknownCase, match="for example: /consult"):
            typed(text)


def pressed(**action: Any) -> Request:
    return parse.button({"user": {"id": "U0ANA"}, "actions": [{"action_ts": "9.9", **action}]})


def test_it_reads_buttons_and_the_more_select() -> None:
    done = pressed(action_id="verb:done", value="C-1042/t1")
    assert (done.verb, done.record, done.about) == ("done", 1042, "t1")
    assert done.once_key == "action:U0ANA:9.9:verb:done"
    more = pressed(action_id="verb:more", selected_option={"value": "release C-1042"})
    assert (more.verb, more.record, more.about) == ("release", 1042, None)
    assert pressed(action_id="verb:claim", value="C-1042", block_id="card/C-7/3").record == 1042


def test_it_refuses_buttons_that_are_none_of_ours() -> None:
    with pytest.raises(UnknownCase, match="older version"):
        pressed(action_id="verb:claim", value="")
    with pytest.raises(UnknownVerb):
        pressed(action_id="verb:more", selected_option={"value": "explode C-1042"})
    for name in ("draft", "reply", "submit", "more", ""):
        with pytest.raises(UnknownVerb):
            pressed(action_id=f"verb:{name}", value="C-1042")
    with pytest.raises(UnknownCase):
        pressed(action_id="verb:claim", value=None)


def submitted(**change: Any) -> Request:
    view = {
        "id": "V1",
        "hash": "h1",
        "callback_id": "verb:ask",
        "private_metadata": Carried(1042).written(),
        "state": {"values": {}},
    }
    return parse.submission({"user": {"id": "U0ANA"}, "view": {**view, **change}})


def test_it_refuses_forms_that_are_none_of_ours() -> None:
    with pytest.raises(UnknownCase, match="Open it again"):
        submitted(private_metadata="")
    for name in ("verb:draft", "verb:acknowledge", "verb:explode", "verb:"):
        with pytest.raises(UnknownVerb):
            submitted(callback_id=name)
    with pytest.raises(UnknownVerb):
        shortcut({"thread_ts": "4.4"}, "verb:draft")


NOTHING_TO_SEE = "\u200b \u200d\ufeff\u2060\u3164"


def test_it_takes_words_that_nobody_can_see_for_none() -> None:
    values = {"question": {"question": {"type": "plain_text_input", "value": NOTHING_TO_SEE}}}
    assert fields(submitted(state={"values": values})) == {}
    assert fields(typed(f"ask C-1042 {NOTHING_TO_SEE}")) == {}
    event = {"user": "U0BEN", "channel": "C1", "ts": "5.5", "thread_ts": "4.4", "text": NOTHING_TO_SEE}
    assert said({"event": event}, lambda channel, ts: 7) is None


def test_it_keeps_no_character_that_cannot_be_stored() -> None:
    values = {"question": {"question": {"type": "plain_text_input", "value": "a\ud800\x00\r\nb"}}}
    assert fields(submitted(state={"values": values})) == {"question": "a\ufffd\nb"}
    assert fields(typed("ask C-1042 a\ud800b")) == {"question": "a\ufffdb"}
    event = {"user": "U0BEN", "channel": "C1", "ts": "5.5", "thread_ts": "4.4", "text": "a\ud800b"}
    noted = said({"event": event}, lambda channel, ts: 7)
    assert isinstance(noted, Request) and fields(noted) == {"note": "a\ufffdb"}


def test_it_reads_every_kind_of_input() -> None:
    state = {
        "guidance:2": {"guidance": {"type": "plain_text_input", "value": " Rest. "}},
        "disposition": {"disposition": {"type": "radio_buttons", "selected_option": {"value": "home"}}},
        "to": {"to": {"type": "external_select", "selected_option": None}},
        "visit_by": {"visit_by": {"type": "datepicker", "selected_date": "2026-09-01"}},
        "due": {"due": {"type": "datetimepicker", "selected_date_time": 1790000000}},
        "safety_net": {"safety_net": {"type": "plain_text_input", "value": None}},
    }
    view = {
        "id": "V1",
        "hash": "h1",
        "callback_id": "verb:advise",
        "private_metadata": Carried(1042, "r1", "d1", "a1").written(),
        "state": {"values": state},
    }
    request = parse.submission({"user": {"id": "U0ANA"}, "view": view})
    assert fields(request) == {
        "guidance": " Rest. ",
        "disposition": "home",
        "visit_by": "2026-09-01",
        "due": "1790000000",
    }
    assert (request.verb, request.record, request.about) == ("advise", 1042, "a1")
    assert (request.seen_message, request.confirms, request.once_key) == ("r1", "d1", "view:V1:d1")


def shortcut(message: dict[str, Any], callback_id: str = "verb:ask") -> int | None:
    payload = {
        "user": {"id": "U0ANA"},
        "channel": {"id": "C1"},
        "action_ts": "9.9",
        "callback_id": callback_id,
        "message": {"ts": "5.5", **message},
    }
    return parse.shortcut(payload, lambda channel, ts: 7 if (channel, ts) == ("C1", "4.4") else None).record


def test_it_finds_the_case_of_a_message() -> None:
    told = {"event_type": "consult_case", "event_payload": {"case": "C-1042"}}
    assert shortcut({"metadata": told, "blocks": None}) == 1042
    assert shortcut({"blocks": [{"block_id": "abc"}, {"block_id": "card/C-1042/7"}]}) == 1042
    assert shortcut({"thread_ts": "4.4"}) == 7
    assert shortcut({"metadata": {"event_type": "consult_case"}, "thread_ts": "4.4"}) == 7
    with pytest.raises(UnknownCase, match="does not belong to a case"):
        shortcut({})


def test_it_takes_another_apps_case_for_none_of_ours() -> None:
    tickets = {"event_type": "ticket", "event_payload": {"case": "C-1042"}}
    for block_id in ("order/1042/7", "card/C-1042", "card/C-1042/7/x", "card/c1042/7"):
        with pytest.raises(UnknownCase, match="does not belong to a case"):
            shortcut({"metadata": tickets, "blocks": [{"block_id": block_id}]})


def test_it_keeps_a_file_without_words_as_a_note() -> None:
    event = {"user": "U0BEN", "channel": "C1", "ts": "5.5", "thread_ts": "4.4", "subtype": "file_share"}
    noted = said({"event": {**event, "text": "", "files": [{}, {}]}}, lambda channel, ts: 7)
    assert isinstance(noted, Request) and fields(noted) == {"note": "[2 files]"}
    assert (noted.about, noted.once_key) == ("5.5", "message:C1:5.5")


def test_it_keeps_no_note_of_our_own_files() -> None:
    event = {"user": "U0CONSULT", "channel": "C1", "ts": "5.5", "thread_ts": "4.4", "subtype": "file_share"}
    payload = {
        "event": {**event, "files": [{}]},
        "authorizations": [{"user_id": "U0CONSULT", "is_bot": True}],
    }
    assert said(payload, lambda channel, ts: 7) is None
