"""Slack's Block Kit reference as tables: which fields each block, element and object has, and their limits."""
