"""The browser page in a real Chromium: it draws, acts and stays live, and believes nobody's markup."""

from pathlib import Path

import yaml
from playwright.sync_api import expect

from tests.sandbox.browsing import CHANNEL, HOSTILE, card, plain, window

MANIFEST = Path(__file__).parents[2] / "app_manifest.yml"
A_DAY_SECONDS = 86_400


def test_it_draws_a_card_live_and_shows_patients_text_as_text(stage, page):
    expect(window(page).get_by_text("No cases yet.")).to_be_visible()
    stage.post("C-1042 · new", blocks=card())
    first = window(page)
    expect(first.get_by_role("heading", name="C-1042 · new")).to_be_visible()
    expect(first.locator("blockquote")).to_have_text(HOSTILE)
    expect(first.locator("strong", has_text="Owner:")).to_be_visible()
    expect(first.get_by_text("nobody <b>")).to_be_visible()
    expect(window(page, 2).locator("blockquote")).to_have_text(HOSTILE)
    assert first.locator("blockquote img").count() == 0
    assert page.title() == "Consult sandbox"


def test_it_presses_a_button_as_the_person_of_that_window(stage, page):
    @stage.app.action("verb:claim")
    def claim(ack, body, client):
        owner = f"<@{body['user']['id']}>"
        client.chat_update(channel=CHANNEL, ts=body["message"]["ts"], text="x", blocks=card(owner))
        ack()

    stage.post("C-1042 · new", blocks=card())
    window(page, 2).get_by_role("button", name="Claim").click()
    expect(window(page, 1).get_by_text("@Dr. Ben Okafor")).to_be_visible()


def test_it_plays_a_modal_with_errors_and_the_update_after_them(stage, page):
    def modal(title, *more):
        element = {"type": "plain_text_input", "action_id": "question", "multiline": True}
        block = {"type": "input", "block_id": "question", "label": plain("Question"), "element": element}
        return {
            "type": "modal",
            "callback_id": "verb:ask",
            "title": plain(title),
            "submit": plain("Send"),
            "blocks": [*more, block],
        }

    @stage.app.action("verb:ask")
    def ask(ack, body, client):
        client.views_open(trigger_id=body["trigger_id"], view=modal("Ask"))
        ack()

    @stage.app.view("verb:ask")
    def asked(ack, view):
        words = view["state"]["values"]["question"]["question"]["value"]
        if words == "Hm?":
            ack(response_action="errors", errors={"question": "Say more"})
        else:
            preview = {"type": "section", "text": plain("The patient will read this")}
            ack(response_action="update", view=modal("Preview", preview))

    stage.post("C-1042 · new", blocks=card())
    first = window(page)
    first.get_by_role("button", name="Ask").click()
    dialog = first.get_by_role("dialog")
    dialog.get_by_role("button", name="Send").click()
    expect(dialog.get_by_role("alert").filter(has_text="required field")).to_be_visible()
    dialog.get_by_label("Question").fill("Hm?")
    dialog.get_by_role("button", name="Send").click()
    expect(dialog.get_by_role("alert").filter(has_text="Say more")).to_be_visible()
    expect(dialog.get_by_label("Question")).to_have_value("Hm?")
    expect(dialog.get_by_text("required field")).to_have_count(0)
    dialog.get_by_label("Question").fill("Since when?")
    dialog.get_by_role("button", name="Send").click()
    expect(dialog.get_by_text("The patient will read this")).to_be_visible()
    expect(dialog.get_by_label("Question")).to_have_value("Since when?")
    expect(dialog.get_by_text("Say more")).to_have_count(0)
    dialog.get_by_role("button", name="Cancel").click()
    expect(first.get_by_role("dialog")).to_have_count(0)


def test_it_sends_messages_into_the_thread_and_commands_from_the_channel(stage, page):
    stage.app.command("/consult")(lambda ack, body: ack(f"you typed {body['text']}"))
    ts = stage.post("C-1042 · new", blocks=card())
    stage.post("all answers", thread_ts=ts)
    first = window(page)
    first.get_by_role("button", name="1 reply").click()
    first.get_by_label("Reply…").fill("looks viral")
    first.get_by_label("Reply…").press("Enter")
    expect(first.get_by_label("Thread").get_by_text("looks viral")).to_be_visible()
    (message,) = stage.look(f"messages/{CHANNEL}")
    assert [reply["user"] for reply in message["replies"]] == ["U0CONSULT", "U0ANA"]
    second = window(page, 2)
    second.get_by_label("Message, or /consult …").fill("/consult mine")
    second.get_by_label("Message, or /consult …").press("Enter")
    expect(second.get_by_text("you typed mine")).to_be_visible()
    expect(first.get_by_text("you typed mine")).to_have_count(0)


def test_it_shows_both_clinicians_and_the_lead_side_by_side_where_they_fit(page):
    for width, shown in ((1920, 3), (1440, 3), (1366, 2), (1062, 2), (1024, 1)):
        page.set_viewport_size({"width": width, "height": 800})
        expect(page.locator(".window:visible")).to_have_count(shown)
        assert page.evaluate("document.documentElement.scrollWidth") == width
        narrowest = min(box.bounding_box()["width"] for box in page.locator(".window:visible").all())
        assert narrowest >= 330
    page.set_viewport_size({"width": 1440, "height": 900})
    for number, name in enumerate(("Dr. Ana Ruiz", "Dr. Ben Okafor", "Lena Meyer"), start=1):
        expect(window(page, number).get_by_text(name)).to_be_visible()


def test_it_remembers_how_many_windows_somebody_wants(page):
    count = page.get_by_role("group", name="How many Slack windows")
    count.get_by_role("button", name="2").click()
    expect(page.locator(".window:visible")).to_have_count(2)
    page.reload()
    expect(count.get_by_role("button", name="2")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".window:visible")).to_have_count(2)
    count.get_by_role("button", name="3").click()
    expect(window(page, 3)).to_be_visible()


def test_it_changes_the_person_and_opens_their_home(stage, page):
    @stage.app.event("app_home_opened")
    def opened(event, client):
        blocks = [{"type": "header", "text": plain(f"Home of {event['user']}")}]
        client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

    first = window(page)
    first.get_by_role("button", name="Act as Lena Meyer").click()
    first.get_by_role("tab", name="Home").click()
    expect(first.get_by_role("heading", name="Home of U0LENA")).to_be_visible()


def test_it_fits_a_phone_and_loads_nothing_from_elsewhere(stage, browser):
    stage.post("C-1042 · new", blocks=card())
    page = browser.new_page(viewport={"width": 390, "height": 844})
    addresses = []
    page.on("request", lambda request: addresses.append(request.url))
    page.goto(stage.sandbox.url)
    expect(window(page).get_by_role("heading", name="C-1042 · new")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("button", name="Mail", exact=True).click()
    expect(page.get_by_text("No letters yet.")).to_be_visible()
    page.close()
    ours = (stage.sandbox.url, stage.bolt.url, "data:")
    assert [address for address in addresses if not address.startswith(ours)] == []


def test_it_counts_near_days_from_the_sandbox_time_and_goes_with_it(stage, page):
    tomorrow = int(stage.look("state")["now_seconds"]) + A_DAY_SECONDS
    stage.post("x", blocks=[section(f"due <!date^{tomorrow}^{{date_short_pretty}}|soon>")])
    message = window(page).locator(".message")
    expect(message.get_by_text("due tomorrow")).to_be_visible()
    page.get_by_role("button", name="+1 day").click()
    expect(message.get_by_text("due today")).to_be_visible()
    page.reload()
    expect(message.get_by_text("due today")).to_be_visible()
    page.get_by_role("button", name="+1 day").click()
    expect(message.get_by_text("due yesterday")).to_be_visible()


def test_it_keeps_the_lines_of_quotes_and_plain_text(stage, page):
    quote = {"type": "rich_text_quote", "elements": [{"type": "text", "text": "one\ntwo"}]}
    words = {"type": "section", "text": plain("three\nfour")}
    stage.post("x", blocks=[{"type": "rich_text", "elements": [quote]}, words, section("five\nsix")])
    shown = window(page).locator(".blocks")
    expect(shown).to_be_visible()
    assert shown.inner_text().split() == ["one", "two", "three", "four", "five", "six"]
    assert "\n\n\n" not in shown.inner_text()
    for line in ("one\ntwo", "three\nfour", "five\nsix"):
        assert line in shown.inner_text()


def section(words):
    return {"type": "section", "text": {"type": "mrkdwn", "text": words}}


def test_it_names_the_message_shortcuts_as_the_manifest_does(stage, page):
    stage.post("C-1042 · new", blocks=card())
    window(page).get_by_role("button", name="More actions").press("Enter")
    items = page.get_by_role("menuitem")
    expect(items.first).to_be_visible()
    drawn = [(item.get_attribute("data-value"), item.inner_text().split("\n")[0]) for item in items.all()]
    declared = yaml.safe_load(MANIFEST.read_text())["features"]["shortcuts"]
    assert drawn == [(shortcut["callback_id"], shortcut["name"]) for shortcut in declared]


def test_it_says_kindly_what_this_app_has_not_yet(stage, page):
    first = window(page)
    first.get_by_role("tab", name="Home").click()
    expect(first.get_by_text("this app has not published a Home page")).to_be_visible()
    first.get_by_role("tab", name="Messages").click()
    expect(first.get_by_text("This app has sent you no direct message yet.")).to_be_visible()
    expect(first.get_by_label("Message, or /consult …")).to_be_hidden()


def test_it_takes_the_phone_back_to_where_it_was_sent(stage, page):
    letters = stage.sandbox.url + "/mail"
    out = page.get_by_role("link", name="In a tab of its own")
    expect(out).to_have_attribute("href", f"{stage.bolt.url}/")
    page.evaluate("address => sessionStorage.setItem('phone-address', address)", f"{stage.bolt.url}/p/abc")
    page.reload()
    expect(out).to_have_attribute("href", f"{stage.bolt.url}/p/abc")
    expect(page.locator("#phone")).to_have_attribute("src", f"{stage.bolt.url}/p/abc")
    page.get_by_role("button", name="First page").click()
    expect(out).to_have_attribute("href", f"{stage.bolt.url}/")
    page.evaluate("address => sessionStorage.setItem('phone-address', address)", letters)
    page.reload()
    expect(out).to_have_attribute("href", f"{stage.bolt.url}/")
