"""queue: the cases that wait for somebody."""

from __future__ import annotations

from commands.look.query import Answer, Query, Reads


def answer(reads: Reads, actor: str, text: str) -> Answer:
    return reads.queue()


QUEUE = Query(
    "queue", "queue", "the cases that nobody holds: urgent ones first, then what is due soonest", answer
)
