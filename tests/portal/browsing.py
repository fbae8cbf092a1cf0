"""A person with a browser: every page of the patient in turn, as Debian's Chromium shows it without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page

from tests.builders import ANA
from tests.portal.site import Site, photo, wrong_code

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]

LONG_WORD = "Pneumonoultramicroscopicsilicovolcanoconiosis" * 4


def every_page(site: Site, page: Page, folder: Path) -> Iterator[str]:
    """Walk through the patient's pages; yields a name whenever a page is to be looked at."""
    picture = folder / "rash.jpg"
    picture.write_bytes(photo(1200, 900))
    page.goto(f"{site.url}/")
    yield "home"
    page.get_by_role("link", name="Ask about a health concern").click()
    yield "form"
    page.get_by_label("What would you like help with?").fill(f"A red rash since Sunday. {LONG_WORD}")
    page.get_by_label("Would a photo help?").set_input_files([picture] * 2)
    page.get_by_label("Your email address").fill("not an address")
    page.get_by_role("button", name="Send").click()
    yield "form with errors"
    page.get_by_label("My child").check()
    _fill_in_the_rest(page)
    page.get_by_role("button", name="Send").click()
    code = page.locator("#access-code").inner_text()
    number = int(page.locator("#case-number").inner_text().removeprefix("C-"))
    yield "sent"
    page.goto(f"{site.url}{site.link(number)}")
    yield "unlock"
    page.get_by_label("Access code").fill(wrong_code(code))
    page.get_by_role("button", name="Open my page").click()
    yield "unlock with a wrong code"
    page.get_by_label("Access code").fill(code.lower())
    page.get_by_role("button", name="Open my page").click()
    yield "case waiting"
    page.get_by_role("button", name="Send").click()
    yield "case with an empty reply"
    yield from _conversation(site, page, number)
    page.get_by_role("button", name="Lock this page").click()
    yield "locked"
    yield from _dead_ends(site, page, number, code)


def _fill_in_the_rest(page: Page) -> None:
    page.get_by_label("Your own name").fill("Morwen Zarbex")
    page.get_by_label("How are you related").fill("mother")
    page.get_by_label("The patient’s first name").fill("Quillon")
    page.get_by_label("The patient’s last name").fill("Zarbex")
    page.get_by_label("The patient’s date of birth").fill("2024-05-01")
    page.get_by_label("Female", exact=True).check()
    page.get_by_label("Which state").select_option("WA")
    page.get_by_label("Your email address").fill("parent.zarbex@example.org")
    page.get_by_label("Your phone number").fill("+1 555 010 0199")
    page.get_by_label("I agree").check()


def _conversation(site: Site, page: Page, number: int) -> Iterator[str]:
    site.world.did("claim", ANA, number)
    site.world.did("ask", ANA, number, question="Does it itch, and has he had a fever?\nA number helps.")
    site.world.advance(seconds=31)
    page.goto(f"{site.url}/case")
    yield "case with a question"
    page.get_by_label("Your answer to the question above").fill(f"It itches. No fever.\n\n{LONG_WORD}")
    page.get_by_role("button", name="Send").click()
    yield "case after a reply"
    site.world.advise(ANA, number, disposition="visit_by", visit_by="2030-01-31")
    site.world.advance(seconds=31)
    page.reload()
    yield "case with guidance"
    site.world.advise(ANA, number, disposition="emergency_now", guidance="Go now.")
    site.world.advance(seconds=31)
    page.reload()
    yield "case with an emergency"
    page.get_by_role("button", name="I understand").click()
    yield "case understood"
    site.world.did("close", ANA, number, reason="answered")
    page.reload()
    yield "case closed"


def later_pages(site: Site, page: Page) -> Iterator[str]:
    """Walk through what comes after guidance; yields a name whenever a page is to be looked at."""
    number, code = site.submitted()
    site.world.did("claim", ANA, number)
    site.world.advise(ANA, number, guidance="Use the cream three times a day.")
    site.world.advance(seconds=31)
    page.goto(f"{site.url}{site.link(number)}")
    page.get_by_label("Access code").fill(code)
    page.get_by_role("button", name="Open my page").click()
    page.get_by_role("button", name="Tell my clinician").click()
    yield "report without a choice"
    page.get_by_label("Worse").check()
    page.get_by_label("Anything to add?").fill(f"It spreads. {LONG_WORD}")
    page.get_by_role("button", name="Tell my clinician").click()
    yield "worse"
    yield from _told_more(site, page, number)
    page.get_by_text("Take your question back", exact=True).click()
    yield "about to withdraw"
    page.get_by_label("Would you tell us why?").fill("A nurse looked at it.")
    page.get_by_role("button", name="Yes, take my question back").click()
    yield "withdrawn"
    yield from _goes_on(site, page, number, code)


def _told_more(site: Site, page: Page, number: int) -> Iterator[str]:
    site.world.did("update", ANA, number, update="We wait for dermatology. You hear from us by Tuesday.")
    site.world.did(
        "correct",
        ANA,
        number,
        guidance="Use the cream once a day. Questions: (555) 010-0100.",
        disposition="home",
        safety_net="If it blisters, call us the same day.",
    )
    site.world.advance(seconds=31)
    page.goto(f"{site.url}/case")
    yield "corrected"
    page.get_by_role("link", name="Go to the correction").click()
    site.world.did("emergency", ANA, number, advice="poison_help", words=f"Bring the bottle. {LONG_WORD}")
    page.get_by_role("button", name="I understand").click()
    yield "emergency"
    page.get_by_role("button", name="I understand").first.click()
    yield "emergency understood"


def _goes_on(site: Site, page: Page, number: int, code: str) -> Iterator[str]:
    site.world.advance(days=31)
    page.goto(f"{site.url}{site.link(number)}")
    page.get_by_label("Access code").fill(code)
    page.get_by_role("button", name="Open my page").click()
    yield "closed too long ago"
    page.get_by_role("button", name="Send").click()
    yield "a new case without words"
    page.get_by_label("What is going on now?").fill(f"It came back.\n{LONG_WORD}")
    page.get_by_label("Which state").select_option("OR")
    page.get_by_role("button", name="Send").click()
    yield "new case"
    page.get_by_text("Your earlier case").last.click()
    yield "new case with what was said before"


def _dead_ends(site: Site, page: Page, number: int, code: str) -> Iterator[str]:
    page.goto(f"{site.url}{site.link(number)}")
    page.get_by_label("Access code").fill(code)
    page.get_by_role("button", name="Open my page").click()
    page.get_by_label("Your message").fill("It came back.\nOn the left arm.")
    site.world.advance(minutes=31)
    page.get_by_role("button", name="Send").click()
    yield "reply after the session"
    page.goto(f"{site.url}/p/unknown")
    yield "dead link"
    page.get_by_role("link", name="Ask for a new link").click()
    yield "ask for a link"
    page.get_by_label("Your email address").fill("nonsense")
    page.get_by_role("button", name="Send me a new link").click()
    yield "ask for a link with an error"
    page.get_by_label("Your email address").fill("nobody@example.org")
    page.get_by_role("button", name="Send me a new link").click()
    yield "asked for a link"
    page.goto(f"{site.url}/nothing-here")
    yield "not found"
