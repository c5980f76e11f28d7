"""Parameters: what a field of a spec declares once, for its check, the command line, widgets, links and sentences."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from numbers import Integral, Real
from typing import Any, cast

from ucf_core.base.errors import SpecError

_KEY = "parameter"


def check_range(name: str, value: object, low: float, high: float) -> None:
    """Raise SpecError unless `value` is a number (not a bool, not NaN) with low <= value <= high."""
    if isinstance(value, bool) or not isinstance(value, Real) or not low <= cast(float, value) <= high:
        raise SpecError(f"{name}={value!r} is out of range; choose {low:,} <= {name} <= {high:,}")


def check_int(name: str, value: object, low: int, high: int) -> None:
    """Raise SpecError unless `value` is an integer with low <= value <= high."""
    if not isinstance(value, Integral):
        raise SpecError(f"{name}={value!r} is not a whole number; choose {low:,} <= {name} <= {high:,}")
    check_range(name, value, low, high)


def check_choice(name: str, value: object, choices: Collection[str]) -> None:
    """Raise SpecError unless `value` is one of `choices`."""
    if value not in choices:
        raise SpecError(f"{name}={value!r} is not known; choose one of {', '.join(choices)}")


@dataclass(frozen=True, kw_only=True, eq=False)
class Parameter:
    """One parameter of a spec. It has `choices`, or bounds whose type (int or float) is that of its values.

    Attributes:
        default: the value where none is set. A field may have None instead, which leaves it to other fields; pages
            begin with this value all the same.
        label: its name on a page.
        help: what it does, for a page.
        brief: the same in a few words, for the command line; {default} is the default.
        low, high: bounds that no data can lift. Bounds that depend on the data are checked where the data is known.
        choices: values that are names, with their titles; or a registry, whose entries have `title` and `explanation`.
        stops: values that a page offers, rising. Without `stops` it offers multiples of `step` up to `most`.
        most: the largest value that a page takes from a link; 0 for the last of `stops`, or `high`.
        examples: values worth trying in a grid.
        words: how a sentence names a value: text with a place for the value, or a text for each choice; by default
            the name of the parameter before the value.
    """

    default: Any
    label: str = ""
    help: str = ""
    brief: str = ""
    low: float = 0
    high: float = 0
    choices: Mapping[str, Any] = field(default_factory=dict)
    stops: Sequence[float] = ()
    step: float = 1
    most: float = 0
    examples: Sequence[float] = ()
    words: str | Mapping[str, str] = ""

    @property
    def kind(self) -> type[int] | type[float] | type[str]:
        """The type of its values."""
        return str if self.choices else type(self.low)

    @property
    def largest(self) -> Any:
        """The largest value that a page takes."""
        return self.most or (self.stops[-1] if self.stops else self.high)

    @property
    def explained(self) -> str:
        """The help, with the explanations of the choices where they have any."""
        entries = [entry for entry in self.choices.values() if not isinstance(entry, str)]
        return "  \n".join([self.help, *(f"**{entry.title}**: {entry.explanation}" for entry in entries)])

    def check(self, name: str, value: object) -> None:
        """Raise SpecError unless `value` is one of `choices`, or within the bounds and of their type."""
        if self.choices:
            check_choice(name, value, self.choices)
        elif isinstance(self.low, int):
            check_int(name, value, self.low, cast(int, self.high))
        else:
            check_range(name, value, self.low, self.high)

    def read(self, text: str) -> Any:
        """The value that `text` of a link gives; None where it gives none that is allowed."""
        if self.choices:
            return text if text in self.choices else None
        return read_number(text, self.low, self.high)

    def text(self, value: Any) -> str:
        """A value as people read it."""
        if value is None:
            return "none"
        if not isinstance(value, str):
            return f"{value:g}"
        entry = self.choices.get(value, value)
        return entry if isinstance(entry, str) else str(entry.title)

    def phrase(self, name: str, value: Any) -> str:
        """The parameter and a value within a sentence: "k 50", "list by weighted ratings"."""
        if isinstance(self.words, Mapping):
            return self.words.get(value, self.text(value))
        return (self.words or f"{name} {{}}").format(lowered(self.text(value)))


def read_number(text: str, low: float, high: float) -> Any:
    """The number in `text`, of the type that `low` has; None where there is none within the bounds."""
    try:
        value = type(low)(text)
    except ValueError:
        return None
    return value if low <= value <= high else None


def lowered(words: str) -> str:
    """Words as they are written within a sentence: "HNSW" stays as it is."""
    return words if words[:2].isupper() else words[:1].lower() + words[1:]


def declared(parameter: Parameter, **default: Any) -> Any:
    """The dataclass field that `parameter` describes, with another default where `default=` gives one."""
    return field(**({"default": parameter.default} | default), metadata={_KEY: parameter})


def parameters(spec: Any) -> dict[str, Parameter]:
    """The parameters of a spec, an instance or a class, by the names of their fields."""
    return {one.name: one.metadata[_KEY] for one in fields(spec) if _KEY in one.metadata}


def check(spec: Any) -> None:
    """Raise SpecError for a field that its parameter does not allow; None is allowed where it is the field's default.

    NumPy's numbers become Python's, so that the spec can be written as JSON.
    """
    known = parameters(spec)
    for one in fields(spec):
        value = getattr(spec, one.name)
        if one.name not in known or (value is None and one.default is None):
            continue
        known[one.name].check(one.name, value)
        if isinstance(value, Real):
            object.__setattr__(spec, one.name, int(value) if isinstance(value, Integral) else float(value))


def in_words(spec: Any, *, always: Collection[str] = (), among: Collection[str] | None = None) -> list[str]:
    """Parts of a sentence: the fields `always`, and those `among` the others (all) that differ from their defaults.

    Fields that have no effect, which are those in `spec.unused`, are left out.
    """
    known, parts = parameters(spec), []
    for one in fields(spec):
        name, value = one.name, getattr(spec, one.name)
        shown = name in always or (value != one.default and (among is None or name in among))
        if name in known and shown and value is not None and name not in spec.unused:
            parts.append(known[name].phrase(name, value))
    return parts
