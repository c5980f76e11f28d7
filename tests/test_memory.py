"""Refusing work that does not fit into memory: what is available, what is needed, and that the estimates hold."""

import os
import platform
import subprocess
import sys

import pytest

from ucf_core.base import memory
from ucf_core.base.errors import UcfError
from ucf_core.base.memory import available_bytes, check_memory, limit_bytes

GB = 10**9


@pytest.fixture
def system(tmp_path, monkeypatch):
    """A system whose files say what a test writes into them."""
    monkeypatch.setattr(memory, "_PROC", tmp_path / "proc")
    monkeypatch.setattr(memory, "_CGROUPS", tmp_path / "cgroup")

    def write(files):
        for name, contents in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(contents)

    return write


def machine(free):
    return {"proc/meminfo": f"MemTotal: 64000000 kB\nMemFree: 1 kB\nMemAvailable:    {free // 1024} kB\n"}


def version_2(folder, limit, used, inactive=0, active=0):
    return {
        f"cgroup/{folder}memory.max": f"{limit}\n",
        f"cgroup/{folder}memory.current": f"{used}\n",
        f"cgroup/{folder}memory.stat": f"anon 1\nactive_file {active}\ninactive_file {inactive}\n",
    }


def version_1(folder, limit, used, inactive=0):
    return {
        f"cgroup/memory/{folder}memory.limit_in_bytes": f"{limit}\n",
        f"cgroup/memory/{folder}memory.usage_in_bytes": f"{used}\n",
        f"cgroup/memory/{folder}memory.stat": f"inactive_file 1\ntotal_inactive_file {inactive}\n",
    }


def test_linux_says_what_is_available(system):
    system(machine(2_048_000_000))
    assert available_bytes() == 2_048_000_000


@pytest.mark.parametrize(
    "contents", [None, "", "MemTotal: 5 kB\n", "MemAvailable:\n", "MemAvailable: much kB\n", "\xff"]
)
def test_where_the_system_does_not_say_nothing_is_refused(system, contents):
    if contents is not None:
        system({"proc/meminfo": contents})
    assert available_bytes() is None
    check_memory(10**15, "this", "that")


def test_a_container_of_8_gb_on_a_machine_of_64_has_8(system):
    system(machine(60 * GB) | {"proc/self/cgroup": "0::/\n"} | version_2("", 8 * GB, GB))
    assert available_bytes() == 7 * GB


def test_what_the_machine_has_counts_where_the_container_may_take_more(system):
    system(machine(2_048_000_000) | {"proc/self/cgroup": "0::/\n"} | version_2("", 8 * GB, GB))
    assert available_bytes() == 2_048_000_000


def test_files_that_were_only_read_do_not_count_as_taken(system):
    group = version_2("", 8 * GB, 7 * GB, inactive=2 * GB, active=GB)
    system(machine(60 * GB) | {"proc/self/cgroup": "0::/\n"} | group)
    assert available_bytes() == 4 * GB


def test_a_group_around_that_of_the_process_bounds_it_as_well(system):
    groups = version_2("a/b/", "max", GB) | version_2("a/", 4 * GB, GB) | version_2("", "max", 30 * GB)
    system(machine(60 * GB) | {"proc/self/cgroup": "0::/a/b\n"} | groups)
    assert available_bytes() == 3 * GB


def test_a_group_that_the_container_does_not_see_leaves_the_one_it_does(system):
    system(machine(60 * GB) | {"proc/self/cgroup": "0::/docker/3f\n"} | version_2("", 8 * GB, GB))
    assert available_bytes() == 7 * GB


@pytest.mark.parametrize("line", ["4:memory:/docker/3f", "4:cpu,memory:/docker/3f"])
@pytest.mark.parametrize("folder", ["", "docker/3f/"])
def test_version_1_of_control_groups_bounds_too(system, line, folder):
    groups = version_1(folder, 8 * GB, 3 * GB, inactive=GB)
    system(machine(60 * GB) | {"proc/self/cgroup": f"9:cpuset:/x\n{line}\n0::/\n"} | groups)
    assert available_bytes() == 6 * GB


def test_no_bound_in_version_1_is_a_huge_number(system):
    groups = version_1("", 9223372036854771712, 3 * GB)
    system(machine(60 * GB // 1024 * 1024) | {"proc/self/cgroup": "4:memory:/\n"} | groups)
    assert available_bytes() == 60 * GB // 1024 * 1024


def test_a_group_that_is_over_its_bound_has_nothing_left(system):
    system(machine(60 * GB) | {"proc/self/cgroup": "0::/\n"} | version_2("", GB, 2 * GB))
    assert available_bytes() == 0


@pytest.mark.parametrize("contents", ["", "nonsense", "::", "0::/../..\n", "0::/a:b\n"])
def test_nonsense_about_groups_is_no_bound_and_no_crash(system, contents):
    system(machine(2_048_000_000) | {"proc/self/cgroup": contents, "cgroup/memory.max": "much"})
    assert available_bytes() == 2_048_000_000


def test_too_little_is_refused_with_both_figures_and_the_remedy(system):
    system(machine(2_048_000_000))
    check_memory(2_048_000_000, "this", "that")
    with pytest.raises(UcfError, match=r"^this needs about 2\.50 GB of memory, and 2\.05 GB are available; that$"):
        check_memory(2_500_000_000, "this", "that")


def test_the_limit_is_the_least_bound_and_the_machine_where_there_is_none(system):
    system(machine(8 * GB))
    assert limit_bytes() == 64_000_000 * 1024
    system(version_2("slice/", 3 * GB, GB) | {"proc/self/cgroup": "0::/slice/unit\n"})
    assert limit_bytes() == 3 * GB
    system(version_2("slice/unit/", 2 * GB, GB))
    assert limit_bytes() == 2 * GB


HEAPS = """
import ctypes, platform, sys, threading
from ucf_core.base.memory import keep_little
if sys.argv[1] == "few":
    keep_little()
malloc = ctypes.CDLL(None).malloc
malloc.restype, malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
places, all_here = [], threading.Barrier(12)
def work():
    all_here.wait()
    places.append(malloc(50_000) >> 26)  # a heap of a thread is one aligned piece of 64 MiB
    all_here.wait()
threads = [threading.Thread(target=work) for _ in range(12)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(len(set(places)))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="heaps of threads are a matter of glibc")
def test_threads_share_two_heaps():
    def heaps(which):
        done = subprocess.run([sys.executable, "-c", HEAPS, which], capture_output=True, text=True, check=True)
        return int(done.stdout)

    assert heaps("many") > 2
    assert heaps("few") <= 2


GIVEN_BACK = """
import sys
import numpy as np
from ucf_core.base.memory import keep_little
if sys.argv[1] == "few":
    keep_little()
def own():
    lines = open("/proc/self/status").read().splitlines()
    return int(next(line for line in lines if line.startswith("RssAnon")).split()[1])
np.ones(3_000_000, np.float32)  # by the first of its size glibc learns to keep such blocks in the heap
before = own()
blocks = [np.ones(500_000, np.float32) for _ in range(20)]
del blocks[:-1]  # the last one is in the way of a heap that would shrink
print(own() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="what is kept is a matter of the C library")
def test_what_a_search_has_taken_is_given_back():
    # Dask, where tests before this one have started it, leaves settings of glibc behind
    usual = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}

    def kept(which):
        done = subprocess.run(
            [sys.executable, "-c", GIVEN_BACK, which], env=usual, capture_output=True, text=True, check=True
        )
        return int(done.stdout)

    # kilobytes, of 40,000 that the blocks took; the block that is left has 2,000
    assert kept("few") < 4_000
    assert kept("many") > 20_000
