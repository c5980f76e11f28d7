"""The neighbours of all users as a job, from the button to the downloaded file, and seen by two people."""

import numpy as np
from playwright.sync_api import expect
from reading import assert_healthy, open_page, settle

import ucf_core as ucf


def set_k(tab, k):
    box = tab.locator(".st-key-all-k input")
    box.fill(str(k))
    box.press("Enter")
    settle(tab)


def wait_for_end(tab):
    """Without touching the page: it looks at its jobs again by itself."""
    tab.get_by_text("Done in").first.wait_for(timeout=60_000)
    settle(tab)


def test_the_neighbours_of_all_users_are_started_watched_and_downloaded(tab, new_tab, base_url, home, tmp_path):
    open_page(tab, "/jobs")
    set_k(tab, 671)
    tab.get_by_role("button", name="Start").click()
    settle(tab)
    expect(tab.get_by_text("k=671 exceeds the 670 other users")).to_have_count(1)
    set_k(tab, 12)
    expect(tab.get_by_text("exceeds")).to_have_count(0)
    tab.get_by_text("Exact", exact=True).click()
    settle(tab)
    tab.get_by_role("button", name="Start").click()
    wait_for_end(tab)
    name = tab.get_by_text("all-neighbours/sample-").inner_text().split("/")[-1]
    assert name.endswith("-svd-exact-k12.npz")
    with tab.expect_download() as download:
        tab.get_by_role("button", name="Download").click()
    saved = tmp_path / name
    download.value.save_as(saved)
    assert saved.read_bytes() == (home / "all-neighbours" / name).read_bytes()
    explorer = ucf.Explorer(ucf.load_ratings("sample", home=home), in_memory=True)
    with np.load(saved) as made:
        assert made["users"].shape == (671, 12)
        row = made["row_ids"].tolist().index(15)
        assert made["users"][row].tolist() == explorer.neighbours(15, k=12, engine="exact").users.tolist()
    assert_healthy(tab)
    other = open_page(new_tab(base_url), "/jobs")
    expect(other.get_by_text("Neighbours of all users of MovieLens Small 2016, k 12")).to_have_count(1)
    other.get_by_role("button", name="Clear finished jobs").click()
    settle(other)
    expect(other.get_by_text("No job yet.")).to_have_count(1)
    expect(other.get_by_text(name)).to_have_count(1)
    assert_healthy(other)
