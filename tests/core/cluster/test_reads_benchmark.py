"""What the benchmark counts: of what a build keeps no rating is read, and without it every row group once or more."""

import json

import pytest

from benchmarks import cluster_reads
from ucf_core.cluster.files.rows import ParquetRows


@pytest.mark.long
def test_what_is_stored_is_not_read(served, monkeypatch, capsys):
    monkeypatch.setattr(ParquetRows, "_read_groups", ParquetRows._read_groups)  # put back at the end
    monkeypatch.setattr("sys.argv", ["cluster_reads", str(served[0])])
    cluster_reads.main()
    found = json.loads(capsys.readouterr().out)
    assert (found["users"], found["row_groups"]) == (400, 7)
    read = {kind: {name: each["row_groups"] for name, each in found[kind].items()} for kind in ("rows", "kept")}
    assert read["kept"]["films to ask about"] == read["kept"]["labels of a map"] == 0
    # each block of 400 users begins a row group of its own
    assert read["rows"]["films to ask about"] >= found["row_groups"]
    assert read["rows"]["a sample of 1,000 users"] == read["kept"]["a sample of 1,000 users"] >= found["row_groups"]
