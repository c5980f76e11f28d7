"""Imports follow the floors of `ucf_core.base.floors`. Read from the source, without running it."""

import ast
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from ucf_core.base.floors import CORE_ROOMS, UI_ROOMS

ROOT = Path(__file__).parent.parent
ROOMS = {"ucf_core": CORE_ROOMS, "ucf_ui": UI_ROOMS}
HEAVY = {"numpy", "scipy", "sklearn", "hnswlib"}
PICKLES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}


def sources(*globs: str) -> dict[str, Path]:
    """Module name -> file; a package is known by its own name."""
    paths = sorted(path for glob in globs for path in ROOT.glob(glob))
    return {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in paths}


CORE = sources("ucf_core/**/*.py")
UI = sources("ucf_ui/**/*.py")
PAGES = sources("app.py", "pages/**/*.py")
OURS = CORE | UI
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in (OURS | PAGES).items()}


def imports(tree: ast.AST) -> set[str]:
    """Everything that a module imports anywhere: "a.b" for `import a.b` and for `from a import b`, and "a"."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "this test does not follow relative imports"
            found |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def packages(tree: ast.AST) -> set[str]:
    return {name.split(".")[0] for name in imports(tree)}


def modules_imported(tree: ast.AST) -> set[str]:
    """Our modules that a module imports; of `from room import module` the module, not the room."""
    named = imports(tree) & OURS.keys()
    return {name for name in named if not any(other.startswith(f"{name}.") for other in named)}


def graph() -> dict[str, set[str]]:
    return {name: modules_imported(TREES[name]) - {name} for name in OURS}


def circle(arrows: dict[str, set[str]]) -> list[str]:
    """The names on one circle of arrows; [] where there is none."""
    done: set[str] = set()

    def search(name: str, path: list[str]) -> list[str]:
        if name in path:
            return path[path.index(name) :]
        if name in done:
            return []
        for other in sorted(arrows.get(name, ())):
            if found := search(other, [*path, name]):
                return found
        done.add(name)
        return []

    return next((found for name in sorted(arrows) if (found := search(name, []))), [])


def arrows_upwards(arrows: dict[str, set[str]], floors: dict[str, tuple[str, ...]]) -> list[str]:
    found = []
    for name, others in arrows.items():
        package, room = name.split(".")[0], "".join(name.split(".")[1:2])
        for other in others:
            other_package, other_room = other.split(".")[0], "".join(other.split(".")[1:2])
            if package == other_package and room and other_room:
                rooms = floors[package]
                if rooms.index(other_room) < rooms.index(room):
                    found.append(f"{name} imports {other}")
    return found


def folder(name: str) -> str:
    return name if OURS[name].name == "__init__.py" else name.rpartition(".")[0]


def between_folders(arrows: dict[str, set[str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, others in arrows.items():
        found.setdefault(folder(name), set()).update(folder(other) for other in others)
    return {name: others - {name} for name, others in found.items() if name not in ROOMS}


def hidden_imports(tree: ast.AST) -> Iterable[str]:
    """Texts that are the name of a module of ours and not the command line of another process."""
    commands = {
        id(text)
        for node in ast.walk(tree)
        if isinstance(node, ast.List)
        for flag, text in zip(node.elts, node.elts[1:], strict=False)
        if isinstance(flag, ast.Constant) and flag.value == "-m"
    }
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in commands
        if is_text and re.fullmatch(r"ucf_(core|ui)(\.\w+)+", node.value):
            yield node.value


def test_the_checks_see_every_way_to_import_and_every_wrong_arrow():
    source = "import a.b\nfrom c import d\ndef f():\n    import e as g\nif 1:\n    from h.i import j\n"
    assert packages(ast.parse(source)) == {"a", "c", "e", "h"}
    assert {"a.b", "c.d", "h.i.j"} <= imports(ast.parse(source))
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c"]
    assert circle({"a": {"b", "c"}, "b": {"c"}}) == []
    floors = {"ucf_core": ("index", "base")}
    assert arrows_upwards({"ucf_core.base.x": {"ucf_core.index.y"}}, floors)
    assert not arrows_upwards({"ucf_core.index.y": {"ucf_core.base.x"}}, floors)
    assert list(hidden_imports(ast.parse("load('ucf_ui.views.map')"))) == ["ucf_ui.views.map"]
    assert not list(hidden_imports(ast.parse("run([sys.executable, '-m', 'ucf_core.cli'])")))


@pytest.mark.parametrize("package", ROOMS)
def test_every_room_is_on_the_list_of_floors_and_says_what_it_is_for(package):
    folders = {path.name for path in (ROOT / package).iterdir() if path.is_dir() and any(path.rglob("*.py"))}
    assert folders == set(ROOMS[package])
    for init in (ROOT / package).rglob("__init__.py"):
        said = ast.get_docstring(ast.parse(init.read_text(encoding="utf-8"))) or ""
        assert len(said) > 30, f"{init} does not say what the room is for"


@pytest.mark.parametrize("package", ROOMS)
def test_no_module_lies_in_the_root_of_a_package(package):
    files = {path.name for path in (ROOT / package).iterdir() if path.is_file()}
    assert files <= {"__init__.py", "__init__.pyi"}


def test_no_room_imports_a_room_above_it():
    assert arrows_upwards(graph(), ROOMS) == []


def test_no_modules_import_each_other_in_a_circle():
    assert circle(graph()) == []


def test_no_folders_import_each_other_in_a_circle():
    assert circle(between_folders(graph())) == []


@pytest.mark.parametrize("name", OURS | PAGES)
def test_no_import_is_hidden_in_a_string(name):
    assert list(hidden_imports(TREES[name])) == []


@pytest.mark.parametrize("name", CORE)
def test_the_core_does_not_know_the_dashboard(name):
    assert not packages(TREES[name]) & {"streamlit", "plotly", "ucf_ui", "pages", "app", "tests"}


@pytest.mark.parametrize("name", UI)
def test_the_ui_does_not_import_pages(name):
    assert not packages(TREES[name]) & {"pages", "app", "tests"}


@pytest.mark.parametrize("name", PAGES)
def test_pages_do_no_numerics(name):
    assert not packages(TREES[name]) & (HEAVY | {"app", "pages", "tests"})


@pytest.mark.parametrize("name", [name for name in UI if name.startswith("ucf_ui.figures")])
def test_figures_do_not_touch_streamlit(name):
    assert "streamlit" not in packages(TREES[name])


@pytest.mark.parametrize("name", [name for name in UI | PAGES if name != "ucf_ui.session.cache"])
def test_only_the_cache_module_caches(name):
    used = {node.attr for node in ast.walk(TREES[name]) if isinstance(node, ast.Attribute)}
    used |= {imported.rsplit(".", 1)[-1] for imported in imports(TREES[name])}
    assert not {one for one in used if one.startswith("cache_")}


@pytest.mark.parametrize("name", OURS | PAGES)
def test_nothing_is_unpickled_or_evaluated(name):
    assert not packages(TREES[name]) & PICKLES
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Name):
                assert called.id not in {"eval", "exec"}
            if isinstance(called, ast.Attribute):
                assert called.attr not in {"read_pickle", "to_pickle"}
            for keyword in node.keywords:
                if keyword.arg == "allow_pickle":
                    assert isinstance(keyword.value, ast.Constant)
                    assert keyword.value.value is False
