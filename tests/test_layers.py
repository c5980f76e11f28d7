"""Imports point one way: app and pages -> ucf_ui -> ucf_core. Read from the source, without running it."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = {"numpy", "scipy", "sklearn", "hnswlib"}


def modules(*globs: str) -> list[Path]:
    return sorted(path for glob in globs for path in ROOT.glob(glob))


def names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


CORE = modules("ucf_core/**/*.py")
UI = modules("ucf_ui/**/*.py")
PAGES = modules("app.py", "pages/**/*.py")


def imports(path: Path) -> set[str]:
    """Everything that a module imports anywhere, in full: "a.b" for `import a.b` and for `from a import b`, and "a"."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path} has a relative import, which this test does not follow"
            found |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def packages(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imports(path)}


def test_there_is_something_to_check():
    assert {"ucf_core/__init__.py", "ucf_core/explorer.py", "ucf_core/index/hnsw.py"} <= set(names(CORE))


def test_every_way_to_import_is_noticed(tmp_path):
    source = "import a.b\nfrom c import d\ndef f():\n    import e as g\nif 1:\n    from h.i import j\n"
    (tmp_path / "module.py").write_text(source)
    assert packages(tmp_path / "module.py") == {"a", "c", "e", "h"}
    assert {"a.b", "c.d", "h.i.j"} <= imports(tmp_path / "module.py")


@pytest.mark.parametrize("path", CORE, ids=names(CORE))
def test_the_core_knows_nothing_of_the_dashboard(path):
    assert not packages(path) & {"streamlit", "plotly", "ucf_ui", "pages", "app", "tests"}


@pytest.mark.parametrize("path", UI, ids=names(UI))
def test_the_ui_does_not_import_pages(path):
    assert not packages(path) & {"pages", "app", "tests"}


@pytest.mark.parametrize("path", PAGES, ids=names(PAGES))
def test_pages_do_no_numerics(path):
    assert not packages(path) & (HEAVY | {"app", "pages", "tests"})


@pytest.mark.parametrize("path", modules("ucf_ui/figures/*.py"), ids=str)
def test_figures_do_not_touch_streamlit(path):
    assert "streamlit" not in packages(path)
    assert not {name for name in imports(path) if name.startswith("ucf_ui") and "cache" in name}


@pytest.mark.parametrize("path", UI + PAGES, ids=names(UI + PAGES))
def test_only_the_cache_module_caches(path):
    if path == ROOT / "ucf_ui" / "cache.py":
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    cached = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)} | {
        name.rsplit(".", 1)[-1] for name in imports(path)
    }
    assert not {name for name in cached if name.startswith("cache_")}


@pytest.mark.parametrize("path", CORE + UI + PAGES, ids=names(CORE + UI + PAGES))
def test_nothing_is_unpickled_or_evaluated(path):
    assert not packages(path) & {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
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
