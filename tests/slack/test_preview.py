"""What the patient will read."""

from __future__ import annotations

from datetime import timedelta

import pytest

from consult_bot.case.model import Disposition
from consult_bot.slack.preview import preview
from consult_bot.texts.guidance import to_do
from tests.builders import ANA
from tests.slack.cases import NASTY, NOW, claimed, guidance, question, read, words_that_work

NAMES = {ANA.id: ANA.signature}


@pytest.mark.parametrize("disposition", list(Disposition))
def test_it_tells_the_patient_what_to_do(disposition: Disposition) -> None:
    by = NOW.date() if disposition is Disposition.VISIT_BY else None
    made = claimed(messages=(guidance(disposition=disposition, visit_by=by),))
    doing = to_do(disposition, by)
    assert doing and doing in read(preview(made, NOW, NAMES))


def test_it_shows_the_newest_message_whole_and_lets_nothing_in_it_work() -> None:
    made = claimed(messages=(question("Earlier"), guidance(NASTY + " end" * 900)))
    blocks = preview(made, NOW - timedelta(seconds=5), NAMES)
    told = read(blocks)
    assert "Guidance" in told and "from Ana Ruiz, MD" in told and "Earlier" not in told
    assert "<!channel>" in told and told.count("end") == 900
    assert "<!channel>" not in words_that_work(blocks)


def test_it_asks_nobody_to_confirm_a_question() -> None:
    told = read(preview(claimed(messages=(question(),)), NOW, NAMES))
    assert "A question for you" in told and "I understand" not in told
