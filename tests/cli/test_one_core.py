"""One core for all threads of a web process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from consult_bot.cli.one_core import Look, roomiest
from consult_bot.cli.stories.players import Workspace
from consult_bot.sandbox.server import Sandbox
from tests.cli.running import PATIENCE_SECONDS, Running, eventually, free_port, settings, submit

pytestmark = pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity"), reason="threads are placed on Linux only"
)
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
on_several_cores = pytest.mark.skipif(CORES < 2, reason="there is one core only")

GATHERED = """
import json, os, sys, threading
from consult_bot.cli.one_core import gather

end, begun = threading.Event(), threading.Barrier(2)

def wait():
    begun.wait()
    end.wait()

def cores():
    return sorted(sorted(os.sched_getaffinity(int(each))) for each in os.listdir("/proc/self/task"))

first = threading.Thread(target=wait)
first.start()
begun.wait()
seen = []

def go_round():
    for core in sorted(os.sched_getaffinity(0)):
        gather(core)
        seen.append(cores())

here = threading.Thread(target=go_round)
here.start()
here.join()
child = threading.Thread(target=lambda: seen.append(sorted(os.sched_getaffinity(0))))
child.start()
child.join()
end.set()
print(json.dumps(seen))
"""

LOOKED_IN_VAIN = """
import os, resource, threading
from consult_bot.cli import one_core

in_vain, gathered = threading.Event(), threading.Event()
look, gather = one_core._look, one_core.gather

def watched_look():
    try:
        return look()
    except OSError:
        in_vain.set()
        raise

def watched_gather(core):
    gather(core)
    gathered.set()

one_core._look, one_core.gather = watched_look, watched_gather
one_core.LOOKS_EVERY_SECONDS = 0.01
few, most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (3, most))
one_core.keep_to_one_core()
assert in_vain.wait(20) and not gathered.is_set()
resource.setrlimit(resource.RLIMIT_NOFILE, (few, most))
assert gathered.wait(20), "it looks no more"
assert len(os.sched_getaffinity(0)) == 1
"""
"""No file can be opened for a while."""


MADE_WAY = """
import os, sys, time
from pathlib import Path
from consult_bot.cli import one_core

one_core.CORES, one_core.LOOKS_EVERY_SECONDS = Path(sys.argv[1]), 0.01
first, second, *_ = sorted(os.sched_getaffinity(0))
worked = {core: 0 for core in (first, second)}

def all_but_one_work(free):
    for core in worked:
        worked[core] += 0 if core == free else 100_000
    lines = [f"cpu{core} {ticks} 0 0 0 0 0 0 0 0 0" for core, ticks in worked.items()]
    written = one_core.CORES.with_suffix(".new")
    written.write_text("\\n".join(["cpu  1 2 3 4 5 6 7 8 9 10", *lines, "intr 1 2 3"]))
    written.rename(one_core.CORES)

all_but_one_work(first)
one_core.keep_to_one_core()
for free in (first, second, first):
    until = time.monotonic() + 20
    while os.sched_getaffinity(0) != {free}:
        assert time.monotonic() < until, f"it did not move to {free}"
        all_but_one_work(free)
        time.sleep(0.005)
"""
"""Others are said to work on all cores but one, now on this one, now on that one."""


def cores_of(process: subprocess.Popen[bytes]) -> list[set[int]]:
    """The cores on which each thread of a process may run; the one that looks after them last."""
    found = []
    for thread in (Path("/proc") / str(process.pid) / "task").iterdir():
        with suppress(ProcessLookupError):  # it has ended meanwhile
            found.append(os.sched_getaffinity(int(thread.name)))
    return sorted(found, key=len)


def test_it_brings_every_other_thread_to_the_core_and_what_they_start_comes_along() -> None:
    told = subprocess.run(
        [sys.executable, "-c", GATHERED], capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=True
    )
    allowed = sorted(os.sched_getaffinity(0))
    *gathered, child = json.loads(told.stdout)
    assert gathered == [sorted([[core], [core], allowed]) for core in allowed]
    assert child == [allowed[-1]]


def look(at: float, ours: float, *cores: float) -> Look:
    return Look(at, dict(enumerate(cores)), ours)


@pytest.mark.parametrize(
    ("here", "now", "core"),
    [
        (0, look(12.0, 6.0, 102.0, 100.4), 1),  # others took half of ours, and a fifth of the other core
        (0, look(12.0, 5.5, 101.7, 100.4), 0),  # nobody waits for long here
        (0, look(12.0, 6.0, 102.0, 101.0), 0),  # both are as busy
        (0, look(12.0, 7.0, 102.0, 100.0), 0),  # we alone work here
        (1, look(12.0, 5.0, 100.6, 101.0), 1),  # somewhat more room is not worth it
        (1, look(12.0, 5.0, 100.2, 102.0, 100.1), 2),
        (7, look(12.0, 5.0, 100.2, 101.0), 0),  # ours is no longer allowed
        (1, look(12.0, 6.0), 1),  # the system tells of no core
    ],
)
def test_it_goes_where_others_work_least_when_that_is_worth_it(here: int, now: Look, core: int) -> None:
    assert roomiest(here, look(10.0, 5.0, 100.0, 100.0, 100.0), now) == core


@on_several_cores
def test_it_makes_way_for_others(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-c", MADE_WAY, str(tmp_path / "stat")],
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE_SECONDS,
        check=False,
    )
    assert (told.returncode, told.stderr) == (0, "")


@on_several_cores
def test_it_looks_again_after_no_file_could_be_opened() -> None:
    told = subprocess.run(
        [sys.executable, "-c", LOOKED_IN_VAIN],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert (told.returncode, told.stderr) == (0, "")


@on_several_cores
def test_it_keeps_a_web_process_together_and_leaves_a_worker_alone(
    tmp_path: Path, sandbox: Sandbox, postgres_url: str
) -> None:
    env = {**settings(sandbox, tmp_path, free_port()), "DATABASE_URL": postgres_url}
    web = Running(tmp_path, env, "web")
    worker = Running(tmp_path, env, "worker")
    try:
        submit(web.url)
        eventually("one core", lambda: len(set().union(*cores_of(web.process)[:-1])) == 1)
        assert cores_of(web.process)[-1] == os.sched_getaffinity(0)
        number = submit(web.url)
        slack = Workspace(sandbox.url, "C0CONSULT")
        eventually("the worker at work", lambda: slack.card(number))
        assert all(cores == os.sched_getaffinity(0) for cores in cores_of(worker.process))
    finally:
        web.kill()
        worker.kill()


@on_several_cores
def test_it_uses_no_core_that_it_was_not_given(tmp_path: Path, sandbox: Sandbox) -> None:
    given = {max(os.sched_getaffinity(0))}
    everywhere = os.sched_getaffinity(0)
    os.sched_setaffinity(0, given)
    try:
        running = Running(tmp_path, settings(sandbox, tmp_path, free_port()))
    finally:
        os.sched_setaffinity(0, everywhere)
    try:
        submit(running.url)
        assert all(cores == given for cores in cores_of(running.process))
    finally:
        running.kill()
