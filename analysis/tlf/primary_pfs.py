"""Primary analysis of progression-free survival: the numbers as results, then table and figure from those rows."""

import math

from analysis.results import Result, p_value, rounded
from analysis.stats.one_sample import one_sample_logrank
from analysis.tlf import rows
from analysis.tlf.context import Context
from analysis.tlf.km_figure import km_alt, km_data, km_figure
from analysis.tlf.model import Column, Figure, Row, Table
from analysis.tlf.rows import Named
from analysis.tlf.style import HEIGHT, drawings
from analysis.tlf.tte import TimeToEvent, curve_results, event_counts, event_rows, landmark_rows, quartile_rows

TABLE = "t-14-2-1-1"
FIGURE = "f-14-2-1-1"
EVENTS = (("events_pd", "Disease progression"), ("events_death", "Death"))


def results(context: Context) -> list[Result]:
    """Every number of the primary analysis of progression-free survival."""
    tte = TimeToEvent(context, TABLE, "PFS", "pfs").required()
    counts = event_counts(tte, EVENTS)
    return counts + curve_results(tte, context.params.pfs.landmarks_months) + logrank_results(tte)


def logrank_results(tte: TimeToEvent) -> list[Result]:
    """The one-sample log-rank test against the exponential null median; nothing where the design has no null."""
    null = tte.context.params.design.null_median
    if null is None:
        return []
    test = one_sample_logrank(tte.time, tte.event, null_median=null)
    method = f"one-sample log-rank against an exponential median of {null:g} months, z = (O - E) / sqrt(E), two-sided"
    values = (
        ("expected", "Expected events", test.expected, rounded(test.expected, 2)),
        ("z", "z", test.z, rounded(test.z, 3)),
        ("p", "p-value, two-sided", test.p_value, p_value(test.p_value)),
    )
    observed = tte.row(
        "logrank_observed", "Observed events", test.observed, rounded(test.observed, 0), method, only={"CNSR": 0}
    )
    found = [tte.row(f"logrank_{name}", label, stat, fmt, method) for name, label, stat, fmt in values]
    return [observed, *found, tte.row("smr", "Observed / expected events", test.smr, rounded(test.smr, 2), method)]


def succeeds(p: float, observed: float, expected: float, alpha: float) -> bool:
    """The success rule: two-sided p below alpha and fewer events than expected."""
    return math.isfinite(p) and p < alpha and observed < expected


def table(context: Context, found: list[Result]) -> Table:
    """Table 14.2.1.1 from its results."""
    of = rows.by_name(found)
    landmarks = context.params.pfs.landmarks_months
    level = f"{context.params.km.conf_level:.0%} CI"
    body = event_rows(of, found, "pfs")
    body += [rows.group(f"Progression-free survival, months ({level})"), *quartile_rows(of, "pfs")]
    body.append(rows.group(f"Patients free of progression and alive, % ({level}) [at risk]"))
    body += landmark_rows(of, "pfs", landmarks)
    if "pfs.logrank_p" in of:
        body += _test_rows(context, of)
    header = f"{context.params.study.arm_label}\n(N = {of['pfs.n'].stat_fmt})"
    columns = (Column("", 0.62, "left"), Column(header, 0.38, "decimal"))
    return context.table(TABLE, columns, body, datasets=("ADTTE",), methods=_methods(context))


def _test_rows(context: Context, of: Named) -> list[Row]:
    """The test and, in a primary cut only, the conclusion by the success rule."""
    primary = context.params.purpose == "primary"
    body = [rows.group(f"One-sample log-rank test against a median of {context.params.design.null_median:g} months")]
    for label, key in (
        ("Observed events", "pfs.logrank_observed"),
        ("Expected events under the null", "pfs.logrank_expected"),
        ("Observed / expected", "pfs.smr"),
        ("z", "pfs.logrank_z"),
        (f"p-value (two-sided{'' if primary else ', nominal, unadjusted'})", "pfs.logrank_p"),
    ):
        body.append(rows.line(label, of, key, indent=1))
    if primary:
        body.append(Row.of("Conclusion by the success rule", conclusion(context, of), indent=1))
    return body


def _methods(context: Context) -> list[str]:
    """What a reader of the display alone must know of how its numbers were made."""
    km, pfs = context.params.km, context.params.pfs
    return [
        f"Kaplan-Meier estimates with {km.conf_type} {100 * km.conf_level:g}% confidence limits; time in months of "
        f"30.4375 days from {pfs.start.replace('_', ' ')}; censoring by rule set {pfs.rule_set}."
    ]


def conclusion(context: Context, of: Named) -> str:
    """The words of the success rule, for a primary cut only."""
    values = [of[f"pfs.logrank_{name}"].stat for name in ("p", "observed", "expected")]
    p, observed, expected = (float("nan") if v is None else float(v) for v in values)
    met = succeeds(p, observed, expected, context.params.design.alpha)
    return (
        "Null hypothesis rejected in favour of benefit" if met else "Null hypothesis not rejected in favour of benefit"
    )


def figure(context: Context, *, height: float = HEIGHT) -> Figure:
    """Figure 14.2.1.1: the curve behind the table, with the null median where the design has one; height in inches."""
    curve = TimeToEvent(context, FIGURE, "PFS", "pfs").required().curve()
    assert curve is not None
    null, endpoint = context.params.design.null_median, "Progression-free survival"
    start = context.params.pfs.start.replace("_", " ")
    least = context.least
    return context.figure(
        FIGURE,
        drawings(km_figure(curve, endpoint=endpoint, start=start, null_median=null, height=height, least=least)),
        alt=km_alt(curve, endpoint=endpoint, null_median=null, least=least),
        data=km_data(curve, null),
        datasets=("ADTTE",),
        methods=_methods(context),
    )
