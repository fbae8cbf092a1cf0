"""What people can do: every verb and every query, in the order that help shows them."""

from __future__ import annotations

from commands.case.acknowledge import ACKNOWLEDGE
from commands.case.advise import ADVISE
from commands.case.ask import ASK
from commands.case.bounced import BOUNCED
from commands.case.claim import CLAIM
from commands.case.close import CLOSE
from commands.case.correct import CORRECT
from commands.case.cover import COVER
from commands.case.delivered import DELIVERED
from commands.case.done import DONE
from commands.case.draft import DRAFT
from commands.case.emergency import EMERGENCY
from commands.case.note import NOTE
from commands.case.opened import OPENED
from commands.case.overdue import OVERDUE
from commands.case.page import PAGE
from commands.case.reassign import REASSIGN
from commands.case.release import RELEASE
from commands.case.reopen import REOPEN
from commands.case.reply import REPLY
from commands.case.report import REPORT
from commands.case.retract import RETRACT
from commands.case.submit import SUBMIT
from commands.case.task import TASK
from commands.case.uncalled import UNCALLED
from commands.case.undo import UNDO
from commands.case.update import UPDATE
from commands.case.withdraw import WITHDRAW
from commands.look.help import HELP
from commands.look.mine import MINE
from commands.look.query import Query
from commands.look.queue import QUEUE
from commands.look.show import SHOW
from consult_bot.case.verb import Verb

VERBS: tuple[Verb, ...] = (
    SUBMIT,
    CLAIM,
    ASK,
    ADVISE,
    UNDO,
    NOTE,
    TASK,
    EMERGENCY,
    DONE,
    CORRECT,
    UPDATE,
    COVER,
    RELEASE,
    REASSIGN,
    CLOSE,
    REOPEN,
    DRAFT,
    REPLY,
    REPORT,
    OPENED,
    ACKNOWLEDGE,
    WITHDRAW,
    RETRACT,
    DELIVERED,
    BOUNCED,
    OVERDUE,
    UNCALLED,
    PAGE,
)

QUERIES: tuple[Query, ...] = (QUEUE, MINE, SHOW, HELP)

VERB = {verb.name: verb for verb in VERBS}
QUERY = {query.name: query for query in QUERIES}
