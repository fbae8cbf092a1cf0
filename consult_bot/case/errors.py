"""Refusals: what happened, what to do, whether trying again can help, and which field it is about."""

from __future__ import annotations

from collections.abc import Callable


class Refusal(Exception):
    """A request was not carried out and nothing changed. Of Unsure alone nobody can tell.

    `text` is for the person who asked; `{who}` in it stands for the person `who` (a Slack id), which each
    surface writes its own way. `field` names the input at fault, None where it is about the case.
    `retry` says whether the same request can succeed later without anyone changing it.
    """

    retry = False

    def __init__(self, text: str, *, who: str | None = None, field: str | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.who = who
        self.field = field

    def told(self, name: Callable[[str], str]) -> str:
        """Return the text with the person named as this surface names people."""
        return self.text.replace("{who}", name(self.who) if self.who else "someone")


class UnknownVerb(Refusal):
    """There is no such verb; the text suggests the nearest."""


class TooManyWords(Refusal):
    """More was typed than the verb takes, so nothing was done; the text says what to type."""


class UnknownCase(Refusal):
    """There is no such case, or none that this person may know of: the answer is the same."""


class DoesNotOpen(Refusal):
    """What is kept of the case was damaged; the text says whom to tell."""


class NotAllowed(Refusal):
    """State or role forbids the verb; the text says what is allowed."""


class NotEligible(Refusal):
    """The person may not take this case; the text says why."""


class Taken(Refusal):
    """Somebody else holds the case; the text says who."""


class BadField(Refusal):
    """An input is missing or malformed; `field` names it."""


class LooseEnds(Refusal):
    """The case cannot close yet; the text names each loose end."""


class TooLate(Refusal):
    """What was to be undone has been sent."""


class Busy(Refusal):
    """Others changed the case at the same moment, several times over."""

    retry = True


class Away(Busy):
    """What is kept cannot be reached just now, and nothing was changed."""


class Unsure(Away):
    """What is kept was out of reach at the moment of storing: it may be done, or not. The same once-key does it once."""
