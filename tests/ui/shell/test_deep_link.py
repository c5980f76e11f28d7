"""A link that the browser stored during sign-in leads to a known page with known parameters, or nowhere."""

import ast
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ucf_ui.base import pages
from ucf_ui.settings import settings
from ucf_ui.shell import deep_link
from ucf_ui.shell.deep_link import PARAMETERS, Link, read, written

ROOT = Path(__file__).parents[3]
PAGES = ("", *(Path(entry.path).stem for entry in pages.ENTRIES if entry is not pages.OVERVIEW))


def test_a_link_comes_back_as_it_was_written():
    link = Link("neighbours", {"user": "42", "k": "30", "dataset": "a b&c=d.csv"})
    assert written(link) == "neighbours?user=42&k=30&dataset=a+b%26c%3Dd.csv"
    assert read(written(link), PAGES) == link
    assert read(written(Link("data", {})), PAGES) == Link("data", {})


def test_the_first_page_without_parameters_needs_no_link():
    assert written(Link("", {})) is None
    assert written(Link("", {"unknown": "1"})) is None
    assert written(Link("", {"user": "7"})) == "?user=7"


@pytest.mark.parametrize(
    "text",
    [
        None,
        7,
        ["neighbours"],
        {"page": "neighbours"},
        "https://evil.example/neighbours?user=42",
        "//evil.example",
        "/neighbours",
        "\\\\evil.example",
        "javascript:alert(1)",
        "../neighbours",
        "neighbours/../../x",
        "neighbours#x",
        "neighbours\n",
        "Neighbours",
        "pages/neighbours.py",
        "n\u0435ighbours",
        "neighbours?user=\ud800",
        "neighbours?" + "&".join(["user=1"] * 1000),
        "neighbours?user=" + "1" * 5000,
    ],
)
def test_a_text_that_links_to_no_page_is_rejected(text):
    assert read(text, PAGES) is None


def test_unknown_and_too_long_parameters_are_left_out():
    text = "neighbours?user=42&embed=true&redirect=https://evil.example&__proto__=1&film=" + "9" * 201
    assert read(text, PAGES) == Link("neighbours", {"user": "42"})


def test_a_link_that_is_too_long_is_not_written():
    names = sorted(PARAMETERS)[:20]
    assert written(Link("neighbours", dict.fromkeys(names, "\N{SNOWMAN}" * 200))) is None


@given(some.sampled_from(PAGES), some.dictionaries(some.sampled_from(sorted(PARAMETERS)), some.text(max_size=30)))
def test_every_link_that_is_written_is_read_again(name, parameters):
    text = written(Link(name, parameters))
    if text is not None:
        clean = {key: value.encode(errors="replace").decode() for key, value in parameters.items()}
        assert read(text, PAGES) == Link(name, clean)


@given(
    some.one_of(
        some.text(),
        some.builds("{}?{}".format, some.sampled_from(PAGES), some.text()),
        some.builds(
            "{}?{}".format,
            some.sampled_from(PAGES),
            some.dictionaries(some.one_of(some.sampled_from(sorted(PARAMETERS)), some.text()), some.text()).map(
                lambda pairs: urlencode(pairs, errors="replace")
            ),
        ),
    )
)
def test_any_text_leads_to_one_of_the_pages_or_nowhere(text):
    link = read(text, PAGES)
    if link is None:
        return
    assert text.partition("?")[0] == link.page
    assert link.page in PAGES
    assert set(link.parameters) <= PARAMETERS
    assert all(len(value) <= 200 for value in link.parameters.values())
    # the address has those parameters and no other
    assert dict(parse_qsl(urlencode(link.parameters), keep_blank_values=True)) == link.parameters


def parameters_of(path):
    """The names of parameters that a module reads from the URL, or binds to it, where it names them."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = {}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            names, values = node.targets[0], node.value
            pairs = [(names, values)] if isinstance(names, ast.Name) else []
            if isinstance(names, ast.Tuple) and isinstance(values, ast.Tuple):
                pairs = list(zip(names.elts, values.elts, strict=True))
            constants |= {name.id: value.value for name, value in pairs if isinstance(value, ast.Constant)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called, named = ast.unparse(node.func), {one.arg: one.value for one in node.keywords}
        last = called.rsplit(".", 1)[-1]
        linked = "bind" in named or last == "segments" or (last == "choice" and "linked" not in named)
        key = named.get("key") if linked else None
        if called in ("url.seed", "url.keep") or called.endswith("query_params.get"):
            key = node.args[0]
        elif called == "inputs.number" or last == "ranking_rule":
            key = node.args[1]
        elif called == "inputs.control":
            side = f"{named['side'].value}_" if "side" in named else ""
            key = ast.Constant(side + node.args[0].value) if isinstance(node.args[0], ast.Constant) else None
        if isinstance(key, ast.Constant):
            yield key.value
        elif isinstance(key, ast.Name) and key.id in constants:
            yield constants[key.id]


def test_every_parameter_of_a_page_is_known_and_no_other():
    sources = [*ROOT.glob("pages/*.py"), *ROOT.glob("ucf_ui/**/*.py")]
    found = {name for path in sources for name in parameters_of(path)}
    assert {"user", "dataset", "result", "b_k", "film"} <= found
    assert found | set(settings.NAMES) == deep_link.PARAMETERS
