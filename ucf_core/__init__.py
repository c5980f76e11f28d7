"""UCF Explorer's core: user-based collaborative filtering, from ratings to recommendations.

    import ucf_core as ucf

    ratings = ucf.load_ratings("sample")
    explorer = ucf.Explorer(ratings)
    explorer.neighbours(1, k=50, dim=64, ef=128).to_frame()
    explorer.recommend(1, n=10).to_frame()

Names are imported when first used, so that `import ucf_core` costs milliseconds.
"""

from typing import TYPE_CHECKING

from ucf_core.lazy import lazy

if TYPE_CHECKING:
    from ucf_core.artifacts import ArtifactStore
    from ucf_core.biases import Biases, fit_biases
    from ucf_core.catalogue import Catalogue, ItemInfo
    from ucf_core.datasets.sources import load_ratings
    from ucf_core.embedding import Embedding, fit_embedding
    from ucf_core.errors import (
        ArtifactError,
        BusyError,
        CancelledError,
        DatasetError,
        DownloadError,
        MissingExtraError,
        ServiceError,
        SpecError,
        UcfError,
        UnknownIdError,
    )
    from ucf_core.evaluation.evaluate import evaluate
    from ucf_core.evaluation.metric import Metric
    from ucf_core.evaluation.metrics import register_metric
    from ucf_core.evaluation.results import Evaluation
    from ucf_core.evaluation.spec import EvaluationSpec, Setting
    from ucf_core.explorer import Explorer, Prediction, RecallPoint
    from ucf_core.ids import IdMap
    from ucf_core.index.exact import ExactIndex, SparseExactIndex
    from ucf_core.index.hnsw import HnswIndex
    from ucf_core.index.hnsw_graph import HnswGraph, open_graph
    from ucf_core.index.hnsw_layers import GraphSummary, summarise_graph
    from ucf_core.index.hnsw_trace import SearchTrace, trace_search
    from ucf_core.mapping.crowd import Crowd, crowd_of
    from ucf_core.mapping.maps import user_map
    from ucf_core.mapping.projection import UserMap, principal_map
    from ucf_core.mapping.trust import MapTrust, map_trust
    from ucf_core.neighbours import Neighbours, agreement, compare_users, find_neighbours
    from ucf_core.presets import PRESETS, Preset
    from ucf_core.profile import Profile, quick_picks, user_profile
    from ucf_core.quality.diagnosis import Diagnosis, ListDiagnosis, diagnose, diagnose_lists
    from ucf_core.quality.hubness import Hubness, hubness
    from ucf_core.quality.recall import IndexRecall, index_recall, overlap
    from ucf_core.quality.traced import TracedSearch
    from ucf_core.ratings import Ratings
    from ucf_core.recommendation import Evidence, Recommendations, recommend
    from ucf_core.rules import RULES
    from ucf_core.scoring import NOTEBOOK_SCORING, ScoringSpec
    from ucf_core.specs import EmbeddingSpec, HnswSpec, QuerySpec, SplitSpec
    from ucf_core.taste.exports import Export, read_export
    from ucf_core.taste.guest import Guest
    from ucf_core.taste.matching import Matching, match_export
    from ucf_core.taste.titles import TitleIndex
    from ucf_core.what_if import Explanation

_HOME_OF = {
    "ArtifactError": "errors",
    "ArtifactStore": "artifacts",
    "Biases": "biases",
    "BusyError": "errors",
    "CancelledError": "errors",
    "Catalogue": "catalogue",
    "Crowd": "mapping.crowd",
    "DatasetError": "errors",
    "Diagnosis": "quality.diagnosis",
    "DownloadError": "errors",
    "Embedding": "embedding",
    "EmbeddingSpec": "specs",
    "Evaluation": "evaluation.results",
    "EvaluationSpec": "evaluation.spec",
    "Evidence": "recommendation",
    "ExactIndex": "index.exact",
    "Explanation": "what_if",
    "Explorer": "explorer",
    "Export": "taste.exports",
    "GraphSummary": "index.hnsw_layers",
    "Guest": "taste.guest",
    "HnswGraph": "index.hnsw_graph",
    "HnswIndex": "index.hnsw",
    "HnswSpec": "specs",
    "Hubness": "quality.hubness",
    "IdMap": "ids",
    "IndexRecall": "quality.recall",
    "ItemInfo": "catalogue",
    "ListDiagnosis": "quality.diagnosis",
    "MapTrust": "mapping.trust",
    "Matching": "taste.matching",
    "Metric": "evaluation.metric",
    "MissingExtraError": "errors",
    "NOTEBOOK_SCORING": "scoring",
    "Neighbours": "neighbours",
    "PRESETS": "presets",
    "Prediction": "explorer",
    "Preset": "presets",
    "Profile": "profile",
    "QuerySpec": "specs",
    "RULES": "rules",
    "Ratings": "ratings",
    "RecallPoint": "explorer",
    "Recommendations": "recommendation",
    "ScoringSpec": "scoring",
    "SearchTrace": "index.hnsw_trace",
    "ServiceError": "errors",
    "Setting": "evaluation.spec",
    "SparseExactIndex": "index.exact",
    "SpecError": "errors",
    "SplitSpec": "specs",
    "TitleIndex": "taste.titles",
    "TracedSearch": "quality.traced",
    "UcfError": "errors",
    "UnknownIdError": "errors",
    "UserMap": "mapping.projection",
    "agreement": "neighbours",
    "compare_users": "neighbours",
    "crowd_of": "mapping.crowd",
    "diagnose": "quality.diagnosis",
    "diagnose_lists": "quality.diagnosis",
    "evaluate": "evaluation.evaluate",
    "find_neighbours": "neighbours",
    "fit_biases": "biases",
    "fit_embedding": "embedding",
    "hubness": "quality.hubness",
    "index_recall": "quality.recall",
    "load_ratings": "datasets.sources",
    "map_trust": "mapping.trust",
    "match_export": "taste.matching",
    "open_graph": "index.hnsw_graph",
    "overlap": "quality.recall",
    "principal_map": "mapping.projection",
    "quick_picks": "profile",
    "read_export": "taste.exports",
    "recommend": "recommendation",
    "register_metric": "evaluation.metrics",
    "summarise_graph": "index.hnsw_layers",
    "trace_search": "index.hnsw_trace",
    "user_map": "mapping.maps",
    "user_profile": "profile",
}

__all__ = [
    "Crowd",
    "MapTrust",
    "UserMap",
    "crowd_of",
    "map_trust",
    "principal_map",
    "user_map",
    "Diagnosis",
    "ListDiagnosis",
    "diagnose",
    "diagnose_lists",
    "Hubness",
    "hubness",
    "evaluate",
    "SplitSpec",
    "Setting",
    "RecallPoint",
    "Preset",
    "Prediction",
    "PRESETS",
    "EvaluationSpec",
    "Evaluation",
    "NOTEBOOK_SCORING",
    "RULES",
    "ArtifactError",
    "ArtifactStore",
    "Biases",
    "BusyError",
    "CancelledError",
    "Catalogue",
    "DatasetError",
    "DownloadError",
    "Embedding",
    "EmbeddingSpec",
    "Evidence",
    "ExactIndex",
    "Export",
    "Explanation",
    "Explorer",
    "GraphSummary",
    "Guest",
    "HnswGraph",
    "HnswIndex",
    "HnswSpec",
    "IdMap",
    "IndexRecall",
    "ItemInfo",
    "MissingExtraError",
    "Matching",
    "Metric",
    "Neighbours",
    "Profile",
    "QuerySpec",
    "Ratings",
    "Recommendations",
    "ScoringSpec",
    "SparseExactIndex",
    "SearchTrace",
    "ServiceError",
    "SpecError",
    "TitleIndex",
    "TracedSearch",
    "UcfError",
    "UnknownIdError",
    "agreement",
    "compare_users",
    "find_neighbours",
    "fit_biases",
    "fit_embedding",
    "index_recall",
    "load_ratings",
    "match_export",
    "open_graph",
    "overlap",
    "quick_picks",
    "read_export",
    "recommend",
    "register_metric",
    "summarise_graph",
    "trace_search",
    "user_profile",
]


__getattr__, __dir__ = lazy(__name__, _HOME_OF)
