"""What the patient will read."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from consult_bot.case.model import Disposition, MessageKind
from consult_bot.portal import case_view
from consult_bot.slack.preview import HEADING, TO_DO, preview, to_do
from tests.builders import ANA
from tests.slack.cases import NASTY, NOW, claimed, guidance, question, read, words_that_work

NAMES = {ANA.id: ANA.signature}


def test_it_says_what_the_patients_page_says() -> None:
    assert case_view.DISPOSITION == TO_DO
    assert all(case_view.HEADING[kind] == heading for kind, heading in HEADING.items())
    template = (Path(case_view.__file__).parent / "templates" / "case.html").read_text()
    told = read(preview(claimed(messages=(guidance(),)), NOW, NAMES))
    for wording in ("When to get help sooner", "I understand"):
        assert wording in template and wording in told


@pytest.mark.parametrize("disposition", list(Disposition))
def test_it_tells_the_patient_the_same_as_the_page_does(disposition: Disposition) -> None:
    by = NOW.date() if disposition is Disposition.VISIT_BY else None
    made = claimed(messages=(guidance(disposition=disposition, visit_by=by),))
    entry = case_view.patient_view(made, NOW, NAMES).entries[-1]
    assert to_do(entry) == case_view._to_do(entry)
    assert to_do(entry) in read(preview(made, NOW, NAMES))


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
    assert MessageKind.REPLY not in HEADING
    assert (
        to_do(replace(case_view.patient_view(claimed(messages=(question(),)), NOW, NAMES).entries[0])) is None
    )
