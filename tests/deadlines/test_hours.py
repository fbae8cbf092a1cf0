"""The practice is open by the clock on its wall, also in the nights the clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult_bot.deadlines.hours import PracticeHours
from consult_bot.deadlines.hours_text import HoursError
from consult_bot.deadlines.zones import ZoneError

PACIFIC = ZoneInfo("America/Los_Angeles")
USUAL = PracticeHours.parse("Mon-Fri 08:00-18:00; Sat 09:00-12:00", "America/Los_Angeles")


def pacific(*moment: int, fold: int = 0) -> datetime:
    return datetime(*moment, tzinfo=PACIFIC, fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        (pacific(2026, 11, 23, 7, 59), False),
        (pacific(2026, 11, 23, 8, 0), True),
        (pacific(2026, 11, 23, 17, 59), True),
        (pacific(2026, 11, 23, 18, 0), False),
        (pacific(2026, 11, 28, 11, 0), True),
        (pacific(2026, 11, 28, 13, 0), False),
        (pacific(2026, 11, 29, 10, 0), False),
    ],
)
def test_it_is_open_from_opening_until_just_before_closing(at: datetime, is_open: bool):
    assert USUAL.is_open(at) is is_open


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        (pacific(2026, 11, 23, 10, 30), pacific(2026, 11, 23, 10, 30)),
        (pacific(2026, 11, 23, 6, 0), pacific(2026, 11, 23, 8, 0)),
        (pacific(2026, 11, 23, 18, 0), pacific(2026, 11, 24, 8, 0)),
        (pacific(2026, 11, 27, 20, 0), pacific(2026, 11, 28, 9, 0)),
        (pacific(2026, 11, 28, 12, 0), pacific(2026, 11, 30, 8, 0)),
    ],
)
def test_it_finds_the_next_opening_in_utc(at: datetime, opens: datetime):
    found = USUAL.next_opening(at.astimezone(PACIFIC))
    assert found == opens
    assert found.tzinfo is UTC


def test_it_waits_an_hour_less_over_the_night_that_clocks_go_forward():
    evening = pacific(2026, 3, 6, 18, 0)
    only_monday = PracticeHours.parse("Mon 08:00-18:00", "America/Los_Angeles")
    assert only_monday.next_opening(evening) - evening == timedelta(hours=61)
    autumn = pacific(2026, 10, 30, 18, 0)
    assert only_monday.next_opening(autumn) - autumn == timedelta(hours=63)


def test_it_stays_open_through_the_hour_a_night_repeats():
    night = PracticeHours.parse("Sun 00:30-05:00", "America/Los_Angeles")
    assert night.is_open(pacific(2026, 11, 1, 1, 30))
    assert night.is_open(pacific(2026, 11, 1, 1, 30, fold=1))


def test_it_skips_hours_that_lie_in_the_hour_a_night_skips():
    gone = PracticeHours.parse("Sun 02:00-03:00", "America/Los_Angeles")
    assert gone.next_opening(pacific(2026, 3, 8, 0, 0)) == pacific(2026, 3, 15, 2, 0)


@pytest.mark.parametrize("text", ["always", "Always", " 24/7 ", "Mon-Sun 00:00-24:00", "Thu-Wed 00:00-24:00"])
def test_it_can_be_open_always(text: str):
    hours = PracticeHours.parse(text, "America/Los_Angeles")
    assert hours.never_close
    assert hours.described() == "At any time, day and night"


@given(
    st.integers(0, 6 * 365 * 24 * 60),
    st.sampled_from(["America/Los_Angeles", "Australia/Lord_Howe", "America/Havana", "UTC"]),
)
def test_it_never_closes_when_always_open_whatever_the_clocks_do(minutes: int, zone: str):
    at = pacific(2024, 1, 1) + timedelta(minutes=minutes)
    hours = PracticeHours.parse("always", zone)
    assert hours.is_open(at)
    assert hours.next_opening(at) == at


MINUTES = st.integers(0, 24 * 60)


@st.composite
def some_hours(draw: st.DrawFn) -> PracticeHours:
    opens, closes = sorted(draw(st.tuples(MINUTES, MINUTES).filter(lambda pair: pair[0] != pair[1])))
    days = draw(st.sampled_from(["Mon-Fri", "Sat-Sun", "Sun", "Wed,Sun", "Fri-Mon"]))
    zone = draw(
        st.sampled_from(["America/Los_Angeles", "Australia/Lord_Howe", "Africa/Cairo", "America/Phoenix"])
    )
    times = f"{opens // 60:02d}:{opens % 60:02d}-{closes // 60:02d}:{closes % 60:02d}"
    return PracticeHours.parse(f"{days} {times}", zone)


NIGHTS = st.sampled_from(
    [datetime(2026, 3, 8, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 4, 4, tzinfo=UTC)]
)


@given(some_hours(), NIGHTS, st.integers(-4 * 1440, 4 * 1440))
def test_it_opens_at_the_first_open_moment_and_not_before(
    hours: PracticeHours, night: datetime, minutes: int
):
    at = night + timedelta(minutes=minutes)
    opens = hours.next_opening(at)
    assert opens >= at
    assert hours.is_open(opens)
    assert (opens == at) == hours.is_open(at)
    if opens > at:
        assert not hours.is_open(opens - timedelta(seconds=1))
        assert not hours.is_open(at + (opens - at) / 2)
        assert hours.next_opening(at + (opens - at) / 2) == opens


@pytest.mark.parametrize(
    ("text", "zone", "said"),
    [
        (
            "Mon-Fri 08:00-18:00; Sat 09:00-12:00",
            "America/Los_Angeles",
            "Monday to Friday 8:00 am to 6:00 pm, Saturday 9:00 am to 12:00 pm (Pacific time)",
        ),
        ("Mon-Sun 07:30-24:00", "America/Phoenix", "Every day 7:30 am to midnight (Mountain time)"),
        ("sat,sun 9:00-13:00", "America/New_York", "Saturday and Sunday 9:00 am to 1:00 pm (Eastern time)"),
        (
            "Monday 08:00-12:00, 13:00–17:15",
            "Europe/Berlin",
            "Monday 8:00 am to 12:00 pm and 1:00 pm to 5:15 pm (CET/CEST)",
        ),
        ("Wed 00:00-06:00", "Asia/Tashkent", "Wednesday 12:00 am to 6:00 am (UTC+05)"),
        ("Mon 08:00-12:00; Mon 11:00-14:00;", "UTC", "Monday 8:00 am to 2:00 pm (UTC)"),
    ],
)
def test_it_says_its_hours_in_words(text: str, zone: str, said: str):
    assert PracticeHours.parse(text, zone).described() == said


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "they name no day"),
        (" ; ", "they name no day"),
        ("weekdays", '"weekdays" is not days followed by times'),
        ("08:00-18:00", "is not days followed by times"),
        ("Mon-Fri", "is not days followed by times"),
        ("Fun 08:00-18:00", '"Fun" is not a day'),
        ("T 08:00-18:00", '"T" is not a day'),
        ("Mon-Wed-Fri 08:00-18:00", '"Wed-Fri" is not a day'),
        ("Mon 8-18", '"8-18" is not a time to a time'),
        ("Mon 08:00-18:00,", '"" is not a time to a time'),
        ("Mon 08:00-25:00", "the last one is 24:00"),
        ("Mon 08:60-09:00", "the last one is 24:00"),
        ("Mon 24:00-24:01", "the last one is 24:00"),
        ("Mon 08:00-08:00", "a whole day is 00:00-24:00"),
        ("Fri 20:00-02:00", "write it as two, such as Fri 20:00-24:00; Sat 00:00-02:00"),
    ],
)
def test_it_says_what_is_wrong_with_hours_it_cannot_read(text: str, problem: str):
    with pytest.raises(HoursError) as refused:
        PracticeHours.parse(text, "America/Los_Angeles")
    assert problem in str(refused.value)
    assert "Mon-Fri 08:00-18:00; Sat 09:00-12:00" in str(refused.value)


@pytest.mark.parametrize(
    "zone", ["", "Pacific", "../../etc/passwd", "America", "America/Los Angeles", "\x00"]
)
def test_it_says_how_to_name_a_zone(zone: str):
    with pytest.raises(ZoneError, match="America/Los_Angeles"):
        PracticeHours.parse("always", zone)
