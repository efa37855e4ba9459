"""Figures of single patients: waterfall (14.2.2.1, with its results), swimmer (14.2.2.2) and spider plot (14.2.2.3)."""

import datetime as dt
import statistics
from typing import Any

import polars as pl

from analysis.adam import depth
from analysis.adam.adnact import first_progressions
from analysis.adam.dates import DAYS_PER_MONTH
from analysis.results import Result, rounded, where
from analysis.tlf import rows, style
from analysis.tlf.context import POPULATIONS, Context
from analysis.tlf.model import Figure
from analysis.tlf.spider_figure import SpiderLine, spider_alt, spider_data, spider_figure
from analysis.tlf.swimmer_figure import Swimmer, swimmer_alt, swimmer_data, swimmer_figure
from analysis.tlf.waterfall_figure import WaterfallBar, waterfall_alt, waterfall_data, waterfall_figure

WATERFALL, SWIMMER, SPIDER = "f-14-2-2-1", "f-14-2-2-2", "f-14-2-2-3"
LEGEND = "Confirmed best overall response"

CHANGES = (
    ("decreased_30", "Decrease of 30% or more", "DECREASE OF 30 % OR MORE"),
    ("decreased_less", "Smaller decrease", "SMALLER DECREASE"),
    ("unchanged", "No change", "NO CHANGE"),
    ("increased", "Increase", "INCREASE"),
)
"""Name, label and AVALC of the categories of the best change."""


def results(context: Context) -> list[Result]:
    """Depth of response: patients with a best change by its category, without one by reason, and its distribution."""
    if WATERFALL not in context.catalogue:
        return []
    population = {"PARAMCD": "BESTPCHG", _flag(context, WATERFALL): "Y"}

    def counted(name: str, label: str, **only: object) -> Result:
        conditions = where(population | only)
        return context.counted(WATERFALL, "ADTR", conditions, name=f"depth.{name}", label=label)

    found = [counted("n", "Patients with a best change", RULE=depth.BEST[0])]
    found += [counted(name, label, AVALC=category) for name, label, category in CHANGES]
    found += [counted(f"without_{rule.lower()}", text, RULE=rule) for rule, text in depth.NOT_SHOWN.items()]
    shown = where(population | {"RULE": depth.BEST[0]})
    changes = context.adam["ADTR"].filter(pl.sql_expr(shown))["AVAL"].to_list()
    for name, label, value in (
        ("median", "Median best change, %", statistics.median(changes) if changes else None),
        ("minimum", "Least best change, %", min(changes, default=None)),
        ("maximum", "Greatest best change, %", max(changes, default=None)),
    ):
        found.append(
            Result(
                name=f"depth.{name}",
                output=WATERFALL,
                variable="AVAL",
                stat_name=name,
                stat_label=label,
                stat=value,
                stat_fmt=rounded(value, 1),
                population=context.catalogue[WATERFALL].population,
                dataset="ADTR",
                where=shown,
                method=name,
            )
        )
    return found


def waterfall(context: Context, found: list[Result]) -> Figure:
    """Figure 14.2.2.1: bars in the order of their length, and a footnote on the patients without one."""
    of = rows.by_name(found)
    patients, responses, names = _patients(context, WATERFALL)
    progressions = first_progressions(context.adam["ADRS"])
    best = _of_population(context, WATERFALL, "ADTR").filter(
        pl.col("PARAMCD") == "BESTPCHG", pl.col("AVAL").is_not_null()
    )
    bars = []
    for usubjid, change in best.select("USUBJID", "AVAL").iter_rows():
        patient, progression = patients[usubjid], progressions.get(usubjid)
        therapy = patient["NACTDT"]
        before = therapy is not None and (progression is None or therapy < progression)
        bars.append(
            WaterfallBar(names[usubjid], change, responses[usubjid], _is_ongoing(context, patient), new_therapy=before)
        )
    reasons = [(text, of[f"depth.without_{rule.lower()}"]) for rule, text in depth.NOT_SHOWN.items()]
    without = [f"{text[0].lower()}{text[1:]} ({result.stat_fmt})" for text, result in reasons if result.stat]
    methods = [_counted_sums(context), f"Patients with a bar: {of['depth.n'].stat_fmt}."]
    if without:
        methods[-1] += f" Without one: {'; '.join(without)}."
    return context.figure(
        WATERFALL,
        style.drawings(waterfall_figure(bars, response=LEGEND)),
        alt=waterfall_alt(bars, without=len(patients) - len(bars)),
        data=waterfall_data(bars),
        datasets=("ADTR", "ADRS", "ADSL"),
        methods=methods,
    )


def swimmer(context: Context) -> Figure:
    """Figure 14.2.2.2: one row per patient."""
    patients, responses, names = _patients(context, SWIMMER)
    progressions = first_progressions(context.adam["ADRS"])
    first = _summary(context, "RSP", "ADT")
    confirmed = _summary(context, "CRSP", "CONFDT")
    swimmers = []
    for usubjid, patient in patients.items():
        start = patient["ENRLDT"]
        dates = {
            "First response": first.get(usubjid),
            "Response confirmed": confirmed.get(usubjid),
            "Progression": progressions.get(usubjid),
            "New anticancer therapy": patient["NACTDT"],
            "Death": patient["DTHDT"],
        }
        swimmers.append(
            Swimmer(
                patient=names[usubjid],
                response=responses[usubjid],
                first_dose=_months(start, patient["TRTSDT"]),
                last_dose=_months(start, patient["TRTEDT"]),
                ongoing=_is_ongoing(context, patient),
                followed=_months(start, patient["DTHDT"] or patient["LSTALVDT"]) or 0.0,
                events={event: time for event, day in dates.items() if (time := _months(start, day)) is not None},
            )
        )
    return context.figure(
        SWIMMER,
        style.drawings(swimmer_figure(swimmers, response="Confirmed best response")),
        alt=swimmer_alt(swimmers),
        data=swimmer_data(swimmers),
        datasets=("ADSL", "ADRS"),
        methods=[
            "Bars run from the first dose of either drug to the last dose of the later one, thin lines from enrolment "
            "to death or the last date known alive; a month is 30.4375 days. The first response is the first complete "
            "or partial response that counts for the best overall response, whether or not it was confirmed."
        ],
    )


def spider(context: Context) -> Figure:
    """Figure 14.2.2.3: one line per patient with a sum of diameters that counts."""
    patients, responses, names = _patients(context, SPIDER)
    sums = _of_population(context, SPIDER, "ADTR").filter(
        pl.col("PARAMCD") == "SUMDIAM", pl.col("ANL01FL") == "Y", pl.col("PCHG").is_not_null()
    )
    points: dict[str, list[tuple[float, float, bool]]] = {}
    for usubjid, day, change, new in sums.sort("USUBJID", "ADT").select("USUBJID", "ADT", "PCHG", "NEWLFL").iter_rows():
        month = _months(patients[usubjid]["ENRLDT"], day)
        assert month is not None
        points.setdefault(usubjid, []).append((month, change, new == "Y"))
    lines = [SpiderLine(names[u], responses[u], tuple(of_patient)) for u, of_patient in points.items()]
    return context.figure(
        SPIDER,
        style.drawings(spider_figure(lines, response=LEGEND)),
        alt=spider_alt(lines),
        data=spider_data(lines),
        datasets=("ADTR", "ADRS"),
        methods=[
            _counted_sums(context),
            f"Patients with a line: {len(lines)}; the baseline is drawn at enrolment. A new lesion is marked at the "
            "sum of its visit; one at a visit without a complete sum is not shown.",
        ],
    )


def _counted_sums(context: Context) -> str:
    return (
        "Sums of diameters count when every target lesion was measured, up to the visit of the first progression by "
        f"the {context.params.response.reader}, on or before the day of new anticancer therapy, and within "
        f"{context.params.response.max_months:g} months. Dashed lines: +20% and -30%. Lymph nodes under 10 mm stay in "
        "the sum, so that a complete response need not be -100%."
    )


def _flag(context: Context, output: str) -> str:
    return POPULATIONS[context.catalogue[output].population][1]


def _of_population(context: Context, output: str, dataset: str) -> pl.DataFrame:
    return context.adam[dataset].filter(pl.col(_flag(context, output)) == "Y")


def _patients(context: Context, output: str) -> tuple[dict[str, dict[str, Any]], dict[str, str], dict[str, str]]:
    """The output's patients (rows of ADSL), their confirmed best responses and their numbers, all by USUBJID.

    The number is SUBJID where that tells the patients apart.
    """
    adsl = _of_population(context, output, "ADSL").sort("USUBJID")
    patients = {row["USUBJID"]: row for row in adsl.iter_rows(named=True)}
    responses = _summary(context, "CBOR", "AVALC")
    short = adsl["SUBJID"].null_count() == 0 and adsl["SUBJID"].n_unique() == adsl.height
    names = {usubjid: row["SUBJID"] if short else usubjid for usubjid, row in patients.items()}
    return patients, {u: responses.get(u, "NE") for u in patients}, names


def _summary(context: Context, paramcd: str, variable: str) -> dict[str, Any]:
    """A variable of a summary parameter of ADRS by USUBJID; of Y or N, only of those with Y."""
    found = context.adam["ADRS"].filter(pl.col("PARAMCD") == paramcd, pl.col("AVALC") != "N")
    return dict(found.select("USUBJID", variable).iter_rows())


def _is_ongoing(context: Context, patient: dict[str, Any]) -> bool:
    places = range(1, len(context.params.study.treatments) + 1)
    return any(patient[f"EOTSTT{place}"] == "ONGOING" for place in places)


def _months(start: dt.date, date: dt.date | None) -> float | None:
    """Elapsed months of 30.4375 days."""
    return None if date is None else (date - start).days / DAYS_PER_MONTH
