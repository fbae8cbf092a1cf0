"""What was typed after a verb and its case number, as the verb's fields."""

from __future__ import annotations

from collections.abc import Callable

from consult_bot.case.errors import TooManyWords
from consult_bot.case.verb import Field, FieldKind, Verb
from consult_bot.case.words import Words
from consult_bot.forms.safe_text import for_storage, is_blank
from consult_bot.slack.markup import mentioned, plain


def fields_of(verb: Verb, text: str) -> dict[str, Words]:
    """Return the fields that a typed line fills.

    Choices and people come first, as `close C-1042 answered` or `reassign C-1042 @ben on leave`; the rest is the words.
    What crosses to the patient is all words: it prefills the form, where the choices are made.
    Raises TooManyWords where something is left over that the verb has no place for.
    """
    fields: dict[str, Words] = {}
    rest = text.strip()
    for field in () if verb.crosses else verb.fields:
        first, behind = [*rest.split(maxsplit=1), "", ""][:2]
        value = READ[field.kind](field, first) if field.kind in READ else None
        if value:
            fields[field.name] = Words(value)
            rest = behind.strip()
    words = words_field(verb)
    written = for_storage(plain(rest))
    if words and not is_blank(written):
        fields[words.name] = Words(written)
    elif not is_blank(written):
        raise TooManyWords(_what_to_type(verb, rest))
    return fields


def words_field(verb: Verb) -> Field | None:
    """Return the field that takes the words of a line, None where the verb takes none."""
    return next((field for field in _texts_first(verb) if field.kind is FieldKind.TEXT), None)


def _what_to_type(verb: Verb, rest: str) -> str:
    """Says what the verb takes. What was typed is never quoted."""
    choices = ", ".join(option.value for field in verb.fields for option in field.options)
    if choices:
        return f"Nothing was done. After the number “{verb.name}” takes one of: {choices}. Or leave it out and choose."
    told = (
        f"Nothing was done: “{verb.name}” takes nothing after the number. Type: /consult {verb.name} C-1042."
    )
    if mentioned(rest) or rest.startswith("@"):
        return f"{told} To give a case to somebody, a team lead types: /consult reassign C-1042 @name."
    return f"{told} For words to your colleagues, type: /consult note C-1042 and the words."


def _texts_first(verb: Verb) -> tuple[Field, ...]:
    """The fields with those for long text in front."""
    return tuple(sorted(verb.fields, key=lambda field: not field.multiline))


def _choice(field: Field, word: str) -> str | None:
    """The choice that was typed: `no_answer`, `no-answer` or `No_Answer`."""
    code = word.casefold().replace("-", "_")
    return next((option.value for option in field.options if option.value == code), None)


def _person(field: Field, word: str) -> str | None:
    return mentioned(word)


READ: dict[FieldKind, Callable[[Field, str], str | None]] = {
    FieldKind.CHOICE: _choice,
    FieldKind.PERSON: _person,
}
