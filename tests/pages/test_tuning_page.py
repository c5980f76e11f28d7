"""The Tuning page: index quality, changes for the user, and the baseline."""

import pytest
from apptest import button, frames, healthy, metric, texts

from ucf_core.explorer.explorer import RecallPoint
from ucf_core.neighbours.recall import IndexRecall
from ucf_ui.session import cache


def metric_delta(tester, label):
    """The text below a metric."""
    return next(element.delta for element in tester.metric if element.label == label)


def test_recall_matches_the_core(with_sample, open_page, explorer):
    poor = {"M": 2, "ef_construction": 10, "k": 20, "dim": 16, "ef": 20}
    tester = open_page("tuning", user=15, **poor)
    inspection = explorer.inspect(15, **poor)
    average = explorer.index_recall(ef=[20], sample=50, **{key: poor[key] for key in poor if key != "ef"})[0]
    assert inspection.index_recall < 1
    assert inspection.recall.distance_ratio > 1
    for label, attribute in (("Recall by id", "recall_by_id"), ("Recall by distance", "recall_by_distance")):
        assert metric(tester, label) == f"{100 * getattr(inspection.recall, attribute):.0f} %"
        assert metric_delta(tester, label) == f"average {100 * getattr(average.recall, attribute):.0f} %"
    assert metric(tester, "Distance ratio") == f"{inspection.recall.distance_ratio:.3f}"
    assert metric_delta(tester, "Distance ratio") == f"average {average.recall.distance_ratio:.3f}"
    assert metric(tester, "Overlap with raw space") == f"{100 * inspection.raw_overlap:.0f} %"


def test_added_and_removed_films(with_sample, open_page, explorer):
    tester = open_page("tuning", user=15, k=5, dim=8)
    before, now = explorer.recommend(15).items.tolist(), explorer.recommend(15, k=5, dim=8).items.tolist()
    came = [explorer.ratings.title(row) for row in now if row not in before]
    went = [explorer.ratings.title(row) for row in before if row not in now]
    assert came
    assert went
    added, removed, kept = frames(tester)[:3]
    assert added["Film"].tolist() == came
    assert removed["Film"].tolist() == went
    rises = {explorer.ratings.title(row): before.index(row) - now.index(row) for row in now if row in before}
    assert dict(zip(kept["Film"], kept["Places"], strict=True)) == rises
    assert any(rises.values())


def test_message_without_an_index(with_sample, open_page):
    tester = open_page("tuning", space="raw")
    for label, perfect in (("Recall by id", "100 %"), ("Recall by distance", "100 %"), ("Distance ratio", "1.000")):
        assert (metric(tester, label), metric_delta(tester, label)) == (perfect, "exact search")
    assert any("no recall curve" in text for text in texts(tester.info))


def test_set_and_remove_the_baseline(with_sample, open_page):
    tester = open_page("tuning", user=15, k=20, dim=16)
    assert any(text.startswith("Compared with k 50, dim 128, ef 128") for text in texts(tester.caption))
    button(tester, "Use as baseline").click()
    healthy(tester.run())
    assert any(text.startswith("Compared with k 20, dim 16, ef 128") for text in texts(tester.caption))
    assert any("kept 10 of its 10 films" in text for text in texts(tester.caption))
    tester.select_slider(key="k").set_value(60)
    healthy(tester.run())
    assert any("among the 20 of the baseline" in text for text in texts(tester.caption))
    button(tester, "Back to defaults").click()
    healthy(tester.run())
    assert any(text.startswith("Compared with k 50, dim 128, ef 128") for text in texts(tester.caption))


@pytest.mark.parametrize(
    "reference",
    [
        *("", "1-2", "a-b-c", "0-0-0", "9999-8-8", "5-9999-8", "5-5-99999999", "-1-5-5", "50-128-128-8-raw"),
        *("50-128-128-2-10-raw-x", "50-128-128-65-10-raw", "50-128-128-8-801-raw", "50-128-128-1-10-raw"),
        "50-128-128-8-10-none",
    ],
)
def test_invalid_baseline_in_a_link_is_ignored(reference, with_sample, open_page):
    tester = open_page("tuning", reference=reference)
    assert any(text.startswith("Compared with k 50, dim 128, ef 128") for text in texts(tester.caption))


def test_raw_ratings_as_baseline(with_sample, open_page):
    tester = open_page("tuning", space="raw", k=30)
    button(tester, "Use as baseline").click()
    healthy(tester.run())
    assert any("Compared with k 30, raw ratings" in text for text in texts(tester.caption))


def test_baseline_keeps_graph_and_weighting(with_sample, open_page, explorer):
    poor = {"M": 2, "ef_construction": 10, "k": 20, "dim": 16, "ef": 20, "weighting": "centred"}
    tester = open_page("tuning", user=15, **poor)
    button(tester, "Use as baseline").click()
    healthy(tester.run())
    baseline = "Compared with k 20, dim 16, ef 20, centred weighting, M 2, ef_construction 10 (pinned)."
    assert baseline in texts(tester.caption)
    assert any("kept 10 of its 10 films" in text for text in texts(tester.caption))
    again = open_page("tuning", user=15, reference=tester.query_params["reference"])
    assert baseline in texts(again.caption)
    before, now = explorer.recommend(15, **poor).items.tolist(), explorer.recommend(15).items.tolist()
    assert frames(again)[1]["Film"].tolist() == [explorer.ratings.title(row) for row in before if row not in now]


def test_exact_search_as_baseline(with_sample, open_page):
    tester = open_page("tuning", user=15, engine="exact", k=9)
    button(tester, "Use as baseline").click()
    healthy(tester.run())
    assert "Compared with k 9, dim 128, exact search (pinned)." in texts(tester.caption)
    assert tester.query_params["reference"] == "9-128-0"


def test_unchanged_films_are_listed_as_such(with_sample, open_page):
    stayed = frames(open_page("tuning", user=15))[-1]
    assert stayed["Places"].tolist() == [0] * 10


def test_fallback_to_exact_search_is_reported(with_sample, open_page, monkeypatch):
    def curve(fingerprint, query, breadths, sample, explorer):
        return [
            RecallPoint(ef, IndexRecall(0.9, 0.95, 1.01), 0.1 + ef, 9.0, fell_back=ef in (8, 16)) for ef in breadths
        ]

    monkeypatch.setattr(cache, "recall_curve", curve)
    tester = open_page("tuning", user=15)
    assert any("With ef 8, 16, exact search answered for some users." in text for text in texts(tester.caption))
    assert (metric_delta(tester, "Recall by id"), metric_delta(tester, "Distance ratio")) == (
        "average 90 %",
        "average 1.010",
    )
