"""mine: the cases that I hold."""

from __future__ import annotations

from commands.look.query import Answer, Query, Reads


def answer(reads: Reads, actor: str, text: str) -> Answer:
    return reads.held_by(actor)


MINE = Query("mine", "mine", "the open cases that you hold", answer)
