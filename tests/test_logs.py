"""Logs: canaries are planted wherever health information could slip in, and must not come out."""

from __future__ import annotations

import ast
import io
import json
import logging
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from consult_bot.case.words import Words
from consult_bot.logs import ALLOWED, OURS, SENTENCES, AccessLog, configure_logs

ROOT = Path(__file__).parent.parent
CANARY = "canary"

log = logging.getLogger(f"{OURS}.tests")

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """Configure the logs into memory; give what was written, after looking for canaries."""
    root = logging.getLogger()
    loggers = [
        each for each in logging.Logger.manager.loggerDict.values() if isinstance(each, logging.Logger)
    ]
    kept = [(each, each.handlers[:], each.propagate, each.level) for each in [root, *loggers]]
    raises = logging.raiseExceptions
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
    stream = io.StringIO()
    configure_logs(stream)

    def written() -> list[dict[str, Any]]:
        assert CANARY not in stream.getvalue().lower()
        return [json.loads(line) for line in stream.getvalue().splitlines()]

    yield written
    for logger, handlers, propagate, level in kept:
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
    logging.captureWarnings(False)
    logging.raiseExceptions = raises


def fail_with_canaries() -> None:
    local = CANARY
    try:
        raise KeyError(local)
    except KeyError as error:
        error.add_note(CANARY)
        raise ValueError(f"bad value {local}") from error


def test_it_writes_what_happened_as_one_json_line(lines):
    log.info(
        "delivery",
        extra={"delivery": 7, "case": "C-1042", "kind": "card", "outcome": "sent", "attempts": 1},
    )
    (line,) = lines()
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "delivery",
        "level": "info",
        "delivery": 7,
        "case": "C-1042",
        "kind": "card",
        "outcome": "sent",
        "attempts": 1,
    }


def test_it_drops_every_key_that_is_not_allowed(lines):
    words = {"complaint": "canary", "patient": Words("canary"), "email": "canary@x.example"}
    log.info("submitted", extra={"case": "C-1", **words})
    (line,) = lines()
    assert set(line) == {"event", "case", "level", "timestamp"}


def test_it_does_not_fill_arguments_into_an_event(lines):
    log.info("submitted %s", CANARY)
    log.info("submitted %(complaint)s", {"complaint": CANARY})
    log.info("submitted", CANARY)
    assert [line["event"] for line in lines()] == ["(str not shown)"] * 3


def test_it_takes_no_event_time_or_level_from_a_key(lines):
    log.info("submitted", extra={"event": CANARY, "timestamp": CANARY, "level": CANARY})
    (line,) = lines()
    assert (line["event"], line["level"]) == ("submitted", "info")


def test_it_keeps_quiet_about_what_helps_only_while_debugging(lines):
    log.setLevel(logging.DEBUG)
    log.debug("submitted")
    log.setLevel(logging.NOTSET)
    assert lines() == []


@pytest.mark.parametrize(
    "value",
    [
        "canary in words",
        "canary@home.example",
        {"canary": "canary"},
        ["a canary"],
        ("canary bird",),
        b"canary",
        "x" * 121,
    ],
)
def test_it_hides_a_value_that_is_more_than_an_id_even_under_an_allowed_key(lines, value):
    log.info("submitted", extra={"outcome": value})
    (line,) = lines()
    assert "not shown" in str(line["outcome"])


def test_it_hides_words_of_patients(lines):
    log.info("submitted", extra={"outcome": Words("canary"), "error": Words("canary")})
    (line,) = lines()
    assert (line["outcome"], line["error"]) == ("(Words not shown)", "(Words not shown)")


@pytest.mark.parametrize(
    "event", ["canary: löwe", "a canary\nin two lines", "canary" * 50, "canary@home.example", 5, None]
)
def test_it_hides_an_event_that_no_programmer_wrote(lines, event):
    log.info(event)
    (line,) = lines()
    assert line.get("event") == (None if event is None else f"({type(event).__name__} not shown)")


def test_it_tells_an_administrator_what_to_do(lines):
    remedy = "Copy the Bot User OAuth Token from api.slack.com/apps (your app, OAuth & Permissions) into SLACK_BOT_TOKEN."
    log.warning("delivery", extra={"error": "invalid_auth", "remedy": remedy})
    (line,) = lines()
    assert line["error"] == "invalid_auth"
    assert line["remedy"] == remedy


def test_it_tells_of_an_exception_only_its_kind_and_the_places(lines):
    try:
        fail_with_canaries()
    except ValueError:
        log.exception("it failed")
    (line,) = lines()
    assert line["error"] == "ValueError from KeyError"
    assert all(place.startswith("tests/test_logs.py:") for place in line["frames"])
    assert len(line["frames"]) == 3


def test_it_tells_the_same_of_a_group_of_exceptions(lines):
    try:
        raise ExceptionGroup("canary", [ValueError("canary")])
    except ExceptionGroup as error:
        log.error("it failed", exc_info=error)
    assert lines()[0]["error"] == "ExceptionGroup from ValueError"


@pytest.mark.parametrize(
    "name", ["sqlalchemy.engine", "slack_sdk.web", "slack_bolt.App", "alembic", "uvicorn.error"]
)
def test_it_says_of_a_library_only_which_and_how_bad(lines, name):
    logging.getLogger(name).error("parameters: %s", {"complaint": CANARY}, extra={"complaint": CANARY})
    (line,) = lines()
    assert (line["logger"], line["level"], line["event"]) == (name, "error", "a library spoke")
    assert set(line) == {"event", "level", "timestamp", "logger", "line"}


def test_it_keeps_quiet_about_what_libraries_say_without_need(lines):
    logging.getLogger("slack_sdk.web").info("sent canary")
    logging.getLogger("slack_sdk.web").debug("sent canary")
    assert lines() == []


def test_it_passes_what_is_known_to_carry_nothing(lines):
    logging.getLogger("uvicorn.error").info("Application startup complete.")
    assert lines()[0]["event"] == "Application startup complete."


def test_it_does_not_repeat_the_message_of_a_library_s_exception(lines):
    try:
        fail_with_canaries()
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application: canary")
    assert lines()[0]["error"] == "ValueError from KeyError"


def test_it_survives_a_library_that_logs_nonsense(lines, capfd):
    logging.getLogger("slack_sdk").error("canary %d", "canary")
    logging.getLogger("slack_sdk").error({"canary": object()})
    assert len(lines()) == 2
    assert capfd.readouterr().err == ""


def test_it_takes_no_library_for_ours_because_of_how_its_name_begins(lines):
    logging.getLogger(f"{OURS}_canned").error("it failed", extra={"case": CANARY})
    (line,) = lines()
    assert (line["event"], "case" in line) == ("a library spoke", False)


@pytest.mark.usefixtures("lines")
def test_it_loses_a_line_that_it_cannot_write_instead_of_printing_it_elsewhere(capfd):
    closed = io.StringIO()
    configure_logs(closed)
    closed.close()
    logging.raiseExceptions = True
    log.error("it failed %s", CANARY, extra={"complaint": CANARY})
    printed = capfd.readouterr()
    assert (printed.out, printed.err) == ("", "")


def test_it_silences_uvicorn_s_own_access_lines(lines, capfd):
    logging.getLogger("uvicorn.access").warning('127.0.0.1 - "GET /p/canary HTTP/1.1" 200')
    assert lines() == []
    assert capfd.readouterr().err == ""


def test_it_hides_warnings_which_quote_their_input(lines):
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("unexpected value 'canary'", stacklevel=1)
    assert lines()[0]["logger"] == "py.warnings"


def test_it_tells_of_a_crashed_thread_without_its_words(lines):
    thread = threading.Thread(target=fail_with_canaries)
    thread.start()
    thread.join()
    assert (lines()[0]["event"], lines()[0]["error"]) == ("the program crashed", "ValueError from KeyError")


def test_it_tells_of_a_crashed_program_without_its_words():
    script = "from consult_bot.logs import configure_logs\nconfigure_logs()\nraise ValueError('can' + 'ary')"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert CANARY not in done.stderr + done.stdout
    assert json.loads(done.stderr)["error"] == "ValueError"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.usefixtures("lines")
def test_it_writes_pairs_for_somebody_at_a_terminal():
    terminal = Terminal()
    configure_logs(terminal)
    log.warning("delivery", extra={"case": "C-1", "complaint": "canary"})
    assert terminal.getvalue().endswith("warning delivery case=C-1\n")


@pytest.fixture
def browser() -> TestClient:
    web = FastAPI()
    web.add_middleware(AccessLog)

    @web.get("/p/{token}")
    def page(token: str) -> str:
        return token

    @web.post("/p/{token}")
    def unlock(token: str) -> str:
        raise ValueError(token)

    return TestClient(web, raise_server_exceptions=False)


def test_it_names_the_route_and_not_the_path(lines, browser):
    browser.get("/p/canary-token?code=canary")
    (line,) = lines()
    assert (line["method"], line["route"], line["status"]) == ("GET", "/p/{token}", 200)
    assert line["duration_ms"] > 0


def test_it_names_no_path_that_it_does_not_know(lines, browser):
    browser.get("/wp-admin/canary")
    assert (lines()[0]["route"], lines()[0]["status"]) == ("unknown", 404)


def test_it_notes_a_request_that_failed(lines, browser):
    browser.post("/p/canary-token")
    assert (lines()[0]["route"], lines()[0]["status"]) == ("/p/{token}", 500)


def test_it_needs_nothing_but_the_standard_library():
    """The app imports it before anything else, and has two seconds to be ready."""
    done = subprocess.run(
        [sys.executable, "-S", "-c", "import consult_bot.logs"], cwd=ROOT, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_it_allows_no_key_that_every_record_has_anyway():
    """Such a key would show what nobody handed in, and `extra` raises KeyError for it."""
    record = logging.makeLogRecord({})
    assert (ALLOWED | set(SENTENCES)) & {*vars(record), "message", "asctime"} == set()


LEVELS = {"debug", "info", "warning", "error", "critical", "exception", "log"}


def is_logger(called: ast.expr) -> bool:
    """Whether this is `log`, `logging` or `logging.getLogger(...)`."""
    if isinstance(called, ast.Call):
        return isinstance(called.func, ast.Attribute) and called.func.attr == "getLogger"
    return isinstance(called, ast.Name) and called.id in {"log", "logger", "logging"}


def calls() -> Iterator[tuple[str, ast.Call, ast.Attribute]]:
    """Yield every call of an attribute in our packages: where, the call, and what is called."""
    for package in (OURS, "commands", "storage"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node, node.func


def logged() -> list[tuple[str, ast.Call]]:
    """Return where our lines are logged, and the calls that do."""
    found = [
        (where, call) for where, call, called in calls() if called.attr in LEVELS and is_logger(called.value)
    ]
    assert found
    return found


def test_it_finds_only_events_that_are_written_out_in_the_code():
    composed = [
        where
        for where, call in logged()
        if [type(getattr(each, "value", None)) for each in call.args] != [str]
    ]
    assert composed == [], "Say what happened in fixed words, and hand everything else in under a key."


def test_it_finds_only_events_that_will_be_shown(lines):
    events = [ast.literal_eval(call.args[0]) for _, call in logged()]
    for event in events:
        log.info(event)
    assert [line["event"] for line in lines()] == events


def test_it_finds_only_keys_that_will_be_shown():
    hidden = []
    for where, call in logged():
        for keyword in call.keywords:
            keys = keyword.value.keys if isinstance(keyword.value, ast.Dict) else [None]
            shown = all(
                isinstance(key, ast.Constant) and key.value in ALLOWED | set(SENTENCES) for key in keys
            )
            if keyword.arg != "exc_info" and not (keyword.arg == "extra" and shown):
                hidden.append(where)
    assert hidden == [], "Write the keys out under `extra`, and take them from ALLOWED or SENTENCES."


def test_it_finds_only_loggers_whose_lines_are_ours():
    made = [
        (where, [ast.unparse(each) for each in call.args])
        for where, call, called in calls()
        if called.attr == "getLogger" and not where.startswith(f"{OURS}/logs.py")
    ]
    assert made
    foreign = [where for where, given in made if given != ["__name__"] or not where.startswith(f"{OURS}/")]
    assert foreign == [], f"Lines are shown of `logging.getLogger(__name__)` below {OURS} only."
