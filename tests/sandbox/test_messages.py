"""Messages in a real Chromium: threads, broadcasts, what only one person sees, editing and deleting one's own."""

from __future__ import annotations

import json

from playwright.sync_api import expect

from tests.sandbox.browsing import CHANNEL, card, window
from tests.sandbox.gallery import modal, section


def in_thread(stage, page, *replies):
    """Opens in Ana's window the thread of a card with these replies by her; returns the thread."""
    ts = stage.post("C-1042 · new", blocks=card())
    for words in replies:
        stage.do("message", channel=CHANNEL, user="U0ANA", text=words, thread_ts=ts)
    window(page).locator(".thread-line").click()
    return window(page).get_by_role("complementary", name="Thread")


def test_it_shows_a_broadcast_in_the_channel_and_leads_into_its_thread(stage, page):
    ts = stage.post("C-1042 · new", blocks=card())
    stage.post("back in the queue", thread_ts=ts, reply_broadcast=True)
    first = window(page)
    shown = first.locator(".pane .message", has_text="back in the queue")
    expect(shown.get_by_text("replied to a thread:")).to_be_visible()
    shown.get_by_role("button", name="C-1042 · new").click()
    thread = first.get_by_role("complementary", name="Thread")
    expect(thread.locator(".message", has_text="Also sent to the channel")).to_contain_text(
        "back in the queue"
    )


def test_it_sends_what_was_typed_before_the_page_was_there_whole(stage, browser):
    stage.app.command("/consult")(lambda ack: ack("nobody has it"))
    page, held, problems = browser.new_page(), [], []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.route("**/page/world?*", lambda route: held.append(route), times=1)
    with page.expect_request("**/page/world?*"):
        page.goto(stage.sandbox.url)
    window(page).get_by_label("Message, or /consult …").fill("/consult queue")
    window(page).get_by_label("Message, or /consult …").press("Enter")
    (first_look,) = held
    first_look.continue_()
    expect(window(page).locator(".message", has_text="nobody has it")).to_be_visible()
    page.close()
    assert problems == []


def test_it_marks_what_only_one_person_sees(stage, page):
    stage.app.command("/consult")(lambda ack: ack("nobody has it"))
    window(page).get_by_label("Message, or /consult …").fill("/consult queue")
    window(page).get_by_label("Message, or /consult …").press("Enter")
    whisper = window(page).locator(".message", has_text="nobody has it")
    expect(whisper.get_by_text("Only visible to you")).to_be_visible()
    expect(whisper.get_by_role("button", name="More actions")).to_have_count(0)
    expect(window(page, 2).get_by_text("nobody has it")).to_have_count(0)


def test_it_sends_the_app_a_mention_typed_in_a_thread(stage, page):
    heard = []
    stage.app.event("app_mention")(lambda event: heard.append(event["text"]))
    thread = in_thread(stage, page, "hello")
    thread.get_by_label("Reply…").fill("@consult claim")
    with page.expect_response("**/_control/message"):
        thread.get_by_label("Reply…").press("Enter")
    expect(thread.locator(".mention", has_text="@Consult")).to_be_visible()
    assert heard == ["<@U0CONSULT> claim"]


def test_it_opens_a_shortcut_on_a_message_of_a_thread(stage, page):
    told = []

    @stage.app.shortcut("verb:ask")
    def ask(ack, body, client):
        told.append((body["message"]["text"], body["user"]["id"]))
        client.views_open(trigger_id=body["trigger_id"], view=modal(section("prefilled"), title="Ask"))
        ack()

    thread = in_thread(stage, page, "Has she had a fever?")
    message = thread.locator(".message", has_text="Has she had a fever?")
    message.hover()
    message.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Ask the patient").click()
    expect(window(page).get_by_role("dialog", name="Ask").get_by_text("prefilled")).to_be_visible()
    assert told == [("Has she had a fever?", "U0ANA")]


def test_it_edits_and_deletes_only_ones_own_messages(stage, page):
    asked = []

    def answer(route):
        asked.append((route.request.url.rsplit("/", 1)[1], json.loads(route.request.post_data)))
        route.continue_()

    for how in ("edit", "delete"):
        page.route(f"**/_control/{how}", answer)
    thread = in_thread(stage, page, "looks viral, @ben & @lena", "second")
    message = thread.locator(".message", has_text="looks viral")
    ts = message.get_attribute("data-key")
    message = thread.locator(f"[data-key='{ts}']")
    more = message.get_by_role("button", name="More actions")
    more.press("Enter")
    page.get_by_role("menuitem", name="Edit message").click()
    editor = message.get_by_label("Edit message")
    expect(editor).to_be_focused()
    expect(editor).to_have_value("looks viral, @ben & @lena")
    page.keyboard.press("Escape")
    expect(editor).to_have_count(0)
    expect(more).to_be_focused()
    assert asked == []
    more.press("Enter")
    page.get_by_role("menuitem", name="Edit message").click()
    editor.fill("looks like contact dermatitis")
    with page.expect_response("**/_control/edit"):
        editor.press("Enter")
    expect(editor).to_have_count(0)
    expect(message).to_contain_text("looks like contact dermatitis (edited)")
    more.press("Enter")
    page.get_by_role("menuitem", name="Delete message").click()
    with page.expect_response("**/_control/delete"):
        page.get_by_role("dialog", name="Delete message").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("dialog", name="Delete message")).to_have_count(0)
    expect(message).to_have_count(0)
    where = {"user": "U0ANA", "channel": CHANNEL, "messageTs": ts}
    assert asked == [("edit", {**where, "text": "looks like contact dermatitis"}), ("delete", where)]
    window(page, 2).locator(".thread-line").click()
    others = window(page, 2).get_by_role("complementary").locator(".message", has_text="second")
    others.get_by_role("button", name="More actions").press("Enter")
    expect(page.get_by_role("menuitem")).to_have_count(2)


def test_it_keeps_an_edit_that_is_under_way_through_a_redraw(stage, page):
    thread = in_thread(stage, page, "first words")
    message = thread.locator(".message", has_text="first words")
    message.get_by_role("button", name="More actions").press("Enter")
    page.get_by_role("menuitem", name="Edit message").click()
    page.keyboard.type(" and more")
    ts = thread.locator(".message", has=page.get_by_label("Edit message")).get_attribute("data-key")
    reaction = {"name": "eyes", "users": ["U0CONSULT"], "count": 1}
    stage.sandbox.slack.workspace.update(CHANNEL, ts, {"reactions": [reaction]})
    stage.post("something new", thread_ts=thread.locator(".message").first.get_attribute("data-key"))
    expect(thread.get_by_text("something new")).to_be_visible()
    expect(window(page).locator(".reactions")).to_have_count(0)
    expect(thread.get_by_label("Edit message")).to_have_value("first words and more")
    expect(thread.get_by_label("Edit message")).to_be_focused()
    page.keyboard.press("Escape")
    expect(thread.locator(f"[data-key='{ts}'] .reactions")).to_be_visible()


def test_it_counts_what_one_has_not_seen_yet(stage, page):
    ts = stage.post("C-1042 · new", blocks=card())
    first = window(page)
    expect(first.get_by_role("heading", name="C-1042 · new")).to_be_visible()
    stage.do("message", channel=CHANNEL, user="U0BEN", text="looks viral", thread_ts=ts)
    expect(first.locator(".thread-line .unread")).to_have_text("1 new")
    expect(window(page, 2).locator(".thread-line")).to_be_visible()
    expect(window(page, 2).locator(".thread-line .unread")).to_have_count(0)
    first.locator(".thread-line").click()
    first.get_by_role("button", name="Close thread").click()
    expect(first.locator(".thread-line .unread")).to_have_count(0)
    first.get_by_role("tab", name="Home").click()
    stage.post("C-1043 · new", blocks=card())
    expect(first.get_by_role("tab", name="# consults")).to_contain_text("1 new")
    first.get_by_role("tab", name="# consults").click()
    expect(first.get_by_role("tab", name="# consults")).to_have_text("# consults")


def test_it_stays_where_somebody_has_scrolled_while_messages_come(stage, page):
    for number in range(12):
        stage.sandbox.slack.workspace.post(CHANNEL, {"user": "U0BEN", "text": f"line {number}\n" * 6})
    stream = window(page).get_by_role("group", name="Messages of the channel")
    second = window(page, 2).get_by_role("group", name="Messages of the channel")
    expect(stream.get_by_text("line 11")).to_be_in_viewport()
    stream.get_by_text("line 3").hover()
    stream.evaluate("list => new Promise(done => { list.onscroll = done; list.scrollTop = 200; })")
    stage.post("C-1042 · new", blocks=card())
    expect(second.get_by_role("heading", name="C-1042 · new")).to_be_in_viewport()
    expect(stream.get_by_role("heading", name="C-1042 · new")).to_be_attached()
    assert stream.evaluate("list => list.scrollTop") == 200


def test_it_names_a_broadcasts_thread_by_how_its_card_is_now(stage, page):
    ts = stage.post("C-1042 · urgent · new", blocks=card())
    stage.post("overdue", thread_ts=ts, reply_broadcast=True)
    shown = window(page).locator(".pane .message", has_text="overdue")
    expect(shown.get_by_role("button", name="C-1042 · urgent · new")).to_be_visible()
    stage.client.chat_update(channel=CHANNEL, ts=ts, text="C-1042 · advised", blocks=card())
    expect(shown.get_by_role("button", name="C-1042 · advised")).to_be_visible()
    expect(shown).not_to_contain_text("urgent")


def test_it_draws_a_line_above_each_new_day_in_the_channel_and_in_a_thread(stage, page):
    ts = stage.post("C-1042 · new", blocks=card())
    first = window(page)
    channel, thread = first.locator(".pane .day"), first.locator(".thread .day")
    expect(channel).to_have_text(["today"])
    stage.do("clock", advance_seconds=86_400)
    expect(channel).to_have_text(["yesterday"])
    stage.do("message", channel=CHANNEL, user="U0ANA", text="Good morning")
    stage.do("message", channel=CHANNEL, user="U0ANA", text="Dry skin", thread_ts=ts)
    expect(channel).to_have_text(["yesterday", "today"])
    first.locator(".thread-line").click()
    expect(thread).to_have_text(["today"])
    assert [row.get_attribute("class") for row in first.locator(".thread .stream > *").all()] == [
        "message",
        "day",
        "message",
    ]
