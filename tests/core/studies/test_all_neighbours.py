"""The neighbours of all users in a file: what is in it, what survives a kill, what is refused, and the command."""

import errno
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import toy
from filelock import FileLock
from toy import clustered_ratings, ratings_from

import ucf_core as ucf
from ucf_core import cli
from ucf_core.base import memory
from ucf_core.base.errors import ArtifactError, CancelledError, SpecError, UcfError
from ucf_core.base.specs import QuerySpec
from ucf_core.index.exact import SparseExactIndex
from ucf_core.neighbours.neighbours import without_self
from ucf_core.studies.all_neighbours import files as all_neighbours_files
from ucf_core.studies.all_neighbours import run as module
from ucf_core.studies.all_neighbours.run import AllNeighbours, all_neighbours

EVERY_WAY = [("svd", "exact"), ("svd", "hnsw"), ("raw", "exact"), ("raw", "hnsw")]


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    """Parts of 64 users: seven of 400, the last one of 16."""
    monkeypatch.setattr(module, "_PART", 64)


@pytest.fixture(scope="module")
def explorer(clustered):
    return ucf.Explorer(clustered, in_memory=True)


def query(space: str = "raw", engine: str = "exact", **changes) -> QuerySpec:
    return QuerySpec(**{"k": 10, "space": space, "engine": engine, "ef": 200, **changes})


def contents(path: Path) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as file:
        return dict(file)


def parts_of(out: Path) -> list[Path]:
    return sorted(out.with_name(f"{out.name}.parts").glob("*.part"))


def stop_at(users: int):
    """A progress that raises once so many users are done, and the reports that it heard."""
    heard = []

    def progress(done, total):
        heard.append((done, total))
        if done >= users:
            raise CancelledError("stopped")

    progress.heard = heard
    return progress


class TestContents:
    @pytest.mark.parametrize(("space", "engine"), EVERY_WAY)
    def test_each_row_is_what_the_explorer_says_of_that_user(self, tmp_path, explorer, space, engine):
        made = all_neighbours(explorer, query(space, engine), out=tmp_path / "all.npz")
        found = contents(made.path)
        for row in range(0, 400, 13):
            alone = explorer.neighbours(explorer.ratings.users.raw(row), query(space, engine))
            np.testing.assert_array_equal(found["rows"][row], alone.rows)
            np.testing.assert_array_equal(found["users"][row], alone.users)
            np.testing.assert_array_equal(found["similarities"][row], alone.similarities)

    def test_the_raw_space_equals_brute_force_for_everybody(self, tmp_path, explorer, clustered):
        found = contents(all_neighbours(explorer, query(), out=tmp_path / "all.npz").path)
        exact = SparseExactIndex(clustered.matrix).search(clustered.matrix, k=11)
        rows, similarities = without_self(exact, np.arange(400), 10)
        np.testing.assert_array_equal(found["rows"], rows)
        np.testing.assert_array_equal(found["similarities"], similarities)

    def test_shapes_types_and_order(self, tmp_path, explorer):
        found = contents(all_neighbours(explorer, query(), out=tmp_path / "all.npz").path)
        assert {name: (array.shape, array.dtype.str) for name, array in found.items()} == {
            "users": ((400, 10), "<i4"),
            "similarities": ((400, 10), "<f4"),
            "rows": ((400, 10), "<i4"),
            "row_ids": ((400,), "<i8"),
        }
        np.testing.assert_array_equal(found["row_ids"], explorer.ratings.users.ids)
        assert np.all(np.diff(found["similarities"]) <= 0)
        assert not (found["rows"] == np.arange(400)[:, None]).any()

    def test_the_report(self, tmp_path, explorer):
        made = all_neighbours(explorer, query("svd", dim=16), out=tmp_path / "all.npz")
        assert made == AllNeighbours(tmp_path / "all.npz", 400, 10, 16, "svd", "exact", made.seconds, 7, 0)
        assert made.seconds > 0

    def test_the_default_engine_is_that_of_the_space(self, tmp_path, explorer):
        engines = [
            all_neighbours(explorer, QuerySpec(k=3, space=space), out=tmp_path / "all.npz").engine
            for space in ("svd", "raw")
        ]
        assert engines == ["hnsw", "exact"]

    @pytest.mark.parametrize("ids", [["ann", "bob", "cyd", "dan"], [1, 2, 3, 2**31], [-(2**31) - 1, 2, 3, 4]])
    def test_ids_that_are_no_int32_are_stored_as_rows(self, tmp_path, ids):
        ratings = ratings_from({user: {item: 3, 9: 4} for item, user in enumerate(ids)})
        made = all_neighbours(ucf.Explorer(ratings, in_memory=True), query(k=3), out=tmp_path / "all.npz")
        found = contents(made.path)
        assert found["users"].dtype == np.int32
        np.testing.assert_array_equal(found["users"], found["rows"])
        assert found["row_ids"].tolist() == ids

    @pytest.mark.parametrize("ids", [[1, 2, 3, 2**31 - 1], [-(2**31), 2, 3, 4]])
    def test_the_largest_int32_is_an_id_still(self, tmp_path, ids):
        ratings = ratings_from({user: {item: 3, 9: 4} for item, user in enumerate(ids)})
        made = all_neighbours(ucf.Explorer(ratings, in_memory=True), query(k=3), out=tmp_path / "all.npz")
        found = contents(made.path)
        np.testing.assert_array_equal(found["users"], np.array(ids)[found["rows"]])

    @pytest.mark.parametrize("k", [1, 399])
    def test_the_smallest_and_the_largest_k(self, tmp_path, explorer, k):
        found = contents(all_neighbours(explorer, query(k=k), out=tmp_path / "all.npz").path)
        assert found["users"].shape == (400, k)

    def test_a_file_that_is_there_is_replaced_and_nothing_else_is_left(self, tmp_path, explorer):
        (tmp_path / "all.npz").write_text("something else")
        all_neighbours(explorer, query(), out=tmp_path / "all.npz")
        assert contents(tmp_path / "all.npz")["users"].shape == (400, 10)
        assert [path.name for path in tmp_path.iterdir()] == ["all.npz"]


class TestProgress:
    @pytest.mark.parametrize(("space", "engine"), EVERY_WAY)
    def test_it_runs_from_nothing_to_all_users(self, tmp_path, explorer, space, engine):
        heard = []
        all_neighbours(explorer, query(space, engine), out=tmp_path / "all.npz", progress=lambda *at: heard.append(at))
        assert {total for _, total in heard} == {400}
        done = [at for at, _ in heard]
        assert (done[0], done[-1]) == (0, 400)
        assert done == sorted(done)

    @pytest.mark.parametrize(("space", "engine"), EVERY_WAY)
    def test_it_may_stop_the_work_which_is_resumed_to_the_same_bytes(self, tmp_path, explorer, space, engine):
        out, whole = tmp_path / "all.npz", tmp_path / "whole.npz"
        with pytest.raises(CancelledError, match="stopped"):
            all_neighbours(explorer, query(space, engine), out=out, progress=stop_at(200))
        assert not out.exists()
        assert len(parts_of(out)) == 3
        goes_on = stop_at(999)
        made = all_neighbours(explorer, query(space, engine), out=out, progress=goes_on)
        assert (made.resumed_blocks, made.blocks) == (3, 7)
        assert goes_on.heard[0] == (192, 400)
        assert all_neighbours(explorer, query(space, engine), out=whole).resumed_blocks == 0
        assert out.read_bytes() == whole.read_bytes()
        assert sorted(path.name for path in tmp_path.iterdir()) == ["all.npz", "whole.npz"]

    def test_a_stop_before_the_first_part_leaves_nothing(self, tmp_path, explorer):
        with pytest.raises(CancelledError):
            all_neighbours(explorer, query(), out=tmp_path / "all.npz", progress=stop_at(0))
        assert not list(tmp_path.iterdir())

    def test_a_stop_is_noticed_while_the_index_is_built(self, tmp_path, clustered, monkeypatch):
        explorer = ucf.Explorer(clustered, in_memory=True)
        asked = []

        def index(query, *, progress):
            asked.append(True)
            progress(17, 1000)

        heard = []

        def progress(done, total):
            heard.append((done, total))
            if asked:
                raise CancelledError("stopped")

        monkeypatch.setattr(explorer.builds, "index", index)
        with pytest.raises(CancelledError):
            all_neighbours(explorer, query("svd", "hnsw"), out=tmp_path / "all.npz", progress=progress)
        assert set(heard) == {(0, 400)}


class TestResuming:
    @pytest.fixture
    def stopped(self, tmp_path, explorer) -> Path:
        """A run that was stopped with three of seven parts done."""
        with pytest.raises(CancelledError):
            all_neighbours(explorer, query(), out=tmp_path / "all.npz", progress=stop_at(200))
        return tmp_path / "all.npz"

    @pytest.fixture
    def whole(self, tmp_path_factory, explorer) -> bytes:
        out = tmp_path_factory.mktemp("whole") / "all.npz"
        return all_neighbours(explorer, query(), out=out).path.read_bytes()

    @pytest.mark.parametrize(
        "damage",
        [
            lambda whole: b"",
            lambda whole: whole[:5],
            lambda whole: whole[:-1],
            lambda whole: whole + b"x",
            lambda whole: bytes(len(whole)),
            lambda whole: whole[:100] + bytes([whole[100] ^ 1]) + whole[101:],
            lambda whole: whole[:-3] + bytes([whole[-3] ^ 1]) + whole[-2:],
        ],
    )
    def test_a_damaged_part_is_made_again(self, stopped, explorer, whole, damage, caplog):
        part = parts_of(stopped)[1]
        part.write_bytes(damage(part.read_bytes()))
        with caplog.at_level(logging.WARNING):
            made = all_neighbours(explorer, query(), out=stopped)
        assert made.resumed_blocks == 2
        assert stopped.read_bytes() == whole
        assert [record.message.endswith("it is made again") for record in caplog.records] == [True]

    def test_a_part_in_the_place_of_another_is_made_again(self, stopped, explorer, whole):
        first, second, _ = parts_of(stopped)
        shutil.copy(first, second)
        assert all_neighbours(explorer, query(), out=stopped).resumed_blocks == 2
        assert stopped.read_bytes() == whole

    def test_a_part_that_cannot_be_read_is_made_again(self, stopped, explorer, whole):
        part = parts_of(stopped)[0]
        part.unlink()
        part.mkdir()
        with pytest.raises(ArtifactError, match=r"cannot write .*00000000\.part"):
            all_neighbours(explorer, query(), out=stopped)
        part.rmdir()
        assert all_neighbours(explorer, query(), out=stopped).resumed_blocks == 2
        assert stopped.read_bytes() == whole

    @pytest.mark.parametrize(
        "other", [query(k=11), query("svd"), query("raw", "hnsw"), query("svd", "hnsw"), query("svd", dim=8)]
    )
    def test_parts_of_other_settings_are_not_used(self, stopped, explorer, other):
        assert all_neighbours(explorer, other, out=stopped).resumed_blocks == 0
        assert [path.name for path in stopped.parent.iterdir()] == ["all.npz"]

    @pytest.mark.parametrize("changes", [{"ef": 999}, {"M": 5}, {"seed": 7}, {"dim": 9}])
    def test_settings_that_have_no_say_do_not_matter(self, stopped, explorer, changes):
        assert all_neighbours(explorer, query(**changes), out=stopped).resumed_blocks == 3

    @pytest.mark.parametrize("changes", [{"ef": 201}, {"M": 31}, {"seed": 7}, {"dim": 9}, {"ef_construction": 99}])
    def test_settings_that_have_a_say_do(self, tmp_path, explorer, changes):
        out = tmp_path / "all.npz"
        with pytest.raises(CancelledError):
            all_neighbours(explorer, query("svd", "hnsw"), out=out, progress=stop_at(200))
        assert all_neighbours(explorer, query("svd", "hnsw", **changes), out=out).resumed_blocks == 0

    def test_parts_of_another_dataset_are_not_used(self, stopped):
        other = ucf.Explorer(clustered_ratings(400, 300, 8, seed=2), in_memory=True)
        assert all_neighbours(other, query(), out=stopped).resumed_blocks == 0

    def test_parts_of_another_version_are_not_used(self, stopped, explorer, monkeypatch):
        monkeypatch.setattr(module, "FORMAT", 99)
        assert all_neighbours(explorer, query(), out=stopped).resumed_blocks == 0

    def test_a_kill_between_the_last_part_and_the_file_costs_nothing(self, tmp_path, explorer, whole, monkeypatch):
        out = tmp_path / "all.npz"
        with monkeypatch.context() as patch:
            patch.setattr(all_neighbours_files.Parts, "finish", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                all_neighbours(explorer, query(), out=out)
        (out.with_name("all.npz.parts") / "joined.tmp").write_bytes(b"half")
        made = all_neighbours(explorer, query(), out=out)
        assert made.resumed_blocks == made.blocks == 7
        assert out.read_bytes() == whole
        assert [path.name for path in tmp_path.iterdir()] == ["all.npz"]

    @pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs signals")
    def test_a_killed_process_is_resumed_to_the_same_bytes(self, tmp_path, explorer, whole):
        code = (
            "import sys, time\n"
            f"sys.path.insert(0, {str(Path(toy.__file__).parent)!r})\n"
            "from pathlib import Path\n"
            "from toy import clustered_ratings\n"
            "import ucf_core as ucf\n"
            "from ucf_core.studies.all_neighbours import run as module\n"
            "from ucf_core.base.specs import QuerySpec\n"
            "module._PART = 64\n"
            "explorer = ucf.Explorer(clustered_ratings(400, 300, 8, seed=1), in_memory=True)\n"
            "query = QuerySpec(k=10, space='raw', engine='exact')\n"
            "slow = lambda done, total: time.sleep(0.05 if done < 200 else 60)\n"
            "module.all_neighbours(explorer, query, out=Path(sys.argv[1]), progress=slow)\n"
        )
        out = tmp_path / "all.npz"
        with subprocess.Popen([sys.executable, "-c", code, str(out)]) as process:
            limit = time.monotonic() + 60
            while len(parts_of(out)) < 3 and process.poll() is None and time.monotonic() < limit:
                time.sleep(0.02)
            with pytest.raises(ArtifactError, match="another process is working on"):
                all_neighbours(explorer, query(), out=out)
            process.kill()
        assert process.returncode == -signal.SIGKILL
        assert not out.exists()
        assert all_neighbours(explorer, query(), out=out).resumed_blocks == 3
        assert out.read_bytes() == whole
        assert [path.name for path in tmp_path.iterdir()] == ["all.npz"]


class TestRefusals:
    @pytest.mark.parametrize("k", [400, 1000])
    def test_more_neighbours_than_other_users(self, tmp_path, explorer, k):
        with pytest.raises(SpecError, match=f"k={k} exceeds the 399 other users"):
            all_neighbours(explorer, query(k=k), out=tmp_path / "all.npz")

    def test_more_dimensions_than_the_rank(self, tmp_path, explorer):
        with pytest.raises(SpecError, match="dim=301 exceeds the rank 300"):
            all_neighbours(explorer, query("svd", dim=301), out=tmp_path / "all.npz")
        assert not list(tmp_path.iterdir())

    def test_a_folder(self, tmp_path, explorer):
        with pytest.raises(ArtifactError, match=r"is a folder; give the name of a file, such as .*neighbours\.npz"):
            all_neighbours(explorer, query(), out=tmp_path)

    def test_a_folder_that_is_not_there(self, tmp_path, explorer):
        with pytest.raises(ArtifactError, match=r"missing is not a folder; create it, .* place for all\.npz"):
            all_neighbours(explorer, query(), out=tmp_path / "missing" / "all.npz")

    def test_a_file_in_the_place_of_the_folder(self, tmp_path, explorer):
        (tmp_path / "file").touch()
        with pytest.raises(ArtifactError, match="file is not a folder"):
            all_neighbours(explorer, query(), out=tmp_path / "file" / "all.npz")

    def test_a_file_in_the_place_of_the_work_folder(self, tmp_path, explorer):
        (tmp_path / "all.npz.parts").touch()
        with pytest.raises(ArtifactError, match=r"cannot write .*all\.npz \(File exists\)"):
            all_neighbours(explorer, query(), out=tmp_path / "all.npz")

    def test_a_folder_that_is_not_to_be_written(self, tmp_path, explorer, monkeypatch):
        def refuse(*_, **__):
            raise PermissionError(errno.EACCES, "Permission denied")

        monkeypatch.setattr(Path, "mkdir", refuse)
        with pytest.raises(
            ArtifactError, match=r"cannot write .*all\.npz \(Permission denied\); choose a folder you may write to"
        ):
            all_neighbours(explorer, query(), out=tmp_path / "all.npz")

    def test_a_disk_that_fills_up_keeps_what_is_finished(self, tmp_path, explorer, monkeypatch):
        out, write = tmp_path / "all.npz", Path.write_bytes

        def fill_up(path, contents):
            if path.name.startswith("00000002"):
                write(path, contents[:100])
                raise OSError(errno.ENOSPC, "No space left on device")
            return write(path, contents)

        with monkeypatch.context() as patch:
            patch.setattr(Path, "write_bytes", fill_up)
            with pytest.raises(
                ArtifactError,
                match=r"cannot write .*00000002\.part \(No space left on device\); free some space and run it again: "
                "finished parts are kept",
            ):
                all_neighbours(explorer, query(), out=out)
        assert [path.name for path in parts_of(out)] == ["00000000.part", "00000001.part"]
        assert not list(out.with_name("all.npz.parts").glob("*.tmp"))
        assert all_neighbours(explorer, query(), out=out).resumed_blocks == 2

    def test_a_disk_that_fills_up_at_the_end_leaves_no_half_file(self, tmp_path, explorer, monkeypatch):
        out = tmp_path / "all.npz"

        def fill_up(*_):
            raise OSError(errno.ENOSPC, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", fill_up)
            with pytest.raises(ArtifactError, match=r"cannot write .*all\.npz \(No space left on device\); free some"):
                all_neighbours(explorer, query(), out=out)
        assert not out.exists()
        assert not list(out.with_name("all.npz.parts").glob("*.tmp"))
        assert all_neighbours(explorer, query(), out=out).resumed_blocks == 7

    def test_too_little_room_on_the_disk_is_said_before(self, tmp_path, explorer, monkeypatch):
        usage = shutil._ntuple_diskusage(10**9, 10**9, 79_999)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
        with pytest.raises(ArtifactError, match=r"needs about 0\.00 GB while it is made, and 0\.00 GB are free; free"):
            all_neighbours(explorer, query(), out=tmp_path / "all.npz")
        assert not list(tmp_path.iterdir())

    @pytest.mark.parametrize(("space", "engine"), EVERY_WAY)
    def test_too_little_memory_is_said_before(self, tmp_path, explorer, monkeypatch, space, engine):
        monkeypatch.setattr(memory, "available_bytes", lambda: 100_000)
        with pytest.raises(
            UcfError,
            match=rf"finding all neighbours in the {space} space needs about 0\.\d\d GB of memory, and 0\.00 GB are "
            "available; close other programs, or take a smaller dataset",
        ):
            all_neighbours(explorer, query(space, engine), out=tmp_path / "all.npz")
        assert not list(tmp_path.iterdir())

    def test_a_file_that_another_is_working_on(self, tmp_path, explorer):
        folder = tmp_path / "all.npz.parts"
        folder.mkdir()
        with (
            FileLock(folder / "lock"),
            pytest.raises(
                ArtifactError,
                match=r"another process is working on .*all\.npz; wait until it is done, or choose another file",
            ),
        ):
            all_neighbours(explorer, query(), out=tmp_path / "all.npz")
        assert all_neighbours(explorer, query(), out=tmp_path / "all.npz").rows == 400

    def test_a_part_that_breaks_while_it_waits(self, tmp_path, explorer, monkeypatch):
        out = tmp_path / "all.npz"
        finish = all_neighbours_files.Parts.finish

        def break_one(parts, *arguments):
            parts_of(out)[3].write_bytes(b"")
            finish(parts, *arguments)

        with monkeypatch.context() as patch:
            patch.setattr(all_neighbours_files.Parts, "finish", break_one)
            with pytest.raises(ArtifactError, match=r"00000003\.part was damaged while it was waiting; run it again"):
                all_neighbours(explorer, query(), out=out)
        assert not out.exists()
        assert all_neighbours(explorer, query(), out=out).resumed_blocks == 6


def test_the_memory_for_all_of_ml_25m_in_the_raw_space_is_below_two_and_a_half_gigabytes(monkeypatch):
    class Size:
        n_users, n_items, n_ratings = 162_541, 59_047, 28_000_000

    monkeypatch.setattr(module, "_PART", 2048)
    monkeypatch.setattr(module, "usable_cores", lambda: 4)
    assert 0.9e9 < module._bytes_needed(Size(), query(k=50)) < 2.2e9


class TestCommand:
    @pytest.fixture
    def run(self, monkeypatch, capsys, tmp_path_factory):
        """Run the command in this process: (exit code, standard output, standard error)."""
        home = tmp_path_factory.mktemp("home")
        monkeypatch.setenv("UCF_HOME", str(home))

        def run(*words):
            monkeypatch.setattr(sys, "argv", ["ucf", "all-neighbours", *map(str, words)])
            capsys.readouterr()
            with pytest.raises(SystemExit) as end:
                cli.main()
            out, err = capsys.readouterr()
            return end.value.code, out, err

        return run

    @pytest.mark.parametrize(("space", "engine"), EVERY_WAY)
    def test_json(self, run, tmp_path, space, engine):
        out = tmp_path / "all.npz"
        code, text, err = run("sample", "--k", 5, "--space", space, "--engine", engine, "--out", out, "--json")
        assert (code, err) == (0, "")
        answer = json.loads(text)
        assert (answer["rows"], answer["k"], answer["path"]) == (671, 5, str(out))
        assert (answer["space"], answer["engine"], answer["resumed_blocks"]) == (space, engine, 0)
        assert answer["seconds"] > 0
        assert answer["peak_rss_bytes"] > 50_000_000
        found = contents(out)
        assert found["users"].shape == found["similarities"].shape == (671, 5)

    def test_text(self, run, tmp_path):
        code, text, err = run("sample", "--k", 5, "--space", "raw", "--out", tmp_path / "all.npz")
        assert (code, err) == (0, "")
        assert text.startswith("671 x 5 neighbours (raw space, exact search) are in ")
        assert text.endswith(" s, 0 of 11 parts from an earlier run\n")

    @pytest.mark.parametrize(
        ("words", "message"), [(("--k", 671), "k=671 exceeds the 670 other users"), (("--k", 0), "k=0 is out of range")]
    )
    def test_refusals_are_one_line(self, run, tmp_path, words, message):
        code, text, err = run("sample", *words, "--space", "raw", "--out", tmp_path / "all.npz")
        assert (code, text) == (1, "")
        assert message in err
        assert err.count("\n") == 1

    def test_a_missing_file_name_is_a_usage_error(self, run):
        assert run("sample")[0] == 2

    def test_progress_goes_to_standard_error_with_the_time_left(self, run, monkeypatch, tmp_path):
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
        code, text, err = run("sample", "--k", 5, "--space", "raw", "--out", tmp_path / "all.npz", "--json")
        assert code == 0
        assert json.loads(text)["rows"] == 671
        assert "all.npz: 100%" in err
        assert "671/671 [" in err
        assert "<00:00" in err


class TestBeforeItStarts:
    def test_what_would_be_refused_is_known(self, tmp_path, explorer, monkeypatch):
        check = module.check_all_neighbours
        assert check(explorer.ratings, query(), out=tmp_path / "all.npz") is None
        with pytest.raises(SpecError, match="k=400 exceeds the 399 other users"):
            check(explorer.ratings, query(k=400), out=tmp_path / "all.npz")
        with pytest.raises(ArtifactError, match="is a folder"):
            check(explorer.ratings, query(), out=tmp_path)
        monkeypatch.setattr(memory, "available_bytes", lambda: 1000)
        with pytest.raises(UcfError, match="finding all neighbours in the raw space needs about"):
            check(explorer.ratings, query(), out=tmp_path / "all.npz")
        assert not list(tmp_path.iterdir())

    def test_the_size_of_the_file_is_known_but_for_its_headers(self, tmp_path, explorer):
        made = all_neighbours(explorer, query(k=7), out=tmp_path / "all.npz")
        assert 0 < made.path.stat().st_size - module.file_bytes(400, 7) < 2000

    def test_how_much_an_earlier_run_has_left(self, tmp_path, explorer):
        out = tmp_path / "all.npz"
        assert module.share_done(out, 400) == 0
        with pytest.raises(CancelledError):
            all_neighbours(explorer, query(), out=out, progress=stop_at(200))
        assert module.share_done(out, 400) == 192 / 400
        all_neighbours(explorer, query(), out=out)
        assert module.share_done(out, 400) == 0
