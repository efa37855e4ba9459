"""Counts of patients by the categories of one record each: worst values and shifts from the baseline."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from analysis.results import Result, rounded, where
from analysis.tlf.context import POPULATIONS, Context
from analysis.tlf.model import Cell
from analysis.tlf.rows import Named
from analysis.tlf.summaries import share_text

Conditions = Mapping[str, object]


@dataclass(frozen=True)
class Tally:
    """Patients of one output, counted once by the values of `keys`; every number is a sum of those counts.

    `records` select the records of `dataset` that count. For any combination of keys a patient has one such record at
    most, as with a flag of the worst value of a parameter.
    """

    context: Context
    output: str
    dataset: str
    records: Conditions
    keys: tuple[str, ...]

    @classmethod
    def of(cls, context: Context, output: str, dataset: str, records: Conditions, keys: Iterable[str]) -> "Tally":
        """The tally over an output's population."""
        population = {POPULATIONS[context.catalogue[output].population][1]: "Y"}
        return cls(context, output, dataset, {**population, **records}, tuple(keys))

    @cached_property
    def _counts(self) -> list[tuple[tuple[object, ...], int]]:
        frame = self.context.adam[self.dataset].filter(pl.sql_expr(where(self.records)))
        found = frame.group_by(*self.keys, maintain_order=True).agg(pl.len()).rows()
        return [(row[:-1], row[-1]) for row in found]

    def n(self, only: Conditions) -> int:
        """The number of patients where each key has the value, or one of the list of values, that `only` gives it."""
        wanted = [
            (self.keys.index(key), set(value) if isinstance(value, list) else {value}) for key, value in only.items()
        ]
        return sum(count for key, count in self._counts if all(key[place] in values for place, values in wanted))

    def count(self, name: str, label: str, only: Conditions, **about: str | None) -> Result:
        """A number of patients."""
        return _count(self, name, label, only, self.n(only), about)

    def share(self, name: str, label: str, only: Conditions, whole: Conditions, **about: str | None) -> list[Result]:
        """A number of patients and, named `<name>_pct`, its share of those that `whole` selects."""
        return _share(self, name, label, only, whole, (self.n(only), self.n(whole)), about)


@dataclass(frozen=True)
class Patients:
    """Patients of one output with at least one record of `dataset` that is selected, however many they have."""

    context: Context
    output: str
    dataset: str
    records: Conditions

    @classmethod
    def of(cls, context: Context, output: str, dataset: str) -> "Patients":
        """Those of an output's population."""
        return cls(context, output, dataset, {POPULATIONS[context.catalogue[output].population][1]: "Y"})

    def n(self, only: Conditions) -> int:
        """The number of patients with such a record."""
        frame = self.context.adam[self.dataset].filter(pl.sql_expr(where({**self.records, **only})))
        return frame["USUBJID"].n_unique()

    def count(self, name: str, label: str, only: Conditions, **about: str | None) -> Result:
        """As of Tally."""
        return _count(self, name, label, only, self.n(only), about)

    def share(self, name: str, label: str, only: Conditions, whole: Conditions, **about: str | None) -> list[Result]:
        """As of Tally."""
        return _share(self, name, label, only, whole, (self.n(only), self.n(whole)), about)


About = Mapping[str, str | None]


def _count(of: Tally | Patients, name: str, label: str, only: Conditions, n: int, about: About) -> Result:
    return _result(of, name, "n", label, (n, str(n)), only, "number of patients", about)


def _share(
    of: Tally | Patients,
    name: str,
    label: str,
    only: Conditions,
    whole: Conditions,
    sizes: tuple[int, int],
    about: About,
) -> list[Result]:
    n, size = sizes
    part = n / size if size else None
    printed = rounded(None if part is None else 100 * part, 1)
    more = {
        **about,
        "denominator_dataset": of.dataset,
        "denominator_where": where({**of.records, **whole}),
    }
    percent = _result(of, f"{name}_pct", "p", f"{label}, %", (part, printed), only, "proportion of patients", more)
    return [_count(of, name, label, only, n, about), percent]


def _result(
    of: Tally | Patients,
    name: str,
    stat_name: str,
    label: str,
    value: tuple[float | int | None, str],
    only: Conditions,
    method: str,
    about: About,
) -> Result:
    stat, printed = value
    fields: dict[str, str | None] = {"variable": label, **about}
    return Result(
        name=name,
        output=of.output,
        stat_name=stat_name,
        stat_label=label,
        stat=stat,
        stat_fmt=printed,
        population=of.context.catalogue[of.output].population,
        dataset=of.dataset,
        where=where({**of.records, **only}),
        method=method,
        **fields,  # type: ignore[arg-type]
    )


def share_cell(of: Named, name: str) -> Cell:
    """`n (%)` of what `Tally.share` made; 0 alone where there is nobody."""
    return share_text([of[name], of[f"{name}_pct"]])
