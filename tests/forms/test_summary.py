"""The full form in the thread: every answer once, the plain negatives in one line."""

from consult_bot.case.submission import Answer, AnswerKind, Submission
from consult_bot.case.words import Words
from consult_bot.forms.summary import full_form, negatives_folded


def answer(question: str, value: str, kind: AnswerKind = AnswerKind.CHOICE) -> Answer:
    return Answer(question.lower(), question, kind, Words(value), Words(value.title()))


def submission(*answers: Answer) -> Submission:
    return Submission("general", "Ask", answers)


def lines_of(lines) -> list[tuple[str, str]]:
    return [(line.question, line.shown.reveal()) for line in lines]


def test_it_folds_plain_negatives_into_one_last_line():
    sent = submission(
        answer("Fever?", "no"),
        answer("Concern", "no", AnswerKind.TEXT),
        answer("Voicemail?", "false", AnswerKind.BOOLEAN),
        answer("Pregnant?", "unsure"),
    )
    assert lines_of(negatives_folded(sent)) == [
        ("Concern", "No"),
        ("Pregnant?", "Unsure"),
        ("Answered no", "Fever? · Voicemail?"),
    ]


def test_it_leaves_a_lone_negative_where_it_was_asked():
    sent = submission(answer("Fever?", "no"), answer("Pregnant?", "unsure"))
    assert lines_of(negatives_folded(sent)) == [("Fever?", "No"), ("Pregnant?", "Unsure")]


def test_it_shows_the_whole_form_unfolded_with_hidden_marks_spelled_out():
    sent = submission(answer("Fever?", "no"), answer("Concern", "\u202e!sserp", AnswerKind.TEXT))
    assert lines_of(full_form(sent)) == [("Fever?", "No"), ("Concern", "[U+202E]!Sserp")]


def test_it_prints_no_answer():
    lines = full_form(submission(answer("Concern", "canary", AnswerKind.TEXT)))
    assert "canary" not in repr(lines).lower()
