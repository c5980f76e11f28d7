"""One store, several processes: a thing is built once, and what a killed process left is cleared away."""

import os
import signal
import subprocess
import sys
import time

import numpy as np

from ucf_core.base.files.artifacts import ArtifactStore, save_array

KEY = {"fingerprint": "f", "dim": 3}

BUILD_ONCE = """
import sys, time
from pathlib import Path
import numpy as np
from ucf_core.base.files.artifacts import ArtifactStore, save_array
store, key = ArtifactStore(Path(sys.argv[1])), {"fingerprint": "f", "dim": 3}
with store.only_one("thing", key):
    if store.find("thing", key) is None:
        print("built")
        time.sleep(float(sys.argv[2]))
        store.write("thing", key, lambda folder: save_array(folder, "a", np.arange(5)))
"""

HANG_WHILE_FILLING = """
import sys, time
from pathlib import Path
from ucf_core.base.files.artifacts import ArtifactStore
def fill(folder):
    (folder / "half.npy").write_bytes(b"x" * 1000)
    print("filling", flush=True)
    time.sleep(60)
store, key = ArtifactStore(Path(sys.argv[1])), {"fingerprint": "f", "dim": 3}
with store.only_one("thing", key):
    store.write("thing", key, fill)
"""


def start(script, *arguments):
    return subprocess.Popen([sys.executable, "-c", script, *map(str, arguments)], stdout=subprocess.PIPE, text=True)


def test_two_processes_build_a_thing_once(tmp_path):
    processes = [start(BUILD_ONCE, tmp_path, 0.5) for _ in range(3)]
    outputs = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert sorted(outputs) == ["", "", "built\n"]


def test_a_killed_build_leaves_nothing_that_is_read_and_the_next_one_clears_it_away(tmp_path):
    process = start(HANG_WHILE_FILLING, tmp_path)
    assert process.stdout.readline() == "filling\n"
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    store = ArtifactStore(tmp_path)
    assert store.find("thing", KEY) is None
    assert len(list((tmp_path / "thing").iterdir())) == 1, "the half-filled folder is still there"
    with store.only_one("thing", KEY):
        assert list((tmp_path / "thing").iterdir()) == []
        store.write("thing", KEY, lambda folder: save_array(folder, "a", np.arange(5)))
    assert store.find("thing", KEY).array("a").tolist() == [0, 1, 2, 3, 4]


def test_a_place_that_cannot_be_written_is_no_reason_not_to_build(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with ArtifactStore(tmp_path / "file" / "artifacts").only_one("thing", KEY):
        pass


def test_an_untouched_file_is_not_read_again_and_a_touched_one_is(tmp_path, monkeypatch):
    store = ArtifactStore(tmp_path)
    kept = store.write("thing", KEY, lambda folder: save_array(folder, "a", np.arange(5)))
    read = []
    monkeypatch.setattr("ucf_core.base.files.artifacts.checksum", lambda path: read.append(path.name) or "another")
    assert store.find("thing", KEY) is not None
    assert read == []
    later = time.time() + 5
    os.utime(kept.path("a.npy"), (later, later))
    assert store.find("thing", KEY) is None
    assert read == ["a.npy"]
