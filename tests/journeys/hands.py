"""How a person works a page: with a mouse, or with the keyboard alone. Both type by the keyboard."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from playwright.sync_api import Locator, Page

MOST_TABS = 250
FOCUSED = "target => document.activeElement === target"
# Where the keyboard has to go from where it stands. Tab reaches a group of radio buttons once; arrows walk inside.
WHERE = """target => {
    const now = document.activeElement;
    if (!target.isConnected) return 'gone';
    if (now === target || (now?.type === 'radio' && target.type === 'radio' && now.name === target.name)) return 'here';
    if (!now || now === document.body) return 'ahead';
    return now.compareDocumentPosition(target) & Node.DOCUMENT_POSITION_FOLLOWING ? 'ahead' : 'behind';
}"""


class Mouse:
    """Clicks; types where it has clicked."""

    def __init__(self, page: Page) -> None:
        self._page = page
        _listen_for_choosers(page)

    def press(self, what: Locator) -> None:
        what.click()

    def tick(self, what: Locator) -> None:
        what.check()

    def type(self, where: Locator, words: str) -> None:
        where.click()
        self._page.keyboard.insert_text(words)

    def date(self, where: Locator, day: date) -> None:
        """Put a day into a date field; a mouse would press through the browser's calendar."""
        where.fill(day.isoformat())

    def pick(self, menu: Locator, words: str) -> None:
        """Choose from a native select, as the patient's pages have them."""
        menu.select_option(words)

    def attach(self, where: Locator, file: Path) -> None:
        with self._page.expect_file_chooser() as chooser:
            where.click()
        chooser.value.set_files(file)


class Keyboard:
    """Never points: walks by Tab and arrows, forwards or backwards, into the phone's frame and out again."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._keys = page.keyboard
        _listen_for_choosers(page)

    def press(self, what: Locator) -> None:
        self._reach(what)
        self._keys.press("Enter")

    def tick(self, what: Locator) -> None:
        if what.get_attribute("type") != "radio":
            self._reach(what)
            self._keys.press("Space")
            return
        self._reach(what)
        while not what.evaluate(FOCUSED):
            self._keys.press("ArrowDown")
        if not what.is_checked():
            self._keys.press("Space")

    def type(self, where: Locator, words: str) -> None:
        self._reach(where)
        self._keys.insert_text(words)

    def date(self, where: Locator, day: date) -> None:
        self._reach(where)
        self._keys.type(f"{day:%m%d%Y}")

    def pick(self, menu: Locator, words: str) -> None:
        self._reach(menu)
        self._keys.type(words)

    def attach(self, where: Locator, file: Path) -> None:
        self._reach(where)
        with self._page.expect_file_chooser() as chooser:
            self._keys.press("Space")
        chooser.value.set_files(file)

    def _reach(self, what: Locator) -> None:
        target = what.element_handle()
        in_frame = target.evaluate("() => window !== window.top")
        frame = self._page.locator("#phone").element_handle() if in_frame else None
        for _ in range(MOST_TABS):
            where = frame.evaluate(WHERE) if frame else "here"
            if where == "here":
                where = target.evaluate(WHERE)
            if where == "here":
                return
            if where == "gone":
                target = what.element_handle()
                continue
            self._keys.press("Tab" if where == "ahead" else "Shift+Tab")
        raise AssertionError(f"the keyboard does not reach {what}")


def _listen_for_choosers(page: Page) -> None:
    """From now on, not from when one is awaited: a chooser that opens before Chromium has heard of that is lost."""
    page.on("filechooser", lambda chooser: None)


Hands = Mouse | Keyboard
