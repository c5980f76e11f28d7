"""Large files of numbers are read piece by piece; the answer must be that of one go."""

import numpy as np
import pytest

from ucf_core.datasets import pieces, read_ratings
from ucf_core.errors import DatasetError


def write(path, rows, header="userId,movieId,rating,timestamp"):
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n")
    return path


@pytest.fixture
def rows():
    random = np.random.default_rng(3)
    return [
        (user, item, float(random.integers(1, 11)) / 2, int(random.integers(10**9)))
        for user in range(1, 40)
        for item in sorted(random.choice(200, 15, replace=False).tolist())
    ]


def in_pieces_and_in_one_go(path, monkeypatch, piece):
    whole = read_ratings(path)
    monkeypatch.setattr(pieces, "_PIECE", piece)
    return read_ratings(path), whole


@pytest.mark.parametrize("piece", [1, 17, 100, 4096])
def test_pieces_of_any_size_give_the_same_ratings(piece, rows, tmp_path, monkeypatch):
    read, whole = in_pieces_and_in_one_go(write(tmp_path / "a.csv", rows), monkeypatch, piece)
    assert read.fingerprint == whole.fingerprint
    assert read.n_ratings == len(rows)


def test_ids_that_turn_into_text_late_are_text_throughout(rows, tmp_path, monkeypatch):
    read, whole = in_pieces_and_in_one_go(write(tmp_path / "a.csv", [*rows, ("x", "007", 3, 5)]), monkeypatch, 200)
    assert read.fingerprint == whole.fingerprint
    assert not read.users.numeric
    assert "007" in read.items


def test_ids_beyond_32_bits_are_kept(rows, tmp_path, monkeypatch):
    read, whole = in_pieces_and_in_one_go(write(tmp_path / "a.csv", [*rows, (2**40, 5, 3, 5)]), monkeypatch, 200)
    assert read.fingerprint == whole.fingerprint
    assert read.users.raw(-1) == 2**40


def test_a_bad_line_in_a_late_piece_is_named(rows, tmp_path, monkeypatch):
    path = write(tmp_path / "a.csv", [*rows, (50, 1, "nan", 5)])
    monkeypatch.setattr(pieces, "_PIECE", 200)
    with pytest.raises(DatasetError, match=rf"line {len(rows) + 2}"):
        read_ratings(path)


def test_published_double_colon_files_are_read_in_pieces_too(rows, tmp_path, monkeypatch):
    (tmp_path / "ratings.dat").write_text("".join("::".join(map(str, row)) + "\n" for row in rows))
    read, whole = in_pieces_and_in_one_go(tmp_path, monkeypatch, 150)
    assert read.fingerprint == whole.fingerprint


@pytest.mark.parametrize(
    ("lines", "plain"),
    [
        (b"1,20,3.5,9\n2,30,0.5,9\n", True),
        (b"1,20,3.5,9\n2,0,0,0\n", True),
        (b"01,20,3.5,9\n", False),
        (b"1,20,3.5,9\n02,20,3.5,9\n", False),
        (b"1,020,3.5,9\n", False),
        (b"1, 020,3.5,9\n", False),
        (b"1,20,4.05,9\n", True),
        (b"1,-20,3.5,9\n", False),
        (b"1,0x20,3.5,9\n", False),
    ],
)
@pytest.mark.parametrize("cache", [1, 2, 3, 5, 1000])
def test_ids_are_read_as_numbers_only_where_that_loses_nothing(lines, plain, cache, monkeypatch):
    monkeypatch.setattr(pieces, "_IN_CACHE", cache)
    assert pieces._loses_nothing(memoryview(lines), ",") is plain
    if not plain:  # the semicolon comes after the digits, so some that lose nothing are taken for others
        assert not pieces._loses_nothing(memoryview(lines.replace(b",", b";")), ";")


@pytest.mark.parametrize(
    "odd", ["007", "+7", "-7", "0x7", "7.0", " 7", " 07", '"7"', '"07"', "7e2", "x", "99999999999999999999"]
)
def test_odd_ids_come_out_as_in_one_go(odd, rows, tmp_path, monkeypatch):
    read, whole = in_pieces_and_in_one_go(write(tmp_path / "a.csv", [*rows, (41, odd, 3, 5)]), monkeypatch, 300)
    assert read.fingerprint == whole.fingerprint
