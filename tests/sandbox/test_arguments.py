"""Arguments of the Web API as strict as Slack's reference, by its own names."""

from __future__ import annotations

import pytest

from consult_bot.sandbox.web_api.methods import METHODS
from consult_bot.sandbox.web_api.signatures import SIGNATURES

CHANNEL = "C0CONSULT"
TEXT = {"channel": CHANNEL, "text": "x"}


def test_it_has_a_signature_for_every_method_it_offers():
    assert set(METHODS) <= set(SIGNATURES)


@pytest.mark.parametrize(
    ("method", "arguments", "error", "named"),
    [
        ("chat.postMessage", {"channel": CHANNEL, "txet": "x"}, "invalid_arg_name", "txet"),
        ("chat.postMessage", {"text": "x"}, "invalid_arguments", "channel"),
        ("chat.postMessage", {"channel": [CHANNEL], "text": "x"}, "invalid_array_arg", "channel"),
        ("chat.postMessage", {"channel": CHANNEL, "text": 7}, "invalid_arguments", "text"),
        ("chat.postMessage", {**TEXT, "reply_broadcast": "maybe"}, "invalid_arguments", "reply_broadcast"),
        ("chat.postMessage", {**TEXT, "blocks": 7}, "invalid_arguments", "blocks"),
        ("chat.postMessage", {**TEXT, "as_user": True}, "as_user_not_supported", ""),
        ("chat.postMessage", {**TEXT, "username": "Dr. Who"}, "missing_scope", ""),
        ("chat.postMessage", {**TEXT, "attachments": "x"}, "invalid_attachments", "attachments"),
        ("chat.postMessage", {**TEXT, "attachments": [{}] * 101}, "too_many_attachments", ""),
        ("chat.postMessage", {**TEXT, "markdown_text": "x"}, "markdown_text_conflict", ""),
        ("chat.postMessage", {"channel": CHANNEL, "markdown_text": "x" * 12_001}, "msg_too_long", ""),
        ("chat.postMessage", {**TEXT, "metadata": "{"}, "invalid_metadata_format", ""),
        (
            "chat.postMessage",
            {**TEXT, "metadata": {"event_type": "e", "event_payload": {"x": "y" * 20_000}}},
            "metadata_too_large",
            "",
        ),
        ("chat.update", {"channel": CHANNEL, "ts": "1.000001", "text": "x"}, "message_not_found", ""),
        ("chat.update", {"channel": "#consults", "ts": "1.000001", "text": "x"}, "channel_not_found", ""),
        ("chat.delete", {"channel": CHANNEL}, "invalid_arguments", "ts"),
        ("chat.delete", {"channel": CHANNEL, "ts": "1.000001"}, "message_not_found", ""),
        ("chat.postEphemeral", {"channel": CHANNEL, "user": "U0ANA"}, "no_text", ""),
        ("chat.getPermalink", {"channel": CHANNEL, "message_ts": "1.000001"}, "message_not_found", ""),
        ("chat.scheduleMessage", {**TEXT, "post_at": "tomorrow"}, "invalid_arguments", "post_at"),
        ("chat.scheduleMessage", {**TEXT, "post_at": 7}, "time_in_past", ""),
        ("chat.scheduleMessage", {**TEXT, "post_at": 9_999_999_999}, "time_too_far", ""),
        ("chat.unfurl", {}, "missing_scope", ""),
        ("conversations.history", {"channel": "C0GENERAL"}, "not_in_channel", ""),
        ("conversations.history", {"channel": CHANNEL, "limit": "many"}, "invalid_limit", "limit"),
        ("conversations.history", {"channel": CHANNEL, "limit": 1000}, "invalid_limit", ""),
        ("conversations.history", {"channel": CHANNEL, "cursor": "page 2"}, "invalid_cursor", ""),
        ("conversations.history", {"channel": CHANNEL, "oldest": "noon"}, "invalid_ts_oldest", ""),
        ("conversations.history", {"channel": CHANNEL, "latest": "noon"}, "invalid_ts_latest", ""),
        ("conversations.replies", {"channel": CHANNEL, "ts": "1.000001"}, "thread_not_found", ""),
        ("conversations.info", {"channel": "consults"}, "channel_not_found", ""),
        ("conversations.list", {"types": "secret"}, "invalid_types", ""),
        ("conversations.list", {"types": "public_channel,im"}, "missing_scope", ""),
        ("conversations.members", {"channel": CHANNEL, "limit": 0}, "invalid_limit", ""),
        ("conversations.members", {"channel": CHANNEL, "cursor": "b2Zmc2V0Oi01"}, "invalid_cursor", ""),
        ("users.info", {"user": "U0NOBODY"}, "user_not_found", ""),
        ("files.getUploadURLExternal", {"filename": "a.jpg", "length": 0}, "missing_argument", ""),
        (
            "files.getUploadURLExternal",
            {"filename": "a.jpg", "length": 9, "alt_txt": "x" * 1001},
            "alt_txt_too_large",
            "",
        ),
        ("files.completeUploadExternal", {"files": {"id": "F1"}}, "invalid_arguments", "files"),
        ("files.completeUploadExternal", {"files": [{"id": "F1"}]}, "file_not_found", ""),
        (
            "files.completeUploadExternal",
            {"files": [{"id": "F1"}], "channel_id": "x"},
            "channel_not_found",
            "",
        ),
        ("files.info", {"file": "F1"}, "file_not_found", ""),
        ("views.open", {"view": {}}, "invalid_arguments", "trigger_id"),
        ("views.update", {"view": {}, "view_id": "V1", "external_id": "x"}, "invalid_arguments", "view_id"),
        ("views.publish", {"view": {}, "user_id": "U0NOBODY"}, "invalid_arguments", "user_id"),
        ("oauth.v2.access", {"code": "x"}, "invalid_client_id", ""),
        ("openid.connect.token", {"code": "x"}, "invalid_client", ""),
        ("openid.connect.userInfo", {}, "not_allowed_token_type", ""),
    ],
)
def test_it_refuses_wrong_arguments_by_slacks_names(stage, refused, method, arguments, error, named):
    refusal = refused(stage.client.api_call, api_method=method, json=arguments)
    assert refusal["error"] == error
    assert named in " ".join(refusal.get("response_metadata", {}).get("messages", [named]))
    assert stage.look(f"messages/{CHANNEL}") == []


def test_it_refuses_bodies_that_slack_cannot_read(stage):
    url = stage.sandbox.settings()["SLACK_API_URL"] + "auth.test"
    headers = {"Authorization": f"Bearer {stage.sandbox.settings()['SLACK_BOT_TOKEN']}"}

    def answer(content: bytes, **kind: str) -> str:
        given = {name.replace("_", "-"): value for name, value in kind.items()}
        return stage.http.post(url, content=content, headers=headers | given).json().get("error", "ok")

    assert answer(b"{", content_type="application/json") == "invalid_json"
    assert answer(b"[]", content_type="application/json") == "json_not_object"
    assert answer(b"{}", content_type="application/json; charset=utf-7") == "invalid_charset"
    assert answer(b"x", content_type="multipart/form-data; boundary=b") == "invalid_form_data"
    assert answer(b"x", content_type="text/csv") == "invalid_post_type"
    assert answer(b"x") == "missing_post_type"
    assert answer(b"{}", content_type="application/json; charset=utf-8") == "ok"


def test_it_reads_multipart_forms(stage):
    url = stage.sandbox.settings()["SLACK_API_URL"] + "chat.postMessage"
    headers = {"Authorization": f"Bearer {stage.sandbox.settings()['SLACK_BOT_TOKEN']}"}
    parts = {"channel": (None, CHANNEL), "text": (None, "Jalapeño")}
    assert stage.http.post(url, files=parts, headers=headers).json()["ok"]
    assert stage.look(f"messages/{CHANNEL}")[0]["text"] == "Jalapeño"


def test_it_takes_a_token_from_a_form_but_not_from_json(stage):
    url = stage.sandbox.settings()["SLACK_API_URL"] + "auth.test"
    token = {"token": stage.sandbox.settings()["SLACK_BOT_TOKEN"]}
    assert stage.http.post(url, data=token).json()["ok"]
    assert stage.http.post(url, json=token).json() == {"ok": False, "error": "not_authed"}


def test_it_cuts_a_text_of_more_than_forty_thousand_characters(stage, refused):
    ts = stage.post("x" * 40_001)
    assert len(stage.look(f"messages/{CHANNEL}")[0]["text"]) == 40_000
    long = refused(stage.client.chat_update, channel=CHANNEL, ts=ts, text="x" * 4_001)
    assert long["error"] == "msg_too_long"


def test_it_takes_away_metadata_with_an_empty_object_and_keeps_it_otherwise(stage):
    metadata = {"event_type": "consult_case", "event_payload": {"case": "C-1042"}}
    ts = stage.post("card", metadata=metadata)
    stage.client.chat_update(channel=CHANNEL, ts=ts, text="card 2")
    assert stage.look(f"messages/{CHANNEL}")[0]["metadata"] == metadata
    stage.client.chat_update(channel=CHANNEL, ts=ts, text="card 3", metadata={})
    assert "metadata" not in stage.look(f"messages/{CHANNEL}")[0]


def test_it_posts_a_scheduled_message_when_its_time_comes_and_no_sooner(stage):
    now = stage.do("clock", advance_seconds=0)["now_seconds"]
    told = stage.client.chat_scheduleMessage(channel=CHANNEL, text="later", post_at=int(now) + 600)
    assert told["scheduled_message_id"].startswith("Q")
    stage.do("clock", advance_seconds=500)
    assert stage.look(f"messages/{CHANNEL}") == []
    stage.do("clock", advance_seconds=101)
    assert [message["text"] for message in stage.look(f"messages/{CHANNEL}")] == ["later"]
    stage.do("clock", advance_seconds=1000)
    assert len(stage.look(f"messages/{CHANNEL}")) == 1
