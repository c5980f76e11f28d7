"""Specs refuse what no data can allow, and say the value, the bound and the remedy."""

import json
import math
import re
from dataclasses import FrozenInstanceError, asdict

import numpy as np
import pytest

from ucf_core.base.errors import SpecError
from ucf_core.base.specs import DEFAULT_DIM, EmbeddingSpec, HnswSpec, QuerySpec, changed
from ucf_core.recommendations.scoring import NOTEBOOK_SCORING, ScoringSpec, refuse_unknown

WHOLE = [
    (EmbeddingSpec, "dim", 1, 4096),
    (EmbeddingSpec, "seed", 0, 2**31 - 1),
    (HnswSpec, "M", 2, 256),
    (HnswSpec, "ef_construction", 1, 10_000),
    (HnswSpec, "seed", 0, 2**31 - 1),
    (QuerySpec, "k", 1, 1_000_000),
    (QuerySpec, "dim", 1, 4096),
    (QuerySpec, "ef", 1, 10_000),
    (QuerySpec, "M", 2, 256),
    (QuerySpec, "ef_construction", 1, 10_000),
    (QuerySpec, "seed", 0, 2**31 - 1),
    (ScoringSpec, "min_support", 1, 1_000_000),
]
CHOICES = [
    (EmbeddingSpec, "weighting"),
    (QuerySpec, "weighting"),
    (QuerySpec, "space"),
    (QuerySpec, "engine"),
    (ScoringSpec, "ranking"),
    (ScoringSpec, "aggregation"),
]


@pytest.mark.parametrize(("spec", "name", "low", "high"), WHOLE)
def test_both_ends_of_a_range_are_accepted(spec, name, low, high):
    assert getattr(spec(**{name: low}), name) == low
    assert getattr(spec(**{name: high}), name) == high


@pytest.mark.parametrize(("spec", "name", "low", "high"), WHOLE)
@pytest.mark.parametrize("beyond", ["below", "above"])
def test_one_beyond_a_range_is_refused_with_value_and_bounds(spec, name, low, high, beyond):
    value = low - 1 if beyond == "below" else high + 1
    message = f"{name}={value} is out of range; choose {low:,} <= {name} <= {high:,}"
    with pytest.raises(SpecError, match=re.escape(message)):
        spec(**{name: value})


@pytest.mark.parametrize(("spec", "name", "low", "high"), WHOLE)
@pytest.mark.parametrize("value", [True, math.nan, math.inf, 5.0, 5.5, "5", [5], 10**400, np.bool_(True)])
def test_what_is_not_a_whole_number_in_range_is_refused(spec, name, low, high, value):
    with pytest.raises(SpecError, match=rf"{name}=.*choose {low:,} <= {name} <= {high:,}"):
        spec(**{name: value})


@pytest.mark.parametrize("value", [None])
@pytest.mark.parametrize("name", ["k", "ef", "M", "seed"])
def test_none_is_not_a_number(name, value):
    with pytest.raises(SpecError, match=f"{name}=None is not a whole number"):
        QuerySpec(**{name: value})


@pytest.mark.parametrize("value", [0, 0.0, 2.5, 1e6, np.float32(0.5), np.int64(3)])
def test_shrinkage_may_be_any_number_in_range(value):
    assert ScoringSpec(shrinkage=value).shrinkage == value


@pytest.mark.parametrize("value", [-0.1, 1e6 + 1, math.nan, math.inf, -math.inf, True, "5", None, 1j])
def test_shrinkage_out_of_range_is_refused(value):
    with pytest.raises(SpecError, match=r"shrinkage=.*choose 0\.0 <= shrinkage <= 1,000,000"):
        ScoringSpec(shrinkage=value)


@pytest.mark.parametrize(("spec", "name"), CHOICES)
@pytest.mark.parametrize("value", ["nonsense", "RAW", "", 3])
def test_an_unknown_choice_is_refused_and_the_known_ones_are_listed(spec, name, value):
    with pytest.raises(SpecError, match=rf"{name}={value!r} is not known; choose one of \w+"):
        spec(**{name: value})


def test_numpy_numbers_become_python_numbers_so_that_a_spec_is_json():
    spec = QuerySpec(k=np.int64(7), dim=np.int32(9), ef=np.uint16(64), seed=np.int8(3))
    assert spec == QuerySpec(k=7, dim=9, ef=64, seed=3)
    assert json.loads(json.dumps(asdict(spec)))["dim"] == 9
    scoring = ScoringSpec(shrinkage=np.float32(0.5), min_support=np.int64(2))
    assert json.loads(json.dumps(asdict(scoring)))["shrinkage"] == 0.5
    assert json.dumps(asdict(EmbeddingSpec(dim=np.int64(5))))
    assert json.dumps(asdict(HnswSpec(M=np.int64(5))))


@pytest.mark.parametrize("spec", [EmbeddingSpec, HnswSpec, QuerySpec, ScoringSpec])
def test_specs_are_keyword_only_frozen_and_hashable(spec):
    with pytest.raises(TypeError, match="positional"):
        spec(5)
    with pytest.raises(TypeError, match="unexpected keyword argument"):
        spec(nonsense=1)
    with pytest.raises(FrozenInstanceError):
        spec().seed = 1
    assert hash(spec()) == hash(spec())


def test_the_parts_of_a_query_carry_its_values():
    query = QuerySpec(dim=200, weighting="raw", seed=4, M=8, ef_construction=50)
    assert query.hnsw == HnswSpec(M=8, ef_construction=50, seed=4)
    assert query.embedding == EmbeddingSpec(dim=200, weighting="raw", seed=4)


@pytest.mark.parametrize("dim", [None, 1, 64, DEFAULT_DIM])
def test_one_embedding_serves_every_dim_up_to_the_default(dim):
    assert QuerySpec(dim=dim).embedding == EmbeddingSpec(dim=DEFAULT_DIM)


@pytest.mark.parametrize(
    ("space", "engine", "chosen"),
    [("svd", None, "hnsw"), ("raw", None, "exact"), ("svd", "exact", "exact"), ("raw", "hnsw", "hnsw")],
)
def test_each_space_has_a_default_engine(space, engine, chosen):
    assert QuerySpec(space=space, engine=engine).chosen_engine == chosen


def test_defaults_are_the_promised_ones():
    assert (QuerySpec().k, QuerySpec().ef, QuerySpec().M, QuerySpec().ef_construction) == (50, 128, 32, 200)
    assert ScoringSpec() == ScoringSpec(ranking="weighted_ratings", aggregation="baseline_offset", shrinkage=5)
    assert (NOTEBOOK_SCORING.ranking, NOTEBOOK_SCORING.aggregation) == ("predicted", "mean")


def test_changed_takes_its_own_fields_and_leaves_the_rest():
    changes = {"k": 5, "ranking": "damped"}
    assert changed(QuerySpec(dim=3), changes) == QuerySpec(dim=3, k=5)
    assert changes == {"ranking": "damped"}
    assert changed(ScoringSpec(), changes).ranking == "damped"
    assert not changes
    refuse_unknown(changes)


def test_an_unknown_keyword_is_refused_and_the_known_ones_are_listed():
    with pytest.raises(SpecError, match=r"kk, zz: no such parameter; choose from .*\bk\b.*shrinkage"):
        refuse_unknown({"zz": 1, "kk": 2})
