"""Every block and element that the page draws, as an app would send it."""

from __future__ import annotations

from typing import Any

from tests.sandbox.browsing import plain

Block = dict[str, Any]

# 2026-03-01 02:30 UTC is still the last day of February in Los Angeles, where the example people are.
LATE_SECONDS = 1772332200
TOKENS = {
    "{date_num}": "2026-02-28",
    "{date_slash}": "02/28/2026",
    "{date}": "February 28th, 2026",
    "{date_short}": "Feb 28, 2026",
    "{date_long}": "Saturday, February 28th, 2026",
    "{date_long_full}": "February 28, 2026",
    "{date_pretty}": "February 28th, 2026",
    "{date_short_pretty}": "Feb 28, 2026",
    "{date_long_pretty}": "Saturday, February 28th, 2026",
    "{time}": "6:30 PM",
    "{time_secs}": "6:30:00 PM",
}


def mrkdwn(words: str) -> Block:
    return {"type": "mrkdwn", "text": words}


def section(words: str, **more: Any) -> Block:
    return {"type": "section", "text": mrkdwn(words), **more}


def option(words: str, detail: str = "") -> Block:
    described = {"description": plain(detail)} if detail else {}
    return {"text": plain(words), "value": words.lower(), **described}


OPTIONS = [option("Rest"), option("Cream", "twice a day"), option("Visit")]
COLOURS = [option(f"Colour {number}") for number in range(1, 13)]


def element(kind: str, **more: Any) -> Block:
    return {"type": kind, "action_id": kind, **more}


def run(kind: str, *pieces: Block, **more: Any) -> Block:
    return {"type": kind, "elements": list(pieces), **more}


def word(words: str, **style: bool) -> Block:
    return {"type": "text", "text": words, **({"style": style} if style else {})}


def items(style: str, indent: int, *words: str) -> Block:
    lines = [run("rich_text_section", word(each)) for each in words]
    return run("rich_text_list", *lines, style=style, indent=indent)


WORDS = [
    {"type": "header", "text": plain("A header")},
    section("*bold* _italic_ ~struck~ `code` <https://example.org|a link> <@U0ANA> <@U0BEN> <#C0CONSULT>"),
    section(
        "<!here> <!subteam^S0ONCALL|@on-call>\n&gt; quoted *bold*\n&gt; second line\nafter it ```pre\n  formatted```"
    ),
    section(
        "a*b*c 2 * 3 * 4 &lt;b&gt; snake_case_name", fields=[mrkdwn("*Left*\none"), mrkdwn("*Right*\ntwo")]
    ),
    {"type": "context", "elements": [plain("small print"), mrkdwn("*bold* print")]},
    {"type": "divider"},
    {
        "type": "image",
        "image_url": "https://example.org/x.png",
        "alt_text": "a chart",
        "title": plain("Chart"),
    },
]

RICH = {
    "type": "rich_text",
    "elements": [
        run(
            "rich_text_section",
            word("bold", bold=True),
            word(" italic", italic=True),
            word(" struck", strike=True),
            word(" code", code=True),
            {"type": "link", "url": "https://example.org/", "text": " link"},
            {"type": "user", "user_id": "U0ANA"},
            {"type": "usergroup", "usergroup_id": "S0ONCALL"},
            {"type": "channel", "channel_id": "C0CONSULT"},
            {"type": "broadcast", "range": "here"},
            {"type": "emoji", "name": "+1", "unicode": "2714"},
            {"type": "date", "timestamp": LATE_SECONDS, "format": "{date_num}", "fallback": "then"},
            word(" *not bold* <@U0BEN> <b>"),
        ),
        items("ordered", 0, "first"),
        items("bullet", 1, "inner"),
        {**items("ordered", 0, "second"), "offset": 1},
        run("rich_text_quote", word("quoted\nlines")),
        run("rich_text_preformatted", word("  preformatted")),
    ],
}

PRESSED = [
    {
        "type": "actions",
        "block_id": "presses",
        "elements": [
            element("button", text=plain("Plain")),
            {**element("button", text=plain("Go"), style="primary"), "action_id": "go"},
            {
                **element("button", text=plain("Withdraw"), style="danger"),
                "action_id": "withdraw",
                "confirm": {
                    "title": plain("Really?"),
                    "text": mrkdwn("It *cannot* be undone."),
                    "confirm": plain("Withdraw it"),
                    "deny": plain("Keep it"),
                    "style": "danger",
                },
            },
            element("static_select", placeholder=plain("More"), options=OPTIONS),
            element("overflow", options=OPTIONS[:2]),
            element("datepicker", initial_date="2026-11-24"),
            element("timepicker", initial_time="09:30"),
        ],
    },
    section("Beside it", accessory=element("users_select", placeholder=plain("Who?"))),
    section(
        "Beside that", accessory={"type": "image", "image_url": "https://example.org/y.png", "alt_text": "y"}
    ),
]


def asked(kind: str, label: str, optional: bool = True, hint: str = "", **more: Any) -> Block:
    hinted = {"hint": plain(hint)} if hint else {}
    return {
        "type": "input",
        "block_id": kind,
        "label": plain(label),
        "optional": optional,
        **hinted,
        "element": element(kind, **more),
    }


ALERTS = [
    {"type": "alert", "level": level, "text": mrkdwn(f"*{level}* alert")}
    for level in ("default", "info", "warning", "error", "success")
]

INPUTS = [
    asked(
        "plain_text_input",
        "Words",
        optional=False,
        multiline=True,
        min_length=3,
        max_length=20,
        hint="Few words.",
    ),
    asked("email_text_input", "Email"),
    asked("url_text_input", "Address"),
    asked("number_input", "Number", is_decimal_allowed=False, focus_on_load=True),
    asked("static_select", "Colour", options=COLOURS),
    asked("multi_static_select", "Colours", option_groups=[{"label": plain("All"), "options": COLOURS}]),
    asked("users_select", "Somebody"),
    asked("multi_users_select", "Several people"),
    asked("channels_select", "Channel"),
    asked("conversations_select", "Conversation"),
    asked("external_select", "Found by the app", min_query_length=1),
    asked("radio_buttons", "One of", options=OPTIONS),
    asked("checkboxes", "Any of", options=OPTIONS),
    asked("datepicker", "Day"),
    asked("timepicker", "Hour"),
    asked("datetimepicker", "Moment", initial_date_time=LATE_SECONDS),
]


def modal(*blocks: Block, title: str = "Gallery", **more: Any) -> Block:
    named = {"callback_id": "gallery", "title": plain(title), "submit": plain("Send")}
    return {"type": "modal", **named, **more, "blocks": list(blocks)}
