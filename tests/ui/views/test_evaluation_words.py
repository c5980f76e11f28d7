"""Charts, tables and sentences of an evaluation show its figures, and claim no more than these."""

import csv
import io

import numpy as np
import pytest
from toy import clustered_ratings

from ucf_core.base.specs import QuerySpec, SplitSpec
from ucf_core.explorer.presets import PRESETS
from ucf_core.recommendations.scoring import ScoringSpec
from ucf_core.studies.evaluation.evaluate import evaluate
from ucf_core.studies.evaluation.metrics import METRICS, page_metrics
from ucf_core.studies.evaluation.spec import EvaluationSpec, Setting, grid
from ucf_core.studies.evaluation.verdict import Verdict, verdict
from ucf_ui.figures.evaluation import Baseline, Line, metric_chart
from ucf_ui.settings import settings
from ucf_ui.views.evaluation import curves
from ucf_ui.views.evaluation import settings as evaluated
from ucf_ui.views.evaluation import tables as evaluation_tables
from ucf_ui.views.evaluation import words as evaluation_words
from ucf_ui.widgets import tables

SPEC = EvaluationSpec(split=SplitSpec(protocol="per_user_holdout", share=0.3, seed=2), n=5, relevant_from=2.0)


@pytest.fixture(scope="module")
def ratings():
    return clustered_ratings(60, 90, 4, seed=3)


@pytest.fixture(scope="module")
def evaluation(ratings):
    """A grid of 3 k and 2 weightings, with 4 baselines."""
    return evaluate(ratings, SPEC, grid({"weighting": ["residual", "raw"], "k": [5, 20, 10], "dim": [8]}))


@pytest.fixture(scope="module")
def of_presets(ratings):
    return evaluate(ratings, SPEC, list(evaluated.of_presets(ratings)))


def test_the_direction_of_a_metric_in_words():
    assert METRICS["rmse"].direction == "lower is better"
    assert METRICS["ndcg"].direction == "higher is better"
    assert METRICS["item_coverage"].direction == "higher is better where the other figures are no worse for it"
    assert METRICS["gini"].direction == "neither way is better by itself"


def test_the_number_with_most_values_is_on_the_axis_of_a_grid(evaluation, ratings):
    assert curves.choices(evaluation, ratings) == ["k", "weighting", curves.EACH]
    drawn = curves.curves_of(evaluation, "k", ratings)
    assert drawn.ticks == ["5", "10", "20"]
    assert {*drawn.lines} == {"residual weighting", "ratings as given"}
    for name, weighting in (("residual weighting", "residual"), ("ratings as given", "raw")):
        points = drawn.lines[name]
        assert [(place, row.model.query.k, row.model.query.weighting) for place, row in points] == [
            (0, 5, weighting),
            (1, 10, weighting),
            (2, 20, weighting),
        ]


def test_names_on_the_axis_are_in_the_order_of_the_parameter(evaluation, ratings):
    drawn = curves.curves_of(evaluation, "weighting", ratings)
    assert drawn.ticks == ["As given", "Residual"]
    assert {*drawn.lines} == {"k 5", "k 10", "k 20"}


def test_settings_that_are_no_grid_have_a_place_each(of_presets, ratings):
    assert curves.choices(of_presets, ratings)[0] == curves.EACH
    drawn = curves.curves_of(of_presets, curves.EACH, ratings)
    assert drawn.ticks == [preset.title for preset in PRESETS.values()]
    assert [place for place, _ in drawn.lines[""]] == [0, 1, 2, 3]


def test_raw_ratings_have_a_place_on_the_axis_of_dimensions(ratings):
    settings = [Setting(query=QuerySpec(k=5, dim=4)), Setting(query=QuerySpec(k=5, space="raw"))]
    made = evaluate(ratings, SPEC, settings)
    assert curves.curves_of(made, "dim", ratings).ticks == ["none", "4"]


def test_a_setting_that_equals_a_preset_on_this_dataset_has_its_name(ratings):
    preset = PRESETS["best_lists"]
    same = Setting(query=QuerySpec(k=59, dim=16, ef=128), scoring=preset.scoring)
    assert evaluated.names_of(["popular", same], ratings) == {"popular": "Popular", same: "Best lists"}
    default = Setting(query=QuerySpec(k=50, dim=60, engine="hnsw"), scoring=ScoringSpec(ridge=3.0))
    assert evaluated.names_of([default], ratings) == {default: "Default"}


def test_all_rows_have_unique_names(evaluation, of_presets, ratings):
    for made in (evaluation, of_presets):
        names = evaluated.names_of(made.models, ratings)
        assert len(set(names.values())) == len(made.models)


def test_settings_with_equal_answers_have_unique_names(ratings):
    alike = [Setting(query=QuerySpec(k=5, space="raw", dim=dim)) for dim in (4, 8, 16)]
    names = evaluated.names_of(alike, ratings)
    assert list(names.values()) == ["k 5, dim none", "k 5, dim none (again, 2)", "k 5, dim none (again, 3)"]


def test_beside_presets_a_grid_is_named_by_values_that_vary_or_are_no_default(ratings):
    presets = list(evaluated.of_presets(ratings))
    of_grid = grid({"k": [7, 9]})
    names = evaluated.names_of([*presets, *of_grid], ratings)
    assert [names[one] for one in of_grid] == ["k 7", "k 9"]
    (learned,) = grid({"k": [7], "ranking": ["learned"]})
    assert evaluated.names_of([*presets, learned], ratings)[learned] == "k 7, list by learned weights"


@pytest.mark.parametrize("metric", ["rmse", "coverage", "ndcg", "novelty"])
def test_a_chart_holds_values_intervals_and_baselines(metric, evaluation, ratings):
    about = METRICS[metric]
    drawn = curves.curves_of(evaluation, "k", ratings)
    lines = curves.lines_of(drawn, about)
    references = curves.references_of(evaluation, about, ("bias", "popular"))
    figure = metric_chart(about.title(5), about.unit, drawn.axis, drawn.ticks, lines, references)
    assert figure.layout.title.text == about.title(5)
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("Neighbours (k)", about.unit)
    for trace, points in zip(figure.data, drawn.lines.values(), strict=True):
        shown = [row for _, row in points]
        assert list(trace.y) == [row.metrics[metric] for row in shown]
        assert np.round(trace.x).tolist() == [0, 1, 2]
        if metric in shown[0].ci95:
            high = np.add(trace.y, trace.error_y.array)
            low = np.subtract(trace.y, trace.error_y.arrayminus)
            assert np.column_stack([low, high]) == pytest.approx(np.array([row.ci95[metric] for row in shown]))
        else:
            assert trace.error_y.array is None
    known = [row.metrics[metric] for row in evaluation.rows if row.name in ("bias", "popular")]
    known = [value for value in known if value is not None]
    assert sorted(shape.y0 for shape in figure.layout.shapes) == sorted(known)
    assert {label.text for label in figure.layout.annotations} <= {"Bias", "Popular"}
    assert len(figure.layout.annotations) == len(known)
    low, high = figure.layout.yaxis.range
    assert all(low < value < high for value in known)


def test_zoomed_in_baselines_outside_are_named_at_the_edge():
    line = Line("", [0, 1], [0.5, 0.6], [(0.45, 0.55), (0.55, 0.65)])
    references = [Baseline("Low", 0.1), Baseline("Inside", 0.5), Baseline("High", 0.9)]
    figure = metric_chart("m", "u", "a", ["x", "y"], [line], references, zoom=True, digits=2)
    low, high = figure.layout.yaxis.range
    assert 0.1 < low < 0.45
    assert 0.65 < high < 0.9
    assert [shape.y0 for shape in figure.layout.shapes] == [0.5]
    assert [label.text for label in figure.layout.annotations] == ["Low 0.10, below", "Inside", "High 0.90, above"]
    heights = [label.y for label in figure.layout.annotations]
    assert heights[0] == low
    assert heights == sorted(heights)


@pytest.mark.parametrize("ticks", [["a"], ["a", "b", "c"], [str(number) for number in range(12)]])
def test_names_of_baselines_are_beyond_the_last_point(ticks):
    """On a chart as narrow as three beside each other on a laptop, with letters as wide as digits are."""
    line = Line("", list(range(len(ticks))), [0.5] * len(ticks), None)
    names = ("Popular", "Film means")
    figure = metric_chart("m", "u", "a", ticks, [line], [Baseline(name, 0.5) for name in names])
    low, high = figure.layout.xaxis.range
    assert low == -0.5
    room = (high - len(ticks) + 0.5) / (high - low)
    assert room * 250 >= 6 * len("Film means")
    assert {(label.xref, label.x, label.xanchor) for label in figure.layout.annotations} == {("paper", 1, "right")}


def test_without_baselines_the_points_use_the_whole_axis():
    figure = metric_chart("m", "u", "a", ["x", "y"], [Line("", [0, 1], [1.0, 2.0], None)], [])
    assert figure.layout.xaxis.range == (-0.5, 1.5)


def test_points_of_several_lines_at_one_place_are_side_by_side():
    lines = [Line(str(number), [0], [0.5], None) for number in range(12)]
    figure = metric_chart("m", "u", "a", ["x"], lines, [])
    at = [trace.x[0] for trace in figure.data]
    assert at == sorted(set(at))
    assert max(at) < 0.5
    assert min(at) > -0.5
    assert len({(trace.line.color, trace.line.dash) for trace in figure.data}) == 12


def test_the_table_has_settings_before_baselines(evaluation, ratings):
    names = evaluated.names_of(evaluation.models, ratings)
    frame, looks = evaluation_tables.result_table(evaluation, [METRICS["rmse"], METRICS["gini"]], ratings, names)
    assert list(frame.columns) == [
        *("Model", "RMSE", "Concentration@5 (Gini)", "k", "Weighting"),
        *("RMSE, 95 %", "Concentration@5 (Gini), 95 %"),
    ]
    assert {*looks} == {*frame.columns}
    # in the table's letters, with the padding of a cell
    assert all(look["width"] >= 7 * len(title) + 16 for title, look in looks.items() if title.startswith("Conc"))
    rows = evaluation_tables.in_order(evaluation)
    assert [row.name for row in rows] == ["user_knn"] * 6 + ["bias", "popular", "item_mean", "random"]
    assert frame["Model"].tolist() == [names[row.model] for row in rows]
    assert frame["RMSE"].to_numpy(float, na_value=np.nan) == pytest.approx(
        [np.nan if row.metrics["rmse"] is None else row.metrics["rmse"] for row in rows], nan_ok=True
    )
    assert frame["k"].isna().tolist() == [False] * 6 + [True] * 4


def test_the_file_has_everything_in_full_precision(evaluation, ratings):
    names = evaluated.names_of(evaluation.models, ratings)
    written = tables.as_csv(evaluation_tables.full_table(evaluation, ratings, names))
    read = list(csv.DictReader(io.StringIO(written.decode())))
    assert len(read) == 10
    for cells, row in zip(read, evaluation.rows, strict=True):
        for name in page_metrics():
            value = row.metrics[name]
            assert cells[name] == "" if value is None else float(cells[name]) == value
        if "rmse" in row.ci95:
            assert (float(cells["rmse_low"]), float(cells["rmse_high"])) == row.ci95["rmse"]
    of_settings = [cells for cells in read if cells["model"] == "user_knn"]
    assert [float(cells["k"]) for cells in of_settings] == [5, 20, 10, 5, 20, 10]
    assert {float(cells["dim"]) for cells in of_settings} == {8}
    assert [cells["weighting"] for cells in of_settings] == ["residual"] * 3 + ["raw"] * 3
    for name, value in (("protocol", "per_user_holdout"), ("share", "0.3"), ("relevant_from", "2.0"), ("sample", "")):
        assert {cells[name] for cells in read} == {value}
    assert {*settings.NAMES} <= {*read[0]}


def test_the_sentence_names_equal_settings_and_better_baselines(evaluation, ratings):
    names = evaluated.names_of(evaluation.models, ratings)
    metric = METRICS["ndcg"]
    found = verdict(evaluation, "ndcg")
    sentence = evaluation_words.in_words(found, metric, 5, names)
    value = found.best.metrics["ndcg"]
    low, high = found.best.ci95["ndcg"]
    assert f"{value:.3f} ({low:.3f} to {high:.3f})." in sentence
    assert ("Not distinguishable from" in sentence) == bool(found.alike)
    rows = evaluation.rows
    made_up = Verdict("ndcg", rows[4], tuple(rows[5:]), (rows[1],))
    sentence = evaluation_words.in_words(made_up, metric, 5, names).replace("\\", "")
    assert f"**But Popular ({rows[1].metrics['ndcg']:.3f}) is better.**" in sentence
    assert sentence.endswith("and 2 others.")
    alone = evaluation_words.in_words(Verdict("ndcg", rows[4], (), ()), metric, 5, names)
    assert alone.endswith("Clearly better than all others.")
    assert "distinguishable" not in alone
    assert "But" not in alone


def test_random_lists_with_more_films_are_not_called_better(evaluation, ratings):
    names = evaluated.names_of(evaluation.models, ratings)
    metric = METRICS["item_coverage"]
    random = evaluation.rows[evaluation.models.index("random")]
    setting = evaluation.rows[-1]
    made_up = Verdict("item_coverage", setting, (), (random,))
    ahead = evaluation_words.in_words(made_up, metric, 5, names).replace("\\", "")
    assert f"**But Random ({random.metrics['item_coverage']:.3f}) has more.** More alone is no merit" in ahead
    assert "better" not in ahead
    assert "no merit" not in evaluation_words.in_words(Verdict("item_coverage", setting, (), ()), metric, 5, names)


def test_a_metric_without_a_better_direction_is_compared_with_the_best_of_the_first_metric(evaluation, ratings):
    names = evaluated.names_of(evaluation.models, ratings)
    metrics = [METRICS["gini"], METRICS["ndcg"], METRICS["rmse"], METRICS["popularity"]]
    found = evaluation_words.verdicts(evaluation, metrics)
    bests = evaluation_words.references(metrics, found)
    by_list = found["ndcg"].best
    assert bests == {"gini": by_list, "ndcg": by_list, "rmse": found["rmse"].best, "popularity": by_list}
    sentence = evaluation_words.against(metrics, found, 5)
    assert sentence.endswith("if neither direction is better by itself, against the best by nDCG@5:")
    assert evaluation_words.against([METRICS["ndcg"]], found, 5) == (
        "Against the best of each metric, on the same users:"
    )
    assert evaluation_words.references([METRICS["gini"]], {}) == {}
    frame, _ = evaluation_tables.difference_table(evaluation, "popular", metrics, bests, names)
    assert frame["Metric"].tolist() == ["Concentration@5 (Gini)", "nDCG@5", "Popularity@5"]
    difference = evaluation.difference("popularity", "popular", by_list.model)
    assert frame["Difference"].iloc[2] == f"{difference.estimate:+.2f}"


def test_differences_pair_users(evaluation, ratings):
    names = evaluated.names_of(evaluation.models, ratings)
    metrics = [METRICS["rmse"], METRICS["coverage"], METRICS["ndcg"]]
    bests = {name: found.best for name in ("rmse", "coverage", "ndcg") if (found := verdict(evaluation, name))}
    frame, _ = evaluation_tables.difference_table(evaluation, "popular", metrics, bests, names)
    assert frame["Metric"].tolist() == ["nDCG@5"]  # it predicts no ratings, and has no neighbours
    found = evaluation.difference("ndcg", "popular", bests["ndcg"].model)
    assert frame["Difference"].tolist() == [f"{found.estimate:+.4f}"]
    clear = not found.low <= 0 <= found.high
    assert frame["Verdict"].tolist() == ["clearly different" if clear else "not distinguishable"]
