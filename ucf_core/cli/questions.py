"""Commands about one user or the index: neighbours, predict, recommend, recall."""

from ucf_core.base.specs import LENGTH, QuerySpec
from ucf_core.cli.options import AsJson, Dataset, Efs, Item, Length, Sample, User, opened, with_specs
from ucf_core.cli.output import print_answer, table
from ucf_core.recommendations.scoring import ScoringSpec


@with_specs(query=QuerySpec)
def neighbours(dataset: Dataset, user: User, query: QuerySpec, as_json: AsJson = False) -> None:
    """List the users most similar to a user."""
    from ucf_core.cli.answers import neighbours_answer

    answer = neighbours_answer(opened(dataset), user, query)
    head = "{k} neighbours of user {user} by {engine} search in {milliseconds:.2f} ms; index recall {index_recall:.3f}"
    print_answer(
        answer,
        as_json,
        lambda: head.format_map(answer) + "\n" + table(answer["neighbours"], ("user", "similarity", "co_rated")),
    )


@with_specs(query=QuerySpec, scoring=ScoringSpec, without=("ranking",))
def predict(
    dataset: Dataset, user: User, item: Item, query: QuerySpec, scoring: ScoringSpec, as_json: AsJson = False
) -> None:
    """Predict a user's rating of an item, with the evidence for it."""
    from ucf_core.cli.answers import predict_answer

    answer = predict_answer(opened(dataset), user, item, query, scoring)
    basis = "bias estimate: too few neighbours rated it" if answer["fallback"] else f"{answer['support']} neighbours"
    print_answer(
        answer,
        as_json,
        lambda: (
            f"{answer['title'] or answer['item']}: {answer['predicted_rating']:.2f} ({basis})\n"
            + table(answer["evidence"], ("user", "similarity", "rating"))
        ),
    )


@with_specs(query=QuerySpec, scoring=ScoringSpec)
def recommend(
    dataset: Dataset,
    user: User,
    query: QuerySpec,
    scoring: ScoringSpec,
    n: Length = LENGTH.default,
    as_json: AsJson = False,
) -> None:
    """Recommend items that a user has not rated, with the evidence for each."""
    from ucf_core.cli.answers import recommend_answer

    answer = recommend_answer(opened(dataset), user, n, query, scoring)
    columns = ("score", "predicted_rating", "support", "item", "title")
    print_answer(answer, as_json, lambda: table(answer["recommendations"], columns))


@with_specs(query=QuerySpec, without=("ef", "space", "engine"))
def recall(
    dataset: Dataset,
    query: QuerySpec,
    ef: Efs = [16, 32, 64, 128, 256],  # noqa: B006  Typer reads the default and never changes it
    sample: Sample = 200,
    as_json: AsJson = False,
) -> None:
    """Measure the share of exact neighbours that the HNSW graph finds, for each ef."""
    from ucf_core.cli.answers import recall_answer

    answer = recall_answer(opened(dataset), ef, sample, query)
    columns = ("ef", "recall_by_id", "recall_by_distance", "distance_ratio", "milliseconds_per_query")
    print_answer(answer, as_json, lambda: table(answer["points"], columns))
