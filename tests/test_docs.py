"""The pages that people read say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from commands import QUERIES, VERBS
from consult_bot.cli import MODULES

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
IN_THE_IMAGE = ("docker ", "In the image", "inside the image")


def test_it_tells_clinicians_of_every_verb_that_they_can_do() -> None:
    page = (DOCS / "clinician.md").read_text(encoding="utf-8")
    assert [verb.name for verb in VERBS if verb.typed and f"| `{verb.name}` |" not in page] == []
    told = [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")]
    assert set(told) == {verb.name for verb in VERBS if verb.typed}


def test_it_tells_clinicians_of_every_query() -> None:
    page = (DOCS / "clinician.md").read_text(encoding="utf-8")
    assert [query.name for query in QUERIES if query.usage.split()[0] not in page] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_it_writes_commands_as_they_run_after_make(page: Path) -> None:
    """`.venv/bin/consult-bot …` runs as it stands. Only where the image is spoken of, the command is on the PATH."""
    text = page.read_text(encoding="utf-8")
    assert "python -m consult_bot" not in text
    for line in text.splitlines():
        assert "`python " not in line, line
        for before, word in re.findall(r"(\S*)consult-bot ([a-z-]+)", line):
            assert word in MODULES, line
            assert before.endswith(".venv/bin/") or any(said in line for said in IN_THE_IMAGE), line
