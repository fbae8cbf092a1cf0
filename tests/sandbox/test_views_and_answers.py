"""Triggers, stacked views, answers to a submission and response addresses, as strict as Slack's."""

from __future__ import annotations

import pytest

CHANNEL = "C0CONSULT"


def plain(text):
    return {"type": "plain_text", "text": text}


def question(block_id="q", **element):
    typed = {"type": "plain_text_input", "action_id": "q", **element}
    return {"type": "input", "block_id": block_id, "label": plain("Question"), "element": typed}


def modal(*blocks, title="Ask", **more):
    shown = list(blocks) or [question()]
    return {
        "type": "modal",
        "callback_id": "ask",
        "title": plain(title),
        "submit": plain("Send"),
        "blocks": shown,
        **more,
    }


def trigger(stage, user="U0ANA"):
    return stage.sandbox.slack.modals.trigger(user)


def opened(stage, **more):
    return stage.client.views_open(trigger_id=trigger(stage), view=modal(**more))["view"]


# Triggers and stacks


def test_it_stacks_three_views_and_no_more(stage, refused):
    opened(stage)
    push = stage.client.views_push
    push(trigger_id=trigger(stage), view=modal(title="Two"))
    push(trigger_id=trigger(stage), view=modal(title="Three"))
    refusal = refused(push, trigger_id=trigger(stage), view=modal(title="Four"))
    assert refusal["error"] == "push_limit_reached"
    assert stage.look("view/U0ANA")["title"]["text"] == "Three"
    nothing_below = refused(push, trigger_id=trigger(stage, "U0BEN"), view=modal())
    assert nothing_below["error"] == "not_found"


@pytest.mark.in_time
def test_it_pushes_with_a_used_or_old_trigger_no_more_than_it_opens(stage, refused):
    first = trigger(stage)
    stage.client.views_open(trigger_id=first, view=modal())
    push = stage.client.views_push
    assert refused(push, trigger_id=first, view=modal())["error"] == "exchanged_trigger_id"
    old = trigger(stage)
    stage.do("clock", advance_seconds=4)
    assert refused(push, trigger_id=old, view=modal())["error"] == "expired_trigger_id"


def test_it_updates_no_view_that_was_closed(stage, refused):
    view = opened(stage, external_id="ask-1042")
    stage.client.views_update(external_id="ask-1042", view=modal(external_id="ask-1042", title="Two"))
    stage.do("view_close", user="U0ANA")
    for which in ({"view_id": view["id"]}, {"external_id": "ask-1042"}):
        assert refused(stage.client.views_update, **which, view=modal())["error"] == "not_found"


def test_it_lets_an_external_id_stand_once(stage, refused):
    opened(stage, external_id="ask-1042")
    again = trigger(stage, "U0BEN")
    refusal = refused(stage.client.views_open, trigger_id=again, view=modal(external_id="ask-1042"))
    assert refusal["error"] == "duplicate_external_id"


def test_it_publishes_over_nothing_but_what_the_app_has_seen(stage, refused):
    home = {"type": "home", "blocks": [{"type": "divider"}]}
    first = stage.client.views_publish(user_id="U0ANA", view=home)["view"]["hash"]
    second = stage.client.views_publish(user_id="U0ANA", view=home, hash=first)["view"]["hash"]
    assert refused(stage.client.views_publish, user_id="U0ANA", view=home, hash=first)["error"] == (
        "hash_conflict"
    )
    assert stage.look("home/U0ANA")["hash"] == second


# Answers to a submission


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"response_action": "errors", "errors": {"nowhere": "Too vague"}}, "invalid_errors"),
        ({"response_action": "errors", "errors": {"note": "Too vague"}}, "invalid_errors"),
        ({"response_action": "errors", "errors": {"q": ""}}, "invalid_errors"),
        ({"response_action": "update", "view": modal(title="x" * 25)}, "invalid_arguments"),
        ({"response_action": "update", "view": {"type": "home", "blocks": []}}, "invalid_arguments"),
        ({"response_action": "update"}, "invalid_arguments"),
        ({"response_action": "push", "view": modal(submit=None)}, "invalid_arguments"),
        ({"response_action": "close"}, "invalid_response_action"),
    ],
)
def test_it_refuses_an_answer_that_slack_would_not_understand_and_keeps_the_form(stage, answer, error):
    stage.app.view("ask")(lambda ack: ack(**answer))
    note = {"type": "section", "block_id": "note", "text": plain("A note")}
    stage.client.views_open(trigger_id=trigger(stage), view=modal(question(), note))
    told = stage.do("view_submit", user="U0ANA", values={"q": "Since when?"})
    assert told["ok"] is False
    assert told["error"] == error
    assert told["trouble"] == "We had some trouble connecting. Try again?"
    assert told["view"]["state"]["values"]["q"]["q"]["value"] == "Since when?"
    assert [view["title"]["text"] for view in told["views"]] == ["Ask"]


def test_it_refuses_a_fourth_view_pushed_by_an_answer(stage):
    stage.app.view("ask")(lambda ack: ack(response_action="push", view=modal()))
    opened(stage)
    for _ in range(2):
        stage.do("view_submit", user="U0ANA", values={"q": "x"})
    told = stage.do("view_submit", user="U0ANA", values={"q": "x"})
    assert told["error"] == "push_limit_reached"
    assert len(told["views"]) == 3


@pytest.mark.parametrize(
    ("element", "typed", "complaint"),
    [
        ({"type": "number_input", "is_decimal_allowed": False}, "1.5", "whole number"),
        ({"type": "number_input", "is_decimal_allowed": True, "min_value": "2"}, "1", "at least 2"),
        ({"type": "number_input", "is_decimal_allowed": True, "max_value": "2"}, "3", "at most 2"),
        ({"type": "email_text_input"}, "ana at example", "email address"),
        ({"type": "url_text_input"}, "example.org", "web address"),
    ],
)
def test_it_sends_no_form_with_what_slacks_own_client_would_not_take(stage, element, typed, complaint):
    block = {"type": "input", "block_id": "q", "label": plain("Q"), "element": {"action_id": "q", **element}}
    stage.client.views_open(trigger_id=trigger(stage), view=modal(block))
    told = stage.do("view_submit", user="U0ANA", values={"q": typed})
    assert told["sent"] is False
    assert complaint in told["errors"]["q"]


def test_it_refuses_options_that_slack_could_not_list(stage):
    answers = iter(
        [
            {"options": [{"text": plain("x" * 76), "value": "v"}]},
            {"options": [{"text": plain("x"), "value": "v"}] * 101},
            {"option_groups": [{"label": plain("x"), "options": []}]},
        ]
    )
    stage.app.options("to")(lambda ack: ack(**next(answers)))
    element = {"type": "external_select", "action_id": "to"}
    block = {"type": "input", "block_id": "to", "label": plain("To"), "element": element}
    stage.client.views_open(trigger_id=trigger(stage), view=modal(block))
    for _ in range(3):
        told = stage.do("options", user="U0ANA", action_id="to", value="be")
        assert told["error"] == "invalid_options"


# Response addresses


@pytest.fixture
def address(stage):
    """A response_url, fresh from a command."""
    seen = []

    @stage.app.command("/consult")
    def keep(ack, body):
        seen.append(body["response_url"])
        ack()

    stage.do("command", channel=CHANNEL, user="U0ANA", command="/consult")
    return seen[0]


def test_it_takes_five_answers_at_a_response_url(stage, address):
    for number in range(5):
        assert stage.http.post(address, json={"text": str(number)}).status_code == 200
    sixth = stage.http.post(address, json={"text": "six"})
    assert (sixth.status_code, sixth.json()["error"]) == (404, "used_url")
    assert [each["text"] for each in stage.look("ephemerals/U0ANA")] == list("01234")


def test_it_takes_answers_for_thirty_minutes_of_its_clock(stage, address):
    stage.do("clock", advance_seconds=1790)
    assert stage.http.post(address, json={"text": "in time"}).status_code == 200
    stage.do("clock", advance_seconds=20)
    late = stage.http.post(address, json={"text": "late"})
    assert (late.status_code, late.json()["error"]) == (404, "expired_url")
    assert [each["text"] for each in stage.look("ephemerals/U0ANA")] == ["in time"]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ({}, "no_text"),
        ({"blocks": [{"type": "banner"}]}, "invalid_blocks"),
        ({"blocks": "x"}, "invalid_blocks_format"),
    ],
)
def test_it_refuses_an_empty_or_impossible_answer_at_a_response_url(stage, address, content, error):
    refusal = stage.http.post(address, json=content)
    assert (refusal.status_code, refusal.json()["error"]) == (400, error)
    assert stage.look("ephemerals/U0ANA") == []
