"""Folders of this machine, opened where they are."""

import os

import pytest
from published import ROWS, write_csv

from ucf_core.base.errors import DatasetError
from ucf_core.datasets.disk_use import delete, disk_use
from ucf_core.datasets.listing import listing
from ucf_core.datasets.load import load_ratings
from ucf_core.datasets.sources.links import add_link, data_roots, linked


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


@pytest.mark.parametrize("inside", ["../outside", "/etc", "~", "~nobody-of-this-name/x", "", "\0", "link-out"])
def test_nothing_outside_the_roots_can_be_opened(inside, roots, home, tmp_path):
    write_csv(tmp_path / "outside")
    roots.mkdir(exist_ok=True)
    (roots / "link-out").symlink_to(tmp_path / "outside")
    path = inside if inside in ("/etc", "~", "~nobody-of-this-name/x", "", "\0") else str(roots / inside)
    with pytest.raises(DatasetError):
        add_link(path, home=home)
    assert linked(home) == {}


def test_the_refusal_names_the_roots_and_the_remedy(roots, home):
    with pytest.raises(DatasetError, match=rf"outside the folders .*{roots}.*UCF_DATA_ROOTS"):
        add_link("/etc", home=home)


def test_a_file_that_is_a_link_out_of_the_roots_is_refused(roots, home, tmp_path):
    folder, outside = write_csv(roots / "ml-tiny"), write_csv(tmp_path / "outside")
    for name in ("ratings.csv", "movies.csv"):
        (folder / name).unlink()
        (folder / name).symlink_to(outside / name)
        with pytest.raises(DatasetError, match=rf"{name}.* is outside the folders"):
            add_link(str(folder), home=home)
        (folder / name).unlink()
        (folder / name).write_bytes((outside / name).read_bytes())
    assert add_link(str(folder), home=home) == "link:ml-tiny"


@pytest.mark.parametrize("configured", [True, False])
@pytest.mark.parametrize("what", ["the folder", "a file"])
def test_what_leads_elsewhere_after_it_was_added_is_refused(what, configured, roots, home, tmp_path, monkeypatch):
    folder, outside = write_csv(roots / "ml-tiny"), write_csv(tmp_path / "outside")
    name = add_link(str(folder), home=home)
    assert load_ratings(name, home=home).n_ratings == len(ROWS)
    if not configured:
        monkeypatch.delenv("UCF_DATA_ROOTS")
    replaced, target = (folder, outside) if what == "the folder" else (folder / "movies.csv", outside / "movies.csv")
    replaced.rename(tmp_path / "aside")
    replaced.symlink_to(target)
    with pytest.raises(DatasetError, match="is outside the folders that may be opened from the page"):
        load_ratings(name, home=home)
    delete(name, home=home)
    assert linked(home) == {}
    assert target.exists()


def test_a_link_from_before_the_roots_were_narrowed_is_refused_and_can_be_forgotten(roots, home, tmp_path, monkeypatch):
    name = add_link(str(write_csv(roots / "ml-tiny")), home=home)
    monkeypatch.setenv("UCF_DATA_ROOTS", str(tmp_path / "another"))
    with pytest.raises(DatasetError, match="outside the folders"):
        load_ratings(name, home=home)
    delete(name, home=home)
    assert linked(home) == {}


def test_without_roots_a_link_opens_from_any_folder(roots, home, tmp_path, monkeypatch):
    folder = write_csv(roots / "ml-tiny")
    names = [add_link(str(path), home=home) for path in (folder, folder / "ratings.csv")]
    monkeypatch.delenv("UCF_DATA_ROOTS")
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    monkeypatch.chdir(home)
    assert [load_ratings(name, home=home).n_ratings for name in names] == [len(ROWS)] * 2


def test_the_command_line_is_not_limited(roots, home, tmp_path):
    assert load_ratings(str(write_csv(tmp_path / "outside")), home=home).n_ratings == len(ROWS)


def test_the_default_roots_are_home_and_the_present_folder_and_never_a_whole_file_system(tmp_path, monkeypatch):
    monkeypatch.delenv("UCF_DATA_ROOTS", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    monkeypatch.chdir(tmp_path)
    assert data_roots() == [tmp_path / "me", tmp_path]
    monkeypatch.setenv("HOME", "/")
    monkeypatch.chdir("/")
    assert data_roots() == []
    with pytest.raises(DatasetError, match=r"there are none\); start the program with UCF_DATA_ROOTS"):
        add_link("/etc", home=tmp_path)


def test_several_roots_are_separated_as_in_path(tmp_path, monkeypatch):
    monkeypatch.setenv("UCF_DATA_ROOTS", os.pathsep.join([str(tmp_path / "a"), "", str(tmp_path / "b")]))
    assert data_roots() == [tmp_path / "a", tmp_path / "b"]


def test_the_error_of_a_path_outside_does_not_show_whether_it_exists(roots, home, tmp_path):
    (tmp_path / "there").mkdir()
    messages = []
    for name in ("there", "gone!"):
        with pytest.raises(DatasetError) as refusal:
            add_link(str(tmp_path / name), home=home)
        messages.append(str(refusal.value).replace(name, "NAME"))
    assert messages[0] == messages[1]


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
