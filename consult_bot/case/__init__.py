"""The case itself: pure values and rules, no Slack, no web, no database."""
