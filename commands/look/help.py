"""help: what one can say."""

from __future__ import annotations

from commands.look.query import Answer, Help, Query, Reads

TIP = (
    "Every case is a card in the channel; its thread is private to the team. "
    "In a thread write @consult and leave the number out."
)


def answer(reads: Reads, actor: str, text: str) -> Answer:
    """Return every typed verb and query, in the order of `commands`."""
    from commands import QUERIES, VERBS

    verbs = tuple((f"{verb.name} C-1042", verb.help) for verb in VERBS if verb.typed)
    return Help(TIP, (*verbs, *((query.usage, query.help) for query in QUERIES)))


HELP = Query("help", "help", "this list", answer)
