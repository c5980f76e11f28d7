"""Command-line options made from specs, whose parameters declare default, choices and help."""

import functools
import inspect
from collections.abc import Callable, Sequence
from dataclasses import fields
from enum import Enum
from typing import Annotated, Any

import typer

from ucf_core.base.parameter import Parameter, parameters
from ucf_core.recommendations.scoring import PARAMETERS

Command = Callable[..., None]


def with_specs(*, without: tuple[str, ...] = (), **specs: Any) -> Callable[[Command], Command]:
    """Replace each spec parameter of a command by one option for every parameter of the spec.

    `with_specs(query=QuerySpec)` gives a command that has a parameter `query: QuerySpec` the options --k, --dim, ...
    in its stead. Parameters named in `without` get no option and keep their defaults.
    """
    names = {name: [one for one in parameters(spec) if one not in without] for name, spec in specs.items()}

    def decorate(command: Command) -> Command:
        def call(**values: Any) -> None:
            made = {name: spec(**{one: _plain(values.pop(one)) for one in names[name]}) for name, spec in specs.items()}
            command(**values, **made)

        def options() -> list[inspect.Parameter]:
            return [
                _option(one.name, parameters(spec)[one.name], one.default)
                for name, spec in specs.items()
                for one in fields(spec)
                if one.name in names[name]
            ]

        return _Command(command, call, options, tuple(specs))

    return decorate


def with_grid(*, parameter: str, without: tuple[str, ...] = ()) -> Callable[[Command], Command]:
    """Replace `parameter` of a command by one option for every known parameter, each of which may be repeated.

    The command gets {name: values given} of those that were given. Parameters named in `without` get no option.
    """
    tried = {name: known for name, known in PARAMETERS.items() if name not in without}

    def decorate(command: Command) -> Command:
        def call(**values: Any) -> None:
            given = {name: [_plain(value) for value in values.pop(name)] for name in tried}
            command(**values, **{parameter: {name: chosen for name, chosen in given.items() if chosen}})

        def options() -> list[inspect.Parameter]:
            return [_option(name, known, []) for name, known in tried.items()]

        return _Command(command, call, options, (parameter,))

    return decorate


def flag(name: str, parameter: Parameter, note: str = "", *, show_default: bool = True) -> Any:
    """Typer's description of an option for `parameter`; `note` comes after the help."""
    words = parameter.brief.format(default=parameter.default) + note
    return typer.Option("--" + name.replace("_", "-"), help=words, show_default=show_default)


def _option(name: str, parameter: Parameter, default: Any) -> inspect.Parameter:
    # Typer takes a list of choices as enums only
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
        self, command: Command, call: Command, options: Callable[[], list[inspect.Parameter]], replaced: Sequence[str]
    ) -> None:
        functools.update_wrapper(self, command, ("__module__", "__name__", "__qualname__", "__doc__"), ())
        self._command, self._call, self._options, self._replaced = command, call, options, replaced

    def __call__(self, **values: Any) -> None:
        self._call(**values)

    @property
    def __signature__(self) -> inspect.Signature:
        own = [one for name, one in inspect.signature(self._command).parameters.items() if name not in self._replaced]
        signature = sorted([*own, *self._options()], key=lambda one: one.default is not inspect.Parameter.empty)
        return inspect.Signature(signature)

    @property
    def __annotations__(self) -> dict[str, Any]:  # type: ignore[override]
        return {name: one.annotation for name, one in self.__signature__.parameters.items()}


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value
