"""The Data page: uploads, downloads, disk use and deletion."""

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


def test_installed_datasets_are_listed_with_their_sizes(with_sample, open_page):
    table = frames(open_page("data"))[0]
    row = table[table["Name"] == "sample"].iloc[0]
    assert (row["Users"], row["Films"], row["Ratings"]) == (671, 9_066, 100_004)
    assert row["Terms of use"].startswith("https://files.grouplens.org/")


def test_upload_and_open_a_valid_file(empty_home, open_page):
    tester = send(open_page("data"), "my ratings.csv", GOOD)
    assert texts(tester.error) == []
    assert [shown.replace("\\", "") for shown in texts(tester.success)] == ["my-ratings.csv (uploaded) is ready."]
    assert frames(tester)[0]["Name"].tolist() == ["upload:my-ratings.csv"]
    button(tester, "Open it").click()
    healthy(tester.run())
    assert tester.sidebar.selectbox(key="dataset").value == "upload:my-ratings.csv"
    assert user(go(tester, "neighbours")) in ("ann", "bob")


def test_registered_layout_is_offered_and_can_be_uploaded(empty_home, open_page, monkeypatch, tmp_path):
    monkeypatch.setattr(layouts, "_LAYOUTS", list(layouts._LAYOUTS))
    layouts.register_layout(PIPES)
    tester = open_page("data")
    assert ".pipes" in tester.file_uploader[0].proto.type
    assert PIPES.title in next(one for one in tester.text_input if one.label == "Folder or file").help
    tester = send(tester, "mine.pipes", write_pipes(tmp_path / "mine.pipes").read_bytes())
    assert [shown.replace("\\", "") for shown in texts(tester.success)] == ["mine.pipes (uploaded) is ready."]


def test_upload_is_opened_only_on_request(sample_home, tmp_path, monkeypatch, open_page):
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
def test_invalid_file_shows_the_reason_and_is_not_saved(filename, content, shown, empty_home, open_page):
    tester = send(open_page("data"), filename, content)
    (message,) = texts(tester.error)
    assert shown in message.replace("\\", "")
    assert str(empty_home) not in message.replace("\\", "")
    assert uploads.uploaded(empty_home) == []
    assert texts(tester.success) == []


def test_invalid_file_does_not_replace_the_previous_upload(empty_home, open_page):
    tester = send(open_page("data"), "mine.csv", GOOD)
    send(tester, "mine.csv", b"user,item,rating\n1,2,great\n")
    assert len(texts(tester.error)) == 1
    assert [upload.name for upload in uploads.uploaded(empty_home)] == ["mine.csv"]


def test_submit_without_a_file_shows_a_warning(empty_home, open_page):
    tester = open_page("data")
    button(tester, "Add this file").click()
    assert texts(healthy(tester.run()).warning) == ["Choose a file first."]


def test_delete_an_upload(upload, open_page, empty_home):
    name = upload(GOOD.decode())
    tester = open_page("data", dataset=name)
    assert tester.sidebar.selectbox(key="dataset").value == name
    tester.button(key="delete-upload:mine.csv").click()
    healthy(tester.run())
    assert uploads.uploaded(empty_home) == []
    assert any("No dataset yet" in text for text in texts(tester.info))
    assert texts(tester.error) == []


def test_dataset_deleted_during_a_run_causes_no_error(upload, open_page, empty_home, monkeypatch):
    name = upload(GOOD.decode())
    original_begin = prefetch.begin

    def delete_then_begin():
        delete(name, home=empty_home)
        original_begin()

    with monkeypatch.context() as patch:
        patch.setattr(prefetch, "begin", delete_then_begin)
        open_page("data", dataset=name)
    assert any("No dataset yet" in text for text in texts(open_page("data").info))


def test_numeric_ids_after_deleting_a_dataset_with_text_ids(upload, open_page, empty_home):
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


def test_deleted_artifacts_are_built_again(upload, open_page, empty_home):
    upload(GOOD.decode())
    tester = open_page("neighbours")
    kinds = [row.path.name for row in disk_use(empty_home) if row.name is None]
    assert {"biases", "embedding", "hnsw"} & set(kinds)
    go(tester, "data")
    for kind in kinds:
        tester.button(key=f"delete-{kind}").click()
        healthy(tester.run())
        assert texts(tester.error) == []
    assert not [row for row in disk_use(empty_home) if row.name is None and row.path.name not in ("ratings",)]
    assert texts(go(tester, "recommendations").error) == []


def test_failed_deletion_shows_an_error(upload, open_page, monkeypatch):
    def raise_busy(row, *, home):
        raise ucf.DatasetError(f"{row.title} cannot be deleted: it is *busy*")

    upload(GOOD.decode())
    monkeypatch.setattr("ucf_ui.views.data.deletions.free", raise_busy)
    tester = open_page("data")
    tester.button(key="delete-upload:mine.csv").click()
    healthy(tester.run())
    assert any(r"cannot be deleted\: it is \*busy\*" in text for text in texts(tester.error))


# downloads


class Download:
    """Stub of the download that waits halfway until the test continues it."""

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


def finish_jobs(tester):
    """Wait for the worker to finish, then rerun the page."""
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


def test_running_download_shows_its_progress(empty_home, download, open_page):
    tester = start(open_page("data"), download)
    assert download.asked == [("ml-100k", empty_home)]
    ((value, label),) = bars(tester)
    assert value == 25
    assert label.startswith("2.0 MB of 8.0 MB")
    assert "download-ml-100k" not in [one.key for one in tester.button]
    assert "cancel-download ml-100k" in [one.key for one in tester.button]


def test_second_session_sees_the_running_download(empty_home, download, open_page):
    start(open_page("data"), download)
    second = open_page("data")
    assert len(bars(second)) == 1
    assert "download-ml-100k" not in [one.key for one in second.button]
    assert len(download.asked) == 1


def test_failed_download_shows_the_reason_and_a_retry(empty_home, download, open_page):
    tester = start(open_page("data"), download)
    download.error = ucf.DownloadError("https://x/ml-100k.zip cannot be reached; check the network")
    download.go_on.set()
    finish_jobs(tester)
    assert [shown.replace("\\", "") for shown in texts(tester.error)] == [
        f"Downloading ml-100k failed: {download.error}. Nothing was saved."
    ]
    download.error = None
    button(tester, "Try again").click()
    healthy(tester.run())
    finish_jobs(tester)
    assert len(download.asked) == 2
    assert texts(tester.error) == []


def test_cancelled_download_says_nothing_was_saved(empty_home, download, open_page):
    tester = start(open_page("data"), download)
    tester.button(key="cancel-download ml-100k").click()
    healthy(tester.run())
    download.go_on.set()
    finish_jobs(tester)
    shown = [text.replace("\\", "") for text in texts(tester.info)]
    assert "Downloading ml-100k was cancelled. Nothing was saved." in shown
    assert "Try again" in [one.label for one in tester.button]
    assert bars(tester) == []


def test_unexpected_failure_hides_its_details(empty_home, download, open_page):
    tester = start(open_page("data"), download)
    download.error = RuntimeError("secret /path")
    download.go_on.set()
    finish_jobs(tester)
    (message,) = texts(tester.error)
    assert "something went wrong" in message
    assert "secret" not in message


# artifacts built for the dataset


def built_table(tester):
    return next((frame for frame in frames(tester) if "Step" in frame.columns), None)


def test_artifacts_are_listed_with_their_build_time(upload, open_page, empty_home):
    name = upload(GOOD.decode())
    table = built_table(go(open_page("neighbours", dataset=name), "data"))
    assert table["Step"].tolist()[:2] == ["Ratings", "SVD embedding"]
    # the upload was parsed and stored when it was added
    assert table["How"].tolist()[0] == "Read from disk"
    assert set(table["How"][1:]) == {"Computed"}
    assert table["Took"].str.fullmatch(r"\d+\.\d s").all()
    st.cache_resource.clear()
    again = built_table(go(open_page("neighbours", dataset=name), "data"))
    assert set(again["How"]) == {"Read from disk"}


def test_total_size_of_artifacts_is_shown(upload, open_page, empty_home):
    name = upload(GOOD.decode())
    tester = go(open_page("neighbours", dataset=name), "data")
    fingerprint = ucf.load_ratings(name, home=empty_home).fingerprint
    size = text.size(ArtifactStore(empty_home / "artifacts").bytes_of(fingerprint))
    assert any(f"take {size} on disk" in shown for shown in texts(tester.caption))


def test_artifacts_are_listed_with_their_settings(upload, open_page):
    upload(GOOD.decode())
    tester = go(open_page("neighbours", dim=2, M=4, engine="hnsw"), "data")
    built_table = next(frame for frame in frames(tester) if "Took" in frame)
    described = dict(zip(built_table["Step"], built_table["Settings"], strict=True))
    assert described["SVD embedding"] == "dim 128, weighting raw"
    assert described["HNSW index"].startswith("dim 2, weighting raw, M 4, ef_construction 200")


@pytest.mark.parametrize("whose", ["all", "session"])
def test_personal_export_refers_to_your_taste(whose, empty_home, open_page):
    content = b"Date,Name,Year,Letterboxd URI,Rating\n2021-03-01,Heat,1995,https://boxd.it/2aK6,4.5\n"
    (shown,) = texts(send(open_page("data"), "ratings.csv", content, whose=whose).error)
    assert "lacks a column" in shown
    assert "an export of one person's ratings from Letterboxd: the page Your taste reads it" in shown.replace("\\", "")


@pytest.mark.parametrize("path", ["", "   "])
def test_empty_path_shows_a_warning(path, empty_home, open_page):
    tester = open_page("data")
    tester.text_input[0].set_value(path)
    button(tester, "Add this folder or file").click()
    healthy(tester.run())
    assert texts(tester.warning) == ["Type a folder or file first."]
    assert texts(tester.error) == []


def test_no_artifact_section_without_a_dataset(empty_home, open_page):
    assert "Built for this dataset" not in texts(open_page("data").subheader)


def test_artifacts_have_readable_names(upload, open_page):
    upload(GOOD.decode())
    shown = texts(go(open_page("neighbours"), "data").markdown)
    assert any(r"Built\: SVD embedding" in one for one in shown)


def test_damaged_artifact_is_explained_on_the_data_page(upload, open_page, empty_home):
    name = upload(GOOD.decode())
    assert not any("Something on disk" in shown for shown in texts(open_page("neighbours").sidebar.caption))
    st.cache_resource.clear()
    for path in (empty_home / "artifacts" / "embedding").glob("*/*.npy"):
        path.write_bytes(b"damaged")
    tester = go(open_page("neighbours", dataset=name), "data")
    assert texts(tester.error) + texts(tester.warning) == []
    assert any("Something on disk was damaged" in shown for shown in texts(tester.sidebar.caption))
    assert any("is built again" in shown and "embedding" in shown for shown in texts(tester.main.caption))


def test_neighbour_files_count_as_disk_use(upload, open_page, empty_home):
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


def test_counts_of_a_linked_file_are_listed_once_opened(empty_home, tmp_path, open_page, monkeypatch):
    monkeypatch.setenv("UCF_DATA_ROOTS", str(tmp_path))
    (tmp_path / "linked.csv").write_bytes(GOOD)
    (tmp_path / "other.csv").write_bytes(GOOD)
    name = add_link(str(tmp_path / "linked.csv"), home=empty_home)
    other = add_link(str(tmp_path / "other.csv"), home=empty_home)
    table = frames(open_page("data", dataset=name))[0].set_index("Name")
    assert table.loc[name, ["Users", "Films", "Ratings"]].tolist() == [2, 3, 4]
    assert table.loc[other, ["Users", "Films", "Ratings"]].isna().all()
