"""The Jobs page: neighbours of all users as a job, the files it makes, and the list of all jobs."""

import threading

import numpy as np
import pytest
import streamlit as st
from apptest import button, go, healthy, texts

import ucf_core as ucf
from ucf_core.studies.all_neighbours import run as module
from ucf_ui.session import cache
from ucf_ui.views.jobs import neighbour_files

SMALL = "user,item,rating\n" + "".join(
    f"{u},{(3 * u + i) % 17},{1 + (u * i) % 5}\n" for u in range(30) for i in range(6)
)


@pytest.fixture
def page(upload, open_page):
    """The Jobs page on 30 users."""
    upload(SMALL)
    return open_page("jobs")


def finish_jobs(tester):
    """Wait for both workers to finish, then rerun the page."""
    cache.jobs().join(30)
    return healthy(tester.run())


def press(tester, label):
    button(tester, label).click()
    return healthy(tester.run())


def set_k(tester, k):
    tester.number_input(key="all-k").set_value(k)
    return healthy(tester.run())


def plain(elements):
    return [text.replace("\\", "") for text in texts(elements)]


def shown(elements, words):
    return any(words in text for text in plain(elements))


class Gate:
    """A job that blocks until it is released."""

    def __init__(self):
        self.inside, self.go = threading.Event(), threading.Event()

    def __call__(self, job):
        job.progress(30, 120)
        self.inside.set()
        assert self.go.wait(30)
        job.progress(120, 120)


@pytest.fixture
def gate():
    gate = Gate()
    yield gate
    gate.go.set()


def test_empty_page_explains_itself(page):
    assert shown(page.caption, "No job yet.")
    assert shown(page.caption, "No file yet. Files with the neighbours of all users appear here")
    assert "Clear finished jobs" not in [one.label for one in page.button]


def test_no_start_without_a_dataset(empty_home, open_page):
    tester = open_page("jobs")
    assert shown(tester.info, "There is no dataset to show yet")
    assert "Start" not in [one.label for one in tester.button]


def test_opening_a_dataset_shows_its_progress(upload, open_page, monkeypatch):
    upload(SMALL)
    monkeypatch.setattr(cache, "_OPENED_AT_ONCE", 0)
    go_on = threading.Event()
    read = cache._read

    def wait(name, progress):
        progress(1, 4)
        assert go_on.wait(30)
        return read(name, progress)

    monkeypatch.setattr(cache, "_read", wait)
    tester = open_page("jobs")
    go_on.set()
    assert shown(tester.caption, "The dataset is being opened")
    assert "Start" not in [one.label for one in tester.button]
    finish_jobs(tester)
    assert "Start" in [one.label for one in tester.button]


@pytest.mark.parametrize(("space", "engine"), [("svd", "hnsw"), ("svd", "exact"), ("raw", "exact")])
def test_file_matches_the_core(space, engine, page, empty_home):
    set_k(page, 7)
    page.segmented_control(key="all-space").set_value(space)
    page.segmented_control(key="all-engine").set_value(engine)
    healthy(page.run())
    assert shown(page.caption, f"about {(12 * 30 * 7 + 8 * 30) / 1000:.1f} KB: 30 users with 7 neighbours each")
    finish_jobs(press(page, "Start"))
    assert texts(page.error) == []
    (file,) = neighbour_files.found()
    assert (file.dataset, file.space, file.engine, file.k, file.finished) == (
        "upload-mine.csv",
        space,
        engine,
        7,
        True,
    )
    ratings = ucf.load_ratings("upload:mine.csv", home=empty_home)
    explorer = ucf.Explorer(ratings, in_memory=True)
    with np.load(file.path) as made:
        for user in (0, 17):
            found = explorer.neighbours(user, k=7, space=space, engine=engine)
            assert made["users"][user].tolist() == found.users.tolist()
    assert str(file.path) in [block.value for block in page.code]
    assert [one.proto.label for one in page.get("download_button")] == ["Download"]
    assert shown(page.markdown, "Done in")


def test_raw_ratings_use_exact_search(page):
    page.segmented_control(key="all-space").set_value("raw")
    healthy(page.run())
    assert page.segmented_control(key="all-engine").disabled
    finish_jobs(press(page, "Start"))
    assert [file.engine for file in neighbour_files.found()] == ["exact"]


def test_k_above_the_number_of_users_is_rejected(page):
    press(set_k(page, 30), "Start")
    assert len(texts(page.error)) == 1
    assert shown(page.error, "k=30 exceeds the 29 other users")
    assert cache.jobs().all() == []
    assert neighbour_files.found() == []
    set_k(page, 29)
    assert texts(page.error) == []


def test_too_little_disk_space_is_reported_before_the_start(page, monkeypatch):
    def refuse(out, needed):
        raise ucf.ArtifactError(f"{out.name} needs {needed} bytes, and 3 are free")

    monkeypatch.setattr(module, "check_target", refuse)
    press(page, "Start")
    assert shown(page.error, f"needs {20 * 30 * 29} bytes, and 3 are free")
    assert cache.jobs().all() == []


def test_cancelled_run_is_listed_and_can_be_resumed(page, monkeypatch):
    monkeypatch.setattr(module, "_PART", 8)
    report, resumed = module._report, []

    def stop_halfway(progress, done, total):
        if done >= 16:
            cache.jobs().all()[-1].cancel()
        report(progress, done, total)

    monkeypatch.setattr(module, "_report", stop_halfway)
    page.segmented_control(key="all-engine").set_value("exact")
    finish_jobs(press(set_k(page, 5), "Start"))
    assert shown(page.markdown, "Cancelled after")
    (left,) = neighbour_files.found()
    assert not left.finished
    assert shown(page.markdown, "Unfinished")
    share = len(list(left.path.with_name(f"{left.path.name}.parts").glob("*.part"))) * 8 / 30
    assert share > 0
    assert shown(page.caption, f"finished {100 * share:.0f} % of it")

    def note(progress, done, total):
        resumed.append(done)
        report(progress, done, total)

    monkeypatch.setattr(module, "_report", note)
    finish_jobs(press(page, "Continue"))
    assert resumed[0] == round(share * 30)
    assert [file.finished for file in neighbour_files.found()] == [True]
    assert "Start" in [one.label for one in page.button]
    assert shown(page.caption, "A file with these settings exists")


def test_deletion_needs_confirmation(page):
    finish_jobs(press(set_k(page, 5), "Start"))
    (file,) = neighbour_files.found()
    page.button(key=f"delete-{file.path.name}-True").click()
    healthy(page.run())
    assert neighbour_files.found() == []
    assert not file.path.exists()
    assert shown(page.caption, "No file yet. Files")


def test_large_file_shows_its_path_instead_of_a_download(page):
    path = neighbour_files.folder() / "big-0123abcd-svd-hnsw-k50.npz"
    path.parent.mkdir()
    with path.open("wb") as sparse:
        sparse.truncate(300 << 20)
    healthy(page.run())
    assert shown(page.markdown, "too large for the browser")
    assert list(page.get("download_button")) == []
    assert str(path) in [block.value for block in page.code]


def test_other_files_in_the_folder_are_ignored(page):
    neighbour_files.folder().mkdir()
    (neighbour_files.folder() / "notes.txt").write_text("mine")
    healthy(page.run())
    assert neighbour_files.found() == []


def test_unfinished_file_cannot_be_deleted(page, gate):
    path = neighbour_files.folder() / "mine-0123abcd-svd-hnsw-k50.npz"
    path.with_name(f"{path.name}.parts").mkdir(parents=True)
    cache.jobs().submit(f"all neighbours {path.name}", "Neighbours", gate)
    assert gate.inside.wait(30)
    healthy(page.run())
    assert shown(page.markdown, "In progress")
    with pytest.raises(ucf.ArtifactError, match="is being made; cancel the job first"):
        neighbour_files.delete(neighbour_files.found()[0])


# the list


def test_every_session_sees_running_and_waiting_jobs(page, gate, open_page):
    one = cache.jobs().submit("one", "Making *one*", gate)
    two = cache.jobs().submit("two", "Making two", lambda job: None)
    assert gate.inside.wait(30)
    second = open_page("jobs")
    for tester in (healthy(page.run()), second):
        bars = [(bar.proto.value, bar.proto.text) for bar in tester.get("progress")]
        assert bars[0][0] == 25
        assert bars[0][1].startswith("Making *one*, 25 %, about ")
        assert bars[1][0] == 0
        assert bars[1][1].startswith("Waits for: Making *one* (about ")
        assert shown(tester.markdown, "**Making *one***, ")
    page.button(key="cancel-two").click()
    healthy(page.run())
    assert two.state == "cancelled"
    assert shown(page.markdown, "Cancelled while waiting")
    second.button(key="cancel-one").click()
    healthy(second.run())
    assert [bar.proto.text for bar in second.get("progress")] == ["Stopping at the end of this step"]
    assert second.button(key="cancel-one").disabled
    gate.go.set()
    finish_jobs(page)
    assert one.state == "cancelled"
    assert list(page.get("progress")) == []


def test_waiting_jobs_are_listed_in_order(page, gate):
    for key, owner in (("a1", "ann"), ("a2", "ann"), ("a3", "ann"), ("b1", "bob")):
        cache.jobs().submit(key, f"Job {key}", gate, owner=owner)
    assert gate.inside.wait(30)
    healthy(page.run())
    assert [text for text in plain(page.markdown) if text.startswith("**Job ")][1:] == [
        "**Job a2**",
        "**Job a3**",
        "**Job b1**",
    ]
    waiting = [bar.proto.text.split(" (")[0] for bar in page.get("progress")][1:]
    assert waiting == ["Waits for: Job a1"] * 3
    assert page.get("progress")[3].proto.text.endswith("; then 2 other jobs before this one")
    assert shown(page.caption, "The others wait in order. At most 5 jobs of one session may wait")
    gate.go.set()
    finish_jobs(page)


def test_job_above_the_limit_is_rejected(page, gate):
    cache.jobs().submit("first", "The first", gate, background=True)
    assert gate.inside.wait(30)
    for number in range(5):
        set_k(page, number + 2)
        press(page, "Start")
    set_k(page, 9)
    press(page, "Start")
    assert shown(page.error, "5 jobs of yours are waiting already, and 5 is the most; let one begin, or cancel one")
    assert len([job for job in cache.jobs().all() if job.live]) == 6
    cache.jobs().stop()
    gate.go.set()
    finish_jobs(page)


def test_finished_jobs_are_listed_newest_first(page):
    def fail(job):
        raise ucf.DatasetError("no *ratings* in x.csv")

    cache.jobs().submit("one", "Making one", lambda job: None)
    cache.jobs().submit("two", "Making two", fail)
    finish_jobs(page)
    ended = [text for text in plain(page.markdown) if "Making" in text]
    assert ["Making two" in ended[0], "Making one" in ended[1]] == [True, True]
    assert "Failed after 0.0 s: no *ratings* in x.csv" in ended[0]
    assert "Done in 0.0 s" in ended[1]


def test_clear_finished_jobs_keeps_running_ones(page, gate):
    cache.jobs().submit("one", "Making one", lambda job: "kept")
    cache.jobs().submit("two", "Making two", gate)
    assert gate.inside.wait(30)
    press(healthy(page.run()), "Clear finished jobs")
    assert [text for text in plain(page.markdown) if "Making" in text] == [
        text for text in plain(page.markdown) if "Making two" in text
    ]
    assert cache.jobs().get("one").result == "kept"
    gate.go.set()
    press(finish_jobs(page), "Clear finished jobs")
    assert shown(page.caption, "No job yet.")


def test_list_refreshes_only_while_a_job_runs(page, gate, monkeypatch):
    asked, fragment = [], st.fragment

    def spy(*arguments, run_every=None, **others):
        asked.append(run_every)
        return fragment(*arguments, run_every=run_every, **others)

    monkeypatch.setattr(st, "fragment", spy)
    healthy(page.run())
    assert set(asked) == {None}
    cache.jobs().submit("one", "Making one", gate)
    assert gate.inside.wait(30)
    healthy(page.run())
    assert 1.0 in asked
    asked.clear()
    gate.go.set()
    finish_jobs(page)
    assert set(asked) == {None}


def test_job_started_elsewhere_appears_on_return(page):
    go(page, "data")
    cache.jobs().submit("one", "Making one", lambda job: None)
    assert shown(finish_jobs(go(page, "jobs")).markdown, "Making one")
