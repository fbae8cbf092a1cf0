"""An AWS that a town's processes reach by way of us: moto's answers, unless the test has a service fail."""

from __future__ import annotations

import json
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import boto3
from moto.core import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

from tests.aws import ENVIRONMENT, Aws

MAIL_REGION = "us-east-1"
SENDER_DOMAIN = "prairie-telehealth.example"
OUTBOUND = "/v2/email/outbound-emails"
OF_THIS_HOP = frozenset({"connection", "transfer-encoding", "content-length"})
SCOPE = re.compile(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request")
"""Every signed request names its service."""


class Trouble(Enum):
    """How a service fails."""

    ANSWERS_503 = "answers 503"
    HANGS_UP = "hangs up without having done anything"
    LOSES_REPLY = "does it, and the answer is lost"


class Amazon:
    """A door before moto. What SES takes lies in `mailbox` as files from then on, as if it had been delivered.

    `met` counts the calls that a trouble has met, by (service, trouble). Safe to share between threads.
    """

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.mailbox: Path | None = None
        self.met: Counter[tuple[str, Trouble]] = Counter()
        self._moto = urlsplit(aws.url).netloc
        self._ails: dict[str, Trouble] = {}
        self._answered_at: dict[str, float] = {}
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="amazon", daemon=True)
        self._thread.start()
        boto3.client("sesv2", region_name=MAIL_REGION).create_email_identity(EmailIdentity=SENDER_DOMAIN)

    def settings(self) -> dict[str, str]:
        """What a town is given so that its photos, keys and letters are here."""
        return {
            **ENVIRONMENT,
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self._server.server_port}",
            "ATTACHMENTS": self.aws.files,
            "KEYS": self.aws.keys,
            "MAIL": f"ses://{MAIL_REGION}",
        }

    @contextmanager
    def failing(self, service: str, trouble: Trouble) -> Iterator[None]:
        """Let a service (`s3`, `kms` or `ses`) fail for a while."""
        self._ails[service] = trouble
        try:
            yield
        finally:
            del self._ails[service]

    def silent_for(self, service: str) -> float:
        """Return for how many seconds nobody has had an answer of this service."""
        return time.monotonic() - self._answered_at.get(service, 0.0)

    def answer(self, asked: Asked) -> Answer | None:
        """Return what is answered, None to hang up."""
        trouble = self._ails.get(asked.service)
        answer = None if trouble in (Trouble.ANSWERS_503, Trouble.HANGS_UP) else self._done(asked)
        if trouble is None:
            self._answered_at[asked.service] = time.monotonic()
            return answer
        with self._lock:
            self.met[asked.service, trouble] += 1
        return _unavailable(asked.service) if trouble is Trouble.ANSWERS_503 else None

    def _done(self, asked: Asked) -> Answer:
        moto = HTTPConnection(self._moto, timeout=30)
        try:
            moto.request(asked.method, asked.path, asked.body, asked.headers)
            response = moto.getresponse()
            answer = Answer(response.status, dict(response.getheaders()), response.read())
        finally:
            moto.close()
        if (asked.service, asked.path, answer.status) == ("ses", OUTBOUND, 200):
            self._deliver(json.loads(answer.body)["MessageId"])
        return answer

    def _deliver(self, receipt: str) -> None:
        """Put a letter into the mailbox. SES writes its id in place of our Message-ID; here ours stays beside it, by
        which repeats can be told."""
        assert self.mailbox, "nobody has said where letters go"
        taken = ses_backends[DEFAULT_ACCOUNT_ID][MAIL_REGION].sent_messages
        (raw,) = [message.raw_data for message in list(taken) if message.id == receipt]
        draft = self.mailbox / f".{receipt}.draft"
        draft.write_bytes(f"X-Receipt: {receipt}\r\n{raw}".encode())
        draft.rename(self.mailbox / f"{time.time_ns():020d}-{receipt}.eml")

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


class Asked:
    """One call of a process of ours."""

    def __init__(self, handler: BaseHTTPRequestHandler) -> None:
        self.method = handler.command
        self.path = handler.path
        self.body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        named = {name: value for name, value in handler.headers.items() if name.lower() != "expect"}
        self.headers = {**named, "Connection": "close"}
        scope = SCOPE.search(handler.headers.get("Authorization", ""))
        self.service = scope.group(1) if scope else ""


class Answer:
    """What AWS answers."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status = status
        self.headers = {name: value for name, value in headers.items() if name.lower() not in OF_THIS_HOP}
        self.length = next((v for n, v in headers.items() if n.lower() == "content-length"), str(len(body)))
        self.body = body


def _unavailable(service: str) -> Answer:
    """As each of them says that it cannot now, or that we ask too much."""
    if service == "s3":
        body = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
        return Answer(503, {"Content-Type": "application/xml"}, body)
    code = {"x-amzn-errortype": "ServiceUnavailable", "Content-Type": "application/x-amz-json-1.1"}
    return Answer(503, code, b'{"__type": "ServiceUnavailable"}')


def _handler(amazon: Amazon) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # boto3 wants to be told to go on before it sends a file

        def do_POST(self) -> None:
            answer = amazon.answer(Asked(self))
            if answer is None:
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in {**answer.headers, "Content-Length": answer.length}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)

        do_GET = do_PUT = do_DELETE = do_HEAD = do_POST

        def log_message(self, *args: object) -> None:
            return

    return Handler
