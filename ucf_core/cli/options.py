"""Command-line options made from specs, whose parameters declare default, choices and help."""

import functools
import inspect
from collections.abc import Callable, Iterable
from dataclasses import fields
from enum import Enum
from typing import Annotated, Any

import typer

from ucf_core.parameter import Parameter, parameters
from ucf_core.scoring import PARAMETERS

Command = Callable[..., None]


def with_specs(*, without: tuple[str, ...] = (), **specs: Any) -> Callable[[Command], Command]:
    """Replace each spec parameter of a command by one option for every parameter of the spec.

    `with_specs(query=QuerySpec)` gives a command that has a parameter `query: QuerySpec` the options --k, --dim, ...
    in its stead. Parameters named in `without` get no option and keep their defaults.
    """
    options = {
        name: [
            _option(one.name, parameters(spec)[one.name], one.default)
            for one in fields(spec)
            if one.name in parameters(spec) and one.name not in without
        ]
        for name, spec in specs.items()
    }

    def decorate(command: Command) -> Command:
        def call(**values: Any) -> None:
            made = {
                name: spec(**{one.name: _plain(values.pop(one.name)) for one in options[name]})
                for name, spec in specs.items()
            }
            command(**values, **made)

        return _command(command, call, specs, [one for group in options.values() for one in group])

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

        return _command(command, call, (parameter,), [_option(name, known, []) for name, known in tried.items()])

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


def _command(command: Command, call: Command, replaced: Iterable[str], options: list[inspect.Parameter]) -> Command:
    """`call` with the parameters of `command`, but for those `replaced`, and with `options`."""
    own = [one for name, one in inspect.signature(command).parameters.items() if name not in replaced]
    signature = sorted([*own, *options], key=lambda one: one.default is not inspect.Parameter.empty)
    functools.update_wrapper(call, command)
    call.__signature__ = inspect.Signature(signature)  # type: ignore[attr-defined]
    call.__annotations__ = {one.name: one.annotation for one in signature}
    return call


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value
