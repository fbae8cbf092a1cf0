"""From the desk's outcome to what Slack is answered, surface by surface. Pure.

Only the acks of slash commands, menus and modals carry content. What a button or a shortcut has to say is
opened as a modal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from commands.case.task import called
from consult_bot.case.errors import Refusal, Unsure
from consult_bot.case.glance import headline
from consult_bot.case.lifecycle import shown_state
from consult_bot.case.model import Case, Message, Task
from consult_bot.case.verb import Done, NeedsForm, Outcome, Preview, Refused, Request
from consult_bot.roster.facts import Facts
from consult_bot.slack import modal
from consult_bot.slack.blocks import Drawn, escaped, mention, moment, section
from consult_bot.slack.card import CardView
from consult_bot.slack.carried import opened_on
from consult_bot.slack.labels import choice_label
from consult_bot.slack.lists import in_their_words

Ack = Mapping[str, Any]
"""Arguments of Bolt's `ack`."""

FactsNow = Callable[[], Facts]
"""Looks up who works here and what time it is; asked only where a form is drawn."""

PLEASE_FILL_IN = "Please fill this in."
LOOK_FIRST = "Please look first"
SEND_AGAIN = (
    "We lost touch with our records at the moment of storing. Your words are still here: please send this again in a "
    "minute. It counts only once."
)
"""In a form nobody need look first: each time that it is sent it has the same once-key."""


@dataclass(frozen=True, slots=True)
class Answered:
    """`ack` goes back in the answer to Slack's request; `opens` is a modal to open with its trigger."""

    ack: Ack = field(default_factory=dict)
    opens: Drawn | None = None


def staying_on(answer: Answered, home: str) -> Answered:
    """Return the answer whose modal, if it has one, remembers the page of Home on which it was opened."""
    view = answer.ack.get("view")
    return Answered(
        {**answer.ack, "view": opened_on(view, home)} if view else answer.ack,
        opened_on(answer.opens, home) if answer.opens else None,
    )


def to_command(outcome: Outcome, facts_now: FactsNow) -> Answered:
    """Return what a slash command answers: a short line only the person sees, or the form."""
    if isinstance(outcome, Done):
        return Answered(_what_was_done(outcome))
    if isinstance(outcome, Refused):
        return Answered(only_you(refused_line(outcome.why)))
    return Answered(opens=_form(outcome, facts_now()))


def to_press(outcome: Outcome, facts_now: FactsNow) -> Answered:
    """Return what a button, a menu or a shortcut answers: nothing where it worked, for the card shows it."""
    if isinstance(outcome, Done):
        return Answered()
    if isinstance(outcome, Refused):
        return Answered(opens=refused_view(outcome.why))
    return Answered(opens=_form(outcome, facts_now()))


def to_submission(outcome: Outcome, request: Request, view: Drawn, facts: Facts) -> Answered:
    """Return what a modal's submission answers. Typed words stay in it until they are sent."""
    if isinstance(outcome, Preview):
        return _update(modal.previewed(outcome, facts, request.about))
    if isinstance(outcome, NeedsForm):
        if outcome.newer:
            return _update(modal.form(outcome, facts))
        return _errors(_missing(outcome, request), view)
    if isinstance(outcome, Refused):
        return refused_submission(outcome.why, view, facts)
    message = _sent_message(outcome, request)
    if outcome.verb.crosses and message:
        return _update(modal.sent(outcome.verb, outcome.case, message, facts.now))
    return Answered({"response_action": "clear"})


def refused_submission(why: Refusal, view: Drawn, facts: Facts) -> Answered:
    """Return what a modal's submission answers where it is refused: the reason beside its input."""
    stays_open = isinstance(why, Unsure) and _inputs(view)
    told = SEND_AGAIN if stays_open else why.told(lambda slack_id: _name(slack_id, facts))
    return _errors({why.field or "": told}, view)


def to_press_in_modal(outcome: Outcome, request: Request, facts: Facts) -> Drawn:
    """Return what takes the place of the modal in which a verb was pressed.

    That verb is Undo, the only one to press in a modal: what is drawn is the form with the words again.
    """
    if isinstance(outcome, Refused):
        return refused_view(outcome.why)
    if not isinstance(outcome, Done):
        return _form(outcome, facts)
    case, actor = outcome.case, request.actor.id
    theirs = all(event.person == actor for event in outcome.events)
    draft = next((d for d in reversed(case.drafts) if theirs and d.author == actor), None)
    if draft is None:
        return modal.told(
            "Undone", "*Taken back.* The patient saw nothing. Its author finds the words in the form."
        )
    return modal.taken_back(draft, case, facts)


def to_look(view: CardView) -> Answered:
    """Return what a query answers."""
    return Answered({"response_type": "ephemeral", "text": view.text, "blocks": list(view.blocks)})


def only_you(text: str) -> Ack:
    """Return a line that only the person sees."""
    return {"response_type": "ephemeral", "text": text}


def done_line(done: Done) -> str:
    """Return what happened in one line, of a repeat where the case stands. Nothing that anybody wrote is in it."""
    case = done.case
    if done.repeated:
        owner = f", with {mention(case.owner)}" if case.owner and case.open else ""
        return f"That was done already. {case.spoken} is {shown_state(case.state)}{owner}."
    who = mention(case.owner) if case.owner else "nobody"
    task = _task_of(done)
    which = f": {_in_short(task)}" if task else ""
    return f"{case.spoken}: {done.verb.happened.replace('{who}', who)}{which}."


def _what_was_done(done: Done) -> Ack:
    """Of a task also its words: the first one typed may have been taken for its kind, which must be seen at once."""
    line, task = done_line(done), _task_of(done)
    if task is None or not task.open:
        return only_you(line)
    return {**only_you(line), "blocks": [section(line), in_their_words(headline(task.words))]}


def _task_of(done: Done) -> Task | None:
    return next((done.case.task(event.task) for event in done.events if event.task), None)


def _in_short(task: Task) -> str:
    if task.open:
        return f"*{called(task.kind)}*, due {moment(task.due_at)}"
    return f"{called(task.kind)}, {choice_label('done', 'outcome', task.outcome).lower()}"


def refused_line(why: Refusal) -> str:
    """Return a refusal in mrkdwn, the person in it mentioned."""
    return "{who}".join(map(escaped, why.text.split("{who}"))).replace(
        "{who}", mention(why.who) if why.who else "someone"
    )


def refused_view(why: Refusal) -> Drawn:
    """Return the modal that says a refusal to whoever pressed something."""
    line = refused_line(why)
    return modal.told(LOOK_FIRST, line) if isinstance(why, Unsure) else modal.refusal(line)


def _form(outcome: NeedsForm | Preview, facts: Facts) -> Drawn:
    return modal.asked_first(outcome, facts) if isinstance(outcome, Preview) else modal.form(outcome, facts)


def _update(view: Drawn) -> Answered:
    return Answered({"response_action": "update", "view": view})


def _errors(texts: Mapping[str, str], view: Drawn) -> Answered:
    """Put each text beside its input; what belongs to none stands at the first, so that nothing typed is lost.

    A modal without an input gives way to the texts: there is nothing in it to lose.
    """
    ids = _inputs(view)
    if not ids:
        return _update(modal.refusal(escaped("\n".join(texts.values()))))
    first = next(iter(ids.values()))
    return Answered(
        {"response_action": "errors", "errors": {ids.get(name, first): text for name, text in texts.items()}}
    )


def _inputs(view: Drawn) -> dict[str, str]:
    """The block that holds each input of a modal."""
    return {
        block["element"]["action_id"]: block["block_id"]
        for block in view["blocks"]
        if block["type"] == "input"
    }


def _missing(needs: NeedsForm, request: Request) -> dict[str, str]:
    """What was left empty; what stands in the author's draft was not."""
    lacking = (field.name for field in needs.verb.missing(request))
    return {n: PLEASE_FILL_IN for n in lacking if n not in request.keeps or not needs.fields.get(n)}


def _name(slack_id: str, facts: Facts) -> str:
    person = facts.people.get(slack_id)
    return person.name if person else "a colleague"


def _sent_message(done: Done, request: Request) -> Message | None:
    """The message that was sent; of a repeat, the newest one of the same author."""
    sent = [event.message for event in done.events if event.message]
    if sent:
        return done.case.message(sent[0])
    return _newest_of(done.case, request.actor.id)


def _newest_of(case: Case, author: str) -> Message | None:
    return next((m for m in reversed(case.messages) if m.author == author and not m.is_note), None)
