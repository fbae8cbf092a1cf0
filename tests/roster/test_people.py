"""The roster file: who works here, as a spreadsheet saves it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from consult_bot.case.verb import Role
from consult_bot.roster.people import BadRoster, Person, parse_roster, signatures
from tests.builders import ANA, BEN

HEAD = "slack_id,name,credentials,role,states,queues\n"


def one(row: str) -> Person:
    (person,) = parse_roster(HEAD + row)
    return person


def test_it_reads_lists_inside_a_cell():
    ana = one('U1AA,"Ruiz, Ana",MD,Lead,wa; or;,general;skin\n')
    assert (ana.id, ana.name, ana.credentials, ana.role) == ("U1AA", "Ruiz, Ana", "MD", Role.LEAD)
    assert (ana.states, ana.queues) == (("WA", "OR"), ("general", "skin"))


@pytest.mark.parametrize("cell", ["", "  ", ";"])
def test_it_takes_an_empty_states_cell_for_licences_that_nobody_listed(cell: str):
    assert one(f"U1AA,Ana,MD,,{cell},\n").states is None


def test_it_takes_an_empty_role_for_a_clinician_and_empty_queues_for_all_of_them():
    ana = one("U1AA,Ana,,,WA,\n")
    assert (ana.role, ana.queues) == (Role.CLINICIAN, ())


def test_it_keeps_a_queue_that_nobody_else_has_named_yet():
    assert one("U1AA,Ana,,,,brand-new\n").queues == ("brand-new",)


def test_it_reads_what_a_spreadsheet_saves():
    saved = "\ufeff" + HEAD.replace("\n", "\r\n") + "U1AA,Ana Ruiz,MD,lead,WA;OR,\r\n"
    (ana,) = parse_roster(saved)
    assert (ana.id, ana.states) == ("U1AA", ("WA", "OR"))


def test_it_names_every_faulty_line_at_once():
    with pytest.raises(BadRoster) as caught:
        parse_roster(HEAD + "ana,Ana,,,,\nU1AA,Ana,,,,\nU1AA,Ana,,,,\nU2BB,,,,,\nU3CC,Cy,,boss,,\n")
    lines = str(caught.value).splitlines()
    assert [line.partition(":")[0] for line in lines] == ["Line 2", "Line 4", "Line 5", "Line 6"]


def test_it_names_the_columns_that_are_missing():
    with pytest.raises(BadRoster, match="lacks the columns role, states, queues"):
        parse_roster("slack_id,name,credentials\nU1AA,Ana,MD\n")


def test_it_signs_with_the_credentials_where_there_are_any():
    assert signatures([ANA, replace(BEN, credentials="")]) == {
        ANA.id: "Ana Ruiz, MD",
        BEN.id: "Ben Okafor",
    }
