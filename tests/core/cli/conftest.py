"""What tests of the `ucf` command share: running it in this process, and what it prints."""

import http.server
import json
import sys
import threading
from functools import partial

import pytest

from ucf_core import cli


@pytest.fixture
def run(sample_home, monkeypatch, capsys):
    """Run the command in this process: (exit code, standard output, standard error)."""
    monkeypatch.setenv("UCF_HOME", str(sample_home))

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["ucf", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            cli.main()
        out, err = capsys.readouterr()
        return end.value.code, out, err

    return run


@pytest.fixture
def answer(run):
    """The JSON that a command prints, and nothing else on either stream."""

    def answer(*words):
        code, out, err = run(*words, "--json")
        assert (code, err) == (0, "")
        assert out.count("\n") == 1
        return json.loads(out)

    return answer


@pytest.fixture
def refusal(run):
    """The one line with which a command refuses."""

    def refusal(*words):
        code, out, err = run(*words)
        assert (code, out) == (1, "")
        assert err.startswith("ucf: ")
        assert err.count("\n") == 1
        assert "Traceback" not in err
        return err.removeprefix("ucf: ").rstrip("\n")

    return refusal


@pytest.fixture
def ratings_csv(tmp_path):
    """Twelve ratings by four users with text ids, of films with titles that mean something to a terminal or JSON."""
    path = tmp_path / "mine.csv"
    path.write_text(
        "user,item,rating,title,genres\n"
        'ann,a,5,"Comma, The",Drama\nann,b,4,Zwölf Uhr,Western|Drama\nann,c,1,"Quote ""x""",\n'
        'bob,a,5,"Comma, The",Drama\nbob,b,4,Zwölf Uhr,Western|Drama\nbob,d,5,東京物語,Drama\n'
        'cyd,a,4,"Comma, The",Drama\ncyd,b,5,Zwölf Uhr,Western|Drama\ncyd,d,4,東京物語,Drama\n'
        'dan,c,5,"Quote ""x""",\ndan,d,1,東京物語,Drama\ndan,e,3,Eve,\n',
        encoding="utf-8",
    )
    return path


@pytest.fixture
def mirror(tmp_path):
    """A folder that a server on this machine serves, and its address."""
    folder = tmp_path / "mirror"
    folder.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format, *args):  # noqa: A002
            """Say nothing."""

    handler = partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
