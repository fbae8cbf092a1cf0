"""What a page sent becomes answers, or kind words about each answer that cannot be kept."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult_bot.case.submission import Answer, AnswerKind, Submission
from consult_bot.forms.answers import Problems, is_enabled, read
from consult_bot.forms.catalogue import load
from consult_bot.forms.questionnaire import Form

TODAY = date(2026, 11, 23)
GENERAL = load().get("general")
SENT = {
    "concern": ["A red rash on both arms since Sunday."],
    "onset": ["three days ago"],
    "writing_for": ["child"],
    "writer_name": ["Dana Reyes"],
    "relationship": ["mother"],
    "given_name": ["Mia"],
    "family_name": ["Reyes"],
    "birth_date": ["2024-05-01"],
    "sex": ["female"],
    "state": ["WA"],
    "email": ["dana@example.com"],
    "phone": ["(509) 555-0134"],
    "consent": ["on"],
}


def read_with(**changes: str | None) -> dict[str, Answer]:
    raw = {name: texts for name, texts in SENT.items() if changes.get(name, "") is not None}
    raw |= {name: [text] for name, text in changes.items() if text is not None}
    return {answer.link_id: answer for answer in read(GENERAL, raw, TODAY)}


def problems_with(**changes: str | None) -> dict[str, str]:
    with pytest.raises(Problems) as refused:
        read_with(**changes)
    return dict(refused.value.messages)


def test_it_reads_a_whole_form_in_the_forms_order():
    answers = read(GENERAL, SENT, TODAY, {"photos": 2})
    assert [answer.link_id for answer in answers][:4] == ["concern", "onset", "photos", "writing_for"]
    submission = Submission("general", "Ask", answers)
    assert submission.birth_date() == date(2024, 5, 1)
    assert submission.shown("birth_date").reveal() == "1 May 2024"
    assert submission.value("state") == "WA"
    assert submission.shown("state").reveal() == "Washington"
    assert submission.value("consent") == "true"
    assert submission.value("photos") == "2"
    assert submission.shown("photos").reveal() == "2 files"
    assert submission.answer("concern").kind is AnswerKind.TEXT
    assert submission.answer("medicines") is None


def test_it_names_every_problem_in_the_forms_order():
    with pytest.raises(Problems) as refused:
        read(GENERAL, {}, TODAY)
    messages = refused.value.messages
    required = [item.link_id for item in GENERAL.questions() if item.required]
    assert list(messages) == [name for name in required if name not in {"writer_name", "relationship"}]
    assert all(message.endswith(".") for message in messages.values())


def test_it_does_not_ask_the_writers_name_of_somebody_who_writes_for_themselves():
    answers = read_with(writing_for="self", writer_name=None, relationship=None)
    assert "writer_name" not in answers


def test_it_drops_an_answer_that_was_not_asked():
    answers = read_with(writing_for="self", writer_name="A neighbour", relationship="x" * 900)
    assert not {"writer_name", "relationship"} & set(answers)


def test_it_asks_the_writers_name_of_somebody_who_writes_for_another():
    assert list(problems_with(writing_for="other", writer_name=" ")) == ["writer_name"]


def test_it_drops_what_the_form_does_not_ask():
    assert "is_admin" not in read_with(is_admin="true")


def test_it_keeps_a_hundred_thousand_characters_whole():
    story = "It itches. \n" * 9_000
    assert len(story) > 100_000
    assert read_with(concern=story)["concern"].value.reveal() == story


@pytest.mark.parametrize(("name", "length"), [("concern", 200_001), ("onset", 501)])
def test_it_says_how_much_to_shorten(name: str, length: int):
    message = problems_with(**{name: "x" * length})[name]
    assert f"{length:,} characters" in message
    assert "xx" not in message


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("a\x00b\x07c\x1b[31m", "abc[31m"),
        ("one\r\ntwo\rthree\n\tfour", "one\ntwo\nthree\n\tfour"),
        (" spaces stay ", " spaces stay "),
        ("\u202egnol\u200b", "\u202egnol\u200b"),
        ("<!channel> & <b>", "<!channel> & <b>"),
        ("broken \ud83d end", "broken \ufffd end"),
    ],
)
def test_it_keeps_text_exactly_but_for_control_characters(sent: str, kept: str):
    answer = read_with(concern=sent)["concern"]
    assert answer.value.reveal() == answer.shown.reveal() == kept


def test_it_keeps_a_name_on_one_line():
    assert read_with(given_name=" Mia\r\nBcc: x ")["given_name"].value.reveal() == "Mia Bcc: x"


@pytest.mark.parametrize("blank", ["", "  ", "\n\t", "\x00\x01", None])
def test_it_takes_a_blank_for_an_open_question(blank: str | None):
    assert "onset" not in read_with(onset=blank)
    assert "concern" in problems_with(concern=blank)


@pytest.mark.parametrize(
    "email",
    ["dana@example.com", "d.r+kids@mail.example.co.uk", " dana@example.com ", "dana@example.com\u200b"],
)
def test_it_takes_a_plausible_email_address(email: str):
    kept = read_with(email=email)["email"].value.reveal()
    assert kept == email.strip(" \u200b")


@pytest.mark.parametrize(
    "email",
    [
        "dana",
        "dana@example",
        "dana@@example.com",
        "da na@example.com",
        "dana@example..com",
        "dana@.com",
        "@example.com",
        "dana@example.com, eve@example.com",
        "Dana <dana@example.com>",
        "dana@example.com\r\nBcc:eve@example.com",
        f"{'a' * 250}@example.com",
    ],
)
def test_it_refuses_what_is_no_email_address_without_repeating_it(email: str):
    message = problems_with(email=email)["email"]
    assert "does not look like an email address" in message
    assert "dana" not in message


@pytest.mark.parametrize("phone", ["5550134", "+1 (509) 555-0134", "509.555.0134 ext. 12"])
def test_it_takes_a_phone_number_of_seven_digits_or_more(phone: str):
    assert read_with(phone=phone)["phone"].value.reveal() == phone


@pytest.mark.parametrize("phone", ["555-013", "call me", "1" * 21])
def test_it_refuses_a_phone_number_nobody_can_call(phone: str):
    assert "area code" in problems_with(phone=phone)["phone"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("2024-05-01", "2024-05-01"),
        (" 2024-5-1 ", "2024-05-01"),
        ("5/1/2024", "2024-05-01"),
        ("2026-11-23", "2026-11-23"),
        ("1896-11-23", "1896-11-23"),
    ],
)
def test_it_reads_dates_as_browsers_send_and_people_type_them(typed: str, kept: str):
    assert read_with(birth_date=typed)["birth_date"].value.reveal() == kept


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("2026-11-24", "in the future"),
        ("1895-12-31", "more than 130 years ago"),
        ("1896-11-22", "more than 130 years ago"),
        ("0000-01-01", "calendar does not have"),
        ("2023-02-29", "calendar does not have"),
        ("13/13/2020", "calendar does not have"),
        ("last May", "could not read this date"),
        ("5/1/24", "could not read this date"),
        ("20240501", "could not read this date"),
        ("٢٠٢٤-٠٥-٠١", "could not read this date"),
    ],
)
def test_it_says_what_is_odd_about_a_date_of_birth(typed: str, said: str):
    assert said in problems_with(birth_date=typed)["birth_date"]


@pytest.mark.parametrize("sent", ["other", "OTHER", "Someone else I care for"])
def test_it_takes_a_choice_by_its_code_or_its_words(sent: str):
    answer = read_with(writing_for=sent)["writing_for"]
    assert (answer.value.reveal(), answer.shown.reveal()) == ("other", "Someone else I care for")


def test_it_refuses_a_choice_that_was_not_on_offer():
    messages = problems_with(state="ZZ", pregnant="perhaps")
    assert messages == dict.fromkeys(["pregnant", "state"], "Please choose from the answers shown.")


@pytest.mark.parametrize("sent", ["false", "no", "maybe", None])
def test_it_needs_consent(sent: str | None):
    assert "tick this box" in problems_with(consent=sent)["consent"]


def test_it_reads_yes_and_no():
    assert read_with(voicemail_ok="yes")["voicemail_ok"].value.reveal() == "true"
    assert read_with(voicemail_ok="false")["voicemail_ok"].shown.reveal() == "No"
    assert "voicemail_ok" in problems_with(voicemail_ok="if you must")


def test_it_takes_the_last_of_several_answers_to_a_question_with_one():
    raw = SENT | {"voicemail_ok": ["false", "true"]}
    answers = {answer.link_id: answer for answer in read(GENERAL, raw, TODAY)}
    assert answers["voicemail_ok"].value.reveal() == "true"


def test_it_refuses_a_sixth_photo():
    with pytest.raises(Problems) as refused:
        read(GENERAL, SENT, TODAY, {"photos": 6})
    assert dict(refused.value.messages) == {
        "photos": "You added 6 files and we can take 5. Please leave some out."
    }


def test_it_prints_no_answer_in_a_refusal():
    with pytest.raises(Problems) as refused:
        read_with(email="canary-7f3", state="canary-7f3", birth_date="canary-7f3", voicemail_ok="canary-7f3")
    assert "canary" not in repr(refused.value) + str(refused.value) + str(dict(refused.value.messages))
    assert refused.value.__cause__ is None


def several_choices() -> Form:
    return Form.model_validate_json(
        """{"resourceType": "Questionnaire", "id": "skin", "title": "Skin", "status": "active", "item": [
        {"linkId": "signs", "type": "choice", "text": "Signs?", "repeats": true, "answerOption": [
            {"valueString": "itch"}, {"valueCoding": {"code": "B-1", "display": "Blisters"}},
            {"valueCoding": {"code": "B 1", "display": "Bruises"}}]},
        {"linkId": "fever", "type": "boolean", "text": "Fever?"},
        {"linkId": "both", "type": "group", "enableBehavior": "all", "enableWhen": [
            {"question": "signs", "operator": "=", "answerCoding": {"code": "B-1"}},
            {"question": "fever", "operator": "=", "answerBoolean": false}], "item": [
                {"linkId": "inside", "type": "string", "text": "Inside?", "required": true}]}]}"""
    )


def test_it_takes_several_choices_where_the_form_lets_them_repeat():
    answers = read(several_choices(), {"signs": ["B 1", "itch", "itch"]}, TODAY)
    assert answers[0].value.reveal() == "itch\nB 1"
    assert answers[0].shown.reveal() == "itch, Bruises"


def test_it_asks_what_a_group_holds_only_when_all_its_conditions_are_met():
    form = several_choices()
    assert len(read(form, {"signs": ["B-1"], "inside": ["dropped"]}, TODAY)) == 1
    assert len(read(form, {"signs": ["B-1"], "fever": ["yes"]}, TODAY)) == 2
    with pytest.raises(Problems) as refused:
        read(form, {"signs": ["itch", "B-1"], "fever": ["no"]}, TODAY)
    assert list(refused.value.messages) == ["inside"]
    assert not is_enabled(form.item("both"), {})


@given(
    st.dictionaries(
        st.sampled_from([item.link_id for item in GENERAL.questions()]),
        st.lists(st.text(st.characters(), max_size=30), max_size=2),
    )
)
def test_it_answers_anything_with_answers_or_problems_and_keeps_only_what_can_be_stored(raw: dict):
    try:
        answers = read(GENERAL, SENT | raw, TODAY)
    except Problems as refused:
        assert set(refused.messages) <= {item.link_id for item in GENERAL.questions()}
    else:
        for answer in answers:
            assert "\x00" not in answer.value.reveal()
            answer.value.reveal().encode()
            answer.shown.reveal().encode()
