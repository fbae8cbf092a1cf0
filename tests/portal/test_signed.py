"""Values that leave with a page and come back."""

from __future__ import annotations

from datetime import timedelta

from consult_bot.portal.signed import Seal


def key() -> bytes:
    return b"k" * 32


def test_it_reads_what_it_signed() -> None:
    assert Seal(key, "form").read(Seal(key, "form").write(["general", 7])) == ["general", 7]


def test_it_takes_nothing_forged_for_another_purpose_or_by_another_key() -> None:
    signed = Seal(key, "form").write(["general", 7])
    assert Seal(key, "photo").read(signed) is None
    assert Seal(lambda: b"x" * 32, "form").read(signed) is None
    assert Seal(key, "form").read(signed.replace("W", "X", 1)) is None
    assert Seal(key, "form").read("") is None
    assert Seal(key, "form").read(None) is None
    assert Seal(key, "form").read("\x00é") is None


def test_it_takes_nothing_signed_too_long_ago() -> None:
    signed = Seal(key, "form").write(1)
    assert Seal(key, "form").read(signed, within=timedelta(hours=1)) == 1
    assert Seal(key, "form").read(signed, within=timedelta(seconds=-1)) is None
