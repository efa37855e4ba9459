"""Exposure to each drug, and changes of dose with dose intensity (Tables 14.3.0.1 and 14.3.0.2)."""

from collections.abc import Sequence

import polars as pl

from analysis.adam.adex import intensity_categories
from analysis.params import Treatment
from analysis.results import AtLeast, Result, where
from analysis.tlf import rows
from analysis.tlf.context import Context
from analysis.tlf.disposition import drug_key
from analysis.tlf.model import Cell, Column, Row, Table
from analysis.tlf.rows import Named
from analysis.tlf.summaries import STATISTICS, Summary, statistics_cell

EXPOSURE, INTENSITY = "t-14-3-0-1", "t-14-3-0-2"
NOT_APPLICABLE = "-"

AMOUNTS = (
    ("duration", "DUR", "Duration of treatment, days"),
    ("cycles", "NCRS", "{Courses} begun"),
    ("days", "DAYS", "Days with a dose"),
    ("dose", "CUM", "Cumulative dose, mg"),
)
"""Last part of the results' names, beginning of PARAMCD, label; {Courses} are the cycles or injections of the plan."""

CHANGES = (
    ("reduced", "reductions", "NRED", "Dose reduction"),
    ("interrupted", "interruptions", "NINT", "Dosing interrupted within a cycle"),
    ("delayed", "delays", "NDEL", "Delay of a cycle or injection"),
)
"""Last part of the results' names for patients and for the number of changes, beginning of PARAMCD, label."""


DURATION_SAYS = (
    "Duration: from the first dose to the day before the next planned cycle or injection after the last one, at most "
    "to death or the data cut-off; without a planned schedule, to the last dose."
)
STATISTICS_SAY = (
    "Percentages are of the patients of the set. SD: standard deviation; Q1, Q3: quartiles; NE: not estimable."
)


def _drugs(context: Context) -> list[tuple[int, str, Treatment]]:
    """Each drug's number in ADEX, the part of its results' names, and its parameters."""
    return [(number, drug_key(drug), drug) for number, drug in enumerate(context.params.study.treatments, start=1)]


def _summary(context: Context, output: str, paramcd: str) -> Summary:
    return Summary.of(context, output, "ADEX", {"PARAMCD": paramcd})


def _derived(context: Context, paramcd: str) -> bool:
    """Whether ADEX has the parameter: a drug without a planned schedule lacks some."""
    return bool(context.count("ADEX", where({"PARAMCD": paramcd})))


def results(context: Context) -> list[Result]:
    """Patients treated, and the descriptive statistics of duration and dose of each drug."""
    if EXPOSURE not in context.catalogue:
        return []
    found = []
    for number, key, drug in _drugs(context):
        treated = _summary(context, EXPOSURE, f"DAYS{number}")
        found += treated.patients("Patients treated", name=f"exposure.{key}.treated", variable=drug.name)
        for name, code, label in AMOUNTS:
            if _derived(context, f"{code}{number}"):
                summary = _summary(context, EXPOSURE, f"{code}{number}")
                said = label.format(Courses=_courses([drug]))
                found += summary.statistics("AVAL", f"{drug.name}: {said}", name=f"exposure.{key}.{name}")
    return found


def table(context: Context, found: Sequence[Result]) -> Table:
    """Table 14.3.0.1 from its results: a column for each drug."""
    of = rows.by_name(found)
    prefixes = _prefixes(context)
    body = [_line("Patients treated, n (%)", of, [f"{prefix}.treated" for prefix in prefixes], share=True)]
    courses = _courses(context.params.study.treatments)
    for name, _, label in AMOUNTS:
        body += _statistics_rows(label.format(Courses=courses), of, [f"{p}.{name}" for p in prefixes])
    methods = (DURATION_SAYS, STATISTICS_SAY)
    return context.table(EXPOSURE, _columns(context, EXPOSURE), body, datasets=("ADEX", "ADSL"), methods=methods)


def intensity_results(context: Context) -> list[Result]:
    """Patients with changes of dose, the number of changes, and relative dose intensity, of each drug."""
    if INTENSITY not in context.catalogue:
        return []
    found = []
    for number, key, drug in _drugs(context):
        for name, changes, code, label in CHANGES:
            if _derived(context, f"{code}{number}"):
                summary = _summary(context, INTENSITY, f"{code}{number}")
                about = f"{drug.name}: {label}"
                found += summary.patients(label, {"AVAL": AtLeast(1)}, name=f"exposure.{key}.{name}", variable=about)
                found.append(_total(summary, f"exposure.{key}.{changes}", about))
        if _derived(context, f"RDI{number}"):
            summary, label = _summary(context, INTENSITY, f"RDI{number}"), f"{drug.name}: relative dose intensity, %"
            found += summary.statistics("AVAL", label, name=f"exposure.{key}.rdi")
            for place, value in enumerate(intensity_categories(context.params), start=1):
                text = rows.band(value)
                name = f"exposure.{key}.rdi_category{place}"
                found += summary.patients(text, {"AVALCAT1": value}, name=name, variable=label, variable_level=text)
    return found


def _total(summary: Summary, name: str, label: str) -> Result:
    """The number of changes in all patients."""
    conditions = where(summary.conditions)
    changes = summary.context.adam["ADEX"].filter(pl.sql_expr(conditions))["AVAL"].sum()
    return Result(
        name=name,
        output=summary.output,
        variable=label,
        stat_name="sum",
        stat_label=f"{label}, number",
        stat=int(changes),
        stat_fmt=f"{changes:.0f}",
        population=summary.context.catalogue[summary.output].population,
        dataset="ADEX",
        where=conditions,
        method="sum of AVAL",
    )


def intensity_table(context: Context, found: Sequence[Result]) -> Table:
    """Table 14.3.0.2 from its results: a column for each drug."""
    of = rows.by_name(found)
    prefixes = _prefixes(context)
    body = []
    for name, changes, _, label in CHANGES:
        body += [
            rows.group(label),
            _line("Patients, n (%)", of, [f"{prefix}.{name}" for prefix in prefixes], share=True, indent=1),
            _line(changes.capitalize(), of, [f"{prefix}.{changes}" for prefix in prefixes], indent=1),
        ]
    body += _statistics_rows("Relative dose intensity, %", of, [f"{prefix}.rdi" for prefix in prefixes])
    places = range(1, len(intensity_categories(context.params)) + 1)
    for names in ([f"{prefix}.rdi_category{place}" for prefix in prefixes] for place in places):
        labels = [of[name].stat_label for name in names if name in of]
        body += [_line(f"{label}, n (%)", of, names, share=True, indent=1) for label in labels[:1]]
    window = context.params.exposure.window_days
    methods = (
        "Relative dose intensity: actual cumulative dose by actual duration, over planned cumulative dose by planned "
        "duration of the same number of cycles or injections.",
        DURATION_SAYS,
        "A reduction is a dose lower than the one before it. Dosing was interrupted where doses of a cycle were left "
        f"out and dosing went on later. A delay is more than {window} days beyond the plan. -: not applicable.",
        STATISTICS_SAY,
    )
    return context.table(INTENSITY, _columns(context, INTENSITY), body, datasets=("ADEX", "ADSL"), methods=methods)


def _prefixes(context: Context) -> list[str]:
    return [f"exposure.{key}" for _, key, _ in _drugs(context)]


def _courses(drugs: Sequence[Treatment]) -> str:
    """What the drugs' plans call a course, such as 'Cycles or injections'."""
    plans = [drug.plan for drug in drugs if drug.plan is not None]
    return " or ".join(dict.fromkeys(f"{plan.course}s" for plan in plans)).capitalize()


def _columns(context: Context, output: str) -> list[Column]:
    drugs = context.params.study.treatments
    size = f"(N = {context.size(output)})"
    width = 0.52 / len(drugs)
    return [Column("", 0.48), *(Column(f"{drug.name.capitalize()}\n{size}", width, "decimal") for drug in drugs)]


def _line(label: str, of: Named, names: Sequence[str], *, share: bool = False, indent: int = 0) -> Row:
    """A row with one result for each drug, or its share too; a dash where a drug has none."""
    cells = []
    for name in names:
        if name not in of:
            cells.append(Cell(NOT_APPLICABLE))
        else:
            cells.append(rows.share_cell(of, name) if share else Cell(of[name].stat_fmt, result=name))
    return Row.of(label, *cells, indent=indent)


def _statistics_rows(label: str, of: Named, names: Sequence[str]) -> list[Row]:
    """A heading and the descriptive statistics of each drug; nothing where no drug has them."""
    if not any(f"{name}.n" in of for name in names):
        return []
    found = [rows.group(label)]
    for text, form in STATISTICS:
        cells = []
        for name in names:
            parts = {r.stat_name: r for key, r in of.items() if str(key).startswith(f"{name}.")}
            cells.append(statistics_cell(parts, form) if parts else Cell(NOT_APPLICABLE))
        found.append(Row.of(text, *cells, indent=1))
    return found
