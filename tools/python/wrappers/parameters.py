"""A template's parameters as a typed language sees them: lists, numbers and choices instead of strings."""

import dataclasses
import enum
import re

from samtranslator.yaml_helper import yaml_parse

# Where the zip is: each wrapper puts it there itself.
CODE = {"CodeS3Bucket", "CodeS3Key"}


class Kind(enum.Enum):
    """The type that a parameter has in a typed language."""

    TEXT = enum.auto()
    CHOICE = enum.auto()
    NUMBER = enum.auto()
    BOOLEAN = enum.auto()
    LIST = enum.auto()
    BY_ACCOUNT = enum.auto()


class Unfit(Exception):
    """A parameter is of a form that the wrappers do not know."""


@dataclasses.dataclass(frozen=True)
class Parameter:
    """One parameter. `default` is a value of its kind, and `None` for a text that is empty or must be given."""

    name: str
    kind: Kind
    required: bool
    default: object
    description: str
    pattern: str | None
    constraint: str | None
    # The permitted values, as strings; of a list, the permitted words if there are only these.
    values: tuple[str, ...]
    least: int | None
    most: int | None
    longest: int | None
    # Of a list: what stands between its elements, and what stands for an empty one, if that is permitted.
    separator: str | None
    empty: str | None

    @property
    def snake(self):
        """Its name in Terraform."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", self.name).lower()

    @property
    def camel(self):
        """Its name in the CDK."""
        return self.name[0].lower() + self.name[1:]


def parameters(template):
    """The parameters of a template's file, in its order, but for those that say where the zip is."""
    declared = yaml_parse(template.read_text())["Parameters"]
    return [read(name, each) for name, each in declared.items() if name not in CODE]


def read(name, declared):
    """Reads one parameter's declaration."""
    pattern = declared.get("AllowedPattern")
    values = tuple(str(value) for value in declared.get("AllowedValues", []))
    kind, separator, empty = form(name, declared["Type"], pattern, values)
    return Parameter(
        name=name,
        kind=kind,
        required="Default" not in declared,
        default=typed(kind, str(declared["Default"]), separator, empty) if "Default" in declared else None,
        description=" ".join(declared["Description"].split()),
        pattern=pattern,
        constraint=declared.get("ConstraintDescription"),
        values=values or words(pattern, empty),
        least=declared.get("MinValue"),
        most=declared.get("MaxValue"),
        longest=declared.get("MaxLength"),
        separator=separator,
        empty=empty,
    )


def form(name, kind, pattern, values):
    """The kind of a parameter, and for lists the separator and the form of an empty one.

    That a string is a list stands nowhere but in its pattern, which repeats one element after a separator.
    """
    match kind:
        case "Number":
            return Kind.NUMBER, None, None
        case "CommaDelimitedList":
            return Kind.LIST, ",", ""
        case "String" if set(values) == {"true", "false"}:
            return Kind.BOOLEAN, None, None
        case "String" if values:
            return Kind.CHOICE, None, None
        case "String":
            separators = {" " if found[1] == " +" else "," for found in REPEATED.finditer(pattern or "")}
            if not separators:
                return Kind.TEXT, None, None
            if len(separators) > 1:
                raise Unfit(f"{name} has elements after several separators: {pattern}")
            empty = "" if re.fullmatch(pattern, "") else "none" if special(pattern) == "none" else None
            return Kind.BY_ACCOUNT if r"\d{12}=" in pattern else Kind.LIST, separators.pop(), empty
    raise Unfit(f"{name} is of the type {kind}")


# `( +` or `(,`, with which the pattern of a list separates elements. A Region's name repeats `(-`.
REPEATED = re.compile(r"\(( \+|, \?|,)")


def special(pattern):
    """The word that a list's pattern permits in place of elements, such as `all`."""
    found = re.match(r"\^\(?([a-z]+)[|$]", pattern)
    return found and found[1]


def words(pattern, empty):
    """The words of a list, if its pattern names each of them."""
    listed = re.search(r"\(([a-z-]+(?:\|[a-z-]+)+)\)\( \+", pattern or "")
    if not listed:
        return ()
    instead = special(pattern)
    return (*([instead] if instead and instead != empty else []), *listed[1].split("|"))


def typed(kind, default, separator, empty):
    """A parameter's default as a value of its kind."""
    match kind:
        case Kind.NUMBER:
            return int(default)
        case Kind.BOOLEAN:
            return default == "true"
        case Kind.LIST:
            return [] if default == empty else default.split(separator)
        case Kind.BY_ACCOUNT if default:
            raise Unfit(f"a value for each account is {default} by default")
        case Kind.BY_ACCOUNT:
            return {}
    return default or None
