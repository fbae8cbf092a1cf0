"""Slack: what clinicians see and press. Pure views, one parser, one binding, one way out."""
