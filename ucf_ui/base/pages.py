"""The pages of the app, in the order of the navigation."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One page of the app, as the navigation and the overview show it."""

    path: str
    title: str
    icon: str
    section: str
    purpose: str


OVERVIEW = Entry("pages/overview.py", "Overview", ":material/home:", "Explore", "What this dataset is, at a glance.")
NEIGHBOURS = Entry(
    "pages/neighbours.py",
    "Neighbours",
    ":material/group:",
    "Explore",
    "A user, the most similar users, and the films they share.",
)
RECOMMENDATIONS = Entry(
    "pages/recommendations.py",
    "Recommendations",
    ":material/movie:",
    "Explore",
    "What the neighbours suggest, by which rule, and on what evidence.",
)
COMPARE = Entry(
    "pages/compare.py",
    "Compare",
    ":material/compare_arrows:",
    "Explore",
    "Two users side by side, or two settings for one user.",
)
MAP = Entry(
    "pages/map.py",
    "Map",
    ":material/map:",
    "Explore",
    "All users in two dimensions: the crowd, a user in it, the neighbours, and those that the index missed.",
)
YOUR_TASTE = Entry(
    "pages/your_taste.py",
    "Your taste",
    ":material/favorite:",
    "Explore",
    "Rate films or upload an export, and see your own neighbours and recommendations at once.",
)
TUNING = Entry(
    "pages/tuning.py",
    "Tuning",
    ":material/tune:",
    "Judge",
    "Move k, dim and ef, and see at once what it does to quality and speed.",
)
EVALUATION = Entry(
    "pages/evaluation.py",
    "Evaluation",
    ":material/experiment:",
    "Judge",
    "Measure settings on held-out ratings, beside baselines, and use what is best.",
)
DIAGNOSTICS = Entry(
    "pages/diagnostics.py",
    "Diagnostics",
    ":material/stethoscope:",
    "Judge",
    "See what averages hide: hubs, empty similarities, users with low index recall, popularity bias.",
)
INDEX = Entry(
    "pages/index_inspector.py",
    "Index",
    ":material/account_tree:",
    "Judge",
    "Look into the HNSW graph, and follow one search through its layers, step by step.",
)
DATA = Entry(
    "pages/data.py",
    "Data",
    ":material/database:",
    "Manage",
    "Download, upload, and see what was built and what takes up disk space.",
)
JOBS = Entry(
    "pages/jobs.py",
    "Jobs",
    ":material/pending_actions:",
    "Manage",
    "Find the neighbours of all users, and see what runs, waits and is done.",
)
ENTRIES = (
    OVERVIEW,
    NEIGHBOURS,
    RECOMMENDATIONS,
    COMPARE,
    MAP,
    YOUR_TASTE,
    TUNING,
    EVALUATION,
    DIAGNOSTICS,
    INDEX,
    DATA,
    JOBS,
)
SECTIONS = tuple(dict.fromkeys(entry.section for entry in ENTRIES))
