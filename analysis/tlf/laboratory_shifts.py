"""Table 14.3.4.3: thyroid function, urine protein by dipstick, and protein in the urine of 24 hours."""

from analysis.adam.adlb_derived import thyroid_levels
from analysis.results import Result
from analysis.tlf.context import Context
from analysis.tlf.model import Cell, Row, Table
from analysis.tlf.rows import by_name
from analysis.tlf.shift import METHOD, Shift, shift_columns
from analysis.tlf.summaries import Summary
from analysis.tlf.tally import Tally

TABLE = "t-14-3-4-3"
DAY24 = {"PARAMCD": "UPROT24", "WORSTHFL": "Y"}


def shifts(context: Context) -> list[Shift]:
    """The parameters whose categories are compared."""
    dipstick = dict(enumerate(context.params.laboratory.dipstick, start=1))
    named = [
        ("thyroid", "Thyroid function by TSH and free T4", "THYROID", thyroid_levels(context.params)),
        ("uprot", "Urine protein by dipstick", "UPROT", dipstick),
    ]
    return [
        Shift(f"lab_shift.{name}", label, {"PARAMCD": paramcd}, "BASECA1N", "AVALCA1N", levels)
        for name, label, paramcd, levels in named
    ]


def results(context: Context) -> list[Result]:
    """`lab_shift.thyroid...`, `lab_shift.uprot...`, and `lab_worst.uprot24.<statistic>` of the highest value."""
    if TABLE not in context.catalogue:
        return []
    tally = Tally(context, TABLE, "ADLB", {"WORSTHFL": "Y"}, ("PARAMCD", "BASECA1N", "AVALCA1N"))
    found = [result for shift in shifts(context) for result in shift.results(tally)]
    day24 = Summary.of(context, TABLE, "ADLB", DAY24)
    label = "Protein in urine of 24 hours, highest on treatment (g/day)"
    return found + day24.statistics("AVAL", label, digits=1, name="lab_worst.uprot24")


def table(context: Context, found: list[Result]) -> Table:
    """Table 14.3.4.3 from its results; the categories are numbered, to name the columns by their numbers."""
    of = by_name(found)
    parts = shifts(context)
    most = max(len(shift.levels) for shift in parts)
    columns, spans = shift_columns("Category at baseline", [f"({n})" for n in range(1, most + 1)], label=0.34)
    body = [row for shift in parts for row in _numbered(shift).rows(of, width=most)]
    body.append(Row.of(of["lab_worst.uprot24.n"].group1_level or "", kind="group"))
    n, median, least, highest = (of[f"lab_worst.uprot24.{stat}"].stat_fmt for stat in ("n", "median", "min", "max"))
    said = f"n = {n}" if n == "0" else f"n = {n}; median {median}; range {least} to {highest}"
    body.append(Row.of(Cell(said, result="lab_worst.uprot24.median"), *[""] * (most + 1), indent=1))
    methods = [f"{METHOD} The worst thyroid function is the least active one, that of the highest category."]
    methods += [f"{shift.label}: {'; '.join(_numbered(shift).levels.values())}." for shift in parts]
    return context.table(TABLE, columns, body, datasets=("ADLB",), methods=methods, spans=spans, landscape=True)


def _numbered(shift: Shift) -> Shift:
    levels = {number: f"({number}) {text}" for number, text in shift.levels.items()}
    return Shift(shift.name, shift.label, shift.only, shift.base, shift.worst, levels)
