"""The descriptions of the template's parameters, in the words of typed settings."""

import re

# A name of one word is capitalized like the beginning of a sentence, and is a name only within one.
NAME = re.compile(r"\b[A-Z][a-z]+(?:[A-Z][a-z]+)+\b|(?<=[a-z,] )[A-Z][a-z]+\b")


def renamed(text, names):
    """A description that calls other parameters by their names in the typed language."""
    return NAME.sub(lambda found: names.get(found[0], found[0]), text)


def unseparated(text):
    """A sentence about a list, without what separates its elements in a string."""
    text = re.sub(r",? separated by (commas|spaces)( without spaces)?", "", text)
    return text.replace("space-separated ", "")


def either(values):
    """Alternatives in a sentence."""
    return values[0] if len(values) == 1 else f"{', '.join(values[:-1])} or {values[-1]}"
