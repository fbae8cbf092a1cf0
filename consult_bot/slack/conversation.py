"""Listening in channels: notes are kept as they are written, changed and deleted; the app answers to its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from consult_bot.case.answer import ThreadAnswer
from consult_bot.case.errors import Refusal
from consult_bot.case.verb import THE_SYSTEM, Outcome, Refused, Request
from consult_bot.desk import Desk
from consult_bot.slack import answer
from consult_bot.slack.mention import asked
from consult_bot.slack.parse import Looking
from consult_bot.slack.said import CardGone, Mention, said


class Conversation:
    """What becomes of a message. Whatever is answered goes through the outbox, never from here."""

    def __init__(self, desk: Desk, recognise: Callable[[str], None]) -> None:
        self._desk = desk
        self._recognise = recognise

    def hear(self, body: Mapping[str, Any], *, too_late: bool = False) -> None:
        """Keep, change or take back a note, or do what the app was asked. Hearing it again changes nothing.

        Somebody who does not work here and writes in a thread is let be: nothing is kept, and nothing said. A card
        that was deleted is posted anew. `too_late`: nobody waits for an answer any more, so that what the app was
        asked is only kept as a note. Raises Busy where it cannot be done just now: Slack must send it again.
        """
        heard = said(body, self._desk.case_at)
        if isinstance(heard, CardGone):
            self._desk.card_is_gone(heard.channel, heard.ts)
        elif isinstance(heard, Request):
            self._keep(heard)
        elif heard and too_late:
            if heard.note:
                self._keep(heard.note)
        elif heard:
            self._recognise(heard.actor.id)
            self._answer(heard)

    def _keep(self, note: Request) -> None:
        if note.actor != THE_SYSTEM:
            self._recognise(note.actor.id)
        outcome = self._desk.handle(note)
        if isinstance(outcome, Refused) and outcome.why.retry:
            raise outcome.why

    def _answer(self, mention: Mention) -> None:
        if mention.note is None or mention.note.record is None:
            self._desk.answer(answer.elsewhere(mention), mention.key)
            return
        try:
            command = asked(mention.text, mention.note.record, mention.actor, mention.ts, mention.key)
        except Refusal as refusal:
            # What is no command may have been meant for colleagues: no words are lost.
            told = partial(_not_understood, mention, refusal)
            self._desk.handle_and_answer(mention.note, told)
            return
        if isinstance(command, Looking):
            self._desk.answer(self._looked(mention, command), mention.key)
        else:
            self._desk.handle_and_answer(command, lambda outcome: answer.to_mention(outcome, mention))

    def _looked(self, mention: Mention, looking: Looking) -> ThreadAnswer:
        found = self._desk.look(looking.query, looking.actor, looking.text)
        if isinstance(found, Refused):
            return answer.refused(mention, found.why)
        return answer.looked(mention, looking.query)


def _not_understood(mention: Mention, refusal: Refusal, kept: Outcome) -> ThreadAnswer:
    """Somebody who does not work here hears only that."""
    if isinstance(kept, Refused):
        return answer.refused(mention, kept.why)
    return answer.kept_as_note(mention, refusal)
