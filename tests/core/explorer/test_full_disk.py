"""A disk that is full, or fills up in the middle: `ucf build` says so in one line, and nothing is lost or half there.

A bound on the size of files (RLIMIT_FSIZE) works everywhere and for everybody; a file system that is really full needs
the right to mount one.
"""

import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest
from bad_times import KINDS, check_nothing_is_half_done, check_one_line, command, contents, of_kind, write_dataset

REMEDY = "free some space"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return write_dataset(tmp_path_factory.mktemp("data") / "films")


@pytest.fixture(scope="module")
def whole(folder, tmp_path_factory) -> Path:
    """A home in which everything was built undisturbed."""
    home = tmp_path_factory.mktemp("whole")
    assert command(home, "build", folder).returncode == 0
    return home


def test_a_disk_that_is_full_from_the_start(folder, whole, tmp_path):
    done = command(tmp_path, "build", folder, bound=0)
    check_one_line(done, "could not be kept", f"cannot write to {tmp_path / 'artifacts'} (File too large)", REMEDY)
    assert contents(tmp_path) == {}
    check_nothing_is_half_done(tmp_path)
    assert command(tmp_path, "build", folder).returncode == 0
    assert contents(tmp_path) == contents(whole)


@pytest.mark.parametrize(
    "kind", ["biases", *(pytest.param(kind, marks=pytest.mark.long) for kind in KINDS if kind != "biases")]
)
def test_each_artifact_that_does_not_fit_is_told_and_costs_no_other(folder, whole, tmp_path, kind):
    home = tmp_path / "home"
    shutil.copytree(whole, home)
    shutil.rmtree(home / "artifacts" / kind)
    before = contents(home)
    largest = max(path.stat().st_size for path in (whole / "artifacts" / kind).rglob("*") if path.is_file())
    for bound in (100, largest - 1):
        done = command(home, "build", folder, bound=bound)
        check_one_line(done, f"cannot write to {home / 'artifacts'}", REMEDY)
        assert contents(home) == before
        check_nothing_is_half_done(home)
    done = command(home, "build", folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert contents(home) == contents(whole)


@pytest.mark.skipif(not find_spec("nmslib"), reason="needs the extra raw")
def test_a_graph_over_raw_ratings_that_does_not_fit_is_not_kept(folder, whole, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(whole, home)
    before = contents(home)
    question = ("neighbours", folder, 7, "--space", "raw", "--engine", "hnsw", "--json")
    done = command(home, *question, bound=5_000)
    assert (done.returncode, done.stdout != "") == (0, True)
    assert done.stderr.startswith("ucf: sparse_hnsw is not kept for next time: cannot write to ")
    assert done.stderr.count("\n") == 1
    assert contents(home) == before
    check_nothing_is_half_done(home)
    done = command(home, *question)
    assert (done.returncode, done.stderr) == (0, "")
    assert of_kind(contents(home), "sparse_hnsw")


def test_a_question_is_answered_all_the_same_and_what_was_not_kept_is_said(folder, whole, tmp_path):
    done = command(tmp_path, "neighbours", folder, 7, "--json", bound=0)
    assert (done.returncode, done.stdout != "") == (0, True)
    lines = done.stderr.splitlines()
    assert all(line.startswith("ucf: ") for line in lines)
    for what in ("the import of films could not be kept", "biases is not kept", "hnsw is not kept"):
        assert sum(what in line for line in lines) == 1


@pytest.fixture(scope="module")
def small_disk(tmp_path_factory):
    """A file system of 8 MB."""
    place = tmp_path_factory.mktemp("disk")
    try:
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "none", place], capture_output=True)
    except OSError:
        pytest.skip("there is no mount")
    if mounted.returncode != 0:
        pytest.skip("only root may mount a file system; the bound on files stands in for it")
    yield place
    subprocess.run(["umount", place], check=True)


@pytest.mark.parametrize(
    "kind", ["hnsw", *(pytest.param(kind, marks=pytest.mark.long) for kind in KINDS if kind != "hnsw")]
)
def test_a_file_system_that_fills_up_in_the_middle(folder, whole, small_disk, kind):
    """So much space is left that all artifacts before one fit, and half of that one."""
    home, ballast = small_disk / "home", small_disk / "ballast"
    shutil.rmtree(home, ignore_errors=True)
    ballast.unlink(missing_ok=True)
    home.mkdir()
    before = KINDS[: KINDS.index(kind)]
    room = sum(_pages(whole, each) for each in before) + _pages(whole, kind) // 2
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(small_disk).free - room)
    done = command(home, "build", folder)
    check_one_line(done, f"cannot write to {home / 'artifacts'}", REMEDY)
    for each in KINDS:
        assert of_kind(contents(home), each) == (of_kind(contents(whole), each) if each in before else {})
    check_nothing_is_half_done(home)
    ballast.unlink()
    assert command(home, "build", folder).returncode == 0
    assert {path.split("/")[0] for path in contents(home)} == set(KINDS)
    for each in KINDS:
        assert of_kind(contents(home), each) == of_kind(contents(whole), each)


def _pages(home: Path, kind: str) -> int:
    """What an artifact takes of a disk that is given out in pages."""
    sizes = [path.stat().st_size for path in (home / "artifacts" / kind).rglob("*") if path.is_file()]
    return sum(-(-size // 4096) * 4096 for size in sizes)
