"""The app with SLACK_APP_TOKEN, as an administrator starts it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx

from consult_bot.sandbox.server import Sandbox
from tests.cli.running import Running, begun, command, eventually, port_of, settings, submit

CLAIM = {"channel": "C0CONSULT", "user": "U0ANA", "command": "/consult", "text": "queue"}


def by_socket(sandbox: Sandbox, folder: Path) -> dict[str, str]:
    env = {**settings(sandbox, folder, port_of(sandbox)), **sandbox.settings(socket_mode=True)}
    return {name: value for name, value in env.items() if name != "SLACK_SIGNING_SECRET"}


def state(sandbox: Sandbox) -> dict[str, object]:
    return httpx.get(f"{sandbox.url}/_control/state").json()


def test_it_opens_one_socket_in_the_web_process_and_none_in_the_worker(
    tmp_path: Path, sandbox: Sandbox, postgres_url: str
) -> None:
    env = {**by_socket(sandbox, tmp_path), "DATABASE_URL": postgres_url}
    web = Running(tmp_path, env, "web")
    worker = Running(tmp_path, env, "worker")
    eventually("the socket", lambda: state(sandbox)["sockets"] == 1)
    eventually("/readyz", lambda: httpx.get(f"{web.url}/readyz").text == "ready; Slack's socket is connected")
    told = httpx.post(f"{sandbox.url}/_control/command", json=CLAIM).json()
    assert told["ok"], told
    submit(web.url)
    messages = f"{sandbox.url}/_control/messages/C0CONSULT"
    eventually("the card, so that the worker is up", lambda: httpx.get(messages).json())
    assert state(sandbox)["sockets"] == 1
    assert httpx.post(f"{web.url}/slack/events", content=b"{}").status_code == 404
    for half in (web, worker):
        half.process.terminate()
        assert half.process.wait(10) == 0
    eventually("the goodbye", lambda: state(sandbox)["sockets"] == 0)


def test_it_is_ready_for_patients_while_slack_is_away(tmp_path: Path, sandbox: Sandbox) -> None:
    env = {**by_socket(sandbox, tmp_path), "SLACK_API_URL": "http://127.0.0.1:9/api/"}
    running = Running(tmp_path, env)
    answer = httpx.get(f"{running.url}/readyz")
    assert (answer.status_code, answer.text) == (200, "ready; Slack's socket is not connected")
    running.process.terminate()
    assert running.process.wait(10) == 0


def test_it_says_in_doctor_whether_a_socket_may_be_opened(tmp_path: Path, sandbox: Sandbox) -> None:
    env = by_socket(sandbox, tmp_path)
    begun(tmp_path)
    well = command("doctor", folder=tmp_path, env=env)
    assert well.returncode == 0, well.stdout
    assert "Slack knows the app-level token" in well.stdout
    wrong = command("doctor", folder=tmp_path, env={**env, "SLACK_APP_TOKEN": "xapp-1-wrong"})
    assert wrong.returncode == 1
    assert "Check SLACK_APP_TOKEN" in wrong.stdout and "xapp-1-wrong" not in wrong.stdout
    assert state(sandbox)["sockets"] == 0


def test_it_loads_nothing_for_sockets_without_the_token() -> None:
    source = (
        "import sys, consult_bot.app, consult_bot.cli.run; "
        "from fastapi import FastAPI; server = consult_bot.app.WebServer(FastAPI(), consult_bot.app.listen(0)); "
        "server.start(); server.stop(); "
        "sys.exit('websockets' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", source], timeout=60, check=False).returncode == 0
