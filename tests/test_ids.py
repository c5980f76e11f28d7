"""IdMap: raw ids to rows and back, and nothing that is not there."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucf_core.base.errors import DatasetError, UnknownIdError
from ucf_core.ratings import ids
from ucf_core.ratings.ids import IdMap, encode

int64 = st.integers(-(2**63), 2**63 - 1)
text = st.text(st.characters(min_codepoint=1, exclude_categories=["Cs"]), max_size=8)


def numbers(*values: int) -> IdMap:
    return IdMap(np.array(values, dtype=np.int64), "user")


@given(st.lists(st.one_of(int64, st.integers(-100, 100)), min_size=1))
def test_numeric_ids_round_trip_as_numbers_and_as_text(raw):
    id_map, codes = encode(np.array(raw, dtype=np.int64), "user")
    assert [id_map.raw(code) for code in codes] == raw
    assert [id_map.row(value) for value in raw] == codes.tolist()
    assert [id_map.row(str(value)) for value in raw] == codes.tolist()
    assert [id_map.row(np.int64(value)) for value in raw] == codes.tolist()


@given(st.lists(text, min_size=1))
def test_text_ids_round_trip(raw):
    id_map, codes = encode(np.array(raw), "item")
    assert [id_map.raw(code) for code in codes] == raw
    assert [id_map.row(value) for value in raw] == codes.tolist()


@pytest.mark.parametrize("table", [64_000_000, 0], ids=["lookup table", "sorting"])
@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint32, np.uint64])
def test_encode_agrees_with_unique_for_every_whole_type(monkeypatch, table, dtype):
    monkeypatch.setattr(ids, "_LARGEST_TABLE", table)
    info = np.iinfo(dtype)
    rng = np.random.default_rng(0)
    low, high = max(info.min, -(2**15)), min(info.max, 2**15 - 1)
    column = rng.integers(low, high, size=500, endpoint=True).astype(dtype)
    column[:2] = low, high
    distinct, inverse = np.unique(column, return_inverse=True)
    id_map, codes = encode(column, "user")
    np.testing.assert_array_equal(id_map.ids, distinct)
    np.testing.assert_array_equal(codes, inverse)
    assert id_map.ids.dtype == np.int64
    assert codes.dtype == np.int32


def test_encode_agrees_with_unique_for_ids_too_far_apart_for_a_table():
    column = np.array([2**62, -(2**62), 5, 2**62, 0])
    id_map, codes = encode(column, "user")
    assert id_map.ids.tolist() == [-(2**62), 0, 5, 2**62]
    assert codes.tolist() == [3, 0, 2, 3, 1]


def test_text_ids_do_not_depend_on_the_width_of_their_column():
    narrow, wide = (encode(np.array(["b", "aa"], dtype=width), "user")[0].ids for width in ("U2", "U30"))
    assert narrow.dtype == wide.dtype
    np.testing.assert_array_equal(narrow, wide)


@pytest.mark.parametrize(
    "raw",
    [
        2,
        0,
        4,
        -1,
        10**30,
        -(2**63) - 1,
        2**63,
        1.5,
        float("nan"),
        None,
        "2",
        "x",
        "",
        "-",
        "--1",
        "1-",
        "1.0",
        "1e0",
        "9" * 5000,
        "\N{SUPERSCRIPT TWO}",
        "\N{ARABIC-INDIC DIGIT ONE}",
        "1 3",
    ],
)
def test_an_unknown_numeric_id_is_refused_and_not_contained(raw):
    id_map = numbers(1, 3)
    with pytest.raises(UnknownIdError, match=r"user '.*' is not in this dataset; user ids run from 1 to 3 \(2 of them"):
        id_map.row(raw)
    assert raw not in id_map


@pytest.mark.parametrize("raw", [" 3 ", "3", "03", 3, np.int32(3), np.uint8(3)])
def test_a_known_numeric_id_is_found_in_every_spelling(raw):
    assert numbers(-5, 1, 3).row(raw) == 2
    assert raw in numbers(-5, 1, 3)
    assert numbers(-5, 1, 3).row("-5") == 0


def test_ids_at_the_ends_of_int64_are_found():
    id_map = numbers(-(2**63), 2**63 - 1)
    assert id_map.row(-(2**63)) == 0
    assert id_map.row(str(2**63 - 1)) == 1


def test_text_ids_are_found_by_text_alone_and_a_prefix_is_not_enough():
    id_map = IdMap(np.array(["10", "ab", "b"]), "item")
    assert not id_map.numeric
    assert id_map.row(10) == 0
    for unknown in ("a", "abc", "", "z" * 200):
        with pytest.raises(UnknownIdError, match="the 3 item ids are such as 10, ab, b"):
            id_map.row(unknown)


def test_a_long_unknown_id_is_cut_in_the_message():
    with pytest.raises(UnknownIdError) as raised:
        IdMap(np.array(["a"]), "item").row("z" * 10_000)
    assert len(str(raised.value)) < 200


def test_an_empty_map_says_that_it_is_empty():
    with pytest.raises(UnknownIdError, match="empty"):
        numbers().row(1)


@pytest.mark.parametrize("ids_", [[1, 1], [2, 1]])
def test_unsorted_or_repeated_ids_are_refused(ids_):
    with pytest.raises(DatasetError, match="sorted and distinct"):
        numbers(*ids_)


@pytest.mark.parametrize("column", [np.array([1.5]), np.array([True]), np.array([None]), np.array([2**64 - 1], "u8")])
def test_ids_that_are_neither_whole_numbers_nor_text_are_refused(column):
    with pytest.raises(DatasetError, match=r"user ids are of type .*; give whole numbers or text"):
        encode(column, "user")


def test_ids_are_read_only():
    with pytest.raises(ValueError, match="read-only"):
        numbers(1, 2).ids[0] = 5
