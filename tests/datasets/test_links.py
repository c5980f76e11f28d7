"""Folders of this machine, opened where they are."""

import pytest
from published import ROWS, write_csv

from ucf_core.datasets import add_link, delete, disk_use, listing, load_ratings
from ucf_core.datasets.links import linked
from ucf_core.errors import DatasetError


@pytest.fixture
def roots(tmp_path, monkeypatch):
    """A data root, and a home outside it."""
    monkeypatch.setenv("UCF_DATA_ROOTS", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


def test_a_linked_folder_is_listed_and_read_where_it_is(roots, home):
    folder = write_csv(roots / "ml-tiny")
    name = add_link(str(folder), home=home)
    assert name == "link:ml-tiny"
    assert [row["installed"] for row in listing(home) if row["name"] == name] == [True]
    assert load_ratings(name, home=home).n_ratings == len(ROWS)


def test_the_same_folder_has_one_name_and_another_of_that_name_a_number(roots, home):
    one, other = write_csv(roots / "a" / "ml"), write_csv(roots / "b" / "ml")
    assert add_link(str(one), home=home) == add_link(str(one), home=home) == "link:ml"
    assert add_link(str(other), home=home) == "link:ml-2"


@pytest.mark.parametrize("inside", ["../outside", "/etc", "~", "", "\0", "link-out"])
def test_nothing_outside_the_roots_can_be_opened(inside, roots, home, tmp_path):
    write_csv(tmp_path / "outside")
    roots.mkdir(exist_ok=True)
    (roots / "link-out").symlink_to(tmp_path / "outside")
    path = inside if inside in ("/etc", "~", "", "\0") else str(roots / inside)
    with pytest.raises(DatasetError):
        add_link(path, home=home)
    assert linked(home) == {}


def test_the_refusal_names_the_roots_and_the_remedy(roots, home):
    with pytest.raises(DatasetError, match=rf"outside the folders .*{roots}.*UCF_DATA_ROOTS"):
        add_link("/etc", home=home)


def test_a_folder_without_ratings_is_not_linked(roots, home):
    (roots / "empty").mkdir(parents=True)
    with pytest.raises(DatasetError):
        add_link(str(roots / "empty"), home=home)
    assert linked(home) == {}


def test_deleting_a_link_leaves_the_folder(roots, home):
    folder = write_csv(roots / "ml-tiny")
    name = add_link(str(folder), home=home)
    load_ratings(name, home=home)
    assert name in [row.name for row in disk_use(home)]
    delete(name, home=home)
    assert linked(home) == {}
    assert (folder / "ratings.csv").is_file()
    assert not list((home / "artifacts" / "ratings").iterdir())
    with pytest.raises(DatasetError, match="open it on the Data page"):
        load_ratings(name, home=home)


def test_a_folder_that_went_away_is_listed_as_not_there(roots, home):
    folder = write_csv(roots / "ml-tiny")
    name = add_link(str(folder), home=home)
    folder.rename(roots / "moved")
    assert [row["installed"] for row in listing(home) if row["name"] == name] == [False]


def test_a_damaged_list_of_links_is_an_empty_one(home):
    home.mkdir()
    (home / "links.json").write_text("[1, 2")
    assert linked(home) == {}
