"""Summaries of patients: counts with shares, categories and descriptive statistics, as results and as table rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import polars as pl

from analysis.results import Known, Result, rounded, where
from analysis.tlf.context import POPULATIONS, Context
from analysis.tlf.model import Cell, Row
from analysis.tlf.rows import share_text

NOTHING: Mapping[str, object] = MappingProxyType({})
NO_NAMES: Mapping[Any, str] = MappingProxyType({})
MISSING = "Missing"


@dataclass(frozen=True)
class Summary:
    """The numbers of one output over one dataset.

    `conditions` select the records that count (the population's flag unless given), and `denominator` those of ADSL
    that a share is of. Patients are counted once, whatever the number of their records.
    """

    context: Context
    output: str
    dataset: str
    conditions: Mapping[str, object]
    denominator: Mapping[str, object]

    @classmethod
    def of(
        cls, context: Context, output: str, dataset: str = "ADSL", only: Mapping[str, object] = NOTHING
    ) -> "Summary":
        """The summary over an output's population, narrowed by `only`; shares are of the whole population."""
        population = {POPULATIONS[context.catalogue[output].population][1]: "Y"}
        return cls(context, output, dataset, {**population, **only}, population)

    def patients(self, label: str, only: Mapping[str, object] = NOTHING, **more: Any) -> list[Result]:
        """The number of patients with such a record, and its share of the denominator.

        `more` are fields of the results; the share's name ends in `_pct`.
        """
        conditions = where({**self.conditions, **only})
        n = self._selected(conditions)["USUBJID"].n_unique()
        whole = where(self.denominator)
        size = self.context.count("ADSL", whole)
        share = n / size if size else None
        name = more.pop("name", None)
        count = self._result("n", label, n, str(n), conditions, "number of patients", name=name, **more)
        percent = self._result(
            "p",
            f"{label}, %",
            share,
            rounded(None if share is None else 100 * share, 1),
            conditions,
            "proportion of patients",
            name=f"{name}_pct" if name else None,
            denominator_dataset="ADSL",
            denominator_where=whole,
            **more,
        )
        return [count, percent]

    def events(self, label: str, only: Mapping[str, object] = NOTHING, **more: Any) -> Result:
        """The number of such records."""
        conditions = where({**self.conditions, **only})
        n = self.context.count(self.dataset, conditions)
        return self._result("events", label, n, str(n), conditions, "number of records", **more)

    def values(self, variable: str, only: Mapping[str, object] = NOTHING) -> list[Any]:
        """The values of a variable, that of most patients first, then in their order; missing last, as None."""
        counted = (
            self._selected(where({**self.conditions, **only}), variable)
            .group_by(variable, maintain_order=True)
            .agg(pl.col("USUBJID").n_unique().alias("n"))
            .sort(pl.col(variable).is_null(), -pl.col("n").cast(pl.Int64), variable)
        )
        return counted[variable].to_list()

    def categories(
        self,
        variable: str,
        label: str,
        levels: Mapping[Any, str] | None = None,
        names: Mapping[Any, str] = NO_NAMES,
        **more: Any,
    ) -> list[Result]:
        """Patients by category of a variable; `levels` (value -> text) fix the order and show those that are empty.

        Without `levels` those that occur are shown, the most frequent first. Missing values have a row of their own
        where there are any. `names` are those of the results, by value.
        """
        found = self.values(variable)
        shown: dict[Any, str] = {v: str(v) for v in found if v is not None} if levels is None else dict(levels)
        shown |= {v: str(v) for v in sorted((v for v in found if v not in shown and v is not None), key=str)}
        if None in found:
            shown[None] = MISSING
        return [
            result
            for value, text in shown.items()
            for result in self.patients(
                text,
                {variable: value},
                variable=variable,
                variable_level=text,
                name=names.get(value),
                **self._about(label, more),
            )
        ]

    def statistics(self, variable: str, label: str, digits: int = 0, **more: Any) -> list[Result]:
        """n, mean, standard deviation, median, quartiles and range of a number that patients have once.

        `digits` are the decimals of the data: mean and quantiles have one more, the standard deviation two. Quartiles
        by averaging at discontinuities of the distribution (SAS PCTLDEF=5; R quantile, type 2).
        """
        conditions = where({variable: Known(), **self.conditions})
        values = self._selected(conditions, variable)[variable].to_numpy().astype(float)
        n = len(values)
        q1, median, q3 = np.quantile(values, [0.25, 0.5, 0.75], method="averaged_inverted_cdf") if n else [None] * 3
        numbers: tuple[tuple[str, str, float | None, int], ...] = (
            ("mean", "Mean", values.mean() if n else None, digits + 1),
            ("sd", "SD", values.std(ddof=1) if n > 1 else None, digits + 2),
            ("median", "Median", median, digits + 1),
            ("q1", "Q1", q1, digits + 1),
            ("q3", "Q3", q3, digits + 1),
            ("min", "Minimum", values.min() if n else None, digits),
            ("max", "Maximum", values.max() if n else None, digits),
        )
        name = more.pop("name", None)
        shared = {"variable": variable, **self._about(label, more)}
        found = [self._result("n", "n", n, str(n), conditions, "number of values", name=name and f"{name}.n", **shared)]
        return found + [
            self._result(
                stat,
                text,
                None if value is None else float(value),
                rounded(value, places),
                conditions,
                "descriptive statistic",
                name=name and f"{name}.{stat}",
                **shared,
            )
            for stat, text, value, places in numbers
        ]

    def _selected(self, conditions: str, *variables: str) -> pl.DataFrame:
        return self.context.selected(self.dataset, conditions, *variables)

    @staticmethod
    def _about(label: str, more: Mapping[str, Any]) -> dict[str, Any]:
        return {"group1": "characteristic", "group1_level": label, **more}

    def _result(
        self, stat_name: str, label: str, stat: float | int | None, fmt: str, conditions: str, method: str, **more: Any
    ) -> Result:
        return Result(
            output=self.output,
            variable=more.pop("variable", label),
            stat_name=stat_name,
            stat_label=label,
            stat=stat,
            stat_fmt=fmt,
            population=self.context.catalogue[self.output].population,
            dataset=self.dataset,
            where=conditions,
            method=method,
            **more,
        )


STATISTICS = (("n", "{n}"), ("Mean (SD)", "{mean} ({sd})"), ("Median", "{median}"), ("Q1, Q3", "{q1}, {q3}"),
              ("Minimum, maximum", "{min}, {max}"))  # fmt: skip


def statistics_cell(of: Mapping[str, Result], form: str) -> Cell:
    """Statistics (by their short names) in one of the forms of STATISTICS; the cell leads to the first of them."""
    first = form[1 : form.index("}")]
    return Cell(form.format(**{name: result.stat_fmt for name, result in of.items()}), result=of[first].name)


def characteristic_rows(results: Sequence[Result]) -> list[Row]:
    """A heading for each characteristic, then its categories or its statistics, in the order of the results."""
    rows: list[Row] = []
    for label in dict.fromkeys(r.group1_level for r in results if r.group1 == "characteristic"):
        own = [r for r in results if r.group1_level == label]
        rows.append(Row.of(label or "", kind="group"))
        statistics = {r.stat_name: r for r in own if r.variable_level is None}
        if statistics:
            rows += [Row.of(text, statistics_cell(statistics, form), indent=1) for text, form in STATISTICS]
        counts = [r for r in own if r.variable_level is not None]
        rows += [
            Row.of(pair[0].variable_level or "", share_text(pair), indent=1)
            for pair in zip(counts[::2], counts[1::2], strict=True)
        ]
    return rows
