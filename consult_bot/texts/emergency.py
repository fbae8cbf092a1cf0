"""Emergency advice: texts to be signed off, as data. Clinicians choose one and may add to it, never change it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DATA = Path(__file__).with_name("emergency.json")


@dataclass(frozen=True, slots=True)
class EmergencyText:
    """One text. `label` is what the clinician chooses by, `text` what the patient reads.

    `signed_off_by` and `signed_off_on` (a day) are None until a clinical lead has confirmed it.
    """

    code: str
    label: str
    text: str
    source: str
    drafted_on: str
    signed_off_by: str | None
    signed_off_on: str | None


@cache
def emergency_texts() -> dict[str, EmergencyText]:
    """Return the texts by their code, in the order in which they are offered."""
    texts = [EmergencyText(**each) for each in json.loads(DATA.read_text(encoding="utf-8"))["texts"]]
    return {each.code: each for each in texts}
