"""Results of a response parameter: counts of patients, and the share of responders with its intervals."""

from collections.abc import Mapping

import polars as pl

from analysis.results import Result, rounded, where
from analysis.stats.estimate import NOT_ESTIMABLE
from analysis.stats.proportions import proportion_ci
from analysis.tlf.context import POPULATIONS, Context
from analysis.tlf.model import Cell
from analysis.tlf.rows import Named, share_text
from analysis.tlf.tte import NO_CONDITIONS

INTERVALS = (
    ("rate", "clopper-pearson", "Clopper-Pearson"),
    ("wilson", "wilson", "Wilson"),
)
"""First part of the limits' names, method of proportion_ci, and its name in print; the first one is primary."""


class Proportions:
    """Results of one parameter of ADRS for one output; `prefix` starts their names, such as `orr`.

    `population` is the output's unless given; `only` narrows it to a subgroup, by conditions on ADRS's columns.
    `group2` is a pair (name, level) that the results carry beside their PARAMCD.
    """

    def __init__(
        self,
        context: Context,
        output: str,
        paramcd: str,
        prefix: str,
        *,
        population: str | None = None,
        only: Mapping[str, object] = NO_CONDITIONS,
        group2: tuple[str, str] | None = None,
    ) -> None:
        self.context, self.output, self.prefix, self.group2 = context, output, prefix, group2 or (None, None)
        self.population = population or context.catalogue[output].population
        self.conditions: dict[str, object] = {"PARAMCD": paramcd, POPULATIONS[self.population][1]: "Y", **only}
        self.records = context.adam["ADRS"].filter(pl.sql_expr(where(self.conditions)))

    def row(
        self,
        name: str,
        label: str,
        stat: float | None,
        fmt: str,
        method: str,
        *,
        only: Mapping[str, object] = NO_CONDITIONS,
        share: Mapping[str, object] | None = None,
    ) -> Result:
        """One result over this parameter's records, narrowed by `only`; `share` narrows those of its denominator."""
        return Result(
            name=f"{self.prefix}.{name}",
            output=self.output,
            group1="PARAMCD",
            group1_level=str(self.conditions["PARAMCD"]),
            group2=self.group2[0],
            group2_level=self.group2[1],
            variable="AVALC",
            stat_name=name,
            stat_label=label,
            stat=stat,
            stat_fmt=fmt,
            population=self.population,
            dataset="ADRS",
            where=where({**self.conditions, **only}),
            denominator_dataset=None if share is None else "ADRS",
            denominator_where=None if share is None else where({**self.conditions, **share}),
            method=method,
        )

    def number(self, name: str, label: str, only: Mapping[str, object] = NO_CONDITIONS) -> Result:
        """A number of records."""
        n = self.records.filter(pl.sql_expr(where(only))).height
        return self.row(name, label, n, str(n), "count", only=only)

    def count(self, name: str, label: str, only: Mapping[str, object]) -> list[Result]:
        """A number of records and its share of all."""
        count = self.number(name, label, only)
        share = int(count.stat or 0) / self.records.height if self.records.height else None
        fmt = rounded(None if share is None else 100 * share, 1)
        return [count, self.row(f"{name}_pct", f"{label}, %", share, fmt, "proportion", only=only, share=NO_CONDITIONS)]

    def rate(self, label: str) -> list[Result]:
        """Patients, responders (AVALC Y), and their share with its intervals, printed as a percentage."""
        yes = {"AVALC": "Y"}
        total = self.number("n", "Patients")
        responders = self.number("responders", f"{label}, patients", yes)
        n, x = self.records.height, int(responders.stat or 0)
        found = [total, responders]
        level = self.context.params.km.conf_level
        for name, method, says in INTERVALS:
            share = proportion_ci(x, n, method=method, conf_level=level) if n else NOT_ESTIMABLE
            by = "" if name == "rate" else f" by {says}"
            limits = [
                ("_lower", f"{label} rate, lower limit{by}, %", share.ci_lower),
                ("_upper", f"{label} rate, upper limit{by}, %", share.ci_upper),
            ]
            if name == "rate":
                limits.insert(0, ("", f"{label} rate, %", share.value))
            found += [
                self.row(
                    name + suffix,
                    text,
                    value,
                    rounded(100 * value, 1),
                    f"{says}, {level:.0%}",
                    only=yes,
                    share=NO_CONDITIONS,
                )
                for suffix, text, value in limits
            ]
        return found


def rate_cell(of: Named, prefix: str) -> Cell:
    """Responders and their percentage, `n (%)`."""
    name = f"{prefix}.responders"
    return share_text((of[name], of[f"{prefix}.rate"]))


def limits_cell(of: Named, prefix: str, interval: str) -> Cell:
    """The limits of one of INTERVALS, in per cent."""
    lower, upper = (of[f"{prefix}.{interval}_{end}"] for end in ("lower", "upper"))
    return Cell(f"({lower.stat_fmt}, {upper.stat_fmt})", result=lower.name)
