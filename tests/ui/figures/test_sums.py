"""The chart of a sum: each bar begins where the one before it ends, and the last one is the number itself."""

import numpy as np
import pytest
from toy import clustered_ratings

import ucf_core as ucf
from ucf_core.recommendations.aggregations import AGGREGATIONS
from ucf_core.recommendations.breakdown import Breakdown
from ucf_core.recommendations.rules import RULES
from ucf_ui.figures.sums import sum_bars
from ucf_ui.views.recommendations import what_if


@pytest.fixture(scope="module")
def explorer():
    return ucf.Explorer(clustered_ratings(60, 90, 4, seed=3), in_memory=True)


def chart(shown, sums, **options):
    names = [f"<{row}>" for row in shown.evidence.users.tolist()]
    return sum_bars(sums, shown.evidence, names, title="Sum", unit="Stars", **options)


def bars(figure):
    """(row, label, start, length) of all bars, from the top."""
    labels = figure.layout.yaxis.ticktext
    found = [
        (int(row), labels[int(row)], float(base), float(length))
        for trace in figure.data
        for row, base, length in zip(trace.y, trace.base, trace.x, strict=True)
    ]
    return sorted(found)


@pytest.mark.parametrize("ranking", RULES)
@pytest.mark.parametrize("aggregation", AGGREGATIONS)
@pytest.mark.parametrize("most", [1, 3, 100])
def test_each_bar_begins_where_the_one_before_it_ends_and_the_last_is_the_number(explorer, ranking, aggregation, most):
    settings = {"k": 25, "ranking": ranking, "aggregation": aggregation, "ridge": 1.0}
    raw = explorer.recommend(2, **settings).item_ids.tolist()[0]
    shown = explorer.explain(2, raw, **settings)
    for sums in (shown.score, shown.predicted):
        *parts, (_, last, start, total) = bars(chart(shown, sums, most=most))
        assert (last, start, total) == ("Together", 0, sums.total)
        assert [row for row, *_ in parts] == list(range(len(parts)))
        end = 0.0
        for _, _, base, length in parts:
            assert base == pytest.approx(end, abs=1e-9)
            end = base + length
        assert end == pytest.approx(total, abs=1e-6)


def test_the_largest_parts_have_bars_of_their_own_and_signs_in_ids_are_shown_as_they_are(explorer):
    shown = explorer.explain(2, explorer.recommend(2, k=25).item_ids.tolist()[0], k=25)
    parts = shown.score.of_neighbours
    assert parts.size > 4
    drawn = bars(chart(shown, shown.score, most=3))
    assert [length for *_, length in drawn[:3]] == pytest.approx(np.sort(parts)[::-1][:3])
    assert drawn[0][1].startswith(f"User &lt;{shown.evidence.users[parts.argmax()]}&gt;: ")
    assert drawn[3][1] == f"{parts.size - 3} other neighbours"
    assert drawn[3][3] == pytest.approx(np.sort(parts)[:-3].sum())


def test_one_neighbour_alone_is_not_called_the_others(explorer):
    shown = explorer.explain(2, explorer.recommend(2, k=25).item_ids.tolist()[0], k=25)
    drawn = bars(chart(shown, shown.score, most=shown.score.of_neighbours.size - 1))
    assert not any("other" in label for _, label, *_ in drawn)


def test_the_axis_holds_all_ends_and_starts_at_0_unless_averages_come_first(explorer):
    shown = explorer.explain(2, explorer.recommend(2, k=25).item_ids.tolist()[0], k=25)
    low, high = chart(shown, shown.score).layout.xaxis.range
    assert low == 0
    assert high > shown.score.total
    figure = chart(shown, shown.predicted)
    low, high = figure.layout.xaxis.range
    assert low < min(base + length for *_, base, length in bars(figure))
    assert high > max(base + length for *_, base, length in bars(figure))
    assert "does not start at 0" in figure.layout.xaxis.title.text


def test_what_takes_away_is_a_kind_of_its_own(explorer):
    shown = explorer.explain(2, explorer.recommend(2, k=25).item_ids.tolist()[0], k=25)
    rows = np.array([1, 2], dtype=np.int32)
    one = ucf.Evidence(rows, np.ones(2, np.float32), np.ones(2, np.float32), np.array([0.5, -0.2]))
    sums = Breakdown(rows, np.array([0.5, -0.2]), {}, 0.3)
    figure = sum_bars(sums, one, ["a", "b"], title="Sum", unit="Stars")
    assert {trace.name: list(trace.x) for trace in figure.data} == {
        "Adds": [0.5], "Takes away": [-0.2], "Together": [0.3],
    }  # fmt: skip
    assert shown.standing.rank == 1


def test_places_and_scores_in_words(explorer):
    raw = explorer.recommend(2, k=25).item_ids.tolist()[0]
    shown = explorer.explain(2, raw, k=25)
    assert what_if.place(shown.standing) == "1"
    thin = shown.what_if(min_support=shown.standing.support + 1)
    assert what_if.place(thin) == "Not listed"
    message = what_if.remark(shown.standing, thin)
    assert message.startswith(
        f"{thin.support} neighbours rated it, and minimum support is {thin.support + 1}: it would"
    )
    assert message.endswith("the predicted rating would be what user and film averages suggest.")
    other = what_if.remark(shown.standing, shown.what_if(ranking="damped"))
    assert other == "The scores of two rules cannot be compared: that of Damped rating is in stars."
    assert what_if.remark(shown.standing, shown.standing) == ""


def test_the_table_of_rules_marks_the_present_one(explorer):
    shown = explorer.explain(2, explorer.recommend(2, k=25).item_ids.tolist()[0], k=25)
    frame, _ = what_if.rule_table(shown)
    assert frame["Rule"].tolist() == [
        "Weighted ratings (now)",
        *(ucf.RULES[rule].title for rule in list(RULES)[1:]),
    ]
    assert frame["Rank"].tolist() == [what_if.place(shown.what_if(ranking=rule)) for rule in RULES]
