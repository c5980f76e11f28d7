"""Text is parsed block by block, ids as numbers where that loses nothing; the ratings never depend on either."""

import os

import numpy as np
import pytest
from published import entries

from ucf_core.base.errors import CancelledError, DatasetError
from ucf_core.datasets.read import arrow_csv
from ucf_core.datasets.read.layouts import read_ratings


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


@pytest.fixture(params=[48, 4096])
def blocks(request, monkeypatch):
    monkeypatch.setattr(arrow_csv, "_BLOCK", request.param)
    monkeypatch.setattr(arrow_csv, "_IN_CACHE", 7)


def test_blocks_of_any_size_give_the_same_ratings_without_reading_at_offsets(blocks, rows, tmp_path, monkeypatch):
    for name in ("pread", "preadv"):  # which Windows does not have
        monkeypatch.delattr(os, name, raising=False)
    assert entries(read_ratings(write(tmp_path / "a.csv", rows))) == sorted(rows)


def test_published_double_colon_files_are_split_wherever_a_block_ends(blocks, rows, tmp_path):
    (tmp_path / "ratings.dat").write_text("".join("::".join(map(str, row)) + "\n" for row in rows))
    assert entries(read_ratings(tmp_path)) == sorted(rows)


@pytest.mark.parametrize(
    ("written", "user"),
    [
        ("0", 0),
        ("70", 70),
        ("-7", -7),
        (" 7", 7),
        ('"7"', 7),
        (str(2**40), 2**40),
        *((odd, odd) for odd in ("007", "+7", "-0", "0x7", "7.0", "7e2", "x", "9" * 20)),
        (" 07", "07"),
        ('"07"', "07"),
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_one_odd_id_at_the_end_makes_all_ids_text_unless_it_is_a_plain_number(
    written, user, delimiter, blocks, rows, tmp_path
):
    path = write(tmp_path / "a.csv", [*rows, (written, 1, 3, 5)], header="user-id,movieId,rating,timestamp")
    path.write_text(path.read_text().replace(",", delimiter))
    ratings = read_ratings(path)
    others = {row[0] if isinstance(user, int) else str(row[0]) for row in rows}
    assert ratings.users.ids.tolist() == sorted(others | {user})


@pytest.mark.parametrize(
    ("line", "plain"),
    [
        ("1,20,3.5,9", True),
        ("2,0,0,0", True),
        ("1,20,4.05,100", True),
        ("01,20,3.5,9", False),
        ("1,020,3.5,9", False),
        ("1, 020,3.5,9", False),
        ("1,-20,3.5,9", False),
        ("1,0x20,3.5,9", False),
    ],
)
def test_ids_are_parsed_as_numbers_only_where_that_loses_nothing(line, plain, blocks, rows, tmp_path, monkeypatch):
    kinds = []
    parse = arrow_csv._parse

    def noted(table, lines, types, progress):
        columns = parse(table, lines, types, progress)
        kinds.append(str(columns["user"].type))
        return columns

    monkeypatch.setattr(arrow_csv, "_parse", noted)
    write(tmp_path / "a.csv", [*rows, (line,)])
    assert read_ratings(tmp_path / "a.csv").n_ratings == len(rows) + 1
    assert (kinds == ["int32"]) == plain


def test_a_bad_line_in_a_late_block_is_named(blocks, rows, tmp_path):
    path = write(tmp_path / "a.csv", [*rows, (50, 1, "nan", 5)])
    with pytest.raises(DatasetError, match=rf"line {len(rows) + 2}"):
        read_ratings(path)


def test_progress_runs_to_the_size_of_the_file_and_can_stop_the_reading(rows, tmp_path, monkeypatch):
    monkeypatch.setattr(arrow_csv, "_BLOCK", 4096)
    path = write(tmp_path / "a.csv", rows)
    size, reports = path.stat().st_size, []
    read_ratings(path, progress=lambda *report: reports.append(report))
    assert reports == [(min(done, size), size) for done in range(4096, size + 4096, 4096)]

    def stop(done, total):
        raise CancelledError(f"after {done} of {total}")

    with pytest.raises(CancelledError, match=f"after 4096 of {size}"):
        read_ratings(path, progress=stop)
