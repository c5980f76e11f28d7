"""Presets and scoring options in a browser, from the button to the other pages."""

import re

import pytest
from playwright.sync_api import expect
from reading import assert_healthy, caption, open_page, parameters, press, settle, value

import ucf_core as ucf
from ucf_core.explorer.presets import PRESETS
from ucf_ui.settings.presets import MEASURED


def presets(tab):
    return tab.locator(".st-key-presets button").first


def choose_preset(tab, name):
    presets(tab).click()
    tab.get_by_role("radio", name=PRESETS[name].title).check(force=True)
    settle(tab)
    tab.keyboard.press("Escape")
    settle(tab)


@pytest.fixture
def explorer(home):
    return ucf.Explorer(ucf.load_ratings("sample", home=home), in_memory=True)


@pytest.mark.long
def test_a_preset_is_chosen_with_its_figures_in_sight_and_holds_on_every_page(tab):
    open_page(tab, "/neighbours?user=15")
    expect(presets(tab)).to_have_text(re.compile("^Preset: Default"), use_inner_text=True)
    presets(tab).click()
    for name, figures in MEASURED.items():
        tab.get_by_text(PRESETS[name].explanation).wait_for()
        tab.get_by_text(f"RMSE {figures.rmse:.3f}, nDCG@10 {figures.ndcg:.3f}").wait_for()
    tab.keyboard.press("Escape")
    settle(tab)
    choose_preset(tab, "best_ratings")
    assert parameters(tab) == {"user": "15", "k": "400", "dim": "16", "weighting": "residual"}
    assert caption(tab, r"found (\d+) of the (\d+) exact neighbours")[1] == "400"
    tab.get_by_role("link", name="Recommendations").first.click()
    settle(tab)
    expect(presets(tab)).to_have_text(re.compile("^Preset: Best ratings"), use_inner_text=True)
    assert parameters(tab) == {
        "user": "15",
        "k": "400",
        "dim": "16",
        "weighting": "residual",
        "aggregation": "learned",
    }
    press(tab, "k", "ArrowLeft")
    assert value(tab, "k") == 375
    expect(presets(tab)).to_have_text(re.compile("^Preset: your own"), use_inner_text=True)
    choose_preset(tab, "default")
    assert parameters(tab) == {"user": "15"}
    assert_healthy(tab)


@pytest.mark.long
def test_a_link_with_a_preset_of_learned_lists_opens_cold_and_shows_the_weights(tab, explorer):
    preset = PRESETS["best_lists"]
    made = explorer.recommend(15, preset.query, preset.scoring)
    settings = f"k={preset.query.k}&dim={preset.query.dim}&ranking={preset.scoring.ranking}"
    open_page(tab, f"/recommendations?user=15&{settings}&film={made.item_ids.tolist()[0]}")
    expect(presets(tab)).to_have_text(re.compile("^Preset: Best lists"), use_inner_text=True)
    shown = caption(tab, r"The score, ([\d.]+), is the sum of their weights")
    assert shown == (f"{made.scores[0]:.2f}",)
    tab.get_by_text("More settings").click()
    tab.locator(".st-key-ridge").wait_for()
    press(tab, "ridge", "ArrowRight")
    assert parameters(tab)["ridge"] == "400"
    expect(presets(tab)).to_have_text(re.compile("^Preset: your own"), use_inner_text=True)
    assert_healthy(tab)


@pytest.mark.long
def test_k_is_any_number_in_a_link_and_moves_by_steps_from_there(tab):
    open_page(tab, "/neighbours?user=15&k=123")
    assert value(tab, "k") == 123
    press(tab, "k", "ArrowRight")
    assert value(tab, "k") == 130
    assert parameters(tab)["k"] == "130"
    press(tab, "k", "End")
    assert value(tab, "k") == 670
    assert_healthy(tab)
