"""Benchmarks: each a ratio measured in one run, ours beside the bare thing."""
