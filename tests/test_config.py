"""Settings: everything that is missing or wrong is named at once, and no secret is ever shown."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dotenv import dotenv_values

from consult_bot.config import NAMES, BadSettings, load_settings, load_storage_settings

ROOT = Path(__file__).parent.parent

NEEDED = {
    "SLACK_BOT_TOKEN": "xoxb-canary-token",
    "SLACK_SIGNING_SECRET": "canarysigningsecret",
    "SLACK_CHANNEL": "C012AB3CD",
    "PRACTICE_NAME": "Riverside Care",
    "PRACTICE_PHONE": "+1 509 555 0142",
    "PRACTICE_ZONE": "America/Los_Angeles",
    "PUBLIC_URL": "https://consult.riverside.example",
    "MAIL_FROM": "Riverside Care <care@riverside.example>",
}

KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"

DESIGNED = """
    SLACK_BOT_TOKEN SLACK_SIGNING_SECRET SLACK_APP_TOKEN SLACK_API_URL SLACK_CHANNEL ROSTER LEADS
    PRACTICE_NAME PRACTICE_PHONE PRACTICE_ZONE PRACTICE_HOURS TARGET_HOURS URGENT_MINUTES REOPEN_DAYS ONCALL
    DATABASE_URL ATTACHMENTS MAIL MAIL_FROM KEYS FORMS PUBLIC_URL PORT UNDO_SECONDS CLAIM_LEASE_MINUTES
    INTAKE_API_KEY POLICY_UNCLEAR PHI_IN_SLACK
    ADMIN_EMAIL
"""
"""The design's list, and below it what came later."""

OF_COMPOSE = {"DATABASE_PASSWORD"}
"""What only deploy/compose.yaml reads: the app is told by DATABASE_URL."""


def loaded(**written: str):
    return load_settings({**NEEDED, **written}, env_file=None)


def refusal(env_file: Path | None = None, **written: str) -> BadSettings:
    with pytest.raises(BadSettings) as caught:
        load_settings({**NEEDED, **written}, env_file)
    return caught.value


def test_it_knows_the_settings_of_the_design_and_no_other():
    assert sorted(NAMES) == sorted(DESIGNED.split())


def test_it_works_with_what_is_needed_and_defaults_for_the_rest():
    settings = loaded()
    assert settings.slack_bot_token.reveal() == "xoxb-canary-token"
    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.database_url == "sqlite:///var/consult.db"
    assert (settings.attachments, settings.keys) == (Path("var/attachments"), Path("var/keys"))
    assert settings.mail == "file:var/mail"
    assert (settings.port, settings.undo_seconds, settings.claim_lease_minutes) == (8000, 30, 120)
    assert (settings.target_hours, settings.urgent_minutes, settings.reopen_days) == (24, 30, 30)
    assert (settings.policy_unclear, settings.phi_in_slack) == ("warn", "full")
    assert (settings.roster, settings.leads, settings.forms, settings.oncall) == (None, (), None, None)
    assert (settings.slack_app_token, settings.intake_api_key) == (None, None)


def test_it_cannot_be_changed_afterwards():
    with pytest.raises(dataclasses.FrozenInstanceError):
        loaded().port = 1


def test_it_names_every_missing_setting_at_once_with_where_to_get_it():
    with pytest.raises(BadSettings) as caught:
        load_settings({}, env_file=None)
    assert {fault.name for fault in caught.value.faults} == set(NEEDED)
    message = str(caught.value)
    assert message.startswith("8 settings are missing or wrong")
    assert "SLACK_BOT_TOKEN is missing." in message
    assert (
        "api.slack.com/apps, your app, OAuth & Permissions, Bot User OAuth Token; starts with xoxb-"
        in message
    )
    assert "Basic Information, App Credentials, Signing Secret" in message
    assert all(fault.where in message for fault in caught.value.faults)


def test_it_names_missing_and_wrong_ones_together():
    error = refusal(SLACK_CHANNEL="", PORT="eighty", PRACTICE_ZONE="Pacific", MAIL="pigeon:loft")
    assert {fault.name for fault in error.faults} == {"SLACK_CHANNEL", "PORT", "PRACTICE_ZONE", "MAIL"}


def test_it_counts_an_empty_value_as_unset():
    assert loaded(PORT="", LEADS=" ", SLACK_APP_TOKEN="").port == 8000


@pytest.mark.parametrize(
    ("name", "written", "advice"),
    [
        ("SLACK_BOT_TOKEN", "xoxp-123", "must start with xoxb-"),
        ("SLACK_SIGNING_SECRET", "xoxb-123", "it is not one of the tokens"),
        ("SLACK_APP_TOKEN", "xoxb-123", "must start with xapp-"),
        ("SLACK_API_URL", "http://slack.example/api/", "must start with https://"),
        ("SLACK_CHANNEL", "#consults", "must be a channel's id such as C012AB3CD, not its name"),
        ("LEADS", "@ana", "must be member ids separated by commas"),
        ("PRACTICE_NAME", "Riverside\nBcc: x@y.example", "must be one line"),
        ("PRACTICE_PHONE", "call us", "must be a telephone number"),
        ("PRACTICE_ZONE", "Pacific", "such as America/New_York"),
        ("PRACTICE_ZONE", "../../etc/passwd", "must be a time zone's name"),
        ("PRACTICE_HOURS", "Mon-Fri 8-18", 'Write them like "Mon-Fri 08:00-18:00'),
        ("TARGET_HOURS", "0", "must be a whole number from 1 to 720"),
        ("URGENT_MINUTES", "half an hour", "must be a whole number from 1 to 1440"),
        ("REOPEN_DAYS", "-1", "must be a whole number from 0 to 365"),
        ("UNDO_SECONDS", "1.5", "must be a whole number from 0 to 600"),
        ("CLAIM_LEASE_MINUTES", "٣", "must be a whole number from 1 to 10080"),
        ("PORT", "65535", "must be a whole number from 1 to 65534"),
        ("DATABASE_URL", "postgresql://u:p@db/consult", "postgresql+psycopg://"),
        ("DATABASE_URL", "sqlite:///:memory:", "must be sqlite:///<file>"),
        ("DATABASE_URL", "postgresql+psycopg://u:p@db:port/consult", "its port must be a number"),
        ("ATTACHMENTS", "var/attachments", "must be file: and a folder, such as file:var/attachments"),
        ("KEYS", "file:", "must be file: and a folder, such as file:var/keys"),
        ("MAIL", "smtp://", "must be file:<folder>, smtp://host:port"),
        ("MAIL", "smtp://mail.example?tls", "must be file:<folder>, smtp://host:port"),
        ("MAIL", "smtp://u:p@mail.example:587", "would send the password unencrypted; add ?starttls"),
        ("MAIL", "ses://", "must be ses:// and a region of AWS, such as ses://us-west-2"),
        ("MAIL", "ses:us-west-2", "must be ses:// and a region"),
        ("MAIL", "ses://oregon", "must be ses:// and a region"),
        ("MAIL", "ses://user:canary@us-west-2", "must be ses:// and a region"),
        ("MAIL", "ses://us-west-2/canary", "must be ses:// and a region"),
        ("MAIL", "ses://us-west-2?queue=canary", "knows only configuration_set= and feedback="),
        ("MAIL", "ses://us-west-2?feedback=a&feedback=b", "each once"),
        ("MAIL", "ses://us-west-2?configuration_set=", "names a configuration_set that can be none"),
        ("MAIL", "ses://us-west-2?configuration_set=a/b", "names a configuration_set that can be none"),
        ("MAIL", "ses://us-west-2?feedback=", "must name an SQS queue as feedback"),
        ("MAIL", "ses://us-west-2?feedback=http://sqs.example/1/queue", "must name an SQS queue as feedback"),
        ("MAIL", "ses://us-west-2?feedback=https://sqs.example", "must name an SQS queue as feedback"),
        ("MAIL_FROM", "Riverside Care", "must be an address"),
        ("MAIL_FROM", "care@riverside.example, other@riverside.example", "must be an address"),
        ("FORMS", "/nowhere/at/all", "must be a folder that exists"),
        ("PUBLIC_URL", "http://consult.riverside.example", "must start with https://"),
        ("PUBLIC_URL", "http://127.0.0.1.evil.example", "must start with https://"),
        ("PUBLIC_URL", "https://riverside.example/consult", "must be an address without a path"),
        ("PUBLIC_URL", "consult.riverside.example", "must be an address such as https://"),
        ("POLICY_UNCLEAR", "ignore", "must be one of: warn"),
        ("PHI_IN_SLACK", "some", "must be one of: full"),
        ("ROSTER", "/nowhere/roster.csv", "must be the path of a readable CSV file"),
    ],
)
def test_it_says_what_to_write_instead(name, written, advice):
    error = refusal(**{name: written})
    (fault,) = error.faults
    assert fault.name == name
    assert advice in fault.problem
    assert fault.where in str(error)


@pytest.mark.parametrize(
    ("name", "written", "named"),
    [
        ("PHI_IN_SLACK", "messages", "= messages is not built yet"),
        ("PHI_IN_SLACK", "none", "= none is not built yet"),
        ("POLICY_UNCLEAR", "hold", "= hold is not built yet; this version has only: warn"),
        ("INTAKE_API_KEY", "canarykey", "is not built yet: leave INTAKE_API_KEY empty"),
    ],
)
def test_it_refuses_by_name_what_is_not_built_yet(name, written, named):
    (fault,) = refusal(**{name: written}).faults
    assert (fault.name, named in fault.problem) == (name, True)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("PUBLIC_URL", "http://127.0.0.1:8000"),
        ("PUBLIC_URL", "http://localhost:8000"),
        ("PUBLIC_URL", "http://[::1]:8000"),
        ("SLACK_API_URL", "http://127.0.0.1:8001/api/"),
        ("DATABASE_URL", "sqlite:////srv/consult.db"),
        ("DATABASE_URL", "postgresql+psycopg://u:p@db:5432/consult"),
        ("DATABASE_URL", "postgresql+psycopg://u@/consult?host=/run/postgresql"),
        ("MAIL", "smtp://127.0.0.1:1025"),
        ("MAIL", "smtp://u:p%40@mail.example:587?starttls"),
        ("MAIL", "smtps://u:p@mail.example"),
        ("MAIL", "ses://us-west-2"),
        ("MAIL", "ses://us-gov-west-1?configuration_set=care"),
        ("MAIL", "ses://eu-central-1?configuration_set=care&feedback=letters-feedback"),
        ("MAIL", "ses://us-west-2?feedback=https://sqs.us-west-2.amazonaws.com/123456789012/feedback"),
        ("MAIL", "ses://us-west-2?feedback=http://127.0.0.1:5000/123456789012/feedback"),
        ("MAIL_FROM", "care@riverside.example"),
        ("PRACTICE_HOURS", "always"),
        ("PRACTICE_PHONE", "(509) 555-0142 ext. 7"),
        ("UNDO_SECONDS", "0"),
    ],
)
def test_it_takes(name, written):
    kept = getattr(loaded(**{name: written}), name.lower())
    assert str(kept) == written


def test_it_takes_addresses_with_or_without_a_slash_at_the_end():
    settings = loaded(
        PUBLIC_URL="https://consult.riverside.example/", SLACK_API_URL="https://slack.example/api"
    )
    assert settings.public_url == "https://consult.riverside.example"
    assert settings.slack_api_url == "https://slack.example/api/"


@pytest.mark.parametrize(
    ("written", "folder"),
    [("file:var/keys", "var/keys"), ("file:/srv/keys", "/srv/keys"), ("file:///srv/keys", "/srv/keys")],
)
def test_it_reads_folders(written, folder):
    assert loaded(KEYS=written).keys == Path(folder)


def test_it_reads_leads():
    assert loaded(LEADS="U012AB3CD, W045EF6GH,").leads == ("U012AB3CD", "W045EF6GH")


def test_it_reads_the_roster(tmp_path):
    file = tmp_path / "roster.csv"
    file.write_text(
        "\ufeffslack_id,name,credentials,role,states,queues\nU1AA,Ana Ruiz,MD,lead,WA;OR,\n", encoding="utf-8"
    )
    (ana,) = loaded(ROSTER=str(file)).roster
    assert (ana.id, ana.states, ana.is_lead) == ("U1AA", ("WA", "OR"), True)


def test_it_names_the_faulty_lines_of_the_roster_among_the_other_faults(tmp_path):
    file = tmp_path / "roster.csv"
    file.write_text(
        "slack_id,name,credentials,role,states,queues\nana,Ana,,,,\nU2BB,,,,,\n", encoding="utf-8"
    )
    error = refusal(ROSTER=str(file), PORT="no")
    assert [fault.name for fault in error.faults] == ["ROSTER", "PORT"]
    assert "Line 2: slack_id must be a member id" in str(error)
    assert "Line 3: name is empty" in str(error)


def test_it_refuses_a_roster_that_is_no_text(tmp_path):
    file = tmp_path / "roster.xlsx"
    file.write_bytes(b"PK\x03\x04\xff\xfe\x00")
    (fault,) = refusal(ROSTER=str(file)).faults
    assert "must be the path of a readable CSV file in UTF-8" in fault.problem


SECRETS = {
    "SLACK_BOT_TOKEN": "canary-token with space",
    "SLACK_SIGNING_SECRET": "xoxb-canary-in-the-wrong-place",
    "SLACK_APP_TOKEN": "xapp-canary token",
    "INTAKE_API_KEY": "canary key",
    "ONCALL": "http://hooks.example/canary",
    "DATABASE_URL": "mysql://user:canary@db/consult",
    "MAIL": "smtp://user:canary@mail.example:587",
    "SLACK_CHANNEL": "xoxb-canary",
    "PUBLIC_URL": "https://user:canary@host.example",
    "PORT": "xoxb-canary",
    "PRACTICE_ZONE": "xoxb-canary",
    "KEYS": "canary",
}


@pytest.mark.parametrize(("name", "written"), SECRETS.items())
def test_it_never_shows_a_value_that_may_be_a_secret(name, written):
    error = refusal(**{name: written})
    assert name in str(error)
    assert "canary" not in str(error) + repr(error) + repr(error.faults)


def test_it_needs_no_signing_secret_where_slack_comes_by_a_socket():
    settings = loaded(SLACK_APP_TOKEN="xapp-1-canary", SLACK_SIGNING_SECRET="")
    assert settings.slack_signing_secret is None
    assert settings.slack_app_token.reveal() == "xapp-1-canary"
    (fault,) = refusal(SLACK_SIGNING_SECRET="").faults
    assert (fault.name, fault.problem) == ("SLACK_SIGNING_SECRET", "is missing")
    assert loaded(SLACK_APP_TOKEN="xapp-1-canary").slack_signing_secret is not None


def test_it_does_not_print_secrets_when_it_is_printed():
    settings = loaded(
        SLACK_APP_TOKEN="xapp-1-canary",
        MAIL="smtps://u:canary@mail.example",
        DATABASE_URL="postgresql+psycopg://u:canary@db/consult",
    )
    assert "canary" not in repr(settings) + str(settings)
    assert "Riverside Care" in repr(settings)


def test_it_reads_the_file_and_lets_the_environment_go_before_it(tmp_path):
    file = tmp_path / ".env"
    file.write_text("".join(f"{name}='{value}'\n" for name, value in NEEDED.items()) + "PORT=9000\n")
    assert load_settings({}, file).port == 9000
    assert load_settings({"PORT": "9001"}, file).port == 9001


def test_it_reads_the_process_environment_unless_told_otherwise(monkeypatch, tmp_path):
    for name, value in NEEDED.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PORT", "9002")
    monkeypatch.chdir(tmp_path)
    assert load_settings().port == 9002


def test_it_leaves_dollar_signs_in_the_file_alone(tmp_path):
    file = tmp_path / ".env"
    file.write_text("SLACK_SIGNING_SECRET=a${HOME}b\n")
    needed = {name: value for name, value in NEEDED.items() if name != "SLACK_SIGNING_SECRET"}
    assert load_settings(needed, file).slack_signing_secret.reveal() == "a${HOME}b"


def test_it_suggests_the_name_that_was_meant(tmp_path):
    file = tmp_path / ".env"
    file.write_text("SLACK_BOT_TOKN=xoxb-canary\nmail_from=a@b.example\nAWS_REGION=us-west-2\nHOMEPAGE=x\n")
    error = refusal(file)
    assert [(fault.name, fault.where) for fault in error.faults] == [
        ("SLACK_BOT_TOKN", "did you mean SLACK_BOT_TOKEN?"),
        ("mail_from", "did you mean MAIL_FROM?"),
    ]
    assert "canary" not in str(error)


def test_it_names_the_lines_of_the_file_that_mean_nothing(tmp_path):
    file = tmp_path / ".env"
    file.write_text('PORT=9000\nPRACTICE_PHONE="canary\nLEADS\n')
    assert [fault.name for fault in refusal(file).faults] == [".env line 2", ".env line 3"]
    assert "canary" not in str(refusal(file))


def test_it_says_so_when_the_file_cannot_be_read(tmp_path):
    file = tmp_path / ".env"
    file.write_bytes(b"PORT=9000\nPRACTICE_NAME=\xff\xfe\n")
    (fault,) = refusal(file).faults
    assert (fault.name, fault.problem) == (".env", "cannot be read")


def test_it_makes_the_practice():
    settings = loaded(PRACTICE_HOURS="Mon-Fri 08:00-18:00", TARGET_HOURS="12", UNDO_SECONDS="0")
    practice = settings.practice()
    assert (practice.name, practice.phone) == ("Riverside Care", "+1 509 555 0142")
    assert (practice.zone, practice.channel) == ("America/Los_Angeles", "C012AB3CD")
    assert (practice.target, practice.urgent_target) == (timedelta(hours=12), timedelta(minutes=30))
    assert (practice.undo, practice.claim_lease) == (timedelta(0), timedelta(hours=2))
    assert practice.reopen_window == timedelta(days=30)
    # Noon in Seattle on a Monday in winter.
    assert practice.hours.is_open(datetime(2026, 1, 12, 20, 0, tzinfo=UTC))
    assert not practice.hours.is_open(datetime(2026, 1, 12, 12, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("name", "written", "value"),
    [
        ("ATTACHMENTS", "s3://riverside-consults/photos/", "s3://riverside-consults/photos"),
        ("ATTACHMENTS", "s3://riverside.consults/a/b_c-1", "s3://riverside.consults/a/b_c-1"),
        ("ATTACHMENTS", "s3://riverside-consults", "s3://riverside-consults"),
        ("KEYS", "kms:alias/consult", "kms:alias/consult"),
        ("KEYS", f"kms:{KEY_ID}", f"kms:{KEY_ID}"),
        ("KEYS", f"kms:mrk-{'0a' * 16}", f"kms:mrk-{'0a' * 16}"),
        ("KEYS", f"kms:arn:aws:kms:us-west-2:123456789012:key/{KEY_ID}", None),
        ("KEYS", "kms:arn:aws-us-gov:kms:us-gov-west-1:123456789012:alias/consult", None),
    ],
)
def test_it_takes_a_bucket_and_a_key_of_kms(name: str, written: str, value: str | None):
    assert getattr(loaded(**{name: written}), name.lower()) == (value or written)


@pytest.mark.parametrize(
    ("name", "written", "advice"),
    [
        ("ATTACHMENTS", "s3:/bucket/photos", "must be s3:// and the name of a bucket"),
        ("ATTACHMENTS", "s3://", "must be s3:// and the name of a bucket"),
        ("ATTACHMENTS", "s3://Bucket/photos", "must be s3:// and the name of a bucket"),
        ("ATTACHMENTS", "s3://a..b/photos", "must be s3:// and the name of a bucket"),
        ("ATTACHMENTS", "s3://bucket//photos", "must have a prefix of plain letters"),
        ("ATTACHMENTS", "s3://bucket/../photos", "must have a prefix of plain letters"),
        ("ATTACHMENTS", "s3://bucket/photos?x=1", "must have a prefix of plain letters"),
        ("ATTACHMENTS", "https://bucket.example", "or s3://bucket/prefix"),
        ("KEYS", "kms:", "must be kms: and the id, ARN or alias"),
        ("KEYS", "kms:canary", "must be kms: and the id, ARN or alias"),
        ("KEYS", f"kms:arn:aws:s3:us-west-2:123456789012:key/{KEY_ID}", "must be kms:"),
        ("KEYS", "vault:canary", "or kms: and a key"),
    ],
)
def test_it_says_how_to_write_a_bucket_and_a_key(name: str, written: str, advice: str):
    error = refusal(**{name: written})
    (fault,) = error.faults
    assert fault.name == name and advice in fault.problem and "canary" not in str(error)


def test_it_can_read_where_the_data_is_before_slack_is_set_up():
    storage = load_storage_settings({"KEYS": "file:/srv/keys"}, env_file=None)
    assert (storage.database_url, storage.keys) == ("sqlite:///var/consult.db", Path("/srv/keys"))
    with pytest.raises(BadSettings, match="1 setting is missing or wrong"):
        load_storage_settings({"KEYS": "kms:1"}, env_file=None)


def test_it_mails_warnings_to_the_practices_own_address_where_no_other_is_set():
    assert loaded().administrator().reveal() == "care@riverside.example"
    assert loaded(ADMIN_EMAIL="it@riverside.example").administrator().reveal() == "it@riverside.example"
    assert "ADMIN_EMAIL must be one plain email address" in str(
        refusal(ADMIN_EMAIL="it@riverside.example, x")
    )


def test_its_example_names_every_setting_with_its_default():
    example = dotenv_values(ROOT / ".env.example", interpolate=False)
    assert sorted(example) == sorted({*DESIGNED.split(), *OF_COMPOSE})
    assert {name for name in NEEDED if example[name]} == set()
    assert load_settings({**example, **NEEDED}, env_file=None) == loaded()


def test_its_example_holds_no_secret():
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert "xoxb-\n" in example
    assert not any(line.startswith("SLACK_BOT_TOKEN=x") for line in example.splitlines())


def test_it_imports_nothing_slow():
    """A wrong setting is told at once; pydantic-settings alone would take half a second."""
    script = "import consult_bot.config, sys; sys.stdout.write(' '.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    slow = {"pydantic", "pydantic_settings", "fastapi", "sqlalchemy", "slack_sdk", "structlog", "jinja2"}
    assert slow & set(done.stdout.split()) == set()
