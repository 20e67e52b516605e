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
            whole = alternatives(pattern)
            empty = next((each for each in ("", "none") if each in whole), None)
            separators = {" " if found[1].startswith(" ") else "," for found in map(REPEATED.search, whole) if found}
            if not separators:
                return Kind.TEXT, None, None
            if len(separators) > 1:
                raise Unfit(f"{name} has elements after several separators: {pattern}")
            by_account = any(each.startswith("[0-9]{12}=") for each in whole)
            return Kind.BY_ACCOUNT if by_account else Kind.LIST, separators.pop(), empty
    raise Unfit(f"{name} is of the type {kind}")


# `( +element)*` or `(,element)*`, the repeated part of a list. A Region's name repeats `(-[a-z]+)`.
REPEATED = re.compile(r"\(( \+|, \?|,)")


def alternatives(pattern):
    """The alternatives of a pattern of the form `^a$|^b$`."""
    return pattern[1:-1].split("$|^") if pattern else []


def words(pattern, empty):
    """The words of a list, if its pattern names each of them."""
    found = {}
    for each in alternatives(pattern):
        listed = re.fullmatch(r"\(([a-z|-]+)\)\( \+\(\1\)\)\*", each)
        if listed:
            found |= dict.fromkeys(listed[1].split("|"))
        elif re.fullmatch(r"[a-z-]+", each) and each != empty:
            found[each] = None
        elif each and each != empty:
            return ()
    return tuple(found)


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
