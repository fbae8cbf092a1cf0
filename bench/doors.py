"""What knocks at the doors: signed slash commands, and the general form filled in as a browser sends it."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable
from urllib.parse import urlencode

from slack_sdk.signature import SignatureVerifier

from bench.load import Connection, http_request
from bench.servers import CLINICIAN, SIGNED_WITH
from consult_bot.case.model import spoken
from consult_bot.intake.form_token import FormTokens
from storage.keys import Keys
from tests.builders import ANSWERS

FORM = "general"
INTAKE = f"/intake/{FORM}"
BOUNDARY = "----bench-boundary-7d93a1c04e"
_SIGNER = SignatureVerifier(SIGNED_WITH)
_triggers = itertools.count(1)


def claim(number: int, trigger_id: str | None = None) -> bytes:
    """Return `/consult claim C-n` as Slack sends it, signed now."""
    body = urlencode(
        {
            "token": "made-up",
            "team_id": "T0BENCH",
            "team_domain": "bench",
            "channel_id": "C0CONSULT",
            "channel_name": "consults",
            "user_id": CLINICIAN,
            "user_name": "ana",
            "command": "/consult",
            "text": f"claim {spoken(number)}",
            "api_app_id": "A0BENCH",
            "is_enterprise_install": "false",
            "response_url": "http://127.0.0.1:9/commands/1",
            "trigger_id": trigger_id or f"bench.{next(_triggers)}",
        }
    )
    stamp = str(int(time.time()))
    return http_request(
        "POST",
        "/slack/events",
        body.encode(),
        Content_Type="application/x-www-form-urlencoded",
        X_Slack_Request_Timestamp=stamp,
        X_Slack_Signature=_SIGNER.generate_signature(timestamp=stamp, body=body) or "",
    )


def claims(numbers: Iterable[int]) -> list[bytes]:
    """Return one claim of each case."""
    return [claim(number) for number in numbers]


class FilledForm:
    """The general form, filled in by a made-up parent. Each request counts as another form that was handed out."""

    def __init__(self, port: int, keys: Keys) -> None:
        """Read the page once, as a browser does. Raises ValueError where it has no hidden `_form`."""
        status, page = Connection(port).ask(http_request("GET", INTAKE))
        if status != 200 or b'name="_form"' not in page:
            raise ValueError(f"{INTAKE} shows no form: {status}")
        self._tokens = FormTokens(keys)

    def request(self) -> tuple[bytes, str]:
        """Return a request that makes a case, and the nonce in it."""
        token, nonce = self._tokens.fresh(FORM)
        body = _multipart({"_form": token, **ANSWERS, "consent": "true"})
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        return http_request("POST", INTAKE, body, Content_Type=kind), nonce

    def requests(self, count: int) -> list[bytes]:
        """Return so many."""
        return [self.request()[0] for _ in range(count)]


def _multipart(inputs: dict[str, str]) -> bytes:
    parts = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in inputs.items()
    )
    return ("".join(parts) + f"--{BOUNDARY}--\r\n").encode()
