"""Answers in a thread to whoever spoke to the app there: what they say, and how they look. Pure."""

from __future__ import annotations

from commands import QUERY, VERB
from commands.look.query import Reads
from consult_bot.case.answer import ThreadAnswer
from consult_bot.case.errors import Refusal
from consult_bot.case.model import Case, spoken
from consult_bot.case.verb import Done, Outcome, Refused
from consult_bot.case.words import Words
from consult_bot.roster.facts import Facts
from consult_bot.slack import lists
from consult_bot.slack.blocks import Drawn, mention, section
from consult_bot.slack.long_text import pieces
from consult_bot.slack.offers import actions, block_id, verb_button
from consult_bot.slack.post import Post
from consult_bot.slack.reply import done_line, refused_line
from consult_bot.slack.said import Mention

HOW_TO_USE = (
    "I help in the threads of cases. Write `@consult help` in the thread of a case, or type `/consult help` anywhere: "
    "that answer only you see."
)
NOT_SENT = (
    "*Nothing has been sent.* Your words wait in the form: press the button, read them over, and go on there."
)
NOT_COMPLETE = "*Nothing has been done yet:* something is still missing. Press the button to fill it in."
WORDS_WAIT = "What you wrote stands there already."
KEPT_AS_NOTE = "Your message is kept as a note for your colleagues."


def to_mention(outcome: Outcome, asker: Mention) -> ThreadAnswer | None:
    """Return what to answer; None where something was done, for the thread is told of it anyway."""
    if isinstance(outcome, Done):
        return _answer(asker, done_line(outcome)) if outcome.repeated else None
    if isinstance(outcome, Refused):
        return refused(asker, outcome.why)
    drafted = outcome.case.draft(outcome.verb.name, asker.actor.id)
    if outcome.verb.crosses and drafted:
        told = NOT_SENT
    else:
        told = f"{NOT_COMPLETE} {WORDS_WAIT}" if drafted else NOT_COMPLETE
    return _answer(asker, told, outcome.verb.name)


def refused(asker: Mention, why: Refusal) -> ThreadAnswer:
    """Return why nothing was done, and what to do."""
    return _answer(asker, refused_line(why))


def kept_as_note(asker: Mention, why: Refusal) -> ThreadAnswer:
    """Return that it was not understood, what may have been meant, and that no words are lost."""
    return _answer(asker, f"{refused_line(why)} {KEPT_AS_NOTE}")


def looked(asker: Mention, query: str) -> ThreadAnswer:
    """Return that the answer of a query is to be drawn, as things stand when it is sent."""
    return ThreadAnswer(asker.actor.id, asker.channel, asker.thread_ts, _number(asker), query=query)


def elsewhere(asker: Mention) -> ThreadAnswer:
    """Return how the app is used: nothing of any case is told in a thread of none."""
    return ThreadAnswer(asker.actor.id, asker.channel, asker.thread_ts)


def answer_post(answer: ThreadAnswer, case: Case | None, facts: Facts, reads: Reads) -> Post:
    """Return the answer as a reply in its thread, addressed to the person. `reads` answer its query."""
    to = mention(answer.person)
    if case is None:
        return Post("How to use this app", (section(f"{to} {HOW_TO_USE}"),))
    title = f"{case.spoken} · answer"
    if answer.query:
        found = QUERY[answer.query].answer(reads, answer.person, spoken(case.number))
        return Post(title, (section(f"{to}"), *lists.drawn(answer.query, found, facts).blocks))
    said = answer.words.reveal() if answer.words else ""
    return Post(title, (*map(section, pieces(f"{to} {said}")), *_button(answer, case)))


def _button(answer: ThreadAnswer, case: Case) -> tuple[Drawn, ...]:
    if not answer.verb:
        return ()
    button = verb_button(VERB[answer.verb], case.spoken)
    return (actions(block_id("answer", case.number, case.version), [button]),)


def _answer(asker: Mention, words: str, verb: str | None = None) -> ThreadAnswer:
    return ThreadAnswer(
        asker.actor.id, asker.channel, asker.thread_ts, _number(asker), words=Words(words), verb=verb
    )


def _number(asker: Mention) -> int | None:
    return asker.note.record if asker.note else None
