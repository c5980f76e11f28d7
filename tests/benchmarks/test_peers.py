"""The comparison with other libraries: its protocols, tuning and tables with models whose answers are known, and each
adapter against a brute-force version of the method, where its library is installed.
"""

import json

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from toy import ratings_from

from benchmarks.peers import __main__ as command
from benchmarks.peers import lists as lists_protocol
from benchmarks.peers import model as models
from benchmarks.peers import published, roster, table, with_implicit, with_lenskit, with_surprise
from benchmarks.peers.ease import ease_scores, fit_ease
from benchmarks.peers.lists import combinations, hold_out, list_results, list_rows, tune
from benchmarks.peers.model import OURS, Fitted, Model
from benchmarks.peers.ours import fit_baseline, fit_user_knn
from benchmarks.peers.ratings import pooled_difference, rating_results, rating_rows
from ucf_core.base.errors import MissingExtraError, SpecError
from ucf_core.base.specs import SplitSpec
from ucf_core.datasets.load import load_ratings
from ucf_core.studies.evaluation.baselines import bias, popular, top_unseen
from ucf_core.studies.evaluation.intervals import Interval
from ucf_core.studies.evaluation.list_metrics import ndcg
from ucf_core.studies.evaluation.metric import SplitResult
from ucf_core.studies.evaluation.split import splits


def silent(_text):
    """Nobody listens."""


def constant(train, settings, _seed):
    """Predicts `value` for everybody, and lists items from row `first` on."""
    first = settings.get("first", 0)
    scores = -np.abs(np.arange(train.n_items) - first).astype(np.float64)
    return Fitted(
        lambda users, _items: np.full(len(users), float(settings.get("value", 3))),
        lambda users, n: top_unseen(lambda _user: scores, train, users, n),
    )


def three(**changes):
    return Model("ours, three", OURS, constant, {"value": 3}, ours=True, **changes)


def four():
    return Model("four", OURS, constant, {"value": 4})


@pytest.fixture
def fours():
    """8 users who rated 5 of 10 items each, all with 4."""
    return ratings_from({user: {(user * 3 + step) % 10: 4 for step in range(5)} for user in range(8)})


@pytest.fixture(scope="module")
def part():
    """A training part of real ratings, small enough for brute force: the 60 first users."""
    sample = load_ratings("sample")
    table = {}
    for user in range(60):
        items, values = sample.row_of(user)
        table[user] = dict(zip(items.tolist()[:40], values.tolist(), strict=False))
    return next(splits(ratings_from(table), SplitSpec(protocol="per_user_holdout", seed=3)))


def rated(train):
    """0/1, (n_users, n_items)."""
    return (train.matrix.toarray() != 0).astype(np.float64)


# the protocol of ratings


def test_paired_differences_of_two_users_by_hand():
    """Users drawn twice or each once: 16/4, 9/3 or 2/2 less 1 always, so 3, 2 or 0; of roots 1, sqrt(3) - 1 or 0."""
    first, second, counts = np.array([8.0, 1.0]), np.array([2.0, 1.0]), np.array([2, 1])
    assert pooled_difference(first, second, counts) == Interval(2, 0, 3)
    root = pooled_difference(first, second, counts, root=True)
    assert (root.estimate, root.low, root.high) == (pytest.approx(np.sqrt(3) - 1), 0, 1)


def test_errors_and_differences_of_constant_predictions_by_hand(fours):
    found = rating_results(rating_rows(fours, [three(), four()], seed=0, tell=silent))
    ours, other = found["rows"]
    assert found["reference"] == "ours, three"
    assert ours["rmse"] == ours["mae"] == [1.0, 1.0, 1.0]
    assert other["rmse"] == other["mae"] == [0.0, 0.0, 0.0]
    assert ours["rmse_difference"] is None
    assert other["rmse_difference"] == other["mae_difference"] == [-1.0, -1.0, -1.0]


def test_every_rating_is_predicted_once_and_only_what_is_left_is_trained_on(fours):
    asked, sizes = [], []

    def fit(train, _settings, _seed):
        sizes.append(train.n_ratings)

        def predict(users, items):
            assert (train.matrix[users, items] == 0).all()
            asked.extend(zip(users.tolist(), items.tolist(), strict=True))
            return np.full(len(users), 4.0)

        return Fitted(predict)

    rating_rows(fours, [Model("watched", OURS, fit)], seed=0, tell=silent)
    everything = fours.matrix.tocoo()
    assert sorted(asked) == sorted(zip(everything.row.tolist(), everything.col.tolist(), strict=True))
    assert sizes == [32] * 5


def test_a_variant_is_a_row_of_its_own_and_never_the_reference(fours):
    model = three(variants={"better": {"value": 4}})
    found = rating_results(rating_rows(fours, [model], seed=0, tell=silent))
    assert found["reference"] == "ours, three"
    variant = found["rows"][1]
    assert variant["model"] == "ours, three, better"
    assert variant["settings"] == {"value": 4}
    assert variant["rmse_difference"][0] == -1.0


def test_without_ours_there_are_no_differences(fours):
    found = rating_results(rating_rows(fours, [four()], seed=0, tell=silent))
    assert found["reference"] is None
    assert found["rows"][0]["rmse_difference"] is None


def test_the_bias_row_is_the_pooled_error_of_the_bias_baseline(clustered):
    row = rating_rows(clustered, [Model("bias", OURS, fit_baseline, {"name": "bias"})], seed=2, tell=silent)[0]
    errors = [
        bias(split.train).predict(split.test_users, split.test_items) - split.test_ratings
        for split in splits(clustered, SplitSpec(folds=5, seed=2))
    ]
    assert row.errors.rmse == pytest.approx(np.sqrt(np.mean(np.concatenate(errors) ** 2)))


# the protocol of lists


def test_the_popular_row_is_measured_on_the_test_part_after_training_on_the_rest(clustered):
    found = list_rows(clustered, [Model("popular", OURS, fit_baseline, {"name": "popular"})], seed=0, tell=silent)
    split = hold_out(clustered, 0)
    users = np.unique(split.test_users)
    lists = top_unseen(popular(split.train).scores, split.train, users, 10)
    counts = split.train.item_counts
    result = SplitResult(test=split.test_matrix[users], lists=lists, item_counts=counts, n_users=clustered.n_users)
    assert_array_equal(found[0].metrics["ndcg"], ndcg(result))
    assert found[0].item_coverage == len(np.unique(lists)) / clustered.n_items


def test_settings_are_chosen_on_the_validation_part_alone(clustered):
    trained = []

    def fit(train, settings, seed):
        trained.append((train.fingerprint, settings["first"]))
        return constant(train, settings, seed)

    model = Model("ours", OURS, fit, {"first": 0}, ({"first": (0, 150, 290)},), ours=True)
    row = list_rows(clustered, [model], seed=0, tell=silent)[0]
    test = hold_out(clustered, 0)
    validation = hold_out(test.train, 1)
    assert trained[:3] == [(validation.train.fingerprint, first) for first in (0, 150, 290)]
    assert trained[3:] == [(test.train.fingerprint, row.settings["first"])]
    assert row.tried == 3


def test_a_held_out_entry_is_in_neither_training_part(clustered):
    test = hold_out(clustered, 0)
    validation = hold_out(test.train, 1)
    assert (validation.train.matrix[test.test_users, test.test_items] == 0).all()
    assert (validation.train.matrix[validation.test_users, validation.test_items] == 0).all()


def test_a_round_keeps_what_the_round_before_chose(monkeypatch, clustered):
    seen = []
    reached = {(1, 0): 0.1, (2, 0): 0.3, (2, 5): 0.2, (2, 6): 0.4}

    def measured(_model, settings, *_):
        seen.append((settings["a"], settings["b"]))
        return {"ndcg": np.array([reached[seen[-1]]])}, 0.0, 0.0, 0.0

    monkeypatch.setattr(lists_protocol, "_measure", measured)
    model = Model("two rounds", OURS, constant, {"a": 0, "b": 0}, ({"a": (1, 2)}, {"b": (5, 6)}))
    assert tune(model, hold_out(clustered, 0), seed=0, n=10, tell=silent) == ({"a": 2, "b": 6}, 0.4, 4)
    assert seen == list(reached)


def test_without_a_grid_nothing_is_tried(clustered):
    assert tune(four(), hold_out(clustered, 0), seed=0, n=10, tell=silent) == ({"value": 4}, None, 0)


def test_combinations_are_all_of_them():
    assert list(combinations({"a": (1, 2), "b": ("x", "y")})) == [
        {"a": 1, "b": "x"},
        {"a": 1, "b": "y"},
        {"a": 2, "b": "x"},
        {"a": 2, "b": "y"},
    ]


def test_lists_are_compared_with_the_one_of_ours_that_validated_best():
    # two tastes that share nothing: user-kNN lists a user's own half, a constant list is of one half
    drawn = np.random.default_rng(0)
    halves = ratings_from(
        {user: {30 * (user % 2) + int(item): 4 for item in drawn.permutation(30)[:15]} for user in range(40)}
    )
    exact = {"exact search": {"engine": "exact"}}
    rows = list_rows(
        halves,
        [
            Model("ours, learned", OURS, constant, {}, ({"first": (0,)},), ours=True),
            Model("ours, own half", OURS, fit_user_knn, {"dim": 8}, ({"k": (10,)},), exact, ours=True),
            Model("constant", OURS, constant, {}, ({"first": (0,)},)),
        ],
        seed=0,
        tell=silent,
    )
    found = list_results(rows)
    assert found["references"] == ["ours, own half", "ours, learned"]
    learned, best, _, last = found["rows"]
    for reference in (learned, best):
        difference = last["ndcg_differences"][reference["model"]]
        assert difference[0] == pytest.approx(last["ndcg"][0] - reference["ndcg"][0])
        assert reference["ndcg_differences"][reference["model"]] is None
    assert best["ndcg_differences"]["ours, learned"][1] > 0


# our adapter


def test_our_lists_and_predictions_are_those_of_an_explorer(part):
    import ucf_core as ucf

    train = part.train
    settings = {"k": 20, "dim": 8, "engine": "exact", "ranking": "learned"}
    fitted = fit_user_knn(train, settings, 0)
    explorer = ucf.Explorer(train, in_memory=True)
    users = np.array([3, 17])
    for user, best in zip(users, fitted.lists(users, 5), strict=True):
        assert_array_equal(best, explorer.recommend(train.users.ids[user], n=5, **settings).items)
    some = slice(0, 40)
    predicted = fitted.predict(part.test_users[some], part.test_items[some])
    for user, item, rating in zip(part.test_users[some], part.test_items[some], predicted, strict=True):
        ids = train.users.ids[user], train.items.ids[item]
        assert explorer.predict(*ids, **settings).rating == pytest.approx(rating)


def test_k_is_cut_to_the_users_that_there_are(toy):
    assert fit_user_knn(toy, {"k": 400, "dim": 2}, 0).lists(np.arange(6), 3).shape == (6, 3)


def test_a_setting_that_does_not_exist_is_refused(toy):
    with pytest.raises(SpecError, match="speed"):
        fit_user_knn(toy, {"speed": 1}, 0)


@pytest.mark.parametrize("ridge", [0.5, 20.0])
def test_ease_from_the_users_is_ease_from_the_items(part, ridge):
    # Steck 2019, algorithm 1, as it is printed there
    matrix = rated(part.train)
    inverse = np.linalg.inv(matrix.T @ matrix + ridge * np.eye(part.train.n_items))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    assert_allclose(ease_scores(part.train, ridge), matrix @ weights, atol=1e-10)


def test_ease_refuses_what_is_too_large(monkeypatch, toy):
    monkeypatch.setattr("benchmarks.peers.ease.MAX_USERS", 5)
    with pytest.raises(SpecError, match="6 users x 9 items"):
        fit_ease(toy, {"ridge": 1.0}, 0)


# other libraries, each against brute force


def test_surprise_baselines_are_our_biases(part):
    pytest.importorskip("surprise")
    # the same method with the same regularisation and sweeps
    fitted = with_surprise.fit(part.train, {"algorithm": "BaselineOnly"}, 0)
    ours = bias(part.train).predict(part.test_users, part.test_items)
    assert_allclose(fitted.predict(part.test_users, part.test_items), ours, atol=1e-6)


def test_surprise_knn_agrees_with_brute_force(part):
    pytest.importorskip("surprise")
    train, k = part.train, 5
    options = {"name": "msd", "user_based": True}
    fitted = with_surprise.fit(train, {"algorithm": "KNNBasic", "k": k, "sim_options": options}, 0)
    matrix = train.matrix.toarray().astype(np.float64)
    for user, item in zip(part.test_users[:60].tolist(), part.test_items[:60].tolist(), strict=True):
        similarities = []
        for other in np.flatnonzero(matrix[:, item]):
            both = (matrix[user] != 0) & (matrix[other] != 0)
            distance = np.mean((matrix[user, both] - matrix[other, both]) ** 2) if both.any() else None
            similarities.append((0.0 if distance is None else 1 / (distance + 1), matrix[other, item]))
        nearest = [entry for entry in sorted(similarities, key=lambda entry: -entry[0])[:k] if entry[0] > 0]
        weight = sum(similarity for similarity, _ in nearest)
        expected = sum(s * r for s, r in nearest) / weight if nearest else train.mean
        predicted = fitted.predict(np.array([user]), np.array([item]))
        assert predicted == pytest.approx(expected, abs=1e-6)


def test_implicit_cosine_agrees_with_brute_force(part):
    pytest.importorskip("implicit")
    train = part.train
    fitted = with_implicit.fit(train, {"algorithm": "CosineRecommender", "K": train.n_items}, 0)
    matrix = rated(train)
    unit = matrix / np.maximum(np.linalg.norm(matrix, axis=0), 1e-12)
    scores = matrix @ (unit.T @ unit)
    scores[matrix > 0] = -np.inf
    users = np.array([0, 7, 31])
    for user, best in zip(users, fitted.lists(users, 10), strict=True):
        # equal scores may stand in any order
        assert_allclose(scores[user, best], np.sort(scores[user])[::-1][:10], atol=1e-6)


@pytest.mark.parametrize("algorithm", ["TFIDFRecommender", "BM25Recommender", "AlternatingLeastSquares"])
def test_implicit_lists_unseen_items_once_and_pads(part, algorithm):
    pytest.importorskip("implicit")
    fitted = with_implicit.fit(part.train, {"algorithm": algorithm}, 0)
    users, n = np.array([2, 5]), part.train.n_items
    for user, best in zip(users, fitted.lists(users, n), strict=True):
        listed = best[best >= 0]
        assert listed.size
        assert len(np.unique(listed)) == listed.size
        assert not np.isin(listed, part.train.row_of(user)[0]).any()
        assert_array_equal(best[listed.size :], -1)


def test_lenskit_implicit_lists_agree_with_brute_force(part):
    pytest.importorskip("lenskit")
    train, k = part.train, 7
    fitted = with_lenskit.fit(train, {"feedback": "implicit", "max_nbrs": k}, 0)
    assert fitted.predict is None
    matrix = rated(train)
    unit = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
    users = np.array([4, 40])
    for user, best in zip(users, fitted.lists(users, 10), strict=True):
        similarity = unit @ unit[user]
        similarity[user] = 0.0
        scores = np.sort(similarity[:, None] * matrix, axis=0)[-k:].sum(axis=0)
        scores[matrix[user] > 0] = -np.inf
        assert_allclose(scores[best], np.sort(scores)[::-1][:10], rtol=1e-5)


def test_lenskit_explicit_predictions_agree_with_brute_force(part):
    pytest.importorskip("lenskit")
    train, k = part.train, 7
    fitted = with_lenskit.fit(train, {"feedback": "explicit", "max_nbrs": k}, 0)
    matrix = train.matrix.toarray().astype(np.float64)
    means = matrix.sum(axis=1) / (matrix != 0).sum(axis=1)
    centred = np.where(matrix != 0, matrix - means[:, None], 0.0)
    unit = centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-12)
    predicted = fitted.predict(part.test_users, part.test_items)
    assert np.isfinite(predicted).all()
    supported = 0
    for user, item, rating in zip(part.test_users.tolist(), part.test_items.tolist(), predicted, strict=True):
        similarity = unit @ unit[user]
        similarity[user] = 0.0
        raters = np.flatnonzero((matrix[:, item] != 0) & (similarity >= 1e-6))
        if raters.size:
            nearest = raters[np.argsort(-similarity[raters], kind="stable")[:k]]
            expected = means[user] + similarity[nearest] @ centred[nearest, item] / similarity[nearest].sum()
            assert rating == pytest.approx(expected, abs=1e-4)
            supported += 1
    assert supported > 100


# what is published


def test_published_figures_agree_within_the_tolerance_and_not_beyond():
    near = {name: rmse + 0.0029 for name, rmse in published.ML_100K.items()}
    assert all(each.agrees for each in published.compare(near))
    off = near | {"KNNBasic": published.ML_100K["KNNBasic"] - 0.0031}
    assert [each.name for each in published.compare(off) if not each.agrees] == ["KNNBasic"]
    shown = published.comparison_table(published.compare(off))
    assert "| KNNBasic | 0.980 | 0.9769 | -0.0031 | **off by more than 0.003** |" in shown
    assert "| BaselineOnly | 0.944 | 0.9469 | +0.0029 | agrees |" in shown


@pytest.mark.parametrize(("value", "code"), [(0.0, 0), (0.01, 1)])
def test_the_command_fails_when_figures_are_off(monkeypatch, capsys, toy, value, code):
    monkeypatch.setattr(command, "load_ratings", lambda _name: toy)
    monkeypatch.setattr(command, "check_is_ml_100k", silent)
    monkeypatch.setattr(command, "require", silent)
    rows = [
        type("Row", (), {"name": name, "errors": type("Errors", (), {"rmse": rmse + value})})
        for name, rmse in published.ML_100K.items()
    ]
    monkeypatch.setattr(command, "rating_rows", lambda *_, **__: rows)
    assert command.main(["--published"]) == code
    assert "published RMSE" in capsys.readouterr().out


def test_published_figures_are_for_ml_100k_alone(monkeypatch, capsys, toy):
    monkeypatch.setattr(command, "load_ratings", lambda _name: toy)
    assert command.main(["--published"]) == 1
    assert "943 users" in capsys.readouterr().err


# the command line and its documents


@pytest.fixture
def results(monkeypatch, clustered):
    """Of both protocols, with the built-in models alone."""
    own = [three(grid=({"first": (0, 150)},), variants={"exact search": {}}), four()]
    monkeypatch.setattr(roster, "models_of", lambda _protocol: own)
    return command.measure(clustered, ["ratings", "lists"], [], 0)


def test_results_are_the_same_after_json(results):
    assert json.loads(json.dumps(results)) == results


def test_tables_show_every_model_best_first(results):
    shown = table.markdown(results)
    of_ratings, of_lists = shown.split("### ")[1:]
    names = [line.split("|")[1].strip() for line in of_ratings.splitlines() if line.startswith("| ")][2:]
    best_first = sorted(results["ratings"]["rows"], key=lambda row: row["rmse"][0])
    assert names == [row["model"] for row in best_first]
    assert of_lists.count("| four |") == 1
    assert "first 0/150" in of_lists


def test_a_difference_is_bold_when_its_interval_excludes_0():
    assert table._difference([0.1, -0.1, 0.3]) == "+0.1000 (-0.1000 to +0.3000)"
    assert table._difference([0.1, 0.05, 0.3]).startswith("**+0.1000")
    assert table._difference([-0.1, -0.2, -0.05]).startswith("**-0.1000")
    assert table._difference([0.00002, 0.00001, 0.00003]) == "+0.0000 (+0.0000 to +0.0000)"
    assert table._difference([-0.1, -0.2, -0.00001]) == "-0.1000 (-0.2000 to +0.0000)"
    assert table._difference(None) == "-"


def test_only_the_generated_part_of_a_document_is_replaced(tmp_path, results):
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- peers:table -->\nold\n<!-- /peers:table -->\nafter\n")
    table.write(page, results)
    text = page.read_text()
    assert text.startswith("before\n<!-- peers:table -->\n")
    assert text.endswith("<!-- /peers:table -->\nafter\n")
    assert "\nold\n" not in text
    table.write(page, results)
    assert page.read_text() == text


def test_earlier_results_are_joined_and_shown_without_measuring(tmp_path, capsys, results):
    first, second, page = tmp_path / "a.json", tmp_path / "b.json", tmp_path / "page.md"
    only_ratings = {name: value for name, value in results.items() if name != "lists"} | {"libraries": {"a": "1"}}
    only_lists = {name: value for name, value in results.items() if name != "ratings"} | {"libraries": {"b": "2"}}
    table.write(first, only_ratings)
    table.write(second, only_lists)
    assert command.main(["--results", str(first), str(second), "--out", str(page)]) == 0
    expected = table.markdown(results | {"libraries": {"a": "1", "b": "2"}})
    assert expected in page.read_text()
    assert capsys.readouterr().out == expected + "\n"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [("page.txt", "", "neither"), ("none/page.md", None, "not a folder"), ("page.md", "no markers", "peers:table")],
)
def test_documents_that_cannot_take_results_are_refused_at_once(tmp_path, capsys, name, text, message):
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(SystemExit) as stopped:
        command.main(["--out", str(tmp_path / name)])
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


def test_the_command_measures_the_models_that_are_named(capsys):
    arguments = ["--models", "popular", "item_mean", "--protocol", "lists"]
    assert command.main(arguments) == 0
    shown = capsys.readouterr()
    assert "| popular | 0.1792 " in shown.out
    assert "| item_mean | 0.0687 " in shown.out
    assert "popular: nDCG" in shown.err


def test_a_name_that_no_model_has_is_one_clear_line(capsys):
    assert command.main(["--models", "oracle"]) == 1
    assert capsys.readouterr().err.startswith("error: --models oracle: no model is called so; choose from ours")


def test_models_of_a_missing_library_are_left_out_unless_they_are_named(monkeypatch, capsys):
    monkeypatch.setattr(roster, "installed", lambda library: None if library == "lenskit" else "1.0")
    monkeypatch.setattr(models, "installed", roster.installed)
    names = [model.name for model in roster.chosen("lists", [])]
    assert "EASE" in names
    assert not any("LensKit" in name for name in names)
    assert "lenskit is not installed" in capsys.readouterr().err
    with pytest.raises(MissingExtraError, match="uv run"):
        roster.chosen("lists", ["LensKit"])


def test_every_model_has_a_name_of_its_own():
    for protocol in ("ratings", "lists"):
        names = [model.name for model in roster.models_of(protocol)]
        assert len(set(names)) == len(names)
