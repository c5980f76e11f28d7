"""Command-line options made from the specs, so that a parameter's name, default and help stand in one place."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import Field, fields
from typing import Annotated, Any, get_type_hints

import typer

from ucf_core.specs import QuerySpec, ScoringSpec

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


def _option(field: Field[Any], hint: Any) -> inspect.Parameter:
    flag = "--" + field.name.replace("_", "-")
    return inspect.Parameter(
        field.name,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        default=field.default,
        annotation=Annotated[hint, typer.Option(flag, help=field.metadata["help"])],
    )
