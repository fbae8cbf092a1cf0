"""What was typed into the forms of a case's page."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.datastructures import FormData

from consult_bot.forms.questionnaire import MOST_TEXT_CHARACTERS
from consult_bot.forms.safe_text import for_storage, is_blank
from consult_bot.portal.inputs import text_of


@dataclass(frozen=True, slots=True)
class Typed:
    """What could not be sent, to be shown again with what was wrong; both by the inputs' names.

    `nonce` makes a form count once. `photos` are staged ids.
    """

    nonce: str
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)
    photos: tuple[str, ...] = ()
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def wrote(self) -> bool:
        """Whether there is anything of the patient's own in it: where they are stands in its list by itself."""
        return any(text for name, text in self.texts.items() if name != "state") or bool(self.photos)

    @classmethod
    def nothing(cls) -> Typed:
        """Return empty forms."""
        return cls(secrets.token_hex(16))


def written(form: FormData, name: str) -> str:
    """Return the words of an input as they are kept, the empty string where nothing in them can be seen."""
    words = for_storage(text_of(form, name))
    return "" if is_blank(words) else words


def too_long(words: str) -> str | None:
    """Return what to tell somebody who wrote more than we can keep, None where there is room."""
    if len(words) <= MOST_TEXT_CHARACTERS:
        return None
    return f"This has {len(words):,} characters. Please shorten it to {MOST_TEXT_CHARACTERS:,} or fewer."
