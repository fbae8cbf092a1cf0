"""Mail: letters reach a real server or a folder, and each failure says whether to try again."""

from __future__ import annotations

import email
import os
import socket
import ssl
import stat
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from consult_bot.case.words import Words
from consult_bot.notices.letter import Letter, render
from consult_bot.notices.mail import (
    FolderMail,
    MailDown,
    MailRefused,
    SesMail,
    SmtpMail,
    compose,
    mail_from_url,
)

SENDER = "Riverside Care <care@riverside.example>"
PATIENT = "canary@home.example"
LETTER = render(
    "guidance",
    practice_name="Riverside Care",
    practice_phone="+1 509 555 0142",
    number="C-1042",
    url="https://consult.riverside.example/p/abc",
)


def composed(
    to: str = PATIENT, letter: Letter = LETTER, delivery_id: str = "17", link: str = ""
) -> EmailMessage:
    return compose(letter, SENDER, Words(to), delivery_id, link)


class TestCompose:
    def test_it_makes_a_message_of_text_and_html(self):
        message = composed()
        assert message["Subject"] == "There is an answer for you (C-1042)"
        assert message["From"] == SENDER
        assert message["To"] == PATIENT
        assert message.get_body(("plain",)).get_content().replace("\r\n", "\n") == LETTER.text
        assert message.get_body(("html",)).get_content().strip().replace("\r\n", "\n") == LETTER.html.strip()

    def test_it_asks_answering_machines_to_keep_quiet(self):
        message = composed()
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["X-Auto-Response-Suppress"] == "All"
        assert "Reply-To" not in message

    def test_it_names_a_repeat_the_same(self):
        assert composed()["Message-ID"] == composed()["Message-ID"]
        assert composed()["Message-ID"].endswith("@riverside.example>")

    def test_it_names_other_letters_otherwise(self):
        elsewhere = Letter(LETTER.subject, LETTER.text.replace("/p/abc", "/p/xyz"), LETTER.html)
        names = {
            composed()["Message-ID"],
            composed(delivery_id="18")["Message-ID"],
            composed(letter=elsewhere)["Message-ID"],
            composed(link="https://consult.riverside.example/p/abc")["Message-ID"],
            composed(link="https://consult.riverside.example/p/xyz")["Message-ID"],
        }
        assert len(names) == 5

    def test_it_names_the_patient_nowhere_but_in_the_address(self):
        headers = [f"{name}: {value}" for name, value in composed().items() if name != "To"]
        assert not any("canary" in header for header in headers)

    @pytest.mark.parametrize(
        "address",
        [
            "canary@home.example\nBcc: all@home.example",
            "canary@home.example\r\nSubject: hello",
            "canary@home.example, other@home.example",
            "canary@home.example;other@home.example",
            "Canary <canary@home.example>",
            "canary@home.example\x00",
            "canary",
            "@home.example",
            "canary@",
            "canary@@home.example",
            "canary@home..example",
            "",
            "canary@" + "x" * 80 + ".example",
            "=?utf-8?q?canary=0D=0ABcc=3Aevil=40x.org=0D=0A?=@home.example",
            "=?utf-8?q?canary=40home.example=2C_evil?=@home.example",
            "canäry@home.example",
            "canary😀\u200d@home.example",
            "canary" + "x" * 60 + "@home.example",
        ],
    )
    def test_it_refuses_what_is_not_exactly_one_address(self, address):
        with pytest.raises(MailRefused) as caught:
            composed(to=address)
        assert caught.value.smtp_code is None
        assert "canary" not in str(caught.value)

    def test_it_writes_a_foreign_domain_as_the_network_does(self):
        assert composed(to="canary@höme.example")["To"] == "canary@xn--hme-sna.example"

    @pytest.mark.parametrize(
        "address",
        [
            "c'a{n}a=r?y@home.example",
            "c" * 64 + "@" + ".".join(["h" * 60] * 3) + ".org",
            "a+=3F=@home.example",
        ],
    )
    def test_it_writes_the_address_as_it_is_and_no_other_header(self, address):
        written = email.message_from_bytes(composed(to=address).as_bytes(), policy=policy.default)
        assert str(written["To"]) == address
        assert [one.addr_spec for one in written["To"].addresses] == [address]
        assert set(written.keys()) == set(composed().keys()) and "Bcc" not in written

    def test_it_trims_what_a_phone_s_keyboard_appends(self):
        assert composed(to=f" {PATIENT} ")["To"] == PATIENT


class TestFolder:
    def test_it_writes_a_letter_that_a_mail_program_can_read(self, tmp_path):
        message = composed()
        receipt = FolderMail(tmp_path / "mail").send(message)
        (file,) = (tmp_path / "mail").iterdir()
        read = email.message_from_bytes(file.read_bytes(), policy=policy.default)
        assert receipt == message["Message-ID"] == read["Message-ID"]
        assert read["To"] == PATIENT
        assert "https://consult.riverside.example/p/abc" in read.get_body(("plain",)).get_content()

    def test_it_sorts_letters_by_time_and_keeps_repeats(self, tmp_path):
        mail = FolderMail(tmp_path)
        for delivery_id in ("3", "1", "2", "2"):
            mail.send(composed(delivery_id=delivery_id))
        names = [
            email.message_from_bytes(file.read_bytes())["Message-ID"]
            for file in sorted(tmp_path.glob("*.eml"))
        ]
        assert [name[:3] for name in names] == ["<3.", "<1.", "<2.", "<2."]

    def test_it_lets_nobody_else_read_them_and_leaves_no_draft(self, tmp_path):
        FolderMail(tmp_path / "mail").send(composed())
        (file,) = (tmp_path / "mail").iterdir()
        assert file.suffix == ".eml"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE((tmp_path / "mail").stat().st_mode) == 0o700

    def test_it_syncs_the_letter_before_it_shows_it(self, tmp_path, monkeypatch):
        seen: list[list[str]] = []
        real = os.fsync

        def note(descriptor: int) -> None:
            seen.append([path.suffix for path in tmp_path.iterdir()])
            real(descriptor)

        monkeypatch.setattr(os, "fsync", note)
        FolderMail(tmp_path).send(composed())
        assert seen[0] == [".draft"]

    def test_it_is_down_where_the_folder_cannot_be_written(self, tmp_path):
        (tmp_path / "mail").write_text("a file, not a folder")
        with pytest.raises(MailDown) as caught:
            FolderMail(tmp_path / "mail").send(composed())
        assert str(tmp_path) not in str(caught.value)
        assert not caught.value.maybe_sent


class Postman:
    """What the server does at each step: unless told otherwise, it takes everything."""

    def __init__(self) -> None:
        self.answers: dict[str, str] = {}
        self.taken: list[Envelope] = []
        self.greeted: list[str] = []
        self.logins: list[bool] = []
        self.hang_up_after_data = False

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, name: str, answers: list[str]
    ) -> Any:
        session.host_name = name
        self.greeted.append(name)
        return answers

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        envelope.mail_from = address
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.answers.get("RCPT", "250 OK")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if "DATA" in self.answers:
            return self.answers["DATA"]
        self.taken.append(envelope)
        if self.hang_up_after_data:
            server.transport.abort()
        return "250 taken"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: LoginPassword
    ) -> AuthResult:
        self.logins.append((given.login, given.password) == (b"us@er", b"canary/word"))
        return AuthResult(success=self.logins[-1], handled=False)


@pytest.fixture
def postman() -> Postman:
    return Postman()


Server = Callable[..., str]


@pytest.fixture
def server(postman: Postman) -> Iterator[Server]:
    """Start a real SMTP server; give its host and port."""
    running: list[Controller] = []

    def start(**options: Any) -> str:
        controller = Controller(postman, hostname="127.0.0.1", port=free_port(), **options)
        controller.start()
        running.append(controller)
        return f"127.0.0.1:{controller.port}"

    yield start
    for controller in running:
        controller.stop()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


def refused_by(mail: Any, kind: type[Exception]) -> Any:
    with pytest.raises(kind) as caught:
        mail.send(composed())
    assert "canary" not in f"{caught.value} {caught.value!r} {caught.value.__cause__}"
    assert caught.value.__suppress_context__
    return caught.value


class TestServer:
    def test_it_hands_a_letter_over(self, postman, server):
        message = composed()
        receipt = mail_from_url(f"smtp://{server()}").send(message)
        (envelope,) = postman.taken
        assert receipt == message["Message-ID"]
        assert (envelope.mail_from, envelope.rcpt_tos) == ("care@riverside.example", [PATIENT])
        read = email.message_from_bytes(envelope.content, policy=policy.default)
        assert read["Subject"] == "There is an answer for you (C-1042)"
        assert "https://consult.riverside.example/p/abc" in read.get_body(("plain",)).get_content()

    def test_it_greets_with_the_practice_s_domain_and_not_the_machine_s_name(self, postman, server):
        mail_from_url(f"smtp://{server()}").send(composed())
        assert postman.greeted == ["riverside.example"]

    def test_it_logs_in_with_what_the_setting_says(self, postman, server):
        place = server(authenticator=postman.authenticate, auth_require_tls=False)
        mail_from_url(f"smtp://us%40er:canary%2Fword@{place}").send(composed())
        assert (postman.logins, len(postman.taken)) == ([True], 1)

    def test_it_is_down_when_the_password_is_wrong(self, postman, server):
        place = server(authenticator=postman.authenticate, auth_require_tls=False)
        error = refused_by(mail_from_url(f"smtp://us%40er:canary@{place}"), MailDown)
        assert (error.smtp_code, error.maybe_sent) == (535, False)

    def test_it_is_down_rather_than_unencrypted_where_starttls_was_asked_for(self, postman, server):
        error = refused_by(mail_from_url(f"smtp://{server()}?starttls"), MailDown)
        assert not error.maybe_sent
        assert postman.taken == []

    def test_it_is_down_where_the_server_does_not_speak_tls(self, server):
        assert not refused_by(mail_from_url(f"smtps://{server()}"), MailDown).maybe_sent

    def test_it_is_down_where_nobody_listens(self):
        error = refused_by(mail_from_url(f"smtp://127.0.0.1:{free_port()}"), MailDown)
        assert (error.smtp_code, error.maybe_sent) == (None, False)
        assert "ConnectionRefusedError" in str(error)

    @pytest.mark.parametrize("step", ["RCPT", "DATA"])
    def test_it_is_down_when_asked_to_try_again_later(self, postman, server, step):
        postman.answers[step] = f"451 {PATIENT} is greylisted"
        error = refused_by(mail_from_url(f"smtp://{server()}"), MailDown)
        assert (error.smtp_code, error.maybe_sent) == (451, False)
        assert "451" in str(error)

    @pytest.mark.parametrize(("step", "code"), [("RCPT", 550), ("DATA", 554)])
    def test_it_is_refused_for_good_with_the_code_and_not_the_address(self, postman, server, step, code):
        postman.answers[step] = f"{code} no such user {PATIENT}"
        error = refused_by(mail_from_url(f"smtp://{server()}"), MailRefused)
        assert error.smtp_code == code
        assert str(code) in str(error)
        assert postman.taken == []

    def test_it_does_not_blame_the_patient_for_a_sender_that_is_refused(self, postman, server):
        postman.answers["MAIL"] = "550 not your domain"
        assert refused_by(mail_from_url(f"smtp://{server()}"), MailDown).smtp_code == 550

    def test_it_says_that_the_letter_may_be_there_when_the_answer_is_lost(self, postman, server):
        postman.hang_up_after_data = True
        error = refused_by(mail_from_url(f"smtp://{server()}"), MailDown)
        assert error.maybe_sent
        assert len(postman.taken) == 1

    def test_it_counts_a_letter_as_sent_when_only_the_goodbye_fails(self):
        with RudeServer() as port:
            assert mail_from_url(f"smtp://127.0.0.1:{port}").send(composed()) == composed()["Message-ID"]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that signs itself, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail.example")])
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "mail.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(secret + signed.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


class TestEncryption:
    def test_it_turns_encryption_on_before_it_says_anything(
        self, postman, server, tls, certificate, monkeypatch
    ):
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        mail_from_url(f"smtp://{server(tls_context=tls, require_starttls=True)}?starttls").send(composed())
        assert len(postman.taken) == 1

    def test_it_speaks_tls_from_the_first_byte(self, postman, certificate, tls, monkeypatch):
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        controller = Controller(postman, hostname="127.0.0.1", port=free_port(), ssl_context=tls)
        controller.start()
        try:
            mail_from_url(f"smtps://127.0.0.1:{controller.port}").send(composed())
        finally:
            controller.stop()
        assert len(postman.taken) == 1

    def test_it_is_down_rather_than_trust_a_stranger_s_certificate(self, postman, server, tls):
        place = server(tls_context=tls, require_starttls=True)
        assert "SSLCertVerificationError" in str(
            refused_by(mail_from_url(f"smtp://{place}?starttls"), MailDown)
        )
        assert postman.taken == []


class RudeServer:
    """A server that takes a letter and answers the goodbye with an error."""

    ANSWERS = (b"250 hello", b"250 OK", b"250 OK", b"354 go on", b"250 taken", b"500 what?")

    def __enter__(self) -> int:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return self._listening.getsockname()[1]

    def _serve(self) -> None:
        connection, _ = self._listening.accept()
        with connection, connection.makefile("rwb") as lines:
            self._say(lines, b"220 rude")
            for answer in self.ANSWERS:
                line = lines.readline()
                while answer == b"250 taken" and line != b".\r\n":
                    line = lines.readline()
                self._say(lines, answer)

    @staticmethod
    def _say(lines: Any, answer: bytes) -> None:
        lines.write(answer + b"\r\n")
        lines.flush()

    def __exit__(self, *raised: object) -> None:
        self._thread.join(10)
        self._listening.close()


class TestFromUrl:
    @pytest.mark.parametrize(
        ("url", "kind"),
        [
            ("file:var/mail", FolderMail),
            ("file:///var/mail", FolderMail),
            ("smtp://127.0.0.1:25", SmtpMail),
            ("smtps://u:p@mail.example", SmtpMail),
            ("ses://us-west-2", SesMail),
        ],
    )
    def test_it_finds_the_mail_of_a_setting(self, url, kind):
        assert isinstance(mail_from_url(url), kind)

    @pytest.mark.parametrize("url", ["", "smtp:", "ses:", "http://canary.example"])
    def test_it_knows_no_other(self, url):
        with pytest.raises(ValueError, match="MAIL must start with") as caught:
            mail_from_url(url)
        assert "canary" not in str(caught.value)

    def test_it_writes_where_the_setting_says(self, tmp_path: Path):
        mail_from_url(f"file:{tmp_path}/box").send(composed())
        assert len(list((tmp_path / "box").glob("*.eml"))) == 1
