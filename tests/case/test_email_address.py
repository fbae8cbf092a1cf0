"""Addresses that letters can go to, and the tricks that are none."""

from __future__ import annotations

import pytest

from consult_bot.case.email_address import NotAnAddress, as_sent, is_address

INJECTING = "=?utf-8?q?a=0D=0ABcc=3Aevil=40x.org=0D=0A?=@example.org"

REFUSED = [
    INJECTING,
    "=?utf-8?q?a=40b.org=2C?=@example.org",
    "a=?b@example.org",
    "é@example.org",
    "😀@example.org",
    "a\u200db@example.org",
    "a@b@example.org",
    ".a@example.org",
    "a.@example.org",
    "a..b@example.org",
    '"a b"@example.org',
    "a b@example.org",
    "a@example.org\nBcc: b@example.org",
    "a@-example.org",
    "a@example.org.",
    "a@exam_ple.org",
    "a@localhost",
    "a@127.0.0.1",
    "a@[127.0.0.1]",
    "a@example.c",
    "a@\uff20.org",
    "a" * 65 + "@example.org",
    "a@" + "b" * 64 + ".org",
    "a@" + ".".join(["b" * 60] * 5) + ".org",
    "a@",
    "@example.org",
    "",
]


@pytest.mark.parametrize("text", REFUSED)
def test_it_refuses_what_is_not_one_plain_address(text: str) -> None:
    assert not is_address(text)
    with pytest.raises(NotAnAddress) as refused:
        as_sent(text)
    assert "evil" not in str(refused.value) and refused.value.__cause__ is None


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("parent.zarbex@example.org", "parent.zarbex@example.org"),
        (" First.Last+tag@Example.ORG ", "First.Last+tag@Example.ORG"),
        ("o'neil_{a}=b?@sub.example.co", "o'neil_{a}=b?@sub.example.co"),
        ("a@höme.example", "a@xn--hme-sna.example"),
        ("a@xn--hme-sna.xn--p1ai", "a@xn--hme-sna.xn--p1ai"),
        ("a" * 64 + "@" + "b" * 63 + ".org", "a" * 64 + "@" + "b" * 63 + ".org"),
    ],
)
def test_it_takes_an_address_and_returns_it_as_letters_carry_it(text: str, sent: str) -> None:
    assert as_sent(text) == sent
    assert as_sent(sent) == sent
