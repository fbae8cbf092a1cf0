"""The Web API as real slack_sdk sees it."""

import json
import urllib.error
from http.client import RemoteDisconnected

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

CHANNEL = "C0CONSULT"
METADATA = {"event_type": "consult_case", "event_payload": {"case": "C-1042", "delivery": "7"}}


def section(text):
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def button(action_id, value="C-1042"):
    text = {"type": "plain_text", "text": "Press"}
    return {"type": "button", "action_id": action_id, "text": text, "value": value}


def test_it_knows_the_app_by_its_token(stage):
    answer = stage.client.auth_test()
    assert answer["user_id"] == "U0CONSULT"
    assert answer["team_id"] == "T0SANDBOX"
    assert answer["bot_id"] == "B0CONSULT"


@pytest.mark.parametrize(
    ("token", "error"),
    [("", "not_authed"), ("xoxb-nobody", "invalid_auth"), (None, "not_allowed_token_type")],
)
def test_it_refuses_a_wrong_token_by_slacks_names(stage, refused, token, error):
    app_token = stage.look("state")["tokens"]["app"]
    client = WebClient(
        token=app_token if token is None else token,
        base_url=stage.sandbox.settings()["SLACK_API_URL"],
        retry_handlers=[],
    )
    assert refused(client.api_call, api_method="auth.test")["error"] == error


def test_it_shows_a_posted_message_in_the_history_and_its_metadata_only_on_request(stage):
    ts = stage.post("C-1042 · new", blocks=[section("*Rash*")], metadata=METADATA, unfurl_links=False)
    plain = stage.client.conversations_history(channel=CHANNEL)["messages"]
    full = stage.client.conversations_history(channel=CHANNEL, include_all_metadata=True)["messages"]
    assert [message["ts"] for message in plain] == [ts]
    assert plain[0]["bot_id"] == "B0CONSULT"
    assert plain[0]["blocks"][0]["text"]["text"] == "*Rash*"
    assert plain[0]["blocks"][0]["block_id"]
    assert "metadata" not in plain[0]
    assert full[0]["metadata"] == METADATA


def test_it_leaves_replies_out_of_the_history_unless_they_were_broadcast(stage):
    root = stage.post("root")
    quiet = stage.post("quiet", thread_ts=root, metadata=METADATA)
    loud = stage.post("loud", thread_ts=root, reply_broadcast=True)
    history = stage.client.conversations_history(channel=CHANNEL)["messages"]
    thread = stage.client.conversations_replies(channel=CHANNEL, ts=root, include_all_metadata=True)[
        "messages"
    ]
    assert [message["ts"] for message in history] == [loud, root]
    assert [message["ts"] for message in thread] == [root, quiet, loud]
    assert thread[1]["metadata"] == METADATA
    assert history[1]["reply_count"] == 2
    assert history[1]["latest_reply"] == loud


def test_it_pages_the_history_without_repeating_what_came_meanwhile(stage):
    stamps = [stage.post(f"message {number}") for number in range(5)]
    first = stage.client.conversations_history(channel=CHANNEL, limit=2)
    stage.post("one more")
    second = stage.client.conversations_history(
        channel=CHANNEL, limit=2, cursor=first["response_metadata"]["next_cursor"]
    )
    assert [message["ts"] for message in first["messages"] + second["messages"]] == stamps[:0:-1]
    assert second["has_more"] is True


def test_it_bounds_the_history_by_stamps(stage):
    one, two, three = (stage.post(str(number)) for number in range(3))
    history = stage.client.conversations_history
    assert [m["ts"] for m in history(channel=CHANNEL, oldest=one)["messages"]] == [three, two]
    assert [m["ts"] for m in history(channel=CHANNEL, latest=two)["messages"]] == [one]
    between = history(channel=CHANNEL, oldest=two, latest=two, inclusive=True)["messages"]
    assert [m["ts"] for m in between] == [two]


def test_it_updates_and_deletes_only_the_apps_own_messages(stage, refused):
    own = stage.post("before", blocks=[section("before")], metadata=METADATA)
    theirs = stage.do("message", channel=CHANNEL, user="U0ANA", text="mine")["ts"]
    client = stage.client
    client.chat_update(channel=CHANNEL, ts=own, text="after", blocks=[section("after")])
    message = stage.look(f"messages/{CHANNEL}")[0]
    assert message["text"] == "after"
    assert message["blocks"][0]["text"]["text"] == "after"
    assert message["metadata"] == METADATA
    client.chat_update(channel=CHANNEL, ts=own, text="bare")
    assert "blocks" not in stage.look(f"messages/{CHANNEL}")[0]
    update, delete = client.chat_update, client.chat_delete
    assert refused(update, channel=CHANNEL, ts=theirs, text="no")["error"] == "cant_update_message"
    assert refused(delete, channel=CHANNEL, ts=theirs)["error"] == "cant_delete_message"
    assert refused(update, channel=CHANNEL, ts="1.000001", text="no")["error"] == "message_not_found"
    client.chat_delete(channel=CHANNEL, ts=own)
    assert [message["ts"] for message in stage.look(f"messages/{CHANNEL}")] == [theirs]


def test_it_leaves_a_tombstone_where_a_deleted_message_had_replies(stage):
    root = stage.post("root")
    stage.post("reply", thread_ts=root)
    stage.client.chat_delete(channel=CHANNEL, ts=root)
    (message,) = stage.client.conversations_history(channel=CHANNEL)["messages"]
    assert message["subtype"] == "tombstone"
    assert message["reply_count"] == 1
    assert message["text"] != "root"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "C0NOWHERE", "text": "x"}, "channel_not_found"),
        ({"channel": "C0GENERAL", "text": "x"}, "not_in_channel"),
        ({"channel": CHANNEL, "text": ""}, "no_text"),
        ({"channel": CHANNEL, "text": "x", "thread_ts": "1.000001"}, "cannot_reply_to_message"),
        ({"channel": CHANNEL, "text": "x", "metadata": {"event_type": "x"}}, "invalid_metadata_format"),
        ({"channel": CHANNEL, "text": "x", "blocks": "{"}, "invalid_blocks_format"),
    ],
)
def test_it_refuses_an_impossible_message_by_slacks_names(stage, refused, arguments, error):
    assert refused(stage.client.chat_postMessage, **arguments)["error"] == error
    assert stage.look(f"messages/{CHANNEL}") == []


@pytest.mark.parametrize(
    ("blocks", "complaint"),
    [
        ([{"type": "banner"}], "unsupported type: banner"),
        ([{"type": "divider"}] * 51, "no more than 50 items"),
        ([section("x" * 3001)], "less than 3001 characters"),
        ([section("")], "more than 0 characters"),
        ([{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}], "plain_text"),
        ([{"type": "actions", "elements": [button("a"), button("a")]}], "`action_id` a already exists"),
        ([{"type": "divider", "block_id": "b"}] * 2, "`block_id` b already exists"),
        ([{"type": "alert", "text": {"type": "mrkdwn", "text": "x"}}], "unsupported type: alert"),
    ],
)
def test_it_refuses_impossible_blocks_and_says_where(stage, refused, blocks, complaint):
    refusal = refused(stage.client.chat_postMessage, channel=CHANNEL, text="x", blocks=blocks)
    assert refusal["error"] == "invalid_blocks"
    assert complaint in " ".join(refusal["response_metadata"]["messages"])


def test_it_refuses_a_message_whose_blocks_are_too_long_together(stage, refused):
    long = [section("x" * 3000) for _ in range(4)]
    stage.post(blocks=long)
    refusal = refused(
        stage.client.chat_postMessage, channel=CHANNEL, text="x", blocks=[*long, section("x" * 1300)]
    )
    assert refusal["error"] == "msg_blocks_too_long"


def test_it_stamps_messages_strictly_increasing(stage):
    stamps = [stage.post(str(number)) for number in range(20)]
    assert stamps == sorted(set(stamps))


def test_it_whispers_to_one_person_only(stage, refused):
    stage.client.chat_postEphemeral(channel=CHANNEL, user="U0ANA", text="psst")
    assert [message["text"] for message in stage.look("ephemerals/U0ANA")] == ["psst"]
    assert stage.look("ephemerals/U0BEN") == []
    assert stage.look(f"messages/{CHANNEL}") == []
    post = stage.client.chat_postEphemeral
    assert refused(post, channel=CHANNEL, user="U0NOBODY", text="x")["error"] == "user_not_in_channel"


def test_it_tells_about_people_and_channels(stage, refused):
    stage.grant("usergroups:read", "team:read")
    client = stage.client
    assert client.users_info(user="U0ANA")["user"]["real_name"] == "Dr. Ana Ruiz"
    assert refused(client.users_info, user="U0NOBODY")["error"] == "user_not_found"
    assert "U0LENA" in client.conversations_members(channel=CHANNEL)["members"]
    assert client.conversations_info(channel=CHANNEL)["channel"]["name"] == "consults"
    assert {c["id"] for c in client.conversations_list()["channels"]} == {CHANNEL, "C0GENERAL"}
    assert [c["id"] for c in client.users_conversations()["channels"]] == [CHANNEL]
    assert client.usergroups_users_list(usergroup="S0ONCALL")["users"] == ["U0ANA", "U0LENA"]
    assert client.bots_info(bot="B0CONSULT")["bot"]["user_id"] == "U0CONSULT"
    assert client.team_info()["team"]["id"] == "T0SANDBOX"
    assert len(client.users_list(limit=2)["members"]) == 2


def test_it_opens_direct_messages_with_a_person(stage):
    stage.grant("im:write")
    channel = stage.client.conversations_open(users="U0ANA")["channel"]["id"]
    stage.client.chat_postMessage(channel=channel, text="to you")
    stage.client.chat_postMessage(channel="U0ANA", text="to you again")
    assert [message["text"] for message in stage.look(f"messages/{channel}")] == ["to you", "to you again"]


def test_it_lets_the_app_join_a_channel(stage):
    stage.grant("channels:join")
    stage.client.conversations_join(channel="C0GENERAL")
    stage.client.chat_postMessage(channel="C0GENERAL", text="hello")
    assert [message["text"] for message in stage.look("messages/C0GENERAL")] == ["hello"]


def test_it_adds_and_removes_reactions(stage, refused):
    stage.grant("reactions:write")
    ts = stage.post()
    client = stage.client
    client.reactions_add(channel=CHANNEL, timestamp=ts, name="eyes")
    again = refused(client.reactions_add, channel=CHANNEL, timestamp=ts, name="eyes")
    assert again["error"] == "already_reacted"
    assert stage.look(f"messages/{CHANNEL}")[0]["reactions"][0]["name"] == "eyes"
    client.reactions_remove(channel=CHANNEL, timestamp=ts, name="eyes")
    assert "reactions" not in stage.look(f"messages/{CHANNEL}")[0]


def test_it_gives_links_to_messages(stage):
    ts = stage.post()
    link = stage.client.chat_getPermalink(channel=CHANNEL, message_ts=ts)["permalink"]
    assert link.endswith(f"/archives/{CHANNEL}/p{ts.replace('.', '')}")


def test_it_gives_links_to_replies_and_none_to_what_was_deleted(stage, refused):
    root = stage.post()
    reply = stage.post("reply", thread_ts=root)
    stage.client.chat_delete(channel=CHANNEL, ts=root)
    link = stage.client.chat_getPermalink(channel=CHANNEL, message_ts=reply)["permalink"]
    assert link.endswith(f"/p{reply.replace('.', '')}?thread_ts={root}&cid={CHANNEL}")
    for gone in (root, "1.000001"):
        refusal = refused(stage.client.chat_getPermalink, channel=CHANNEL, message_ts=gone)
        assert refusal["error"] == "message_not_found"


def test_it_reads_a_thread_whose_root_was_deleted_and_knows_its_newest_reply(stage, refused):
    root = stage.post()
    replies = [stage.post("reply", thread_ts=root) for _ in range(2)]
    stage.client.chat_delete(channel=CHANNEL, ts=root)
    stage.client.chat_delete(channel=CHANNEL, ts=replies[1])
    (grave, reply) = stage.client.conversations_replies(channel=CHANNEL, ts=root)["messages"]
    assert (grave["subtype"], grave["latest_reply"], reply["ts"]) == ("tombstone", replies[0], replies[0])
    refusal = refused(stage.client.conversations_replies, channel=CHANNEL, ts=replies[1])
    assert refusal["error"] == "thread_not_found"
    update = refused(stage.client.chat_update, channel=CHANNEL, ts=root, text="x")
    assert update["error"] == "cant_update_message"


def test_it_answers_an_unknown_method_as_slack_does(stage, refused):
    assert refused(stage.client.api_call, api_method="chat.shout")["error"] == "unknown_method"


def test_it_names_a_missing_argument(stage, refused):
    refusal = refused(stage.client.api_call, api_method="users.info")
    assert refusal["error"] == "invalid_arguments"
    assert "user" in refusal["response_metadata"]["messages"][0]


def test_it_reads_arguments_from_forms_and_json_alike(stage):
    token = stage.sandbox.settings()["SLACK_BOT_TOKEN"]
    headers = {"Authorization": f"Bearer {token}"}
    fields = {"channel": CHANNEL, "text": "x", "blocks": json.dumps([section("form")])}
    url = stage.sandbox.settings()["SLACK_API_URL"] + "chat.postMessage"
    assert stage.http.post(url, data=fields, headers=headers).json()["ok"]
    assert stage.http.post(url, json=fields | {"blocks": [section("json")]}, headers=headers).json()["ok"]
    assert stage.http.post(url, content=b"x", headers=headers | {"content-type": "text/csv"}).json() == {
        "ok": False,
        "error": "invalid_post_type",
    }
    shown = [message["blocks"][0]["text"]["text"] for message in stage.look(f"messages/{CHANNEL}")]
    assert shown == ["form", "json"]


def test_it_uploads_a_file_into_a_thread_and_serves_it_to_the_app_alone(stage):
    root = stage.post("root")
    uploaded = stage.client.files_upload_v2(
        channel=CHANNEL,
        thread_ts=root,
        filename="photo-1.jpg",
        title="Photo 1",
        content=b"\xff\xd8\xff bytes",
        initial_comment="Photo 1 of 1",
    )
    file_id = uploaded["file"]["id"]
    stage.do("clock", advance_seconds=1)
    reply = stage.look(f"messages/{CHANNEL}")[0]["replies"][0]
    info = stage.client.files_info(file=file_id)["file"]
    assert reply["text"] == "Photo 1 of 1"
    assert reply["files"][0]["mimetype"] == "image/jpeg"
    assert info["shares"]["public"][CHANNEL][0]["ts"] == reply["ts"]
    assert info["shares"]["public"][CHANNEL][0]["thread_ts"] == root
    token = stage.sandbox.settings()["SLACK_BOT_TOKEN"]
    with_token = stage.http.get(info["url_private"], headers={"Authorization": f"Bearer {token}"})
    assert with_token.content == b"\xff\xd8\xff bytes"
    assert stage.http.get(info["url_private"]).status_code == 403
    assert stage.http.get(f"{stage.sandbox.url}/page/files/{file_id}").content == b"\xff\xd8\xff bytes"
    stage.client.files_delete(file=file_id)
    assert stage.http.get(f"{stage.sandbox.url}/page/files/{file_id}").status_code == 404


def test_it_refuses_a_file_that_never_came(stage, refused):
    announced = stage.client.files_getUploadURLExternal(filename="a.jpg", length=5)
    complete = stage.client.files_completeUploadExternal
    missing = refused(complete, files=[{"id": announced["file_id"]}], channel_id=CHANNEL)
    assert missing["error"] == "file_not_found"
    assert stage.http.post(announced["upload_url"], content=b"four").status_code == 400
    assert stage.look(f"messages/{CHANNEL}") == []


def test_it_fails_as_ordered_and_recovers(stage):
    stage.do("fault", method="chat.postMessage", error="is_archived")
    stage.do("fault", method="chat.postMessage", status=500, times=2)
    stage.do("fault", method="*", retry_after_seconds=7)
    for status, error in [(200, "is_archived"), (500, None), (500, None), (429, "ratelimited")]:
        with pytest.raises(SlackApiError) as caught:
            stage.post()
        response = caught.value.response
        assert response.status_code == status
        if error:
            assert response["error"] == error
        if status == 429:
            assert response.headers["Retry-After"] == "7"
    stage.post("through")
    assert [message["text"] for message in stage.look(f"messages/{CHANNEL}")] == ["through"]


def test_it_can_lose_the_reply_of_a_call_that_was_carried_out(stage):
    stage.do("fault", method="chat.postMessage", lose_reply=True)
    with pytest.raises((urllib.error.URLError, ConnectionError, RemoteDisconnected)):
        stage.post("once")
    assert [message["text"] for message in stage.look(f"messages/{CHANNEL}")] == ["once"]
    (call,) = [call for call in stage.look("log")["calls"] if call["method"] == "chat.postMessage"]
    assert call["reply_lost"] is True
