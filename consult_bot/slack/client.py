"""Clients of Slack's Web API that never try again by themselves: a retry of theirs once posted a message twice."""

from __future__ import annotations

from urllib.parse import urlsplit

from slack_sdk import WebClient

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def slack_client(token: str | None, api_url: str, timeout_seconds: int) -> WebClient:
    """Return a client for Slack or any server that speaks like it. A retry is up to the caller."""
    client = WebClient(token=token, base_url=api_url, timeout=timeout_seconds, retry_handlers=[])
    if urlsplit(api_url).hostname in LOOPBACK:
        # slack_sdk takes the environment's proxy whatever NO_PROXY says.
        client.proxy = None
    return client
