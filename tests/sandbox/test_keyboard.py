"""The page by keyboard alone: modals hold the focus and give it back, redraws do not lose it."""

import pytest
from playwright.sync_api import expect

from tests.sandbox.browsing import CHANNEL, card, plain, window


def typed(name):
    element = {"type": "plain_text_input", "action_id": name}
    return {"type": "input", "block_id": name, "label": plain(name.title()), "element": element}


def kind(shown):
    options = [{"text": plain(word), "value": word} for word in ("rest", "cream")]
    element = {"type": "static_select", "action_id": "kind", "options": options}
    block = {"type": "input", "block_id": "kind", "label": plain("Kind"), "element": element}
    more = [{"type": "section", "text": plain(f"You chose {shown}")}] if shown else []
    return [{**block, "dispatch_action": True}, *more]


def modal(*blocks):
    named = {"callback_id": "verb:ask", "title": plain("Ask"), "submit": plain("Send")}
    return {"type": "modal", **named, "blocks": [*blocks]}


@pytest.fixture
def asking(stage, page):
    """A page whose card opens a modal with two fields and a menu that redraws it."""

    @stage.app.action("verb:ask")
    def ask(ack, body, client):
        client.views_open(trigger_id=body["trigger_id"], view=modal(typed("question"), *kind("")))
        ack()

    @stage.app.action("kind")
    def chosen(ack, body, client):
        word = body["actions"][0]["selected_option"]["value"]
        client.views_update(view_id=body["view"]["id"], view=modal(typed("question"), *kind(word)))
        ack()

    stage.post("C-1042 · new", blocks=card())
    window(page).get_by_role("button", name="Ask").press("Enter")
    expect(window(page).get_by_role("dialog")).to_be_visible()
    return page


def test_it_holds_the_focus_in_a_modal_until_escape_gives_it_back(asking):
    first = window(asking)
    expect(first.get_by_label("Question")).to_be_focused()
    asking.keyboard.press("Shift+Tab")
    expect(first.get_by_role("button", name="Close")).to_be_focused()
    asking.keyboard.press("Shift+Tab")
    expect(first.get_by_role("dialog").get_by_role("button", name="Send")).to_be_focused()
    asking.keyboard.press("Tab")
    expect(first.get_by_role("button", name="Close")).to_be_focused()
    assert first.locator(".pane").evaluate("pane => pane.inert")
    asking.keyboard.press("Escape")
    expect(first.get_by_role("dialog")).to_have_count(0)
    expect(first.get_by_role("button", name="Ask")).to_be_focused()
    assert not first.locator(".pane").evaluate("pane => pane.inert")


def test_it_stands_on_the_same_element_after_an_update(asking):
    first = window(asking)
    first.get_by_label("Kind").press("Enter")
    asking.keyboard.press("ArrowDown")
    asking.keyboard.press("Enter")
    expect(first.get_by_text("You chose cream")).to_be_visible()
    expect(first.get_by_label("Kind")).to_be_focused()


def test_it_goes_to_what_is_wrong_and_forgives_it_on_change(asking):
    first = window(asking)
    first.get_by_role("dialog").get_by_role("button", name="Send").press("Enter")
    expect(first.get_by_role("alert").filter(has_text="required field")).to_have_count(2)
    expect(first.get_by_label("Question")).to_be_focused()
    asking.keyboard.type("Since when?")
    expect(first.get_by_role("alert").filter(has_text="required field")).to_have_count(1)
    expect(first.get_by_label("Question")).to_have_value("Since when?")
    expect(first.get_by_label("Question")).to_be_focused()


def test_it_goes_to_the_cards_first_button_when_claim_is_gone(stage, page):
    @stage.app.action("verb:claim")
    def claim(ack, body, client):
        blocks = card("Ana")
        del blocks[-1]["elements"][0]
        client.chat_update(channel=CHANNEL, ts=body["message"]["ts"], text="x", blocks=blocks)
        ack()

    stage.post("C-1042 · new", blocks=card())
    first = window(page)
    first.get_by_role("button", name="Claim").press("Enter")
    expect(first.get_by_role("button", name="Claim")).to_have_count(0)
    expect(first.get_by_role("button", name="Ask")).to_be_focused()


def test_it_leaves_somebody_at_work_in_another_window_where_they_are(stage, page):
    @stage.app.action("verb:ask")
    def ask(ack, body, client):
        client.views_open(trigger_id=body["trigger_id"], view=modal(typed("question")))
        ack()

    ts = stage.post("C-1042 · new", blocks=card())
    composer = window(page, 2).get_by_label("Message, or /consult …")
    composer.focus()
    stage.do("interact", user="U0ANA", channel=CHANNEL, messageTs=ts, action="verb:ask")
    expect(window(page).get_by_role("dialog")).to_be_visible()
    expect(composer).to_be_focused()


def test_it_skips_to_the_slack_window_and_keeps_the_focus_on_a_chosen_person(page):
    expect(window(page).get_by_role("button", name="Act as Dr. Ana Ruiz")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the Slack window")).to_be_focused()
    page.keyboard.press("Enter")
    expect(window(page)).to_be_focused()
    page.keyboard.press("Tab")
    ana = window(page).get_by_role("button", name="Act as Dr. Ana Ruiz")
    ben = window(page).get_by_role("button", name="Act as Dr. Ben Okafor")
    expect(ana).to_be_focused()
    expect(ben.get_by_text("Ben")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(ben).to_have_attribute("aria-pressed", "true")
    expect(ben).to_be_focused()
