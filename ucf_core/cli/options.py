"""Command-line options made from the specs, so that a parameter's name, default and help stand in one place."""

import functools
import inspect
from collections.abc import Callable, Sequence
from dataclasses import Field, fields
from enum import Enum
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import typer

from ucf_core.scoring import CHOICES, ScoringSpec
from ucf_core.specs import QuerySpec

Command = Callable[..., None]
Spec = QuerySpec | ScoringSpec


def with_specs(*, without: tuple[str, ...] = (), **specs: type[Spec]) -> Callable[[Command], Command]:
    """Replace each spec parameter of a command by one option for every field of the spec.

    `with_specs(query=QuerySpec)` gives a command that has a parameter `query: QuerySpec` the options --k, --dim, ...
    in its stead. Fields named in `without` get no option and keep their defaults.
    """

    def decorate(command: Command) -> Command:
        def call(**values: Any) -> None:
            made = {
                name: spec(**{field.name: values.pop(field.name) for field, _ in _fields(spec, without)})
                for name, spec in specs.items()
            }
            command(**values, **made)

        def options() -> list[inspect.Parameter]:
            return [_option(field, hint) for spec in specs.values() for field, hint in _fields(spec, without)]

        return _Command(command, call, options, tuple(specs))

    return decorate


def with_grid(*, parameter: str, without: tuple[str, ...] = ()) -> Callable[[Command], Command]:
    """Replace `parameter` of a command by one option for every field of both specs, each of which may be repeated.

    The command gets {field: values given} of those that were given. Fields named in `without` get no option.
    """

    def decorate(command: Command) -> Command:
        def call(**values: Any) -> None:
            given = {option.name: values.pop(option.name) for option in options()}
            grid = {name: [_plain(value) for value in chosen] for name, chosen in given.items() if chosen}
            command(**values, **{parameter: grid})

        def options() -> list[inspect.Parameter]:
            return [
                _repeatable(field, hint) for spec in (QuerySpec, ScoringSpec) for field, hint in _fields(spec, without)
            ]

        return _Command(command, call, options, (parameter,))

    return decorate


class _Command:
    """A command whose options are made when Typer reads its signature, so that all registered rules are choices."""

    def __init__(
        self, command: Command, call: Command, options: Callable[[], list[inspect.Parameter]], replaced: Sequence[str]
    ) -> None:
        functools.update_wrapper(self, command, ("__module__", "__name__", "__qualname__", "__doc__"), ())
        self._call, self._options = call, options
        self._own = [one for name, one in inspect.signature(command).parameters.items() if name not in replaced]

    def __call__(self, **values: Any) -> None:
        self._call(**values)

    @property
    def __signature__(self) -> inspect.Signature:
        parameters = [*self._own, *self._options()]
        return inspect.Signature(sorted(parameters, key=lambda one: one.default is not inspect.Parameter.empty))

    @property
    def __annotations__(self) -> dict[str, Any]:  # type: ignore[override]
        return {name: one.annotation for name, one in self.__signature__.parameters.items()}


def _fields(spec: type[Spec], without: Sequence[str]) -> list[tuple[Field[Any], Any]]:
    """Fields and their types, where those of a registry are its names."""
    hints = get_type_hints(spec) | {name: Literal[tuple(registry)] for name, registry in CHOICES.items()}
    return [(field, hints[field.name]) for field in fields(spec) if field.name not in without]


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
