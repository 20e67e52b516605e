"""As much of the language of CloudWatch Logs Insights as the queries of the dashboard use."""

import re

CONDITIONS = [
    (re.compile(r'(\w+) = "(.*)"'), lambda line, name, text: line.get(name) == text),
    (re.compile(r'(\w+) != "(.*)"'), lambda line, name, text: line.get(name) != text),
    (re.compile(r"ispresent\((\w+)\)()"), lambda line, name, _: line.get(name) is not None),
]
AGGREGATES = {"count": len, "latest": lambda values: values[-1] if values else None}


def answer(query, lines):
    """The columns and the rows that a query gives for these lines, which are in the order of time."""
    columns = []
    for command in (each.strip() for each in query.split("|")):
        verb, _, rest = command.partition(" ")
        match verb:
            case "SOURCE":
                pass
            case "fields":
                columns = [each.strip() for each in rest.split(",")]
            case "filter":
                lines = [line for line in lines if all(holds(each, line) for each in rest.split(" and "))]
            case "stats":
                columns, lines = grouped(rest, lines)
            case "sort":
                name, _, order = rest.partition(" ")
                # Where several are alike, the newest comes first.
                lines = sorted(lines, key=lambda line, name=name: line.get(name) or "")
                lines = lines[::-1] if order == "desc" else lines
            case "limit":
                lines = lines[: int(rest)]
            case _:
                raise ValueError(f"no such command here: {command}")
    return columns, [[line.get(name) for name in columns] for line in lines]


def holds(condition, line):
    for form, check in CONDITIONS:
        if found := form.fullmatch(condition.strip()):
            return check(line, *found.groups())
    raise ValueError(f"no such condition here: {condition}")


def grouped(text, lines):
    """The lines of `stats`: one for each combination of the fields after `by`."""
    asked, _, names = text.rpartition(" by ")
    names = [name.strip() for name in names.split(",")]
    wanted = re.findall(r"(\w+)\(([\w*]+)\) as (\w+)", asked)
    groups = {}
    for line in lines:
        groups.setdefault(tuple(line.get(name) for name in names), []).append(line)
    rows = []
    for key, members in groups.items():
        row = dict(zip(names, key, strict=True))
        for function, field, alias in wanted:
            values = members if field == "*" else [line[field] for line in members if line.get(field) is not None]
            row[alias] = AGGREGATES[function](values)
        rows.append(row)
    return [*names, *(alias for *_, alias in wanted)], rows
