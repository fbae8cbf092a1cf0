"""Asked in a thread: what is done and what is answered are one transaction, and both happen once, on both databases."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event, select

from consult_bot.case.answer import ThreadAnswer
from consult_bot.case.errors import Busy
from consult_bot.case.verb import Actor, Done, NeedsForm, Outcome, Refused, Request
from consult_bot.case.words import Words
from storage.errors import Overloaded
from storage.tables import deliveries
from tests.builders import ANA, BEN, LENA, World


def asked(verb: str, by: str, number: int, key: str = "message:C1:5.5", **fields: str) -> Request:
    given = {name: Words(text) for name, text in fields.items()}
    return Request(verb, Actor(by), number, given, for_later=True, once_key=key)


def answered(world: World) -> list[str]:
    """The words of every answer that waits, decrypted."""
    with world.store.reading() as work:
        rows = work.connection.execute(
            select(deliveries.c.number, deliveries.c.payload).where(deliveries.c.kind == "answer")
        ).all()
        found = [work.answers.read(row.number, json.loads(row.payload)) for row in rows]
    return [answer.words.reveal() if answer.words else "" for answer in found]


def telling(number: int) -> Callable[[Outcome], ThreadAnswer | None]:
    def tell(outcome: Outcome) -> ThreadAnswer | None:
        if isinstance(outcome, Done) and not outcome.repeated:
            return None
        why = outcome.why.text if isinstance(outcome, Refused) else type(outcome).__name__
        return ThreadAnswer(ANA.id, "C1", "4.4", number, words=Words(why))

    return tell


def test_it_answers_once_however_many_hear_it_at_the_same_moment(world: World) -> None:
    number = world.submit().number
    world.did("claim", BEN, number)
    requests = [asked("claim", ANA.id, number)] * 8 + [
        asked("ask", BEN.id, number, "message:C1:6.6", question="Why?")
    ] * 8
    with ThreadPoolExecutor(8) as many:
        list(many.map(lambda request: world.desk.handle_and_answer(request, telling(number)), requests))
    told = sorted(answered(world))
    assert len(told) == 2 and told[0].startswith(f"C-{number} is already claimed") and told[1] == "NeedsForm"
    assert [d.verb for d in world.case(number).drafts] == ["ask"]


def test_it_commits_the_draft_and_the_answer_together(sqlite_world: World) -> None:
    world = sqlite_world
    number = world.submit().number
    world.did("claim", ANA, number)
    commits: list[object] = []
    event.listen(world.store._writer, "commit", commits.append)
    world.desk.handle_and_answer(asked("ask", ANA.id, number, question="Why?"), telling(number))
    assert len(commits) == 1 and answered(world) == ["NeedsForm"]
    world.desk.handle_and_answer(asked("claim", BEN.id, number, "message:C1:6.6"), telling(number))
    assert len(commits) == 2 and len(answered(world)) == 2


def test_it_keeps_nothing_of_what_was_refused_but_the_answer(world: World) -> None:
    number = world.submit().number
    before = world.case(number)
    world.desk.handle_and_answer(asked("ask", ANA.id, number, question="Why?"), telling(number))
    assert world.case(number) == before and len(answered(world)) == 1


def test_it_raises_busy_and_leaves_no_trace_where_the_database_does_not_answer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = world.submit().number

    def away(act: object) -> None:
        raise Overloaded("no connection was free")

    with monkeypatch.context() as patch:
        patch.setattr(world.store, "commit", away)
        with pytest.raises(Busy):
            world.desk.handle_and_answer(asked("claim", ANA.id, number), telling(number))
    world.desk.handle_and_answer(asked("claim", ANA.id, number), telling(number))
    assert world.case(number).owner == ANA.id and answered(world) == []


def test_it_forgets_a_draft_once_its_verb_is_done(world: World) -> None:
    number = world.submit().number
    outcome = world.desk.handle(asked("task", ANA.id, number, words="when the swab is back"))
    assert isinstance(outcome, NeedsForm) and outcome.fields["words"].reveal() == "when the swab is back"
    world.did("task", BEN, number, kind="lab", words="Order it.")
    assert [d.author for d in world.case(number).drafts] == [ANA.id], "a colleague's task is another one"
    world.did("task", ANA, number, kind="lab", words="when the swab is back")
    assert world.case(number).drafts == ()


def test_it_asks_about_the_task_that_was_meant_also_where_no_form_can_hold_the_words(world: World) -> None:
    number = world.submit().number
    (task,) = world.did("task", ANA, number, kind="lab", words="Order it.").open_tasks
    form = world.desk.handle(asked("done", ANA.id, number, words="The lab says: " + "x" * 4000))
    assert isinstance(form, NeedsForm) and form.about == task.id
    outcomes = [option.value for option in form.verb.asks(form.case, form.about)[0].options]
    assert outcomes == ["completed", "not_needed"], "what can become of a lab test, and not of a call"


def test_it_fills_in_from_the_draft_only_what_the_form_says_is_kept(world: World) -> None:
    number = world.submit().number
    world.did("claim", ANA, number)
    world.desk.handle(asked("advise", ANA.id, number, guidance="long", safety_net="also long"))
    sent = Request(
        "advise",
        Actor(ANA.id),
        number,
        {"disposition": Words("home"), "safety_net": Words("short")},
        keeps=("guidance", "safety_net", "disposition"),
    )
    preview = world.desk.handle(sent)
    fields = {name: words.reveal() for name, words in world.case(number).drafts[-1].fields}
    assert fields == {"disposition": "home", "guidance": "long", "safety_net": "short"}
    assert type(preview).__name__ == "Preview"
    stranger = world.desk.handle(Request("advise", Actor(LENA.id), number, keeps=("guidance",)))
    assert isinstance(stranger, Refused)


def test_it_lets_out_what_waited_for_an_invitation_and_nothing_else(world: World) -> None:
    number = world.submit().number
    with world.store.writing() as work:
        at, real = work.times()
        (leased,) = work.outbox.claim(at, real)
        assert leased is not None
        work.outbox.lanes.hold(leased.lane, at.replace(year=at.year + 1))
        work.outbox.retry(leased, "not_in_channel", at.replace(year=at.year + 1))
    world.desk.try_channel_again("C0ELSEWHERE")
    with world.store.writing() as work:
        assert not work.outbox.claim(*work.times(), kinds=[leased.kind])
    world.desk.try_channel_again("C0CONSULT")
    world.desk.try_channel_again("C0CONSULT")
    with world.store.writing() as work:
        (again,) = work.outbox.claim(*work.times(), kinds=[leased.kind])
    assert again is not None and (again.number, again.id) == (number, leased.id)
