"""A layout is one value: once registered, everything that reads, uploads or lists ratings takes it."""

import json
import sys
from pipes import PIPES, write_pipes

import pytest
from published import WRITERS

from ucf_core import cli
from ucf_core.base.errors import DatasetError, SpecError
from ucf_core.datasets.listing import listing
from ucf_core.datasets.load import load_ratings
from ucf_core.datasets.read import layouts
from ucf_core.datasets.read.layouts import find_ratings, known_layouts, register_layout, upload_endings
from ucf_core.datasets.sources.import_cache import import_bytes, source_digest
from ucf_core.datasets.sources.links import add_link
from ucf_core.datasets.sources.uploads import save_upload


@pytest.fixture
def path(tmp_path, monkeypatch):
    """A file in the invented layout, which is registered."""
    monkeypatch.setattr(layouts, "_LAYOUTS", list(layouts._LAYOUTS))
    monkeypatch.setenv("UCF_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("UCF_DATA_ROOTS", str(tmp_path))
    register_layout(PIPES)
    return write_pipes(tmp_path / "mine.pipes")


def test_a_registered_layout_is_read_from_a_path_an_upload_and_a_link(path, tmp_path):
    home = tmp_path / "home"
    names = [save_upload("mine.pipes", path.read_bytes(), home=home), add_link(str(path), home=home)]
    for source in (path, *names):
        ratings = load_ratings(source, home=home)
        assert (ratings.n_users, ratings.n_items, ratings.n_ratings) == (3, 4, 12)
        assert ratings.catalogue.titles == [None, "Number five", None, None]
    assert names == ["upload:mine.pipes", "link:mine.pipes"]
    assert set(names) <= {row["name"] for row in listing(home) if row["installed"]}
    assert load_ratings(path, home=home).report.cached


def test_the_command_line_answers_about_a_file_in_a_registered_layout(path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["ucf", "neighbours", str(path), "1", "--k", "2", "--dim", "2", "--json"])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 0
    assert [row["user"] for row in json.loads(capsys.readouterr().out)["neighbours"]] == [2, 3]


def test_a_bad_line_of_a_registered_layout_is_named(path):
    path.write_text(path.read_text() + "3|8|good\n")
    with pytest.raises(DatasetError, match=r"mine.pipes, line 13: rating 'good' is not a number"):
        load_ratings(path)


def test_a_registered_layout_is_listed_and_its_files_can_be_uploaded(path):
    assert PIPES in known_layouts()
    assert upload_endings() == ["csv", "tsv", "txt", "parquet", "pipes"]


def test_the_same_bytes_in_another_layout_are_another_import(path, tmp_path):
    path.write_text("user,item,rating\n")
    path.with_suffix(".csv").write_text("user,item,rating\n")
    assert source_digest(find_ratings(path)) != source_digest(find_ratings(path.with_suffix(".csv")))


def test_a_name_is_taken_once(path):
    with pytest.raises(SpecError, match="there is a layout 'pipes' already"):
        register_layout(PIPES)


@pytest.mark.parametrize("form", WRITERS)
def test_of_a_published_layout_the_ratings_come_first_and_files_that_are_not_there_do_not_count(form, tmp_path):
    whole, bare = (WRITERS[form](tmp_path / name) for name in ("whole", "bare"))
    for file in find_ratings(bare).files[1:]:
        file.unlink()
    assert find_ratings(whole).layout.name == form
    assert [file.name for file in find_ratings(whole).files[:1]] == [file.name for file in find_ratings(bare).files]
    assert len(find_ratings(whole).files) == (3 if form == "u.data" else 2)
    assert find_ratings(whole / find_ratings(whole).files[0].name).files == find_ratings(whole).files


def test_digests_name_the_imports_that_earlier_versions_kept(tmp_path):
    digests = {form: source_digest(find_ratings(write(tmp_path / form))) for form, write in WRITERS.items()}
    (tmp_path / "a.parquet").write_bytes(b"PAR1 and more")
    digests["parquet"] = source_digest(find_ratings(tmp_path / "a.parquet"))
    (tmp_path / "a.csv").write_bytes(b"user,item,rating\n1,2,3\n")
    digests["file"] = source_digest(find_ratings(tmp_path / "a.csv"))
    assert digests == {
        "csv": "342715635ba93af6583e6dffccb8078c",
        "dat": "d62b268a7a70d4f123b7fad2033d98d1",
        "u.data": "a56f2c76d36b01f2f8f0d5d2b01eaf9c",
        "parquet": "778237985e3354a6052c167eba9f5d92",
        "file": "1d348fc1e97754376a44414750cffd18",
    }


def test_reading_parquet_takes_three_times_the_memory_for_each_byte(tmp_path):
    for name, magic in (("a.csv", b"user"), ("b.data", b"PAR1")):
        (tmp_path / name).write_bytes(magic + bytes(1_000_000))
    text, packed = (import_bytes(find_ratings(tmp_path / name)) - 64_000_000 for name in ("a.csv", "b.data"))
    assert packed == 3 * text == 12 * 1_000_004
