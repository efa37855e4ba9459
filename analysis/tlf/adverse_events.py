"""Adverse events: what a table counts, as data, and the one way in which events are counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import polars as pl

from analysis.adam import ae_rules
from analysis.adam.adae import WORST
from analysis.params import Params
from analysis.results import Result, rounded, where
from analysis.tlf.adverse_events_counts import Events
from analysis.tlf.context import POPULATIONS, Context

CLASS, TERM = "AEBODSYS", "AEDECOD"
NOT_CODED = "Not coded"
ANY = "Patients with any event"

EMERGENT: Mapping[str, object] = {"TRTEMFL": "Y"}
REGISTERED: Mapping[str, object] = {"REGTEMFL": "Y"}
GRADE_3: Mapping[str, object] = {"AGR3FL": "Y"}
SERIOUS: Mapping[str, object] = {"ASERFL": "Y"}
FATAL: Mapping[str, object] = {"AFATFL": "Y"}
RELATED: Mapping[str, object] = {"ARELFL": "Y"}

_WORST_WITHIN = {within: flag for flag, within in WORST.items()}
Keys = tuple[str | None, ...]


@dataclass(frozen=True)
class Count:
    """One count of a table: its events that meet `only`, and the patients who have them.

    Where `worst`, a patient counts by the worst of the grades in the row alone. `name` is that of the result for
    patients; its share ends in `_pct`, its number of events in `_events`. Counts of one `span` share a header.
    """

    label: str
    only: Mapping[str, object] = field(default_factory=dict)
    worst: bool = False
    name: str | None = None
    span: str = ""


@dataclass(frozen=True)
class Tally:
    """The counts of one output over the events of its population that meet `only`.

    One grouping of the events gives all counts of a kind of rows, three results for each: patients, their share of the
    population, and events. The where-clause of a result selects its events.
    """

    context: Context
    output: str
    counts: Sequence[Count]
    only: Mapping[str, object]

    def overall(self) -> list[Result]:
        """The counts over all events."""
        return [result for _, results in self.lines(()) for result in results]

    def by_class(self) -> list[Result]:
        """By system organ class, and within each by term; by the frequency of the first count, then by name."""
        terms: dict[str | None, list[Result]] = {}
        for keys, results in self.lines((CLASS, TERM)):
            terms.setdefault(keys[0], []).extend(results)
        return [result for (key,), results in self.lines((CLASS,)) for result in results + terms[key]]

    def by_term(self, at_least_percent: float = 0) -> list[Result]:
        """By term, of those that at least this percentage of the population have."""
        return [
            result
            for _, results in self.lines((TERM,))
            for result in results
            if 100 * int(results[0].stat or 0) >= at_least_percent * self.size
        ]

    @property
    def population(self) -> dict[str, object]:
        """The condition of the output's population."""
        return {POPULATIONS[self.context.catalogue[self.output].population][1]: "Y"}

    @property
    def size(self) -> int:
        """The number of patients in the population."""
        return self.context.count("ADSL", where(self.population))

    def lines(self, within: tuple[str, ...]) -> list[tuple[Keys, list[Result]]]:
        """Each row, by frequency of the first count and then by name: its keys and its results."""
        base = {**self.population, **self.only}
        own = [self._conditions(count, within) for count in self.counts]
        counts = self._events.counted(within, [pl.sql_expr(where(condition)) for condition in own])
        conditions = [{**base, **condition} for condition in own]
        names = [pl.col(name).str.to_lowercase() for name in within]
        order = ["patients 0", *names, *within]
        found = counts.sort(order, descending=[True] + [False] * (len(order) - 1), nulls_last=True)
        size = self.size
        lines = []
        for row in found.iter_rows(named=True):
            keys = {name: row[name] for name in within}
            results = [
                result
                for place, (count, condition) in enumerate(zip(self.counts, conditions, strict=True))
                for result in self._results(
                    count, condition | keys, keys, row[f"patients {place}"], row[f"events {place}"], size
                )
            ]
            lines.append((tuple(keys.values()), results))
        return lines

    @cached_property
    def _events(self) -> Events:
        base = pl.sql_expr(where({**self.population, **self.only}))
        return Events(self.context.adam["ADAE"].lazy().filter(base))

    @staticmethod
    def _conditions(count: Count, within: tuple[str, ...]) -> Mapping[str, object]:
        return {**count.only, _WORST_WITHIN[within]: "Y"} if count.worst else count.only

    def _results(
        self,
        count: Count,
        condition: Mapping[str, object],
        keys: Mapping[str, str | None],
        patients: int,
        events: int,
        size: int,
    ) -> list[Result]:
        share = patients / size if size else None
        name = count.name
        shared: dict[str, Any] = {
            **groups(keys),
            "output": self.output,
            "variable": count.label,
            "population": self.context.catalogue[self.output].population,
            "dataset": "ADAE",
            "where": where(condition),
        }
        return [
            Result(
                name=name,
                stat_name="n",
                stat_label=count.label,
                stat=patients,
                stat_fmt=str(patients),
                method="number of patients",
                **shared,
            ),
            Result(
                name=name and f"{name}_pct",
                stat_name="p",
                stat_label=f"{count.label}, %",
                stat=share,
                stat_fmt=rounded(None if share is None else 100 * share, 1),
                denominator_dataset="ADSL",
                denominator_where=where(self.population),
                method="proportion of patients",
                **shared,
            ),
            Result(
                name=name and f"{name}_events",
                stat_name="events",
                stat_label=f"{count.label}, events",
                stat=events,
                stat_fmt=str(events),
                method="number of records",
                **shared,
            ),
        ]


def groups(keys: Mapping[str, str | None]) -> dict[str, str]:
    """The group fields of a result: each variable of its row and the value in print."""
    found: dict[str, str] = {}
    for place, (variable, value) in enumerate(keys.items(), start=1):
        found |= {f"group{place}": variable, f"group{place}_level": NOT_CODED if value is None else value}
    return found


def period_says(params: Params, only: Mapping[str, object] = EMERGENT) -> str:
    """Which events count, as a footnote."""
    emergent = "TRTEMFL" in only
    rules = ae_rules.EMERGENT if emergent else ae_rules.REGISTERED
    within = next(rule for rule in rules if rule.name == "WITHIN").says(params)
    says = f"{within}, or worsened in that time"
    return f"Treatment-emergent: {says[0].lower()}{says[1:]}." if emergent else f"{says}."


def terms_say(params: Params) -> str:
    """How events are counted and by what dictionary, as a footnote."""
    return (
        "A patient counts once in a row whatever the number of events; percentages are of the patients of the set. "
        f"Terms: {params.adverse_events.dictionary}; by frequency, then by name."
    )


GRADE_SAYS = "An event without a grade counts in any grade, never in grade 3 or higher."
FATAL_SAYS = "Fatal: the event led to death, its outcome is fatal, or its grade is 5."
RELATED_SAYS = "An event counts as related unless it is recorded as not related; missing relatedness counts as related."
