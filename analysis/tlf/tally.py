"""Numbers of patients with findings, and their shares of those who were measured, as results."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import polars as pl

from analysis.results import Result, rounded, where
from analysis.tlf.context import POPULATIONS, Context

Conditions = Mapping[str, object]


@dataclass(frozen=True)
class Patients:
    """Patients of an output's population with records of `dataset`; `records` narrow those that count.

    A patient counts once in a number, whatever the number of records. Fields of the results beside their numbers
    (groups, variable and its level) are given as keywords.
    """

    context: Context
    output: str
    dataset: str
    records: Conditions = field(default_factory=dict)

    def n(self, only: Conditions) -> int:
        """The number of patients with a record that meets these conditions too."""
        return self.context.selected(self.dataset, self._where(only))["USUBJID"].n_unique()

    def count(self, name: str, label: str, only: Conditions, **about: str | None) -> Result:
        """A number of patients."""
        n = self.n(only)
        return self._result(only, about, name=name, stat_name="n", stat_label=label, stat=n, stat_fmt=str(n))

    def share(self, name: str, label: str, only: Conditions, whole: Conditions, **about: str | None) -> list[Result]:
        """A number of patients and, named `<name>_pct`, its share of those that `whole` selects."""
        size = self.n(whole)
        part = self.n(only) / size if size else None
        percent = self._result(
            only,
            about,
            name=f"{name}_pct",
            stat_name="p",
            stat_label=f"{label}, %",
            stat=part,
            stat_fmt=rounded(None if part is None else 100 * part, 1),
            denominator_dataset=self.dataset,
            denominator_where=self._where(whole),
        )
        return [self.count(name, label, only, **about), percent]

    def _where(self, only: Conditions) -> str:
        flag = POPULATIONS[self.context.catalogue[self.output].population][1]
        return where({flag: "Y", **self.records, **only})

    def _result(self, only: Conditions, about: Mapping[str, str | None], **more: Any) -> Result:
        fields: dict[str, Any] = {"variable": more["stat_label"], **about, **more}
        return Result(
            output=self.output,
            population=self.context.catalogue[self.output].population,
            dataset=self.dataset,
            where=self._where(only),
            method="number of patients" if more["stat_name"] == "n" else "proportion of patients",
            **fields,
        )


@dataclass(frozen=True)
class Tally(Patients):
    """Patients counted in one pass by the values of `keys`; every number is a sum of those counts.

    For any combination of keys a patient has one such record at most, as with a flag of the worst value of a parameter.
    """

    keys: tuple[str, ...] = ()

    @cached_property
    def _counts(self) -> list[tuple[tuple[object, ...], int]]:
        frame = self.context.selected(self.dataset, self._where({}), *self.keys)
        found = frame.group_by(*self.keys, maintain_order=True).agg(pl.len()).rows()
        return [(row[:-1], row[-1]) for row in found]

    def n(self, only: Conditions) -> int:
        """The number of patients where each key has the value, or one of the list of values, that `only` gives it."""
        wanted = [
            (self.keys.index(key), set(value) if isinstance(value, list) else {value}) for key, value in only.items()
        ]
        return sum(count for key, count in self._counts if all(key[place] in values for place, values in wanted))
