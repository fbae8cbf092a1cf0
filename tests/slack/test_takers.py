"""Who may be given a case."""

from __future__ import annotations

from dataclasses import replace

from consult_bot.slack.takers import takers
from tests.builders import ANA, BEN, LENA
from tests.slack.cases import case, claimed

PEOPLE = (
    replace(ANA, states=("OR",)),
    replace(BEN, states=("WA",)),
    LENA,
    replace(BEN, id="U0OFF", name="Gone", active=False),
)


def labels(options: list[dict]) -> list[str]:
    return [option["text"]["text"] for option in options]


def test_it_offers_eligible_people_first_each_with_the_reason() -> None:
    assert labels(takers(case(), PEOPLE, "")) == [
        "Ben Okafor, NP · licensed in WA",
        "Lena Meyer, MD · license unchecked",
        "Ana Ruiz, MD · not possible: the patient is in WA and they are licensed in…"[:75],
    ]


def test_it_speaks_of_no_license_where_nobodys_is_known() -> None:
    assert labels(takers(case(), (BEN, LENA), "")) == ["Ben Okafor, NP", "Lena Meyer, MD"]


def test_it_leaves_out_the_owner_and_whoever_was_not_typed() -> None:
    assert [o["value"] for o in takers(claimed(), PEOPLE, "")] == [BEN.id, LENA.id]
    assert [o["value"] for o in takers(case(), PEOPLE, "OKA")] == [BEN.id]


def test_it_keeps_slacks_limits() -> None:
    many = [replace(BEN, id=f"U{n}", name="Ben " * 40) for n in range(150)]
    options = takers(case(), many, "")
    assert len(options) == 100 and all(len(label) <= 75 for label in labels(options))
