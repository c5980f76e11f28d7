"""Who is compared: every model of every adapter."""

import sys
from collections.abc import Sequence
from typing import Literal, TypeAlias

from benchmarks.peers import ours, with_implicit, with_lenskit, with_surprise
from benchmarks.peers.model import OURS, REMEDY, Model, installed, require
from ucf_core.base.errors import SpecError

Protocol: TypeAlias = Literal["ratings", "lists"]

_ADAPTERS = (ours, with_surprise, with_lenskit, with_implicit)


def models_of(protocol: Protocol) -> list[Model]:
    """All models that take part in a protocol, installed or not."""
    if protocol == "ratings":
        return [model for adapter in _ADAPTERS for model in adapter.rating_models()]
    return [model for adapter in _ADAPTERS for model in adapter.list_models()]


def chosen(protocol: Protocol, wanted: Sequence[str]) -> list[Model]:
    """Those models whose name holds one of the `wanted` texts, in any case; without any, all that are installed.

    Models whose library is missing are left out, with a line on standard error; if they are wanted, MissingExtraError
    is raised.
    """
    models = models_of(protocol)
    if wanted:
        models = [model for model in models if any(text.lower() in model.name.lower() for text in wanted)]
        for model in models:
            require(model.library)
        return models
    for library in sorted({model.library for model in models} - {OURS}):
        if installed(library) is None:
            print(
                f"{library} is not installed, so its models are left out; get it with: {REMEDY[library]}",
                file=sys.stderr,
            )
    return [model for model in models if installed(model.library)]


def check_wanted(protocols: Sequence[Protocol], wanted: Sequence[str]) -> None:
    """Raise SpecError for a text that is in the name of no model of these protocols."""
    names = [model.name for protocol in protocols for model in models_of(protocol)]
    for text in wanted:
        if not any(text.lower() in name.lower() for name in names):
            raise SpecError(f"--models {text}: no model is called so; choose from {', '.join(dict.fromkeys(names))}")
