"""Queries: they look and change nothing."""
