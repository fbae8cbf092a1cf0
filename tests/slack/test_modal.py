"""Modals."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from commands import VERB, VERBS
from consult_bot.case.model import Draft, Message, MessageKind
from consult_bot.case.verb import NeedsForm, Preview
from consult_bot.case.words import Words
from consult_bot.slack import modal
from consult_bot.slack.carried import Carried
from tests.builders import ANA, BEN
from tests.slack.cases import (
    NASTY,
    NOW,
    check_view,
    claimed,
    facts,
    guidance,
    question,
    read,
    reply,
    words_that_work,
)

WITH_FORMS = [verb for verb in VERBS if verb.typed and verb.fields]
FILLED = {
    "note": "n",
    "question": "q",
    "guidance": "g",
    "safety_net": "s",
    "disposition": "visit_by",
    "visit_by": "2026-09-01",
    "kind": "lab",
    "words": "w",
    "due": "1790000000",
    "outcome": "reached",
    "reason": "answered",
    "to": BEN.id,
}


def elements(view: dict) -> dict[str, dict]:
    return {b["element"]["action_id"]: b["element"] for b in view["blocks"] if b["type"] == "input"}


@pytest.mark.parametrize("verb", WITH_FORMS, ids=lambda verb: verb.name)
def test_it_draws_every_verb_empty_and_filled_in(verb) -> None:
    for given in ({}, FILLED):
        fields = {f.name: Words(given[f.name]) for f in verb.fields if f.name in given}
        view = modal.form(NeedsForm(verb, claimed(messages=(reply(),)), fields), facts())
        check_view(view)
        assert view["callback_id"] == f"verb:{verb.name}"
        assert view["submit"]["text"] == ("Preview" if verb.crosses else verb.label)
        inputs = [b for b in view["blocks"] if b["type"] == "input"]
        assert [b["block_id"] for b in inputs] == [f.name for f in verb.fields]
        assert [b["element"]["action_id"] for b in inputs] == [f.name for f in verb.fields]
        assert [not b.get("optional", False) for b in inputs] == [f.required for f in verb.fields]


def test_it_fills_in_what_is_known() -> None:
    def drawn(name: str) -> dict[str, dict]:
        fields = {f.name: Words(FILLED[f.name]) for f in VERB[name].fields}
        return elements(modal.form(NeedsForm(VERB[name], claimed(), fields), facts()))

    advise, task, reassign = drawn("advise"), drawn("task"), drawn("reassign")
    assert advise["disposition"]["type"] == "radio_buttons"
    assert advise["disposition"]["initial_option"]["value"] == "visit_by"
    assert advise["visit_by"]["initial_date"] == "2026-09-01"
    assert advise["guidance"]["initial_value"] == "g" and advise["guidance"]["max_length"] == 3000
    assert task["kind"]["type"] == "static_select" and task["due"]["initial_date_time"] == 1790000000
    assert reassign["to"]["type"] == "external_select" and reassign["to"]["min_query_length"] == 0
    assert reassign["to"]["initial_option"]["text"]["text"] == "Ben Okafor, NP"


def test_it_carries_ids_and_nothing_about_the_patient() -> None:
    made = claimed(messages=(reply("It itches."),))
    view = modal.form(NeedsForm(VERB["ask"], made, {"question": Words("Why?")}, about="x1"), facts())
    assert Carried.read(view["private_metadata"]) == Carried(1042, "r1", None, "x1")
    assert (
        Carried.read(modal.form(NeedsForm(VERB["note"], made, {}), facts())["private_metadata"]).seen is None
    )
    for word in ("itch", "Why", "Zarbex", "rash", "WA"):
        assert word not in view["private_metadata"]


def test_it_carries_no_words_through_preview_sending_and_undo() -> None:
    secret = "Xylophone"
    waiting = guidance(secret, safety_net=Words(secret), visible_at=NOW + timedelta(seconds=30))
    made = claimed(messages=(reply(secret), waiting))
    draft = Draft("d1", "advise", ANA.id, (("guidance", Words(secret)), ("safety_net", Words(secret))), NOW)
    views = [
        modal.previewed(Preview(VERB["advise"], made, draft, made), facts()),
        modal.asked_first(Preview(VERB["advise"], made, draft, made), facts()),
        modal.sent(VERB["advise"], made, waiting, NOW),
        modal.taken_back(draft, made, facts()),
    ]
    for view in views:
        assert "private_metadata" in view and secret not in view["private_metadata"]
        assert set(json.loads(view["private_metadata"])) == {"case", "seen", "draft", "about"}


@pytest.mark.parametrize(
    "metadata",
    [
        "",
        "{}",
        "[]",
        '{"case": "x"}',
        '{"case": null}',
        '{"case": "C-1", "seen": []}',
        '{"case": "C-1", "keeps": "question"}',
        '{"case": "C-1", "keeps": [1]}',
        "[" * 3000,
        "nonsense",
    ],
)
def test_it_reads_only_what_it_wrote(metadata: str) -> None:
    with pytest.raises(ValueError):
        Carried.read(metadata)


def test_it_says_whose_draft_came_with_the_case() -> None:
    fields = {"question": Words("Why?")}
    made = claimed(messages=(reply(),))
    handed_over = modal.form(NeedsForm(VERB["ask"], made, fields, draft_of=BEN.id), facts())
    check_view(handed_over)
    said = "These words are a draft by <@U0BEN>, handed over with the case."
    kinds = [block["type"] for block in handed_over["blocks"]]
    place = next(n for n, block in enumerate(handed_over["blocks"]) if said in read([block]))
    assert place == kinds.index("input") - 1
    assert BEN.id not in handed_over["private_metadata"]
    assert "draft by" not in read(modal.form(NeedsForm(VERB["ask"], claimed(), fields), facts())["blocks"])


def test_it_shows_the_patients_newest_message_above_words_that_cross() -> None:
    made = claimed(messages=(reply("First."), question(), reply("Second.", "r2")))
    told = read(modal.form(NeedsForm(VERB["ask"], made, {}), facts())["blocks"])
    assert "Second." in told and "First." not in told
    assert "Second." not in read(modal.form(NeedsForm(VERB["note"], made, {}), facts())["blocks"])


def test_it_holds_many_long_new_messages() -> None:
    newer = tuple(reply(f"{NASTY} m{n}! " + "word " * 20_000, f"r{n}") for n in range(40))
    fields = {"guidance": Words("g" * 3000), "safety_net": Words("s" * 3000)}
    view = modal.form(NeedsForm(VERB["advise"], claimed(messages=newer), fields, newer=newer), facts())
    check_view(view)
    told = read(view["blocks"])
    assert "m39!" in told and "m0!" not in told and "goes on in the thread" in told
    assert "<!channel>" not in words_that_work(view["blocks"])


def test_it_previews_the_longest_words_above_the_same_inputs() -> None:
    words = {"guidance": "g" * 3000, "safety_net": "s" * 3000, "disposition": "home"}
    draft = Draft("d1", "advise", ANA.id, tuple((name, Words(text)) for name, text in words.items()), NOW)
    as_if = claimed(messages=(guidance("g" * 3000, safety_net=Words("s" * 3000)),))
    view = modal.previewed(Preview(VERB["advise"], claimed(drafts=(draft,)), draft, as_if), facts(), "a1")
    check_view(view)
    assert view["submit"]["text"] == "Send"
    assert Carried.read(view["private_metadata"]) == Carried(1042, "submission", "d1", "a1")
    form = modal.form(NeedsForm(VERB["advise"], claimed(), {}), facts())
    assert list(elements(view)) == list(elements(form))


@pytest.mark.parametrize("words", ["q" * 2999, "\N{BABY}" * 1500, "q" * 40_000, "\N{BABY}" * 19_000])
def test_it_shows_words_that_no_input_holds_whole_and_carries_that_they_are_kept(words: str) -> None:
    typed = words + " before the end <!channel>"
    view = modal.form(NeedsForm(VERB["ask"], claimed(), {"question": Words(typed)}), facts())
    check_view(view)
    told = read(view["blocks"])
    assert "They are kept and sent whole." in told and "goes on" not in told
    assert told.replace("\n", "").count(typed[0]) >= words.count(typed[0])
    assert "before the end <!channel>" in told and "<!channel>" not in words_that_work(view["blocks"])
    instead = elements(view)["question"]
    assert "initial_value" not in instead and instead["max_length"] == 3000
    (block,) = [block for block in view["blocks"] if block["type"] == "input"]
    assert block["optional"] and block["block_id"] == "question:2"
    assert Carried.read(view["private_metadata"]).keeps == ("question",)
    assert "end" not in view["private_metadata"]


def test_it_shows_long_words_once_in_the_preview() -> None:
    long = {"guidance": "g " * 20_000, "safety_net": "s " * 20_000, "disposition": "home"}
    draft = Draft("d1", "advise", ANA.id, tuple((name, Words(text)) for name, text in long.items()), NOW)
    as_if = claimed(messages=(guidance(long["guidance"], safety_net=Words(long["safety_net"])),))
    view = modal.previewed(Preview(VERB["advise"], claimed(drafts=(draft,)), draft, as_if), facts())
    check_view(view)
    assert read(view["blocks"]).count("g g") + read(view["blocks"]).count("s s") >= 2 * 9_900
    assert read(view["blocks"]).count("g") < 20_300 and view["submit"]["text"] == "Send"
    carried = Carried.read(view["private_metadata"])
    assert (carried.draft, carried.keeps) == ("d1", ("guidance", "safety_net"))


@pytest.mark.parametrize("letter", ["g", "\N{CYRILLIC SMALL LETTER ZHE}", "\N{BABY}"])
def test_it_holds_the_inputs_whatever_is_to_be_read_above_them(letter: str) -> None:
    newer = tuple(reply(letter * 12_000, f"r{n}") for n in range(40))
    fields = {name: Words(letter * 60_000) for name in ("guidance", "safety_net")}
    view = modal.form(NeedsForm(VERB["advise"], claimed(messages=newer), fields, newer=newer), facts())
    check_view(view)
    assert list(elements(view)) == ["disposition", "visit_by", "guidance", "safety_net"]
    assert "is kept and sent all the same" in read(view["blocks"])


def test_it_says_nothing_of_words_that_fit() -> None:
    exact = modal.form(NeedsForm(VERB["ask"], claimed(), {"question": Words("q" * 3000)}), facts())
    assert "kept" not in read(exact["blocks"]) and elements(exact)["question"]["initial_value"] == "q" * 3000
    assert Carried.read(exact["private_metadata"]).keeps == ()


def test_it_offers_undo_only_until_the_patient_can_see_it() -> None:
    waiting = guidance(visible_at=NOW + timedelta(seconds=30))
    view = modal.sent(VERB["advise"], claimed(messages=(waiting,)), waiting, NOW)
    check_view(view)
    (row,) = [block for block in view["blocks"] if block["type"] == "actions"]
    told = read(view["blocks"])
    assert told.count("Undo\n") == 1 and "Undo stays on the card until then." in told
    assert row["block_id"] == "sent/C-1042/7"
    assert [(e["action_id"], e["value"]) for e in row["elements"]] == [("verb:undo", "C-1042/g1")]
    late = modal.sent(VERB["advise"], claimed(messages=(waiting,)), waiting, NOW + timedelta(seconds=30))
    check_view(late)
    assert "verb:undo" not in str(late) and "*Sent.*" in read(late["blocks"])


def test_it_says_why_something_is_not_possible_however_long() -> None:
    view = modal.refusal("Because. " * 900)
    check_view(view)
    assert read(view["blocks"]).replace("\n", "").count("Because.") == 900
    assert "submit" not in view


def test_it_says_before_a_correction_what_becomes_of_the_wrong_text() -> None:
    def told(*messages: Message) -> str:
        needs = NeedsForm(VERB["correct"], claimed(messages=messages), {})
        view = modal.form(needs, facts())
        check_view(view)
        return read(view["blocks"])

    unseen = told(guidance())
    assert "has not seen it" in unseen and "takes its place" in unseen and "marked" not in unseen
    seen = told(guidance(opened_at=NOW))
    assert "has seen it" in seen and "stays on their page, marked as wrong" in seen
    assert "must be understood as well" in seen and "never see" not in seen
    again = guidance(message_id="c1", kind=MessageKind.CORRECTION, corrects="g1")
    assert "earlier text that they did see stays marked as wrong" in told(guidance(opened_at=NOW), again)


def test_it_says_it_above_the_preview_too_and_nothing_of_it_to_who_advises() -> None:
    made = claimed(messages=(guidance(opened_at=NOW),))
    draft = Draft("d1", "correct", ANA.id, (("guidance", Words("Half.")),), NOW)
    assert "has seen it" in read(
        modal.previewed(Preview(VERB["correct"], made, draft, made), facts())["blocks"]
    )
    assert "seen it" not in read(modal.form(NeedsForm(VERB["advise"], made, {}), facts())["blocks"])
