"""The way that remains to a patient whose words do not reach us."""

from __future__ import annotations

from consult_bot.roster.facts import Practice


def or_call(try_again: str, practice: Practice) -> str:
    """Return what asks to try again, and whom to call where that does not help."""
    return f"{try_again} If it stays so, please call us: {practice.phone}."
