"""What changes around the app: edits, deletions, renamed and archived channels, guests and leavers."""

from __future__ import annotations

import pytest

from consult_bot.sandbox.server import Sandbox

CHANNEL = "C0CONSULT"


@pytest.fixture
def heard(stage):
    """Returns a function that returns the events the app was told of, once all have arrived."""
    kinds = ("channel_rename", "channel_archive", "channel_unarchive", "channel_left", "user_change")
    for kind in ("member_joined_channel", "member_left_channel", "app_home_opened", *kinds):
        stage.app.event(kind)(lambda: None)

    def settled():
        stage.do("open-home", user="U0LENA")  # events keep their order
        events = [callback["payload"]["event"] for callback in stage.look("log")["callbacks"]]
        return [event for event in events if event["type"] != "app_home_opened"]

    return settled


def test_it_tells_of_an_edited_and_a_deleted_message(stage, heard):
    ts = stage.do("message", channel=CHANNEL, user="U0ANA", text="viral")["ts"]
    stage.do("edit", user="U0ANA", channel=CHANNEL, messageTs=ts, text="viral & mild")
    assert stage.look(f"messages/{CHANNEL}")[0]["text"] == "viral &amp; mild"
    stage.do("delete", user="U0ANA", channel=CHANNEL, messageTs=ts)
    posted, changed, deleted = heard()
    assert changed["subtype"] == "message_changed"
    assert changed["message"]["text"] == "viral &amp; mild"
    assert changed["message"]["edited"]["user"] == "U0ANA"
    assert changed["previous_message"]["text"] == "viral"
    assert deleted["subtype"] == "message_deleted"
    assert deleted["deleted_ts"] == posted["ts"] == ts
    assert stage.look(f"messages/{CHANNEL}") == []


def test_it_lets_nobody_change_what_another_wrote(stage):
    ts = stage.do("message", channel=CHANNEL, user="U0ANA", text="mine")["ts"]
    order = {"user": "U0BEN", "channel": CHANNEL, "messageTs": ts}
    assert "not a message of U0BEN" in stage.do("edit", **order, text="no", expect=400)["message"]
    stage.do("delete", **order, expect=400)
    assert stage.look(f"messages/{CHANNEL}")[0]["text"] == "mine"


def test_it_tells_of_a_deleted_message_with_replies_as_changed_into_its_tombstone(stage, heard):
    root = stage.post("C-1042 · new")
    stage.post("viral", thread_ts=root)
    stage.do("delete", user="U0BEN", channel=CHANNEL, messageTs=root, expect=400)
    stage.do("delete", user="U0LENA", channel=CHANNEL, messageTs=root)
    told = heard()[-1]
    assert told["subtype"] == "message_changed" and "deleted_ts" not in told
    assert told["message"]["subtype"] == "tombstone" and told["message"]["user"] == "USLACKBOT"
    assert told["previous_message"]["text"] == "C-1042 · new"
    assert told["message"]["ts"] == root and "new" not in told["message"]["text"]


def test_it_renames_a_channel(stage, heard, refused):
    stage.do("channel", channel=CHANNEL, name="skin-consults")
    assert stage.client.conversations_info(channel=CHANNEL)["channel"]["name"] == "skin-consults"
    stage.client.chat_postMessage(channel="#skin-consults", text="x")
    gone = refused(stage.client.chat_postMessage, channel="#consults", text="x")
    assert gone["error"] == "channel_not_found"
    assert heard()[0]["channel"] == {
        "id": CHANNEL,
        "name": "skin-consults",
        "name_normalized": "skin-consults",
    }


def test_it_refuses_every_change_in_an_archived_channel(stage, heard, refused):
    ts = stage.post("card")
    stage.grant("reactions:write")
    stage.do("channel", channel=CHANNEL, archived=True)
    client = stage.client
    assert refused(client.chat_postMessage, channel=CHANNEL, text="x")["error"] == "is_archived"
    assert refused(client.chat_update, channel=CHANNEL, ts=ts, text="x")["error"] == "is_inactive"
    assert refused(client.reactions_add, channel=CHANNEL, timestamp=ts, name="x")["error"] == "is_archived"
    whisper = refused(client.chat_postEphemeral, channel=CHANNEL, user="U0ANA", text="x")
    assert whisper["error"] == "is_archived"
    assert client.conversations_info(channel=CHANNEL)["channel"]["is_archived"] is True
    assert CHANNEL not in str(client.conversations_list(exclude_archived=True)["channels"])
    stage.do("message", channel=CHANNEL, user="U0ANA", text="x", expect=400)
    stage.do("channel", channel=CHANNEL, archived=False)
    stage.post("again")
    told = [event["type"] for event in heard() if event["type"] != "message"]
    assert told == ["channel_archive", "channel_unarchive"]


def test_it_tells_the_app_nothing_of_a_channel_it_was_removed_from(stage, heard, refused):
    ts = stage.post("card")
    stage.do("channel", channel=CHANNEL, bot_member=False)
    mine = stage.do("message", channel=CHANNEL, user="U0ANA", text="among us")["ts"]
    stage.do("edit", user="U0ANA", channel=CHANNEL, messageTs=mine, text="still among us")
    client = stage.client
    assert refused(client.chat_postMessage, channel=CHANNEL, text="x")["error"] == "not_in_channel"
    assert refused(client.chat_update, channel=CHANNEL, ts=ts, text="x")["error"] == "not_in_channel"
    assert refused(client.conversations_history, channel=CHANNEL)["error"] == "not_in_channel"
    stage.do("channel", channel=CHANNEL, bot_member=True)
    stage.post("back")
    told = [(event["type"], event.get("user")) for event in heard()]
    assert told == [
        ("message", "U0CONSULT"),
        ("channel_left", None),
        ("member_joined_channel", "U0CONSULT"),
        ("message", "U0CONSULT"),
    ]


def test_it_deactivates_a_person_and_brings_them_back(stage, heard, refused):
    stage.grant("im:write", "users:read.email")
    stage.do("person", user="U0BEN", deleted=True)
    client = stage.client
    assert client.users_info(user="U0BEN")["user"]["deleted"] is True
    assert "U0BEN" not in client.conversations_members(channel=CHANNEL)["members"]
    assert refused(client.conversations_open, users="U0BEN")["error"] == "user_disabled"
    email = "ben@prairie-telehealth.example"
    assert refused(client.users_lookupByEmail, email=email)["error"] == "users_not_found"
    whisper = refused(client.chat_postEphemeral, channel=CHANNEL, user="U0BEN", text="x")
    assert whisper["error"] == "user_not_in_channel"
    order = {"channel": CHANNEL, "user": "U0BEN", "text": "x"}
    assert "deactivated" in stage.do("message", **order, expect=400)["message"]
    stage.do("person", user="U0BEN", deleted=False)
    stage.do("message", **order)
    changes = [event["user"]["deleted"] for event in heard() if event["type"] == "user_change"]
    assert changes == [True, False]


def test_it_makes_a_guest_and_moves_people_between_channels(stage, heard):
    stage.do("person", user="U0NOOR", guest=True, member_of=[CHANNEL])
    assert stage.client.users_info(user="U0NOOR")["user"]["is_restricted"] is True
    stage.do("person", user="U0NOOR", member_of=["C0GENERAL"])
    assert "U0NOOR" not in stage.client.conversations_members(channel=CHANNEL)["members"]
    stage.do("message", channel=CHANNEL, user="U0NOOR", text="x", expect=400)
    told = [(event["type"], event.get("channel")) for event in heard()]
    assert told == [("user_change", None), ("member_left_channel", CHANNEL)]


def test_it_keeps_what_changed_over_a_restart(stage, tmp_path):
    stage.do("channel", channel=CHANNEL, name="skin", archived=True)
    stage.do("person", user="U0BEN", deleted=True)
    stage.do("app", scopes=["chat:write"], token="revoked")
    again = Sandbox(tmp_path / "sandbox", 0, "http://127.0.0.1:9", tmp_path / "mail", lambda seconds: None)
    try:
        channel = again.slack.workspace.channel(CHANNEL)
        assert (channel.name, channel.is_archived) == ("skin", True)
        assert again.slack.workspace.person("U0BEN").deleted
        assert again.slack.installation.scopes == ("chat:write",)
    finally:
        again.stop()


def test_it_loses_an_ephemeral_without_a_word_when_asked_to(stage):
    stage.do("fault", method="ephemeral", lose_reply=True, times=2)
    first = stage.client.chat_postEphemeral(channel=CHANNEL, user="U0ANA", text="one")
    assert first["message_ts"]
    stage.app.command("/consult")(lambda ack: ack("two"))
    told = stage.do("command", channel=CHANNEL, user="U0ANA", command="/consult")
    assert told["ok"] is True
    assert stage.look("ephemerals/U0ANA") == []
    stage.client.chat_postEphemeral(channel=CHANNEL, user="U0ANA", text="three")
    assert [message["text"] for message in stage.look("ephemerals/U0ANA")] == ["three"]
