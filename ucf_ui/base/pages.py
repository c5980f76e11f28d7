"""The pages of the app, in the order of the navigation."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """A page, as the navigation and the overview show it."""

    path: str
    title: str
    icon: str
    purpose: str


def _entry(title: str, icon: str, purpose: str, name: str = "") -> Entry:
    name = name or title.lower().replace(" ", "_")
    return Entry(f"pages/{name}.py", title, f":material/{icon}:", purpose)


OVERVIEW = _entry("Overview", "home", "What this dataset is, at a glance.")
NEIGHBOURS = _entry("Neighbours", "group", "A user, the most similar users, and the films they share.")
RECOMMENDATIONS = _entry("Recommendations", "movie", "Films that neighbours recommend, by which rule, and why.")
COMPARE = _entry("Compare", "compare_arrows", "Two users side by side, or two settings for one user.")
MAP = _entry("Map", "map", "All users in two dimensions, a user's neighbours, and those the index missed.")
YOUR_TASTE = _entry(
    "Your taste",
    "favorite",
    "Rate films or upload an export, and see your own neighbours and recommendations at once.",
)
TUNING = _entry("Tuning", "tune", "Move k, dim and ef, and see at once what it does to quality and speed.")
EVALUATION = _entry(
    "Evaluation", "experiment", "Measure settings on held-out ratings, beside baselines, and use the best."
)
DIAGNOSTICS = _entry(
    "Diagnostics",
    "stethoscope",
    "See what averages hide: hubs, empty similarities, users with low index recall, popularity bias.",
)
INDEX = _entry(
    "Index",
    "account_tree",
    "Inspect the HNSW graph, and follow one search through its layers, step by step.",
    name="index_inspector",
)
DATA = _entry("Data", "database", "Download, upload, and see what was built and what takes up disk space.")
JOBS = _entry("Jobs", "pending_actions", "Find the neighbours of all users, and see running and finished jobs.")

SECTIONS = {
    "Explore": (OVERVIEW, NEIGHBOURS, RECOMMENDATIONS, COMPARE, MAP, YOUR_TASTE),
    "Judge": (TUNING, EVALUATION, DIAGNOSTICS, INDEX),
    "Manage": (DATA, JOBS),
}
ENTRIES = tuple(entry for entries in SECTIONS.values() for entry in entries)
