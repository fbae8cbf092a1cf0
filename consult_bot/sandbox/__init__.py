"""A local Slack workspace over real HTTP, with a browser page, a mailbox and made-up people."""
