"""Terraform's variables, and the parameters that are made of them."""

import json
import re

from wrappers.parameters import Kind
from wrappers.wording import either, renamed, unseparated

HEADER = "# Written by deploy/generate from the template's parameters: change them there.\n"

TYPES = {
    Kind.TEXT: "string",
    Kind.CHOICE: "string",
    Kind.NUMBER: "number",
    Kind.BOOLEAN: "bool",
    Kind.LIST: "list(string)",
    Kind.BY_ACCOUNT: "map(string)",
}


def variables(parameters):
    """The text of variables.tf."""
    names = {each.name: f"`{each.snake}`" for each in parameters}
    return "\n".join([HEADER, *(variable(each, names) for each in parameters)])


def variable(parameter, names):
    """One variable's block."""
    lines = [
        f'variable "{parameter.snake}" {{',
        f"  description = {quoted(description(parameter, names))}",
        f"  type        = {TYPES[parameter.kind]}",
    ]
    if not parameter.required:
        lines.append(f"  default     = {literal(parameter.default)}")
    # With a default, null means the default; without one, that the parameter is not set.
    if parameter.required or parameter.default is not None:
        lines.append("  nullable    = false")
    for condition, message in validations(parameter):
        lines += ["", "  validation {", f"    condition     = {condition}"]
        lines += [f"    error_message = {quoted(message)}", "  }"]
    return "\n".join([*lines, "}", ""])


def description(parameter, names):
    """The parameter's description, in the words of typed variables."""
    text = renamed(parameter.description, names)
    if parameter.kind is Kind.TEXT:
        return text.replace("Empty for none", "Null for none").replace("Empty:", "Null:").replace("or empty", "or null")
    if parameter.kind is Kind.BY_ACCOUNT:
        return f"{text} Here a map from accounts to their ids; the key * stands for all accounts."
    return unseparated(text) if parameter.kind is Kind.LIST else text


def value(parameter):
    """The parameter's value, as an expression of its variable."""
    name = f"var.{parameter.snake}"
    match parameter.kind:
        case Kind.LIST if parameter.empty:
            return f'length({name}) == 0 ? "{parameter.empty}" : join("{parameter.separator}", {name})'
        case Kind.LIST:
            return f'join("{parameter.separator}", {name})'
        case Kind.BY_ACCOUNT:
            pair = 'account == "*" ? id : "${account}=${id}"'
            return f'join("{parameter.separator}", [for account, id in {name} : {pair}])'
    return name


def validations(parameter):
    """Each condition of the parameter, with the sentence that says that it does not hold."""
    name, variable = parameter.snake, f"var.{parameter.snake}"
    optional = f"{variable} == null || " if parameter.default is None and not parameter.required else ""
    if parameter.kind in (Kind.CHOICE, Kind.NUMBER) and parameter.values:
        number = parameter.kind is Kind.NUMBER
        permitted = ", ".join(each if number else quoted(each) for each in parameter.values)
        yield f"contains([{permitted}], {variable})", f"{name} must be {either(parameter.values)}."
    if parameter.least is not None:
        between = f"{variable} >= {parameter.least} && {variable} <= {parameter.most}"
        yield between, f"{name} must be from {parameter.least} to {parameter.most}."
    if parameter.pattern:
        conditions = [f"can(regex({quoted(each)}, {value(parameter)}))" for each in expressible(parameter.pattern)]
        excluded, matched = conditions[:-1], conditions[-1]
        condition = " && ".join([*(f"!{each}" for each in excluded), matched])
        if parameter.kind is Kind.LIST and parameter.values:
            constraint = f"must be a list of {either(parameter.values)}"
        elif parameter.separator:
            constraint = unseparated(parameter.constraint)
        else:
            constraint = parameter.constraint.replace("or empty", "or null")
        yield optional + (f"({condition})" if optional and excluded else condition), f"{name} {constraint}."
    if parameter.longest is not None:
        yield (
            f"try(length({variable}), 0) <= {parameter.longest}",
            f"{name} must have at most {parameter.longest} characters.",
        )


def expressible(pattern):
    """The patterns in Terraform's syntax (RE2). A value must match the last one, and none of the others.

    RE2 has no negative look-ahead and repeats nothing more than 1,000 times.
    """
    unlike = re.match(r"\^\(\?!([^)]*)\)", pattern)
    rest = "^" + pattern[unlike.end() :] if unlike else pattern
    rest = re.sub(
        r"(\[[^]]*\])\{(\d+),(\d{4,})\}",
        lambda found: f"{found[1]}{{{found[2]},1000}}{found[1]}{{0,{int(found[3]) - 1000}}}",
        rest,
    )
    return [f"^{unlike[1]}", rest] if unlike else [rest]


def mapping(parameters):
    """The text of parameters.tf: the local `parameters`."""
    width = max(len(each.name) for each in parameters)
    lines = [f"    {each.name:{width}} = {value(each)}" for each in parameters]
    return "\n".join([HEADER, "locals {", "  parameters = {", *lines, "  }", "}", ""])


def literal(given):
    """A value as Terraform writes it."""
    match given:
        case None:
            return "null"
        case dict():
            return "{}"
        case list():
            return f"[{', '.join(map(quoted, given))}]"
        case str():
            return quoted(given)
    return json.dumps(given)


def quoted(text):
    """A string as Terraform writes it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace("${", "$${").replace("%{", "%%{") + '"'
