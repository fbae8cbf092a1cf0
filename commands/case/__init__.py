"""Verbs on cases, one file each."""
