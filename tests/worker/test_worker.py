"""The worker against the sandbox's Slack: everything arrives, once and in order, whatever Slack answers."""

from __future__ import annotations

import io
import json
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from commands import VERB
from consult_bot import worker as worker_module
from consult_bot.case.delivery import DeliveryKind, Way
from consult_bot.case.errors import Busy
from consult_bot.case.model import TaskKind
from consult_bot.case.verb import THE_PATIENT, Actor, Done, Refused, Request
from consult_bot.cli.stories.players import until, words_in
from consult_bot.logs import SafeLines
from consult_bot.notices import post_office
from consult_bot.notices.mail import MailDown, MailRefused
from consult_bot.notices.post_office import Later, send
from consult_bot.worker import Worker
from consult_bot.worker.senders import AT_A_TIME
from storage.errors import Conflict, Overloaded
from storage.inbound import REPEATED_WITHIN
from storage.outbox import Leased, Outbox
from storage.outbox.lanes import SLACK_GAP
from storage.tables import deliveries
from tests.builders import ANA, PRACTICE, Photo, World, submission
from tests.clinic import Clinic
from tests.commands.outcomes import happened

LONG = "".join(f"[{place:05}]" + "long " * 18 for place in range(1000))


def test_it_posts_the_card_and_the_form_and_mails_that_it_came(clinic: Clinic) -> None:
    number = clinic.world.submit().number
    clinic.settle()
    card = clinic.card(number)
    assert card["text"] == f"C-{number} · new"
    assert "red rash" in words_in(card["blocks"]) and "red rash" in words_in(card["replies"])
    assert clinic.letters() == 1
    assert clinic.stuck() == []


def test_it_keeps_a_very_long_answer_whole_in_numbered_replies(clinic: Clinic) -> None:
    assert len(LONG) > 95_000
    number = clinic.world.submit().number
    clinic.world.reply(number, LONG)
    clinic.settle()
    replies = [r for r in clinic.card(number)["replies"] if "/" in r["text"].rsplit("·", 1)[-1]]
    assert len(replies) > 5
    told = words_in([r["blocks"] for r in replies])
    for place in range(1000):
        assert told.count(f"[{place:05}]") == 1
    numbers = [r["text"].rsplit("· ", 1)[-1] for r in replies]
    assert numbers == [f"{place}/{len(replies)}" for place in range(1, len(replies) + 1)]


@pytest.mark.parametrize(
    "what",
    [
        {"status": 503},
        {"status": 500},
        {"error": "internal_error"},
        {"retry_after_seconds": 7},
        {"lose_reply": True},
    ],
    ids=lambda what: next(iter(what)),
)
@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update"])
def test_it_shows_everything_once_and_in_order_when_slack_stumbles(
    clinic: Clinic, method: str, what: dict[str, Any]
) -> None:
    number = clinic.world.submit().number
    clinic.fault(method, times=2, **what)
    clinic.world.did("claim", ANA, number)
    for note in ("first note", "second note", "third note"):
        clinic.world.did("note", ANA, number, note=note)
    clinic.settle(timedelta(minutes=1))
    card = clinic.card(number)
    assert card["text"] == f"C-{number} · claimed"
    told = [words_in(reply["blocks"]) for reply in card["replies"]]
    places = [
        next(i for i, t in enumerate(told) if note in t)
        for note in ("first note", "second note", "third note")
    ]
    assert places == sorted(places)
    for note in ("first note", "second note", "third note"):
        assert sum(note in text for text in told) == 1
    assert clinic.stuck() == []


def test_it_gives_up_what_slack_will_never_take_and_sends_the_rest(clinic: Clinic) -> None:
    number = clinic.world.submit().number
    clinic.settle()
    clinic.world.did("note", ANA, number, note="poisoned")
    clinic.fault("chat.postMessage", times=1, error="invalid_blocks")
    clinic.settle()
    clinic.world.did("note", ANA, number, note="healthy")
    clinic.settle()
    told = words_in(clinic.card(number)["replies"])
    assert "healthy" in told and "poisoned" not in told
    assert any("invalid_blocks" in error for error in clinic.stuck())
    (letter,) = [m for m in clinic.messages() if m["text"].startswith("Not sent")]
    assert "invalid_blocks" in words_in(letter["blocks"]) and "poisoned" not in words_in(letter)


def test_it_tells_the_channel_once_when_the_promised_time_has_passed(clinic: Clinic) -> None:
    number = clinic.world.submit().number
    clinic.world.did("claim", ANA, number)
    clinic.settle()
    told = [m for m in clinic.messages() if "overdue" in words_in(m).lower()]
    assert told == []
    clinic.world.advance(hours=25)
    clinic.settle(timedelta(hours=3))
    broadcast = [
        m for m in clinic.messages() if m.get("subtype") == "thread_broadcast" and "overdue" in m["text"]
    ]
    assert len(broadcast) == 1
    assert "OVERDUE" in words_in(clinic.card(number)["blocks"])


def test_it_says_nothing_of_overdue_when_the_answer_went_out_in_time(clinic: Clinic) -> None:
    number = clinic.world.submit().number
    clinic.world.did("claim", ANA, number)
    clinic.world.advise(ANA, number)
    clinic.settle(timedelta(hours=30))
    assert "overdue" not in words_in(clinic.messages()).lower()


def told_of_late_calls(clinic: Clinic) -> list[dict[str, Any]]:
    return [m for m in clinic.messages() if "call overdue" in m["text"]]


@pytest.mark.parametrize("closed", [False, True])
def test_it_tells_the_channel_once_when_nobody_has_made_the_call_of_an_emergency(
    clinic: Clinic, closed: bool
) -> None:
    number = clinic.world.submit().number
    clinic.world.did("claim", ANA, number)
    if closed:
        clinic.world.did("close", ANA, number, reason="unsuitable")
    clinic.world.did("emergency", ANA, number, advice="call_911")
    clinic.settle(timedelta(minutes=29))
    assert told_of_late_calls(clinic) == []
    assert "OVERDUE" not in words_in(clinic.card(number)["blocks"])
    clinic.settle(timedelta(hours=3))
    (told,) = told_of_late_calls(clinic)
    assert told["subtype"] == "thread_broadcast" and "<@U0ANA>" in words_in(told)
    assert "555" not in words_in(told), "the channel sees this, and no number"
    assert "OVERDUE" in words_in(clinic.card(number)["blocks"]), "drawn anew"


def test_it_tells_the_channel_once_when_nobody_has_made_the_call_of_a_letter_that_never_arrived(
    clinic: Clinic,
) -> None:
    number = clinic.world.submit(email="no address").number
    clinic.settle(timedelta(minutes=29))
    assert told_of_late_calls(clinic) == []
    clinic.settle(timedelta(hours=3))
    (told,) = told_of_late_calls(clinic)
    assert told["subtype"] == "thread_broadcast" and "nobody has it" in words_in(told)
    assert "OVERDUE" in words_in(clinic.card(number)["blocks"])


@pytest.mark.parametrize("kind", ["call", "lab"])
def test_it_marks_a_task_as_late_at_its_time_and_tells_the_channel_nothing(clinic: Clinic, kind: str) -> None:
    case = clinic.world.submit()
    number, due = case.number, int(case.created_at.timestamp()) + 3600
    clinic.world.did("claim", ANA, number)
    clinic.world.did("task", ANA, number, kind=kind, words="see to it", due=str(due))
    clinic.world.did("note", ANA, number, note="what comes after does not wait for it")
    clinic.settle(timedelta(minutes=58))
    assert "OVERDUE" not in words_in(clinic.card(number)["blocks"])
    assert "what comes after" in words_in(clinic.card(number)["replies"])
    clinic.settle(timedelta(hours=1))
    assert "*OVERDUE* · *Open: " in words_in(clinic.card(number)["blocks"])
    assert told_of_late_calls(clinic) == [] and clinic.stuck() == []


def test_it_does_not_post_a_closed_case_again_for_a_task_that_was_done_in_time(clinic: Clinic) -> None:
    case = clinic.world.submit()
    number, due = case.number, int(case.created_at.timestamp()) + 3600
    clinic.world.did("claim", ANA, number)
    clinic.world.did("task", ANA, number, kind="lab", words="see to it", due=str(due))
    clinic.world.did("done", ANA, number, outcome="completed")
    clinic.world.did("close", ANA, number, reason="unsuitable")
    clinic.settle()
    clinic.office.slack.delete("C0CONSULT", clinic.card(number)["ts"])
    clinic.settle(timedelta(hours=2))
    assert [m for m in clinic.messages() if m["text"].startswith(f"C-{number} ·")] == []
    assert clinic.stuck() == []


@pytest.mark.parametrize("by", ["a human", "undo"])
def test_it_says_nothing_of_a_call_that_was_made_or_is_not_needed(clinic: Clinic, by: str) -> None:
    number = clinic.world.submit().number
    clinic.world.did("claim", ANA, number)
    if by == "undo":
        clinic.world.advise(ANA, number, disposition="emergency_now")
        clinic.world.did("undo", ANA, number)
    else:
        clinic.world.did("emergency", ANA, number, advice="call_911")
        clinic.world.did("done", ANA, number, outcome="reached")
    clinic.settle(timedelta(hours=3))
    assert told_of_late_calls(clinic) == [] and clinic.stuck() == []


def test_it_asks_for_a_call_when_a_letter_will_never_arrive(clinic: Clinic) -> None:
    number = clinic.world.submit(email="no address").number
    clinic.settle()
    assert [task.kind.value for task in clinic.world.case(number).open_tasks] == ["call"]
    assert "our email was refused" in words_in(clinic.card(number)["replies"])
    assert "Patient not reached. Our email was refused." in words_in(clinic.card(number)["replies"]).replace(
        "*", ""
    )
    assert clinic.letters() == 0
    clinic.world.did("claim", ANA, number)
    clinic.world.advise(ANA, number)
    clinic.settle(timedelta(minutes=2))
    assert len(clinic.world.case(number).open_tasks) == 1


def test_it_posts_cards_while_the_mail_server_is_silent(clinic: Clinic) -> None:
    class Silent:
        def send(self, message: EmailMessage) -> str:
            raise MailDown("TimeoutError")

    worker = Worker(clinic.world.store, clinic.world.desk, replace(clinic.office, mail=Silent()))
    numbers = [clinic.world.submit().number for _ in range(3)]
    for _ in range(20):
        worker.work_once()
        clinic.world.advance(seconds=SLACK_GAP.total_seconds())
    assert len([m for m in clinic.messages() if m["ts"] == m.get("thread_ts", m["ts"])]) == len(numbers)
    with clinic.world.store.reading() as work:
        tried = work.connection.execute(select(deliveries.c.attempts).where(deliveries.c.kind == "letter"))
        assert sum(tried.scalars()) < 15, "each silence holds the other letters back as well"


def test_it_posts_new_cards_before_the_files_that_wait(clinic: Clinic) -> None:
    photos = tuple(clinic.world.store.stage(Photo()) for _ in range(5))
    clinic.world.submit(attachments=photos)
    for _ in range(3):
        clinic.worker.work_once()
        clinic.world.advance(seconds=SLACK_GAP.total_seconds())
    late = clinic.world.submit().number
    clinic.worker.work_once()
    assert clinic.card(late)


def test_it_sends_nothing_that_was_undone(clinic: Clinic) -> None:
    number = clinic.world.submit().number
    clinic.world.did("claim", ANA, number)
    clinic.settle()
    clinic.world.did("ask", ANA, number, question="zebra stripes")
    clinic.world.did("undo", ANA, number)
    clinic.settle(timedelta(minutes=2))
    assert clinic.letters() == 1
    assert "zebra stripes" not in words_in(clinic.messages())


def test_it_puts_a_silent_claim_back_into_the_queue(clinic: Clinic) -> None:
    number = clinic.world.submit().number
    clinic.world.did("claim", ANA, number)
    clinic.settle()
    clinic.world.advance(minutes=121)
    clinic.settle()
    assert clinic.world.case(number).owner is None
    assert clinic.card(number)["text"] == f"C-{number} · new"
    assert any(
        "red rash" not in m["text"] and m.get("subtype") == "thread_broadcast" for m in clinic.messages()
    )


def test_it_logs_no_words(
    clinic: Clinic, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO, logger="consult_bot")
    number = clinic.world.submit(concern="canary-concern").number
    clinic.fault("chat.postMessage", times=1, error="invalid_blocks")
    clinic.world.did("note", ANA, number, note="canary-note")
    clinic.settle()
    printed = capfd.readouterr()
    logged = [str(vars(record)) for record in caplog.records if record.name.startswith("consult_bot.")]
    assert "invalid_blocks" in str(logged)
    for told in (printed.out, printed.err, *logged):
        assert "canary" not in told
        assert "parent.zarbex" not in told


def test_it_says_what_to_do_where_photos_may_be_another_databases(
    clinic: Clinic, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    (tmp_path / "attachments").mkdir(exist_ok=True)
    (tmp_path / "attachments" / f"owner.{'1' * 32}").touch()
    clinic.worker.keep_house()
    (record,) = [each for each in caplog.records if "not swept" in each.msg]
    line = json.loads(SafeLines(io.StringIO()).format(record))
    assert line["level"] == "error" and "ATTACHMENTS" in line["remedy"] and "not shown" not in str(line)


def test_it_forgets_what_came_in_long_ago_but_not_what_made_a_case(clinic: Clinic) -> None:
    submit = Request("submit", THE_PATIENT, submission=submission(), once_key="form:n1")
    made = clinic.world.desk.handle(submit)
    assert isinstance(made, Done)
    claim = Request("claim", Actor(ANA.id), made.case.number, once_key="command:t1")
    assert isinstance(clinic.world.desk.handle(claim), Done)
    for passed, kept in ((timedelta(days=89), 1), (REPEATED_WITHIN - timedelta(days=88), 0)):
        clinic.world.advance(seconds=passed.total_seconds())
        clinic.worker.keep_house()
        with clinic.world.store.reading() as work:
            assert work.inbound.seen("form:n1") == made.case.number
            assert (work.inbound.seen("command:t1") is not None) == bool(kept)


def test_it_goes_on_after_a_stumble(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody pulls the rug from under one claim: the next ones are made all the same."""
    stumbled = threading.Event()
    claim = Outbox.claim

    def once_broken(outbox: Outbox, *arguments: Any) -> Leased | None:
        if not stumbled.is_set():
            stumbled.set()
            raise RuntimeError("the rug")
        return claim(outbox, *arguments)

    monkeypatch.setattr(Outbox, "claim", once_broken)
    number = clinic.world.submit().number
    clinic.worker.start()
    until("the card", lambda: [m for m in clinic.messages() if m["text"].startswith(f"C-{number} ")])
    clinic.worker.stop()
    assert stumbled.is_set()


def test_it_keeps_its_senders_when_one_cannot_begin(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    clinic.world.submit()
    count = worker_module.SENDER_COUNTS[Way.SLACK]
    with ThreadPoolExecutor(1) as threads:
        monkeypatch.setattr(threads, "submit", raising(RuntimeError("can't start new thread")))
        assert clinic.worker._hand_out_all(threads)
    senders = clinic.worker._senders[Way.SLACK]
    senders.give_back()
    taken = [senders.take() for _ in range(count // AT_A_TIME)]
    assert taken == [AT_A_TIME] * (count // AT_A_TIME), "one at most was lost, and has come back"


def raising(error: Exception) -> Callable[..., Any]:
    def act(*given: Any, **named: Any) -> Any:
        raise error

    return act


def test_it_writes_down_what_went_out_when_the_database_is_back(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "IDLE_SECONDS", 0.0)
    finish, tries = Outbox.finish, []

    def away_at_first(outbox: Outbox, *given: Any) -> bool:
        tries.append(1)
        if len(tries) < 3:
            raise Overloaded("away")
        return finish(outbox, *given)

    monkeypatch.setattr(Outbox, "finish", away_at_first)
    clinic.world.submit()
    assert clinic.worker.work_once()
    assert len(tries) > 3 and clinic.stuck() == []


@pytest.mark.parametrize(
    "away", [Overloaded("away"), Conflict("again"), OperationalError("", {}, Exception())]
)
def test_it_gives_up_nothing_because_the_database_is_away(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch, away: Exception
) -> None:
    clinic.world.submit()
    monkeypatch.setitem(post_office.SENDERS, DeliveryKind.CARD, raising(away))
    with clinic.world.store.writing() as work:
        (leased,) = work.outbox.claim(*work.times(), {DeliveryKind.CARD})
    assert isinstance(send(clinic.office, replace(leased, attempts=50)), Later)


@pytest.mark.parametrize(("away", "why"), [(Conflict("again"), "busy"), (Overloaded("full"), "away")])
def test_it_tries_a_timer_again_and_notes_what_stood_in_its_way(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch, away: Exception, why: str
) -> None:
    number = clinic.world.submit().number
    clinic.world.did("claim", ANA, number)
    clinic.settle()
    clinic.world.advance(hours=3)
    store, write = clinic.world.store, clinic.world.store.commit
    with monkeypatch.context() as broken:
        broken.setattr(
            store, "commit", lambda act: raising(away)() if "Desk" in act.__qualname__ else write(act)
        )
        clinic.worker.work_once()
    assert why in clinic.stuck()
    assert clinic.world.case(number).owner == ANA.id


def test_it_buries_a_letter_only_when_its_case_has_been_told(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(post_office.SENDERS, DeliveryKind.LETTER, raising(MailRefused()))
    number = clinic.world.submit().number
    with monkeypatch.context() as busy:
        busy.setattr(clinic.worker._desk, "handle", lambda request: Refused(Busy("Try again.")))
        assert clinic.worker.work_once()
        assert "busy" in clinic.stuck()
    clinic.settle(timedelta(minutes=1))
    assert [task.kind for task in clinic.world.case(number).open_tasks] == [TaskKind.CALL]


def test_it_leaves_a_timer_that_only_a_newer_version_knows_to_a_newer_worker(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = clinic.world.submit().number
    clinic.settle()
    clinic.advance(timedelta(hours=25).total_seconds())
    with monkeypatch.context() as older:
        older.delitem(VERB, "overdue")
        for _ in range(2):
            clinic.settle(timedelta(seconds=20))
        assert clinic.stuck() == ["unknown verb"]
        assert "overdue" not in happened(clinic.world, number)
    clinic.settle(timedelta(seconds=20))
    assert happened(clinic.world, number).count("overdue") == 1
    assert clinic.stuck() == []


def test_it_pages_for_an_urgent_case_that_lay_unclaimed_for_five_minutes(clinic: Clinic) -> None:
    clinic.office = replace(clinic.office, oncall="mailto:oncall@example.org")
    world = World(clinic.world.store, replace(PRACTICE, oncall=True))
    clinic.worker = Worker(world.store, world.desk, clinic.office)
    number = world.submit().number
    world.did("emergency", ANA, number, advice="call_911")
    clinic.settle(timedelta(minutes=4))
    assert clinic.letters() == 2, "that it came, and the advice"
    clinic.settle(timedelta(minutes=5, seconds=10))
    assert clinic.letters() == 3
    replies = words_in(clinic.card(number)["replies"])
    assert "EMERGENCY ADVICE" in replies and "unclaimed for five minutes" in replies
    assert clinic.stuck() == []
