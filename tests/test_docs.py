"""The pages that people read say what the code does."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
from fastapi.routing import APIRoute

from commands import QUERIES, VERBS
from consult_bot.cli import MODULES
from consult_bot.sandbox import control
from consult_bot.sandbox.local_slack import LocalSlack

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


def test_it_tells_of_every_address_that_plays_with_the_sandbox_and_what_it_takes(tmp_path: Path) -> None:
    page = (DOCS / "sandbox.md").read_text(encoding="utf-8")
    told = {}
    for address, takes in re.findall(r"^\| `((?:GET|POST) /_control/\S+)` \| (.*?) ?\| ", page, re.MULTILINE):
        needed, _, optional = takes.partition("optional")
        told[address] = (set(re.findall(r"`(\w+)`", needed)), set(re.findall(r"`(\w+)`", optional)))
    nowhere = "http://127.0.0.1:9"
    slack = LocalSlack.at(nowhere, tmp_path / "slack", nowhere, tmp_path / "mail", lambda seconds: None)
    assert told == addresses(slack)
    assert "sandbox.md" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_it_tells_of_every_fault_that_is_no_method_of_slack() -> None:
    page = (DOCS / "sandbox.md").read_text(encoding="utf-8")
    rooms = [file.read_text(encoding="utf-8") for file in (ROOT / "consult_bot" / "sandbox").rglob("*.py")]
    by_name = {name for text in rooms for name in re.findall(r"faults\.take\(\"([\w.]+)\"", text)}
    assert len(by_name) >= 6
    assert {name for name in by_name if f"`{name}`" not in page} == set()


def addresses(slack: LocalSlack) -> dict[str, tuple[set[str], set[str]]]:
    """Every control address of the code, each with the names that it needs and that it may have besides."""
    found = {}
    for route in control.routes(slack).routes:
        assert isinstance(route, APIRoute)
        (method,) = route.methods
        order = inspect.signature(route.endpoint, eval_str=True).parameters.get("order")
        fields = order.annotation.__origin__.model_fields if order else {}
        needed = {each.alias or name for name, each in fields.items() if each.is_required()}
        found[f"{method} {route.path}"] = (
            needed,
            {each.alias or name for name, each in fields.items()} - needed,
        )
    return found
