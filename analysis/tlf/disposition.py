"""Disposition of patients: from screening to the end of the study, one line each, and the analysis sets."""

import datetime as dt

import polars as pl

from analysis.params import Treatment
from analysis.report.grammar import long_date
from analysis.results import Result, rounded, where
from analysis.tlf import rows
from analysis.tlf.context import POPULATIONS, Context
from analysis.tlf.model import Cell, Column, Row, Table

OUTPUT = "t-14-1-1-1"


def drug_key(treatment: Treatment) -> str:
    """The last part of the names of a drug's results, such as n.ongoing_anlotinib."""
    return rows.name_part(treatment.extrt)


def results(context: Context) -> list[Result]:
    """Counts of patients; shares are of the enrolled."""
    found = [
        _count(context, "consented", "Screened (informed consent)", {"SCRNFL": "Y"}),
        _count(context, "screen_failed", "Screen failures", {"SCRFFL": "Y"}),
        *_reasons(context, "screen_failed", "SCRFREAS", {"SCRFFL": "Y"}),
        *_undecided(context),
        _count(context, "enrolled", "Enrolled", {"ENRLFL": "Y"}),
        *_period(context),
    ]
    found += _shared(context, "treated", "Treated with at least one drug", {"ENRLFL": "Y", "SAFFL": "Y"})
    untreated: dict[str, object] = {"ENRLFL": "Y", "SAFFL": "N"}
    found += _shared(context, "not_treated", "Never treated", untreated)
    found += _reasons(context, "not_treated", "DCSREAS", untreated)
    for place, treatment in enumerate(context.params.study.treatments, start=1):
        drug, on, why = drug_key(treatment), f"EOTSTT{place}", f"DCTREAS{place}"
        found += _shared(
            context, f"ongoing_{drug}", f"{treatment.name.capitalize()} ongoing", {"ENRLFL": "Y", on: "ONGOING"}
        )
        name = treatment.name.capitalize()
        found += _where_any(context, f"completed_{drug}", f"{name} completed", {on: "COMPLETED"})
        found += _where_any(context, f"not_treated_{drug}", f"{name} never taken", {on: "NOT TREATED"})
        stopped: dict[str, object] = {"ENRLFL": "Y", on: "DISCONTINUED"}
        found += _shared(context, f"arm_stopped_{drug}", f"{treatment.name.capitalize()} stopped", stopped)
        found += _reasons(context, f"arm_stopped_{drug}", why, stopped)
    found += _shared(context, "ongoing_study", "In the study", {"ENRLFL": "Y", "EOSSTT": "ONGOING"})
    found += _where_any(context, "completed_study", "Completed the study", {"EOSSTT": "COMPLETED"})
    found += _shared(context, "left_study", "Left the study", {"ENRLFL": "Y", "EOSSTT": "DISCONTINUED"})
    found += _reasons(context, "left_study", "DCSREAS", {"ENRLFL": "Y", "EOSSTT": "DISCONTINUED"})
    for name, label, only in (
        ("deaths", "Died", {"DTHFL": "Y"}),
        ("withdrawn", "Withdrew from the study", {"DCSREAS": "WITHDRAWAL BY SUBJECT"}),
        ("lost", "Lost to follow-up", {"DCSREAS": "LOST TO FOLLOW-UP"}),
    ):
        found += _shared(context, name, label, {"ENRLFL": "Y", **only})
    for name, (label, flag) in POPULATIONS.items():
        if name not in ("screened", "enrolled"):
            found += _shared(context, name, label, {"ENRLFL": "Y", flag: "Y"})
    return found


def _undecided(context: Context) -> list[Result]:
    """Patients who consented and were neither enrolled nor screen failures; none where there are none."""
    only: dict[str, object] = {"SCRNFL": "Y", "SCRFFL": "N", "ENRLFL": "N"}
    counted = _count(context, "undecided", "Neither enrolled nor a screen failure", only)
    return [counted] if counted.stat else []


def _period(context: Context) -> list[Result]:
    """The days of the first and the last enrolment."""
    enrolled = where({"ENRLFL": "Y"})
    days: list[dt.date] = sorted(context.adam["ADSL"].filter(pl.sql_expr(enrolled))["ENRLDT"].drop_nulls())
    return [
        Result(
            name=f"period.{end}_enrolment",
            output=OUTPUT,
            variable="ENRLDT",
            stat_name=end,
            stat_label=f"{end.capitalize()} enrolment",
            stat=days[place].isoformat() if days else None,
            stat_fmt=long_date(days[place]) if days else "-",
            population=context.catalogue[OUTPUT].population,
            dataset="ADSL",
            where=enrolled,
            method=f"{method} date",
        )
        for end, method, place in (("first", "earliest", 0), ("last", "latest", -1))
    ]


def _count(context: Context, name: str, label: str, only: dict[str, object]) -> Result:
    return context.counted(OUTPUT, "ADSL", where(only), name=f"n.{name}", label=label)


def _shared(context: Context, name: str, label: str, only: dict[str, object]) -> list[Result]:
    """A count and its share of the enrolled patients."""
    count = _count(context, name, label, only)
    return [count, _percent(context, count)]


def _percent(context: Context, count: Result) -> Result:
    """The share of the enrolled patients that a count is; its name is that of the count and `_pct`."""
    enrolled = where({"ENRLFL": "Y"})
    whole = context.count("ADSL", enrolled)
    assert isinstance(count.stat, int)
    share = count.stat / whole if whole else None
    return Result(
        name=f"{count.name}_pct",
        output=OUTPUT,
        variable=count.variable,
        variable_level=count.variable_level,
        stat_name="p",
        stat_label=f"{count.stat_label}, %",
        stat=share,
        stat_fmt=rounded(None if share is None else 100 * share, 1),
        population=count.population,
        dataset="ADSL",
        where=count.where,
        denominator_dataset="ADSL",
        denominator_where=enrolled,
        method="proportion",
    )


def _where_any(context: Context, name: str, label: str, condition: dict[str, object]) -> list[Result]:
    """A line that only some studies have: none where it counts nobody."""
    only: dict[str, object] = {"ENRLFL": "Y", **condition}
    return _shared(context, name, label, only) if context.count("ADSL", where(only)) else []


def _reasons(context: Context, name: str, variable: str, only: dict[str, object]) -> list[Result]:
    """One count for each reason that occurs, the most frequent first; they share the group `name`.

    Their names are `reason.<name>.<reason>`; of enrolled patients their shares follow, with `_pct`, in no group.
    """
    recorded: dict[str, list[str | None]] = {}
    for reason in context.adam["ADSL"].filter(pl.sql_expr(where(only)))[variable]:
        recorded.setdefault(sentence(reason), []).append(reason)
    ordered = sorted(recorded.items(), key=lambda item: (-len(item[1]), item[0]))
    parts = rows.name_parts(label for label, _ in ordered)
    counts = [
        context.counted(
            OUTPUT,
            "ADSL",
            where(only | {variable: None if reasons[0] is None else sorted({str(r) for r in reasons})}),
            name=f"reason.{name}.{part}",
            label=label,
            group1="reason of",
            group1_level=f"n.{name}",
            variable=variable,
            variable_level=label,
        )
        for part, (label, reasons) in zip(parts, ordered, strict=True)
    ]
    return counts + [_percent(context, count) for count in counts if "ENRLFL" in only]


def sentence(reason: str | None) -> str:
    """A reason in print: controlled terms are upper case in SDTM; a missing one is said."""
    if reason is None:
        return "Reason not recorded"
    return reason.capitalize() if reason.isupper() else reason


def table(context: Context, rows_of: list[Result]) -> Table:
    """Table 14.1.1.1 from its results."""
    of = {r.name: r for r in rows_of if r.name}

    def shown(count: Result, indent: int) -> Row:
        percent = of.get(f"{count.name}_pct")
        cell = rows.share_text((count, percent)) if percent else Cell(count.stat_fmt, result=count.name)
        return Row.of(count.stat_label, cell, indent=indent)

    def line(name: str, indent: int = 0) -> Row:
        return shown(of[f"n.{name}"], indent)

    def reasons(name: str, indent: int) -> list[Row]:
        return [shown(r, indent) for r in rows_of if r.group1_level == f"n.{name}"]

    body = [line("consented"), line("screen_failed"), *reasons("screen_failed", 1)]
    body += [line("undecided")] if "n.undecided" in of else []
    body.append(line("enrolled"))
    for end in ("first", "last"):
        day = of[f"period.{end}_enrolment"]
        body.append(Row.of(day.stat_label, Cell(day.stat_fmt, result=day.name), indent=1))
    body += [line("treated"), line("not_treated"), *reasons("not_treated", 1)]
    for treatment in context.params.study.treatments:
        drug = drug_key(treatment)
        body.append(Row.of(f"Treatment with {treatment.name}", kind="group"))
        body += [line(f"{n}_{drug}", 1) for n in ("not_treated", "ongoing", "completed") if f"n.{n}_{drug}" in of]
        body += [line(f"arm_stopped_{drug}", 1), *reasons(f"arm_stopped_{drug}", 2)]
    body.append(Row.of("Study participation", kind="group"))
    body += [line(name, 1) for name in ("ongoing_study", "completed_study") if f"n.{name}" in of]
    body += [line("left_study", 1), *reasons("left_study", 2), line("deaths", 1)]
    body.append(Row.of("Analysis sets", kind="group"))
    body += [line(name, 1) for name in POPULATIONS if name not in ("screened", "enrolled")]
    columns = (Column("", 0.7), Column(f"{context.arm(OUTPUT)}\nn (%)", 0.3, "decimal"))
    return context.table(OUTPUT, columns, body, datasets=("ADSL",))
