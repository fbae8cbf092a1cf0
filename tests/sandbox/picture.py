"""The README's picture. Draw it anew, when the page has changed, by

    python -m tests.sandbox.picture docs/sandbox.png

Plays story 1 until Ana previews her guidance, then photographs the sandbox's page with everybody on it.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import FrameLocator, Page, expect, sync_playwright

from consult_bot.cli.local import MADE_UP_PRACTICE, LocalPractice
from consult_bot.cli.stories.players import Workspace
from consult_bot.cli.stories.rash import NOTE, QUESTIONS, RashStory
from consult_bot.logs import configure_logs
from consult_bot.sandbox.people import CONSULTS
from tests.sandbox.browsing import QUIET

WINDOW_PIXELS = {"width": 1800, "height": 1012}
WIDTH_PIXELS = 1600


def photographed(page: Page, practice: LocalPractice) -> bytes:
    """Play the story and return the page at its best moment, as a PNG."""
    story = RashStory(practice.url, Workspace(practice.slack_url, CONSULTS), lambda who, what: None)
    story.begin()
    story.preview_guidance()
    page.goto(practice.slack_url)
    page.locator(".letter summary").first.click()
    page.get_by_role("button", name="Open on the phone").first.click()
    read_on_the_phone(page.frame_locator("#phone"), story.code)
    page.locator(".letter summary").first.click()
    thread = page.locator("#window-2")
    thread.get_by_role("button", name="replies").click()
    expect(thread.get_by_text(NOTE)).to_be_visible()
    expect(thread.locator(".photo img")).to_be_visible()
    expect(page.locator("#window-1").get_by_role("dialog")).to_be_visible()
    expect(page.locator("#window-3").get_by_role("button", name="Send guidance")).to_be_visible()
    page.mouse.move(0, 0)
    return page.screenshot()


def read_on_the_phone(phone: FrameLocator, code: str) -> None:
    """Open the case with the code, down to the newest question."""
    phone.get_by_label("Access code").fill(code)
    phone.get_by_role("button", name="Open my page").click()
    phone.get_by_text(QUESTIONS[-1]).scroll_into_view_if_needed()


def draw(target: Path) -> None:
    """Write the picture."""
    with (
        tempfile.TemporaryDirectory() as folder,
        (Path(folder) / "log.jsonl").open("w") as log,
        sync_playwright() as playwright,
    ):
        configure_logs(log)
        practice = LocalPractice(Path(folder), 0, 0)
        practice.start()
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        try:
            scale = WIDTH_PIXELS / WINDOW_PIXELS["width"]
            page = browser.new_page(
                viewport=WINDOW_PIXELS,
                device_scale_factor=scale,
                timezone_id=MADE_UP_PRACTICE["PRACTICE_ZONE"],
            )
            picture = photographed(page, practice)
        finally:
            browser.close()
            practice.stop()
    target.write_bytes(picture)


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
