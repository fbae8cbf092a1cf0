"""Intake: where submissions come from."""
