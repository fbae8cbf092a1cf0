"""Long text in several messages."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from consult_bot.slack.long_text import MESSAGE_UNITS, TEXT_UNITS, Paragraph, messages, pieces, units


@given(some.text(max_size=400), some.integers(2, 40))
def test_it_cuts_and_loses_nothing(text: str, most: int) -> None:
    cut = pieces(text, most)
    assert "".join(cut) == text
    assert all(units(piece) <= most for piece in cut)


def test_it_cuts_at_spaces_where_there_are_any() -> None:
    assert pieces("one two three four", 10) == ["one two ", "three four"]


@given(
    some.lists(some.tuples(some.text(max_size=20), some.text(max_size=300)), max_size=60),
    some.integers(1, 60),
)
def test_it_shares_paragraphs_out_in_order_within_the_budget(
    given_ones: list[tuple[str, str]], times: int
) -> None:
    long = [Paragraph(label, words * times) for label, words in given_ones]
    shared = messages(long)
    flat = [paragraph for message in shared for paragraph in message]
    assert "".join(p.label + p.words for p in flat) == "".join(p.label + p.words for p in long)
    assert all(sum(p.units for p in message) <= MESSAGE_UNITS for message in shared)
    assert all(units(p.words) <= TEXT_UNITS and units(p.label) <= TEXT_UNITS for p in flat)


def test_it_counts_emoji_twice_as_slack_does() -> None:
    assert units("a🩺") == 3
    assert all(units(piece) <= TEXT_UNITS for piece in pieces("🩺" * 5000))
