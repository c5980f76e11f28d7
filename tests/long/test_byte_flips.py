"""One bit of one byte in any file of a build: found, said, made again, and all is as before.

One flip a file in every run of the tests, 40 (or UCF_FLIPS) in the long one. Of a manifest some bytes say nothing that
is needed, such as the time at which it was written: there no harm is done, and nothing need be said.
"""

import os
import random
import shutil
from pathlib import Path

import pytest
from bad_times import KINDS, check_nothing_is_half_done, command, contents, write_dataset

from ucf_core.base.files.artifacts import MANIFEST
from ucf_core.datasets.load import load_ratings
from ucf_core.explorer.explorer import Explorer

FLIPS = [1, pytest.param(int(os.environ.get("UCF_FLIPS", "40")), marks=pytest.mark.long)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return write_dataset(tmp_path_factory.mktemp("data") / "films", n_users=150, n_items=80)


@pytest.fixture(scope="module")
def whole(folder, tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("whole")
    assert command(home, "build", folder).returncode == 0
    return home


def files(home: Path, kind: str) -> list[Path]:
    (artifact,) = (home / "artifacts" / kind).iterdir()
    return sorted(artifact.iterdir())


def flip(path: Path, rng: random.Random) -> None:
    found = bytearray(path.read_bytes())
    found[rng.randrange(len(found))] ^= 1 << rng.randrange(8)
    path.write_bytes(found)


@pytest.mark.parametrize("flips", FLIPS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_flipped_bit_in_any_file_is_found_and_mended(folder, whole, tmp_path, monkeypatch, kind, flips):
    home = tmp_path / "home"
    monkeypatch.setenv("UCF_HOME", str(home))
    shutil.copytree(whole, home)
    undisturbed, rng, tried = contents(whole), random.Random(kind), 0
    for name in [path.name for path in files(home, kind)]:
        for _ in range(flips):
            (path,) = [file for file in files(home, kind) if file.name == name]
            flip(path, rng)
            tried += 1
            explorer = Explorer(load_ratings(folder))
            explorer.build(keep=True)
            notices = [notice.text for notice in explorer.notices]
            if notices or name != MANIFEST:
                assert len(notices) == 1, (name, notices)
                assert str(path.parent) in notices[0]
                assert notices[0].endswith("it is built again")
            assert contents(home) == undisturbed
            check_nothing_is_half_done(home)
    print(f"\n{kind}: {tried} bits flipped")


def test_a_flipped_bit_in_a_note_about_a_source_costs_only_a_look_at_the_source(folder, whole, tmp_path, monkeypatch):
    home = tmp_path / "home"
    monkeypatch.setenv("UCF_HOME", str(home))
    shutil.copytree(whole, home)
    (note,) = (home / "artifacts" / "sources").iterdir()
    before, rng = note.read_bytes(), random.Random(5)
    for _ in range(20):
        flip(note, rng)
        Explorer(load_ratings(folder)).build(keep=True)
        note.write_bytes(before)
    assert contents(home) == contents(whole)
