"""The life cycle as a picture (Mermaid) and a table, drawn from `LIFECYCLE` itself."""

from __future__ import annotations

from collections import defaultdict

from consult_bot.case.lifecycle import LIFECYCLE, Row
from consult_bot.case.model import State


def life_cycle_page() -> str:
    """Return docs/life-cycle.md."""
    return f"""# The life cycle of a case

Drawn by `.venv/bin/consult-bot diagram` from the table in `consult_bot/case/lifecycle.py`, which guards
every verb. Do not edit this page: change the table and draw it again.

```mermaid
{_picture()}
```

Verbs that leave the state as it is are in the table only.

{_table()}
"""


def _picture() -> str:
    arrows: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in LIFECYCLE:
        for before, after in _steps(row):
            arrows[(before, after)].append(row.verb)
    lines = [f"    {before} --> {after}: {', '.join(verbs)}" for (before, after), verbs in arrows.items()]
    return "\n".join(["stateDiagram-v2", *lines])


def _steps(row: Row) -> list[tuple[str, str]]:
    if row.to is None:
        return []
    befores = [state.value for state in State if state in row.origin] or ["[*]"]
    afters = [state.value for state in State if state in row.to]
    return [(before, after) for before in befores for after in afters]


def _table() -> str:
    lines = ["| verb | from | to | who | but |", "|---|---|---|---|---|"]
    for row in LIFECYCLE:
        origin = ", ".join(state.value for state in State if state in row.origin) or "–"
        to = ", ".join(state.value for state in State if state in row.to) if row.to else "same"
        given = f"not when {row.given.otherwise}" if row.given else ""
        lines.append(f"| {row.verb} | {origin} | {to} | {', '.join(sorted(row.who))} | {given} |")
    return "\n".join(lines)
