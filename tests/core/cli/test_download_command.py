"""`ucf download` from a server on this machine."""

import hashlib
import json
import socket
import sys
import zipfile


def test_download_installs_a_dataset_from_a_mirror(answer, mirror, monkeypatch, tmp_path):
    monkeypatch.setenv("UCF_HOME", str(tmp_path / "home"))
    folder, url = mirror
    with zipfile.ZipFile(folder / "x.zip", "w") as archive:
        archive.writestr("ml-latest-small/ratings.csv", "userId,movieId,rating,timestamp\n1,10,4.0,1\n2,10,3.5,2\n")
        archive.writestr("ml-latest-small/movies.csv", 'movieId,title,genres\n10,"Ten, The (1999)",Drama\n')
    content = (folder / "x.zip").read_bytes()
    digits = hashlib.md5(content).hexdigest()
    (folder / "x.zip.md5").write_text(f"MD5 (x.zip) = {digits}\n")
    done = answer("download", "ml-latest-small", "--url", f"{url}/x.zip")
    assert done == {
        "name": "ml-latest-small",
        "path": str(tmp_path / "home" / "datasets" / "ml-latest-small"),
        "bytes": len(content),
        "checksum": f"md5:{digits}",
    }
    rows = {row["name"]: row["installed"] for row in answer("datasets")}
    assert rows["ml-latest-small"]
    assert answer("neighbours", "ml-latest-small", 1, "--k", 1, "--space", "raw")["neighbours"][0]["user"] == 2


def test_progress_goes_to_standard_error_only(run, mirror, monkeypatch, tmp_path):
    monkeypatch.setenv("UCF_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    folder, url = mirror
    with zipfile.ZipFile(folder / "x.zip", "w") as archive:
        archive.writestr("ratings.csv", "userId,movieId,rating,timestamp\n1,10,4.0,1\n2,10,3.5,2\n")
    digits = hashlib.md5((folder / "x.zip").read_bytes()).hexdigest()
    words = ("download", "ml-1m", "--url", f"{url}/x.zip", "--checksum", f"md5:{digits}", "--json")
    code, out, err = run(*words)
    assert code == 0
    assert json.loads(out)["checksum"] == f"md5:{digits}"
    assert "ml-1m" in err


def test_a_download_with_the_wrong_checksum_is_refused_and_leaves_nothing(refusal, mirror, monkeypatch, tmp_path):
    monkeypatch.setenv("UCF_HOME", str(tmp_path / "home"))
    folder, url = mirror
    (folder / "ml-1m.zip").write_bytes(b"not what GroupLens published")
    assert "wrong MD5: expected c4d9eecf" in refusal("download", "ml-1m", "--url", f"{url}/ml-1m.zip")
    assert not list((tmp_path / "home").rglob("*.*"))


def test_a_download_that_is_not_there_is_refused(refusal, mirror, monkeypatch, tmp_path):
    monkeypatch.setenv("UCF_HOME", str(tmp_path / "home"))
    assert "404" in refusal("download", "ml-1m", "--url", f"{mirror[1]}/nosuch.zip")


def test_without_a_network_the_remedy_is_named(refusal, monkeypatch, tmp_path):
    monkeypatch.setenv("UCF_HOME", str(tmp_path / "home"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{probe.getsockname()[1]}/ml-1m.zip"
        assert "check the network" in refusal("download", "ml-1m", "--url", closed)
