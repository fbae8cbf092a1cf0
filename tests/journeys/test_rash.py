"""Story 1: a rash.

A parent, 90 miles from a clinic, sends a photo of a rash on a child of two and a half. The card appears in the
channel, the photo in its thread, without the place where it was taken. Ana claims it; Ben, a moment too late, is told
who has it. Ana asks two questions; each waits out its undo window, then a letter tells the parent that something
waits, and nothing else. The parent opens the link, types the code, answers. Ben says something in the thread that
is kept as a note and that the parent never sees. Ana advises; the parent reads it and taps "I understand"; Ana closes.

Afterwards nothing that anyone wrote stands in a log, a letter, the database or a file.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from consult_bot.case.model import MessageKind
from consult_bot.cli.local import LocalPractice
from consult_bot.cli.stories.players import Workspace
from consult_bot.cli.stories.rash import NOTE, PRIVATE, RashStory
from consult_bot.logs import configure_logs
from storage import history


@pytest.fixture
def practice(database_url: str, tmp_path: Path) -> Iterator[LocalPractice]:
    with (tmp_path / "log.jsonl").open("w") as stream:
        configure_logs(stream)
        local = LocalPractice(tmp_path / "practice", 0, 0, DATABASE_URL=database_url)
        local.start()
        yield local
        local.stop()


def test_it_goes_from_a_parents_photo_to_guidance_understood(practice: LocalPractice, tmp_path: Path) -> None:
    transcript: list[tuple[str, str]] = []
    workspace = Workspace(practice.slack_url, "C0CONSULT")
    story = RashStory(practice.url, workspace, lambda who, what: transcript.append((who, what)))
    story.play()

    assert [who for who, _ in transcript].count("Email") == 3
    letters = [letter["subject"] for letter in workspace.mail()]
    assert len(letters) == 5, letters
    with practice.house.store.reading() as work:
        assert history.verify(work.connection).broken is None
        assert work.outbox.stuck() == []
        case = work.cases.get(int(story.number.removeprefix("C-")))
    notes = [message for message in case.messages if message.kind is MessageKind.NOTE]
    assert [(note.author, note.words.reveal()) for note in notes] == [("U0BEN", NOTE)]
    assert notes[0].visible_at is None

    kept = [tmp_path / "log.jsonl", *tmp_path.glob("consult.db*")]
    kept += list((tmp_path / "practice" / "attachments").iterdir())
    for path in kept:
        content = path.read_bytes()
        for private in PRIVATE:
            assert private.encode() not in content, f"{path.name} holds what somebody wrote"


def test_it_goes_the_same_way_by_a_socket(tmp_path: Path) -> None:
    local = LocalPractice(tmp_path / "practice", 0, 0, socket_mode=True)
    local.start()
    workspace = Workspace(local.slack_url, "C0CONSULT")
    end, moment = time.monotonic() + 60, threading.Event()
    while local.sandbox.slack.sockets.open == 0:
        assert time.monotonic() < end, "no socket"
        moment.wait(0.02)
    RashStory(local.url, workspace, lambda who, what: None).play()
    callbacks = local.sandbox.slack.log.told()["callbacks"]
    local.stop()
    assert {callback["by"] for callback in callbacks} == {"socket"}
    assert len(callbacks) > 10
