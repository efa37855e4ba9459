"""Duration of response, time to response and time to treatment failure: results, tables 14.2.3.1 and 2, and figure."""

from analysis.adam import tte as outcomes
from analysis.results import Result
from analysis.tlf import primary_pfs, rows
from analysis.tlf.context import Context
from analysis.tlf.km_figure import km_alt, km_data, km_figure
from analysis.tlf.model import Column, Figure, Table
from analysis.tlf.style import drawings, empty_figure
from analysis.tlf.tte import (
    QUARTILES,
    TimeToEvent,
    curve_results,
    event_counts,
    event_rows,
    landmark_rows,
    quartile_results,
    quartile_rows,
    range_results,
)

TABLE = "t-14-2-3-1"
FIGURE = "f-14-2-3-1"
FAILURE = "t-14-2-3-2"
FAILURES = (("events_stopped", outcomes.STOPPED), *primary_pfs.EVENTS)


def results(context: Context) -> list[Result]:
    """Every number of the duration of response and the time to it, of the confirmed responders."""
    if TABLE not in context.catalogue:
        return []
    dor = TimeToEvent(context, TABLE, "DOR", "dor")
    found = event_counts(dor, primary_pfs.EVENTS)
    found += curve_results(dor, context.params.response.dor_landmarks_months)
    return found + _time_to_response(TimeToEvent(context, TABLE, "TTR", "ttr"))


def _time_to_response(ttr: TimeToEvent) -> list[Result]:
    """Patients, quartiles and range. Every time is an event, so the quartiles are order statistics, without limits."""
    found = ttr.count("n", "Responders", {})
    names = {name for name, *_ in QUARTILES}
    found += [result for result in quartile_results(ttr) if result.stat_name in names]
    return found + range_results(ttr)


def table(context: Context, found: list[Result]) -> Table:
    """Table 14.2.3.1 from its results."""
    of = rows.by_name(found)
    landmarks = context.params.response.dor_landmarks_months
    level = f"{context.params.km.conf_level:.0%} CI"
    body = event_rows(of, found, "dor")
    body += [rows.group(f"Duration of response, months ({level})"), *quartile_rows(of, "dor")]
    body.append(rows.group(f"Responses that last, % ({level}) [at risk]"))
    body += landmark_rows(of, "dor", landmarks)
    body.append(rows.group("Time to response, months"))
    body += [rows.line(label, of, f"ttr.{name}", indent=1) for name, _, label in QUARTILES]
    body.append(rows.line("Range", of, "ttr.minimum", "ttr.maximum", form="{} to {}", indent=1))
    header = f"Confirmed responders\n(N = {of['dor.n'].stat_fmt})"
    columns = (Column("", 0.62, "left"), Column(header, 0.38, "decimal"))
    return context.table(TABLE, columns, body, datasets=("ADTTE",), methods=_methods(context))


def _methods(context: Context) -> list[str]:
    km, pfs = context.params.km, context.params.pfs
    return [
        "Patients with a confirmed CR or PR. The duration counts from the first CR or PR that was later confirmed to "
        f"progression or death, censored by rule set {pfs.rule_set} of progression-free survival; the time to response "
        f"counts from enrolment to that response. Kaplan-Meier estimates with {km.conf_type} {100 * km.conf_level:g}% "
        "confidence limits; time in months of 30.4375 days."
    ]


def figure(context: Context) -> Figure:
    """Figure 14.2.3.1: the curve of the duration of response, or the words that nobody responded."""
    curve = TimeToEvent(context, FIGURE, "DOR", "dor").curve()
    endpoint, nobody = "Duration of response", "No patient had a confirmed response."
    drawn, alt = empty_figure(nobody), nobody
    if curve:
        still, least = "Patients still in response", context.least
        drawn = km_figure(curve, endpoint=still, start="response", least=least)
        alt = km_alt(curve, endpoint=endpoint, least=least)
    return context.figure(
        FIGURE,
        drawings(drawn),
        alt=alt,
        data=km_data(curve) if curve else None,
        datasets=("ADTTE",),
        methods=_methods(context),
    )


def failure_results(context: Context) -> list[Result]:
    """Every number of the time to treatment failure."""
    if FAILURE not in context.catalogue:
        return []
    ttf = TimeToEvent(context, FAILURE, "TTF", "ttf").required()
    return event_counts(ttf, FAILURES) + curve_results(ttf, context.params.pfs.landmarks_months)


def failure_table(context: Context, found: list[Result]) -> Table:
    """Table 14.2.3.2 from its results."""
    of = rows.by_name(found)
    km = context.params.km
    level = f"{km.conf_level:.0%} CI"
    body = event_rows(of, found, "ttf")
    body += [rows.group(f"Time to treatment failure, months ({level})"), *quartile_rows(of, "ttf")]
    body.append(rows.group(f"Patients without treatment failure, % ({level}) [at risk]"))
    body += landmark_rows(of, "ttf", context.params.pfs.landmarks_months)
    header = f"{context.params.study.arm_label}\n(N = {of['ttf.n'].stat_fmt})"
    columns = (Column("", 0.62, "left"), Column(header, 0.38, "decimal"))
    methods = [
        "Exploratory. Time from enrolment to the first of stopping every study drug for any reason, progression and "
        f"death, else censored at the last dose. Kaplan-Meier estimates with {km.conf_type} {100 * km.conf_level:g}% "
        "confidence limits; time in months of 30.4375 days."
    ]
    return context.table(FAILURE, columns, body, datasets=("ADTTE",), methods=methods)
