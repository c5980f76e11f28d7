import re
from pathlib import Path

import pytest
from published import ROWS, TITLES, entries, write_100k, write_csv

from ucf_core.base.errors import DatasetError
from ucf_core.base.files.artifacts import ArtifactStore
from ucf_core.datasets import load
from ucf_core.datasets.disk_use import delete, disk_use
from ucf_core.datasets.listing import listing
from ucf_core.datasets.load import load_ratings, version
from ucf_core.datasets.sources import uploads
from ucf_core.datasets.sources.registry import REGISTRY
from ucf_core.datasets.sources.uploads import save_upload
from ucf_core.explorer.explorer import Explorer

UPLOAD = b"user,item,rating\n1,2,3\n1,3,4\n2,2,5\n"


def installed(home, name="ml-100k"):
    return write_100k(home / "datasets" / name)


def test_an_installed_dataset_is_loaded_by_its_name(tmp_path):
    installed(tmp_path)
    ratings = load_ratings("ml-100k", home=tmp_path)
    assert ratings.name == "ml-100k"
    assert ratings.catalogue.titles == TITLES


def test_a_path_is_loaded_as_text_and_as_path(tmp_path):
    folder = write_csv(tmp_path / "films")
    for source in (folder, str(folder), folder / "ratings.csv"):
        assert entries(load_ratings(source, home=tmp_path)) == sorted(ROWS)
    assert load_ratings(folder, home=tmp_path).name == "films"


def test_the_default_home_is_ucf_home(tmp_path, monkeypatch):
    monkeypatch.setenv("UCF_HOME", str(tmp_path / "home"))
    load_ratings(write_csv(tmp_path / "films"))
    assert (tmp_path / "home" / "artifacts" / "ratings").is_dir()


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("ml-25m", "ml-25m is not downloaded yet; run `ucf download ml-25m`"),
        (
            "ml-26m",
            "'ml-26m' is neither a file or folder here nor a dataset; datasets are sample, ml-lat",
        ),
        ("", "'' is neither"),
        ("../ml-25m", "../ml-25m does not exist"),
        ("upload:mine.csv", "'mine.csv' is not an uploaded file; nothing is uploaded yet"),
        ("upload:../../etc/passwd", "is not an uploaded file"),
        ("a\0b", "neither a file or folder"),
        ("x" * 5_000, "is not a path that can be read"),
        ("~nobody-of-this-name/x", "is not a path that can be read"),
    ],
)
def test_a_source_that_is_not_there_says_what_to_do(source, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DatasetError, match=re.escape(says)) as caught:
        load_ratings(source, home=tmp_path)
    assert len(str(caught.value)) < 500


def test_the_registry_names_the_published_datasets_with_their_terms():
    assert list(REGISTRY) == [
        *("sample", "ml-latest-small", "ml-100k", "ml-1m", "ml-10m", "ml-20m", "ml-25m", "ml-32m"),
    ]
    for info in REGISTRY.values():
        assert info.licence_url.startswith("https://files.grouplens.org/datasets/movielens/")
        assert (info.url is None) == (info.name == "sample")
        assert info.md5 is None or re.fullmatch("[0-9a-f]{32}", info.md5)


def test_the_list_tells_what_is_installed_and_what_was_uploaded(tmp_path):
    installed(tmp_path)
    (tmp_path / "datasets" / "ml-1m").mkdir()  # an empty folder is no dataset
    save_upload("mine.csv", UPLOAD, home=tmp_path)
    rows = {row["name"]: row for row in listing(tmp_path)}
    assert [name for name, row in rows.items() if row["installed"] and name != "sample"] == [
        "ml-100k",
        "upload:mine.csv",
    ]
    assert rows["ml-25m"]["n_ratings"] == 25_000_095
    mine = rows["upload:mine.csv"]
    assert (mine["n_users"], mine["n_items"], mine["n_ratings"]) == (2, 2, 3)
    assert set(mine) == {"name", "title", "installed", "n_users", "n_items", "n_ratings", "licence"}


def test_an_uploaded_file_is_loaded_by_the_name_it_got(tmp_path):
    name = save_upload("mine.csv", UPLOAD, home=tmp_path)
    assert name == "upload:mine.csv"
    ratings = load_ratings(name, home=tmp_path)
    assert ratings.n_ratings == 3
    assert ratings.name == name


def test_uploading_again_keeps_one_copy_and_another_file_of_that_name_gets_a_number(tmp_path):
    assert save_upload("mine.csv", UPLOAD, home=tmp_path) == "upload:mine.csv"
    assert save_upload("mine.csv", UPLOAD, home=tmp_path) == "upload:mine.csv"
    assert save_upload("mine.csv", UPLOAD + b"9,9,1\n", home=tmp_path) == "upload:mine-2.csv"
    assert load_ratings("upload:mine.csv", home=tmp_path).n_ratings == 3
    assert load_ratings("upload:mine-2.csv", home=tmp_path).n_ratings == 4
    assert sorted(path.name for path in (tmp_path / "uploads").iterdir()) == ["mine-2.csv", "mine.csv"]


@pytest.mark.parametrize(
    ("filename", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\my ratings.csv", "my-ratings.csv"),
        (".hidden", "hidden"),
        ("Bewertungen für Zoë?.csv", "Bewertungen-fur-Zoe.csv"),
        ("фильмы.csv", "csv"),
        ("", "ratings"),
        ("..", "ratings"),
        ("a" * 500 + ".csv", "a" * 80 + ".csv"),
        ("x\0y\n.csv", "x-y.csv"),
    ],
)
def test_names_of_uploads_are_made_safe(filename, safe, tmp_path):
    assert save_upload(filename, UPLOAD, home=tmp_path) == f"upload:{safe}"
    assert (tmp_path / "uploads" / safe / safe).read_bytes() == UPLOAD


def test_an_upload_that_is_no_table_of_ratings_is_not_kept(tmp_path):
    with pytest.raises(DatasetError, match=r"^mine\.csv, line 3: rating 'x' is not a number"):
        save_upload("mine.csv", b"user,item,rating\n1,2,3\n1,3,x\n", home=tmp_path)
    assert list((tmp_path / "uploads").iterdir()) == []


def test_an_upload_beyond_the_bound_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(uploads, "MAX_BYTES", 10)
    with pytest.raises(DatasetError, match="at most"):
        save_upload("mine.csv", UPLOAD, home=tmp_path)
    assert not (tmp_path / "uploads").exists()


def test_deleting_removes_files_and_import(tmp_path):
    installed(tmp_path)
    name = save_upload("mine.csv", UPLOAD, home=tmp_path)
    for dataset in ("ml-100k", name):
        load_ratings(dataset, home=tmp_path)
        delete(dataset, home=tmp_path)
        with pytest.raises(DatasetError):
            load_ratings(dataset, home=tmp_path)
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.parent.name for path in left} <= {"locks", "sources"}


def test_deleting_a_dataset_removes_what_was_built_from_it_and_nothing_else(tmp_path):
    installed(tmp_path)
    store = ArtifactStore(tmp_path / "artifacts")
    name = save_upload("mine.csv", UPLOAD, home=tmp_path)
    for dataset in ("ml-100k", name):
        assert Explorer(load_ratings(dataset, home=tmp_path), store=store).builds.biases
    fingerprints = [load_ratings(dataset, home=tmp_path).fingerprint for dataset in ("ml-100k", name)]
    delete("ml-100k", home=tmp_path)
    assert store.bytes_of(fingerprints[0]) == 0
    assert store.bytes_of(fingerprints[1]) > 0


@pytest.mark.parametrize("name", ["ml-25m", "nothing", "../x", "upload:../x", "upload:", "", "."])
def test_deleting_what_is_not_there_is_refused(name, tmp_path):
    installed(tmp_path)
    with pytest.raises(DatasetError):
        delete(name, home=tmp_path)
    assert load_ratings("ml-100k", home=tmp_path).n_ratings == len(ROWS)


def test_deleting_a_damaged_dataset_works(tmp_path):
    folder = installed(tmp_path)
    (folder / "u.data").unlink()
    delete("ml-100k", home=tmp_path)
    assert not folder.exists()


def test_disk_use_adds_up_to_the_files_there(tmp_path):
    assert disk_use(tmp_path / "nowhere") == []
    installed(tmp_path)
    name = save_upload("mine.csv", UPLOAD, home=tmp_path)
    load_ratings("ml-100k", home=tmp_path)
    rows = disk_use(tmp_path)
    assert [row.name for row in rows] == ["ml-100k", name, None]
    assert rows[2].path == Path(tmp_path / "artifacts" / "ratings")
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path.parent.name not in ("locks", "sources")]
    assert sum(row.bytes for row in rows) == sum(path.stat().st_size for path in files)


def test_the_version_of_a_dataset_changes_with_its_files(tmp_path):
    folder = installed(tmp_path)
    before = version("ml-100k", home=tmp_path)
    assert version("ml-100k", home=tmp_path) == before
    (folder / "u.data").write_text("1\t2\t3\t4\n")
    assert version("ml-100k", home=tmp_path) != before


def test_the_version_of_what_is_deleted_meanwhile_is_no_longer_told(tmp_path, monkeypatch):
    name = save_upload("mine.csv", b"user,item,rating\n1,1,3\n2,1,4\n", home=tmp_path)
    assert version(name, home=tmp_path)
    find = load._find

    def found_and_deleted(source, home):
        found = find(source, home)
        uploads.upload_path(name, home).unlink()
        return found

    monkeypatch.setattr(load, "_find", found_and_deleted)
    with pytest.raises(DatasetError, match=r"upload:mine\.csv was deleted meanwhile; choose another dataset"):
        version(name, home=tmp_path)
