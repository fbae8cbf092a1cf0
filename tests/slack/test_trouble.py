"""The names that troubles with Slack leave behind."""

from __future__ import annotations

import pytest

from consult_bot.slack.trouble import LIMITED, PASSING, REMEDIES, is_refusal

OURS = ("http_503", "URLError", "TimeoutError", "lease ended", "lease lost", "the card is not posted yet", "")


@pytest.mark.parametrize("error", ["invalid_blocks", "msg_too_long", "some_name_that_is_new"])
def test_it_knows_a_refusal_by_its_name(error: str) -> None:
    assert is_refusal(error)


@pytest.mark.parametrize("error", [*OURS, *sorted(PASSING | LIMITED | REMEDIES.keys())])
def test_it_takes_for_no_refusal_what_passes_or_can_be_mended(error: str) -> None:
    assert not is_refusal(error)
