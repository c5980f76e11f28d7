"""The store: whole or not at all, checksummed, rebuilt when damaged, never executing what it reads."""

import json
import logging
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from ucf_core.base.errors import ArtifactError
from ucf_core.base.files import artifacts
from ucf_core.base.files.artifacts import ArtifactStore, save_array

KEY = {"fingerprint": "f00", "dim": 3, "seed": None}
VALUES = np.arange(6, dtype=np.float32).reshape(2, 3)


@pytest.fixture
def store(tmp_path) -> ArtifactStore:
    return ArtifactStore(tmp_path / "artifacts")


def fill(folder: Path) -> None:
    save_array(folder, "values", VALUES)
    (folder / "graph.bin").write_bytes(b"0123456789")


def everything(store: ArtifactStore) -> list[Path]:
    return sorted(path for path in store.root.rglob("*") if path.is_file())


def test_what_was_written_is_found(store):
    written = store.write("embedding", KEY, fill)
    found = store.find("embedding", KEY)
    assert found == written
    np.testing.assert_array_equal(found.array("values"), VALUES)
    assert found.array("values").dtype == np.float32
    assert found.path("graph.bin").read_bytes() == b"0123456789"
    assert found.bytes == sum(path.stat().st_size for path in everything(store) if path.name != "manifest.json")


def test_an_array_is_mapped_read_only(store):
    array = store.write("embedding", KEY, fill).array("values")
    assert isinstance(array, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1


def test_nothing_is_found_in_a_store_that_does_not_exist(store):
    assert store.find("embedding", KEY) is None
    assert list(store.artifacts()) == []
    assert not store.root.exists()


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("hnsw", KEY),
        ("embedding", KEY | {"dim": 4}),
        ("embedding", KEY | {"M": 1}),
        ("embedding", {"fingerprint": "f00"}),
    ],
)
def test_another_kind_or_key_is_a_miss_and_leaves_the_first_alone(store, kind, key):
    store.write("embedding", KEY, fill)
    assert store.find(kind, key) is None
    assert store.find("embedding", KEY)


def test_the_order_of_a_key_does_not_matter(store):
    store.write("embedding", KEY, fill)
    assert store.find("embedding", dict(reversed(KEY.items())))


def test_another_format_version_is_a_miss_and_is_replaced(store, monkeypatch):
    store.write("embedding", KEY, fill)
    monkeypatch.setattr(artifacts, "FORMAT", artifacts.FORMAT + 1)
    assert store.find("embedding", KEY) is None
    store.write("embedding", KEY, fill)
    assert store.find("embedding", KEY)


@pytest.mark.parametrize("name", ["values.npy", "graph.bin"])
def test_any_flipped_byte_is_detected_logged_and_deleted(store, name, caplog):
    length = (store.write("embedding", KEY, fill).folder / name).stat().st_size
    for offset in range(0, length, max(1, length // 20)):
        path = store.write("embedding", KEY, fill).folder / name
        contents = bytearray(path.read_bytes())
        contents[offset] ^= 1
        path.write_bytes(contents)
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            assert store.find("embedding", KEY) is None
        assert f"{name} is not as it was written" in caplog.text
        assert everything(store) == []


@pytest.mark.parametrize("damage", ["truncate", "grow", "delete"])
@pytest.mark.parametrize("name", ["values.npy", "graph.bin", "manifest.json"])
def test_a_file_of_another_length_is_detected_and_deleted(store, name, damage):
    path = store.write("embedding", KEY, fill).folder / name
    if damage == "delete":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-3] if damage == "truncate" else path.read_bytes() + b"{")
    assert store.find("embedding", KEY) is None
    assert everything(store) == []
    store.write("embedding", KEY, fill)
    assert store.find("embedding", KEY)


@pytest.mark.parametrize(
    "manifest",
    ["", "[]", "null", "3", "{}", "{", '{"format": 1}', '{"format": 1, "key": {}, "files": {}}', "\x00", "\N{SNOWMAN}"],
)
def test_a_nonsense_manifest_is_a_miss(store, manifest):
    folder = store.write("embedding", KEY, fill).folder
    (folder / "manifest.json").write_text(manifest, encoding="utf-16")
    assert store.find("embedding", KEY) is None
    store.write("embedding", KEY, fill)
    (folder / "manifest.json").write_text(manifest, encoding="utf-8")
    assert store.find("embedding", KEY) is None


@pytest.mark.parametrize("part", ["files", "created"])
@pytest.mark.parametrize("value", [None, 3, [], {"values.npy": None}, {"values.npy": {}}, {"missing": {"bytes": 1}}])
def test_a_manifest_with_nonsense_inside_is_no_crash(store, part, value):
    folder = store.write("embedding", KEY, fill).folder
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest[part] = value
    (folder / "manifest.json").write_text(json.dumps(manifest))
    found = store.find("embedding", KEY)
    assert (found is None) == (part == "files")


@pytest.mark.parametrize("error", [ValueError, OSError, KeyboardInterrupt, ArtifactError])
def test_a_failing_fill_leaves_nothing_behind(store, error):
    def fail(folder: Path) -> None:
        fill(folder)
        raise error("no")

    with pytest.raises(ArtifactError if error is OSError else error, match="no"):
        store.write("embedding", KEY, fail)
    assert list((store.root / "embedding").iterdir()) == []
    assert store.find("embedding", KEY) is None


def test_a_root_that_cannot_be_written_is_an_artifact_error_with_a_remedy(tmp_path):
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a folder")
    for root in (in_the_way, in_the_way / "below"):
        store = ArtifactStore(root)
        with pytest.raises(ArtifactError, match=r"cannot write to .*file.*; free some space, or set UCF_HOME"):
            store.write("embedding", KEY, fill)
        assert store.find("embedding", KEY) is None
        assert list(store.artifacts()) == []
    assert in_the_way.read_text() == "not a folder"


@pytest.mark.parametrize("array", [np.arange(1000.0), np.array(1.5), np.array(["ab", "c"]), np.zeros((3, 0))])
def test_an_array_that_the_disk_does_not_take_to_its_last_byte_is_refused(tmp_path, array):
    """NumPy's own writer loses the last buffer in silence."""
    save_array(tmp_path, "whole", array)
    size = (tmp_path / "whole.npy").stat().st_size
    save = f"save_array(Path({str(tmp_path)!r}), 'half', np.load({str(tmp_path / 'whole.npy')!r}))"
    script = (
        "import resource, sys\nfrom pathlib import Path\nimport numpy as np\n"
        "from ucf_core.base.files.artifacts import save_array\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)\n"
        f"try:\n    {save}\nexcept OSError as error:\n    print(error.errno > 0)\n"
    )
    for bound, printed in ((size, ""), (size - 1, "True\n"), (size // 2, "True\n"), (0, "True\n")):
        done = subprocess.run([sys.executable, "-c", script, str(bound)], capture_output=True, text=True, check=True)
        assert (done.stdout, done.stderr) == (printed, "")


def test_pickled_objects_are_neither_written_nor_read(store):
    with pytest.raises(ValueError, match="allow_pickle"):
        store.write("embedding", KEY, lambda folder: save_array(folder, "values", np.array([object()])))

    def smuggle(folder: Path) -> None:
        np.save(folder / "values.npy", np.array([{}]), allow_pickle=True)
        (folder / "raw.npy").write_bytes(pickle.dumps({"a": 1}))

    artifact = store.write("embedding", KEY, smuggle)
    for name in ("values", "raw"):
        with pytest.raises(ValueError, match=r"pickle|Python objects|magic string"):
            artifact.array(name)


def test_the_second_writer_of_the_same_artifact_takes_what_is_there(store):
    first = store.write("embedding", KEY, fill)
    second = store.write("embedding", KEY, fill)
    assert first.folder == second.folder
    np.testing.assert_array_equal(second.array("values"), VALUES)


def test_many_writers_and_readers_of_the_same_artifact_agree(store):
    def work(number: int) -> np.ndarray | None:
        if number % 2:
            return store.write("embedding", KEY, fill).array("values")
        found = store.find("embedding", KEY)
        return found.array("values") if found else None

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(work, range(60)))
    assert all(result is None or np.array_equal(result, VALUES) for result in results)
    assert store.find("embedding", KEY)
    assert [path.name for path in everything(store)] == ["graph.bin", "manifest.json", "values.npy"]


def test_disk_use_and_deletion_by_fingerprint(store):
    for fingerprint in ("f00", "ba5"):
        for kind in ("embedding", "hnsw"):
            store.write(kind, KEY | {"fingerprint": fingerprint}, fill)
    sizes = {folder: size for _, folder, size in store.artifacts()}
    assert sorted(kind for kind, _, _ in store.artifacts()) == ["embedding", "embedding", "hnsw", "hnsw"]
    assert sum(sizes.values()) == sum(path.stat().st_size for path in everything(store))
    half = sum(sizes.values()) // 2
    assert store.bytes_of("f00") == half
    assert store.delete("f00") == half
    assert store.find("embedding", KEY) is None
    assert store.find("hnsw", KEY | {"fingerprint": "ba5"})
    assert store.delete("f00") == 0


def test_an_artifact_that_is_deleted_during_the_listing_is_left_out(store):
    store.write("embedding", KEY, fill)
    last = store.write("hnsw", KEY, fill)
    listing = store.artifacts()
    assert next(listing)[0] == "embedding"
    last.discard()
    assert list(listing) == []


def test_an_artifact_that_is_about_to_be_renamed_is_not_in_the_listing(store, monkeypatch):
    listed = []
    rename = Path.rename

    def look(path, target):
        assert (path / "manifest.json").is_file()
        listed.extend(store.artifacts())
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", look)
    store.write("embedding", KEY, fill)
    assert listed == []
    assert [kind for kind, _, _ in store.artifacts()] == ["embedding"]


def test_discarding_an_artifact_makes_room_for_another(store):
    store.write("embedding", KEY, fill).discard()
    assert everything(store) == []


def test_the_default_store_is_in_ucf_home(monkeypatch, tmp_path):
    monkeypatch.setenv("UCF_HOME", str(tmp_path / "somewhere"))
    assert ArtifactStore.default().root == tmp_path / "somewhere" / "artifacts"
    assert not (tmp_path / "somewhere").exists()
