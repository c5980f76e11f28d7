"""Thirty people at once on one server: nobody sees another's user, settings or neighbours, and memory stays bounded.

How fast the answers are is printed (`pytest -m long -s`), not tested; `python -m benchmarks.load` measures it.
"""

import os
import statistics
from pathlib import Path

import pytest

from benchmarks.load import measure

SESSIONS = 30
SECONDS = float(os.environ.get("UCF_LOAD_SECONDS", "60"))


@pytest.mark.long
def test_thirty_sessions_see_what_is_their_own_and_take_little_memory(tmp_path):
    home = Path(os.environ.get("UCF_LOAD_HOME", tmp_path))
    report = measure(home, os.environ.get("UCF_LOAD_DATASET", "sample"), SESSIONS, SECONDS)
    print(f"\n{len(report.moves):,} moves, p50 {statistics.median(report.moves):.0f} ms", end=", ")
    print(f"p95 {report.percentile(0.95):.0f} ms at load {report.load:.1f}; {report.each:.2f} MiB a session")
    assert report.wrong == []
    assert len(report.moves) > SESSIONS
    assert report.each <= 2
    assert report.after <= report.during + 10
