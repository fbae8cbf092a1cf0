"""Files are shared a little after they were completed, as Slack does."""

from __future__ import annotations

import httpx

from consult_bot.cli.stories.players import until
from consult_bot.sandbox.server import Sandbox

CHANNEL = "C0CONSULT"


def uploaded(stage, name="photo.jpg") -> str:
    announced = stage.client.files_getUploadURLExternal(filename=name, length=4)
    assert stage.http.post(announced["upload_url"], content=b"\xff\xd8\xff\xd9").status_code == 200
    return announced["file_id"]


def test_it_answers_at_once_and_shares_a_little_later(stage):
    root, file_id = stage.post("root"), uploaded(stage)
    complete = stage.client.files_completeUploadExternal
    told = complete(files=[{"id": file_id, "title": "Photo 1"}], channel_id=CHANNEL, thread_ts=root)
    assert told["files"] == [{"id": file_id, "title": "Photo 1"}]
    stage.do("clock", advance_seconds=1)
    file = stage.client.files_info(file=file_id)["file"]
    (reply,) = stage.look(f"messages/{CHANNEL}")[0]["replies"]
    (share,) = file["shares"]["public"][CHANNEL]
    assert (share["ts"], share["thread_ts"]) == (reply["ts"], root)
    assert reply["files"][0]["id"] == file_id


def test_it_shares_by_itself_without_anybody_moving_the_clock(stage):
    file_id = uploaded(stage)
    stage.client.files_completeUploadExternal(files=[{"id": file_id}], channel_id=CHANNEL)
    (message,) = until("the shared file", lambda: stage.look(f"messages/{CHANNEL}"))
    assert message["files"][0]["id"] == file_id


def test_it_does_not_know_a_file_before_it_is_completed_and_after_it_is_deleted(stage, refused):
    file_id = uploaded(stage)
    client = stage.client
    assert refused(client.files_info, file=file_id)["error"] == "file_not_found"
    client.files_completeUploadExternal(files=[{"id": file_id}])
    assert client.files_info(file=file_id)["file"]["shares"] == {}
    client.files_delete(file=file_id)
    assert refused(client.files_info, file=file_id)["error"] == "file_deleted"
    assert refused(client.files_delete, file=file_id)["error"] == "file_deleted"


def test_it_completes_none_when_one_is_missing(stage, refused):
    file_id = uploaded(stage)
    files = [{"id": file_id}, {"id": "FNONE"}]
    refusal = refused(stage.client.files_completeUploadExternal, files=files, channel_id=CHANNEL)
    assert refusal["error"] == "file_not_found"
    stage.do("clock", advance_seconds=1)
    assert refused(stage.client.files_info, file=file_id)["error"] == "file_not_found"
    assert stage.look(f"messages/{CHANNEL}") == []


def test_it_refuses_to_share_where_the_app_may_not_post(stage, refused):
    complete, files = stage.client.files_completeUploadExternal, [{"id": uploaded(stage)}]
    assert refused(complete, files=files, channel_id="C0GENERAL")["error"] == "not_in_channel"
    assert refused(complete, files=files, channel_id="#consults")["error"] == "invalid_channel"
    stage.do("channel", channel=CHANNEL, archived=True)
    assert refused(complete, files=files, channel_id=CHANNEL)["error"] == "posting_to_channel_denied"


def test_it_keeps_its_promise_over_a_restart_once(stage, tmp_path):
    file_id = uploaded(stage)
    slack = stage.sandbox.slack
    slack.later.end()
    stage.client.files_completeUploadExternal(files=[{"id": file_id}], channel_id=CHANNEL)
    assert stage.look(f"messages/{CHANNEL}") == []
    again = Sandbox(tmp_path / "sandbox", 0, "http://127.0.0.1:9", tmp_path / "mail", lambda seconds: None)
    again.start()
    try:
        for _ in range(2):
            httpx.post(f"{again.url}/_control/clock", json={"advance_seconds": 10})
            shown = httpx.get(f"{again.url}/_control/messages/{CHANNEL}").json()
            assert [message["files"][0]["id"] for message in shown] == [file_id]
    finally:
        again.stop()
