"""What a modal carries from one step to the next in its private_metadata: ids of ours, nothing about the patient."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from consult_bot.case.model import heard, spoken


@dataclass(frozen=True, slots=True)
class Carried:
    """`case` is the number, `seen` the last patient message that the form showed, `draft` the id of the draft whose
    preview stands above, `about` the id of a task or a message."""

    case: int
    seen: str | None = None
    draft: str | None = None
    about: str | None = None

    def written(self) -> str:
        """Return it as private_metadata."""
        return json.dumps({**asdict(self), "case": spoken(self.case)})

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
        if number is None or not all(each is None or isinstance(each, str) for each in ids):
            raise ValueError("the modal carries no case number, or something that is no id")
        return cls(number, *ids)
