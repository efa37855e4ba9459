"""Time-to-event displays: the numbers first, as results, then the table and the figure made from those rows."""

import math
from collections.abc import Mapping
from types import MappingProxyType

import polars as pl

from analysis.errors import DataError
from analysis.results import AtLeast, Result, p_value, rounded, where
from analysis.stats.estimate import Estimate
from analysis.stats.one_sample import one_sample_logrank
from analysis.stats.survival import KaplanMeier, kaplan_meier, reverse_kaplan_meier
from analysis.tlf.context import POPULATIONS, Context
from analysis.tlf.km_figure import km_alt, km_data, km_figure
from analysis.tlf.model import Cell, Column, Figure, Kind, Row, Table
from analysis.tlf.style import drawings

PFS_TABLE = "t-14-2-1-1"
PFS_FIGURE = "f-14-2-1-1"
QUARTILES = (("q25", 0.25, "25th percentile"), ("median", 0.5, "Median"), ("q75", 0.75, "75th percentile"))


class TimeToEvent:
    """Results of one time-to-event parameter for one output; `prefix` starts their names, such as `pfs`."""

    def __init__(self, context: Context, output: str, paramcd: str, prefix: str, population: str | None = None) -> None:
        self.context, self.output, self.prefix = context, output, prefix
        self.population = population or context.catalogue[output].population
        self.conditions: dict[str, object] = {"PARAMCD": paramcd, POPULATIONS[self.population][1]: "Y"}
        self.records = context.adam["ADTTE"].filter(pl.sql_expr(where(self.conditions))).sort("USUBJID")
        if self.records.is_empty():
            raise DataError(f"ADTTE: no record of PARAMCD {paramcd!r} for {output}; expected one for each patient")
        self.time = self.records["AVAL"].to_list()
        self.event = [int(c == 0) for c in self.records["CNSR"].to_list()]

    def curve(self) -> KaplanMeier:
        km = self.context.params.km
        return kaplan_meier(self.time, self.event, conf_type=km.conf_type, conf_level=km.conf_level)

    def follow_up(self) -> KaplanMeier:
        km = self.context.params.km
        return reverse_kaplan_meier(self.time, self.event, conf_type=km.conf_type, conf_level=km.conf_level)

    def row(
        self,
        name: str,
        label: str,
        stat: float | None,
        fmt: str,
        method: str,
        *,
        only: Mapping[str, object] = MappingProxyType({}),
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
        share = n / self.records.height
        found = [self.row(name, label, n, str(n), "count", only=only, variable="CNSR")]
        if only:
            fmt = rounded(100 * share, 1)
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


def event_counts(tte: TimeToEvent) -> list[Result]:
    """Events by type and censored patients by reason, with their shares."""
    found = tte.count("n", "Patients", {})
    found += tte.count("events", "Patients with event", {"CNSR": 0})
    for name, text in (("events_pd", "Disease progression"), ("events_death", "Death")):
        found += tte.count(name, text, {"CNSR": 0, "EVNTDESC": text})
    found += tte.count("censored", "Censored patients", {"CNSR": 1})
    reasons = tte.records.filter(pl.col("CNSR") == 1).group_by("CNSREAS", "EVNTDESC").len()
    reasons = reasons.sort("len", "EVNTDESC", descending=[True, False])
    for code, text, _ in reasons.iter_rows():
        found += tte.count(f"censored_{code.lower()}", text, {"CNSR": 1, "CNSREAS": code})
    other = tte.records.filter((pl.col("CNSR") == 0) & ~pl.col("EVNTDESC").is_in(["Disease progression", "Death"]))
    for text in sorted(other["EVNTDESC"].unique()):
        found += tte.count("events_" + text.lower().replace(" ", "_"), text, {"CNSR": 0, "EVNTDESC": text})
    return found


def curve_results(tte: TimeToEvent, landmarks: list[float]) -> list[Result]:
    """Quartiles, range and landmark rates of the Kaplan-Meier curve, times in months."""
    curve = tte.curve()
    km = tte.context.params.km
    method = f"Kaplan-Meier, {km.conf_type} {km.conf_level:.0%} limits"
    found: list[Result] = []
    for name, share, label in QUARTILES:
        found += tte.estimate(name, f"{label}, months", curve.quantile(share), method)
    for name, label, index in (("minimum", "Minimum, months", 0), ("maximum", "Maximum, months", -1)):
        time, event = sorted(zip(tte.time, tte.event, strict=True))[index]
        found.append(tte.row(name, label, time, rounded(time, 1) + ("" if event else "+"), "observed time; + censored"))
    for months, at in zip(landmarks, curve.at(landmarks), strict=True):
        rate = Estimate(at.survival, at.ci_lower, at.ci_upper, at.std_err)
        label = f"Event-free at {months:g} months"
        level = f"{months:g} months"
        found += tte.estimate(f"rate_{months:g}m", label, rate, method, factor=100, level=level)
        found.append(
            tte.row(
                f"at_risk_{months:g}m",
                f"At risk at {months:g} months",
                int(at.n_risk),
                str(int(at.n_risk)),
                "count",
                only={"AVAL": AtLeast(float(months))},
                level=level,
            )
        )
    return found


def logrank_results(tte: TimeToEvent) -> list[Result]:
    """The one-sample log-rank test against the exponential null median; nothing where the design has no null."""
    null = tte.context.params.design.null_median
    if null is None:
        return []
    test = one_sample_logrank(tte.time, tte.event, null_median=null)
    method = f"one-sample log-rank against an exponential median of {null:g} months, z = (O - E) / sqrt(E), two-sided"
    rows = (
        ("expected", "Expected events", test.expected, rounded(test.expected, 2)),
        ("z", "z", test.z, rounded(test.z, 3)),
        ("p", "p-value, two-sided", test.p_value, p_value(test.p_value)),
    )
    observed = tte.row(
        "logrank_observed", "Observed events", test.observed, rounded(test.observed, 0), method, only={"CNSR": 0}
    )
    found = [tte.row(f"logrank_{name}", label, stat, fmt, method) for name, label, stat, fmt in rows]
    return [observed, *found, tte.row("smr", "Observed / expected events", test.smr, rounded(test.smr, 2), method)]


def follow_up_results(context: Context, output: str) -> list[Result]:
    """Deaths that OS counts in the full analysis set, and median follow-up by reverse Kaplan-Meier (OS and PFS)."""
    survival = TimeToEvent(context, output, "OS", "os", "fas")
    found = [*survival.count("n", "Patients", {}), *survival.count("events", "Deaths", {"CNSR": 0})]
    for paramcd in ("OS", "PFS"):
        tte = TimeToEvent(context, output, paramcd, "followup", "fas" if paramcd == "OS" else None)
        median = tte.follow_up().median
        name = f"{paramcd.lower()}_median"
        label = f"Median follow-up ({paramcd}), months"
        found += tte.estimate(name, label, median, "reverse Kaplan-Meier")
    return found


def pfs_results(context: Context) -> list[Result]:
    """Every number of the primary analysis of progression-free survival."""
    tte = TimeToEvent(context, PFS_TABLE, "PFS", "pfs")
    return [
        *event_counts(tte),
        *curve_results(tte, context.params.pfs.landmarks_months),
        *logrank_results(tte),
        *follow_up_results(context, PFS_TABLE),
    ]


def succeeds(p: float, observed: float, expected: float, alpha: float) -> bool:
    """The success rule: two-sided p below alpha and fewer events than expected."""
    return math.isfinite(p) and p < alpha and observed < expected


def pfs_table(context: Context, results: list[Result]) -> Table:
    """Table 14.2.1.1 from its results."""
    of = {r.name: r for r in results}
    rows = [_line("Patients", of, "pfs.n")]
    for total, label in (("pfs.events", "Patients with event, n (%)"), ("pfs.censored", "Censored, n (%)")):
        parts = [r.name for r in results if r.name and r.name.startswith(f"{total}_") and r.stat_name[-4:] != "_pct"]
        rows.append(_share(label, of, total, "group"))
        rows += [_share(of[name].stat_label, of, name, indent=1) for name in parts]
    level = f"{context.params.km.conf_level:.0%} CI"
    rows.append(_group(f"Progression-free survival, months ({level})"))
    rows += [_interval(label, of, f"pfs.{name}") for name, _, label in QUARTILES]
    rows.append(_line("Range (+ censored)", of, "pfs.minimum", "pfs.maximum", form="{} to {}", indent=1))
    rows.append(_group(f"Patients free of progression and alive, % ({level}) [at risk]"))
    for months in context.params.pfs.landmarks_months:
        key = f"pfs.rate_{months:g}m"
        rows.append(_interval(f"At {months:g} months", of, key, at_risk=f"pfs.at_risk_{months:g}m"))
    if "pfs.logrank_p" in of:
        nominal = "" if context.params.purpose == "primary" else ", nominal, unadjusted"
        rows.append(
            _group(f"One-sample log-rank test against a median of {context.params.design.null_median:g} months")
        )
        for label, key in (
            ("Observed events", "pfs.logrank_observed"),
            ("Expected events under the null", "pfs.logrank_expected"),
            ("Observed / expected", "pfs.smr"),
            ("z", "pfs.logrank_z"),
            (f"p-value (two-sided{nominal})", "pfs.logrank_p"),
        ):
            rows.append(_line(label, of, key, indent=1))
        if context.params.purpose == "primary":
            rows.append(Row.of("Conclusion by the success rule", conclusion(context, of), indent=1))
    rows.append(_group("Follow-up"))
    rows.append(_share("Deaths counted by overall survival, n (%)", of, "os.events", indent=1))
    for label, name in (("overall", "os"), ("progression-free", "pfs")):
        text = f"Median by reverse Kaplan-Meier on {label} survival, months ({level})"
        rows.append(_interval(text, of, f"followup.{name}_median"))
    study = context.params.study
    header = f"{study.arm_label} (N = {of['pfs.n'].stat_fmt})"
    columns = (Column("", 0.62, "left"), Column(header, 0.38, "center"))
    return context.table(PFS_TABLE, columns, rows, datasets=("ADTTE",), methods=_methods(context))


def _methods(context: Context) -> list[str]:
    """What a reader of the display alone must know of how its numbers were made."""
    km, pfs = context.params.km, context.params.pfs
    return [
        f"Kaplan-Meier estimates with {km.conf_type} {100 * km.conf_level:g}% confidence limits; time in months of "
        f"30.4375 days from {pfs.start.replace('_', ' ')}; censoring by rule set {pfs.rule_set}."
    ]


def conclusion(context: Context, of: dict[str | None, Result]) -> str:
    """The words of the success rule, for a primary cut only."""
    values = [of[f"pfs.logrank_{name}"].stat for name in ("p", "observed", "expected")]
    p, observed, expected = (float("nan") if v is None else float(v) for v in values)
    met = succeeds(p, observed, expected, context.params.design.alpha)
    return (
        "Null hypothesis rejected in favour of benefit" if met else "Null hypothesis not rejected in favour of benefit"
    )


def _group(label: str) -> Row:
    return Row.of(label, kind="group")


def _line(label: str, of: dict[str | None, Result], *names: str, form: str = "{}", indent: int = 0) -> Row:
    text = form.format(*(of[name].stat_fmt for name in names))
    return Row.of(label, Cell(text, result=names[0]), indent=indent)


def _share(label: str, of: dict[str | None, Result], name: str, kind: Kind = "data", indent: int = 0) -> Row:
    text = f"{of[name].stat_fmt} ({of[name + '_pct'].stat_fmt})"
    return Row.of(label, Cell(text, result=name), indent=indent, kind=kind)


def _interval(label: str, of: dict[str | None, Result], name: str, at_risk: str | None = None) -> Row:
    text = f"{of[name].stat_fmt} ({of[name + '_lower'].stat_fmt}, {of[name + '_upper'].stat_fmt})"
    if at_risk:
        text += f" [{of[at_risk].stat_fmt}]"
    return Row.of(label, Cell(text, result=name), indent=1)


def pfs_figure(context: Context) -> Figure:
    """Figure 14.2.1.1: the curve behind the table, with the null median where the design has one."""
    curve = TimeToEvent(context, PFS_FIGURE, "PFS", "pfs").curve()
    null, endpoint = context.params.design.null_median, "Progression-free survival"
    start = context.params.pfs.start.replace("_", " ")
    return context.figure(
        PFS_FIGURE,
        drawings(km_figure(curve, endpoint=endpoint, start=start, null_median=null)),
        alt=km_alt(curve, endpoint=endpoint, null_median=null),
        data=km_data(curve, null),
        datasets=("ADTTE",),
        methods=_methods(context),
    )
