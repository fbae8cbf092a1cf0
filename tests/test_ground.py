"""The ground: one command sets everything up, and what cannot be set up is said at once."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
UV_MAKES_A_PYTHON = (
    'echo uv >>"$CALLS"; mkdir -p .venv/bin; echo "#!/bin/sh" >.venv/bin/python; chmod +x .venv/bin/python'
)
TARGETS = ("sandbox", "run", "migrate", "test", "lint", "bench")


def program(folder: Path, name: str, script: str) -> None:
    """Put a small shell script onto a PATH."""
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


def real(folder: Path, *names: str) -> None:
    """Put programs of this machine onto a PATH that holds nothing else."""
    for name in names:
        found = shutil.which(name)
        assert found, name
        (folder / name).symlink_to(found)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A PATH on which nothing is installed yet."""
    folder = tmp_path / "bin"
    folder.mkdir()
    real(folder, "sh", "cat")
    return folder


def ran(path: Path, *command: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": str(path), "HOME": str(path), "CALLS": str(path / "calls")}
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def calls(path: Path) -> list[str]:
    file = path / "calls"
    return file.read_text().splitlines() if file.exists() else []


class TestMake:
    @pytest.fixture
    def make(self, path: Path, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
        """Run make in a fresh copy, where .venv is not there yet."""
        for name in ("Makefile", "pyproject.toml", "uv.lock"):
            shutil.copy(ROOT / name, tmp_path)
        real(path, "make", "grep", "sed", "touch")
        return lambda *arguments: ran(path, "make", *arguments, cwd=tmp_path)

    def test_it_lists_every_command_by_default(self, make):
        listed = make().stdout
        for target in TARGETS:
            assert re.search(rf"^  make {target} +\w", listed, re.MULTILINE), target

    def test_it_says_at_once_that_python_is_too_old(self, make, path):
        program(path, "old-python", "exit 1")
        done = make("sandbox", "PYTHONS=old-python python-that-is-not-there")
        assert done.returncode == 2
        assert "Python 3.11 or newer is needed" in done.stderr
        assert "make sandbox PYTHONS=/path/to/python3.11" in done.stderr

    def test_it_takes_the_first_python_that_is_new_enough(self, make, path):
        program(path, "old-python", "exit 1")
        program(path, "new-python", 'echo "$@" >>"$CALLS"; [ "$1" = -c ]')
        make("sandbox", "PYTHONS=old-python new-python")
        assert calls(path)[-1] == "-m venv .venv"

    @pytest.mark.parametrize(
        ("target", "synced"),
        [
            ("sandbox", "sync --frozen --no-dev --inexact --compile-bytecode"),
            ("test", "sync --frozen --compile-bytecode"),
        ],
    )
    def test_it_uses_uv_and_its_lock_where_uv_is_installed(self, make, path, target, synced):
        program(path, "uv", 'echo "$@" >>"$CALLS"; exit 1')
        make(target)
        assert calls(path) == [synced]

    def test_it_does_not_think_it_is_ready_after_a_failure(self, make, path, tmp_path):
        program(path, "uv", "exit 1")
        assert make("sandbox").returncode == 2
        assert list(tmp_path.glob(".venv/.*ready")) == []

    def test_it_sets_up_once(self, make, path, tmp_path):
        (tmp_path / "tests").mkdir()
        program(path, "uv", UV_MAKES_A_PYTHON)
        real(path, "mkdir", "chmod")
        make(".venv/.tools-are-ready")
        make(".venv/.tools-are-ready", ".venv/.runtime-is-ready")
        assert calls(path) == ["uv"]

    def test_it_sets_up_again_when_the_dependencies_change(self, make, path, tmp_path):
        program(path, "uv", UV_MAKES_A_PYTHON)
        real(path, "mkdir", "chmod")
        make(".venv/.runtime-is-ready")
        ready = (tmp_path / ".venv/.runtime-is-ready").stat().st_mtime
        os.utime(tmp_path / "uv.lock", (ready + 10, ready + 10))
        make(".venv/.runtime-is-ready")
        assert calls(path) == ["uv", "uv"]


class TestChromium:
    SCRIPT = str(ROOT / "tests/ensure_chromium.sh")

    def test_it_is_content_with_the_one_that_is_there(self, path):
        program(path, "chromium", "")
        program(path, "apt-get", 'echo "$@" >>"$CALLS"')
        assert ran(path, "sh", self.SCRIPT).returncode == 0
        assert calls(path) == []

    def test_it_installs_it_as_root(self, path):
        program(path, "id", "echo 0")
        program(path, "apt-get", 'echo "$@" >>"$CALLS"')
        assert ran(path, "sh", self.SCRIPT).returncode == 0
        update, install = calls(path)
        assert update.split()[0] == "update"
        assert install.split()[0] == "install"
        assert install.split()[-1] == "chromium"

    def test_it_fails_at_once_for_anyone_else_saying_how_to_get_it(self, path):
        program(path, "id", "echo 1000")
        program(path, "apt-get", 'echo "$@" >>"$CALLS"')
        done = ran(path, "sh", self.SCRIPT)
        assert done.returncode == 1
        assert "sudo apt-get update && sudo apt-get install chromium" in done.stderr
        assert calls(path) == []

    def test_it_fails_when_the_installation_does(self, path):
        program(path, "id", "echo 0")
        program(path, "apt-get", "exit 100")
        assert ran(path, "sh", self.SCRIPT).returncode != 0


class TestGate:
    def test_it_checks_style_and_then_runs_the_suite(self, path):
        real(path, "bash", "dirname")
        program(path, "make", 'echo "$@" >>"$CALLS"')
        assert ran(path, "bash", str(ROOT / ".ci/run")).returncode == 0
        assert calls(path) == ["lint", "test"]

    def test_it_stops_at_the_first_failure(self, path):
        real(path, "bash", "dirname")
        program(path, "make", 'echo "$@" >>"$CALLS"; exit 1')
        assert ran(path, "bash", str(ROOT / ".ci/run")).returncode != 0
        assert calls(path) == ["lint"]

    def test_it_can_be_run(self):
        assert os.access(ROOT / ".ci/run", os.X_OK)


class TestLock:
    @pytest.fixture
    def project(self) -> dict[str, Any]:
        return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

    @pytest.fixture
    def lock(self) -> dict[str, Any]:
        return tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))

    def test_it_is_for_every_python_that_the_project_takes(self, project, lock):
        assert lock["requires-python"] == project["project"]["requires-python"] == ">=3.11"

    def test_it_is_as_new_as_the_dependencies(self, project, lock):
        (ours,) = [each for each in lock["package"] if each["name"] == "consult-bot"]
        assert locked(ours["metadata"]["requires-dist"]) == wanted(project["project"]["dependencies"])
        assert locked(ours["metadata"]["requires-dev"]["dev"]) == wanted(project["dependency-groups"]["dev"])

    def test_it_takes_packages_only_from_the_public_index(self, lock):
        sources = [each["source"] for each in lock["package"] if each["name"] != "consult-bot"]
        assert {source.get("registry") for source in sources} == {"https://pypi.org/simple"}
        files = re.findall(r'url = "([^"]+)"', (ROOT / "uv.lock").read_text(encoding="utf-8"))
        assert files
        assert [url for url in files if not url.startswith("https://files.pythonhosted.org/")] == []


def wanted(requirements: list[str]) -> set[tuple[str, str]]:
    """Return (name, versions) of requirements such as `psycopg[binary]>=3.2`."""
    found = [re.fullmatch(r"([A-Za-z0-9._-]+)(?:\[[\w,]+\])?(.*)", each) for each in requirements]
    return {(re.sub(r"[._]", "-", each[1]).lower(), each[2]) for each in found if each}


def locked(entries: list[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(each["name"], each.get("specifier", "")) for each in entries}


class TestLicence:
    def test_it_is_apache_2(self):
        text = (ROOT / "LICENSE").read_text(encoding="utf-8")
        assert re.search(r"Apache License\s+Version 2\.0, January 2004", text)
        assert "END OF TERMS AND CONDITIONS" in text
