"""Results as Markdown and JSON, and the generated part of a document."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.documents import Generated

_DOCUMENT = Generated("peers", ("table",), "Peers")

check_out = _DOCUMENT.problem


def write(path: Path, results: dict[str, Any]) -> None:
    """Write results as JSON, or into a Markdown document.

    In a document only what is between `<!-- peers:table -->` and `<!-- /peers:table -->` is replaced. A document that
    is not there is made.
    """
    _DOCUMENT.write(path, results, {"table": markdown(results)})


def markdown(results: Mapping[str, Any]) -> str:
    """What was measured on, and the tables of the protocols that were run."""
    parts = [_setting(results)]
    if "ratings" in results:
        parts.append(_rating_table(results["ratings"], results["seed"]))
    if "lists" in results:
        parts += [_list_table(results["lists"], results["seed"]), _settings_table(results["lists"])]
    return "\n".join(parts)


def _setting(results: Mapping[str, Any]) -> str:
    data, machine = results["dataset"], results["machine"]
    libraries = ", ".join(f"{name} {version}" for name, version in results["libraries"].items())
    return (
        f"- Data: {data['name']}; {data['n_ratings']:,} ratings of {data['n_users']:,} users and "
        f"{data['n_items']:,} films.\n"
        f"- Software: Python {machine['python']}, numpy {machine['versions']['numpy']}"
        f"{', ' if libraries else ''}{libraries}.\n"
        f"- Seconds are CPU time ({machine['processor']}), one thread each.\n"
        "- In brackets: 95 % bootstrap intervals over users. Differences are paired, and bold if the interval excludes "
        "0.\n"
    )


def _rating_table(ratings: Mapping[str, Any], seed: int) -> str:
    lines = [
        f"### Predicted ratings: {ratings['folds']} folds, seed {seed}, best first",
        "",
        "Nothing is tuned in this run. The libraries use their default settings except for those shown; our settings "
        "were found earlier, by cross-validation on MovieLens data, which favours ours. "
        + (
            f"Differences are to {ratings['reference']}, the best of ours here; above 0 ours is better."
            if ratings["reference"]
            else "None of ours was measured, so there are no differences."
        ),
        "",
        "| model | RMSE | difference | MAE | difference | fit | predict | settings |",
        "| --- " * 8 + "|",
    ]
    for row in sorted(ratings["rows"], key=lambda row: row["rmse"][0]):
        cells = [
            row["model"],
            _interval(row["rmse"]),
            _difference(row["rmse_difference"]),
            _interval(row["mae"]),
            _difference(row["mae_difference"]),
            f"{row['fit_seconds']:.1f} s",
            f"{row['predict_seconds']:.1f} s",
            _pairs(row["settings"]) or "-",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _list_table(lists: Mapping[str, Any], seed: int) -> str:
    n, references = lists["n"], lists["references"]
    heads = ["model", f"nDCG@{n}", *(f"to {name}" for name in references)]
    heads += ["precision", "recall", "hit rate", "item coverage", "fit", "lists"]
    lines = [
        f"### Lists of {n}: {100 * lists['share']:.0f} % of every user's ratings held out, seed {seed}, best first",
        "",
        "Lists are drawn from films the user has not rated in training; every held-out film is relevant, whatever its "
        "rating. "
        + (
            f"Differences are to {' and to '.join(references)}; the first was the best of ours on the validation part. "
            "Below 0 ours is better."
            if references
            else "None of ours was measured, so there are no differences."
        ),
        "",
        "| " + " | ".join(heads) + " |",
        "| --- " * len(heads) + "|",
    ]
    for row in sorted(lists["rows"], key=lambda row: -row["ndcg"][0]):
        cells = [
            row["model"],
            _interval(row["ndcg"]),
            *(_difference(row["ndcg_differences"][name]) for name in references),
            *(_interval(row[name]) for name in ("precision", "recall", "hit_rate")),
            f"{row['item_coverage']:.3f}",
            f"{row['fit_seconds']:.1f} s",
            f"{row['list_seconds']:.1f} s",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _settings_table(lists: Mapping[str, Any]) -> str:
    lines = [
        (
            f"Settings chosen for the lists by nDCG@{lists['n']} on a validation part, held out of the training part "
            f"with seed {lists['validation_seed']}. Each round tries all combinations of its values, with the settings "
            "chosen in earlier rounds."
        ),
        "",
        "| model | chosen | tried | on validation | rounds |",
        "| --- " * 5 + "|",
    ]
    for row in lists["rows"]:
        if not row["settings_tried"]:
            continue
        rounds = lists["grids"][row["model"]]
        chosen = {name: row["settings"][name] for tuned in rounds for name in tuned}
        grids = "; ".join(_pairs({name: "/".join(map(str, of)) for name, of in tuned.items()}) for tuned in rounds)
        reached = f"{row['validation_ndcg']:.4f}"
        lines.append(f"| {row['model']} | {_pairs(chosen)} | {row['settings_tried']} | {reached} | {grids} |")
    return "\n".join(lines) + "\n"


def _pairs(values: Mapping[str, Any]) -> str:
    """Names and values in one line; what belongs to a name of its own is in brackets."""
    shown = ((name, f"({_pairs(of)})" if isinstance(of, dict) else of) for name, of in values.items())
    return ", ".join(f"{name} {of}" for name, of in shown)


def _interval(values: list[float]) -> str:
    estimate, low, high = values
    return f"{estimate:.4f} ({low:.3f}-{high:.3f})"


def _difference(values: list[float] | None) -> str:
    if values is None:
        return "-"
    # rounded as it is shown, so that nothing is bold beside a 0.0000; adding 0.0 makes -0.0 positive
    estimate, low, high = (round(value, 4) + 0.0 for value in values)
    shown = f"{estimate:+.4f} ({low:+.4f} to {high:+.4f})"
    return f"**{shown}**" if low > 0 or high < 0 else shown
