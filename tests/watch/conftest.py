"""The same room as Slack's own tests have: the watch looks at what they write."""

from __future__ import annotations

from tests.slack.conftest import room

__all__ = ["room"]
