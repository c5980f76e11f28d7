"""A chart that is made while another thread imports pandas for the first time."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import sys, threading
import numpy as np
from ucf_ui.figures.dataset import dataset_histogram

assert "pandas" not in sys.modules
outcome = []

def draw():
    try:
        figure = dataset_histogram(np.array([1.0, 2.0]), np.array([3, 4]))
        outcome.append(figure.to_dict()["data"][0]["type"])
    except Exception as error:
        outcome.append(repr(error))

dataset_histogram(np.array([1.0]), np.array([3])).to_dict()  # imports of Plotly's own are done

class InTheMiddle:
    def find_spec(self, name, path=None, target=None):
        if name == "pandas.core" and not drawing.is_alive():
            drawing.start()
            drawing.join(2)  # time enough to fail in; a chart that waits goes on after the import

drawing = threading.Thread(target=draw)
sys.meta_path.insert(0, InTheMiddle())
import ucf_ui.widgets.tables
drawing.join(60)
print(outcome)
"""


@pytest.mark.long
def test_a_chart_waits_until_pandas_is_imported():
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=root, capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "['bar']", done.stdout + done.stderr
