"""The part of the document on Milvus Lite is written from results, beside what else the machine had to do."""

import pytest

from benchmarks.milvus import DOCUMENT, ENGINES, table


@pytest.mark.long
def test_the_table_has_a_row_an_engine_and_replaces_the_part_alone(tmp_path):
    row = {"build_seconds": 1.5, "milliseconds_median": 0.25, "milliseconds_p95": 2.0, "recall": 0.98765}
    about = {"rows": 6_040, "dim": 128, "k": 50, "ef": 99, "date": "2026-01-02", "cores": 2}
    results = about | {"load_before": 3.2, "load_after": 3.7} | dict.fromkeys(ENGINES, row)
    path = tmp_path / "benchmarks.md"
    path.write_text("before\n<!-- milvus:table -->\nold\n<!-- /milvus:table -->\nafter\n")
    DOCUMENT.write(path, results, {"table": table(results)})
    text = path.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    assert text.count("| 1.5 | 0.25 | 2 | 0.988 |") == len(ENGINES) == 3
    assert "6,040 vectors of dim 128" in text
    assert "on 2026-01-02 with 2 cores; load of the last minute 3.2 at the start, 3.7 at the end" in text
