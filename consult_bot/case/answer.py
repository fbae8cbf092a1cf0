"""Answers: what somebody is told in the thread where they spoke to the app."""

from __future__ import annotations

from dataclasses import dataclass

from consult_bot.case.words import Words


@dataclass(frozen=True, slots=True)
class ThreadAnswer:
    """One answer to one person (a Slack id), in the thread of `thread_ts` in a channel.

    `number` is the case whose thread it is, None for a thread of no case: then it only says how the app is used.
    `words` are mrkdwn of ours, `verb` the verb whose form the answer's button opens, `query` the question whose answer
    is drawn when it is sent. Nothing in it was typed by anybody.
    """

    person: str
    channel: str
    thread_ts: str
    number: int | None = None
    words: Words | None = None
    verb: str | None = None
    query: str | None = None
