"""Cells and rows of tables, made from results that are looked up by their names."""

import re
from collections.abc import Iterable, Mapping, Sequence

from analysis.results import Result
from analysis.tlf.model import Cell, Kind, Row

Named = Mapping[str | None, Result]


def name_part(text: str) -> str:
    """A text as a part of the names of results: small letters, digits and underscores."""
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


LONGEST = 60
"""Of the parts that texts of the data become: names stand in one line of a file."""


def name_parts(texts: Iterable[str | None], taken: Iterable[str] = ()) -> list[str]:
    """Texts of the data as parts of names, no two of them equal nor one of `taken`; a missing one is `missing`.

    A text without a letter or digit of ASCII is `other`; one that another became before has a number behind it, and
    one that ends as the names of shares and events do (`_pct`, `_events`) an underscore.
    """
    used, found = set(taken), []
    for text in texts:
        part = "missing" if text is None else name_part(text)[:LONGEST].strip("_") or "other"
        part += "_" if part.endswith(("_pct", "_events")) else ""
        number, free = 1, part
        while free in used:
            number += 1
            free = f"{part}_{number}"
        used.add(free)
        found.append(free)
    return found


def band(text: str) -> str:
    """The name of a band of numbers as displays print it: `≥20%`, `130 to <140`, `>450 to 480`."""
    for written, shown in ((">=", "≥"), ("<=", "≤"), (" %", "%"), ("< ", "<"), ("≥ ", "≥")):
        text = text.replace(written, shown)
    return re.sub(r"(?<=\d)-(?=<?\d)", " to ", text)


def by_name(results: Sequence[Result]) -> dict[str | None, Result]:
    """Results keyed by their names."""
    return {result.name: result for result in results}


def group(label: str) -> Row:
    """A heading across the table."""
    return Row.of(label, kind="group")


def share_text(results: Sequence[Result]) -> Cell:
    """`n (%)` of a number and its percentage; 0 alone where the number is 0, whatever it is of."""
    count, percent = results
    return Cell(f"{count.stat_fmt} ({percent.stat_fmt})" if count.stat else count.stat_fmt, result=count.name)


def share_cell(of: Named, name: str) -> Cell:
    """`n (%)` of two results, the second of which has the name of the first and `_pct`."""
    return share_text((of[name], of[f"{name}_pct"]))


def interval_cell(of: Named, name: str) -> Cell:
    """An estimate and its limits."""
    return Cell(f"{of[name].stat_fmt} ({of[name + '_lower'].stat_fmt}, {of[name + '_upper'].stat_fmt})", result=name)


def line(label: str, of: Named, *names: str, form: str = "{}", indent: int = 0) -> Row:
    """A label and one or more results in a form; the cell leads to the first of them."""
    text = form.format(*(of[name].stat_fmt for name in names))
    return Row.of(label, Cell(text, result=names[0]), indent=indent)


def share(label: str, of: Named, name: str, *, kind: Kind = "data", indent: int = 0) -> Row:
    """A label, a number of patients and its percentage."""
    return Row.of(label, share_cell(of, name), indent=indent, kind=kind)


def interval(label: str, of: Named, name: str, *, at_risk: str | None = None) -> Row:
    """A label, an estimate with its limits and, in square brackets, the patients at risk."""
    cell = interval_cell(of, name)
    text = f"{cell.text} [{of[at_risk].stat_fmt}]" if at_risk else cell.text
    return Row.of(label, Cell(text, result=name), indent=1)
