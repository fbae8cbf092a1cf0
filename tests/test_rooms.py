"""Who may import whom. Read ARROWS as a list: a room, and the rooms it may import."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("consult_bot", "commands", "storage")
ALL = frozenset({"everything"})
EVERYWHERE = frozenset({"case", "roster"})

ARROWS: dict[str, frozenset[str]] = {
    "case": frozenset(),
    "roster": frozenset({"case"}),
    "deadlines": EVERYWHERE | {"texts"},  # the names of days and months
    "forms": EVERYWHERE | {"texts"},  # the same
    "media": EVERYWHERE,
    "texts": EVERYWHERE,
    "commands": EVERYWHERE | {"deadlines", "forms", "texts"},  # the emergency texts are choices
    "routes": EVERYWHERE | {"deadlines", "forms"},
    "storage": EVERYWHERE,
    "desk": EVERYWHERE | {"commands", "routes", "storage"},
    "slack": EVERYWHERE | {"desk", "commands", "forms", "texts"},
    "documents": EVERYWHERE | {"forms", "texts"},
    "portal": EVERYWHERE
    | {"desk", "commands", "storage", "forms", "deadlines", "media", "documents", "texts"},
    "intake": EVERYWHERE | {"portal", "desk", "storage", "forms", "deadlines", "media", "documents", "texts"},
    "notices": EVERYWHERE | {"slack", "storage", "documents", "texts", "deadlines"},  # letters say by when
    "watch": EVERYWHERE | {"slack", "desk", "storage"},
    "worker": EVERYWHERE | {"desk", "notices", "watch", "storage"},
    "sandbox": EVERYWHERE | {"storage"},  # the clock only
    # What stands outside the rooms: read once at the start, or asked by monitors.
    "config": EVERYWHERE | {"config_values", "deadlines"},
    "config_values": EVERYWHERE | {"deadlines"},
    "logs": frozenset(),
    "health": frozenset({"storage", "gauges", "asking"}),
    "gauges": frozenset({"storage", "asking"}),
    "asking": frozenset(),
    "app": ALL,
    "cli": ALL,
    "__main__": ALL,
    "__init__": frozenset(),
}

SANDBOX_ENTRANCE = "cli"
"""Nothing else imports the sandbox, so that it cannot be switched on by accident."""

SPOKEN_OF_BY_ALL = frozenset({"__init__"})
"""`consult_bot` itself, which holds nothing but its name."""


class Import(NamedTuple):
    """One import of ours: where it stands, from which room, into which."""

    file: Path
    line: int
    importer: str
    imported: str


def room_of(module: str) -> str:
    """Return the room of a module by its dotted name."""
    package, *rest = module.split(".")
    if package != "consult_bot":
        return package
    return rest[0] if rest else "__init__"


def modules() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def imports_in(source: str, file: Path, module: str) -> Iterator[Import]:
    """Yield every import of ours, those inside functions and under TYPE_CHECKING as well."""
    for node in ast.walk(ast.parse(source)):
        for name in imported_names(node, module):
            if name.split(".")[0] in PACKAGES:
                yield Import(file, getattr(node, "lineno", 0), room_of(module), room_of(name))


def imported_names(node: ast.AST, module: str) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        above = module.split(".")[: -node.level] if node.level else []
        source = ".".join([*above, *filter(None, [node.module])])
        # `from consult_bot import desk` names the room only in what it imports.
        return [f"{source}.{alias.name}" for alias in node.names] if source in PACKAGES else [source]
    if isinstance(node, ast.Call) and named(node.func) in {"import_module", "__import__"}:
        return [each.value for each in node.args[:1] if isinstance(each, ast.Constant)]
    return []


def named(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


def allowed(found: Import) -> bool:
    if found.importer == found.imported or found.imported in SPOKEN_OF_BY_ALL:
        return True
    if found.imported == "sandbox":
        return found.importer == SANDBOX_ENTRANCE
    arrows = ARROWS[found.importer]
    return arrows is ALL or found.imported in arrows


def told(found: Import) -> str:
    may = sorted(ARROWS[found.importer]) or ["nothing of ours"]
    return (
        f"{found.file.relative_to(ROOT)}:{found.line}: {found.importer} → {found.imported}; "
        f"{found.importer} may import {', '.join(may)}"
    )


def test_it_knows_every_room():
    unknown = {room_of(dotted(path)): str(path.relative_to(ROOT)) for path in modules()}.items()
    strangers = [f"{room} ({path})" for room, path in unknown if room not in ARROWS]
    assert not strangers, f"Give these rooms a line in ARROWS, and the design one too: {', '.join(strangers)}"


def test_it_finds_only_imports_that_have_an_arrow():
    found = [
        each
        for path in modules()
        for each in imports_in(path.read_text(encoding="utf-8"), path, dotted(path))
    ]
    assert len(found) > 50
    forbidden = [told(each) for each in found if not allowed(each)]
    assert not forbidden, "Imports against the arrows:\n" + "\n".join(forbidden)


@pytest.mark.parametrize(
    "source",
    [
        "import storage.cases",
        "from storage import cases",
        "from storage.cases import Cases",
        "def later():\n    from storage.cases import Cases",
        "if TYPE_CHECKING:\n    from storage.cases import Cases",
        "from importlib import import_module\nimport_module('storage.cases')",
    ],
)
def test_it_sees_an_import_however_it_is_written(source):
    (found,) = imports_in(source, ROOT / "consult_bot/case/model.py", "consult_bot.case.model")
    assert (found.importer, found.imported) == ("case", "storage")
    assert not allowed(found)
    assert "consult_bot/case/model.py:" in told(found)
    assert "case → storage; case may import nothing of ours" in told(found)


def test_it_sees_through_relative_imports():
    (found,) = imports_in(
        "from ..desk import Desk", ROOT / "consult_bot/forms/reader.py", "consult_bot.forms.reader"
    )
    assert (found.importer, found.imported) == ("forms", "desk")


def test_it_sees_a_room_imported_from_the_package():
    (found,) = imports_in(
        "from consult_bot import app", ROOT / "consult_bot/desk/handling.py", "consult_bot.desk.handling"
    )
    assert (found.importer, found.imported) == ("desk", "app")
    assert not allowed(found)


def test_it_lets_nobody_but_the_command_line_into_the_sandbox():
    source = "from consult_bot.sandbox.server import Sandbox"
    (by_app,) = imports_in(source, ROOT / "consult_bot/app.py", "consult_bot.app")
    (by_cli,) = imports_in(source, ROOT / "consult_bot/cli/sandbox.py", "consult_bot.cli.sandbox")
    assert not allowed(by_app)
    assert allowed(by_cli)
