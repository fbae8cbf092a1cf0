"""Block Kit as strict as Slack's, through real slack_sdk: what is refused, where, and what is not."""

from __future__ import annotations

import pytest
from slack_sdk.models import blocks as kit
from slack_sdk.models.views import View

CHANNEL = "C0CONSULT"


def plain(text="x"):
    return {"type": "plain_text", "text": text}


def mrkdwn(text="x"):
    return {"type": "mrkdwn", "text": text}


def option(value="v", **more):
    return {"text": plain(value), "value": value, **more}


def options(count):
    return [option(f"v{number}") for number in range(count)]


def button(**more):
    return {"type": "button", "text": plain(), **more}


def section(**more):
    return {"type": "section", "text": mrkdwn(), **more}


def with_accessory(**element):
    return section(accessory=element)


def actions(*elements):
    return {"type": "actions", "elements": list(elements)}


def asking(**element):
    return {"type": "input", "label": plain(), "element": element}


def rich(*elements):
    return {"type": "rich_text", "elements": list(elements)}


def words(*inline):
    return {"type": "rich_text_section", "elements": list(inline)}


CONFIRM = {"title": plain(), "text": plain(), "confirm": plain(), "deny": plain()}

REFUSED = [
    # layout
    ({"type": "section"}, "missing required field: text or fields"),
    (section(fields=[mrkdwn()] * 11), "no more than 10 items"),
    (section(fields=[mrkdwn("x" * 2001)]), "less than 2001 characters"),
    (section(colour="red"), "invalid additional property: colour"),
    (section(block_id="x" * 256), "less than 256 characters"),
    (section(text="bare"), "plain_text or mrkdwn object"),
    (section(text={**mrkdwn(), "emoji": True}), "invalid additional property: emoji"),
    ({"type": "header", "text": plain("x" * 151)}, "less than 151 characters"),
    ({"type": "context", "elements": []}, "no fewer than 1 items"),
    ({"type": "context", "elements": [mrkdwn()] * 11}, "no more than 10 items"),
    ({"type": "context", "elements": [button()]}, "unsupported type: button"),
    ({"type": "divider", "text": plain()}, "invalid additional property: text"),
    ({"type": "image", "image_url": "https://example.org/a.png"}, "missing required field: alt_text"),
    ({"type": "image", "alt_text": "a"}, "missing required field: image_url or slack_file"),
    ({"type": "image", "alt_text": "a", "image_url": "a.png"}, "valid URL"),
    ({"type": "markdown", "text": "x" * 12_001}, "less than 12001 characters"),
    ({"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * 21]}, "no more than 20 items"),
    ({"type": "table", "rows": []}, "no fewer than 1 items"),
    ({"type": "table", "rows": [[plain()]]}, "unsupported type: plain_text"),
    ({"type": "video", "alt_text": "a", "title": plain()}, "missing required field: video_url"),
    (actions(), "no fewer than 1 items"),
    (actions(*[button()] * 26), "no more than 25 items"),
    (actions({"type": "plain_text_input"}), "unsupported type: plain_text_input"),
    (asking(type="button", text=plain()), "unsupported type: button"),
    (asking(type="overflow", options=options(2)), "unsupported type: overflow"),
    (asking(type="file_input"), "unsupported type: file_input"),
    ({"type": "input", "label": mrkdwn(), "element": {"type": "plain_text_input"}}, "plain_text object"),
    ({"type": "input", "label": plain("x" * 2001), "element": {"type": "datepicker"}}, "less than 2001"),
    ({"type": "input", "label": plain()}, "missing required field: element"),
    (with_accessory(type="email_text_input"), "unsupported type: email_text_input"),
    (with_accessory(type="datetimepicker"), "unsupported type: datetimepicker"),
    # elements
    (actions(button(text=mrkdwn())), "plain_text object"),
    (actions(button(text=plain("x" * 76))), "less than 76 characters"),
    (actions(button(action_id="x" * 256)), "less than 256 characters"),
    (actions(button(value="x" * 2001)), "less than 2001 characters"),
    (actions(button(url="https://example.org/" + "x" * 3000)), "less than 3001 characters"),
    (actions(button(url="example.org")), "valid URL"),
    (actions(button(style="warning")), "must be one of: primary, danger"),
    (actions(button(confirm={"title": plain()})), "missing required field: deny"),
    (actions(button(confirm={**CONFIRM, "title": plain("x" * 101)})), "less than 101 characters"),
    (actions(button(confirm={**CONFIRM, "text": plain("x" * 301)})), "less than 301 characters"),
    (actions(button(confirm={**CONFIRM, "deny": plain("x" * 31)})), "less than 31 characters"),
    (actions({"type": "overflow", "options": []}), "no fewer than 1 items"),
    (actions({"type": "overflow", "options": options(6)}), "no more than 5 items"),
    (actions({"type": "static_select"}), "missing required field: options or option_groups"),
    (actions({"type": "static_select", "options": options(101)}), "no more than 100 items"),
    (
        actions(
            {
                "type": "static_select",
                "options": options(1),
                "option_groups": [{"label": plain(), "options": options(1)}],
            }
        ),
        "only one of these is allowed: options, option_groups",
    ),
    (
        actions(
            {"type": "static_select", "option_groups": [{"label": plain("x" * 76), "options": options(1)}]}
        ),
        "less than 76 characters",
    ),
    (actions({"type": "static_select", "option_groups": [{"label": plain(), "options": []}]}), "no fewer"),
    (
        actions({"type": "static_select", "options": options(2), "initial_option": option("other")}),
        "must be one of the options",
    ),
    (actions({"type": "static_select", "options": [option("x" * 76)]}), "less than 76 characters"),
    (actions({"type": "static_select", "options": [{**option(), "value": "x" * 151}]}), "less than 151"),
    (actions({"type": "static_select", "options": [{**option(), "text": mrkdwn()}]}), "plain_text object"),
    (actions({"type": "static_select", "options": [option(description=plain("x" * 76))]}), "less than 76"),
    (actions({"type": "static_select", "options": [option(url="https://example.org")]}), "property: url"),
    (
        actions({"type": "static_select", "options": options(1), "placeholder": plain("x" * 151)}),
        "less than 151 characters",
    ),
    (with_accessory(type="multi_static_select", options=options(1), max_selected_items=0), "between 1 and"),
    (actions({"type": "external_select", "min_query_length": "3"}), "must be an integer"),
    (actions({"type": "users_select", "initial_user": ["U0ANA"]}), "must be a string"),
    (actions({"type": "conversations_select", "filter": {}}), "missing required field: include"),
    (actions({"type": "conversations_select", "filter": {"include": ["all"]}}), "must be one of: im, mpim"),
    (actions({"type": "channels_select", "filter": {"include": ["im"]}}), "additional property: filter"),
    (actions({"type": "radio_buttons", "options": options(11)}), "no more than 10 items"),
    (actions({"type": "checkboxes", "options": options(11)}), "no more than 10 items"),
    (
        actions({"type": "checkboxes", "options": options(1), "initial_options": [option("other")]}),
        "must be one of the options",
    ),
    (actions({"type": "datepicker", "initial_date": "2026-02-30"}), "YYYY-MM-DD"),
    (actions({"type": "timepicker", "initial_time": "24:00"}), "HH:mm"),
    (actions({"type": "datetimepicker", "initial_date_time": 12}), "must be between"),
    (asking(type="plain_text_input", max_length=3001), "between 1 and 3000"),
    (asking(type="plain_text_input", min_length=5, max_length=4), "must not be more than max_length"),
    (asking(type="plain_text_input", max_length=3, initial_value="four"), "less than 4 characters"),
    (asking(type="plain_text_input", dispatch_action_config={"trigger_actions_on": ["x"]}), "must be one of"),
    (asking(type="number_input"), "missing required field: is_decimal_allowed"),
    (asking(type="number_input", is_decimal_allowed=True, min_value="ten"), "must be a number"),
    (asking(type="number_input", is_decimal_allowed=True, min_value="2", max_value="1"), "max_value"),
    (asking(type="url_text_input", initial_value="no address"), "valid URL"),
    (asking(type="rich_text_input", initial_value=plain()), "unsupported type: plain_text"),
    # rich text
    (rich({"type": "rich_text_table"}), "unsupported type: rich_text_table"),
    (rich(words({"type": "text"})), "missing required field: text"),
    (rich(words({"type": "text", "text": "x", "style": {"loud": True}})), "additional property: loud"),
    (rich(words({"type": "link", "url": "nowhere"})), "valid URL"),
    (rich(words({"type": "broadcast", "range": "all"})), "must be one of: here, channel, everyone"),
    (rich(words({"type": "emoji"})), "missing required field: name"),
    (rich({"type": "rich_text_list", "style": "dashed", "elements": [words()]}), "bullet, ordered"),
    (rich({"type": "rich_text_list", "style": "bullet", "elements": [{"type": "text"}]}), "unsupported type"),
    (rich({"type": "rich_text_quote", "elements": "x"}), "must be an array"),
]


@pytest.mark.parametrize(("block", "complaint"), REFUSED, ids=[each for _, each in REFUSED])
def test_it_refuses_a_block_and_says_what_and_where(stage, refused, block, complaint):
    refusal = refused(stage.client.chat_postMessage, channel=CHANNEL, text="x", blocks=[block])
    assert refusal["error"] == "invalid_blocks"
    told = " ".join(refusal["response_metadata"]["messages"])
    assert complaint in told
    assert "[json-pointer:/blocks" in told
    assert stage.look(f"messages/{CHANNEL}") == []


@pytest.mark.parametrize(
    ("blocks", "error", "complaint"),
    [
        ([section(block_id="b"), section(block_id="b")], "invalid_blocks", "`block_id` b already exists"),
        ([section()] * 51, "invalid_blocks", "no more than 50 items"),
        ([{"type": "markdown", "text": "x" * 7000}] * 2, "invalid_blocks", "characters of markdown"),
        (
            [{"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}] * 2,
            "invalid_blocks",
            "one table",
        ),
        ({"type": "section"}, "invalid_blocks_format", "must be an array of blocks"),
        ("[", "invalid_blocks_format", "must be valid JSON"),
        (["text"], "invalid_blocks_format", "must be an array of blocks"),
        ([section(text=mrkdwn("x" * 3000))] * 5, "msg_blocks_too_long", ""),
    ],
)
def test_it_refuses_blocks_that_do_not_go_together(stage, refused, blocks, error, complaint):
    refusal = refused(stage.client.chat_postMessage, channel=CHANNEL, text="x", blocks=blocks)
    assert refusal["error"] == error
    assert complaint in " ".join(refusal.get("response_metadata", {}).get("messages", []))


def test_it_takes_what_slacks_own_models_draw(stage):
    choices = [kit.Option(text="One", value="1"), kit.Option(text="Two", value="2", description="more")]
    drawn = [
        kit.HeaderBlock(text="Head"),
        kit.SectionBlock(
            text="*bold*",
            fields=["a", "b"],
            accessory=kit.OverflowMenuElement(action_id="o", options=choices),
        ),
        kit.ContextBlock(elements=[kit.MarkdownTextObject(text="small")]),
        kit.DividerBlock(),
        kit.ImageBlock(image_url="https://example.org/a.png", alt_text="a", title="A"),
        kit.ActionsBlock(
            elements=[
                kit.ButtonElement(
                    text="Press",
                    action_id="b",
                    style="danger",
                    confirm=kit.ConfirmObject(title="Sure?", text="*Really*", confirm="Yes", deny="No"),
                ),
                kit.StaticSelectElement(
                    action_id="s", options=choices, initial_option=choices[1], placeholder="Choose"
                ),
                kit.UserSelectElement(action_id="u", initial_user="U0ANA"),
                kit.ExternalDataSelectElement(action_id="e", min_query_length=0),
                kit.DateTimePickerElement(action_id="dt", initial_date_time=1_700_000_000),
                kit.CheckboxesElement(action_id="c", options=choices, initial_options=choices),
            ]
        ),
        kit.InputBlock(label="Words", element=kit.PlainTextInputElement(action_id="w", multiline=True)),
        kit.InputBlock(
            label="Number",
            element=kit.NumberInputElement(is_decimal_allowed=False, min_value="1", max_value="9"),
        ),
        kit.RichTextBlock(
            elements=[
                kit.RichTextSectionElement(
                    elements=[
                        kit.RichTextElementParts.Text(text="x", style={"bold": True}),
                        kit.RichTextElementParts.User(user_id="U0ANA"),
                        kit.RichTextElementParts.Link(url="https://example.org", text="there"),
                        kit.RichTextElementParts.Emoji(name="wave"),
                    ]
                ),
                kit.RichTextListElement(style="bullet", elements=[kit.RichTextSectionElement(elements=[])]),
                kit.RichTextQuoteElement(elements=[kit.RichTextElementParts.Text(text="said")]),
            ]
        ),
        kit.MarkdownBlock(text="**bold**"),
    ]
    stage.client.chat_postMessage(channel=CHANNEL, text="all", blocks=drawn)
    (message,) = stage.look(f"messages/{CHANNEL}")
    assert [block["type"] for block in message["blocks"]] == [block.type for block in drawn]


def modal(*blocks, **more):
    return {"type": "modal", "title": plain("Ask"), "submit": plain("Send"), "blocks": list(blocks), **more}


TYPED = asking(type="plain_text_input", action_id="q")

REFUSED_VIEWS = [
    (modal(TYPED, title=plain("x" * 25)), "less than 25 characters"),
    (modal(TYPED, submit=plain("x" * 25)), "less than 25 characters"),
    (modal(TYPED, close=plain("x" * 25)), "less than 25 characters"),
    (modal(TYPED, title=mrkdwn()), "plain_text object"),
    (modal(TYPED, submit=None), "missing required field: submit"),
    (modal(TYPED, private_metadata="x" * 3001), "less than 3001 characters"),
    (modal(TYPED, callback_id="x" * 256), "less than 256 characters"),
    (modal(TYPED, external_id="x" * 256), "less than 256 characters"),
    (modal(TYPED, width="wide"), "invalid additional property: width"),
    (modal(), "no fewer than 1 items"),
    (modal(*[section()] * 101), "no more than 100 items"),
    (modal({**TYPED, "block_id": "b"}, {**TYPED, "block_id": "b"}), "`block_id` b already exists"),
    (modal({"type": "markdown", "text": "x"}), "unsupported type: markdown"),
    (modal(*[asking(type="datepicker", focus_on_load=True)] * 2), "focus_on_load"),
    ({"type": "modal", "blocks": [section()]}, "missing required field: title"),
    ({"type": "workflow_step", "blocks": [section()]}, "unsupported type: workflow_step"),
    ({"type": "home", "blocks": [section()]}, "must be a modal"),
    ("{", "must be valid JSON"),
]


@pytest.mark.parametrize(("view", "complaint"), REFUSED_VIEWS, ids=[each for _, each in REFUSED_VIEWS])
def test_it_refuses_a_view_and_leaves_the_trigger_for_a_better_one(stage, refused, view, complaint):
    trigger_id = stage.sandbox.slack.modals.trigger("U0ANA")
    refusal = refused(stage.client.views_open, trigger_id=trigger_id, view=view)
    assert refusal["error"] == "invalid_arguments"
    assert complaint in " ".join(refusal["response_metadata"]["messages"])
    assert stage.look("view/U0ANA") is None
    assert stage.client.views_open(trigger_id=trigger_id, view=modal(TYPED))["view"]["id"]


def test_it_refuses_a_modal_as_home_and_a_home_with_buttons_of_a_modal(stage, refused):
    publish = stage.client.views_publish
    for view in (modal(section()), {"type": "home", "blocks": [section()], "submit": plain("Send")}):
        assert refused(publish, user_id="U0ANA", view=view)["error"] == "invalid_arguments"
    assert stage.look("home/U0ANA") is None


def test_it_refuses_a_view_that_is_too_large(stage, refused):
    trigger_id = stage.sandbox.slack.modals.trigger("U0ANA")
    large = modal(*[section(text=mrkdwn("x" * 3000)) for _ in range(90)])
    assert refused(stage.client.views_open, trigger_id=trigger_id, view=large)["error"] == "view_too_large"


def test_it_takes_alerts_and_files_in_modals_only(stage):
    drawn = View(
        type="modal",
        title="Ask",
        submit="Send",
        blocks=[
            {"type": "alert", "level": "warning", "text": mrkdwn()},
            asking(type="file_input", filetypes=["jpg"], max_files=10),
        ],
    )
    trigger_id = stage.sandbox.slack.modals.trigger("U0ANA")
    assert (
        stage.client.views_open(trigger_id=trigger_id, view=drawn)["view"]["blocks"][0]["level"] == "warning"
    )
