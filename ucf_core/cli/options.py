"""Command-line options made from the specs, so that a parameter's name, default and help stand in one place."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import Field, fields
from enum import Enum
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import typer

from ucf_core.scoring import ScoringSpec
from ucf_core.specs import QuerySpec

Command = Callable[..., None]


def with_specs(
    *, without: tuple[str, ...] = (), **specs: type[QuerySpec] | type[ScoringSpec]
) -> Callable[[Command], Command]:
    """Replace each spec parameter of a command by one option for every field of the spec.

    `with_specs(query=QuerySpec)` gives a command that has a parameter `query: QuerySpec` the options --k, --dim, ...
    in its stead. Fields named in `without` get no option and keep their defaults.
    """

    def decorate(command: Command) -> Command:
        own = [p for name, p in inspect.signature(command).parameters.items() if name not in specs]
        options = {
            name: [
                _option(field, get_type_hints(spec)[field.name]) for field in fields(spec) if field.name not in without
            ]
            for name, spec in specs.items()
        }

        @functools.wraps(command)
        def call(**values: Any) -> None:
            made = {
                name: spec(**{option.name: values.pop(option.name) for option in options[name]})
                for name, spec in specs.items()
            }
            command(**values, **made)

        parameters = own + [option for group in options.values() for option in group]
        parameters.sort(key=lambda parameter: parameter.default is not inspect.Parameter.empty)
        call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        call.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return call

    return decorate


def with_grid(*, parameter: str, without: tuple[str, ...] = ()) -> Callable[[Command], Command]:
    """Replace `parameter` of a command by one option for every field of both specs, each of which may be repeated.

    The command gets {field: values given} of those that were given. Fields named in `without` get no option.
    """

    def decorate(command: Command) -> Command:
        tried = [
            (field, get_type_hints(spec)[field.name])
            for spec in (QuerySpec, ScoringSpec)
            for field in fields(spec)
            if field.name not in without
        ]
        options = [_repeatable(field, hint) for field, hint in tried]

        @functools.wraps(command)
        def call(**values: Any) -> None:
            given = {field.name: values.pop(field.name) for field, _ in tried}
            grid = {name: [_plain(value) for value in chosen] for name, chosen in given.items() if chosen}
            command(**values, **{parameter: grid})

        own = [p for name, p in inspect.signature(command).parameters.items() if name != parameter]
        parameters = sorted(own + options, key=lambda each: each.default is not inspect.Parameter.empty)
        call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        call.__annotations__ = {each.name: each.annotation for each in parameters}
        return call

    return decorate


def _repeatable(field: Field[Any], hint: Any) -> inspect.Parameter:
    """An option that may be given several times; none by default."""
    optional = get_args(hint) if get_origin(hint) is not Literal else ()
    kind = next(each for each in (*optional, hint) if each is not type(None))
    # of choices Typer takes lists as enums only
    one: Any = _choices(get_args(kind)) if get_origin(kind) is Literal else kind
    help_text = field.metadata["help"] + "; may be repeated"
    return inspect.Parameter(
        field.name,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        default=[],
        annotation=Annotated[list[one], typer.Option(_flag(field), help=help_text, show_default=False)],
    )


def _option(field: Field[Any], hint: Any) -> inspect.Parameter:
    return inspect.Parameter(
        field.name,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        default=field.default,
        annotation=Annotated[hint, typer.Option(_flag(field), help=field.metadata["help"])],
    )


def _choices(names: tuple[str, ...]) -> Any:
    return Enum("Choice", [(name, name) for name in names])


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


def _flag(field: Field[Any]) -> str:
    return "--" + field.name.replace("_", "-")
