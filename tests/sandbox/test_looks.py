"""How the page looks, measured: contrast and names (axe-core), the width of a phone, thumbs, day and night."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.sandbox.browsing import CHANNEL, card, window
from tests.sandbox.gallery import ALERTS, INPUTS, PRESSED, RICH, WORDS, modal, section

# What WCAG 2.5.5 asks of a target, and the patient's pages too.
THUMB_PIXELS = 44
WIDTHS = {360: 740, 1440: 900}
LETTER = """To: parent@example.org
Subject: We have a question for you (C-1042)
MIME-Version: 1.0
Content-Type: text/html

<html lang="en"><title>Letter</title><p>A page waits for you. <a href="http://127.0.0.1/p/abc">Open it</a></p></html>
"""
TARGETS = """pixels => [...document.querySelectorAll('button, summary, a, textarea, input, .choice, [role=option], [role=menuitem]')]
    .filter(e => !e.closest('.choice input, .skip, [inert], .b-text, .rich') && !e.matches('.choice input'))
    .filter(e => e.getClientRects().length && e.getBoundingClientRect().height < pixels)
    .map(e => e.outerHTML.slice(0, 200))"""


@pytest.fixture(params=WIDTHS)
def looked_at(request, stage, browser, tmp_path) -> Iterator[Page]:
    """The page with everything on it, in each width. axe-core is a script of ours: hence no policy."""
    width = request.param
    thread = stage.post("C-1042 · new", blocks=card())
    stage.do("message", channel=CHANNEL, user="U0BEN", text="looks viral", thread_ts=thread)
    stage.post("x", blocks=[*WORDS, RICH, *PRESSED])
    stage.app.event("app_home_opened")(lambda: None)
    stage.app.command("/consult")(
        lambda ack, body, client: (
            client.views_open(trigger_id=body["trigger_id"], view=modal(*ALERTS, *WORDS, *INPUTS)),
            ack("only you"),
        )
    )
    stage.client.views_publish(user_id="U0NOOR", view={"type": "home", "blocks": [*WORDS, *PRESSED, *INPUTS]})
    (tmp_path / "mail" / "1.eml").write_text(LETTER)
    size = {"width": width, "height": WIDTHS[width]}
    page = browser.new_page(viewport=size, color_scheme="light", bypass_csp=True)
    page.goto(stage.sandbox.url)
    expect(window(page).locator(".message")).to_have_count(2)
    yield page
    page.close()


def examine(page: Page, moment: str) -> None:
    """Fail where axe-core complains by day, or by night of contrast, the page is wider than its window, or a thumb would miss."""
    found = Axe().run(page)
    assert found.violations_count == 0, f"{moment}: {found.generate_report()}"
    assert len(found.response["passes"]) > 10, moment
    page.emulate_media(color_scheme="dark")
    found = Axe().run(page, options={"runOnly": ["color-contrast"]})
    assert found.violations_count == 0, f"{moment} by night: {found.generate_report()}"
    page.emulate_media(color_scheme="light")
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0, moment
    if page.viewport_size["width"] == min(WIDTHS):
        assert page.evaluate(TARGETS, THUMB_PIXELS) == [], moment


def test_it_can_be_used_by_everyone_at_each_width_by_day_and_by_night(stage, looked_at):
    page, first = looked_at, window(looked_at)
    first.get_by_role("combobox", name="More").click()
    examine(page, "menu")
    page.keyboard.press("Escape")
    first.get_by_role("button", name="Act as Dr. Noor Haddad").click()
    first.get_by_role("tab", name="Home").click()
    expect(first.get_by_role("tabpanel", name="Home").get_by_text("A header")).to_be_visible()
    examine(page, "home")
    first.get_by_role("tab", name="# consults").click()
    first.get_by_label("Message, or /consult …").fill("/consult ask")
    first.get_by_label("Message, or /consult …").press("Enter")
    dialog = first.get_by_role("dialog")
    dialog.get_by_role("button", name="Send").click()
    expect(dialog.get_by_role("alert").filter(has_text="required")).to_be_visible()
    expect(dialog.get_by_text("warning alert")).to_be_visible()
    examine(page, "modal with an error")
    page.keyboard.press("Escape")
    expect(first.get_by_text("Only visible to you")).to_be_visible()
    examine(page, "ephemeral")
    first.locator(".thread-line").click()
    expect(first.get_by_role("complementary").get_by_text("looks viral")).to_be_visible()
    examine(page, "thread")
    for place in page.get_by_role("navigation", name="What to show").get_by_role("button").all():
        if place.is_visible():
            place.click()
            examine(page, place.inner_text())
    page.goto(f"{stage.sandbox.url}/mail")
    expect(page.frame_locator(".letter-html").get_by_text("A page waits for you.")).to_be_visible()
    examine(page, "all letters")


def test_it_is_dark_when_the_system_is_and_when_somebody_wants_it(stage, browser):
    page = browser.new_page(color_scheme="dark")
    page.goto(stage.sandbox.url)

    def ground():
        return page.evaluate("getComputedStyle(document.body).backgroundColor")

    night = ground()
    page.get_by_role("button", name="Switch to day").click()
    day = ground()
    assert night != day
    page.reload()
    expect(page.get_by_role("button", name="Switch to night")).to_be_visible()
    assert ground() == day
    page.goto(f"{stage.sandbox.url}/mail")
    expect(page.get_by_role("button", name="Switch to night")).to_be_visible()
    assert ground() == day
    page.get_by_role("button", name="Switch to night").click()
    assert ground() == night
    page.close()


def test_it_puts_the_hint_away_and_brings_it_back(page):
    strip = page.get_by_role("complementary", name="Next step")
    expect(strip.get_by_text("fill in the form on the phone")).to_be_visible()
    strip.get_by_role("button", name="Put the hints away").click()
    expect(strip).to_be_hidden()
    toggle = page.get_by_role("button", name="Next step")
    expect(toggle).to_be_focused()
    page.reload()
    expect(toggle).to_have_attribute("aria-pressed", "false")
    expect(strip).to_be_hidden()
    toggle.press("Enter")
    expect(strip).to_be_visible()


def test_it_moves_time_from_the_clock_where_the_page_is_narrow(stage, page):
    page.set_viewport_size({"width": 360, "height": 740})
    machine = page.get_by_role("group", name="Time machine")
    expect(machine).to_be_hidden()
    clock = page.locator("#clock-button")
    clock.press("Enter")
    before = stage.look("state")["offset_seconds"]
    with page.expect_response("**/_control/clock"):
        machine.get_by_role("button", name="+1 hour").click()
    assert stage.look("state")["offset_seconds"] - before == 3600
    assert stage.advanced_seconds == [3600]
    page.keyboard.press("Escape")
    expect(machine).to_be_hidden()
    expect(clock).to_be_focused()


@pytest.mark.parametrize(
    ("told", "hint"),
    [
        ("*Next:* the patient, to read the guidance\nCorrection goes out soon", "Move the time on."),
        (
            "*Next:* the patient, to read the correction\nCorrection sent · Email arrived, not read yet",
            "read the correction",
        ),
        (
            "*Next:* the patient, to say that they understand\nCorrection sent · Read",
            "below the correction, press",
        ),
        (
            "*Next:* the patient, to say that they understand\nGuidance sent · Read",
            "below the guidance, press",
        ),
        ("*Next:* <@U0ANA> (owner), to close it\nGuidance sent · Read · Understood", "More, Close the case."),
        (
            "*Next:* <@U0ANA> (owner), to see these tasks done: lab test\nGuidance sent · Read · Understood",
            "press Done beside it, in the thread",
        ),
        (
            "*Open: lab test* · due soon · <@U0LENA>\n*Next:* <@U0ANA> (owner), to see these tasks done: lab test",
            "Be Lena Meyer and press Done",
        ),
        (
            "*Next:* the patient, to read the emergency advice\nEmergency advice sent · Not read yet",
            "read the emergency advice",
        ),
        (
            "*Next:* <@U0BEN>, to call the patient now · *Owner:* <@U0ANA>\nEmergency advice sent · Read",
            "Be Dr. Ben Okafor, and press Done beside the call",
        ),
    ],
)
def test_it_says_what_to_do_next_as_the_card_has_it(stage, page, told, hint):
    stage.post("C-1042 · advised", blocks=[section(told)])
    strip = page.get_by_role("complementary", name="Next step")
    expect(strip).to_contain_text(hint)
    if "close" not in told and "say that" not in told:
        expect(strip).not_to_contain_text("I understand")
