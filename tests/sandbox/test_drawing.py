"""Block Kit in a real Chromium: drawn as Slack draws it, answered as a person would, believed as nobody's markup."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.sandbox.browsing import card, window
from tests.sandbox.gallery import (
    INPUTS,
    LATE_SECONDS,
    PRESSED,
    RICH,
    TOKENS,
    WORDS,
    asked,
    modal,
    option,
    section,
)


@pytest.fixture
def asking(stage, page):
    """Opens a modal with these blocks for Ana; `sent` collects what the app is sent of it."""
    stage.sent = []

    def opened(*blocks, **more):
        @stage.app.action("verb:ask")
        def ask(ack, body, client):
            client.views_open(trigger_id=body["trigger_id"], view=modal(*blocks, **more))
            ack()

        @stage.app.view("gallery")
        def submitted(ack, view):
            stage.sent.append(view["state"]["values"])
            ack()

        stage.post("C-1042 · new", blocks=card())
        window(page).get_by_role("button", name="Ask").click()
        return window(page).get_by_role("dialog")

    return opened


def test_it_draws_mrkdwn_as_slack_does(stage, page):
    stage.post("x", blocks=WORDS)
    shown = window(page).locator(".blocks")
    for tag, words in (("strong", "bold"), ("em", "italic"), ("s", "struck"), ("code", "code")):
        expect(shown.locator(tag).filter(has_text=words).first).to_be_visible()
    expect(shown.get_by_role("link", name="a link")).to_have_attribute("href", "https://example.org")
    for mention in ("@Dr. Ana Ruiz", "#consults", "@here", "@on-call"):
        expect(shown.locator(".mention", has_text=mention)).to_be_visible()
    assert shown.locator("blockquote").inner_text() == "quoted bold\nsecond line"
    assert shown.locator("pre").inner_text() == "pre\n  formatted"
    expect(shown.get_by_text("a*b*c 2 * 3 * 4 <b> snake_case_name")).to_be_visible()
    expect(shown.get_by_text("a chart")).to_be_visible()
    assert shown.locator("img").count() == 0


def test_it_draws_every_element_of_rich_text_and_no_markup_in_it(stage, page):
    stage.post("x", blocks=[RICH])
    shown = window(page).locator(".rich")
    for tag, words in (("strong", "bold"), ("em", "italic"), ("s", "struck"), ("code", "code")):
        expect(shown.locator(tag, has_text=words)).to_be_visible()
    for mention in ("@Dr. Ana Ruiz", "@S0ONCALL", "#consults", "@here"):
        expect(shown.locator(".mention", has_text=mention)).to_be_visible()
    expect(shown.locator("ol > li > ul > li")).to_have_text("inner")
    assert shown.locator("ol").last.get_attribute("start") == "2"
    assert shown.locator("blockquote").inner_text() == "quoted\nlines"
    assert shown.locator("pre").inner_text() == "  preformatted"
    expect(shown.locator("time")).to_have_text("2026-02-28")
    expect(shown.get_by_text("*not bold* <@U0BEN> <b>")).to_be_visible()
    assert shown.get_by_text("@Dr. Ben Okafor").count() == 0


def test_it_writes_every_date_token_in_the_readers_own_zone(stage, browser):
    page = browser.new_page(timezone_id="Asia/Tokyo")
    page.goto(stage.sandbox.url)
    for token in TOKENS:
        stage.sandbox.slack.workspace.post(
            "C0CONSULT", {"user": "U0ANA", "text": f"<!date^{LATE_SECONDS}^{token}|no date>"}
        )
    times = window(page).locator(".text time")
    expect(times).to_have_count(len(TOKENS))
    assert times.all_inner_texts() == list(TOKENS.values())
    page.close()


def test_it_asks_before_a_dangerous_press_and_lets_go(stage, page):
    pressed = []

    @stage.app.action("withdraw")
    def withdraw(ack, body):
        pressed.append(body["user"]["id"])
        ack()

    stage.post("x", blocks=PRESSED)
    button = window(page).get_by_role("button", name="Withdraw")
    button.click()
    dialog = page.get_by_role("dialog", name="Really?")
    expect(dialog.get_by_text("It cannot be undone.")).to_be_visible()
    dialog.get_by_role("button", name="Keep it").click()
    expect(dialog).to_have_count(0)
    expect(button).to_be_focused()
    assert pressed == []
    button.press("Enter")
    with page.expect_response("**/_control/interact"):
        dialog.get_by_role("button", name="Withdraw it").press("Enter")
    assert pressed == ["U0ANA"]


def test_it_chooses_from_selects_and_overflow_in_messages(stage, page):
    chosen = []
    for name in ("static_select", "overflow", "users_select"):
        stage.app.action(name)(lambda ack: ack())
    stage.post("x", blocks=PRESSED)
    first = window(page)
    expect(first.locator("input[type=date]")).to_have_value("2026-11-24")
    for menu, role, words in (
        (first.get_by_role("combobox", name="More"), "option", "Cream twice a day"),
        (first.get_by_role("button", name="More options"), "menuitem", "Rest"),
        (first.get_by_role("combobox", name="Who?"), "option", "Dr. Noor Haddad dermatologist"),
    ):
        menu.click()
        with page.expect_response("**/_control/interact") as answered:
            page.get_by_role(role, name=words).click()
        assert answered.value.json()["ok"]
        action = answered.value.request.post_data_json["action"]
        chosen.append(action.get("selected_user") or action["selected_option"]["value"])
    assert chosen == ["cream", "rest", "U0NOOR"]
    expect(first.get_by_role("combobox", name="Who?")).to_have_text("Dr. Noor Haddad")


def test_it_sends_what_was_put_into_every_kind_of_input(stage, page, asking):
    @stage.app.options("external_select")
    def options(ack, payload):
        ack(options=[option(f"Found {payload['value']}")])

    dialog = asking(*INPUTS)
    expect(dialog.get_by_label("Number")).to_be_focused()
    page.keyboard.type("7")
    dialog.get_by_label("Words").fill("itchy")
    dialog.get_by_label("Email").fill("a@example.org")
    dialog.get_by_label("Address").fill("https://example.org")
    for label, typed, words in (
        ("Colour", "12", "Colour 12"),
        ("Somebody", "", "Dr. Noor Haddad dermatologist"),
        ("Channel", "", "#consults"),
        ("Conversation", "lena", "Lena Meyer lead"),
        ("Found by the app", "tea", "Found tea"),
    ):
        dialog.get_by_label(label, exact=True).click()
        page.keyboard.type(typed)
        page.get_by_role("option", name=words, exact=True).click()
    for label, words in (("Colours", ("Colour 2", "Colour 11")), ("Several people", ("Lena Meyer lead",))):
        dialog.get_by_label(label, exact=True).click()
        for each in words:
            page.get_by_role("option", name=each, exact=True).click()
        page.keyboard.press("Escape")
    dialog.get_by_label("Rest").first.check()
    dialog.get_by_label("Visit").last.check()
    dialog.get_by_label("Day", exact=True).fill("2026-12-24")
    dialog.get_by_label("Hour", exact=True).fill("17:45")
    expect(dialog.get_by_label("Moment")).to_have_value("2026-02-28T18:30")
    dialog.get_by_role("button", name="Send").click()
    expect(dialog).to_have_count(0)

    def answer(kind):
        (value,) = (v for key, v in stage.sent[0][kind][kind].items() if key != "type")
        return value

    assert [answer(f"{name}_text_input") for name in ("email", "url")] == [
        "a@example.org",
        "https://example.org",
    ]
    assert [answer("number_input"), answer("plain_text_input")] == ["7", "itchy"]
    single = ("static_select", "external_select", "radio_buttons")
    assert [answer(kind)["value"] for kind in single] == ["colour 12", "found tea", "rest"]
    assert [each["value"] for each in answer("multi_static_select")] == ["colour 2", "colour 11"]
    assert [each["value"] for each in answer("checkboxes")] == ["visit"]
    assert [answer("users_select"), answer("multi_users_select")] == ["U0NOOR", ["U0LENA"]]
    assert [answer("channels_select"), answer("conversations_select")] == ["C0CONSULT", "U0LENA"]
    assert [answer("datepicker"), answer("timepicker")] == ["2026-12-24", "17:45"]
    assert answer("datetimepicker") == LATE_SECONDS


def test_it_counts_what_is_typed_cuts_nothing_and_says_what_is_too_long(page, asking):
    dialog = asking(INPUTS[0])
    words = dialog.get_by_label("Words")
    words.fill("far too long for twenty")
    expect(dialog.get_by_text("23 / 20")).to_be_visible()
    dialog.get_by_role("button", name="Send").click()
    expect(dialog.get_by_role("alert").filter(has_text="at most 20 characters")).to_be_visible()
    expect(words).to_have_value("far too long for twenty")
    expect(words).to_have_attribute("aria-invalid", "true")
    expect(words).to_have_accessible_description("Please use at most 20 characters. Few words.")
    words.fill("short")
    expect(dialog.get_by_role("alert").filter(has_text="at most")).to_have_count(0)
    expect(dialog.get_by_text("5 / 20")).to_be_visible()


def test_it_keeps_an_open_menu_and_typed_words_through_redraws(stage, page):
    ts = stage.post("x", blocks=[section("before"), *PRESSED])
    first = window(page)
    first.get_by_label("Message, or /consult …").fill("half a sen")
    first.get_by_role("combobox", name="More").click()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".menu-item.at")).to_contain_text("Cream")
    stage.client.chat_update(channel="C0CONSULT", ts=ts, text="x", blocks=[section("after"), *PRESSED])
    expect(first.get_by_text("after")).to_be_visible()
    expect(page.locator(".menu-item.at")).to_contain_text("Cream")
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_have_count(0)
    expect(first.get_by_role("combobox", name="More")).to_be_focused()
    expect(first.get_by_label("Message, or /consult …")).to_have_value("half a sen")


def test_it_stacks_modals_and_finds_the_words_below_again(stage, page, asking):
    @stage.app.action("deeper")
    def deeper(ack, body, client):
        client.views_push(
            trigger_id=body["trigger_id"], view=modal(INPUTS[1], title="Second", notify_on_close=True)
        )
        ack()

    cleared = []

    @stage.app.view_closed("gallery")
    def closed(ack, body):
        cleared.append(body["is_cleared"])
        ack()

    button = {"type": "button", "action_id": "deeper", "text": {"type": "plain_text", "text": "Deeper"}}
    asking(asked("plain_text_input", "Words"), {"type": "actions", "elements": [button]})
    first, second = (window(page).get_by_role("dialog", name=name) for name in ("Gallery", "Second"))
    first.get_by_label("Words").fill("typed below")
    for way_back in (second.get_by_role("button", name="Back"), second.get_by_role("button", name="Cancel")):
        first.get_by_role("button", name="Deeper").click()
        expect(second).to_be_visible()
        way_back.click()
        expect(first.get_by_label("Words")).to_have_value("typed below")
    first.get_by_role("button", name="Deeper").click()
    second.get_by_role("button", name="Close").click()
    expect(window(page).get_by_role("dialog")).to_have_count(0)
    assert cleared == [False, False, True]
