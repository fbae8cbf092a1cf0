"""Every page of the patient in Debian's Chromium, without JavaScript, narrow and wide, light and dark."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.builders import ANA
from tests.portal.browsing import CHROMIUM, FLAGS, every_page, later_pages
from tests.portal.site import Site

LOOKED_AT = 21
LOOKED_AT_LATER = 11


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


def examine(page: Page, site: Site, html: str) -> None:
    """Show a copy of a page where scripts run: axe-core is one."""
    page.unroute_all()
    page.route("**/copy", lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8"))
    page.goto(f"{site.url}/copy")


def wider_than_the_screen(page: Page) -> int:
    """How many pixels a page can be scrolled sideways."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def small_targets(page: Page) -> list[str]:
    """Buttons and inputs that a finger would miss: less than 44 pixels high with their label."""
    return list(
        page.evaluate(
            """() => [...document.querySelectorAll('button, .button, .choice, select, textarea, input')]
                .filter(e => e.type !== 'hidden' && !e.closest('.choice input'))
                .filter(e => !(e.matches('input') && e.closest('.choice')))
                .filter(e => e.getClientRects().length && e.getBoundingClientRect().height < 44)
                .map(e => e.outerHTML)"""
        )
    )


def walked(
    site: Site, browser: Browser, width: int, scheme: str, pages: Callable[[Page], Iterator[str]]
) -> int:
    """Look at every page of a walk, as a phone or a computer shows it, and return how many there were."""
    looks: dict[str, Any] = {"viewport": {"width": width, "height": 720}, "color_scheme": scheme}
    page = browser.new_page(**looks, java_script_enabled=False)
    examined = browser.new_page(**looks, bypass_csp=True)
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    looked_at = 0
    for name in pages(page):
        looked_at += 1
        page.wait_for_load_state()  # a click returns before the page that it leads to is there whole
        examine(examined, site, page.content())
        found = Axe().run(examined)
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"
        assert len(found.response["passes"]) > 10, name
        assert wider_than_the_screen(page) == 0, name
        assert small_targets(page) == [], name
        assert page.get_by_role("link", name="call 911").is_visible(), name
    page.close()
    examined.close()
    assert all(url.startswith((f"{site.url}/", "data:image/jpeg")) for url in requested)
    return looked_at


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (1280, "dark")])
def test_it_can_be_used_by_everyone_without_javascript(
    site: Site, browser: Browser, tmp_path: Path, width: int, scheme: str
) -> None:
    assert walked(site, browser, width, scheme, lambda page: every_page(site, page, tmp_path)) == LOOKED_AT


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (360, "light")])
def test_it_can_be_used_by_everyone_after_guidance_too(
    site: Site, browser: Browser, width: int, scheme: str
) -> None:
    walk = walked(site, browser, width, scheme, lambda page: later_pages(site, page))
    assert walk == LOOKED_AT_LATER


def test_it_puts_emergency_advice_in_view_even_where_something_was_wrong(
    site: Site, browser: Browser
) -> None:
    number, code = site.submitted()
    page = browser.new_page(viewport={"width": 360, "height": 640}, java_script_enabled=False)
    page.goto(f"{site.url}{site.link(number)}")
    page.get_by_label("Access code").fill(code)
    page.get_by_role("button", name="Open my page").click()
    site.world.did("emergency", ANA, number, advice="call_911")
    page.get_by_role("button", name="Send").click()
    advice = page.get_by_role("alert").first
    assert "Call 911 now" in advice.inner_text()
    box = advice.bounding_box()
    assert box is not None and 0 <= box["y"] < 100
    assert page.evaluate("document.activeElement.className") == "act-now"
    assert "Error:" in page.title() and page.title().startswith("Read this now")
    page.close()


@pytest.fixture
def warned(site: Site, browser: Browser) -> Iterator[Page]:
    """A page with emergency advice in its conversation, and newer guidance below it."""
    number, code = site.submitted()
    site.world.did("claim", ANA, number)
    site.world.did("emergency", ANA, number, advice="call_911", words="I have told the clinic.")
    site.world.advance(seconds=1)
    site.world.advise(ANA, number)
    site.world.advance(seconds=31)
    page = browser.new_page(java_script_enabled=False)
    page.goto(f"{site.url}{site.link(number)}")
    page.get_by_label("Access code").fill(code)
    page.get_by_role("button", name="Open my page").click()
    page.get_by_role("button", name="I understand").first.click()
    yield page
    page.close()


def test_it_prints_emergency_advice_and_no_forms(warned: Page) -> None:
    warned.emulate_media(media="print")
    advice = warned.locator(".message.emergency")
    assert advice.is_visible() and "I have told the clinic." in advice.inner_text()
    assert "Call 911 now" in advice.inner_text() and "Please do this now" in advice.inner_text()
    assert not warned.get_by_role("button").first.is_visible()
    assert not warned.get_by_text("Do not wait for an answer here.").is_visible(), "a sheet answers nobody"
    warned.emulate_media(media="screen")
    assert warned.get_by_text("Do not wait for an answer here.").is_visible()


def test_it_prints_whom_to_call_and_nothing_that_only_a_screen_can_do(warned: Page) -> None:
    screen_only = ("How is it going?", "Write to us", "You need no answer any more?", "When you are done")
    for heading in screen_only:
        assert warned.get_by_role("heading", name=heading).is_visible(), heading
    assert warned.get_by_role("link", name="Go to our guidance").is_visible()
    warned.emulate_media(media="print", color_scheme="dark")
    for heading in screen_only:
        assert not warned.get_by_role("heading", name=heading).is_visible(), heading
    assert not warned.get_by_role("link", name="Go to our guidance").is_visible()
    top = warned.locator(".top")
    assert "Elm Street Practice" in top.inner_text() and "+1 555 010 0100" in top.inner_text()
    assert warned.get_by_text("In an emergency, call 911.").is_visible()
    assert warned.get_by_text("Keep the skin dry and cool.").is_visible()
    assert warned.evaluate("getComputedStyle(document.body).color") == "rgb(37, 33, 29)", (
        "dark on white paper"
    )


def test_it_prints_its_marks_in_dark_ink(site: Site, browser: Browser) -> None:
    number, code = site.submitted()
    site.world.did("emergency", ANA, number, advice="call_911")
    page = browser.new_page(java_script_enabled=False)
    page.goto(f"{site.url}{site.link(number)}")
    page.get_by_label("Access code").fill(code)
    page.get_by_role("button", name="Open my page").click()
    page.emulate_media(media="print", color_scheme="dark")
    mark = page.locator(".act-now .mark")
    drawn = mark.evaluate("e => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]")
    assert drawn == ["rgb(140, 29, 24)", "rgba(0, 0, 0, 0)"]
    page.close()


@pytest.mark.parametrize("width", [360, 1280])
def test_it_sets_emergency_advice_below_its_heading_without_an_indent(warned: Page, width: int) -> None:
    warned.set_viewport_size({"width": width, "height": 720})
    lefts = [
        warned.locator(f".message.emergency {part}").evaluate(
            """element => {
                const text = document.createRange();
                text.selectNodeContents(element);
                return Math.round(text.getBoundingClientRect().left);
            }"""
        )
        for part in ("h3", ".when", ".written", ".understood")
    ]
    assert len(set(lefts)) == 1, lefts


def test_it_sets_the_words_of_a_tick_beside_it_and_never_below(site: Site, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 720}, java_script_enabled=False)
    page.goto(f"{site.url}/intake/general")
    tick, words = page.locator("#consent").bounding_box(), page.locator("#consent + span").bounding_box()
    assert tick and words and words["height"] > 2 * tick["height"], "several lines"
    assert words["x"] >= tick["x"] + tick["width"] and abs(words["y"] - tick["y"]) < 10
    page.close()


def test_it_keeps_a_case_number_in_one_piece(warned: Page) -> None:
    kept = warned.locator("#case-number").evaluate("number => getComputedStyle(number).whiteSpace")
    assert kept == "nowrap"


def test_it_moves_the_eye_to_what_is_wrong(site: Site, browser: Browser) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(f"{site.url}/intake/general")
    page.get_by_role("button", name="Send").click()
    assert page.evaluate("document.activeElement.id") == "problems"
    assert page.title().startswith("Error:")
    page.get_by_role("link", name="Your email address").click()
    assert page.evaluate("document.activeElement.id") == "email"
    page.close()


def test_it_shows_what_is_asked_of_others_only_to_them(site: Site, browser: Browser) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(f"{site.url}/intake/general")
    assert not page.get_by_label("Your own name").is_visible()
    page.get_by_label("Me", exact=True).check()
    assert not page.get_by_label("Your own name").is_visible()
    for other in ("My child", "Someone else I care for"):
        page.get_by_label(other).check()
        assert page.get_by_label("Your own name").is_visible()
    page.close()


def test_it_tells_a_browser_that_sent_too_much_instead_of_cutting_it_off(
    site: Site, browser: Browser, tmp_path: Path
) -> None:
    huge = tmp_path / "huge.jpg"
    with huge.open("wb") as file:
        file.truncate(80 * 1024 * 1024)
    page = browser.new_page(java_script_enabled=False)
    page.goto(f"{site.url}/intake/general")
    page.get_by_label("Would a photo help?").set_input_files(huge)
    page.get_by_role("button", name="Send").click()
    assert "That was too much at once" in page.get_by_role("heading", level=1).inner_text()
    page.close()
