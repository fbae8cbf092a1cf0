"""Made-up cases for the views, and what Slack would say of a drawing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from consult_bot.case.model import Case, Disposition, Message, MessageKind, State, Task, TaskKind
from consult_bot.case.words import Words
from consult_bot.roster.facts import Facts
from consult_bot.sandbox.block_rules import characters, problems, view_problems
from tests.builders import ANA, BEN, LENA, PRACTICE, submission

NOW = datetime(2026, 8, 3, 15, 0, tzinfo=UTC)

NASTY = "<!channel> <@U0BEN> <https://evil.example|click> *bold* & \u202egnp.exe \x00 :tada:"
"""Patient text that must be shown and never work."""

BUDGET_CHARACTERS = 10_000


def case(**changes: Any) -> Case:
    """A new case of a made-up child."""
    made = Case(
        id="c" * 32,
        number=1042,
        version=7,
        state=State.NEW,
        queue="general",
        submission=submission(pregnant="Does not apply", allergies="Penicillin: hives", onset="Sunday"),
        nonce="n",
        created_at=NOW - timedelta(hours=1),
        due_at=NOW + timedelta(hours=23),
    )
    return replace(made, **changes)


def claimed(**changes: Any) -> Case:
    return case(**{"state": State.CLAIMED, "owner": ANA.id, **changes})


def reply(words: str = "It itches more at night.", message_id: str = "r1", **changes: Any) -> Message:
    made = Message(message_id, MessageKind.REPLY, "patient", Words(words), NOW, NOW)
    return replace(made, **changes)


def question(words: str = "Does it itch?", message_id: str = "q1", **changes: Any) -> Message:
    made = Message(message_id, MessageKind.QUESTION, ANA.id, Words(words), NOW, NOW)
    return replace(made, **changes)


def guidance(words: str = "Keep it cool and dry.", message_id: str = "g1", **changes: Any) -> Message:
    made = Message(
        message_id,
        MessageKind.GUIDANCE,
        ANA.id,
        Words(words),
        NOW,
        NOW,
        disposition=Disposition.HOME,
        safety_net=Words("If a fever comes, call us the same day."),
    )
    return replace(made, **changes)


def task(**changes: Any) -> Task:
    made = Task("t1", TaskKind.CALL, Words("Call the mother."), ANA.id, NOW, NOW + timedelta(hours=1), ANA.id)
    return replace(made, **changes)


def facts(now: datetime = NOW) -> Facts:
    return Facts(now, PRACTICE, {person.id: person for person in (ANA, BEN, LENA)})


def read(blocks: Any) -> str:
    """Everything that somebody reads in blocks, in order, one piece to a line."""
    return "\n".join(_texts(blocks))


def _texts(part: Any) -> list[str]:
    if isinstance(part, list | tuple):
        return [text for item in part for text in _texts(item)]
    if not isinstance(part, dict):
        return []
    own = [part["text"]] if isinstance(part.get("text"), str) else []
    return own + [text for value in part.values() for text in _texts(value)]


def words_that_work(blocks: Any) -> str:
    """All mrkdwn: the only place where markup works."""
    return "\n".join(_mrkdwn(blocks))


def _mrkdwn(part: Any) -> list[str]:
    if isinstance(part, list | tuple):
        return [text for item in part for text in _mrkdwn(item)]
    if not isinstance(part, dict):
        return []
    own = [part["text"]] if part.get("type") == "mrkdwn" else []
    return own + [text for value in part.values() for text in _mrkdwn(value)]


def check_message(blocks: Any) -> None:
    """Assert that Slack takes the blocks, and that they keep our own budget."""
    drawn = json.loads(json.dumps(list(blocks)))
    assert problems(drawn, "message") == []
    assert characters(drawn) <= BUDGET_CHARACTERS


def check_view(view: dict[str, Any]) -> None:
    """Assert that Slack takes the view."""
    drawn = json.loads(json.dumps(view))
    assert view_problems(drawn) == []
    assert len(json.dumps(drawn)) < 250_000
