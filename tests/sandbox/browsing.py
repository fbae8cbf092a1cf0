"""What the tests of the browser page share: how Chromium starts, and a card to draw."""

CHANNEL = "C0CONSULT"
HOSTILE = "<img src=x onerror=\"document.title='broken'\"> <!channel> *not bold*"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def plain(text):
    return {"type": "plain_text", "text": text}


def card(owner="nobody"):
    quote = {"type": "rich_text_quote", "elements": [{"type": "text", "text": HOSTILE}]}
    claim = {"type": "button", "action_id": "verb:claim", "text": plain("Claim"), "value": "C-1042"}
    ask = {"type": "button", "action_id": "verb:ask", "text": plain("Ask"), "value": "C-1042"}
    return [
        {"type": "header", "text": plain("C-1042 · new")},
        {"type": "section", "text": {"type": "mrkdwn", "text": f"*Owner:* {owner} &lt;b&gt;"}},
        {"type": "rich_text", "elements": [quote]},
        {"type": "actions", "block_id": "queue/C-1042/1", "elements": [claim, ask]},
    ]


def window(page, number=1):
    return page.locator(f"#window-{number}")
