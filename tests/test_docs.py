"""The pages that people read say what the code does."""

from __future__ import annotations

from pathlib import Path

from commands import QUERIES, VERBS

DOCS = Path(__file__).parent.parent / "docs"


def test_it_tells_clinicians_of_every_verb_that_they_can_do() -> None:
    page = (DOCS / "clinician.md").read_text(encoding="utf-8")
    assert [verb.name for verb in VERBS if verb.typed and f"| `{verb.name}` |" not in page] == []
    told = [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")]
    assert set(told) == {verb.name for verb in VERBS if verb.typed}


def test_it_tells_clinicians_of_every_query() -> None:
    page = (DOCS / "clinician.md").read_text(encoding="utf-8")
    assert [query.name for query in QUERIES if query.usage.split()[0] not in page] == []
