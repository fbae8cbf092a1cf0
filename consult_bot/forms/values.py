"""Reading one answer: what was typed becomes a value for programs and words for people."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from consult_bot.case.email_address import is_address
from consult_bot.case.submission import AnswerKind
from consult_bot.forms.questionnaire import Item, Option
from consult_bot.forms.safe_text import without_invisible
from consult_bot.texts.days import date_words

OLDEST_YEARS = 130

_ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_US_DATE = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_YES = frozenset({"true", "on", "yes", "1"})
_NO = frozenset({"false", "off", "no", "0"})

_CONSENT_NEEDED = "Please tick this box if you agree. We can only look at your form when you do."
_NOTHING_GIVEN = {
    AnswerKind.STRING: "Please fill this in.",
    AnswerKind.TEXT: "Please tell us about this. A few words are enough.",
    AnswerKind.CHOICE: "Please choose an answer.",
    AnswerKind.DATE: "Please give the date.",
    AnswerKind.BOOLEAN: "Please choose yes or no.",
    AnswerKind.ATTACHMENT: "Please add a photo.",
}

Read = tuple[str, str]


class Refused(ValueError):
    """One answer cannot be kept. The message is for the patient and repeats nothing they wrote."""


def nothing_given(item: Item) -> str:
    """Return what to tell a person who left a required question open."""
    return _CONSENT_NEEDED if item.link_id == "consent" else _NOTHING_GIVEN[item.kind]


def read_value(item: Item, given: Sequence[str], today: date) -> Read:
    """Return (value, shown) of what was given, which is not blank. Raises Refused.

    `value` is the text, a choice's code (several: one per line), an ISO date, `true` or `false`.
    A question with one answer that was given several takes the last, as a browser's form means it.
    """
    last = given[-1]
    match item.kind:
        case AnswerKind.CHOICE:
            return _chosen(item, given if item.repeats else [last])
        case AnswerKind.DATE:
            return _date(item, last, today)
        case AnswerKind.BOOLEAN:
            return _yes_or_no(item, last)
        case AnswerKind.STRING:
            return _line(item, last)
        case _:
            return _text(item, last)


def _text(item: Item, text: str) -> Read:
    if len(text) > item.most_characters:
        raise Refused(
            f"This has {len(text):,} characters. Please shorten it to {item.most_characters:,} or fewer."
        )
    return text, text


def _line(item: Item, text: str) -> Read:
    line = re.sub(r"[\n\t]+", " ", text).strip()
    if item.link_id == "email":
        line = without_invisible(line)
        _refuse_odd_email(line)
    if item.link_id == "phone":
        line = without_invisible(line)
        _refuse_odd_phone(line)
    return _text(item, line)


def _refuse_odd_email(text: str) -> None:
    if not is_address(text):
        raise Refused("This does not look like an email address. Please check it; one is name@example.com.")


def _refuse_odd_phone(text: str) -> None:
    if not 7 <= sum(character.isdecimal() for character in text) <= 20:
        raise Refused("This does not look like a phone number. Please give it with the area code.")


def _chosen(item: Item, given: Sequence[str]) -> Read:
    codes = {_option(item, text).code for text in given}
    chosen = [option for code, option in item.option_of_code.items() if code in codes]
    return "\n".join(option.code for option in chosen), ", ".join(option.display for option in chosen)


def _option(item: Item, text: str) -> Option:
    if text in item.option_of_code:
        return item.option_of_code[text]
    # Sources other than our page send the words instead of the code.
    for option in item.options:
        if _plain(text) in (_plain(option.code), _plain(option.display)):
            return option
    raise Refused("Please choose from the answers shown.")


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[_-]", " ", text).casefold().split())


def _yes_or_no(item: Item, text: str) -> Read:
    said = text.strip().casefold()
    if item.link_id == "consent" and said not in _YES:
        raise Refused(_CONSENT_NEEDED)
    if said in _YES:
        return "true", "Yes"
    if said in _NO:
        return "false", "No"
    raise Refused(_NOTHING_GIVEN[AnswerKind.BOOLEAN])


def _date(item: Item, text: str, today: date) -> Read:
    found = _parsed_date(text.strip())
    if item.link_id == "birth_date":
        if found > today:
            raise Refused("This date of birth is in the future. Please check the year.")
        if (found.year + OLDEST_YEARS, found.month, found.day) < (today.year, today.month, today.day):
            raise Refused(f"This date of birth is more than {OLDEST_YEARS} years ago. Please check the year.")
    return found.isoformat(), date_words(found)


def _parsed_date(text: str) -> date:
    """Read 2019-04-30, which browsers send, or 4/30/2019, which people type where there is no picker."""
    if iso := _ISO_DATE.fullmatch(text):
        year, month, day = iso.groups()
    elif typed := _US_DATE.fullmatch(text):
        month, day, year = typed.groups()
    else:
        raise Refused("We could not read this date. Please write it like 4/30/2019 (month/day/year).")
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise Refused("The calendar does not have this date. Please check the day and the month.") from None
