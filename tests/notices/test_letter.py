"""Letters: what a patient reads in their mail, and what nobody else can learn from it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from consult_bot.notices.letter import NAMES, Letter, render

LINK = "https://consult.riverside.example/p/tok_en-1"
PHONE = "+1 (509) 555-0142"

# What a letter must not talk about, since anybody who holds the phone may read it.
HEALTH = re.compile(
    r"\b(rash|skin|derm\w*|pregnan\w*|symptom\w*|diagnos\w*|medic\w*|prescri\w*|treat\w*|illness|pain|photo\w*|"
    r"doctor|dr|nurse|clinician|specialist\w*|child|allerg\w*)\b",
    re.IGNORECASE,
)


def written(name: str, answer_by: str | None = "tomorrow by 9:00 am") -> Letter:
    return render(
        name,
        practice_name="Riverside & Sons",
        practice_phone=PHONE,
        number="C-1042",
        url=LINK,
        answer_by=answer_by,
    )


class Page(HTMLParser):
    """The tags of a page, and its words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("answer_by", ["by Tuesday 9:00 am", None])
class TestEveryLetter:
    def test_it_says_who_writes_whom_to_call_and_what_in_an_emergency(self, name, answer_by):
        letter = written(name, answer_by)
        for words in (letter.text, Page(letter.html).words):
            assert "Riverside & Sons" in words
            assert PHONE in words
            assert "C-1042" in words
            assert "Call 911 now" in words
            assert "next" in words

    def test_it_has_a_subject_of_one_short_line_that_names_only_the_number(self, name, answer_by):
        subject = written(name, answer_by).subject
        assert "C-1042" in subject
        assert "\n" not in subject
        assert 10 < len(subject) < 60
        assert "Riverside" not in subject

    def test_it_says_nothing_about_health(self, name, answer_by):
        letter = written(name, answer_by)
        for words in (letter.subject, letter.text, Page(letter.html).words):
            assert HEALTH.findall(words) == []

    def test_it_leaves_nothing_unfilled(self, name, answer_by):
        letter = written(name, answer_by)
        for words in (letter.subject, letter.text, letter.html):
            assert not re.search(r"\{[{%]|%\}|\}\}|\bNone\b|Undefined", words)
        assert "\n\n\n" not in letter.text
        assert letter.text == letter.text.strip() + "\n"

    def test_it_links_to_the_page_and_to_the_telephone_and_nowhere_else(self, name, answer_by):
        page = Page(written(name, answer_by).html)
        targets = [link["href"] for link in page.all("a")]
        assert targets == [LINK, "tel:+15095550142"]

    def test_it_loads_nothing_and_runs_nothing(self, name, answer_by):
        letter = written(name, answer_by)
        page = Page(letter.html)
        assert {tag for tag, _ in page.tags} <= {
            *("html", "head", "meta", "title", "body", "div", "h1", "p", "a", "strong", "br", "span")
        }
        assert not re.search(r"src=|url\(|<img|<script|<link|@import", letter.html)

    def test_it_can_be_read_by_a_screen_reader(self, name, answer_by):
        page = Page(written(name, answer_by).html)
        assert page.all("html") == [{"lang": "en"}]
        assert len(page.all("h1")) == 1
        assert len(page.all("title")) == 1


@pytest.mark.parametrize("name", NAMES)
def test_it_gives_the_link_and_asks_for_the_access_code_in_both_forms(name):
    letter = written(name)
    assert f"\n{LINK}\n" in letter.text
    assert LINK in Page(letter.html).words
    assert "access code" in letter.text
    assert "access code" in Page(letter.html).words


@pytest.mark.parametrize("name", ["question", "guidance", "closed", "link"])
def test_it_promises_an_answer_only_where_one_is_owed(name):
    letter = written(name, "tomorrow by 9:00 am")
    for words in (letter.subject, letter.text, letter.html):
        assert "9:00 am" not in words


def test_it_tells_by_when_to_expect_an_answer():
    letter = written("received")
    assert "You can expect an answer tomorrow by 9:00 am." in letter.text
    assert "You can expect an answer tomorrow by 9:00 am." in Page(letter.html).words
    assert "expect an answer" not in written("received", None).text


def test_it_shows_the_practice_s_name_as_it_is_written():
    letter = render(
        "received", practice_name="<b>R&D</b>", practice_phone="555 01 00", number="C-1", url=LINK
    )
    assert "<b>R&D</b>" in letter.text
    assert "<b>" not in letter.html
    assert "<b>R&D</b>" in Page(letter.html).words


def test_it_dials_without_the_extension():
    letter = render(
        "closed", practice_name="R", practice_phone="(509) 555-0142 ext. 7", number="C-1", url=LINK
    )
    assert 'href="tel:5095550142"' in letter.html
    assert "(509) 555-0142 ext. 7" in letter.text


def test_it_knows_no_other_letters():
    with pytest.raises(KeyError):
        written("../letters/received")
