"""`ucf evaluate`."""

import pytest
from promised import NUMBER


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

    def test_a_metric_that_is_registered_in_one_call_is_in_json_and_measures_again_what_lacks_it(
        self, answer, ratings_csv, request
    ):
        before = answer("evaluate", ratings_csv, *self.WORDS)
        metric = request.getfixturevalue("new_metric")
        found = answer("evaluate", ratings_csv, *self.WORDS)
        assert not found["cached"]
        for old, new in zip(before["rows"], found["rows"], strict=True):
            share, interval = new.pop(metric.name), new["ci95"].pop(metric.name, None)
            assert new == old
            assert (share is None) == (interval is None) == (new["model"] in ("popular", "random"))
            assert share is None or interval[0] <= share <= interval[1]

    def test_the_second_run_is_read_back(self, answer, ratings_csv):
        first, second = (answer("evaluate", ratings_csv, *self.WORDS, "--seed", 3) for _ in range(2))
        assert second.pop("cached")
        assert not first.pop("cached")
        assert first == second

    def test_the_table_has_a_row_for_each_model(self, run, ratings_csv):
        code, out, _ = run("evaluate", ratings_csv, *self.WORDS)
        assert code == 0
        assert "rmse" in out
        assert out.count("user_knn") == 2
        assert "shrinkage" not in out

    def test_the_table_has_a_column_for_each_setting_that_differs(self, run, ratings_csv):
        _, out, _ = run("evaluate", ratings_csv, "--k", 1, "--shrinkage", 1, "--shrinkage", 4, "--engine", "exact")
        header, *rows = out.splitlines()
        assert "shrinkage" in header.split()
        assert "engine" not in header.split()
        place = header.split().index("shrinkage")
        assert [row.split()[place] for row in rows if "user_knn" in row] == ["1.0000", "4.0000"]

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (("--k", 4), "k=4 exceeds the 3 other users; choose 1 <= k <= 3"),
            (("--k", 1, "--protocol", "temporal"), "protocol='temporal' needs timestamps"),
            (("--k", 1, "--folds", 99), "folds=99 exceeds the 12 ratings"),
            (("--k", 1, "--ridge", 0), "ridge=0.0 is out of range"),
        ],
    )
    def test_an_impossible_evaluation_fails_with_one_line(self, refusal, ratings_csv, words, message):
        assert message in refusal("evaluate", ratings_csv, *words)
