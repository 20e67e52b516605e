"""Terraform's files, parsed."""

import json

import hcl2


def parsed(path):
    """A file as blocks by their kind."""
    with path.open() as file:
        return hcl2.load(file)


def plain(node):
    """Parsed HCL with strings without their quotes, and expressions as they are written."""
    match node:
        case dict():
            return {plain(key): plain(value) for key, value in node.items() if not key.startswith("__")}
        case list():
            return [plain(each) for each in node]
        case str() if node.startswith('"'):
            return json.loads(node)
        case str() if node.startswith("${") and node.endswith("}"):
            return node[2:-1]
    return node


def labelled(path, kind):
    """The blocks of one kind in a file, by their labels, joined by a dot."""
    return {name: block for each in parsed(path).get(kind, []) for name, block in unlabelled(each)}


def unlabelled(block, *labels):
    """A block's body with its labels, which are nested."""
    if "__is_block__" in block:
        return [(".".join(labels), plain(block))]
    return [found for label, inner in block.items() for found in unlabelled(inner, *labels, plain(label))]


def variables(path):
    """The variables of a file by their names."""
    return labelled(path, "variable")
