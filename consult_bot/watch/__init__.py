"""Watching what Slack does not tell reliably."""
