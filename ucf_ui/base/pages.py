"""The pages of the app, in the order of the navigation."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """A page, as the navigation and the overview show it."""

    path: str
    title: str
    icon: str
    section: str
    purpose: str


def _entry(name: str, title: str, icon: str, section: str, purpose: str) -> Entry:
    return Entry(f"pages/{name}.py", title, f":material/{icon}:", section, purpose)


OVERVIEW = _entry("overview", "Overview", "home", "Explore", "What this dataset is, at a glance.")
NEIGHBOURS = _entry(
    "neighbours", "Neighbours", "group", "Explore", "A user, the most similar users, and the films they share."
)
RECOMMENDATIONS = _entry(
    "recommendations", "Recommendations", "movie", "Explore", "Films that neighbours recommend, by which rule, and why."
)
COMPARE = _entry(
    "compare", "Compare", "compare_arrows", "Explore", "Two users side by side, or two settings for one user."
)
MAP = _entry(
    "map", "Map", "map", "Explore", "All users in two dimensions, a user's neighbours, and those the index missed."
)
YOUR_TASTE = _entry(
    *("your_taste", "Your taste", "favorite", "Explore"),
    "Rate films or upload an export, and see your own neighbours and recommendations at once.",
)
TUNING = _entry(
    "tuning", "Tuning", "tune", "Judge", "Move k, dim and ef, and see at once what it does to quality and speed."
)
EVALUATION = _entry(
    *("evaluation", "Evaluation", "experiment", "Judge"),
    "Measure settings on held-out ratings, beside baselines, and use the best.",
)
DIAGNOSTICS = _entry(
    *("diagnostics", "Diagnostics", "stethoscope", "Judge"),
    "See what averages hide: hubs, empty similarities, users with low index recall, popularity bias.",
)
INDEX = _entry(
    *("index_inspector", "Index", "account_tree", "Judge"),
    "Inspect the HNSW graph, and follow one search through its layers, step by step.",
)
DATA = _entry(
    "data", "Data", "database", "Manage", "Download, upload, and see what was built and what takes up disk space."
)
JOBS = _entry(
    "jobs", "Jobs", "pending_actions", "Manage", "Find the neighbours of all users, and see running and finished jobs."
)
ENTRIES = (
    *(OVERVIEW, NEIGHBOURS, RECOMMENDATIONS, COMPARE, MAP, YOUR_TASTE),
    *(TUNING, EVALUATION, DIAGNOSTICS, INDEX),
    *(DATA, JOBS),
)
SECTIONS = tuple(dict.fromkeys(entry.section for entry in ENTRIES))
