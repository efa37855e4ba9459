"""What a rule of the data check is: what it looks at, what it finds, and how it says so."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from analysis.cut.edit import Edit
from analysis.params import Params

Row = dict[str, Any]


@dataclass(frozen=True)
class Found:
    """Records that break a rule: the dataset, the variable, and what to say about each row (never empty)."""

    dataset: str
    variable: str | None
    rows: pl.DataFrame
    say: Callable[[Row], str]
    severity: str | None = None
    """Where a table gives each of its lines a severity of its own; else the rule's."""


@dataclass(frozen=True)
class Data:
    """What the rules look at: every dataset of the cut, and the study's parameters."""

    edits: Mapping[str, Edit]
    params: Params

    def frame(self, name: str, *variables: str) -> pl.DataFrame | None:
        """Return a dataset, None where it or one of the variables is not there."""
        if name not in self.edits or not set(variables) <= set(self.edits[name].frame.columns):
            return None
        return self.edits[name].frame

    def with_patients(self) -> Iterator[tuple[str, Edit]]:
        """Return the datasets that have USUBJID, in order."""
        return ((name, edit) for name, edit in self.edits.items() if "USUBJID" in edit.frame.columns)


@dataclass(frozen=True)
class Rule:
    """One rule: its name in messages, "error" or "warning", and its search, whose docstring says what is expected."""

    id: str
    severity: str
    find: Callable[[Data], Iterator[Found]]


NO_RECORD = pl.DataFrame({"": [None]})
"""A problem of a whole dataset rather than of a record."""


MOST_SHOWN = 20
"""So that a message stays readable where a variable holds free text."""


def says(text: str) -> Callable[[Row], str]:
    """Return what says the same of every record."""
    return lambda _: text


def value(variable: str, expected: str) -> Callable[[Row], str]:
    """Return what says the value of a variable, and what was expected."""
    return lambda row: f"{row[variable]!r}, expected {expected}"


def pair(first: str, then: str, text: str) -> Callable[[Row], str]:
    """Return what says how the values of two variables stand to each other."""
    return lambda row: f"{first} {row[first]!r} {text} {then} {row[then]!r}"


def found_values(values: pl.Series) -> str:
    """Return the different values of a variable for a message, sorted and quoted; of many the first MOST_SHOWN."""
    found = [repr(text) for text in values.drop_nulls().cast(pl.String).unique().sort()]
    more = [f"and {len(found) - MOST_SHOWN} more"] if len(found) > MOST_SHOWN else []
    return ", ".join(found[:MOST_SHOWN] + more) or "none"
