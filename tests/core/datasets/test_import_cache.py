import json
import logging
from dataclasses import replace

import numpy as np
import pytest
from published import ROWS, TITLES, entries, write_csv, write_dat

from ucf_core.base.errors import DatasetError
from ucf_core.datasets.read.layouts import find_ratings, read_ratings
from ucf_core.datasets.sources import import_cache
from ucf_core.datasets.sources.import_cache import find_import, load_import, read_cached, save_import, source_digest


@pytest.fixture
def layout(tmp_path):
    return find_ratings(write_csv(tmp_path / "ml"))


@pytest.fixture
def parses(monkeypatch):
    """The names that were parsed, in order."""
    names = []
    real = import_cache.read_files

    def counted(layout, *, name, progress):
        names.append(name)
        return real(layout, name=name, progress=progress)

    monkeypatch.setattr(import_cache, "read_files", counted)
    return names


def test_the_same_contents_are_parsed_once(layout, parses, tmp_path):
    first = read_cached(layout, name="a", home=tmp_path)
    second = read_cached(layout, name="b", home=tmp_path)
    assert parses == ["a"]
    assert entries(second) == entries(first) == sorted(ROWS)
    assert second.catalogue.titles == first.catalogue.titles == TITLES
    assert second.catalogue.years.tolist() == first.catalogue.years.tolist()
    assert second.catalogue.genres == first.catalogue.genres
    assert not first.report.cached
    assert second.report == replace(first.report, cached=True)
    assert second.name == "b"


def test_a_copy_elsewhere_has_the_same_import(layout, parses, tmp_path):
    read_cached(layout, name="a", home=tmp_path)
    read_cached(find_ratings(write_csv(tmp_path / "copy")), name="b", home=tmp_path)
    assert parses == ["a"]


def test_changed_contents_are_parsed_again(layout, parses, tmp_path):
    read_cached(layout, name="a", home=tmp_path)
    layout.files[1].write_text("movieId,title,genres\n31,Changed (1990),Drama\n")
    assert read_cached(layout, name="b", home=tmp_path).catalogue.titles[0] == "Changed"
    assert parses == ["a", "b"]


def test_the_stored_fingerprint_equals_the_computed_one(layout, tmp_path):
    read_cached(layout, name="a", home=tmp_path)
    cached = load_import(tmp_path, source_digest(layout), name="a")
    stored = cached.__dict__.pop("fingerprint")
    assert stored == cached.fingerprint == read_ratings(layout.files[0].parent).fingerprint


def test_the_stored_counts_equal_the_computed_ones(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("user,item,rating\n1,1,4\n2,2,3\n2,3,5\n3,2,3\n3,3,4.5\n3,4,1\n4,2,3\n4,3,5\n")
    layout = find_ratings(path)
    read_cached(layout, name="a", home=tmp_path)
    cached = read_cached(layout, name="b", home=tmp_path)
    computed = replace(cached)
    for name in ("value_counts", "item_counts", "mean", "most_typical"):
        assert name in cached.__dict__
        assert name not in computed.__dict__
        np.testing.assert_array_equal(getattr(cached, name), getattr(computed, name), strict=True)
    assert cached.most_typical == 1  # rows 1 and 3 are alike, row 2 nearly so


def test_arrays_from_the_cache_are_mapped_read_only_and_as_narrow_as_ever(layout, tmp_path):
    read_cached(layout, name="a", home=tmp_path)
    ratings = read_cached(layout, name="a", home=tmp_path)
    assert ratings.matrix.data.dtype == np.float32
    assert ratings.matrix.indices.dtype == ratings.matrix.indptr.dtype == np.int32
    for array in (ratings.matrix.data, ratings.matrix.indices, ratings.matrix.indptr, ratings.timestamps):
        assert not array.flags.writeable
        assert not array.flags.owndata


def test_text_ids_and_missing_times_are_kept_too(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("user,item,rating\n007,Zoë,3\n8,b,4\n")
    read_cached(find_ratings(path), name="a", home=tmp_path)
    ratings = load_import(tmp_path, source_digest(find_ratings(path)), name="a")
    assert entries(ratings) == [("007", "Zoë", 3.0, None), ("8", "b", 4.0, None)]


def _truncate(path):
    path.write_bytes(path.read_bytes()[:-1])


def _flip(path):
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("damage", [_truncate, _flip, lambda path: path.unlink(), lambda path: path.write_bytes(b"")])
@pytest.mark.parametrize(
    "name", ["data.npy", "indptr.npy", "users.npy", "timestamps.npy", "catalogue.json", "manifest.json"]
)
def test_a_damaged_import_is_logged_and_made_again(name, damage, layout, parses, tmp_path, caplog):
    read_cached(layout, name="a", home=tmp_path)
    folder = find_import(tmp_path, source_digest(layout)).folder
    damage(folder / name)
    with caplog.at_level(logging.WARNING):
        again = read_cached(layout, name="b", home=tmp_path)
    assert entries(again) == sorted(ROWS)
    assert parses == ["a", "b"]
    assert "is damaged" in caplog.text
    read_cached(layout, name="c", home=tmp_path)
    assert parses == ["a", "b"]


@pytest.mark.parametrize("change", [{"format": 0}, {"key": {}}, {"files": None}])
def test_a_manifest_that_does_not_fit_is_not_believed(change, layout, tmp_path):
    read_cached(layout, name="a", home=tmp_path)
    path = find_import(tmp_path, source_digest(layout)).path("manifest.json")
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    assert load_import(tmp_path, source_digest(layout), name="a") is None


def test_ratings_are_returned_even_where_they_cannot_be_kept(layout, tmp_path, caplog):
    (tmp_path / "artifacts").write_text("in the way")
    assert entries(read_cached(layout, name="a", home=tmp_path)) == sorted(ROWS)
    assert "could not be kept" in caplog.text


def test_nothing_temporary_is_left(layout, tmp_path):
    ratings = read_cached(layout, name="a", home=tmp_path)
    digest = source_digest(layout)
    save_import(tmp_path, digest, ratings)
    assert list((tmp_path / "artifacts" / "ratings").iterdir()) == [find_import(tmp_path, digest).folder]


def test_the_layout_is_part_of_what_is_named(tmp_path):
    one, other = find_ratings(write_csv(tmp_path / "a")), find_ratings(write_dat(tmp_path / "b"))
    assert source_digest(one) != source_digest(other)


def test_unchanged_files_are_recognised_without_being_read(layout, tmp_path, monkeypatch):
    digest = import_cache.known_digest(layout, tmp_path)
    assert digest == source_digest(layout)
    monkeypatch.setattr(import_cache, "source_digest", lambda layout, check: "read again")
    assert import_cache.known_digest(layout, tmp_path) == digest
    layout.files[1].write_text("movieId,title,genres\n31,Changed (1990),Drama\n")
    assert import_cache.known_digest(layout, tmp_path) == "read again"


@pytest.mark.parametrize("note", ["", "[]", "{}", '{"stats": null}'])
def test_a_damaged_note_is_made_again(note, layout, tmp_path):
    digest = import_cache.known_digest(layout, tmp_path)
    (path,) = (tmp_path / "artifacts" / "sources").iterdir()
    path.write_text(note)
    assert import_cache.known_digest(layout, tmp_path) == digest
    assert json.loads(path.read_text())["digest"] == digest


def test_a_file_that_changes_while_it_is_read_is_refused_and_nothing_is_kept(layout, tmp_path, monkeypatch):
    real = import_cache.read_files

    def slow(layout, **options):
        ratings = real(layout, **options)
        with layout.files[0].open("a") as file:
            file.write("9,9,1.0,1\n")
        return ratings

    monkeypatch.setattr(import_cache, "read_files", slow)
    with pytest.raises(DatasetError, match="changed while it was read; try again"):
        read_cached(layout, name="a", home=tmp_path)
    assert not (tmp_path / "artifacts" / "ratings").exists() or not list((tmp_path / "artifacts" / "ratings").iterdir())
