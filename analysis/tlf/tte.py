"""Results of a time-to-event parameter: counts, quantiles, landmark rates; and the rows that tables make of them."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import polars as pl

from analysis.errors import DataError
from analysis.results import AtLeast, Result, rounded, where
from analysis.stats.estimate import NOT_ESTIMABLE, Estimate
from analysis.stats.survival import KaplanMeier, kaplan_meier, reverse_kaplan_meier
from analysis.tlf import rows
from analysis.tlf.context import POPULATIONS, Context
from analysis.tlf.model import Row
from analysis.tlf.rows import Named

QUARTILES = (("q25", 0.25, "25th percentile"), ("median", 0.5, "Median"), ("q75", 0.75, "75th percentile"))
NO_CONDITIONS: Mapping[str, object] = MappingProxyType({})


class TimeToEvent:
    """Results of one time-to-event parameter for one output; `prefix` starts their names, such as `pfs`.

    `population` is the output's unless given; `only` narrows it to a subgroup, by conditions on ADTTE's columns.
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
        self.records = context.adam["ADTTE"].filter(pl.sql_expr(where(self.conditions))).sort("USUBJID")
        self.time = self.records["AVAL"].to_list()
        self.event = [int(c == 0) for c in self.records["CNSR"].to_list()]

    def required(self) -> "TimeToEvent":
        """This parameter, of which every patient must have a record. Raises DataError where none has."""
        if self.records.is_empty():
            paramcd = self.conditions["PARAMCD"]
            raise DataError(f"ADTTE: no record of PARAMCD {paramcd!r} for {self.output}; expected one for each patient")
        return self

    def curve(self) -> KaplanMeier | None:
        """The Kaplan-Meier curve; None without any record, as of the duration of response without responders."""
        km = self.context.params.km
        return (
            kaplan_meier(self.time, self.event, conf_type=km.conf_type, conf_level=km.conf_level) if self.time else None
        )

    def follow_up(self) -> KaplanMeier | None:
        """The reverse Kaplan-Meier curve; None without any record."""
        km = self.context.params.km
        if not self.time:
            return None
        return reverse_kaplan_meier(self.time, self.event, conf_type=km.conf_type, conf_level=km.conf_level)

    @property
    def method(self) -> str:
        """How a curve's estimates were made, in the words of results."""
        km = self.context.params.km
        return f"Kaplan-Meier, {km.conf_type} {km.conf_level:.0%} limits"

    def row(
        self,
        name: str,
        label: str,
        stat: float | None,
        fmt: str,
        method: str,
        *,
        only: Mapping[str, object] = NO_CONDITIONS,
        variable: str = "AVAL",
        level: str | None = None,
        share: bool = False,
    ) -> Result:
        """One result over this parameter's records, narrowed by `only`; with its denominator where it is a `share`."""
        return Result(
            name=f"{self.prefix}.{name}",
            output=self.output,
            group1="PARAMCD",
            group1_level=str(self.conditions["PARAMCD"]),
            group2=self.group2[0],
            group2_level=self.group2[1],
            variable=variable,
            variable_level=level,
            stat_name=name,
            stat_label=label,
            stat=stat,
            stat_fmt=fmt,
            population=self.population,
            dataset="ADTTE",
            where=where({**self.conditions, **only}),
            denominator_dataset="ADTTE" if share else None,
            denominator_where=where(self.conditions) if share else None,
            method=method,
        )

    def count(self, name: str, label: str, only: dict[str, object]) -> list[Result]:
        """A number of patients and its share of the population."""
        n = self.records.filter(pl.sql_expr(where(only))).height if only else self.records.height
        share = n / self.records.height if self.records.height else None
        found = [self.row(name, label, n, str(n), "count", only=only, variable="CNSR")]
        if only:
            fmt = rounded(None if share is None else 100 * share, 1)
            found.append(
                self.row(f"{name}_pct", f"{label}, %", share, fmt, "proportion", only=only, variable="CNSR", share=True)
            )
        return found

    def estimate(
        self, name: str, label: str, estimate: Estimate, method: str, *, factor: int = 1, level: str | None = None
    ) -> list[Result]:
        """An estimate and its two limits to one decimal; `factor` 100 prints a probability as a percentage."""
        parts = (
            ("", "", estimate.value),
            ("_lower", ", lower limit", estimate.ci_lower),
            ("_upper", ", upper limit", estimate.ci_upper),
        )
        return [
            self.row(name + suffix, label + text, value, rounded(value * factor, 1), method, level=level)
            for suffix, text, value in parts
        ]


def event_counts(tte: TimeToEvent, kinds: Sequence[tuple[str, str]]) -> list[Result]:
    """Events and censored patients by reason, with their shares.

    `kinds` are the events always shown, as name and EVNTDESC; any other that occurs follows them, unless there are none
    to tell apart.
    """
    found = tte.count("n", "Patients", {})
    found += tte.count("events", "Patients with event", {"CNSR": 0})
    for name, text in kinds:
        found += tte.count(name, text, {"CNSR": 0, "EVNTDESC": text})
    if kinds:
        events = tte.records.filter(pl.col("CNSR") == 0)["EVNTDESC"].unique()
        for text in sorted(set(events) - {text for _, text in kinds}):
            found += tte.count("events_" + text.lower().replace(" ", "_"), text, {"CNSR": 0, "EVNTDESC": text})
    found += tte.count("censored", "Censored patients", {"CNSR": 1})
    reasons = tte.records.filter(pl.col("CNSR") == 1).group_by("CNSREAS", "EVNTDESC").len()
    reasons = reasons.sort("len", "EVNTDESC", descending=[True, False])
    for code, text, _ in reasons.iter_rows():
        found += tte.count(f"censored_{code.lower()}", text, {"CNSR": 1, "CNSREAS": code})
    return found


def quartile_results(tte: TimeToEvent) -> list[Result]:
    """Quartiles of the Kaplan-Meier curve in months, with their limits."""
    curve = tte.curve()
    found: list[Result] = []
    for name, share, label in QUARTILES:
        quantile = curve.quantile(share) if curve else NOT_ESTIMABLE
        found += tte.estimate(name, f"{label}, months", quantile, tte.method)
    return found


def range_results(tte: TimeToEvent) -> list[Result]:
    """The shortest and the longest time in months."""
    found, method = [], "observed time; + censored"
    observed = sorted(zip(tte.time, tte.event, strict=True))
    for name, label, index in (("minimum", "Minimum, months", 0), ("maximum", "Maximum, months", -1)):
        time, event = observed[index] if observed else (None, 1)
        found.append(tte.row(name, label, time, rounded(time, 1) + ("" if event else "+"), method))
    return found


def landmark_results(tte: TimeToEvent, landmarks: Sequence[float]) -> list[Result]:
    """Event-free rates at landmarks in months, with limits and the patients at risk."""
    curve = tte.curve()
    found: list[Result] = []
    for months in landmarks:
        (at,) = curve.at([months]) if curve else (None,)
        rate = Estimate(at.survival, at.ci_lower, at.ci_upper, at.std_err) if at else NOT_ESTIMABLE
        level, n_risk = f"{months:g} months", at.n_risk if at else 0
        found += tte.estimate(f"rate_{months:g}m", f"Event-free at {level}", rate, tte.method, factor=100, level=level)
        found.append(
            tte.row(
                f"at_risk_{months:g}m",
                f"At risk at {level}",
                n_risk,
                str(n_risk),
                "count",
                only={"AVAL": AtLeast(float(months))},
                level=level,
            )
        )
    return found


def curve_results(tte: TimeToEvent, landmarks: Sequence[float]) -> list[Result]:
    """Quartiles, range and landmark rates of the Kaplan-Meier curve, times in months."""
    return quartile_results(tte) + range_results(tte) + landmark_results(tte, landmarks)


def event_rows(
    of: Named, results: Sequence[Result], prefix: str, *, event: str = "Patients with event, n (%)"
) -> list[Row]:
    """Patients, events by type and censored patients by reason, as table rows."""
    found = [rows.line("Patients", of, f"{prefix}.n")]
    for total, label in ((f"{prefix}.events", event), (f"{prefix}.censored", "Censored, n (%)")):
        parts = [r.name for r in results if r.name and r.name.startswith(f"{total}_") and r.stat_name[-4:] != "_pct"]
        found.append(rows.share(label, of, total, kind="group"))
        found += [rows.share(of[name].stat_label, of, name, indent=1) for name in parts]
    return found


def quartile_rows(of: Named, prefix: str) -> list[Row]:
    """Quartiles with their limits, and the range."""
    found = [rows.interval(label, of, f"{prefix}.{name}") for name, _, label in QUARTILES]
    range_of = (f"{prefix}.minimum", f"{prefix}.maximum")
    return [*found, rows.line("Range (+ censored)", of, *range_of, form="{} to {}", indent=1)]


def landmark_rows(of: Named, prefix: str, landmarks: Sequence[float]) -> list[Row]:
    """Event-free rates with their limits and the patients at risk."""
    return [
        rows.interval(
            f"At {months:g} months", of, f"{prefix}.rate_{months:g}m", at_risk=f"{prefix}.at_risk_{months:g}m"
        )
        for months in landmarks
    ]
