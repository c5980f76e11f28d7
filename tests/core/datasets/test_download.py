import contextlib
import http.server
import socket
import threading
import zipfile
from dataclasses import dataclass, field

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from published import ROWS, WRITERS, entries, md5, write_100k, write_csv, zipped

from ucf_core.base.errors import CancelledError, DatasetError, DownloadError
from ucf_core.datasets.load import load_ratings
from ucf_core.datasets.sources import archive
from ucf_core.datasets.sources.download import download, fetch, parse_checksum


@dataclass
class Mirror:
    """A server on this machine: what it answers by path, and which paths were asked for."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    cut: set[str] = field(default_factory=set)  # paths that break off in the middle
    chunked: set[str] = field(default_factory=set)  # paths without a Content-Length
    asked: list[str] = field(default_factory=list)

    def serve(self, path, content):
        self.files[path] = content
        return self.url + path


@pytest.fixture
def mirror():
    mirror = Mirror()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            mirror.asked.append(self.path)
            content = mirror.files.get(self.path)
            if content is None:
                self.send_error(404)
                return
            self.send_response(200)
            if self.path not in mirror.chunked:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if self.path in mirror.cut else content)

        def log_message(self, format, *args):  # noqa: A002
            """Log nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        mirror.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield mirror
        server.shutdown()
        thread.join()


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def good(tmp_path):
    """A whole archive in the layout of ml-100k."""
    return zipped(write_100k(tmp_path / "made" / "ml-100k"), tmp_path / "ml-100k.zip")


def left(home):
    """All files in a home except locks."""
    return sorted(str(path.relative_to(home)) for path in (home / "datasets").rglob("*") if path.is_file())


def zip_of(path, **files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in files.items():
            target.writestr(name, content)
    return path


@pytest.mark.parametrize(("name", "form"), [("ml-25m", "csv"), ("ml-1m", "dat"), ("ml-100k", "u.data")])
def test_a_published_archive_becomes_a_dataset_that_loads_by_name(name, form, mirror, home, tmp_path):
    made = zipped(WRITERS[form](tmp_path / "made"), tmp_path / "x.zip", inside=name)
    url = mirror.serve(f"/{name}.zip", made.read_bytes())
    done = download(name, home=home, url=url, checksum=md5(made))
    assert (done.name, done.path) == (name, home / "datasets" / name)
    assert (done.bytes, done.checksum) == (made.stat().st_size, f"md5:{md5(made)}")
    assert entries(load_ratings(name, home=home)) == sorted(ROWS)
    assert [path.name for path in (home / "datasets").iterdir()] == [name]
    assert not list(home.rglob("*.zip"))


def test_progress_runs_from_the_first_bytes_to_the_total(mirror, home, tmp_path):
    write_100k(tmp_path / "big")
    (tmp_path / "big" / "noise").write_bytes(bytes(range(256)) * 4_000)
    made = tmp_path / "big.zip"
    with zipfile.ZipFile(made, "w") as target:
        for path in (tmp_path / "big").iterdir():
            target.write(path, path.name)
    seen = []
    url = mirror.serve("/big.zip", made.read_bytes())
    download("ml-100k", home=home, url=url, checksum=md5(made), progress=lambda *state: seen.append(state))
    size = made.stat().st_size
    assert len(seen) > 5
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1] == (size, size)
    assert {total for _, total in seen} == {size}


def test_progress_says_so_when_the_total_is_unknown(mirror, home, good):
    mirror.chunked.add("/x.zip")
    seen = []
    url = mirror.serve("/x.zip", good.read_bytes())
    download("ml-100k", home=home, url=url, checksum=md5(good), progress=lambda *state: seen.append(state))
    assert seen
    assert {total for _, total in seen} == {None}


def test_a_mirror_must_serve_what_the_registry_expects(mirror, home, good):
    url = mirror.serve("/ml-100k.zip", good.read_bytes())
    with pytest.raises(DownloadError, match=rf"wrong MD5: expected 0e33842e24a9c977be4e0107933c0723, got {md5(good)}"):
        download("ml-100k", home=home, url=url)
    assert left(home) == []


@pytest.mark.parametrize("text", ["MD5 (ml-32m.zip) = {}\n", "{}  ml-32m.zip\n", "{}"])
@pytest.mark.parametrize("name", ["ml-latest-small", "ml-32m"])
def test_the_md5_beside_the_archive_is_used_where_the_registry_has_none(name, text, mirror, home, tmp_path):
    made = zipped(write_csv(tmp_path / name), tmp_path / "x.zip")
    url = mirror.serve("/x.zip", made.read_bytes())
    mirror.serve("/x.zip.md5", text.format(md5(made)).encode())
    assert download(name, home=home, url=url).checksum == f"md5:{md5(made)}"
    mirror.serve("/x.zip.md5", text.format("0" * 32).encode())
    with pytest.raises(DownloadError, match="wrong MD5"):
        download(name, home=home, url=url)
    assert entries(load_ratings(name, home=home)) == sorted(ROWS)


@pytest.mark.parametrize("text", [None, b"<html>not found</html>", b"\xff\xfe"])
def test_without_an_md5_beside_the_archive_one_is_asked_for(text, mirror, home, good):
    url = mirror.serve("/x.zip", good.read_bytes())
    if text is not None:
        mirror.serve("/x.zip.md5", text)
    with pytest.raises(DownloadError, match="--checksum"):
        download("ml-32m", home=home, url=url)
    assert left(home) == []


def test_sha256_is_accepted(mirror, home, good):
    import hashlib

    digest = hashlib.sha256(good.read_bytes()).hexdigest()
    url = mirror.serve("/x.zip", good.read_bytes())
    assert download("ml-100k", home=home, url=url, checksum=digest.upper()).checksum == f"sha256:{digest}"


@pytest.mark.parametrize("text", ["", "md5:", "abc", "md5:" + "0" * 64, "sha1:" + "0" * 40, "g" * 32])
def test_text_that_is_no_checksum_is_refused(text):
    with pytest.raises(DownloadError, match="is not a checksum; give md5:"):
        parse_checksum(text)


def test_what_is_installed_is_not_fetched_again(mirror, home, good):
    url = mirror.serve("/x.zip", good.read_bytes())
    first = download("ml-100k", home=home, url=url, checksum=md5(good))
    assert download("ml-100k", home=home, url=url, checksum=md5(good)) == first
    assert mirror.asked == ["/x.zip"]


def test_another_archive_replaces_what_is_installed(mirror, home, good, tmp_path):
    url = mirror.serve("/x.zip", good.read_bytes())
    download("ml-100k", home=home, url=url, checksum=md5(good))
    other = zipped(write_100k(tmp_path / "other", ROWS[:2]), tmp_path / "other.zip")
    url = mirror.serve("/other.zip", other.read_bytes())
    download("ml-100k", home=home, url=url, checksum=md5(other))
    assert load_ratings("ml-100k", home=home).n_ratings == 2
    assert [path.name for path in (home / "datasets").iterdir()] == ["ml-100k"]


def test_a_failed_download_keeps_what_was_installed(mirror, home, good):
    url = mirror.serve("/x.zip", good.read_bytes())
    download("ml-100k", home=home, url=url, checksum=md5(good))
    with pytest.raises(DownloadError):
        download("ml-100k", home=home, url=url, checksum="0" * 32)
    assert load_ratings("ml-100k", home=home).n_ratings == len(ROWS)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_transfer_that_breaks_off_leaves_nothing_and_the_next_try_works(chunked, mirror, home, good):
    url = mirror.serve("/x.zip", good.read_bytes())
    mirror.cut.add("/x.zip")
    if chunked:
        mirror.chunked.add("/x.zip")
    with pytest.raises(DownloadError, match="wrong MD5" if chunked else "broke off"):
        download("ml-100k", home=home, url=url, checksum=md5(good))
    assert left(home) == []
    mirror.cut.clear()
    assert download("ml-100k", home=home, url=url, checksum=md5(good)).path.is_dir()


def test_a_missing_archive_gives_its_status(mirror, home):
    with pytest.raises(DownloadError, match=r"nowhere\.zip answered 404 Not Found; check the address"):
        download("ml-100k", home=home, url=mirror.url + "/nowhere.zip")
    assert left(home) == []


@pytest.mark.parametrize("name", ["ml-100k", "ml-32m"])
def test_a_server_that_is_not_there_is_reported_as_such(name, home):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(DownloadError, match="cannot be reached; check the network"):
        download(name, home=home, url=f"http://127.0.0.1:{port}/x.zip")


@pytest.mark.parametrize("url", ["ftp://example.org/x.zip", "file:///etc/passwd", "x.zip", "http://", "http://[::1"])
def test_a_url_that_is_not_http_is_refused(url, home):
    with pytest.raises(DownloadError, match="give a URL that starts with https://"):
        download("ml-100k", home=home, url=url)


@pytest.mark.parametrize("name", ["ml-26m", "../ml-25m", "/etc", "ml-25m/..", "a\\b", "", "ML-25M", "ml-25m\n"])
def test_a_name_that_is_not_in_the_registry_is_refused_and_the_known_ones_are_listed(name, home):
    with pytest.raises(DatasetError, match="is not a known dataset; choose one of sample, ml-latest-small, ml-100k"):
        download(name, home=home)
    assert not home.exists()


def test_the_sample_needs_no_download(home):
    with pytest.raises(DatasetError, match="sample is embedded"):
        download("sample", home=home)


def test_cancelling_at_any_moment_leaves_nothing(mirror, home, good):
    url = mirror.serve("/x.zip", good.read_bytes())
    moments = 0

    def cancel_at(moment):
        calls = iter(range(1_000))
        return lambda: next(calls) >= moment

    while True:
        try:
            download("ml-100k", home=home, url=url, checksum=md5(good), cancelled=cancel_at(moments))
            break
        except CancelledError:
            assert left(home) == []
        moments += 1
    assert moments > 3
    assert load_ratings("ml-100k", home=home).n_ratings == len(ROWS)


def test_leftovers_of_a_killed_download_are_removed(mirror, home, good):
    leftover = home / "datasets" / ".partial-ml-100k-x1y2"
    leftover.mkdir(parents=True)
    (leftover / "ml-100k.zip").write_bytes(b"half")
    url = mirror.serve("/x.zip", good.read_bytes())
    download("ml-100k", home=home, url=url, checksum=md5(good))
    assert [path.name for path in (home / "datasets").iterdir()] == ["ml-100k"]


def test_a_second_download_at_the_same_time_is_refused(mirror, home, good):
    url = mirror.serve("/x.zip", good.read_bytes())
    refusals = []

    def at_once(done, total):
        if not refusals:
            with pytest.raises(DownloadError, match="is being downloaded already") as caught:
                download("ml-100k", home=home, url=url, checksum=md5(good))
            refusals.append(caught.value)

    download("ml-100k", home=home, url=url, checksum=md5(good), progress=at_once)
    assert refusals
    assert load_ratings("ml-100k", home=home).n_ratings == len(ROWS)


def test_a_home_that_cannot_be_written_is_reported(mirror, home, good):
    home.write_text("in the way")
    url = mirror.serve("/x.zip", good.read_bytes())
    with pytest.raises(DownloadError, match="ml-100k cannot be kept in"):
        download("ml-100k", home=home, url=url, checksum=md5(good))


def _link(path):
    with zipfile.ZipFile(path, "w") as target:
        entry = zipfile.ZipInfo("ml-100k/u.data")
        entry.external_attr = 0o120777 << 16
        target.writestr(entry, "/etc/passwd")


def _pipe(path):
    with zipfile.ZipFile(path, "w") as target:
        entry = zipfile.ZipInfo("ml-100k/u.data")
        entry.external_attr = 0o010644 << 16
        target.writestr(entry, "")


def _encrypted(path):
    zip_of(path, x="content")
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1  # the flag in the table of contents
    path.write_bytes(bytes(content))


def _twice(path):
    with zipfile.ZipFile(path, "w") as target:
        target.writestr("ml/U.data", "1")
        target.writestr("ml/u.data", "2")


def _packed_otherwise(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as target:
        target.writestr("x", "content")


def _named(name):
    return lambda path: zip_of(path, **{"ml-100k/u.data": "1\t2\t3\t4\n", name: "out"})


BAD_ARCHIVES = {
    "climbing": (_named("../escaped"), r"the entry '\.\./escaped' climbs out of the folder"),
    "climbing from within": (_named("ml-100k/../../escaped"), "climbs out"),
    "absolute": (_named("/escaped"), "climbs out"),
    "drive": (_named("C:/escaped"), "climbs out"),
    "backslashes": (_named("..\\escaped"), "climbs out"),
    "link": (_link, "the entry 'ml-100k/u.data' is a link"),
    "pipe": (_pipe, "is neither a file nor a folder"),
    "encrypted": (_encrypted, "the entry 'x' is encrypted"),
    "twice": (_twice, "the entry 'ml/u.data' comes twice"),
    "bomb": (lambda path: zip_of(path, x=bytes(8 << 20)), "the entry 'x' would unpack to more than 200 times"),
    "method": (_packed_otherwise, "the entry 'x' is packed by a method other than deflate"),
    "file as folder": (lambda path: zip_of(path, **{"a": "1", "a/b": "2"}), "cannot be unpacked"),
    "not a zip": (lambda path: path.write_text("<html>Please log in</html>"), "is not a whole zip archive"),
    "empty": (lambda path: path.write_bytes(b""), "is not a whole zip archive"),
    "no dataset": (lambda path: zip_of(path, **{"ml/readme.txt": "hello"}), "holds no MovieLens dataset"),
}


@pytest.mark.parametrize("kind", BAD_ARCHIVES)
def test_a_bad_archive_is_refused_and_nothing_is_left(kind, mirror, home, tmp_path):
    make, says = BAD_ARCHIVES[kind]
    path = tmp_path / "bad.zip"
    make(path)
    url = mirror.serve("/bad.zip", path.read_bytes())
    before = sorted(tmp_path.iterdir())
    with pytest.raises(DownloadError, match=says):
        download("ml-100k", home=home, url=url, checksum=md5(path))
    assert left(home) == []
    assert sorted(tmp_path.iterdir()) == sorted({*before, home})


def test_a_truncated_archive_is_refused(mirror, home, good):
    url = mirror.serve("/x.zip", good.read_bytes()[:-30])
    good.write_bytes(good.read_bytes()[:-30])
    with pytest.raises(DownloadError, match="is not a whole zip archive"):
        download("ml-100k", home=home, url=url, checksum=md5(good))
    assert left(home) == []


def test_a_damaged_entry_is_refused(mirror, home, good):
    content = bytearray(good.read_bytes())
    content[content.index(b"u.data") + 20] ^= 0xFF
    good.write_bytes(bytes(content))
    url = mirror.serve("/x.zip", good.read_bytes())
    with pytest.raises(DownloadError, match="is not a whole zip archive"):
        download("ml-100k", home=home, url=url, checksum=md5(good))
    assert left(home) == []


@pytest.mark.parametrize(
    ("bound", "value", "says"),
    [
        ("MAX_ENTRIES", 2, "has 4 entries; at most 2 are unpacked"),
        ("MAX_BYTES", 100, "would unpack to"),
    ],
)
def test_an_archive_beyond_the_bounds_is_refused(bound, value, says, mirror, home, good, monkeypatch):
    monkeypatch.setattr(archive, bound, value)
    url = mirror.serve("/x.zip", good.read_bytes())
    with pytest.raises(DownloadError, match=says):
        download("ml-100k", home=home, url=url, checksum=md5(good))
    assert left(home) == []


@given(position=st.floats(0, 1, exclude_max=True), value=st.integers(0, 255))
@settings(max_examples=150, deadline=None)
def test_whatever_byte_of_an_archive_is_wrong_the_answer_is_one_clear_error(position, value, tmp_path_factory):
    folder = tmp_path_factory.mktemp("damaged")
    path = zipped(write_100k(folder / "made"), folder / "x.zip")
    content = bytearray(path.read_bytes())
    content[int(position * len(content))] = value
    path.write_bytes(bytes(content))
    into = folder / "unpacked"
    into.mkdir()
    with contextlib.suppress(DownloadError):
        archive.unpack(path, into)
    assert {entry.name for entry in folder.iterdir()} == {"made", "x.zip", "unpacked"}


def test_many_small_entries_may_be_a_bomb_together(mirror, home, tmp_path):
    path = zip_of(tmp_path / "bad.zip", **{f"file {n}": bytes(900_000) for n in range(20)})
    url = mirror.serve("/bad.zip", path.read_bytes())
    with pytest.raises(DownloadError, match="times its size; at most 200 times is believed"):
        download("ml-100k", home=home, url=url, checksum=md5(path))


@pytest.mark.parametrize("end", ["not there", "cancelled", "whole"])
def test_every_answer_of_a_server_is_closed_however_the_download_ends(end, mirror, tmp_path, monkeypatch):
    """An answer left open keeps its socket until it is collected, in whatever code runs then."""
    answers = []
    get = requests.get
    monkeypatch.setattr(requests, "get", lambda *args, **options: answers.append(get(*args, **options)) or answers[-1])
    there = mirror.serve("/there.zip", b"x" * 5_000_000)
    url = f"{mirror.url}/nosuch.zip" if end == "not there" else there
    asked = iter([False, False, *[end == "cancelled"] * 999])
    expected = {"not there": DownloadError, "cancelled": CancelledError}.get(end)
    with pytest.raises(expected) if expected else contextlib.nullcontext():
        fetch(url, tmp_path / "got", cancelled=lambda: next(asked))
    assert len(answers) == 1
    assert answers[0].raw.closed
