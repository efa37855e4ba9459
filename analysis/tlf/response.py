"""Response: best overall response, objective response, disease control and clinical benefit (Tables 14.2.2.1 to 3)."""

from collections.abc import Sequence

import polars as pl

from analysis.adam.adrs import OTHER_RULE
from analysis.adam.response_rules import BEST_RESPONSE, CONFIRMED_BEST_RESPONSE, NOT_ASSESSED
from analysis.results import Result
from analysis.tlf import rows
from analysis.tlf.context import POPULATIONS, Context
from analysis.tlf.model import Cell, Column, Row, Table
from analysis.tlf.proportions import INTERVALS, Proportions, limits_cell, rate_cell
from analysis.tlf.rows import Named

TABLE = "t-14-2-2-1"
BENEFIT = "t-14-2-2-2"
OTHERS = "t-14-2-2-3"

BEST = (
    ("cr", "CR", "Complete response (CR)"),
    ("pr", "PR", "Partial response (PR)"),
    ("sd", "SD", "Stable disease (SD)"),
    ("non_cr_non_pd", "NON-CR/NON-PD", "Non-CR/non-PD"),
    ("pd", "PD", "Progressive disease (PD)"),
    ("ne", "NE", "Not evaluable (NE)"),
)
"""Last part of the results' names, AVALC, label."""

NO_ASSESSMENT = [rule.name for rule in NOT_ASSESSED if rule.name != "no_baseline"]
"""The rules by which a patient is not evaluable for want of any post-baseline assessment that counts."""

RATES = (("orr", "CRSP", "RSP", "Objective response"), ("dcr", "CDC", "DC", "Disease control"))
"""Prefix, PARAMCD of the confirmed and of the unconfirmed parameter, label."""

RULE_SAYS = {
    "assessment": "confirmed CR or PR of any duration, or CR, PR, SD or non-CR/non-PD at an adequate assessment at "
    "least {due} days ({days} less the scan window of {window}) after enrolment",
    "duration": "at least {days} days from enrolment to progression or, where there is none or a gap in the "
    "assessments precedes it, to the last adequate assessment",
}

COMPONENTS = (
    ("response", ("response",), "Y", "CR or PR of any duration"),
    ("stable", ("stable_assessment",), "Y", "SD, or CR or PR not counted above, at {days} days"),
    ("stable", ("stable_duration",), "Y", "Without progression for {days} days"),
    ("awaiting", ("awaiting_benefit",), "N", "Not yet followed to that assessment"),
    ("no_benefit", ("no_benefit",), "N", "Other"),
)
"""Last part of the results' names, RULE, AVALC, label."""

ANALYSES = (
    ("investigator", "", None, "{reader}, {population} (primary)"),
    ("recomputed", "R", None, "Recomputed from lesions, {population}"),
    ("response_evaluable", "", "response_evaluable", "{reader}, {population}"),
    ("per_protocol", "", "per_protocol", "{reader}, {population}"),
)
"""Last part of the prefix, end of the PARAMCD, population where it is not the output's, label."""

ENDPOINTS = (
    ("orr", "CRSP", "Objective response, confirmed"),
    ("dcr", "CDC", "Disease control, response confirmed"),
    ("cbr", "CCB", "Clinical benefit, response confirmed"),
)


def results(context: Context) -> list[Result]:
    """Every number of best overall response, objective response and disease control."""
    if TABLE not in context.catalogue:
        return []
    found: list[Result] = []
    reasons = _reasons(context)
    for prefix, paramcd in (("bor.confirmed", "CBOR"), ("bor.unconfirmed", "BOR")):
        best = Proportions(context, TABLE, paramcd, prefix)
        found.append(best.number("n", "Patients"))
        for name, value, label in BEST:
            found += best.count(name, label, {"AVALC": value})
        none = {"AVALC": "NE", "RULE": NO_ASSESSMENT}
        found += best.count("ne_no_assessment", "No post-baseline assessment", none)
        for rule, text in reasons:
            found += best.count(f"ne_{rule}", text, {"AVALC": "NE", "RULE": rule})
    for prefix, confirmed, unconfirmed, label in RATES:
        found += Proportions(context, TABLE, confirmed, prefix).rate(label)
        found += Proportions(context, TABLE, unconfirmed, f"{prefix}_unconfirmed").rate(label)
    awaiting = {"RULE": "awaiting_confirmation"}
    found += Proportions(context, TABLE, "CRSP", "orr").count("awaiting", "Response awaiting confirmation", awaiting)
    return found


def _reasons(context: Context) -> list[tuple[str, str]]:
    """Why patients were not evaluable: the rules that occur, each with its text, in the order of the rules."""
    occurs = pl.col("PARAMCD").is_in(["CBOR", "BOR"]) & (pl.col("AVALC") == "NE")
    found = dict(context.adam["ADRS"].filter(occurs).select("RULE", "AREASON").iter_rows())
    found = {rule.name: found[rule.name] for rule in BEST_RESPONSE + CONFIRMED_BEST_RESPONSE if rule.name in found}
    if "no_post_baseline" in found:
        found["no_post_baseline"] = "No assessment made"
    return list(found.items())


def table(context: Context, found: list[Result]) -> Table:
    """Table 14.2.2.1 from its results."""
    of = rows.by_name(found)
    both = ("bor.confirmed", "bor.unconfirmed")

    def shares(label: str, name: str, indent: int = 1) -> Row:
        return Row.of(label, *(rows.share_cell(of, f"{prefix}.{name}") for prefix in both), indent=indent)

    body = [rows.group("Best overall response, n (%)"), *(shares(label, name) for name, _, label in BEST)]
    occurring = [r.stat_name for r in found if r.name == f"{both[0]}.{r.stat_name}" and r.stat_name.startswith("ne_")]
    reasons = [name for name in occurring if not name.endswith("_pct") and name != "ne_no_assessment"]
    body.append(shares("No post-baseline assessment", "ne_no_assessment", 2))
    for indent, without in ((3, True), (2, False)):
        chosen = [name for name in reasons if (name.removeprefix("ne_") in NO_ASSESSMENT) == without]
        body += [shares(of[f"{both[0]}.{name}"].stat_label, name, indent) for name in chosen]
    for prefix, _, _, label in RATES:
        text = "CR + PR" if prefix == "orr" else "CR + PR + SD or non-CR/non-PD"
        body += [rows.group(f"{label} ({text})"), *_rate_rows(context, of, (prefix, f"{prefix}_unconfirmed"))]
        if prefix == "orr":
            waiting = rows.share_cell(of, "orr.awaiting")
            body.append(Row.of("Response awaiting confirmation, n (%)", waiting, "", indent=1))
    n = of["bor.confirmed.n"].stat_fmt
    columns = (
        Column("", 0.5),
        Column(f"Confirmed (primary)\n(N = {n})", 0.25, "decimal"),
        Column(f"Unconfirmed\n(N = {n})", 0.25, "decimal"),
    )
    settings = context.params.response
    methods = [
        f"Overall response by the {settings.reader}, assessments up to month {settings.max_months:g}. A response was "
        f"confirmed at least {settings.confirmation_days} days later; stable disease counted from "
        f"{settings.minimum_sd_days} days after enrolment.",
        _interval_method(),
        "Patients without a post-baseline assessment count as non-responders, and so do those whose response awaited "
        "confirmation at the data cut-off.",
    ]
    return context.table(TABLE, columns, body, datasets=("ADRS",), methods=methods)


def _rate_rows(context: Context, of: Named, prefixes: Sequence[str]) -> list[Row]:
    """Responders and the intervals of their share, a column for each prefix."""
    found = [Row.of("n (%)", *(rate_cell(of, prefix) for prefix in prefixes), indent=1)]
    level = f"{context.params.km.conf_level:.0%} CI"
    for interval, _, says in INTERVALS:
        cells = [limits_cell(of, prefix, interval) for prefix in prefixes]
        found.append(Row.of(f"{level}, {says}, %", *cells, indent=1))
    return found


def _interval_method() -> str:
    return (
        "Confidence limits by the exact method of Clopper and Pearson; those by the score method of Wilson beside them."
    )


def _benefit_columns(context: Context) -> list[tuple[str, str, str, str]]:
    """The columns of the table of clinical benefit: prefix, PARAMCD, rule, header."""
    chosen = context.params.response.cbr_rule
    paramcd, other = OTHER_RULE[chosen]
    return [
        ("cbr", "CCB", chosen, f"Rule {chosen}, response confirmed (primary)"),
        ("cbr_unconfirmed", "CB", chosen, f"Rule {chosen}, response unconfirmed"),
        (f"cbr_{other}", paramcd, other, f"Rule {other}, sensitivity"),
    ]


def benefit_results(context: Context) -> list[Result]:
    """Every number of clinical benefit by both rules."""
    if BENEFIT not in context.catalogue:
        return []
    found: list[Result] = []
    for prefix, paramcd, rule, _ in _benefit_columns(context):
        benefit = Proportions(context, BENEFIT, paramcd, prefix)
        found += benefit.rate("Clinical benefit")
        for name, names, value, label in COMPONENTS:
            if _is_part(names, rule):
                text = label.format(days=context.params.response.cbr_days)
                found += benefit.count(name, text, {"AVALC": value, "RULE": list(names)})
    return found


def _is_part(names: Sequence[str], rule: str) -> bool:
    """Whether a component belongs to the rule `assessment` or `duration`."""
    elsewhere = {"assessment": {"stable_duration"}, "duration": {"response", "stable_assessment"}}
    return not elsewhere[rule] & set(names)


def benefit_table(context: Context, found: list[Result]) -> Table:
    """Table 14.2.2.2 from its results."""
    of = rows.by_name(found)
    columns = _benefit_columns(context)
    settings = context.params.response
    body = [rows.group("Clinical benefit"), *_rate_rows(context, of, [prefix for prefix, *_ in columns])]
    for heading, value in (("How benefit was shown, n (%)", "Y"), ("No benefit, n (%)", "N")):
        body.append(rows.group(heading))
        for name, names, gives, label in COMPONENTS:
            if gives == value:
                cells = [
                    rows.share_cell(of, f"{prefix}.{name}") if _is_part(names, rule) else Cell("-")
                    for prefix, _, rule, _ in columns
                ]
                body.append(Row.of(label.format(days=settings.cbr_days), *cells, indent=1))
    window = context.params.schedule.scan_window_days
    fills = {"days": settings.cbr_days, "window": window, "due": settings.cbr_days - window}
    other = OTHER_RULE[settings.cbr_rule][1]
    methods = [f"Rule {rule}: {RULE_SAYS[rule].format(**fills)}." for rule in (settings.cbr_rule, other)]
    methods += [
        "Patients who were still followed without progression or new therapy and had not reached that assessment count "
        "as without benefit. A dash stands where a line is no part of the rule.",
        _interval_method(),
    ]
    n = of["cbr.n"].stat_fmt
    heads = [Column(f"{header}\n(N = {n})", 0.21, "decimal") for *_, header in columns]
    return context.table(BENEFIT, (Column("", 0.37), *heads), body, datasets=("ADRS",), methods=methods)


def other_results(context: Context) -> list[Result]:
    """Confirmed response by the recomputed readings and in the other analysis sets."""
    if OTHERS not in context.catalogue:
        return []
    found: list[Result] = []
    for prefix, paramcd, label in ENDPOINTS:
        for name, ending, population, _ in ANALYSES:
            rates = Proportions(context, OTHERS, paramcd + ending, f"{prefix}_{name}", population=population)
            found += rates.rate(label)
    return found


def other_table(context: Context, found: list[Result]) -> Table:
    """Table 14.2.2.3 from its results."""
    of = rows.by_name(found)
    body = []
    reader = context.params.response.reader.capitalize()
    for prefix, _, label in ENDPOINTS:
        body.append(rows.group(label))
        for name, _, _, text in ANALYSES:
            key = f"{prefix}_{name}"
            population = POPULATIONS[of[f"{key}.n"].population][0]
            cells = [Cell(of[f"{key}.n"].stat_fmt, result=f"{key}.n"), rate_cell(of, key)]
            cells += [limits_cell(of, key, interval) for interval, _, _ in INTERVALS]
            said = text.format(reader=reader, population=population[0].lower() + population[1:])
            body.append(Row.of(said, *cells, indent=1))
    level = f"{context.params.km.conf_level:.0%} CI"
    columns = (
        Column("Reader and analysis set", 0.42),
        Column("Patients", 0.1, "decimal"),
        Column("n (%)", 0.14, "decimal"),
        *(Column(f"{level}, {says}, %", 0.17, "decimal") for _, _, says in INTERVALS),
    )
    settings = context.params.response
    methods = [
        f"The recomputed response is that of RECIST 1.1 from the lesions recorded; confirmation, months and clinical "
        f"benefit (rule {settings.cbr_rule}) as in the primary analysis. Patients with no lesions recorded after "
        "baseline count as non-responders. In the response-evaluable and the per-protocol set the response is that "
        f"of the {settings.reader}.",
    ]
    return context.table(OTHERS, columns, body, datasets=("ADRS",), methods=methods)
