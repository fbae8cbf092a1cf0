"""The workspace and the app themselves."""

from typing import Any

from consult_bot.sandbox import people
from consult_bot.sandbox.errors import SlackError
from consult_bot.sandbox.local_slack import LocalSlack
from consult_bot.sandbox.web_api.arguments import Arguments


def auth_test(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    organisation = {"enterprise_id": slack.enterprise_id} if slack.enterprise_id else {}
    return {
        **organisation,
        "url": slack.url + "/",
        "team": people.TEAM_NAME,
        "user": people.BOT.handle,
        "team_id": people.TEAM_ID,
        "user_id": people.BOT_USER_ID,
        "bot_id": people.BOT_ID,
        "is_enterprise_install": slack.enterprise_id is not None,
    }


def info(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    asked = (arguments.text("team"), people.TEAM_ID), (arguments.text("domain"), people.TEAM_DOMAIN)
    if any(given not in (None, own) for given, own in asked):
        raise SlackError("team_not_found")
    named = {"id": people.TEAM_ID, "name": people.TEAM_NAME, "domain": people.TEAM_DOMAIN}
    return {"team": {**named, "email_domain": "", "icon": {"image_default": True}}}


def bot_info(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    if arguments.text("bot") not in (None, people.BOT_ID):
        raise SlackError("bot_not_found")
    bot = {"id": people.BOT_ID, "deleted": False, "name": people.BOT.handle, "app_id": people.APP_ID}
    return {"bot": {**bot, "user_id": people.BOT_USER_ID, "icons": {}}}
