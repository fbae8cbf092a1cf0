"""S3, SES and KMS away: a plain no where something could not be kept, and all of it once when they are back."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest
from sqlalchemy import func, select

from consult_bot.cli.stories.players import Colleague
from consult_bot.portal.photo_tray import NOT_KEPT
from storage import tables
from tests.aws import Aws
from tests.faults.amazon import Amazon, Trouble
from tests.faults.ledger import audit, look
from tests.faults.length import LONG, in_full
from tests.faults.people import FORM, NoAnswer, Patient, Told, at_work
from tests.faults.town import Found, Town, until

PHOTOS = 2
CASES = 12 if LONG else 4
GOOD_FOR_SECONDS = 2.0
SHORT_LOAN = {
    "storage.keys.kms.GOOD_FOR_SECONDS": GOOD_FOR_SECONDS,
    "storage.keys.kms.RENEWED_AFTER_SECONDS": 1.0,
    "storage.keys.kms.PAUSE_SECONDS": 0.2,
}
"""The keys of KMS are let go by real time, so their five minutes are shortened."""

LONGEST_STEP_SECONDS = 1.0
"""Whatever began with keys in hand is over by so long after their time."""


@pytest.fixture
def amazon(aws: Aws) -> Iterator[Amazon]:
    door = Amazon(aws)
    yield door
    door.close()


@pytest.fixture
def founded_on_aws(founded: Found, amazon: Amazon) -> Found:
    """Founds towns whose photos are in S3, whose keys KMS holds and whose letters go by SES."""

    def found(*seats: str) -> Town:
        town = founded(*seats, **amazon.settings())
        amazon.mailbox = town.mail
        return town

    return found


def refused(press: Callable[[], object]) -> httpx.Response:
    """Return the answer to somebody who is told to come back: it says when."""
    with pytest.raises(NoAnswer, match="503") as caught:
        press()
    response = caught.value.response
    assert response is not None and response.headers["retry-after"].isdecimal()
    return response


def counted(town: Town) -> dict[str, int]:
    """How many rows there are of what people sent."""
    kept = (tables.cases, tables.history, tables.attachments, tables.inbound)
    with town.store.reading() as work:
        return {t.name: work.connection.scalar(select(func.count()).select_from(t)) or 0 for t in kept}


def passes(town: Town) -> bool:
    """Let the time of a retry pass."""
    town.advance(1.1)
    return True


def photos_of(town: Town, number: int) -> tuple[str, ...]:
    return town.peek(lambda work: work.cases.get(number).submission.attachments)


def a_case_with_its_card(town: Town, told: Told) -> tuple[int, str]:
    """Wait for one; return its number, and the ts of its card."""
    until(
        "a case with its card",
        lambda: any(f"C-{number}" in look(town).roots for number in list(told.emails)),
        60,
    )
    cards = look(town).roots
    number = next(number for number in list(told.emails) if f"C-{number}" in cards)
    return number, str(cards[f"C-{number}"][0]["ts"])


def assert_nothing_in_the_clear(town: Town, aws: Aws) -> None:
    """Neither database nor bucket nor logs hold a word of what patients wrote, nor a picture."""
    with town.store.reading() as work:
        rows = [
            row for table in tables.metadata.sorted_tables for row in work.connection.execute(select(table))
        ]
    objects = aws.objects()
    kept = [*(repr(tuple(row)).encode() for row in rows), *(one["data"] for one in objects.values())]
    kept += [path.read_bytes() for path in town.folder.glob("*.log")]
    for canary in (
        FORM["given_name"],
        FORM["family_name"],
        FORM["address_now"],
        "concern P",
        "@example.org",
        "JFIF",
    ):
        assert not any(canary.encode() in each for each in kept), canary
    assert {one["ServerSideEncryption"] for one in objects.values()} <= {"aws:kms"}


@pytest.mark.parametrize("kind", in_full("postgresql", "sqlite"))
def test_it_says_that_photos_were_not_kept_while_s3_is_away_and_shows_each_once_in_slack_afterwards(
    founded_on_aws: Found, amazon: Amazon, kind: str, seed: str, tell: Callable[[str], None]
) -> None:
    town = founded_on_aws("web", "worker")
    web, worker = town.seats
    web.start()
    told = Told()
    patients = {trouble: Patient(town, told, f"P{place}", seed) for place, trouble in enumerate(Trouble)}
    for trouble, patient in patients.items():
        patient.fill_in(photos=PHOTOS)
        with amazon.failing("s3", trouble):
            assert NOT_KEPT in refused(patient.press_once).text
    assert set(counted(town).values()) == {0}
    numbers = [patient.press() for patient in patients.values()]
    assert [patient.press() for patient in patients.values()] == numbers, "pressed again"
    pictures = [photo for number in numbers for photo in photos_of(town, number)]
    with amazon.failing("s3", Trouble.HANGS_UP):
        so_often = amazon.met["s3", Trouble.HANGS_UP]
        worker.start()
        until("cards, without photos", lambda: passes(town) and len(look(town).roots) == len(numbers))
        until("letters, which do not wait either", lambda: len(list(town.mail.glob("*.eml"))) == len(numbers))
        until(
            "S3 to be asked in vain",
            lambda: passes(town) and amazon.met["s3", Trouble.HANGS_UP] > so_often + 4,
        )
        first = patients[Trouble.ANSWERS_503]
        assert first.open(numbers[0]), "the page is there without its pictures"
        refused(lambda: first.look_at(f"/case/photos/{pictures[0]}/full"))
    town.settle()
    found = audit(town, told)
    tell(f"{kind}: {found.row}")
    assert found.facts == []
    assert len(set(pictures)) == PHOTOS * len(numbers)
    assert_nothing_in_the_clear(town, amazon.aws)
    for patient in patients.values():
        patient.read(patient.mine)
        for photo in photos_of(town, patient.mine[0]):
            assert patient.look_at(f"/case/photos/{photo}/full").headers["content-type"] == "image/jpeg"


@pytest.mark.parametrize("kind", in_full("postgresql", "sqlite"))
def test_it_sends_every_letter_at_least_once_with_the_same_link_whatever_ses_does(
    founded_on_aws: Found, amazon: Amazon, kind: str, seed: str, tell: Callable[[str], None]
) -> None:
    town = founded_on_aws("web", "worker", "worker")
    town.open()
    with at_work(town, seed, patients=2, most=CASES // 2) as crowd:
        for trouble in Trouble:
            with amazon.failing("ses", trouble):
                until(f"a SES that {trouble.value}", lambda t=trouble: amazon.met["ses", t] > 1, 60)
        until("cases", lambda: len(crowd.told.emails) >= CASES, 60)
    found = audit(town, crowd.told)
    tell(f"{kind}: {found.row}")
    assert found.facts == []
    assert found.repeated_letters > 0, "SES had taken what it gave no receipt for"
    logs = "".join(path.read_text() for path in town.folder.glob("worker*.log"))
    assert logs.count("a letter may arrive twice") >= found.repeated_letters, "each repeat is counted"
    assert_nothing_in_the_clear(town, amazon.aws)


@pytest.mark.parametrize("trouble", in_full(Trouble.ANSWERS_503, Trouble.HANGS_UP, Trouble.LOSES_REPLY))
@pytest.mark.parametrize("kind", in_full("postgresql", "sqlite"))
def test_it_keeps_nothing_without_its_keys_and_goes_on_when_kms_is_back(
    founded_on_aws: Found,
    amazon: Amazon,
    kind: str,
    trouble: Trouble,
    seed: str,
    tell: Callable[[str], None],
) -> None:
    town = founded_on_aws("web", "worker")
    town.open(waits=SHORT_LOAN)
    lena = Colleague(town.slack, "U0LENA", "Lena")
    with at_work(town, seed, patients=2, most=CASES // 2) as crowd:
        number, card = a_case_with_its_card(town, crowd.told)
        late = Patient(town, crowd.told, "Plate", seed)
        late.fill_in(photos=PHOTOS)
        with amazon.failing("kms", trouble):
            over = GOOD_FOR_SECONDS + LONGEST_STEP_SECONDS
            until("the keys to be let go", lambda: amazon.silent_for("kms") > over)
            for path in ("/intake/general", "/case", "/p/unknown"):
                refused(lambda path=path: late.look_at(path))
            kept = counted(town), set(amazon.aws.objects())
            assert "Everything you wrote is still here" in refused(late.press_once).text
            for command in (f"claim C-{number}", f"show C-{number}"):
                assert "Please try again" in lena.types(command)
            lena.says("note Lena", card)
            assert (counted(town), set(amazon.aws.objects())) == kept
            assert_nothing_in_the_clear(town, amazon.aws)
        late.press()
    crowd.told.notes["Lena"] = number
    found = audit(town, crowd.told)
    found.lost_answers = crowd.told.tries
    tell(f"{kind}, KMS {trouble.value}: {found.row}")
    assert (found.facts, found.unheard_notes) == ([], 0)
    assert len(photos_of(town, late.mine[0])) == PHOTOS
    assert all(seat.child and not seat.child.over.is_set() for seat in town.seats), "no process ended"
