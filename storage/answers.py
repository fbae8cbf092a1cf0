"""Answers on their way: what they say may speak of a case, so it is sealed with the case's key."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, select

from consult_bot.case import delivery
from consult_bot.case.answer import ThreadAnswer
from consult_bot.case.delivery import NO_CASE, Delivery
from consult_bot.case.words import Words
from storage import tables
from storage.keys import Keys, Sealed

NAMED = ("person", "verb", "query")
"""What stands in the clear: ids and names of ours."""

CONTEXT = "answer"


class Answers:
    """The answers as one transaction sees them."""

    def __init__(self, connection: Connection, keys: Keys) -> None:
        self._connection = connection
        self._keys = keys

    def delivery(self, answer: ThreadAnswer, now: datetime) -> Delivery:
        """Return the answer as a delivery that is due now."""
        payload = {name: value for name in NAMED if (value := getattr(answer, name)) is not None}
        if answer.words is not None and answer.number is not None:
            sealed = self._key(answer.number).seal(answer.words.reveal().encode(), CONTEXT)
            payload["sealed"] = base64.b64encode(sealed).decode()
        return delivery.answer(answer.number, answer.channel, answer.thread_ts, now, payload)

    def read(self, number: int, payload: Mapping[str, str]) -> ThreadAnswer:
        """Return the answer of a delivery's case number and payload."""
        words = None
        if "sealed" in payload:
            sealed = base64.b64decode(payload["sealed"])
            words = Words(self._key(number).open(sealed, CONTEXT).decode())
        return ThreadAnswer(
            person=payload["person"],
            channel=payload["channel"],
            thread_ts=payload["thread_ts"],
            number=None if number == NO_CASE else number,
            words=words,
            verb=payload.get("verb"),
            query=payload.get("query"),
        )

    def _key(self, number: int) -> Sealed:
        row = select(tables.cases.c.id, tables.cases.c.data_key).where(tables.cases.c.number == number)
        case_id, wrapped = self._connection.execute(row).one()
        return self._keys.data_key(case_id, wrapped)
