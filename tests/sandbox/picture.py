"""The README's picture. Draw it anew, when the page has changed, by

    python -m tests.sandbox.picture docs/sandbox.png

Plays story 1 until Ana previews her guidance; then, on the sandbox's page, she sends it, and the parent reads it.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import FrameLocator, Page, expect, sync_playwright

from consult_bot.cli.local import MADE_UP_PRACTICE, LocalPractice
from consult_bot.cli.stories.players import Workspace
from consult_bot.cli.stories.rash import GUIDANCE, NOTE, RashStory
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
    send_the_guidance(page)
    page.locator(".letter summary", has_text="There is an answer").click()
    page.get_by_role("button", name="Open on the phone").first.click()
    read_on_the_phone(page.frame_locator("#phone"), story.code)
    page.locator(".letter summary").first.click()
    show_everybody(page)
    page.mouse.move(0, 0)
    return page.screenshot()


def send_the_guidance(page: Page) -> None:
    """Ana has seen the preview: she sends, and the time to undo it passes."""
    dialog = page.locator("#window-1").get_by_role("dialog")
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(dialog.get_by_text("Sending at")).to_be_visible()
    dialog.get_by_role("button", name="Close").last.click()
    page.get_by_role("button", name="+15 min").click()


def read_on_the_phone(phone: FrameLocator, code: str) -> None:
    """Open the case with the code, down to the guidance."""
    phone.get_by_label("Access code").fill(code)
    phone.get_by_role("button", name="Open my page").click()
    phone.get_by_role("link", name="Go to our guidance").click()
    expect(phone.get_by_role("button", name="I understand")).to_be_visible()


def show_everybody(page: Page) -> None:
    """Ana asks for her cases below the card, Ben reads the thread, Lena opens the card's menu."""
    ana, ben, lena = (page.locator(f"#window-{number}") for number in (1, 2, 3))
    ana.get_by_label("Message, or /consult …").fill("/consult mine")
    ana.get_by_label("Message, or /consult …").press("Enter")
    expect(ana.get_by_text("Only visible to you")).to_be_visible()
    ben.get_by_role("button", name="replies").click()
    for words in (NOTE, GUIDANCE):
        expect(ben.get_by_role("complementary").get_by_text(words)).to_be_visible()
    expect(ben.locator(".photo img")).to_be_visible()
    lena.get_by_role("combobox", name="More").click()
    expect(page.get_by_role("option", name="Close")).to_be_visible()


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
