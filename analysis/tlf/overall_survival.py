"""Overall survival and follow-up: results, tables 14.2.4.1 and 14.2.5.1, and the Kaplan-Meier figure."""

from analysis.results import Result
from analysis.stats.estimate import NOT_ESTIMABLE
from analysis.tlf import primary_pfs, rows
from analysis.tlf.context import Context
from analysis.tlf.km_figure import km_alt, km_data, km_figure
from analysis.tlf.model import Cell, Column, Figure, Row, Table
from analysis.tlf.style import drawings
from analysis.tlf.tte import (
    QUARTILES,
    TimeToEvent,
    curve_results,
    event_counts,
    event_rows,
    landmark_rows,
    quartile_rows,
)

TABLE = "t-14-2-4-1"
FIGURE = "f-14-2-4-1"
FOLLOW_UP = "t-14-2-5-1"


def results(context: Context) -> list[Result]:
    """Every number of the analysis of overall survival; none where the catalogue leaves it out."""
    if TABLE not in context.catalogue:
        return []
    tte = TimeToEvent(context, TABLE, "OS", "os").required()
    return event_counts(tte, ()) + curve_results(tte, context.params.os.landmarks_months)


def table(context: Context, found: list[Result]) -> Table:
    """Table 14.2.4.1 from its results."""
    of = rows.by_name(found)
    level = f"{context.params.km.conf_level:.0%} CI"
    body = event_rows(of, found, "os", event="Deaths, n (%)")
    body += [rows.group(f"Overall survival, months ({level})"), *quartile_rows(of, "os")]
    body.append(rows.group(f"Patients alive, % ({level}) [at risk]"))
    body += landmark_rows(of, "os", context.params.os.landmarks_months)
    header = f"{context.params.study.arm_label}\n(N = {of['os.n'].stat_fmt})"
    columns = (Column("", 0.62, "left"), Column(header, 0.38, "decimal"))
    return context.table(TABLE, columns, body, datasets=("ADTTE",), methods=_methods(context))


def _methods(context: Context) -> list[str]:
    km = context.params.km
    return [
        f"Kaplan-Meier estimates with {km.conf_type} {100 * km.conf_level:g}% confidence limits; time in months of "
        "30.4375 days from enrolment; patients without death are censored at the last date known alive."
    ]


def figure(context: Context) -> Figure:
    """Figure 14.2.4.1: the curve behind the table."""
    curve = TimeToEvent(context, FIGURE, "OS", "os").required().curve()
    assert curve is not None
    return context.figure(
        FIGURE,
        drawings(km_figure(curve, endpoint="Overall survival", start="enrolment", least=context.least)),
        alt=km_alt(curve, endpoint="Overall survival", least=context.least),
        data=km_data(curve),
        datasets=("ADTTE",),
        methods=_methods(context),
    )


def follow_up_results(context: Context) -> list[Result]:
    """Follow-up by reverse Kaplan-Meier on overall survival, with progression-free survival beside it."""
    if FOLLOW_UP not in context.catalogue:
        return []
    found = []
    for paramcd, population in (("OS", None), ("PFS", context.catalogue[primary_pfs.TABLE].population)):
        tte = TimeToEvent(context, FOLLOW_UP, paramcd, "followup", population=population).required()
        name, curve = paramcd.lower(), tte.follow_up()
        found += tte.count(f"{name}_n", "Patients", {})
        found += tte.count(f"{name}_censored", "Without the event", {"CNSR": 1})
        for part, share, label in QUARTILES:
            quantile = curve.quantile(share) if curve else NOT_ESTIMABLE
            found += tte.estimate(f"{name}_{part}", f"{label}, months", quantile, f"reverse {tte.method}")
    return found


def follow_up_table(context: Context, found: list[Result]) -> Table:
    """Table 14.2.5.1 from its results: one column for each endpoint."""
    of = rows.by_name(found)
    names = ("os", "pfs")
    level = f"{context.params.km.conf_level:.0%} CI"
    body = [
        Row.of("Patients", *(Cell(of[f"followup.{n}_n"].stat_fmt, result=f"followup.{n}_n") for n in names)),
        Row.of("Without the event, n (%)", *(rows.share_cell(of, f"followup.{n}_censored") for n in names)),
        rows.group(f"Follow-up, months ({level})"),
    ]
    body += [
        Row.of(label, *(rows.interval_cell(of, f"followup.{n}_{part}") for n in names), indent=1)
        for part, _, label in QUARTILES
    ]
    size = f"(N = {context.size(FOLLOW_UP)})"
    columns = (
        Column("", 0.4),
        *(Column(f"By {what}\n{size}", 0.3, "decimal") for what in ("overall survival", "progression-free survival")),
    )
    km = context.params.km
    methods = [
        f"Reverse Kaplan-Meier estimates with {km.conf_type} {100 * km.conf_level:g}% confidence limits: being "
        "censored is the event, and the event censors; time in months of 30.4375 days."
    ]
    return context.table(FOLLOW_UP, columns, body, datasets=("ADTTE",), methods=methods)
