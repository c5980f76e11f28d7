"""Only the list of vector stores names one: all else goes through the protocol."""

from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_nothing_but_the_registry_imports_milvus():
    paths = [path for folder in ("ucf_core", "ucf_ui", "pages") for path in (ROOT / folder).rglob("*.py")]
    own = ROOT / "ucf_core" / "index" / "milvus"
    naming = {
        path.name
        for path in paths
        if not str(path).startswith(str(own)) and "ucf_core.index.milvus" in path.read_text(encoding="utf-8")
    }
    assert naming == {"registry.py"}
