"""show: one case."""

from __future__ import annotations

from commands.look.query import Answer, Query, Reads
from consult_bot.case.errors import UnknownCase
from consult_bot.case.model import heard


def answer(reads: Reads, actor: str, text: str) -> Answer:
    """Return the case named in the text. Raises UnknownCase, saying how to write a number."""
    number = heard(text)
    if number is None:
        raise UnknownCase("Which case? Write its number, for example: /consult show C-1042.")
    return reads.case(number)


SHOW = Query("show", "show C-1042", "one case, shown only to you", answer)
