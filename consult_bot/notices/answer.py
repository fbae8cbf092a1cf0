"""The answer to somebody who spoke to the app in a thread."""

from __future__ import annotations

from datetime import timedelta

from consult_bot.notices.posting import post_once
from consult_bot.notices.sending import Needless, Office, Sent
from consult_bot.roster.facts import Facts
from consult_bot.slack.answer import answer_post
from consult_bot.slack.send import delivery_metadata, metadata
from storage.outbox import Leased

ANSWERS_LIVE = timedelta(days=1)
"""After so long nobody remembers the question. What was typed waits in its draft all the same."""

TOO_LATE = "too late"


def send_answer(office: Office, leased: Leased) -> Sent | Needless:
    """Post the answer in the thread where it was asked for, drawn as things stand now."""
    with office.store.reading() as work:
        answer = work.answers.read(leased.number, leased.payload)
        case = work.cases.get(answer.number) if answer.number else None
        facts = Facts(work.now(), office.practice, work.people.all())
        post = answer_post(answer, case, facts, work.reads)
    if facts.now - leased.due_at > ANSWERS_LIVE:
        return Needless(TOO_LATE)
    delivery_id = str(leased.id)
    told = metadata(case, delivery_id) if case else delivery_metadata(delivery_id)
    where = answer.channel, answer.thread_ts
    return Sent(
        post_once(office, leased, where, delivery_id, lambda: office.slack.post_reply(*where, post, told))
    )
