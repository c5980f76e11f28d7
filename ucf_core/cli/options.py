"""Arguments that several commands share, and options made from the parameters of specs."""

import functools
import inspect
from collections.abc import Callable, Sequence
from dataclasses import fields
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from ucf_core.base.parameter import Parameter, parameters
from ucf_core.base.specs import EF, LENGTH
from ucf_core.recommendations.scoring import PARAMETERS

Command = Callable[..., None]


def with_specs(*, without: tuple[str, ...] = (), **specs: Any) -> Callable[[Command], Command]:
    """Replace each spec parameter of a command by one option for every parameter of the spec.

    `with_specs(query=QuerySpec)` replaces a parameter `query: QuerySpec` by the options --k, --dim, ... Parameters
    named in `without` get no option and keep their defaults.
    """
    names = {name: [one for one in parameters(spec) if one not in without] for name, spec in specs.items()}

    def collect(values: dict[str, Any]) -> dict[str, Any]:
        return {name: spec(**{one: values.pop(one) for one in names[name]}) for name, spec in specs.items()}

    def options() -> list[inspect.Parameter]:
        return [
            _option(one.name, parameters(spec)[one.name], one.default)
            for name, spec in specs.items()
            for one in fields(spec)
            if one.name in names[name]
        ]

    return functools.partial(_Command, collect=collect, options=options, replaced=tuple(specs))


def with_grid(*, parameter: str, without: tuple[str, ...] = ()) -> Callable[[Command], Command]:
    """Replace `parameter` of a command by one repeatable option for every known parameter.

    The command gets {name: values} of the options that were given. Parameters named in `without` get no option.
    """
    tried = {name: known for name, known in PARAMETERS.items() if name not in without}

    def collect(values: dict[str, Any]) -> dict[str, Any]:
        given = {name: values.pop(name) for name in tried}
        return {parameter: {name: chosen for name, chosen in given.items() if chosen}}

    def options() -> list[inspect.Parameter]:
        return [_option(name, known, []) for name, known in tried.items()]

    return functools.partial(_Command, collect=collect, options=options, replaced=(parameter,))


def flag(name: str, parameter: Parameter, note: str = "", *, show_default: bool = True) -> Any:
    """Typer's option for `parameter`; `note` follows the help."""
    words = parameter.brief.format(default=parameter.default) + note
    return typer.Option("--" + name.replace("_", "-"), help=words, show_default=show_default)


def _option(name: str, parameter: Parameter, default: Any) -> inspect.Parameter:
    # Typer accepts choices as an Enum only
    kind: Any = Enum("Choice", [(one, one) for one in parameter.choices]) if parameter.choices else parameter.kind
    several = isinstance(default, list)
    about = flag(name, parameter, "; may be repeated" if several else "", show_default=not several)
    hint: Any = list[kind] if several else kind | None
    return inspect.Parameter(
        name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=Annotated[hint, about]
    )


class _Command:
    """A command whose options are made when Typer reads its signature, so that all registered rules are choices."""

    def __init__(
        self,
        command: Command,
        *,
        collect: Callable[[dict[str, Any]], dict[str, Any]],
        options: Callable[[], list[inspect.Parameter]],
        replaced: Sequence[str],
    ) -> None:
        functools.update_wrapper(self, command, ("__module__", "__name__", "__qualname__", "__doc__"), ())
        self._command, self._collect, self._options, self._replaced = command, collect, options, replaced

    def __call__(self, **values: Any) -> None:
        plain = {name: _plain(value) for name, value in values.items()}
        collected = self._collect(plain)  # takes its options out of `plain`
        self._command(**plain, **collected)

    @property
    def __signature__(self) -> inspect.Signature:
        own = [one for name, one in inspect.signature(self._command).parameters.items() if name not in self._replaced]
        signature = sorted([*own, *self._options()], key=lambda one: one.default is not inspect.Parameter.empty)
        return inspect.Signature(signature)

    @property
    def __annotations__(self) -> dict[str, Any]:  # type: ignore[override]
        return {name: one.annotation for name, one in self.__signature__.parameters.items()}


def _plain(value: Any) -> Any:
    """The value of a choice, or of each in a list of them."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value.value if isinstance(value, Enum) else value


Dataset: TypeAlias = Annotated[str, typer.Argument(help="sample, a downloaded dataset's name, or a folder or file")]
User: TypeAlias = Annotated[str, typer.Argument(help="a user id of the dataset")]
Item: TypeAlias = Annotated[str, typer.Argument(help="an item id of the dataset")]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="print one JSON document")]
Length: TypeAlias = Annotated[int, flag("n", LENGTH)]
Efs: TypeAlias = Annotated[list[int], flag("ef", EF, "; may be given several times")]
Sample: TypeAlias = Annotated[int, typer.Option("--sample", help="how many users to measure on")]


def opened(dataset: str) -> Any:
    """The Explorer of a dataset on this machine, or of a build that a cluster made."""
    from ucf_core.datasets.load import load_ratings
    from ucf_core.explorer.explorer import Explorer

    if (folder := _cluster_build(dataset)) is not None:
        from ucf_core.cluster.serve.explorer import open_served

        return open_served(folder)
    return Explorer(load_ratings(dataset))


def _cluster_build(dataset: str) -> Path | None:
    """The folder of a cluster build, if `dataset` is one or names one."""
    from ucf_core.base.files.paths import home
    from ucf_core.datasets.sources.cluster_builds import PREFIX, cluster_path

    if dataset.startswith(PREFIX):
        return cluster_path(dataset, home())
    try:
        return Path(dataset) if (Path(dataset) / "about.json").is_file() else None
    except (OSError, ValueError):  # not a path that can exist; the reader says so
        return None
