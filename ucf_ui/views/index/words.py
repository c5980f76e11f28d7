"""What the index page says about a search, in words."""

from ucf_core.base.specs import QuerySpec
from ucf_core.explorer.traced_search import TracedSearch
from ucf_core.index.graph.misses import Miss
from ucf_core.index.graph.trace import SearchTrace
from ucf_ui.base import text

WHY_HELP = (
    "Never looked at: the search stopped before it followed the links of anybody who links to this user. Seen on the "
    "way down only: what is found has to be met on the bottom layer, and there the search did not come by. Pushed out: "
    "it was looked at, but the list was full with users as near or nearer. Unreachable: no way through the graph leads "
    "to this user, so no search finds them."
)


def why_missed(miss: Miss) -> str:
    """Why a true neighbour was missed, in short."""
    if miss.why == "pushed out":
        return "Pushed out by users as near"
    if miss.why == "passed by":
        return "Seen on the way down only"
    if miss.why == "unreachable":
        return "Unreachable: no way leads there"
    if miss.seen:
        return "Never looked at: links too far off"
    return "Never looked at, nor who links to it"


def why_there_is_no_graph(asked: QuerySpec) -> str:
    """What to do where no HNSW index answers."""
    if asked.space == "raw":
        return (
            "Raw ratings are compared without an HNSW index of embeddings, so there is none to look into. Choose SVD "
            "embedding and HNSW index under Advanced."
        )
    if asked.chosen_engine == "exact":
        return "Exact search looks at everybody and uses no index. Choose HNSW index under Advanced to look into one."
    return "There is nothing to look into until the index is built."


def step_in_words(trace: SearchTrace, done: int, name: str) -> str:
    """What the step that was done last did; `name` is the user whose links it followed."""
    if not done:
        return "Every search begins at the same user, the entry point of the top layer. Move the slider to follow it."
    step = trace.steps[done - 1]
    where = f"Step {done} of {len(trace.steps)}, " + (f"layer {step.layer}" if step.layer else "bottom layer")
    who = f"user {text.plain(name)} (similarity {1 - step.distance:.3f})"
    number = int(step.kept.sum())
    if step.layer:
        links = text.counted(step.rows.size, "link")
        then = "moves to the nearest of them" if number else "finds no nearer user, and goes down a layer"
        return f"**{where}**: looks along the {links} of {who}, and {then}."
    fresh = text.counted(step.rows.size, "user") + " not seen before"
    kept = f"{number:,} of them enter the list" if number else "none is close enough to keep"
    left = f"{text.counted(step.waiting, 'user')} left to explore"
    return f"**{where}**: follows the links of {who} to {fresh}; {kept}. {left}."


def remarks(traced: TracedSearch) -> list[str]:
    """What is unusual about this search."""
    said = []
    if traced.found.engine == "exact":
        said.append(
            f"The graph leads this search to only {text.counted(traced.neighbours.size, 'user')}, fewer than k. "
            "Elsewhere exact search answers; here you see what the graph alone gives."
        )
    elif not traced.agrees:
        said.append("Some users are equally near; the index itself returned others of them than this replay.")
    if traced.share_computed > 1:
        said.append(
            "With so few users, or so broad a search, the index computes more distances than exact search would."
        )
    return said
