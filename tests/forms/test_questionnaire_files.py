"""Every form we ship is valid FHIR and asks who the patient is; a form that cannot be asked is refused."""

import json
from pathlib import Path

import pytest
from fhir.resources.R4B.questionnaire import Questionnaire

from consult_bot.forms.catalogue import DATA_FOLDER, CatalogueError, load
from consult_bot.forms.identity import IDENTITY
from consult_bot.forms.questionnaire import MOST_FILES, ItemType
from consult_bot.forms.reader import FormError, parse_form
from consult_bot.media.limits import MAX_PHOTOS

SHIPPED = sorted(DATA_FOLDER.glob("*.json"))
GENERAL = (DATA_FOLDER / "general.json").read_text()


def general() -> dict:
    return json.loads(GENERAL)


def item_of(form: dict, link_id: str) -> dict:
    waiting = list(form["item"])
    while waiting:
        item = waiting.pop()
        if item["linkId"] == link_id:
            return item
        waiting.extend(item.get("item", []))
    raise KeyError(link_id)


def refusal(form: dict) -> str:
    with pytest.raises(FormError) as refused:
        parse_form(json.dumps(form).encode(), "rash.json")
    return str(refused.value)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_it_ships_only_valid_fhir(path: Path):
    shipped = Questionnaire.model_validate_json(path.read_text())
    assert shipped.status in {"draft", "active", "retired", "unknown"}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_it_asks_identity_under_the_same_link_ids_in_every_form(path: Path):
    form = parse_form(path.read_bytes(), path.name)
    assert set(IDENTITY) <= {item.link_id for item in form.questions()}


def test_it_offers_the_general_form_with_the_concern_first():
    form = load().get("general")
    assert form is not None
    questions = [item.link_id for item in form.questions()]
    assert questions[0] == "concern"
    assert {"concern", "onset", "medicines", "allergies", "pregnant", "photos"} <= set(questions)
    assert questions[-1] == "consent"
    assert 3 <= len(form.items) <= 4
    assert all(section.type is ItemType.GROUP and len(section.text) < 30 for section in form.items)


def test_it_offers_the_fifty_states_and_the_district():
    state = load().get("general").item("state")
    codes = [option.code for option in state.options]
    assert len(codes) == len(set(codes)) == 51
    assert {"WA", "DC", "PR"} & set(codes) == {"WA", "DC"}


def test_it_takes_as_many_photos_as_media_does():
    photos = load().get("general").item("photos")
    assert photos.most == MOST_FILES == MAX_PHOTOS == 5
    assert "hidden in the file" in photos.hint


def test_it_has_no_form_that_nobody_wrote():
    assert load().get("../general") is None


def test_it_ignores_what_fhir_has_and_we_do_not_use():
    form = general() | {"publisher": "A practice", "useContext": [{"deep": [1, 2]}]}
    item_of(form, "onset")["prefix"] = "2."
    assert parse_form(json.dumps(form).encode(), "general.json").name == "general"


def test_it_reads_a_file_that_begins_with_a_byte_order_mark():
    assert parse_form(b"\xef\xbb\xbf" + GENERAL.encode(), "general.json").name == "general"


@pytest.mark.parametrize(
    ("link_id", "change", "said"),
    [
        ("onset", {"type": "quantity"}, 'item "onset": the type "quantity" is not supported; use string'),
        ("onset", {"linkId": "concern"}, 'item "concern": this linkId is used 2 times'),
        ("onset", {"linkId": "_csrf"}, 'item "_csrf": "linkId"'),
        ("onset", {"required": "yes"}, 'item "onset": "required"'),
        ("onset", {"text": " "}, 'item "onset": it has no "text"'),
        ("onset", {"repeats": True}, 'item "onset": a string cannot repeat'),
        ("onset", {"item": [{"linkId": "x", "type": "string", "text": "x"}]}, "only a group can hold items"),
        ("email", {"linkId": "mail"}, 'item "email": it is missing'),
        ("consent", {"type": "string"}, 'item "consent": it must be a boolean'),
        ("birth_date", {"required": False}, 'item "birth_date": it must be asked of everyone'),
        ("writer_name", {"required": False}, 'item "writer_name": it needs "required": true'),
        ("sex", {"answerOption": []}, 'item "sex": a choice needs answerOption'),
        ("sex", {"answerOption": [{"valueInteger": 1}]}, "needs a valueCoding or a valueString"),
        ("sex", {"answerOption": [{"valueString": "a"}, {"valueString": "a"}]}, 'answer "a" is on offer 2'),
        ("writing_for", {"answerOption": [{"valueString": "self"}]}, "the codes self, child and other"),
        ("writer_name", {"enableBehavior": None}, 'enableBehavior must say "all" or "any"'),
    ],
)
def test_it_refuses_an_item_that_cannot_be_asked_and_names_it(link_id: str, change: dict, said: str):
    form = general()
    item_of(form, link_id).update(change)
    message = refusal(form)
    assert said in message
    assert all(line.startswith("rash.json: ") for line in message.splitlines())


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ({"question": "consent", "answerBoolean": True}, "which no earlier item has"),
        ({"question": "onset", "answerString": "now"}, "which no earlier item has"),
        ({"question": "photos", "answerBoolean": True}, "which is a attachment"),
        ({"question": "writing_for", "answerCoding": {"code": "dog"}}, 'never has the answer "dog"'),
        ({"question": "concern", "answerDate": "2026-01-01"}, "needs answerBoolean"),
    ],
)
def test_it_refuses_a_condition_that_can_never_be_met(condition: dict, said: str):
    form = general()
    link_id = "onset" if condition["question"] == "onset" else "phone"
    item_of(form, link_id)["enableWhen"] = [condition | {"operator": "="}]
    assert said in refusal(form)


def test_it_refuses_an_operator_it_does_not_know():
    form = general()
    item_of(form, "relationship")["enableWhen"][0]["operator"] = ">"
    assert 'item "relationship": "operator"' in refusal(form)


def nested(levels: int) -> dict:
    form = general()
    item: dict = {"linkId": "level-1", "type": "string", "text": "Deep?"}
    for level in range(2, levels + 1):
        item = {"linkId": f"level-{level}", "type": "group", "item": [item]}
    form["item"].append(item)
    return form


def test_it_reads_eight_levels_and_refuses_nine():
    assert parse_form(json.dumps(nested(8)).encode(), "rash.json").item("level-1")
    assert 'item "level-1": items lie inside each other deeper than 8 levels' in refusal(nested(9))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "it is not JSON"),
        (b"[]", "not a FHIR Questionnaire"),
        (b'{"resourceType": "Patient"}', '"resourceType"'),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b'{"item":[' * 200_000, "rash.json"),
        (b"[" * 500_000, "rash.json"),
        (GENERAL.encode() + b" " * 1024 * 1024, "larger than 1 MB"),
        (b'{"resourceType": "Questionnaire", "title": "\\ud800"}', "rash.json"),
    ],
    ids=["empty", "list", "patient", "bytes", "deep items", "deep lists", "large", "surrogate"],
)
def test_it_refuses_a_file_that_is_no_form(data: bytes, said: str):
    with pytest.raises(FormError, match="rash.json") as refused:
        parse_form(data, "rash.json")
    assert said in str(refused.value)


def test_it_adds_and_replaces_forms_from_the_practices_folder(tmp_path: Path):
    (tmp_path / "a.json").write_text(json.dumps(general() | {"id": "skin", "title": "Skin"}))
    (tmp_path / "b.json").write_text(json.dumps(general() | {"title": "Ask our practice"}))
    catalogue = load(tmp_path)
    assert [form.name for form in catalogue.forms] == ["general", "skin"]
    assert catalogue.get("general").title == "Ask our practice"


def test_it_takes_a_retired_form_off_the_list(tmp_path: Path):
    (tmp_path / "a.json").write_text(json.dumps(general() | {"id": "skin"}))
    (tmp_path / "b.json").write_text(json.dumps(general() | {"status": "retired"}))
    assert [form.name for form in load(tmp_path).forms] == ["skin"]


def test_it_names_every_file_that_cannot_be_used_at_once(tmp_path: Path):
    (tmp_path / "a.json").write_text("{")
    broken = general()
    item_of(broken, "onset")["type"] = "decimal"
    (tmp_path / "b.json").write_text(json.dumps(broken))
    (tmp_path / "c.json").write_text(json.dumps(general()))
    (tmp_path / "d.json").write_text(json.dumps(general()))
    with pytest.raises(CatalogueError) as refused:
        load(tmp_path)
    message = str(refused.value)
    assert "a.json: it is not JSON" in message
    assert 'b.json: item "onset"' in message
    assert "d.json: the form name general is also that of c.json" in message


def test_it_says_that_the_forms_folder_does_not_exist(tmp_path: Path):
    with pytest.raises(CatalogueError, match="FORMS names .* which is not a folder"):
        load(tmp_path / "nowhere")


def test_it_refuses_to_offer_nothing(tmp_path: Path):
    (tmp_path / "a.json").write_text(json.dumps(general() | {"status": "draft"}))
    with pytest.raises(CatalogueError, match="No form is on offer"):
        load(tmp_path)
