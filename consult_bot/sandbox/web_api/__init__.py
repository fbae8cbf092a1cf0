"""Slack's Web API: one function per method, in one table."""

from consult_bot.sandbox.web_api.arguments import Arguments
from consult_bot.sandbox.web_api.methods import call

__all__ = ["Arguments", "call"]
