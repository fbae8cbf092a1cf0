"""Story 1 as people play it on the sandbox's page, step by step; each step is photographed."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from consult_bot.cli.stories.photo import photo_with_place
from consult_bot.cli.stories.rash import CONCERN, GUIDANCE, NOTE, QUESTIONS, REPLIES, SAFETY_NET
from tests.journeys.hands import Hands

QUESTION, REPLY = QUESTIONS[0], REPLIES[0]


class RashPlay:
    """One performance. `number` and `code` are what the parent reads on the phone, empty before.

    `addresses` are all that the browser asked for, `lock_screens` what a locked phone would have shown to staff.
    """

    def __init__(self, page: Page, hands: Hands, pictures: Path) -> None:
        self.page = page
        self.hands = hands
        self.number = self.code = ""
        self.addresses: list[str] = []
        self._pictures = pictures
        self._taken = 0
        page.on("request", lambda request: self.addresses.append(request.url))
        page.on("framenavigated", lambda frame: self.addresses.append(frame.url))

    # Places

    @property
    def phone(self) -> Any:
        return self.page.frame_locator("#phone")

    @property
    def slack(self) -> Locator:
        return self.page.locator("#window-1")

    @property
    def modal(self) -> Locator:
        return self.slack.get_by_role("dialog")

    def go(self, place: str) -> None:
        """Show a place, where the page is too narrow for all of them."""
        button = self.page.get_by_role("navigation", name="What to show").get_by_role("button", name=place)
        if button.is_visible() and button.get_attribute("aria-pressed") == "false":
            self.hands.press(button)

    def become(self, name: str) -> None:
        self.go("Slack")
        self.hands.press(self.slack.get_by_role("button", name=f"Act as {name}"))

    def later(self) -> None:
        """Let a quarter of an hour pass, by the time machine."""
        clock = self.page.locator("#clock-button")
        if clock.is_visible() and clock.get_attribute("aria-expanded") == "false":
            self.hands.press(clock)
        with self.page.expect_response("**/_control/clock"):
            self.hands.press(self.page.get_by_role("button", name="+15 min"))
        if clock.is_visible():
            self.hands.press(clock)

    def hint(self, words: str) -> None:
        """The strip says so by itself."""
        expect(self.page.get_by_role("complementary", name="Next step")).to_contain_text(words)

    def photograph(self, what: str) -> None:
        self._taken += 1
        self._pictures.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=self._pictures / f"{self._taken:02}-{what}.png")

    # Steps

    def the_parent_sends_the_form(self, photo: Path) -> None:
        photo.write_bytes(photo_with_place())
        self.hint("fill in the form on the phone")
        self.go("Patient")
        self.hands.press(self.phone.get_by_role("link", name="Ask about a health concern"))
        self._fill_in(photo)
        self.photograph("form")
        self.hands.press(self.phone.get_by_role("button", name="Send"))
        expect(self.phone.locator("#access-code")).to_be_visible()
        self.number = self.phone.locator("#case-number").inner_text()
        self.code = self.phone.locator("#access-code").inner_text()
        self.photograph("sent")

    def _fill_in(self, photo: Path) -> None:
        hands, phone = self.hands, self.phone
        hands.tick(phone.get_by_label("My child"))
        hands.type(phone.get_by_label("Your own name"), "Osric Tallowmere")
        hands.type(phone.get_by_label("How are you related"), "father")
        hands.type(phone.get_by_label("The patient’s first name"), "Wrenna")
        hands.type(phone.get_by_label("The patient’s last name"), "Tallowmere")
        hands.date(phone.get_by_label("The patient’s date of birth"), date(2024, 5, 1))
        hands.tick(phone.get_by_label("Female", exact=True))
        hands.pick(phone.get_by_label("Which state"), "Washington")
        hands.type(phone.get_by_label("Your email address"), "osric.tallowmere@example.org")
        hands.type(phone.get_by_label("Your phone number"), "+1 555 010 0142")
        hands.type(phone.get_by_label("What would you like help with?"), CONCERN)
        hands.attach(phone.get_by_label("Would a photo help?"), photo)
        hands.tick(phone.get_by_label("I agree"))

    def ana_claims(self) -> None:
        self.hint("press Claim")
        self.go("Slack")
        expect(self.slack.get_by_text(CONCERN)).to_be_visible()
        self.photograph("card")
        self.hands.press(self.slack.get_by_role("button", name="Claim"))
        expect(self.slack.locator(".pane .mention", has_text="@Dr. Ana Ruiz")).to_be_visible()
        self.hint("Press “Ask the patient”")

    def ana_asks(self) -> None:
        self.hands.press(self.slack.get_by_role("button", name="Ask the patient"))
        self.hands.type(self.modal.get_by_role("textbox").first, QUESTION)
        self.hint("Fill in “")
        self._preview_and_send(QUESTION, "question")

    def _preview_and_send(self, words: str, what: str) -> None:
        self.hands.press(self.modal.locator("[type=submit]"))
        preview = self.modal.locator("blockquote", has_text=words)
        expect(preview).to_be_in_viewport()
        self.photograph(f"{what}-preview")
        self.hands.press(self.modal.get_by_role("button", name="Send", exact=True))
        expect(self.modal.get_by_text("Sending at")).to_be_visible()
        self.photograph(f"{what}-sending")
        self.hint("it can be undone")
        self.hands.press(self.modal.get_by_role("button", name="Close").last)
        expect(self.modal).to_have_count(0)
        self.later()

    def the_parent_answers(self) -> None:
        self.hint("A letter has come")
        self.the_parent_opens("We have a question for you")
        expect(self.phone.get_by_text(QUESTION)).to_be_visible()
        self.photograph("question-on-the-phone")
        self.hands.type(self.phone.get_by_label("Your answer to the question above"), REPLY)
        self.hands.press(self.phone.get_by_role("button", name="Send"))
        expect(self.phone.get_by_text(REPLY)).to_be_visible()

    def the_parent_opens(self, subject: str) -> None:
        """Opens the newest letter on the phone and types the code."""
        self.go("Mail")
        letter = self.page.locator(".letter").first
        expect(letter).to_contain_text(subject)
        self.hands.press(letter.locator("summary"))
        self.photograph("letter")
        self.hands.press(letter.get_by_role("button", name="Open on the phone"))
        self.hands.type(self.phone.get_by_label("Access code"), self.code)
        self.hands.press(self.phone.get_by_role("button", name="Open my page"))
        expect(self.phone.locator("#conversation")).to_be_visible()

    def the_colleagues_talk(self) -> None:
        self.hint("The patient has written")
        self.become("Dr. Ben Okafor")
        self.hands.press(self.slack.locator(".thread-line"))
        thread = self.slack.get_by_role("complementary")
        expect(thread.locator(".message", has_text="The patient wrote").get_by_text(REPLY)).to_be_visible()
        expect(thread.locator(".photo img")).to_be_visible()
        self.hands.type(thread.get_by_label("Reply…"), NOTE)
        self.page.keyboard.press("Enter")
        expect(thread.locator(".text", has_text=NOTE)).to_be_visible()
        self.photograph("thread")
        self.hands.press(thread.get_by_role("button", name="Close thread"))
        self.become("Dr. Ana Ruiz")

    def ana_advises(self) -> None:
        self.hands.press(self.slack.get_by_role("button", name="Send guidance"))
        self.hands.tick(self.modal.get_by_label("Care at home"))
        self.hands.type(self.modal.get_by_label("Your guidance"), GUIDANCE)
        self.hands.type(self.modal.get_by_label("Safety net"), SAFETY_NET)
        self._preview_and_send(GUIDANCE, "guidance")

    def the_parent_understands(self) -> None:
        self.hint("read the guidance")
        self.the_parent_opens("There is an answer for you")
        expect(self.phone.get_by_text(GUIDANCE)).to_be_visible()
        expect(self.phone.get_by_text(SAFETY_NET)).to_be_visible()
        self.hint("I understand")
        self.photograph("guidance-on-the-phone")
        self.hands.press(self.phone.get_by_role("button", name="I understand"))
        expect(self.phone.get_by_text("You told us that you understand this.")).to_be_visible()
        self.go("Slack")
        expect(self.slack.locator(".pane").get_by_text("Understood")).to_be_visible()
        self.hint("has understood")
        self.photograph("understood")

    def ana_closes(self) -> None:
        self.hands.press(self.slack.locator(".pane").get_by_role("combobox", name="More"))
        self.page.keyboard.type("Clo")
        self.page.keyboard.press("Enter")
        self.hands.press(self.modal.get_by_role("combobox"))
        self.page.keyboard.type("Ans")
        self.page.keyboard.press("Enter")
        self.hands.press(self.modal.locator("[type=submit]"))
        self.hint("Every case is closed")
        self.photograph("closed")
