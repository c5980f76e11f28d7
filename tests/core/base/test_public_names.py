"""`import ucf_core` is quick, and every name that it promises is there."""

import subprocess
import sys

import pytest

import ucf_core

NOT_AT_IMPORT = ("streamlit", "plotly", "pandas", "sklearn", "scipy", "hnswlib", "pyarrow", "numpy")


def test_importing_the_core_pulls_in_no_heavy_library():
    code = f"import sys, ucf_core; print([name for name in {NOT_AT_IMPORT} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_whole_core_pulls_in_neither_streamlit_nor_plotly():
    code = (
        "import sys, ucf_core; from ucf_core import *; "
        "print([name for name in ('streamlit', 'plotly') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", ucf_core.__all__)
def test_every_public_name_resolves_to_something_of_that_name(name):
    value = getattr(ucf_core, name)
    assert getattr(value, "__name__", name) == name
    assert name in dir(ucf_core)


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nonsense"):
        _ = ucf_core.nonsense
