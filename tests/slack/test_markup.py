"""Slack's markup as plain words."""

from __future__ import annotations

import pytest

from consult_bot.slack.blocks import escaped
from consult_bot.slack.markup import mentioned, plain


@pytest.mark.parametrize(
    ("typed", "looked"),
    [
        ("a &lt; b &amp;amp; c &gt; d", "a < b &amp; c > d"),
        ("<@U0BEN|ben> and <@U0ANA>", "@ben and @U0ANA"),
        ("<#C1|general> <!here> <!subteam^S1|@derm>", "#general @here @derm"),
        ("<https://a.example/x|a.example/x>", "https://a.example/x"),
        ("<https://a.example|read this>", "read this (https://a.example)"),
        ("&lt;!channel&gt;", "<!channel>"),
    ],
)
def test_it_reads_as_it_looked(typed: str, looked: str) -> None:
    assert plain(typed) == looked


def test_it_knows_a_mention() -> None:
    assert mentioned("<@U0BEN|ben>") == mentioned(" <@U0BEN> ") == "U0BEN"
    assert mentioned("@ben") is None and mentioned("<@U0BEN> now") is None


def test_it_undoes_escaping() -> None:
    assert plain(escaped("<b> & &lt;")) == "<b> & &lt;"
