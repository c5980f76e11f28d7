"""`ucf doctor`: what is damaged, left over, missing or ill-built is reported with a remedy, and not changed."""

import json
import os
import shutil
import time
from importlib import metadata
from pathlib import Path

import pytest
from bad_times import command, contents, write_dataset

from ucf_core.base.files.artifacts import ArtifactStore
from ucf_core.cli.doctor import examination, software
from ucf_core.cli.doctor.examination import LEAST_FREE_BYTES, examine
from ucf_core.cli.doctor.store import check_store

KEY = {"fingerprint": "f"}
FIELDS = {
    *("healthy", "problems", "notes", "python", "packages", "extras", "native", "cores", "memory", "home"),
    "cache",
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """A home in which everything was built."""
    folder = write_dataset(tmp_path_factory.mktemp("data") / "films")
    home = tmp_path_factory.mktemp("whole")
    assert command(home, "build", folder).returncode == 0
    return home


@pytest.fixture
def built(whole, tmp_path) -> Path:
    shutil.copytree(whole, tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def home(tmp_path):
    """A home with one small artifact."""
    ArtifactStore(tmp_path / "artifacts").write("thing", KEY, lambda folder: (folder / "a").write_bytes(b"abcdef"))
    return tmp_path


def the_artifact(home: Path) -> Path:
    (folder,) = (home / "artifacts" / "thing").glob("[!.]*")
    return folder


def test_a_healthy_home_is_reported_as_text_and_as_json(built):
    as_json = command(built, "doctor", "--json")
    report = json.loads(as_json.stdout)
    assert (as_json.returncode, as_json.stderr, report["problems"]) == (0, "", [])
    assert report["healthy"] is True
    assert set(report) == FIELDS
    assert {row["kind"]: row["artifacts"] for row in report["cache"]["kinds"]} == {
        "ratings": 1,
        "biases": 1,
        "embedding": 1,
        "hnsw": 1,
    }
    artifacts = built / "artifacts"
    size = sum(
        path.stat().st_size for kind in ("ratings", "biases", "embedding", "hnsw") for path in _files(artifacts / kind)
    )
    assert report["cache"]["bytes"] == report["cache"]["checked_bytes"] == size
    assert report["home"]["path"] == str(built)
    assert report["home"]["writable"] is True
    text = command(built, "doctor")
    assert text.returncode == 0
    assert text.stdout.endswith("\nHealthy.\n")
    assert f"UCF_HOME: {built}, can be written" in text.stdout


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_one_flipped_bit_with_size_and_time_unchanged_is_found_and_nothing_is_deleted(built):
    """What a reader takes as whole by its size and time: only reading it all shows the damage."""
    (path,) = (built / "artifacts" / "embedding").glob("*/user_vectors.npy")
    before = path.stat()
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    there = contents(built)
    done = command(built, "doctor", "--json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["healthy"]) == (1, False)
    (damage,) = report["cache"]["damaged"]
    assert damage == {
        "kind": "embedding",
        "path": str(path.parent),
        "reason": "the checksum of user_vectors.npy is wrong",
    }
    (problem,) = report["problems"]
    assert str(path.parent) in problem["text"]
    assert "delete the folder" in problem["remedy"]
    assert contents(built) == there
    text = command(built, "doctor")
    assert text.returncode == 1
    assert text.stdout.endswith("Remedy: delete the folder; it is built again when it is needed.\nNot healthy.\n")


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda folder: (folder / "a").write_bytes(b"abc"), "a has 3 bytes instead of 6"),
        (lambda folder: (folder / "a").unlink(), "a cannot be read: No such file or directory"),
        (lambda folder: (folder / "manifest.json").unlink(), "manifest.json cannot be read: No such file or directory"),
        (lambda folder: (folder / "manifest.json").write_text("{"), "manifest.json cannot be read: JSONDecodeError"),
        (lambda folder: (folder / "manifest.json").write_text("[]"), "manifest.json cannot be read: ValueError('it"),
        (lambda folder: folder.rename(folder.with_name("0" * 24)), "it is not what its name says"),
    ],
)
def test_every_kind_of_damage_has_its_reason(home, damage, reason):
    damage(the_artifact(home))
    (found,) = check_store(home)["damaged"]
    assert found["reason"].startswith(reason)


def test_a_manifest_cannot_send_the_doctor_elsewhere(home):
    manifest = the_artifact(home) / "manifest.json"
    content = json.loads(manifest.read_text())
    content["files"] = {"../../../../etc/passwd": content["files"]["a"]}
    manifest.write_text(json.dumps(content))
    (found,) = check_store(home)["damaged"]
    assert "names a file elsewhere" in found["reason"]


def test_artifacts_of_another_version_are_a_note_and_no_problem(home):
    manifest = the_artifact(home) / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"format": 1}))
    report = examine(home)
    assert (report["cache"]["outdated"], report["cache"]["damaged"]) == (1, [])
    assert any(row["text"].startswith("1 artifact was written by another version") for row in report["notes"])
    assert report["healthy"]


@pytest.mark.parametrize("name", ["artifacts/thing/.building-0123-4567", ".partial-x", "uploads/.partial-upload-x"])
def test_a_temporary_folder_is_a_leftover_once_nothing_has_changed_in_it_for_an_hour(home, name):
    left = home / name
    left.mkdir(parents=True)
    (left / "half.npy").write_bytes(b"12345")
    os.utime(left, (time.time() - 4000,) * 2)
    assert check_store(home)["leftovers"] == []  # its file is new
    os.utime(left / "half.npy", (time.time() - 4000,) * 2)
    report = examine(home)
    assert report["cache"]["leftovers"] == [{"path": str(left), "bytes": 5}]
    assert any(row["text"] == f"{left} was left by a process that was killed (5 bytes)" for row in report["notes"])
    assert report["healthy"]
    assert left.is_dir()


def test_a_missing_home_is_healthy_and_is_not_created(tmp_path):
    report = examine(tmp_path / "not" / "yet")
    assert (report["home"]["exists"], report["home"]["writable"], report["cache"]["kinds"]) == (False, True, [])
    assert report["healthy"]
    assert not (tmp_path / "not").exists()


def test_a_home_that_cannot_be_written_is_a_problem(tmp_path):
    # below a file nothing can be written, not even by root
    (tmp_path / "file").write_text("")
    report = examine(tmp_path / "file" / "home")
    assert [row["text"] for row in report["problems"]] == [f"{tmp_path / 'file' / 'home'} cannot be written"]
    assert not report["healthy"]


def test_little_free_disk_is_a_problem(tmp_path, monkeypatch):
    monkeypatch.setattr(examination.shutil, "disk_usage", lambda path: os_usage(LEAST_FREE_BYTES - 1))
    assert [row["text"] for row in examine(tmp_path)["problems"]] == ["200 MB of disk are free, less than 200 MB"]
    monkeypatch.setattr(examination.shutil, "disk_usage", lambda path: os_usage(LEAST_FREE_BYTES))
    assert examine(tmp_path)["healthy"]


def os_usage(free):
    return shutil._ntuple_diskusage(10 * free, 9 * free, free)


REQUIRES = ["numpy>=1.0", "streamlit>=999", 'nowhere-to-be-found>=1; extra == "raw"', 'numpy; extra == "sample"']


def test_missing_and_unfit_packages_are_problems_with_a_remedy(tmp_path, monkeypatch):
    about = {"Requires-Dist": [*REQUIRES, "nowhere-to-be-found"], "Provides-Extra": ["raw", "sample"]}
    monkeypatch.setattr(software.metadata, "metadata", lambda name: Metadata(about))
    report = examine(tmp_path)
    assert [row["text"] for row in report["problems"]] == [
        "nowhere-to-be-found is missing",
        f"streamlit is {metadata.version('streamlit')}, and >=999 is needed",
    ]
    assert all("uv sync" in row["remedy"] for row in report["problems"])
    present = {row["name"]: row["present"] for row in report["extras"]}
    assert present == {"raw": False, "sample": True}
    (note,) = [row for row in report["notes"] if "extra" in row["text"]]
    assert note["text"] == "the extra raw is not installed (HNSW search over raw rating rows)"
    assert "pip install 'ucf-explorer[raw]'" in note["remedy"]


class Metadata(dict):
    get_all = dict.get


def test_every_dependency_is_listed_with_the_version_that_is_imported(tmp_path):
    import numpy as np
    import scipy

    listed = {row["name"]: row for row in software.requirements()[""]}
    assert listed["numpy"]["installed"] == np.__version__
    assert listed["scipy"]["installed"] == scipy.__version__
    assert all(row["ok"] for row in listed.values())


@pytest.mark.parametrize(
    ("binary", "simd"),
    [
        (b"..L2SqrSIMD16ExtAVX512..L2SqrSIMD16ExtAVX..L2SqrSIMD16ExtSSE", ["AVX512", "AVX", "SSE"]),
        (b"..InnerProductSIMD16ExtAVX512..", ["AVX512"]),
        (b"..L2SqrSIMD16ExtAVX\0..L2SqrSIMD16ExtSSE\0", ["AVX", "SSE"]),
        (b"\x7fELF stripped", None),
    ],
)
def test_the_instruction_sets_of_hnswlib_are_read_from_its_symbols(binary, simd):
    assert software.simd_in(binary) == simd


@pytest.mark.parametrize(
    ("flags", "problems"),
    [
        ("sse avx", ["hnswlib was built for a processor with AVX512, which this one lacks"]),
        ("sse avx avx512f", []),
    ],
)
def test_hnswlib_built_for_another_processor_is_a_problem(tmp_path, monkeypatch, flags, problems):
    (tmp_path / "cpuinfo").write_text(f"processor : 0\nflags\t\t: fpu {flags} lm\n")
    monkeypatch.setattr(software, "_CPUINFO", tmp_path / "cpuinfo")
    monkeypatch.setattr(software, "simd_in", lambda binary: ["AVX512", "AVX", "SSE"])
    report = examine(tmp_path / "home")
    assert [row["text"] for row in report["problems"]] == problems


def test_hnswlib_built_without_what_the_processor_has_is_noted(tmp_path, monkeypatch):
    (tmp_path / "cpuinfo").write_text("flags : sse avx\n")
    monkeypatch.setattr(software, "_CPUINFO", tmp_path / "cpuinfo")
    monkeypatch.setattr(software, "simd_in", lambda binary: ["SSE"])
    report = examine(tmp_path / "home")
    assert report["healthy"]
    assert any("built without AVX" in row["text"] for row in report["notes"])
