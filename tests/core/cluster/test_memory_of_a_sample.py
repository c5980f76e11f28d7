"""The estimated memory of an evaluation of a sample against what a process really takes."""

import os
import subprocess
import sys

import pytest

MEASURE = """
import ctypes, re, sys
from pathlib import Path
import numpy as np
from scipy.sparse import csr_array
from ucf_core.ratings.catalogue import Catalogue
from ucf_core.cluster.serve.ratings import evaluation_bytes
from ucf_core.studies.evaluation.evaluate import evaluate
from ucf_core.studies.evaluation.spec import EvaluationSpec, Setting
from ucf_core.base.specs import SplitSpec
from ucf_core.ratings.ids import IdMap
from ucf_core.explorer.presets import PRESETS
from ucf_core.ratings.ratings import Ratings

def resident(field):
    return int(re.search(field + r":\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) * 1024

def dataset(n_users, n_items, each):
    random = np.random.default_rng(0)
    first = random.integers(n_items - each, size=(n_users, 1))
    data = random.integers(1, 11, n_users * each).astype(np.float32) / 2
    indices = (first + np.arange(each)).ravel().astype(np.int32)
    matrix = csr_array((data, indices, np.arange(n_users + 1, dtype=np.int32) * each), shape=(n_users, n_items))
    catalogue = Catalogue([None] * n_items, np.zeros(n_items, dtype=np.int16), [()] * n_items)
    return Ratings(matrix, IdMap(np.arange(n_users), "user"), IdMap(np.arange(n_items), "item"), catalogue)

def evaluated(ratings):
    presets = [Setting(query=each.query_for(ratings), scoring=each.scoring) for each in PRESETS.values()]
    # few are measured: what is learned from takes the memory
    spec = EvaluationSpec(split=SplitSpec(protocol="per_user_holdout"), sample=10)
    return evaluate(ratings, spec, presets)

evaluated(dataset(100, 200, 20))  # what is imported does not count
ratings = dataset(*map(int, sys.argv[1:]))
ctypes.CDLL(None).malloc_trim(0)
Path("/proc/self/clear_refs").write_text("5")
before = resident("VmRSS") - 8 * ratings.n_ratings  # a sample is part of what it takes
kept = evaluated(ratings)
print(evaluation_bytes(ratings.matrix.shape, ratings.n_ratings), resident("VmHWM") - before)
"""


@pytest.mark.skipif(not os.access("/proc/self/clear_refs", os.W_OK), reason="needs Linux to say what a process took")
@pytest.mark.long
@pytest.mark.parametrize("shape", [(4_000, 6_000, 150), (1_000, 30_000, 150)], ids=["users", "items"])
def test_the_estimate_is_near_what_an_evaluation_of_the_presets_takes(shape):
    """As other estimates: at least 0.8 times the real growth and at most 3 times."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *map(str, shape)], capture_output=True, text=True, check=True, timeout=600
    )
    estimate, grown = map(int, done.stdout.split())
    assert 0.8 * grown <= estimate <= 3 * grown, (estimate, grown)
