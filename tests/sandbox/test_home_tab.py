"""App Home in a real Chromium: opened, pressed, published again, and honest before anything was published."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.sandbox.browsing import plain, window
from tests.sandbox.gallery import COLOURS, asked, element, section


def home(stage, user, *blocks):
    stage.client.views_publish(user_id=user, view={"type": "home", "blocks": list(blocks)})


def press(words, **more):
    return {"type": "actions", "block_id": "go", "elements": [element("button", text=plain(words), **more)]}


def test_it_presses_and_chooses_in_home_and_shows_what_is_published_then(stage, page):
    @stage.app.event("app_home_opened")
    def opened(event):
        home(stage, event["user"], section("3 cases"), press("Next page"))

    @stage.app.action("button")
    def turned(ack, body):
        ack()
        menu = element("static_select", placeholder=plain("Queue"), options=COLOURS)
        home(stage, body["user"]["id"], section("page 2", accessory=menu), press("Next page"))

    @stage.app.action("static_select")
    def chosen(ack, body, action):
        ack()
        home(stage, body["user"]["id"], section(f"queue: {action['selected_option']['value']}"))

    first = window(page)
    first.get_by_role("tab", name="Home").click()
    expect(first.get_by_text("3 cases")).to_be_visible()
    first.get_by_role("button", name="Next page").press("Enter")
    expect(first.get_by_text("page 2")).to_be_visible()
    expect(first.get_by_role("button", name="Next page")).to_be_focused()
    first.get_by_role("combobox", name="Queue").click()
    page.keyboard.type("11")
    page.keyboard.press("Enter")
    expect(first.get_by_text("queue: colour 11")).to_be_visible()


def test_it_says_so_until_something_is_published_and_redraws_by_itself(stage, page):
    stage.app.event("app_home_opened")(lambda: None)
    first = window(page)
    first.get_by_role("tab", name="Home").click()
    expect(first.get_by_text("Nothing here yet")).to_be_visible()
    home(stage, "U0BEN", section("only Ben's"))
    home(stage, "U0ANA", section("Ana's page"))
    expect(first.get_by_text("Ana's page")).to_be_visible()
    expect(first.get_by_text("only Ben's")).to_have_count(0)
    first.get_by_role("button", name="Act as Dr. Ben Okafor").click()
    expect(first.get_by_text("only Ben's")).to_be_visible()


def test_it_keeps_what_is_typed_in_home_when_it_is_published_again(stage, page):
    stage.app.event("app_home_opened")(lambda: None)
    home(stage, "U0ANA", section("one"), asked("plain_text_input", "Note"))
    first = window(page)
    first.get_by_role("tab", name="Home").click()
    first.get_by_label("Note").fill("half a sen")
    home(stage, "U0ANA", section("two"), asked("plain_text_input", "Note"))
    expect(first.get_by_text("two")).to_be_visible()
    expect(first.get_by_label("Note")).to_have_value("half a sen")
    expect(first.get_by_label("Note")).to_be_focused()


def test_it_walks_the_tabs_by_arrow_keys(page):
    first = window(page)
    first.get_by_role("tab", name="# consults").press("ArrowRight")
    expect(first.get_by_role("tab", name="Home")).to_be_focused()
    expect(first.get_by_role("tab", name="Home")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowLeft")
    expect(first.get_by_label("Message, or /consult …")).to_be_visible()
