"""Asynchronous consults between patients on the web and clinicians in Slack."""
