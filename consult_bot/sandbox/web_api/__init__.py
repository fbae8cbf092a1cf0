"""Slack's Web API: one function per method, in one table."""

from collections.abc import Mapping
from functools import partial

from consult_bot.sandbox.later import Deed
from consult_bot.sandbox.local_slack import LocalSlack
from consult_bot.sandbox.web_api import files, schedule
from consult_bot.sandbox.web_api.arguments import Arguments
from consult_bot.sandbox.web_api.methods import call

__all__ = ["Arguments", "afterwards", "call"]


def afterwards(slack: LocalSlack) -> Mapping[str, Deed]:
    """Returns what methods have promised to do later, by the names of their promises."""
    return {"share": partial(files.share, slack), "scheduled": partial(schedule.post_scheduled, slack)}
