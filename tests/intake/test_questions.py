"""From a Questionnaire to the blocks of its page."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from consult_bot.forms import catalogue
from consult_bot.forms.catalogue import DATA_FOLDER
from consult_bot.forms.questionnaire import Form
from consult_bot.intake.questions import Block, Filled, Question, blocks_of, problems_in_order
from tests.builders import World
from tests.portal.site import FORM_ANSWERS, Server, Site

TODAY = date(2026, 3, 2)

MORE = [
    {"linkId": "note", "type": "display", "text": "Now about the trip."},
    {"linkId": "travelled", "type": "boolean", "text": "Did you travel?"},
    {
        "linkId": "where",
        "type": "choice",
        "repeats": True,
        "text": "Where to?",
        "answerOption": [{"valueString": "By the sea"}, {"valueString": "Into the mountains"}],
        "enableWhen": [{"question": "travelled", "operator": "=", "answerBoolean": True}],
    },
    {"linkId": "back", "type": "date", "text": "When did you come back?"},
]


def practice_form(folder: Path) -> Form:
    """A form of a practice's own: ours, with more kinds of questions."""
    made = json.loads((DATA_FOLDER / "general.json").read_text())
    made["id"] = "trip"
    made["item"] += MORE
    (folder / "trip.json").write_text(json.dumps(made))
    form = catalogue.load(folder).get("trip")
    assert form is not None
    return form


def found(parts: tuple[object, ...], link_id: str) -> Question:
    for part in parts:
        if isinstance(part, Question) and part.item.link_id == link_id:
            return part
        if isinstance(part, Block):
            try:
                return found(part.parts, link_id)
            except LookupError:
                continue
    raise LookupError(link_id)


def test_it_draws_each_kind_of_question_its_own_way(tmp_path: Path) -> None:
    parts = blocks_of(practice_form(tmp_path), Filled(), TODAY)
    controls = {
        "concern": "story",
        "onset": "line",
        "photos": "photos",
        "sex": "radios",
        "state": "list",
        "voicemail_ok": "yes_no",
        "consent": "tick",
        "where": "checkboxes",
        "birth_date": "line",
    }
    assert {name: found(parts, name).control for name in controls} == controls


def test_it_says_in_words_whom_conditional_questions_are_for(tmp_path: Path) -> None:
    parts = blocks_of(practice_form(tmp_path), Filled(), TODAY)
    when = [part.when for part in parts if isinstance(part, Block) and part.when]
    assert when == ["Only if you answered “Yes” to “Did you travel?”"]


def test_it_shows_a_date_that_no_picker_can_hold_as_it_was_typed(tmp_path: Path) -> None:
    form = practice_form(tmp_path)
    typed = blocks_of(form, Filled({"birth_date": ["4/30/2019"]}), TODAY)
    picked = blocks_of(form, Filled({"birth_date": ["2019-04-30"]}), TODAY)
    assert (found(typed, "birth_date").input_type, found(typed, "birth_date").text) == ("text", "4/30/2019")
    assert found(picked, "birth_date").input_type == "date"
    assert found(picked, "birth_date").latest == TODAY and found(picked, "back").latest is None


def test_it_lists_problems_in_the_forms_order(tmp_path: Path) -> None:
    filled = Filled(problems={"consent": "Agree.", "concern": "Write."})
    assert problems_in_order(practice_form(tmp_path), filled) == [
        ("concern", "What would you like help with?", "Write."),
        ("consent", "", "Agree."),
    ]


def test_it_renders_and_reads_any_form_of_the_catalogue(
    sqlite_world: World, server: Server, tmp_path: Path
) -> None:
    practice_form(tmp_path)
    site = Site(sqlite_world, server, offered=catalogue.load(tmp_path))
    assert 'href="/intake/trip"' in site.get("/").html
    page = site.get("/intake/trip")
    assert page.status == 200 and "Now about the trip." in page.words
    answers = {
        **FORM_ANSWERS,
        "travelled": "true",
        "where": ["By the sea", "Into the mountains"],
        "back": "2026-02-28",
    }
    wrong = site.post("/intake/trip", {**answers, **page.hidden("intake"), "email": ""})
    assert wrong.status == 422 and wrong.html.count('type="checkbox"') == 3
    assert wrong.html.count('" checked') >= 5
    sent = site.post("/intake/trip", {**answers, **wrong.hidden("intake")})
    assert sent.status == 200
    case = sqlite_world.case(int(sent.text("case-number")[2:]))
    assert case.submission.value("where") == "By the sea\nInto the mountains"
    assert case.submission.form == "trip" and case.submission.value("back") == "2026-02-28"
    other = site.post("/intake/general", {**answers, **page.hidden("intake")})
    assert other.status == 422
