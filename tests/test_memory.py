"""Refusing work that does not fit into memory."""

import pytest

from ucf_core import memory
from ucf_core.errors import UcfError
from ucf_core.memory import available_bytes, check_memory


@pytest.fixture
def meminfo(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "_MEMINFO", tmp_path / "meminfo")
    return tmp_path / "meminfo"


def test_linux_says_what_is_available(meminfo):
    meminfo.write_text("MemTotal:       16000000 kB\nMemFree:  1 kB\nMemAvailable:    2000000 kB\n")
    assert available_bytes() == 2_048_000_000


@pytest.mark.parametrize("contents", [None, "", "MemTotal: 5 kB\n", "MemAvailable:\n", "MemAvailable: much kB\n"])
def test_where_the_system_does_not_say_nothing_is_refused(meminfo, contents):
    if contents is not None:
        meminfo.write_text(contents)
    assert available_bytes() is None
    check_memory(10**15, "this", "that")


def test_too_little_is_refused_with_both_figures_and_the_remedy(meminfo):
    meminfo.write_text("MemAvailable:    2000000 kB\n")
    check_memory(2_048_000_000, "this", "that")
    with pytest.raises(UcfError, match=r"^this needs about 2\.50 GB of memory, and 2\.05 GB are available; that$"):
        check_memory(2_500_000_000, "this", "that")
