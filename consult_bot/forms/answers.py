"""From what a form's page sent to the answers of a submission."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType

from consult_bot.case.submission import Answer, AnswerKind
from consult_bot.case.words import Words
from consult_bot.forms.questionnaire import Condition, Form, Item
from consult_bot.forms.safe_text import for_storage, is_blank
from consult_bot.forms.values import Refused, nothing_given, read_value

_NONE_ATTACHED: Mapping[str, int] = MappingProxyType({})


class Problems(ValueError):
    """A form cannot be kept as it is. `messages` says why by linkId, in the form's order.

    The messages are for the patient and repeat nothing they wrote.
    """

    def __init__(self, messages: Mapping[str, str]) -> None:
        self.messages = MappingProxyType(dict(messages))
        super().__init__(f"{len(self.messages)} answers need another look: {', '.join(self.messages)}")


def read(
    form: Form,
    raw: Mapping[str, Sequence[str]],
    today: date,
    attached: Mapping[str, int] = _NONE_ATTACHED,
) -> tuple[Answer, ...]:
    """Return the answers, in the form's order. Raises Problems naming every answer that cannot be kept.

    `raw` holds what was sent under each linkId, `attached` how many files came for an attachment question;
    `today` is the patient's date. Names that the form does not ask, and answers to questions that their
    `enableWhen` leaves out, are dropped. Blank counts as left open.
    """
    answers: dict[str, Answer] = {}
    problems: dict[str, str] = {}
    # Conditions look backwards only, so the walk sees every answer it depends on.
    for item in asked(form, answers):
        try:
            if item.kind is AnswerKind.ATTACHMENT:
                answer = _counted(item, attached.get(item.link_id, 0))
            else:
                answer = _read(item, raw.get(item.link_id, ()), today)
        except Refused as refused:
            problems[item.link_id] = str(refused)
        else:
            if answer:
                answers[item.link_id] = answer
    if problems:
        raise Problems(problems)
    return tuple(answers.values())


def asked(form: Form, answers: Mapping[str, Answer]) -> Iterator[Item]:
    """Yield the questions to ask, given the answers so far (looked up as the walk goes on)."""
    for item, gates in form.gated:
        if all(is_enabled(gate, answers) for gate in gates):
            yield item


def left_open(form: Form, answers: Sequence[Answer]) -> tuple[str, ...]:
    """Return the linkIds of the questions that were asked and not answered, in the form's order."""
    given = {answer.link_id: answer for answer in answers}
    return tuple(item.link_id for item in asked(form, given) if item.link_id not in given)


def is_enabled(item: Item, answers: Mapping[str, Answer]) -> bool:
    """Tell whether the item's own `enableWhen` lets it be asked; its group's is not looked at."""
    if not item.conditions:
        return True
    met = (_is_met(condition, answers) for condition in item.conditions)
    return any(met) if item.behaviour == "any" else all(met)


def _is_met(condition: Condition, answers: Mapping[str, Answer]) -> bool:
    answer = answers.get(condition.question)
    if answer is None:
        return False
    value = answer.value.reveal()
    return condition.wanted in (value.split("\n") if answer.kind is AnswerKind.CHOICE else [value])


def _read(item: Item, sent: Sequence[str], today: date) -> Answer | None:
    given = [text for text in map(for_storage, sent) if not is_blank(text)]
    if not given:
        _refuse_if_required(item)
        return None
    value, shown = read_value(item, given, today)
    return Answer(item.link_id, item.text, item.kind, Words(value), Words(shown))


def _counted(item: Item, count: int) -> Answer | None:
    if count == 0:
        _refuse_if_required(item)
        return None
    if count > item.most:
        raise Refused(f"You added {count} files and we can take {item.most}. Please leave some out.")
    shown = "1 file" if count == 1 else f"{count} files"
    return Answer(item.link_id, item.text, item.kind, Words(str(count)), Words(shown))


def _refuse_if_required(item: Item) -> None:
    if item.required:
        raise Refused(nothing_given(item))
