"""Story 1 and the claim race in Debian's Chromium: by mouse and by keyboard alone, as wide as a desk and as a phone.

A parent fills in the form on the phone and adds a photo. Ana claims the card, asks, reads what the parent will read,
sends; the undo window passes by the time machine. The parent opens the letter, types the code, answers. Ben says in
the thread what he thinks. Ana advises, the parent reads it and taps "I understand", Ana closes. Pictures of every step
are kept under tests/out/.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from consult_bot.cli.local import LocalPractice
from consult_bot.cli.stories.players import Phone, Workspace
from consult_bot.cli.stories.rash import FORM, NOTE, PRIVATE
from tests.journeys.hands import Hands, Keyboard, Mouse
from tests.journeys.rash_play import RashPlay

OUT = Path(__file__).parents[1] / "out" / "journeys"
CHANNEL = "C0CONSULT"
STATES = ("new", "claimed", "awaiting patient", "advised", "closed")


def opened(browser: Browser, practice: LocalPractice, width: int, scheme: Any = "light") -> Page:
    """The sandbox's page in a browser of its own; what goes wrong in it is kept in `page.problems`."""
    size = {"width": width, "height": 740 if width < 800 else 900}
    page = browser.new_context(viewport=size, color_scheme=scheme, locale="en-US").new_page()
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("console", lambda told: page.problems.append(told.text) if told.type == "error" else None)
    page.goto(practice.slack_url)
    expect(page.locator("#window-1").get_by_text("No cases yet.")).to_be_visible()
    return page


@pytest.mark.parametrize(
    ("hands", "width", "scheme"),
    [(Mouse, 1440, "light"), (Mouse, 360, "dark"), (Keyboard, 1440, "dark"), (Keyboard, 360, "light")],
    ids=lambda value: getattr(value, "__name__", str(value)).lower(),
)
def test_it_goes_from_a_parents_photo_to_guidance_understood(
    browser: Browser,
    open_practice: LocalPractice,
    tmp_path: Path,
    hands: type[Hands],
    width: int,
    scheme: str,
) -> None:
    page = opened(browser, open_practice, width, scheme)
    play = RashPlay(page, hands(page), OUT / f"{hands.__name__.lower()}-{width}-{scheme}")
    play.the_parent_sends_the_form(tmp_path / "IMG_0231.jpg")
    play.ana_claims()
    play.ana_asks()
    play.the_parent_answers()
    play.the_colleagues_talk()
    play.ana_advises()
    play.the_parent_understands()
    on_the_phone = [frame.content() for frame in page.frames if frame.url.startswith(open_practice.url)]
    play.ana_closes()

    assert page.problems == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert len(on_the_phone) == 1 and NOTE not in on_the_phone[0]
    nothing_private_stands_in(play.addresses, play)
    workspace = Workspace(open_practice.slack_url, CHANNEL)
    nothing_private_stands_in([f"{letter}" for letter in workspace.mail()], play)
    (card,) = workspace.messages()
    assert card["text"].removeprefix(f"{play.number} · ") in STATES
    page.context.close()


def nothing_private_stands_in(places: list[str], play: RashPlay) -> None:
    assert places
    for private in (*PRIVATE, play.code, play.code.replace("-", "")):
        assert not [place for place in places if private in place]


def test_it_gives_a_case_that_two_claim_at_once_to_one_and_tells_the_other(
    browser: Browser, open_practice: LocalPractice
) -> None:
    pages = {name: opened(browser, open_practice, 1440) for name in ("Dr. Ana Ruiz", "Dr. Ben Okafor")}
    held: list[Route] = []
    for name, page in pages.items():
        page.locator("#window-1").get_by_role("button", name=f"Act as {name}").click()
        page.route("**/_control/interact", lambda route: held.append(route))
    phone = Phone(open_practice.url)
    phone.open("/intake/general")
    phone.send(holding="concern", **FORM)
    for page in pages.values():
        page.locator("#window-1").get_by_role("button", name="Claim").click()
    expect_soon(pages, lambda: len(held) == len(pages))
    for route in held:
        route.continue_()

    refused = {name: page.locator("#window-1").get_by_role("dialog") for name, page in pages.items()}
    expect_soon(pages, lambda: any(dialog.count() for dialog in refused.values()))
    (loser,) = [name for name, dialog in refused.items() if dialog.count()]
    (winner,) = pages.keys() - {loser}
    expect(refused[loser]).to_contain_text(f"already claimed by @{winner}")
    pages[loser].screenshot(path=OUT / "race-told.png")
    for page in pages.values():
        card = page.locator("#window-3 .message")
        expect(card.get_by_text("Next:").locator("..")).to_contain_text(f"@{winner} (owner)")
        expect(card.get_by_role("button", name="Claim")).to_have_count(0)
        expect(card.locator(".thread-line")).to_contain_text("2 replies")
    (card,) = Workspace(open_practice.slack_url, CHANNEL).messages()
    assert [reply["text"] for reply in card["replies"]].count("C-1001 · claimed") == 1
    for page in pages.values():
        assert page.problems == []
        page.context.close()


def expect_soon(pages: dict[str, Page], so: Any) -> None:
    """Let the browsers work until it is so. Fails after ten seconds."""
    one = next(iter(pages.values()))
    for _ in range(200):
        if so():
            return
        one.wait_for_timeout(50)
    raise AssertionError("it did not come about")
