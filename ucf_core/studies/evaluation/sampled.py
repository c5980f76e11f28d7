"""What an evaluation of a sample holds for: of a dataset on a cluster, nothing is learned from the other users."""

from dataclasses import dataclass

from ucf_core.ratings.ratings import Ratings
from ucf_core.studies.evaluation.spec import EvaluationSpec


@dataclass(frozen=True)
class Sampled:
    """An evaluation that knew `n_users` of a dataset's `of` users, drawn with `seed`, and nobody else."""

    n_users: int
    of: int
    seed: int

    @property
    def in_words(self) -> str:
        """What that means for its figures, in two sentences."""
        return (
            f"The figures hold for a sample of {self.n_users:,} of {self.of:,} users, drawn with seed {self.seed}. "
            "Neighbours come from the sample alone: neighbourhoods are sparser than in the whole dataset, so take the "
            "quality of settings as a lower estimate."
        )


def sampled_of(ratings: Ratings, spec: EvaluationSpec) -> Sampled | None:
    """The sample that an evaluation of `ratings` by `spec` learns from; None where it learns from all users."""
    if ratings.most_evaluated is None or spec.sample is None or spec.sample >= ratings.n_users:
        return None
    return Sampled(spec.sample, ratings.n_users, spec.split.seed)
