"""How soon the app is ready after it was started, beside the same web server with an empty app."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from statistics import median

from bench.result import Result

STARTS = 5
BARE = (
    "import sys, uvicorn; from fastapi import FastAPI, Response; app = FastAPI(); "
    "app.get('/readyz')(lambda: Response('ready')); "
    "uvicorn.run(app, port=int(sys.argv[1]), log_level='critical')"
)


def ready() -> Result:
    """Measure seconds from the start of the process to the first answer of /readyz, on a fresh SQLite database."""
    ours, bare = [], []
    for _ in range(STARTS):
        with tempfile.TemporaryDirectory() as folder:
            ours.append(_start([sys.executable, "-m", "consult_bot", "run"], Path(folder)))
            bare.append(_start([sys.executable, "-c", BARE], Path(folder), port_as_argument=True))
    return Result("ready", "sqlite", 1, median(ours), median(bare), "s")


def _start(command: list[str], folder: Path, *, port_as_argument: bool = False) -> float:
    port = _free_port()
    began = time.perf_counter()
    process = subprocess.Popen(
        [*command, str(port)] if port_as_argument else command,
        env={**os.environ, **_settings(folder, port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while time.perf_counter() - began < 30:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1):
                    return time.perf_counter() - began
            except OSError:
                time.sleep(0.01)
        raise TimeoutError("it was not ready within 30 s")
    finally:
        process.terminate()
        process.wait(30)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _settings(folder: Path, port: int) -> dict[str, str]:
    return {
        "SLACK_BOT_TOKEN": "xoxb-made-up",
        "SLACK_SIGNING_SECRET": "0123456789abcdef0123456789abcdef",
        "SLACK_API_URL": "http://127.0.0.1:9/api/",
        "SLACK_CHANNEL": "C0CONSULT",
        "PRACTICE_NAME": "Bench",
        "PRACTICE_PHONE": "+1 555 010 0100",
        "PRACTICE_ZONE": "America/New_York",
        "MAIL_FROM": "care@example.org",
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "PORT": str(port),
        "DATABASE_URL": f"sqlite:///{folder}/consult.db",
        "KEYS": f"file:{folder}/keys",
        "ATTACHMENTS": f"file:{folder}/attachments",
        "MAIL": f"file:{folder}/mail",
    }
