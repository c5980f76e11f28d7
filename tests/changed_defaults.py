"""A program in which every parameter was declared with another default; writes as JSON what people then see of it."""

import contextlib
import io
import json
import logging
import sys
from pathlib import Path

from ucf_core.base import parameter

ROOT = Path(__file__).parents[1]
_made = parameter.Parameter.__init__


def _another(declared):
    default, choices = declared["default"], declared.get("choices")
    if choices:
        return list(choices)[1]
    return default if default is None else default + (1 if isinstance(default, int) else 0.5)


def _declare(self, **declared):
    _made(self, **declared | {"default": _another(declared)})


def on_page(name, **link):
    """The values of all widgets by key, the captions, and the address, of a page opened by a link."""
    from streamlit.testing.v1 import AppTest

    tester = AppTest.from_file(ROOT / "app.py", default_timeout=120)
    tester.session_state["live_sliders"] = False  # no browser runs a component here
    for key, value in link.items():
        tester.query_params[key] = value
    tester.switch_page(f"pages/{name}.py").run()
    kinds = (tester.slider, tester.select_slider, tester.segmented_control, tester.selectbox, tester.number_input)
    return {
        "problems": [problem.value for problem in (*tester.exception, *tester.error)],
        "values": {widget.key: widget.value for kind in kinds for widget in kind},
        "captions": [caption.value for caption in tester.caption],
        "link": {key: value[0] if isinstance(value, list) else value for key, value in tester.query_params.items()},
    }


def command(*words):
    """What a command prints."""
    from ucf_core import cli

    sys.argv, out = ["ucf", *words], io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
        cli.main()
    return out.getvalue()


def seen():
    """Everything that the tests ask for."""
    from ucf_core.base.specs import FOLDS, LENGTH, PROTOCOL, SEED, SHARE
    from ucf_core.recommendations.scoring import PARAMETERS

    own = {"folds": FOLDS, "n": LENGTH, "protocol": PROTOCOL, "seed": SEED, "share": SHARE}
    at = {"user": "15", "space": "svd", "engine": "hnsw"}  # spaces in which dim and ef have an effect
    return {
        "declared": {name: known.default for name, known in (PARAMETERS | own).items()},
        "usual": on_page("recommendations"),
        "learned": on_page("recommendations", ranking="learned", aggregation="learned"),
        "compare": on_page("compare", compare="settings", beside="own", **at),
        "tuning": on_page("tuning", **at),
        "evaluation": on_page("evaluation"),
        "jobs": on_page("jobs"),
        "old link": on_page("neighbours", k="50", dim="128", ef="128", M="32", ef_construction="200", weighting="raw"),
        "help": {name: command(name, "--help") for name in ("recommend", "evaluate")},
        "answer": json.loads(command("neighbours", "sample", "15", "--space", "svd", "--engine", "hnsw", "--json")),
    }


if __name__ == "__main__":
    logging.disable()
    parameter.Parameter.__init__ = _declare
    sys.stdout.write(json.dumps(seen()))
