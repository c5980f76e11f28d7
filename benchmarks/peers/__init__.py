"""This program's user-kNN beside baselines and other libraries: the same ratings, the same splits, one table.

uv run --extra peers python -m benchmarks.peers
uv run --extra peers --with "lenskit>=2025.8,<2026" python -m benchmarks.peers --out docs/quality.md peers.json
"""
