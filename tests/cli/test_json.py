"""Every command as JSON: the promised fields, and the answers of brute force."""

import json

import numpy as np
import pytest
from promised import EVIDENCE, RECOMMENDATION, assert_fields, without_times
from sklearn.metrics.pairwise import cosine_similarity

import ucf_core as ucf


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
    from ucf_core.explorer import explorer as module

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
