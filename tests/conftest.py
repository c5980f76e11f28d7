"""Data and settings that all tests share."""

import fcntl
import logging
import os
import shutil
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from streamlit.components.v2 import manifest_scanner
from toy import clustered_ratings, toy_biases, toy_neighbours, toy_ratings

import ucf_core as ucf
from ucf_core.base.cores import usable_cores
from ucf_core.base.specs import EmbeddingSpec
from ucf_core.embedding.embedding import fit_embedding
from ucf_core.neighbours.neighbours import Neighbours
from ucf_core.ratings.biases import Biases
from ucf_core.ratings.ratings import Ratings
from ucf_core.studies.evaluation.metric import Metric
from ucf_core.studies.evaluation.metrics import METRICS, register_metric

TESTS = Path(__file__).parent

settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("repeatable")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One process a core; twice as many with tests that wait for a browser, a server or a worker most of their time."""
    return usable_cores() if "not browser" in config.option.markexpr else 2 * usable_cores()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark tests by where they lie, and leave out `long` ones unless `-m` asks for them."""
    for item in items:
        parts = item.path.relative_to(TESTS).parts
        if parts[0] == "browser":
            item.add_marker("browser")
        if "cluster" in parts or "cluster" in item.path.stem or item.path.stem == "test_milvus":
            item.add_marker("cluster")
    if "long" not in config.option.markexpr:
        long = [item for item in items if item.get_closest_marker("long")]
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if not item.get_closest_marker("long")]


@pytest.fixture(scope="session", autouse=True)
def _components_are_looked_for_once():
    """AppTest reads the metadata of every installed package for each app that it runs: two thirds of a page's time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(autouse=True)
def _log_as_it_was():
    """The app of a test that runs it here would go on writing its log to what later tests read."""
    loggers = [logging.getLogger(name) for name in ("ucf_core", "ucf_ui")]
    before = [(logger.handlers[:], logger.level) for logger in loggers]
    yield
    for logger, (handlers, level) in zip(loggers, before, strict=True):
        logger.handlers[:] = handlers
        logger.setLevel(level)


@pytest.fixture(autouse=True)
def _main_as_it_was():
    """Streamlit makes the app that it runs here the main module, which processes begun later would run as well."""
    before = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = before


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A UCF_HOME with the sample and its default builds. One worker builds it, and each has a copy."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    built = shared / "sample-home"
    with (shared / "sample-home.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not built.exists():
            unfinished = tmp_path_factory.mktemp("unfinished")
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("UCF_HOME", str(unfinished))
                ucf.Explorer(ucf.load_ratings("sample")).build()
            unfinished.rename(built)
    return shutil.copytree(built, tmp_path_factory.mktemp("sample") / "home")


@pytest.fixture
def toy() -> Ratings:
    return toy_ratings()


@pytest.fixture
def neighbours(toy: Ratings) -> Neighbours:
    return toy_neighbours(toy)


@pytest.fixture
def biases() -> Biases:
    return toy_biases()


@pytest.fixture(scope="session")
def clustered() -> Ratings:
    """400 users in 8 clusters of taste, 300 items."""
    return clustered_ratings(400, 300, 8, seed=1)


@pytest.fixture(scope="session")
def clustered_units(clustered: Ratings) -> np.ndarray:
    """Unit vectors of the clustered users, (400, 32)."""
    return fit_embedding(clustered.matrix, EmbeddingSpec(dim=32)).unit_vectors()


@pytest.fixture
def new_metric():
    """A metric that is registered in one call, for one test."""
    metric = Metric(
        name="within_half",
        label="Within half a star",
        unit="Share of held-out ratings",
        help="Predictions that are off by half a star at most.",
        better="higher",
        kind="rating",
        compute=lambda result: np.where(np.isnan(result.errors), np.nan, np.abs(result.errors) <= 0.5),
    )
    register_metric(metric)
    yield metric
    del METRICS[metric.name]
