"""Letters: emails that tell a patient to look at their page, and nothing about why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from consult_bot.texts.phone import dialled

FOLDER = Path(__file__).parent / "letters"
NAMES = (
    *("received", "question", "guidance", "correction", "update", "emergency", "closed", "withdrawn"),
    "link",
)

_SPARE_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Letter:
    """A subject of one line, and the same words as plain text and as HTML."""

    subject: str
    text: str
    html: str


def render(
    name: str,
    *,
    practice_name: str,
    practice_phone: str,
    number: str,
    url: str,
    answer_by: str | None = None,
) -> Letter:
    """Return one of NAMES, filled in. `number` is spoken, `C-1042`; `url` is the case's link.

    `answer_by` is our promise as `deadlines.spoken` says it, None where none stands; only `received` tells it. An email
    can be read by whoever holds the phone, so nothing that says who the patient is or what they have can be handed in.
    Raises KeyError for a name that is no letter's.
    """
    if name not in NAMES:
        raise KeyError(name)
    words = {
        "practice_name": practice_name,
        "practice_phone": practice_phone,
        "number": number,
        "url": url,
        "answer_by": answer_by,
    }
    subject, _, text = _templates().get_template(f"{name}.txt").render(words).partition("\n")
    html = _templates().get_template(f"{name}.html").render(words)
    return Letter(subject, _SPARE_LINES.sub("\n\n", text.strip()) + "\n", html)


def plain_letter(subject: str, *paragraphs: str) -> Letter:
    """Return a letter to a colleague: our own words, paragraph by paragraph."""
    shown = "".join(f"<p>{escape(each)}</p>" for each in paragraphs)
    html = f"<!doctype html><html lang='en'><title>{escape(subject)}</title>{shown}</html>"
    return Letter(subject, "\n\n".join(paragraphs) + "\n", html)


@cache
def _templates() -> Environment:
    """Return the templates; HTML is escaped, and a name that nobody handed in is an error."""
    found = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    found.filters["dialled"] = dialled
    return found
