"""What `deploy/` says of images, processes and rights is what the code has and needs, and no more."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from consult_bot.cli import MODULES, app
from consult_bot.cli.ending import SECONDS_TO_FINISH
from consult_bot.config import NAMES, load_storage_settings

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
OURS = ("web", "worker", "migrate")
SECRETS = re.compile(r"xox[bp]-\w|xapp-\w|AKIA[A-Z0-9]|(?:SECRET|TOKEN|PASSWORD)\w*[ ]*[:=][ ]*[\"']?[\w-]")

# What each call of boto3 asks of IAM: whoever adds a call has to say so here and in the policy.
ASKS: dict[str, set[str]] = {
    "s3.upload_fileobj": {"s3:PutObject", "s3:AbortMultipartUpload", "kms:GenerateDataKey", "kms:Decrypt"},
    "s3.get_object": {"s3:GetObject", "kms:Decrypt"},
    "s3.delete_objects": {"s3:DeleteObject"},
    "s3.get_paginator": {"s3:ListBucket"},
    "kms.generate_data_key": {"kms:GenerateDataKey"},
    "kms.decrypt": {"kms:Decrypt"},
    "ses.send_email": {"ses:SendEmail", "ses:SendRawEmail"},
    "ses.get_account": {"ses:GetAccount"},
    "ses.get_email_identity": {"ses:GetEmailIdentity"},
    "ses.get_configuration_set": {"ses:GetConfigurationSet"},
    "sqs.get_queue_url": {"sqs:GetQueueUrl"},
    "sqs.get_queue_attributes": {"sqs:GetQueueAttributes"},
    "sqs.receive_message": {"sqs:ReceiveMessage"},
    "sqs.delete_message": {"sqs:DeleteMessage"},
}


def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    return read


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = compose()["services"]
    return found


def dockerfile() -> list[str]:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def last(instruction: str) -> str:
    """What this instruction of the image that runs says."""
    return [line for line in dockerfile() if line.startswith(f"{instruction} ")][-1].partition(" ")[2]


def calls_of_boto3() -> set[str]:
    """Every call on a client of AWS, as `service.method`."""
    code = [
        file.read_text(encoding="utf-8")
        for room in ("consult_bot", "storage")
        for file in (ROOT / room).rglob("*.py")
    ]
    found = (re.findall(r"\b_?(s3|kms|ses|sqs)\.([a-z_]+)\(", text) for text in code if "client(" in text)
    return {f"{service}.{method}" for some in found for service, method in some}


def statements() -> list[dict[str, Any]]:
    read: list[dict[str, Any]] = json.loads((DEPLOY / "iam-policy.json").read_text())["Statement"]
    return read


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


class TestImage:
    def test_it_runs_as_nobody_in_particular_and_takes_signals_itself(self) -> None:
        assert last("USER").split(":")[0] not in ("", "0", "root")
        assert json.loads(last("ENTRYPOINT")) == ["consult-bot"]
        assert last("STOPSIGNAL") == "SIGTERM"

    def test_it_starts_the_web_door_where_other_containers_reach_it(self) -> None:
        word, *options = json.loads(last("CMD"))
        assert word in MODULES and options == ["--host", "0.0.0.0"]

    def test_it_is_asked_for_its_health(self) -> None:
        health = last("HEALTHCHECK").partition("CMD ")[2]
        program, option, code = json.loads(health)
        assert (program, option) == ("python", "-c") and "/healthz" in code
        compile(code, "health", "exec")

    def test_it_is_built_from_nothing_but_the_program(self) -> None:
        allowed = {
            line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")
        }
        copied = {
            source
            for line in dockerfile()
            if line.startswith("COPY ") and "--from" not in line
            for source in line.split()[1:-1]
        }
        assert copied == allowed and not any(name.startswith((".env", "var")) for name in allowed)
        assert "*" in (ROOT / ".dockerignore").read_text().splitlines()
        assert all((ROOT / name).exists() for name in copied)

    @pytest.mark.parametrize("name", ["Dockerfile", "compose.yaml", "Caddyfile", "iam-policy.json"])
    def test_it_holds_no_secret(self, name: str) -> None:
        text = re.sub(r"\$\{\w+[^}]*\}", "", (DEPLOY / name).read_text(encoding="utf-8"))
        assert SECRETS.search(text) is None


class TestCompose:
    def test_it_starts_two_of_each_half_behind_a_proxy(self) -> None:
        found = services()
        assert found["web"]["deploy"]["replicas"] == found["worker"]["deploy"]["replicas"] == 2
        assert [name for name, each in found.items() if each.get("ports")] == ["proxy"]
        assert "name web" in (DEPLOY / "Caddyfile").read_text()

    def test_it_waits_for_the_migration(self) -> None:
        for name in ("web", "worker"):
            waits = services()[name]["depends_on"]
            assert waits == {"migrate": {"condition": "service_completed_successfully"}}
        assert services()["migrate"]["depends_on"] == {"database": {"condition": "service_healthy"}}

    def test_it_writes_nowhere_but_in_volumes_and_memory(self) -> None:
        for name, each in services().items():
            assert each["read_only"] is True, name
            assert each["cap_drop"] == ["ALL"], name
            assert "/tmp" in listed(each["tmpfs"]), name
        mounted = {volume.split(":")[1] for volume in services()["web"]["volumes"]}
        assert mounted == {"/consult/var", "/consult/var/keys"}
        assert last("WORKDIR") == "/consult"

    def test_it_grants_as_long_as_finishing_takes(self) -> None:
        for name in OURS:
            granted = services()[name]["stop_grace_period"]
            assert granted == "25s" and int(granted.removesuffix("s")) > SECONDS_TO_FINISH

    def test_it_uses_commands_and_options_that_exist(self) -> None:
        for name in OURS:
            word, *options = services()[name]["command"]
            assert word in MODULES
            known = {
                option for each in get_command(app).get_command(None, word).params for option in each.opts
            }
            assert {option for option in options if option.startswith("--")} <= known

    def test_it_names_only_settings_that_there_are(self) -> None:
        for name in OURS:
            given = services()[name]["environment"]
            assert set(given) <= set(NAMES)
            filled = {key: re.sub(r"\$\{[^}]*\}", "made-up", value) for key, value in given.items()}
            assert load_storage_settings(filled, None).database_url.startswith("postgresql+psycopg://")

    def test_it_asks_for_nothing_that_the_example_of_settings_does_not_name(self) -> None:
        asked = set(re.findall(r"\$\{(\w+):\?", (DEPLOY / "compose.yaml").read_text(encoding="utf-8")))
        example = set(
            re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)
        )
        assert "DATABASE_PASSWORD" in asked and asked - example == set()
        assert example - set(NAMES) == asked - set(NAMES)

    def test_it_has_connections_enough_for_every_process(self) -> None:
        words = services()["database"]["command"]
        most = int(next(word.partition("=")[2] for word in words if word.startswith("max_connections=")))
        processes = sum(services()[name].get("deploy", {}).get("replicas", 1) for name in OURS)
        assert processes * 30 <= most - 3  # PostgreSQL keeps three for its administrators


class TestRights:
    def test_it_allows_what_the_code_asks_for_and_no_more(self) -> None:
        calls = calls_of_boto3()
        assert calls == set(ASKS)
        allowed = [action for each in statements() for action in listed(each["Action"])]
        assert sorted(allowed) == sorted(set().union(*ASKS.values()))

    def test_it_allows_nothing_on_everything(self) -> None:
        for each in statements():
            assert each["Effect"] == "Allow"
            assert not any("*" in action for action in listed(each["Action"]))
            if "*" in listed(each["Resource"]):
                assert listed(each["Action"]) == ["ses:GetAccount"]  # which AWS allows on nothing smaller

    def test_it_lists_no_more_of_a_bucket_than_its_own_part(self) -> None:
        (listing,) = (each for each in statements() if "s3:ListBucket" in listed(each["Action"]))
        (photos,) = (each for each in statements() if "s3:GetObject" in listed(each["Action"]))
        prefix = listing["Condition"]["StringEquals"]["s3:prefix"]
        assert photos["Resource"] == f"{listing['Resource']}/{prefix}*"


class TestPages:
    @pytest.mark.parametrize("page", ["deploy/aws.md", "docs/operations.md"])
    def test_it_names_settings_and_commands_that_there_are(self, page: str) -> None:
        text = (ROOT / page).read_text(encoding="utf-8")
        commands = set(re.findall(r"`(?:\.venv/bin/)?consult-bot ([a-z-]+)", text))
        assert commands and commands <= set(MODULES)
        set_here = set(re.findall(r"^([A-Z_]{4,})=", text, re.MULTILINE))
        assert set_here <= {*NAMES, "AWS_DEFAULT_REGION"}

    def test_it_tells_of_every_file_and_right(self) -> None:
        text = (DEPLOY / "aws.md").read_text(encoding="utf-8")
        assert "iam-policy.json" in text and "AWS_DEFAULT_REGION" in text
        for part in ("AbortIncompleteMultipartUpload", "BOUNCE", "COMPLAINT", "DELIVERY", "REJECT"):
            assert part in text
        for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL):
            json.loads(block)
