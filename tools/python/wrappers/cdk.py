"""The CDK package's typed settings, and the table that leads from them to the template's parameters."""

import json
import re
import textwrap

from wrappers.parameters import Kind
from wrappers.wording import either, renamed, unseparated

HEADER = "// Written by deploy/generate from the template's parameters: change them there.\n"
WIDTH = 120

TYPES = {
    Kind.TEXT: "string",
    Kind.NUMBER: "number",
    Kind.BOOLEAN: "boolean",
    Kind.BY_ACCOUNT: "{ [account: string]: string }",
}


def settings(parameters):
    """The text of settings.ts: the enumerations, and the properties that have them."""
    names = {each.name: f"`{each.camel}`" for each in parameters}
    enumerated = [enumeration(each, names) for each in parameters if enumerable(each)]
    properties = "\n".join(setting(each, names) for each in parameters)
    return "\n".join(
        [
            HEADER,
            *enumerated,
            "/** The settings of the function and its stack: the parameters of the CloudFormation template. */",
            f"export interface AutoRollbackSettings {{\n{properties}}}\n",
        ]
    )


def table(parameters):
    """The text of parameters.ts: the parameter of each property, and how a list becomes a string."""
    rows = []
    for each in parameters:
        words = either(each.values) if each.separator and each.values else None
        row = {"name": each.name, "separator": each.separator, "empty": each.empty, "words": words}
        parts = [f"{key}: {string(text)}" for key, text in row.items() if text is not None]
        rows.append(f"  {each.camel}: {{ {', '.join(parts)} }},")
    return "\n".join(
        [
            HEADER,
            "/** A parameter of the template. */",
            "export interface Parameter {",
            "  readonly name: string;",
            "  /** What stands between the elements of a list. */",
            "  readonly separator?: string;",
            "  /** What stands for an empty list. */",
            "  readonly empty?: string;",
            "  /** The elements that a list may have, for a sentence. */",
            "  readonly words?: string;",
            "}",
            "",
            "/** The parameter of each property. */",
            "export const PARAMETERS: { readonly [property: string]: Parameter } = {",
            *rows,
            "};",
            "",
        ]
    )


def moved(sentences, parameters):
    """The text of moved.ts: what took the place of a parameter of an earlier version, with the names of properties."""
    names = {each.name: each.camel for each in parameters}
    rows = []
    for name, sentence in sentences.items():
        rows.append(
            f"  {name}: {string(re.sub(r'[A-Z][A-Za-z]+', lambda found: names.get(found[0], found[0]), sentence))},"
        )
    return "\n".join(
        [
            HEADER.replace("the template's parameters", "deploy/renamed-parameters.json"),
            "/** What took the place of a parameter of an earlier version: the end of a sentence. */",
            "export const MOVED: { readonly [parameter: string]: string } = {",
            *rows,
            "};",
            "",
        ]
    )


def enumerable(parameter):
    """Decides if the parameter's values have an enumeration."""
    return parameter.kind in (Kind.CHOICE, Kind.LIST) and bool(parameter.values)


def enumeration(parameter, names):
    """The enumeration of a parameter's values."""
    plural = parameter.kind is Kind.LIST
    lines = [comment(f"{'One of the' if plural else 'The'} values of `{parameter.camel}`.", "")]
    lines.append(f"export enum {enumeration_name(parameter)} {{")
    for value in parameter.values:
        explained = re.search(rf"(?:^|\. ){re.escape(value)}: ([^.]*\.)", parameter.description)
        if explained:
            lines.append(comment(renamed(explained[1][0].upper() + explained[1][1:], names), "  "))
        lines.append(f"  {member(value)} = {string(value)},")
    return "\n".join([*lines, "}", ""])


def enumeration_name(parameter):
    """The name of an enumeration; of a list, that of one element."""
    return parameter.name.removesuffix("s") if parameter.kind is Kind.LIST else parameter.name


def member(value):
    """The name of a value in an enumeration."""
    return re.sub(r"\W", "_", value).upper()


def setting(parameter, names):
    """The declaration of one property."""
    if enumerable(parameter):
        kind = enumeration_name(parameter) + ("[]" if parameter.kind is Kind.LIST else "")
    else:
        kind = TYPES.get(parameter.kind, "string[]")
    text = renamed(parameter.description, names)
    if parameter.kind is Kind.LIST:
        text = unseparated(text)
    if parameter.kind is Kind.BY_ACCOUNT:
        text = f"{text} Here a map from accounts to their ids; the key `*` stands for all accounts."
    declared = f"  readonly {parameter.camel}{'' if parameter.required else '?'}: {kind};\n"
    given = None if parameter.required else f"@default {default(parameter)}"
    return f"{comment(text, '  ', given)}\n{declared}"


def default(parameter):
    """The default as the documentation shows it."""
    match parameter.default:
        case None:
            return "- none"
        case list() as listed if enumerable(parameter):
            return f"[{', '.join(f'{enumeration_name(parameter)}.{member(each)}' for each in listed)}]"
        case str() as value if parameter.kind is Kind.CHOICE:
            return f"{enumeration_name(parameter)}.{member(value)}"
        case list() as listed:
            return f"[{', '.join(map(string, listed))}]"
        case str() as value:
            return string(value)
        case other:
            return json.dumps(other)


def comment(text, indent, last=None):
    """A documentation comment."""
    # A pattern such as `*/*` would end it.
    text = text.replace("*/", "*\\/")
    last = last and last.replace("*/", "*\\/")
    if not last and len(f"{indent}/** {text} */") <= WIDTH:
        return f"{indent}/** {text} */"
    lines = textwrap.wrap(text, WIDTH - len(indent) - 3, break_long_words=False, break_on_hyphens=False)
    lines += ["", last] if last else []
    return "\n".join([f"{indent}/**", *(f"{indent} * {line}".rstrip() for line in lines), f"{indent} */"])


def string(text):
    """A string as TypeScript writes it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
