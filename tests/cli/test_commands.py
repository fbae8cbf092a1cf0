"""The command line, as somebody types it."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import httpx
import pytest

from consult_bot.app import listen
from consult_bot.cli.stories.players import words_in
from consult_bot.cli.stories.rash import CONCERN, GUIDANCE, NOTE, QUESTIONS, REPLIES
from consult_bot.sandbox.server import Sandbox
from storage.store import open_store
from tests.aws import ENVIRONMENT, Aws
from tests.builders import ANSWERS, World
from tests.cli.running import (
    Running,
    SandboxAtWork,
    begun,
    command,
    environment,
    eventually,
    free_port,
    port_of,
    settings,
    submit,
)

CARELESS = """
from dataclasses import replace
from consult_bot.media.photos import clean_photo
from consult_bot.portal import photo_tray

photo_tray.clean_photo = lambda data: replace(clean_photo(data), data=data)

from consult_bot.cli import main
main()
"""
"""The app as it would be if it kept photos as they came, with the place in them."""


def test_it_names_every_missing_setting_at_once_and_where_to_get_it(tmp_path: Path) -> None:
    for word in ("run", "web", "worker", "doctor"):
        told = command(word, folder=tmp_path, env={})
        assert told.returncode == 2
        for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_CHANNEL", "PUBLIC_URL", "MAIL_FROM"):
            assert name in told.stderr
        assert "api.slack.com/apps" in told.stderr and "Traceback" not in told.stderr


def test_it_migrates_lists_and_verifies_without_any_slack(tmp_path: Path) -> None:
    assert "schema 0004" in command("migrate", folder=tmp_path, env={}).stdout
    begun(tmp_path)
    assert "Nobody yet" in command("roster", folder=tmp_path, env={}).stdout
    assert "Every row holds: 0 rows" in command("verify-history", folder=tmp_path, env={}).stdout


def test_it_refuses_to_start_without_the_key_and_says_what_to_do(tmp_path: Path) -> None:
    begun(tmp_path)
    (tmp_path / "var" / "keys" / "master.key").unlink()
    told = command("verify-history", folder=tmp_path, env={})
    assert told.returncode == 2 and "backup" in told.stderr and "Traceback" not in told.stderr


LOOKING = ("verify-history", "roster", "doctor")
ELSEWHERE = "sqlite:///var/typo.db"


@pytest.mark.parametrize("word", LOOKING)
def test_it_refuses_to_look_at_a_database_that_is_not_there_and_makes_none(
    word: str, tmp_path: Path, sandbox: Sandbox
) -> None:
    env = {**settings(sandbox, tmp_path, port_of(sandbox)), "DATABASE_URL": ELSEWHERE}
    folder = tmp_path / "here"
    folder.mkdir()
    told = command(word, folder=folder, env=env)
    assert told.returncode == 1, told.stdout + told.stderr
    said = told.stdout + told.stderr
    assert f"no database at {folder}/var/typo.db" in said and "DATABASE_URL is mistyped" in said
    for wrong in ("Every row holds", "fit together", "has been sent", "Nobody yet", "Traceback"):
        assert wrong not in said
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("word", LOOKING)
def test_it_says_of_an_empty_database_that_it_was_never_used(
    word: str, tmp_path: Path, sandbox: Sandbox
) -> None:
    env = settings(sandbox, tmp_path, port_of(sandbox))
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "consult.db").touch()
    told = command(word, folder=tmp_path, env=env)
    assert told.returncode == 1 and "no tables of ours" in told.stdout + told.stderr
    assert (tmp_path / "var" / "consult.db").stat().st_size == 0
    command("migrate", folder=tmp_path, env=env)
    told = command(word, folder=tmp_path, env=env)
    assert told.returncode == 1 and "has never been used" in told.stdout + told.stderr
    assert not (tmp_path / "var" / "keys").exists() and "Every row holds" not in told.stdout


def test_it_says_in_doctor_what_else_is_missing_before_the_first_start(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    env = {**settings(sandbox, tmp_path, port_of(sandbox)), "SLACK_BOT_TOKEN": "xoxb-1-wrong"}
    told = command("doctor", folder=tmp_path, env=env)
    assert told.returncode == 1
    assert "no database at" in told.stdout and "SLACK_BOT_TOKEN" in told.stdout
    assert "ATTACHMENTS takes, gives and removes files." in told.stdout
    assert not (tmp_path / "var").exists()


def test_it_exits_with_the_first_broken_row(tmp_path: Path, sandbox: Sandbox) -> None:
    env = settings(sandbox, tmp_path, port_of(sandbox))
    running = Running(tmp_path, env)
    submit(running.url)
    running.kill()
    with sqlite3.connect(tmp_path / "var" / "consult.db") as database:
        database.execute("DROP TRIGGER history_update")
        database.execute("UPDATE history SET actor = 'somebody else'")
    told = command("verify-history", folder=tmp_path, env={})
    assert told.returncode == 1 and "C-1001, row 1" in told.stderr


def test_it_says_in_doctor_what_is_well_and_what_is_not(tmp_path: Path, sandbox: Sandbox) -> None:
    env = settings(sandbox, tmp_path, port_of(sandbox))
    begun(tmp_path)
    well = command("doctor", folder=tmp_path, env=env)
    assert well.returncode == 0, well.stdout
    assert "The bot is in the channel." in well.stdout
    elsewhere = command("doctor", folder=tmp_path, env={**env, "SLACK_CHANNEL": "C0GENERAL"})
    assert elsewhere.returncode == 1 and "Invite the app" in elsewhere.stdout
    revoked = command("doctor", folder=tmp_path, env={**env, "SLACK_BOT_TOKEN": "xoxb-1-wrong"})
    assert revoked.returncode == 1 and "SLACK_BOT_TOKEN" in revoked.stdout


def test_it_says_in_doctor_whether_the_bucket_and_the_key_can_be_used(
    tmp_path: Path, sandbox: Sandbox, aws: Aws
) -> None:
    at_aws = {**ENVIRONMENT, "AWS_ENDPOINT_URL": aws.url, "ATTACHMENTS": aws.files, "KEYS": aws.keys}
    env = {**settings(sandbox, tmp_path, port_of(sandbox)), **at_aws}
    begun(tmp_path, aws.keys)
    well = command("doctor", folder=tmp_path, env=env)
    assert well.returncode == 0, well.stdout
    assert "KMS opens the key." in well.stdout and "ATTACHMENTS takes, gives and removes" in well.stdout
    assert aws.objects() == {}
    nowhere = command("doctor", folder=tmp_path, env={**env, "ATTACHMENTS": "s3://no-such-bucket/photos"})
    assert nowhere.returncode == 1 and "There is no such bucket. Make it" in nowhere.stdout
    no_key = command("doctor", folder=tmp_path, env={**env, "KEYS": "kms:alias/none"})
    assert no_key.returncode == 2 and "There is no such KMS key" in no_key.stderr
    assert "Traceback" not in no_key.stderr


def test_it_says_in_doctor_that_the_folder_of_photos_cannot_be_written(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    (tmp_path / "attachments").write_text("a file, where the folder should be")
    env = {**settings(sandbox, tmp_path, port_of(sandbox)), "ATTACHMENTS": f"file:{tmp_path}/attachments"}
    told = command("doctor", folder=tmp_path, env=env)
    assert told.returncode == 1 and "The folder of ATTACHMENTS cannot be used." in told.stdout


def test_it_says_in_doctor_that_nobody_sends_what_is_due(tmp_path: Path, sandbox: Sandbox) -> None:
    """A door without a worker: submissions are kept, and neither card nor letter goes out."""
    env = settings(sandbox, tmp_path, port_of(sandbox))
    running = Running(tmp_path, env, "web")
    submit(running.url)
    running.kill()
    assert "Everything that was due has been sent." in command("doctor", folder=tmp_path, env=env).stdout
    with sqlite3.connect(tmp_path / "var" / "consult.db") as database:
        database.execute("UPDATE clock SET offset_seconds = 3600")
    told = command("doctor", folder=tmp_path, env=env)
    assert told.returncode == 1 and "Look whether a worker runs" in told.stdout
    assert "slack: 2, the oldest for 60 minutes" in told.stdout
    assert "Everything that was due has been sent." not in told.stdout


WRONG_TOKEN = {"SLACK_BOT_TOKEN": "xoxb-1-wrong"}
LONG_AGO = "UPDATE deliveries SET attempts = 3, last_error = 'http_503' WHERE kind = 'card'"
"""When it was tried last, Slack was away. Whoever works would have tried it since."""

HELD = "SET status = 'leased', lease_token = 'its', lease_until = '2000-01-01 00:00:00.000000',"
ABANDONED = LONG_AGO.replace("SET", HELD)
IN_HAND = ABANDONED.replace("2000", "2999")
LATELY = "SET next_try_at = strftime('%Y-%m-%d %H:%M:%f000', next_try_at, '+3660 seconds'),"
TRIED = LONG_AGO.replace("SET", LATELY)
BROKEN = (
    "INSERT INTO lanes (name, free_at, broken, broken_at) "
    "SELECT 'slack:C0CONSULT', due_at, 'not_in_channel', due_at FROM deliveries WHERE kind = 'card'"
)


@pytest.mark.parametrize(
    ("amiss", "changed", "remedy"),
    [
        ("SELECT 1", WRONG_TOKEN, "SLACK_BOT_TOKEN"),
        (TRIED, {}, "is waiting after 3 attempts: http_503"),
        (IN_HAND, {}, "is leased after 3 attempts: http_503"),
        (BROKEN, {}, "Nothing passes slack:C0CONSULT"),
    ],
    ids=["slack", "card", "card in hand", "lane"],
)
def test_it_sends_nobody_looking_for_a_worker_where_it_knows_what_is_amiss(
    tmp_path: Path, sandbox: Sandbox, amiss: str, changed: dict[str, str], remedy: str
) -> None:
    told = doctor_an_hour_later(tmp_path, sandbox, amiss, changed)
    slack, mail = remedies(told, "What is due does not go out")
    assert "Mend first what else is named here" in slack and "Look whether" not in slack
    assert remedy in told
    assert "Look whether a worker runs" in mail, "of letters nothing is known to be amiss"


@pytest.mark.parametrize("amiss", [LONG_AGO, ABANDONED], ids=["waits", "held by a dead worker"])
def test_it_takes_no_old_failure_for_a_worker_that_runs(tmp_path: Path, sandbox: Sandbox, amiss: str) -> None:
    told = doctor_an_hour_later(tmp_path, sandbox, amiss)
    assert "after 3 attempts: http_503" in told
    found = remedies(told, "What is due does not go out")
    assert len(found) == 2 and all("Look whether a worker runs" in each for each in found)
    assert "Mend first" not in told


@pytest.mark.parametrize(
    ("error", "says"),
    [
        ("invalid_blocks", "Have a clinician open it with /consult show, and tell whoever looks after"),
        ("http_503", "check the network and SLACK_API_URL"),
    ],
)
def test_it_says_of_a_card_that_slack_refuses_what_the_email_to_the_administrator_says(
    tmp_path: Path, sandbox: Sandbox, error: str, says: str
) -> None:
    told = doctor_an_hour_later(tmp_path, sandbox, TRIED.replace("http_503", error))
    (remedy,) = remedies(told, f"(card, C-1001) is waiting after 3 attempts: {error}.")
    assert says in remedy and ("/consult show" in remedy) is (error == "invalid_blocks")
    assert ("check the network" in remedy) is (error == "http_503")


def doctor_an_hour_later(
    folder: Path, sandbox: Sandbox, amiss: str, changed: Mapping[str, str] = MappingProxyType({})
) -> str:
    """What it says an hour after somebody wrote, where this has become of what was due."""
    env = settings(sandbox, folder, port_of(sandbox))
    begun(folder)
    store = open_store(f"sqlite:///{folder}/var/consult.db", folder / "var" / "keys", folder)
    World(store).submit()
    store.close()
    with sqlite3.connect(folder / "var" / "consult.db") as database:
        database.execute(amiss)
        database.execute("UPDATE clock SET offset_seconds = 3600")
    return command("doctor", folder=folder, env={**env, **changed}).stdout


def remedies(told: str, words: str) -> list[str]:
    """What it says to do about each finding with these words."""
    lines = told.splitlines()
    return [lines[place + 1] for place, line in enumerate(lines) if words in line]


@pytest.mark.parametrize("word", ["run", "web", "worker", "migrate"])
def test_it_says_what_to_do_about_a_database_that_it_cannot_open(
    tmp_path: Path, sandbox: Sandbox, word: str
) -> None:
    (tmp_path / "folder").mkdir()
    nowhere = f"sqlite:///{tmp_path}/folder"
    away = f"postgresql+psycopg://somebody:canary@127.0.0.1:{free_port()}/consults"
    for url, remedy in ((nowhere, "Let this account write"), (away, "Look whether the server runs")):
        env = {**settings(sandbox, tmp_path, port_of(sandbox)), "DATABASE_URL": url}
        told = command(word, folder=tmp_path, env=env)
        assert told.returncode == 2 and remedy in told.stderr, told.stderr
        assert "Traceback" not in told.stderr and "frames" not in told.stderr and "canary" not in told.stderr


@pytest.mark.parametrize("word", ["doctor", "verify-history"])
def test_it_says_what_to_do_about_a_database_that_it_cannot_look_at(
    tmp_path: Path, sandbox: Sandbox, word: str
) -> None:
    away = f"postgresql+psycopg://somebody:canary@127.0.0.1:{free_port()}/consults"
    env = {**settings(sandbox, tmp_path, port_of(sandbox)), "DATABASE_URL": away}
    told = command(word, folder=tmp_path, env=env)
    assert told.returncode == 1
    said = told.stdout + told.stderr
    assert (
        "Look whether it runs" in " ".join(said.split()) and "Traceback" not in said and "canary" not in said
    )


def test_it_says_what_to_do_about_keys_that_it_cannot_keep(tmp_path: Path, sandbox: Sandbox) -> None:
    (tmp_path / "keys").write_text("a file, where the folder should be")
    env = {**settings(sandbox, tmp_path, port_of(sandbox)), "KEYS": f"file:{tmp_path}/keys"}
    told = command("run", folder=tmp_path, env=env)
    assert told.returncode == 2 and "Let this account, and no other, read and write" in told.stderr
    assert "Traceback" not in told.stderr


def test_it_says_that_its_port_is_taken(tmp_path: Path, sandbox: Sandbox) -> None:
    with listen(0) as taken:
        port = taken.getsockname()[1]
        told = command("run", folder=tmp_path, env=settings(sandbox, tmp_path, port))
    assert told.returncode == 2 and f"Port {port} is in use" in told.stderr


def test_it_finishes_what_was_accepted_after_being_killed(tmp_path: Path, sandbox: Sandbox) -> None:
    """Killed right after the page showed a number: after a restart the card is there, once, and the letter."""
    env = settings(sandbox, tmp_path, port_of(sandbox))
    running = Running(tmp_path, env)
    number = submit(running.url)
    running.kill()
    running = Running(tmp_path, env)
    slack = httpx.Client(base_url=sandbox.url)

    def cards() -> list[dict[str, object]]:
        messages = slack.get("/_control/messages/C0CONSULT").json()
        return [m for m in messages if m["text"].startswith(number) and m.get("replies")]

    # A delivery in hand when the process died is free again when its lease has ended.
    with sqlite3.connect(tmp_path / "var" / "consult.db") as database:
        database.execute("UPDATE deliveries SET lease_until = '2000-01-01 00:00:00' WHERE status = 'leased'")
    eventually("the card and its thread", cards)
    eventually("the letter", lambda: list((tmp_path / "var" / "mail").glob("*.eml")))
    running.process.terminate()
    assert running.process.wait(30) == 0
    assert len(cards()) == 1
    assert ANSWERS["concern"] in words_in(cards()[0]["replies"])


def test_it_works_as_two_processes_one_for_the_web_and_one_for_what_is_sent(
    tmp_path: Path, sandbox: Sandbox, postgres_url: str
) -> None:
    env = {**settings(sandbox, tmp_path, port_of(sandbox)), "DATABASE_URL": postgres_url}
    web = Running(tmp_path, env, "web")
    number = submit(web.url)
    slack = httpx.Client(base_url=sandbox.url)
    assert slack.get("/_control/messages/C0CONSULT").json() == []
    worker = Running(tmp_path, env, "worker")
    eventually(
        "the card",
        lambda: [m for m in slack.get("/_control/messages/C0CONSULT").json() if number in m["text"]],
    )
    for half in (web, worker):
        half.process.terminate()
        assert half.process.wait(30) == 0


def test_it_ends_at_once_and_cleanly_when_told_to(tmp_path: Path, sandbox: Sandbox) -> None:
    running = Running(tmp_path, settings(sandbox, tmp_path, port_of(sandbox)))
    running.process.terminate()
    assert running.process.wait(10) == 0


def test_it_plays_the_story_and_prints_what_everybody_said(tmp_path: Path) -> None:
    told = command("demo", folder=tmp_path, env={})
    assert told.returncode == 0, told.stdout + told.stderr
    for line in (CONCERN, *QUESTIONS, *REPLIES, NOTE, GUIDANCE, "already claimed by @Ana", "“I understand”"):
        assert line in told.stdout
    assert told.stdout.rstrip().endswith("The story went as it should.")
    assert told.stderr == "" and "went differently" not in told.stdout
    assert list(tmp_path.iterdir()) == []


def test_it_exits_with_what_differed_when_the_story_goes_otherwise(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-c", CARELESS, "demo"],
        cwd=tmp_path,
        env=environment({}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert told.returncode == 1, told.stdout + told.stderr
    assert CONCERN in told.stdout
    assert "The story went differently" in told.stdout and "the photo in the thread" in told.stdout
    assert "as it should" not in told.stdout and "Traceback" not in told.stderr


def test_it_opens_a_sandbox_at_the_address_it_prints_and_ends_on_ctrl_c(
    start_sandbox: Callable[[], SandboxAtWork],
) -> None:
    sandbox = start_sandbox()
    assert "window-3" in httpx.get(f"{sandbox.slack}/").text
    assert "Prairie Telehealth" in httpx.get(f"{sandbox.url}/").text
    assert httpx.get(f"{sandbox.slack}/mail").status_code == 200
    assert sandbox.end(signal.SIGINT) == 0
    assert sandbox.process.stdout and "Traceback" not in sandbox.process.stdout.read()


def test_it_finds_a_killed_sandboxs_workspace_and_cases_again(
    start_sandbox: Callable[[], SandboxAtWork],
) -> None:
    sandbox = start_sandbox()
    number = submit(sandbox.url)
    eventually("card, thread and letter", lambda: sandbox.has_settled(number))
    ana = sandbox.workspace.person("U0ANA", "Ana")
    ana.presses(number, "verb:claim", number)
    before = httpx.get(f"{sandbox.slack}/_control/state").json()["tokens"]
    ts = sandbox.workspace.card(number)["ts"]
    sandbox.end(signal.SIGKILL)

    sandbox = start_sandbox()
    assert httpx.get(f"{sandbox.slack}/_control/state").json()["tokens"] == before
    (card,) = sandbox.workspace.messages()
    assert card["ts"] == ts and ANSWERS["concern"] in words_in(card)
    assert len(sandbox.workspace.mail()) == 1
    shown = sandbox.workspace.person("U0ANA", "Ana").types(f"show {number}")
    assert ANSWERS["concern"] in shown and "U0ANA" in shown
    refusal = sandbox.workspace.person("U0BEN", "Ben").types(f"claim {number}")
    assert "already claimed" in refusal
    second = submit(sandbox.url)
    assert second != number
    eventually("the second case's card", lambda: sandbox.has_settled(second))
