"""What a modal carries from one step to the next in its private_metadata: ids of ours, nothing about the patient."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

from consult_bot.case.home import Page
from consult_bot.case.model import heard, spoken
from consult_bot.slack.blocks import Drawn


@dataclass(frozen=True, slots=True)
class Carried:
    """`case` is the number, `seen` the last patient message that the form showed, `draft` the id of the draft whose
    preview stands above, `about` the id of a task or a message. `keeps` names the inputs whose words stand in the
    author's draft, because they are longer than the modal holds. `home` is the page of Home on which it was opened."""

    case: int
    seen: str | None = None
    draft: str | None = None
    about: str | None = None
    keeps: tuple[str, ...] = ()
    home: str = ""

    def written(self) -> str:
        """Return it as private_metadata."""
        told = {**asdict(self), "case": spoken(self.case)}
        return json.dumps({name: value for name, value in told.items() if value or name not in SELDOM})

    @classmethod
    def read(cls, metadata: str) -> Carried:
        """Return what a modal of ours carries. Raises ValueError where it is not one of ours."""
        try:
            kept = json.loads(metadata)
        except RecursionError:
            raise ValueError("what the modal carries is nested too deeply") from None
        told = kept if isinstance(kept, dict) else {}
        ids = [told.get(name) for name in ("seen", "draft", "about")]
        number = heard(str(told.get("case")))
        keeps = told.get("keeps", [])
        named = isinstance(keeps, list) and all(isinstance(name, str) for name in keeps)
        if number is None or not named or not all(each is None or isinstance(each, str) for each in ids):
            raise ValueError("the modal carries no case number, or something that is no id")
        return cls(number, *ids, keeps=tuple(keeps), home=Page.read(str(told.get("home") or "")).written())


SELDOM = frozenset({"keeps", "home"})
"""What most modals do not carry at all."""


def opened_on(view: Drawn, home: str) -> Drawn:
    """Return the modal so that it remembers the page of Home on which it was opened; others carry nothing more."""
    if not home or not view.get("private_metadata"):
        return view
    carried = Carried.read(view["private_metadata"])
    return {**view, "private_metadata": replace(carried, home=home).written()}
