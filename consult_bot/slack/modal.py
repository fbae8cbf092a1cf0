"""Modals: a verb's form, its preview, what was sent, a refusal, a case to read. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from slack_sdk.models.blocks import PlainTextObject
from slack_sdk.models.views import View

from commands import VERB
from consult_bot.case.model import Case, Draft, Message, Task
from consult_bot.case.verb import NeedsForm, Preview, Verb
from consult_bot.case.words import Words
from consult_bot.roster.facts import Facts
from consult_bot.roster.people import signatures
from consult_bot.slack.blocks import TO_THE_SECOND, Drawn, divider, mention, moment, section, small
from consult_bot.slack.card import case_blocks
from consult_bot.slack.carried import Carried
from consult_bot.slack.fields import input_block
from consult_bot.slack.labels import choice_label, counted, title
from consult_bot.slack.long_text import pieces
from consult_bot.slack.offers import actions, block_id, verb_button
from consult_bot.slack.preview import preview, quoted
from consult_bot.slack.whole import fitted, kept_whole, replacing_input, too_long

TITLE_CHARACTERS = 24
NEWER_CHARACTERS = 12_000
"""How much of one new message a modal shows; a view may hold 250 KB, and the thread has the whole."""

NEWER_MESSAGES = 8
"""How many new messages a modal shows: it holds 100 blocks."""


def form(needs: NeedsForm, facts: Facts) -> Drawn:
    """Return the form that the desk asks for, filled in with what is known.

    Words that cross to the patient are shown the patient's newest message first, so that they are bound to it.
    """
    above: list[Drawn] = []
    if needs.newer:
        above.extend(_newer(needs.newer))
    elif needs.verb.crosses:
        above.extend(_newest(needs.case))
    if needs.draft_of:
        author = mention(needs.draft_of)
        above.append(section(f"*These words are a draft by {author}, handed over with the case.*"))
    task = needs.case.task(needs.about) if needs.about else None
    if task:
        above.extend(_task(task))
    return _form(
        needs.verb,
        needs.case,
        needs.fields,
        facts,
        Carried(*_seen(needs.verb, needs.case), None, needs.about),
        above,
    )


def asked_first(outcome: Preview, facts: Facts) -> Drawn:
    """Return the form for words that were typed outside a modal: they wait in it and were not previewed yet."""
    return form(NeedsForm(outcome.verb, outcome.case, dict(outcome.draft.fields)), facts)


def previewed(outcome: Preview, facts: Facts, about: str | None = None) -> Drawn:
    """Return the same form with the patient's page above it; submitted unchanged, it sends."""
    case, verb = outcome.case, outcome.verb
    carried = Carried(*_seen(verb, case), outcome.draft.id, about)
    above = preview(outcome.as_if, facts.now, signatures(facts.people.values()))
    return _form(verb, case, dict(outcome.draft.fields), facts, carried, above, to_send=True)


def taken_back(draft: Draft, case: Case, facts: Facts) -> Drawn:
    """Return the form with the words of a message that was undone."""
    verb = VERB[draft.verb]
    above = [section("*Taken back.* The patient saw nothing. Your words are kept below."), *_newest(case)]
    return _form(verb, case, dict(draft.fields), facts, Carried(*_seen(verb, case)), above)


def sent(verb: Verb, case: Case, message: Message, now: datetime) -> Drawn:
    """Return what follows the sending: when the patient can see it, and Undo until then."""
    if message.visible_at is None or message.reaches_patient_by(now):
        return _view(
            verb.label,
            [section(f"*Sent.* The patient is told by email. {case.spoken} shows when they read it.")],
        )
    undo = verb_button(VERB["undo"], f"{case.spoken}/{message.id}")
    at = moment(message.visible_at, TO_THE_SECOND)
    blocks = [
        section(f"*Sending at {at}*"),
        actions(block_id("sent", case.number, case.version), [undo]),
        small("You can close this window: it is sent all the same. Undo stays on the card until then."),
    ]
    return _view(verb.label, blocks, Carried(case.number, about=message.id))


def refusal(text: str) -> Drawn:
    """Return a modal that says why nothing was done. `text` is mrkdwn."""
    return _view("Not possible", [section(piece) for piece in pieces(text)])


def told(heading: str, text: str) -> Drawn:
    """Return a modal that says something. `text` is mrkdwn."""
    return _view(heading, [section(text)])


def reading(case: Case, facts: Facts) -> Drawn:
    """Return a case to read."""
    blocks = case_blocks(case, facts.now, facts.practice.zone)
    return _view(case.spoken, [section(f"*{title(case)}*"), *blocks])


def _seen(verb: Verb, case: Case) -> tuple[int, str | None]:
    return case.number, case.last_patient_message if verb.crosses else None


def _form(
    verb: Verb,
    case: Case,
    fields: Mapping[str, Words],
    facts: Facts,
    carried: Carried,
    above: Sequence[Drawn],
    to_send: bool = False,
) -> Drawn:
    """The inputs below what is to be read. Words that no input holds stand whole above them, or in the preview."""
    names = signatures(facts.people.values())
    asked = verb.asks(case, carried.about)
    long = [field for field in asked if too_long(field, fields.get(field.name))]
    shown = [] if to_send else [block for f in long for block in kept_whole(f, fields[f.name])]
    inputs = [replacing_input(f) if f in long else input_block(f, fields.get(f.name), names) for f in asked]
    label = "Send" if to_send else "Preview" if verb.crosses else verb.label
    return _view(
        verb.label,
        fitted([small(title(case)), *_forewarned(verb, case), *above, *shown], inputs),
        replace(carried, keeps=tuple(field.name for field in long)),
        submit=label,
        callback=f"verb:{verb.name}",
    )


def _task(task: Task) -> list[Drawn]:
    """Which task it is, and what was to be done."""
    owner = f" · {mention(task.owner)}" if task.owner else ""
    head = f"*{choice_label('task', 'kind', task.kind)}* · due {moment(task.due_at)}{owner}"
    return [section(head), *quoted("", task.words.reveal()[:NEWER_CHARACTERS])]


def _forewarned(verb: Verb, case: Case) -> list[Drawn]:
    """Ours to say before anything is sent."""
    told = verb.forewarns(case) if verb.forewarns else ""
    return [section(told)] if told else []


def _newer(messages: Sequence[Message]) -> list[Drawn]:
    """The patient's messages that the author had not seen when writing."""
    told = section(
        "*The patient has written meanwhile, so nothing was sent.* Read it, change your words if needed, and go on."
    )
    earlier = [small("Earlier messages are in the thread.")] if len(messages) > NEWER_MESSAGES else []
    shown = [block for message in messages[-NEWER_MESSAGES:] for block in _message(message)]
    return [told, *earlier, *shown, divider()]


def _newest(case: Case) -> list[Drawn]:
    """The patient's newest reply; the form itself is on the card and in the thread."""
    replies = [message for message in case.messages if message.from_patient]
    return [*_message(replies[-1]), divider()] if replies else []


def _message(message: Message) -> list[Drawn]:
    words = message.words.reveal()
    blocks = [section(f"*The patient wrote* {moment(message.written_at)}:")]
    if words.strip():
        blocks.extend(quoted("", words[:NEWER_CHARACTERS]))
    if len(words) > NEWER_CHARACTERS:
        blocks.append(small("The message goes on in the thread."))
    if message.attachments:
        blocks.append(small(f"{counted(len(message.attachments), 'photo')} in the thread."))
    return blocks


def _view(
    heading: str,
    blocks: Sequence[Drawn],
    carried: Carried | None = None,
    *,
    submit: str | None = None,
    callback: str = "nav:told",
) -> Drawn:
    view = View(
        type="modal",
        title=PlainTextObject(text=heading[:TITLE_CHARACTERS], emoji=False),
        close=PlainTextObject(text="Cancel" if submit else "Close", emoji=False),
        submit=PlainTextObject(text=submit[:TITLE_CHARACTERS], emoji=False) if submit else None,
        callback_id=callback,
        private_metadata=carried.written() if carried else None,
        blocks=list(blocks),
    )
    # The model checks the count; the blocks were checked when they were drawn.
    return {**view.to_dict(), "blocks": list(blocks)}
