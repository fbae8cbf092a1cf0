"""What people do, as a real Bolt app sees it: commands, clicks, modals, options, shortcuts, messages."""

import threading

import pytest

CHANNEL = "C0CONSULT"


def plain(text):
    return {"type": "plain_text", "text": text}


def button(action_id, value):
    return {"type": "button", "action_id": action_id, "text": plain("Press"), "value": value}


def actions(*elements, block_id="queue/C-1042/1"):
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def menu(action_id, *values):
    options = [{"text": plain(value), "value": value} for value in values]
    return {"type": "static_select", "action_id": action_id, "options": options}


def question(block_id="question", initial=None, **element):
    typed = {"type": "plain_text_input", "action_id": "question", "multiline": True, **element}
    if initial:
        typed["initial_value"] = initial
    return {"type": "input", "block_id": block_id, "label": plain("Question"), "element": typed}


def modal(*blocks, title="Ask", **more):
    return {
        "type": "modal",
        "callback_id": "verb:ask",
        "title": plain(title),
        "submit": plain("Send"),
        "private_metadata": "C-1042",
        "blocks": list(blocks) or [question()],
        **more,
    }


@pytest.fixture
def ask_modal(stage):
    """`/consult ask` opens a modal for whoever types it; returns what the app saw on submission."""
    seen = []

    @stage.app.command("/consult")
    def open_it(ack, body, client):
        client.views_open(trigger_id=body["trigger_id"], view=modal())
        ack()

    return seen


def open_modal(stage, *blocks, **more):
    @stage.app.command("/open")
    def open_it(ack, body, client):
        client.views_open(trigger_id=body["trigger_id"], view=modal(*blocks, **more))
        ack()

    return stage.do("command", channel=CHANNEL, user="U0ANA", command="/open")


# Commands


def test_it_signs_commands_so_that_bolt_accepts_them_and_shows_the_answer_to_one_person(stage):
    @stage.app.command("/consult")
    def answer(ack, body):
        ack(f"{body['user_id']} in {body['channel_id']} said {body['text']}")

    told = stage.do("command", channel=CHANNEL, user="U0ANA", command="/consult", text="claim C-1042")
    assert told["ok"] is True
    assert told["status"] == 200
    assert told["ephemeral"]["text"] == "U0ANA in C0CONSULT said claim C-1042"
    assert stage.look("ephemerals/U0BEN") == []
    assert stage.look(f"messages/{CHANNEL}") == []


def test_it_sends_mentions_in_commands_with_their_ids(stage):
    texts = []

    @stage.app.command("/consult")
    def answer(ack, body):
        texts.append(body["text"])
        ack()

    stage.do("command", channel=CHANNEL, user="U0LENA", command="/consult", text="reassign C-1042 @ben <b>")
    assert texts == ["reassign C-1042 <@U0BEN|ben> &lt;b&gt;"]


def test_it_posts_an_answer_in_the_channel_when_asked_to(stage):
    @stage.app.command("/consult")
    def answer(ack):
        ack(response_type="in_channel", text="to all")

    stage.do("command", channel=CHANNEL, user="U0ANA", command="/consult")
    assert [message["text"] for message in stage.look(f"messages/{CHANNEL}")] == ["to all"]


def test_it_says_that_a_command_failed_when_nobody_handles_it(stage):
    told = stage.do("command", channel=CHANNEL, user="U0ANA", command="/nobody")
    assert told["ok"] is False
    assert told["status"] == 404
    assert "dispatch_failed" in told["ephemeral"]["text"]


def test_it_is_refused_by_the_app_when_the_secret_differs(stage):
    stage.bolt.connect(stage.sandbox.settings() | {"SLACK_SIGNING_SECRET": "another"})
    assert stage.do("command", channel=CHANNEL, user="U0ANA", command="/consult")["status"] == 401


def test_it_answers_later_through_the_response_url(stage):
    addresses = []

    @stage.app.command("/consult")
    def answer(ack, body):
        addresses.append(body["response_url"])
        ack()

    stage.do("command", channel=CHANNEL, user="U0ANA", command="/consult")
    assert stage.http.post(addresses[0], json={"text": "later"}).status_code == 200
    in_channel = {"text": "to all", "response_type": "in_channel"}
    assert stage.http.post(addresses[0], json=in_channel).status_code == 200
    assert [message["text"] for message in stage.look("ephemerals/U0ANA")] == ["later"]
    assert [message["text"] for message in stage.look(f"messages/{CHANNEL}")] == ["to all"]
    assert stage.http.post(f"{stage.sandbox.url}/response/guess", json={}).status_code == 404


# Clicks


def test_it_presses_the_button_of_a_message(stage):
    bodies = []

    @stage.app.action("verb:claim")
    def claim(ack, body):
        bodies.append(body)
        ack()

    ts = stage.post("card", blocks=[actions(button("verb:claim", "C-1042"), button("verb:ask", "C-1042"))])
    told = stage.do("interact", user="U0BEN", channel=CHANNEL, messageTs=ts, action="verb:claim")
    (body,) = bodies
    assert told["ok"] is True
    assert body["user"]["id"] == "U0BEN"
    assert body["actions"][0]["value"] == "C-1042"
    assert body["actions"][0]["block_id"] == "queue/C-1042/1"
    assert body["message"]["ts"] == ts
    assert body["container"] == {
        "type": "message",
        "message_ts": ts,
        "channel_id": CHANNEL,
        "is_ephemeral": False,
    }


def test_it_presses_what_a_redrawn_message_still_showed_a_moment_ago(stage):
    values = []

    @stage.app.action("verb:claim")
    def claim(ack, action):
        values.append(action["value"])
        ack()

    ts = stage.post("card", blocks=[actions(button("verb:claim", "C-1042"))])
    stage.client.chat_update(channel=CHANNEL, ts=ts, text="claimed")
    told = stage.do("interact", user="U0BEN", channel=CHANNEL, messageTs=ts, action="verb:claim")
    assert told["stale"] is True
    assert values == ["C-1042"]


def test_it_presses_nothing_that_is_not_there(stage):
    ts = stage.post("card", blocks=[actions(button("verb:claim", "C-1042"))])
    order = {"user": "U0BEN", "channel": CHANNEL, "messageTs": ts}
    absent = stage.do("interact", expect=400, **order, action="verb:close")
    forged = stage.do("interact", expect=400, **order, action={"action_id": "verb:claim", "value": "C-1"})
    assert absent["ok"] is False
    assert "nothing like 'verb:close'" in absent["message"]
    assert forged["ok"] is False
    assert {each["kind"] for each in stage.look("log")["callbacks"]} <= {"event message"}


def test_it_chooses_from_a_menu(stage):
    chosen = []

    @stage.app.action("verb:more")
    def more(ack, action):
        chosen.append(action["selected_option"]["value"])
        ack()

    ts = stage.post("card", blocks=[actions(menu("verb:more", "note C-1042", "close C-1042"))])
    order = {"user": "U0BEN", "channel": CHANNEL, "messageTs": ts, "action": "verb:more"}
    stage.do("interact", **order, value="close C-1042")
    stage.do("interact", **order, value="claim C-1042", expect=400)
    assert chosen == ["close C-1042"]


def test_it_presses_the_button_of_an_ephemeral_message_without_telling_what_it_said(stage):
    bodies = []

    @stage.app.action("nav:undo")
    def undo(ack, body, respond):
        bodies.append(body)
        respond(delete_original=True)
        ack()

    stage.client.chat_postEphemeral(
        channel=CHANNEL, user="U0ANA", text="sent", blocks=[actions(button("nav:undo", "C-1042/1"))]
    )
    (whisper,) = stage.look("ephemerals/U0ANA")
    stage.do("interact", user="U0ANA", channel=CHANNEL, messageTs=whisper["ts"], action="nav:undo")
    assert "message" not in bodies[0]
    assert bodies[0]["container"]["is_ephemeral"] is True
    assert stage.look("ephemerals/U0ANA") == []
    others = {"user": "U0BEN", "channel": CHANNEL, "messageTs": whisper["ts"], "action": "nav:undo"}
    stage.do("interact", expect=400, **others)


def test_it_picks_a_message_shortcut(stage):
    bodies = []

    @stage.app.shortcut("verb:ask")
    def ask(ack, body, client):
        bodies.append(body)
        client.views_open(trigger_id=body["trigger_id"], view=modal())
        ack()

    ts = stage.post("card")
    told = stage.do("shortcut", user="U0ANA", callback_id="verb:ask", channel=CHANNEL, messageTs=ts)
    assert bodies[0]["message"]["text"] == "card"
    assert told["view"]["callback_id"] == "verb:ask"


# Modals


def test_it_opens_a_modal_and_closes_it_when_the_submission_is_accepted(stage, ask_modal):
    views = []

    @stage.app.view("verb:ask")
    def asked(ack, view):
        views.append(view)
        ack()

    told = stage.do("command", channel=CHANNEL, user="U0ANA", command="/consult", text="ask C-1042")
    assert told["view"]["title"]["text"] == "Ask"
    assert stage.look("view/U0BEN") is None
    values = {"question": {"question": {"type": "plain_text_input", "value": "Since when?"}}}
    told = stage.do("view_submit", user="U0ANA", values=values)
    assert told["ok"] is True
    assert told["views"] == []
    assert views[0]["state"]["values"] == values
    assert views[0]["private_metadata"] == "C-1042"
    assert stage.look("view/U0ANA") is None


def test_it_keeps_the_modal_and_the_words_when_the_app_answers_with_errors(stage, ask_modal):
    @stage.app.view("verb:ask")
    def asked(ack):
        ack(response_action="errors", errors={"question": "Too vague"})

    stage.do("command", channel=CHANNEL, user="U0ANA", command="/consult")
    told = stage.do("view_submit", user="U0ANA", values={"question": "Hm?"})
    assert told["errors"] == {"question": "Too vague"}
    state = stage.look("view/U0ANA")["state"]["values"]
    assert state["question"]["question"]["value"] == "Hm?"


def test_it_refuses_errors_for_a_block_that_is_not_there(stage, ask_modal):
    @stage.app.view("verb:ask")
    def asked(ack):
        ack(response_action="errors", errors={"nowhere": "Too vague"})

    stage.do("command", channel=CHANNEL, user="U0ANA", command="/consult")
    told = stage.do("view_submit", user="U0ANA", values={"question": "Hm?"})
    assert told["ok"] is False
    assert told["error"] == "invalid_errors"
    assert "trouble" in told["trouble"]


def test_it_keeps_what_was_typed_over_an_update_unless_the_block_is_new(stage, ask_modal):
    answers = iter(
        [
            modal(question(initial="from the app"), title="Preview"),
            modal(question("question:2", initial="from the app"), title="Newer"),
        ]
    )

    @stage.app.view("verb:ask")
    def asked(ack):
        ack(response_action="update", view=next(answers))

    stage.do("command", channel=CHANNEL, user="U0ANA", command="/consult")
    told = stage.do("view_submit", user="U0ANA", values={"question": "typed"})
    assert told["view"]["title"]["text"] == "Preview"
    assert told["view"]["state"]["values"]["question"]["question"]["value"] == "typed"
    told = stage.do("view_submit", user="U0ANA", values={})
    assert told["view"]["state"]["values"] == {
        "question:2": {"question": {"type": "plain_text_input", "value": "from the app"}}
    }


def test_it_pushes_closes_and_clears(stage):
    @stage.app.view("verb:ask")
    def asked(ack, view):
        if view["title"]["text"] == "Ask":
            ack(response_action="push", view=modal(title="Upper"))
        else:
            ack(response_action="clear")

    open_modal(stage)
    told = stage.do("view_submit", user="U0ANA", values={"question": "x"})
    assert [view["title"]["text"] for view in told["views"]] == ["Ask", "Upper"]
    assert told["view"]["previous_view_id"] == told["views"][0]["id"]
    told = stage.do("view_close", user="U0ANA")
    assert [view["title"]["text"] for view in told["views"]] == ["Ask"]
    stage.do("view_submit", user="U0ANA", values={})
    told = stage.do("view_submit", user="U0ANA", values={"question": "y"})
    assert told["views"] == []


def test_it_tells_the_app_of_a_closed_view_that_asked_for_it(stage):
    closed = []

    @stage.app.view_closed("verb:ask")
    def on_closed(ack, body):
        closed.append(body["is_cleared"])
        ack()

    open_modal(stage, notify_on_close=True)
    assert stage.do("view_close", user="U0ANA")["views"] == []
    assert closed == [False]


def test_it_sends_no_form_that_slacks_own_client_would_hold_back(stage):
    open_modal(stage, question(max_length=10))
    empty = stage.do("view_submit", user="U0ANA", values={})
    long = stage.do("view_submit", user="U0ANA", values={"question": "x" * 11})
    assert empty["sent"] is False
    assert "required" in empty["errors"]["question"]
    assert "at most 10" in long["errors"]["question"]
    kinds = [callback["kind"] for callback in stage.look("log")["callbacks"]]
    assert "view_submission" not in kinds


def test_it_keeps_the_modal_when_the_app_fails(stage):
    open_modal(stage)
    told = stage.do("view_submit", user="U0ANA", values={"question": "x"})
    assert told["ok"] is False
    assert told["status"] == 404
    assert told["view"]["state"]["values"]["question"]["question"]["value"] == "x"


def test_it_presses_inside_a_modal_with_what_is_filled_in_so_far(stage):
    bodies = []

    @stage.app.action("kind")
    def kind(ack, body, client):
        bodies.append(body)
        client.views_update(view_id=body["view"]["id"], hash=body["view"]["hash"], view=modal(title="New"))
        ack()

    told = open_modal(stage, question(), actions(menu("kind", "call", "visit"), block_id="kind"))
    view_id = told["view"]["id"]
    told = stage.do(
        "interact", user="U0ANA", view_id=view_id, action="kind", value="visit", values={"question": "half"}
    )
    values = bodies[0]["view"]["state"]["values"]
    assert values["question"]["question"]["value"] == "half"
    assert values["kind"]["kind"]["selected_option"]["value"] == "visit"
    assert told["view"]["title"]["text"] == "New"
    assert told["view"]["state"]["values"]["question"]["question"]["value"] == "half"


def test_it_asks_the_app_for_the_options_of_an_external_menu(stage):
    element = {"type": "external_select", "action_id": "to", "min_query_length": 0}
    block = {"type": "input", "block_id": "to", "label": plain("To"), "element": element}

    @stage.app.options("to")
    def people(ack, payload):
        ack(options=[{"text": plain("Ben: licence in WA"), "value": f"U0BEN {payload['value']}"}])

    open_modal(stage, block)
    told = stage.do("options", user="U0ANA", action_id="to", value="be")
    assert told["ack"]["options"][0]["value"] == "U0BEN be"
    stage.do("options", user="U0BEN", action_id="to", value="be", expect=400)


def test_it_lets_a_trigger_be_used_once(stage):
    errors = []

    @stage.app.command("/twice")
    def twice(ack, body, client):
        client.views_open(trigger_id=body["trigger_id"], view=modal())
        answer = client.api_call(
            "views.open", json={"trigger_id": body["trigger_id"], "view": modal(title="Again")}
        )
        errors.append(answer)
        ack()

    @stage.app.error
    def note(error):
        errors.append(error.response["error"])

    stage.do("command", channel=CHANNEL, user="U0ANA", command="/twice")
    assert errors == ["exchanged_trigger_id"]
    assert stage.look("view/U0ANA")["title"]["text"] == "Ask"


def test_it_lets_a_trigger_die_after_three_seconds_of_its_clock(stage, refused):
    triggers = []

    @stage.app.command("/later")
    def later(ack, body):
        triggers.append(body["trigger_id"])
        ack()

    stage.do("command", channel=CHANNEL, user="U0ANA", command="/later")
    stage.do("clock", advance_seconds=60)
    stage.do("command", channel=CHANNEL, user="U0ANA", command="/later")
    open_view = stage.client.views_open
    assert refused(open_view, trigger_id=triggers[0], view=modal())["error"] == "expired_trigger_id"
    assert refused(open_view, trigger_id="1.2.3", view=modal())["error"] == "invalid_trigger_id"
    assert open_view(trigger_id=triggers[1], view=modal())["view"]["id"]


def test_it_refuses_a_view_that_slack_could_not_draw(stage, refused):
    told = open_modal(stage)
    update = stage.client.views_update
    view_id = told["view"]["id"]
    without_blocks = {key: value for key, value in modal().items() if key != "blocks"}
    for view in (without_blocks, modal(title="x" * 25), modal(submit=None), modal({"type": "banner"})):
        refusal = refused(update, view_id=view_id, view=view)
        assert refusal["error"] == "invalid_arguments"
        assert refusal["response_metadata"]["messages"]
    assert refused(update, view_id="VNONE", view=modal())["error"] == "not_found"
    stale = refused(update, view_id=view_id, view=modal(), hash="1.2")
    assert stale["error"] == "hash_conflict"
    assert stage.look("view/U0ANA")["hash"] == told["view"]["hash"]


# Home and messages


def test_it_shows_the_home_that_the_app_publishes_when_it_is_opened(stage):
    @stage.app.event("app_home_opened")
    def opened(event, client):
        blocks = [actions(button("nav:queue", "all"), block_id="nav")]
        client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

    pressed = []

    @stage.app.action("nav:queue")
    def queue(ack, body):
        pressed.append(body["view"]["type"])
        ack()

    assert stage.look("home/U0ANA") is None
    told = stage.do("open-home", user="U0ANA")
    assert told["view"]["blocks"][0]["block_id"] == "nav"
    assert stage.look("home/U0BEN") is None
    stage.do("interact", user="U0ANA", action="nav:queue")
    assert pressed == ["home"]


def test_it_sends_a_persons_message_once_and_a_mention_twice(stage):
    seen = []
    app = stage.bolt.connect(stage.sandbox.settings())
    app.event("message")(lambda event: seen.append(("message", event)))
    app.event("app_mention")(lambda event: seen.append(("app_mention", event)))
    root = stage.do("message", channel=CHANNEL, user="U0BEN", text="root")["ts"]
    stage.do("message", channel=CHANNEL, user="U0ANA", text="viral & mild", thread_ts=root)
    told = stage.do("message", channel=CHANNEL, user="U0ANA", text="@consult claim", thread_ts=root)
    stage.do("open-home", user="U0ANA")  # events keep their order: once this is answered, all are
    texts = [(kind, event["text"]) for kind, event in seen]
    assert texts == [
        ("message", "root"),
        ("message", "viral &amp; mild"),
        ("message", "<@U0CONSULT> claim"),
        ("app_mention", "<@U0CONSULT> claim"),
    ]
    assert seen[1][1]["thread_ts"] == root
    assert seen[1][1]["channel_type"] == "channel"
    assert seen[2][1]["ts"] == seen[3][1]["ts"] == told["ts"]


def test_it_tells_the_app_of_its_own_messages_without_making_it_wait(stage):
    may_go_on = threading.Event()

    @stage.app.event("app_home_opened")
    def busy():
        may_go_on.wait(5)

    busy_app = threading.Thread(target=stage.do, args=("open-home",), kwargs={"user": "U0ANA"})
    busy_app.start()
    ts = stage.post("one")
    stage.client.chat_update(channel=CHANNEL, ts=ts, text="two")
    stage.client.chat_delete(channel=CHANNEL, ts=ts)
    may_go_on.set()
    busy_app.join()
    stage.do("open-home", user="U0ANA")
    events = [callback["payload"]["event"] for callback in stage.look("log")["callbacks"]]
    messages = [event for event in events if event["type"] == "message"]
    assert [event.get("subtype") for event in messages] == [None, "message_changed", "message_deleted"]
    assert messages[0]["bot_id"] == "B0CONSULT"
    assert messages[1]["message"]["text"] == "two"
    assert messages[2]["deleted_ts"] == ts


def test_it_lets_only_members_speak(stage):
    refusal = stage.do("message", channel=CHANNEL, user="U0NOBODY", text="x", expect=400)
    assert "there is no person" in refusal["message"]
    assert stage.do("message", channel="C0NOWHERE", user="U0ANA", text="x", expect=400)["ok"] is False
