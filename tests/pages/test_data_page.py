"""The Data page: upload, download, disk use, delete."""

import threading
from pipes import PIPES, write_pipes

import pytest
import streamlit as st
from apptest import button, frames, go, healthy, texts, user

import ucf_core as ucf
from ucf_core.base.files.artifacts import ArtifactStore
from ucf_core.datasets.disk_use import delete, disk_use
from ucf_core.datasets.read import layouts
from ucf_core.datasets.sources import download as download_module
from ucf_core.datasets.sources import uploads
from ucf_core.datasets.sources.links import add_link
from ucf_ui.base import text
from ucf_ui.session import cache
from ucf_ui.shell import prefetch
from ucf_ui.views.jobs import neighbour_files

GOOD = b"user,item,rating,title\nann,x,4,One\nann,y,2,Two\nbob,x,5,One\nbob,z,3,Three\n"


def send(tester, filename, content, *, whose="all"):
    tester.radio(key="whose").set_value(whose)
    tester.file_uploader[0].set_value((filename, content, "text/csv"))
    button(tester, "Add this file").click()
    return healthy(tester.run())


def test_the_installed_datasets_are_listed_with_their_sizes(with_sample, open_page):
    table = frames(open_page("data"))[0]
    row = table[table["Name"] == "sample"].iloc[0]
    assert (row["Users"], row["Films"], row["Ratings"]) == (671, 9_066, 100_004)
    assert row["Terms of use"].startswith("https://files.grouplens.org/")


def test_a_good_file_can_be_uploaded_and_opened(empty_home, open_page):
    tester = send(open_page("data"), "my ratings.csv", GOOD)
    assert texts(tester.error) == []
    assert [shown.replace("\\", "") for shown in texts(tester.success)] == ["my-ratings.csv (uploaded) is ready."]
    assert frames(tester)[0]["Name"].tolist() == ["upload:my-ratings.csv"]
    button(tester, "Open it").click()
    healthy(tester.run())
    assert tester.sidebar.selectbox(key="dataset").value == "upload:my-ratings.csv"
    assert user(go(tester, "neighbours")) in ("ann", "bob")


def test_a_file_in_a_layout_that_was_registered_can_be_uploaded_and_is_offered(
    empty_home, open_page, monkeypatch, tmp_path
):
    monkeypatch.setattr(layouts, "_LAYOUTS", list(layouts._LAYOUTS))
    layouts.register_layout(PIPES)
    tester = open_page("data")
    assert ".pipes" in tester.file_uploader[0].proto.type
    assert PIPES.title in next(one for one in tester.text_input if one.label == "Folder or file").help
    tester = send(tester, "mine.pipes", write_pipes(tmp_path / "mine.pipes").read_bytes())
    assert [shown.replace("\\", "") for shown in texts(tester.success)] == ["mine.pipes (uploaded) is ready."]


def test_an_upload_beside_the_sample_is_opened_on_demand_only(sample_home, tmp_path, monkeypatch, open_page):
    monkeypatch.setenv("UCF_HOME", str(tmp_path))
    tester = send(open_page("data", user=15), "mine.csv", GOOD)
    assert tester.sidebar.selectbox(key="dataset").value == "sample"
    assert user(tester) == 15
    button(tester, "Open it").click()
    healthy(tester.run())
    assert user(tester) in ("ann", "bob")
    assert texts(tester.success) == []


@pytest.mark.parametrize(
    ("filename", "content", "shown"),
    [
        ("empty.csv", b"", "is empty"),
        ("heads.csv", b"user,item,rating\n", "no ratings"),
        ("other.csv", b"name,age\nann,3\n", "column"),
        ("text.csv", b"user,item,rating\n1,2,3\n1,3,great\n", "line 3"),
        ("nan.csv", b"user,item,rating\n1,2,nan\n", "line 2"),
        ("image.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00", "image.csv"),
        ("fake.parquet", b"PAR1 not really", "fake.parquet"),
        ("../../*evil*.csv", b"", "evil.csv is empty"),
    ],
)
def test_a_bad_file_is_answered_with_what_is_wrong_and_nothing_is_kept(filename, content, shown, empty_home, open_page):
    tester = send(open_page("data"), filename, content)
    (message,) = texts(tester.error)
    assert shown in message.replace("\\", "")
    assert str(empty_home) not in message.replace("\\", "")
    assert uploads.uploaded(empty_home) == []
    assert texts(tester.success) == []


def test_a_bad_file_does_not_lose_the_one_before(empty_home, open_page):
    tester = send(open_page("data"), "mine.csv", GOOD)
    send(tester, "mine.csv", b"user,item,rating\n1,2,great\n")
    assert len(texts(tester.error)) == 1
    assert [upload.name for upload in uploads.uploaded(empty_home)] == ["mine.csv"]


def test_sending_no_file_asks_for_one(empty_home, open_page):
    tester = open_page("data")
    button(tester, "Add this file").click()
    assert texts(healthy(tester.run()).warning) == ["Choose a file first."]


def test_an_uploaded_file_can_be_deleted(upload, open_page, empty_home):
    name = upload(GOOD.decode())
    tester = open_page("data", dataset=name)
    assert tester.sidebar.selectbox(key="dataset").value == name
    tester.button(key="delete-upload:mine.csv").click()
    healthy(tester.run())
    assert uploads.uploaded(empty_home) == []
    assert any("No dataset yet" in text for text in texts(tester.info))
    assert texts(tester.error) == []


def test_a_dataset_that_is_deleted_while_its_page_is_drawn_is_no_fault(upload, open_page, empty_home, monkeypatch):
    name = upload(GOOD.decode())
    begin = prefetch.begin

    def too_late():
        delete(name, home=empty_home)
        begin()

    with monkeypatch.context() as patch:
        patch.setattr(prefetch, "begin", too_late)
        open_page("data", dataset=name)
    assert any("No dataset yet" in text for text in texts(open_page("data").info))


def test_after_the_dataset_with_text_ids_is_deleted_the_one_with_numbers_opens(upload, open_page, empty_home):
    numbers = upload("user,item,rating\n1,1,3\n2,1,4\n2,2,4\n", "numbers.csv")
    words = upload(GOOD.decode(), "words.csv")
    tester = open_page("data", dataset=words, user="bob")
    assert user(tester) == "bob"
    tester.button(key="delete-upload:words.csv").click()
    healthy(tester.run())
    assert tester.sidebar.selectbox(key="dataset").value == numbers
    assert user(tester) in (1, 2)
    for name in ("neighbours", "recommendations", "tuning"):
        assert texts(go(tester, name).error) == []


def test_what_was_built_can_be_deleted_and_is_built_again(upload, open_page, empty_home):
    upload(GOOD.decode())
    tester = open_page("neighbours")
    built = [row.path.name for row in disk_use(empty_home) if row.name is None]
    assert {"biases", "embedding", "hnsw"} & set(built)
    go(tester, "data")
    for kind in built:
        tester.button(key=f"delete-{kind}").click()
        healthy(tester.run())
        assert texts(tester.error) == []
    assert not [row for row in disk_use(empty_home) if row.name is None and row.path.name not in ("ratings",)]
    assert texts(go(tester, "recommendations").error) == []


def test_a_delete_that_fails_is_told(upload, open_page, monkeypatch):
    def refuse(row, *, home):
        raise ucf.DatasetError(f"{row.title} cannot be deleted: it is *busy*")

    upload(GOOD.decode())
    monkeypatch.setattr("ucf_ui.views.data.deletions.free", refuse)
    tester = open_page("data")
    tester.button(key="delete-upload:mine.csv").click()
    healthy(tester.run())
    assert any(r"cannot be deleted\: it is \*busy\*" in text for text in texts(tester.error))


# downloads


class Download:
    """Stands in for the download: it goes as far as the test says."""

    def __init__(self):
        self.reached = threading.Event()
        self.go_on = threading.Event()
        self.error = None
        self.asked = []

    def __call__(self, name, *, home, progress=None, cancelled=None):
        self.asked.append((name, home))
        progress(2_000_000, 8_000_000)
        self.reached.set()
        assert self.go_on.wait(30)
        if self.error is not None:
            raise self.error
        progress(8_000_000, 8_000_000)


@pytest.fixture
def download(monkeypatch):
    stub = Download()
    monkeypatch.setattr(download_module, "download", stub)
    yield stub
    stub.go_on.set()


def over(tester):
    """Let the one worker come to its end, then look again."""
    jobs = cache.jobs()
    jobs.join(30)
    return healthy(tester.run())


def start(tester, download):
    tester.button(key="download-ml-100k").click()
    healthy(tester.run())
    assert download.reached.wait(30)
    return healthy(tester.run())


def bars(tester):
    return [(bar.proto.value, bar.proto.text) for bar in tester.get("progress")]


def test_a_running_download_shows_how_far_it_is(empty_home, download, open_page):
    tester = start(open_page("data"), download)
    assert download.asked == [("ml-100k", empty_home)]
    ((value, label),) = bars(tester)
    assert value == 25
    assert label.startswith("2.0 MB of 8.0 MB")
    assert "download-ml-100k" not in [one.key for one in tester.button]
    assert "cancel-download ml-100k" in [one.key for one in tester.button]


def test_a_second_visitor_sees_the_same_download_and_cannot_start_it_twice(empty_home, download, open_page):
    start(open_page("data"), download)
    second = open_page("data")
    assert len(bars(second)) == 1
    assert "download-ml-100k" not in [one.key for one in second.button]
    assert len(download.asked) == 1


def test_a_failed_download_says_why_and_can_be_tried_again(empty_home, download, open_page):
    tester = start(open_page("data"), download)
    download.error = ucf.DownloadError("https://x/ml-100k.zip cannot be reached; check the network")
    download.go_on.set()
    over(tester)
    assert [shown.replace("\\", "") for shown in texts(tester.error)] == [
        f"Downloading ml-100k failed: {download.error}. Nothing was saved."
    ]
    download.error = None
    button(tester, "Try again").click()
    healthy(tester.run())
    over(tester)
    assert len(download.asked) == 2
    assert texts(tester.error) == []


def test_a_cancelled_download_says_that_nothing_was_kept(empty_home, download, open_page):
    tester = start(open_page("data"), download)
    tester.button(key="cancel-download ml-100k").click()
    healthy(tester.run())
    download.go_on.set()
    over(tester)
    shown = [text.replace("\\", "") for text in texts(tester.info)]
    assert "Downloading ml-100k was cancelled. Nothing was saved." in shown
    assert "Try again" in [one.label for one in tester.button]
    assert bars(tester) == []


def test_an_unexpected_failure_is_told_without_its_details(empty_home, download, open_page):
    tester = start(open_page("data"), download)
    download.error = RuntimeError("secret /path")
    download.go_on.set()
    over(tester)
    (message,) = texts(tester.error)
    assert "something went wrong" in message
    assert "secret" not in message


# what was built


def built(tester):
    return next((frame for frame in frames(tester) if "Step" in frame.columns), None)


def test_what_was_built_for_the_open_dataset_is_listed_with_its_time(upload, open_page, empty_home):
    name = upload(GOOD.decode())
    table = built(go(open_page("neighbours", dataset=name), "data"))
    assert table["Step"].tolist()[:2] == ["Ratings", "SVD embedding"]
    # the upload was read, and kept, when it was added
    assert table["How"].tolist()[0] == "Read from disk"
    assert set(table["How"][1:]) == {"Computed"}
    assert table["Took"].str.fullmatch(r"\d+\.\d s").all()
    st.cache_resource.clear()
    again = built(go(open_page("neighbours", dataset=name), "data"))
    assert set(again["How"]) == {"Read from disk"}


def test_the_size_of_what_was_built_is_told(upload, open_page, empty_home):
    name = upload(GOOD.decode())
    tester = go(open_page("neighbours", dataset=name), "data")
    fingerprint = ucf.load_ratings(name, home=empty_home).fingerprint
    size = text.size(ArtifactStore(empty_home / "artifacts").bytes_of(fingerprint))
    assert any(f"take {size} on disk" in shown for shown in texts(tester.caption))


def test_what_was_built_is_told_with_its_settings(upload, open_page):
    upload(GOOD.decode())
    tester = go(open_page("neighbours", dim=2, M=4, engine="hnsw"), "data")
    built = next(frame for frame in frames(tester) if "Took" in frame)
    described = dict(zip(built["Step"], built["Settings"], strict=True))
    assert described["SVD embedding"] == "dim 128, weighting raw"
    assert described["HNSW index"].startswith("dim 2, weighting raw, M 4, ef_construction 200")


@pytest.mark.parametrize("whose", ["all", "session"])
def test_an_export_of_one_person_is_sent_to_the_page_that_reads_it(whose, empty_home, open_page):
    content = b"Date,Name,Year,Letterboxd URI,Rating\n2021-03-01,Heat,1995,https://boxd.it/2aK6,4.5\n"
    (shown,) = texts(send(open_page("data"), "ratings.csv", content, whose=whose).error)
    assert "lacks a column" in shown
    assert "an export of one person's ratings from Letterboxd: the page Your taste reads it" in shown.replace("\\", "")


@pytest.mark.parametrize("path", ["", "   "])
def test_an_empty_path_is_asked_for(path, empty_home, open_page):
    tester = open_page("data")
    tester.text_input[0].set_value(path)
    button(tester, "Add this folder or file").click()
    healthy(tester.run())
    assert texts(tester.warning) == ["Type a folder or file first."]
    assert texts(tester.error) == []


def test_without_a_dataset_nothing_is_said_of_what_was_built(empty_home, open_page):
    assert "Built for this dataset" not in texts(open_page("data").subheader)


def test_what_is_built_has_a_name_that_people_know(upload, open_page):
    upload(GOOD.decode())
    shown = texts(go(open_page("neighbours"), "data").markdown)
    assert any(r"Built\: SVD embedding" in one for one in shown)


def test_a_damaged_artifact_is_told_quietly_and_in_full_on_the_data_page(upload, open_page, empty_home):
    name = upload(GOOD.decode())
    assert not any("Something on disk" in shown for shown in texts(open_page("neighbours").sidebar.caption))
    st.cache_resource.clear()
    for path in (empty_home / "artifacts" / "embedding").glob("*/*.npy"):
        path.write_bytes(b"damaged")
    tester = go(open_page("neighbours", dataset=name), "data")
    assert texts(tester.error) + texts(tester.warning) == []
    assert any("Something on disk was damaged" in shown for shown in texts(tester.sidebar.caption))
    assert any("is built again" in shown and "embedding" in shown for shown in texts(tester.main.caption))


def test_files_with_neighbours_count_as_disk_use(upload, open_page, empty_home):
    upload(GOOD.decode())
    assert not any("Neighbours of all users" in shown for shown in texts(open_page("data").markdown))
    path = neighbour_files.folder() / "mine-0123abcd-svd-hnsw-k2.npz"
    path.parent.mkdir()
    path.write_bytes(bytes(50_000_000))
    tester = open_page("data")
    assert any("Neighbours of all users" in shown and "50.0 MB" in shown for shown in texts(tester.markdown))
    total = sum(row.bytes for row in disk_use(empty_home)) + 50_000_000
    assert any(shown.startswith(f"{text.size(total)} in ") for shown in texts(tester.caption))
    assert "See Jobs" in [link.proto.label for link in tester.main.get("page_link")]


def test_the_counts_of_a_linked_file_are_listed_once_it_is_open(empty_home, tmp_path, open_page, monkeypatch):
    monkeypatch.setenv("UCF_DATA_ROOTS", str(tmp_path))
    (tmp_path / "linked.csv").write_bytes(GOOD)
    (tmp_path / "other.csv").write_bytes(GOOD)
    name = add_link(str(tmp_path / "linked.csv"), home=empty_home)
    other = add_link(str(tmp_path / "other.csv"), home=empty_home)
    table = frames(open_page("data", dataset=name))[0].set_index("Name")
    assert table.loc[name, ["Users", "Films", "Ratings"]].tolist() == [2, 3, 4]
    assert table.loc[other, ["Users", "Films", "Ratings"]].isna().all()
