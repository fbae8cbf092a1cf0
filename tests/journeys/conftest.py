"""A practice with a browser in front of it, for stories that are played by clicking."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from consult_bot.cli.local import LocalPractice
from consult_bot.logs import configure_logs
from tests.sandbox.browsing import QUIET

# A whole practice, its worker and a browser share the machine with other tests.
PATIENCE_MILLISECONDS = 60_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def open_practice(tmp_path: Path) -> Iterator[LocalPractice]:
    """A practice on the embedded database, open for patients and staff."""
    with (tmp_path / "log.jsonl").open("w") as stream:
        configure_logs(stream)
        practice = LocalPractice(tmp_path / "practice", 0, 0)
        practice.start()
        yield practice
        practice.stop()
