"""JSON from anywhere: what was written is read, and everything else is a ValueError, whatever it is."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucf_core.base.files.json_reader import parse_json, read_json

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), VALUES, max_size=5))
def test_what_was_written_is_read(value):
    assert parse_json(json.dumps(value), dict) == value
    assert parse_json(json.dumps([value]), list) == [value]


@pytest.mark.parametrize("text", ["", "{", '{"a": 1} 2', "'a'", "\ufeff{}", '{"a": 01}', '{"a": "\n"}'])
def test_what_is_no_json_is_a_value_error(text):
    with pytest.raises(ValueError):  # noqa: PT011  json's own words
        parse_json(text, dict)


@pytest.mark.parametrize("text", ["[" * 200_000, '{"a":' * 200_000, "[" * 200_000 + "]" * 200_000])
def test_deep_nesting_is_a_value_error(text):
    with pytest.raises(ValueError, match="nested too deeply"):
        parse_json(text, dict)


@pytest.mark.parametrize(
    "number",
    [
        *("9223372036854775808", "-9223372036854775809", "1" + "0" * 4000, "9" * 100_000),
        *("1e999", "-1e999", "NaN", "Infinity", "-Infinity"),
    ],
)
def test_a_number_that_nothing_can_hold_is_a_value_error(number):
    for text in (f'{{"a": {number}}}', f'{{"a": [{number}]}}'):
        with pytest.raises(ValueError, match="out of range"):
            parse_json(text, dict)


@pytest.mark.parametrize("number", ["9223372036854775807", "-9223372036854775808", "1e308", "0." + "1" * 5000, "-0"])
def test_the_largest_numbers_are_read(number):
    assert parse_json(f"[{number}]", list) == [float(number) if "." in number or "e" in number else int(number)]


@pytest.mark.parametrize("text", ["[]", "1", "null", '"a"', "true", "1.5"])
def test_another_type_than_expected_is_a_value_error(text):
    with pytest.raises(ValueError, match=r"it is a \w+, and a dict was expected"):
        parse_json(text, dict)
    with pytest.raises(ValueError, match="it is a dict, and a list was expected"):
        parse_json("{}", list)


def test_a_file_is_read_as_utf_8_and_an_unreadable_one_is_an_os_error(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes('{"a": "é"}'.encode())
    assert read_json(path, dict) == {"a": "é"}
    path.write_bytes('{"a": "é"}'.encode("latin-1"))
    with pytest.raises(ValueError, match="utf-8"):
        read_json(path, dict)
    with pytest.raises(OSError, match="No such file"):
        read_json(tmp_path / "b.json", dict)
