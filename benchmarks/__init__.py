"""Measurements. Run one with `uv run python -m benchmarks.NAME`; none is a test."""
