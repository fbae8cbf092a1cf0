"""A sandbox for the app to talk to, and one as a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from consult_bot.sandbox.server import Sandbox
from tests.cli.running import SandboxAtWork, free_port


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    port = free_port()
    local = Sandbox(
        tmp_path / "slack", 0, f"http://127.0.0.1:{port}", tmp_path / "mail", lambda seconds: None
    )
    local.start()
    yield local
    local.stop()


@pytest.fixture
def start_sandbox(tmp_path: Path) -> Iterator[Callable[[], SandboxAtWork]]:
    """A function that starts `sandbox` over the test's folder. None outlives the test."""
    started: list[SandboxAtWork] = []

    def start() -> SandboxAtWork:
        started.append(SandboxAtWork(tmp_path))
        return started[-1]

    yield start
    for sandbox in started:
        sandbox.process.kill()
        sandbox.process.wait()
