"""Laboratory values by CTCAE grade: tables 14.3.4.1 (worst grades) and 14.3.4.2 (shifts from the baseline)."""

from dataclasses import dataclass
from itertools import groupby
from typing import Literal

import polars as pl

from analysis.results import Result
from analysis.tlf.context import POPULATIONS, Context
from analysis.tlf.model import Cell, Column, Row, Span, Table
from analysis.tlf.rows import Named, by_name, group, name_part, share_cell
from analysis.tlf.shift import METHOD, Shift, shift_columns
from analysis.tlf.tally import Tally

GRADES, SHIFTS = "t-14-3-4-1", "t-14-3-4-2"

LEVELS = [0, 1, 2, 3, 4]
COUNTED: dict[str, list[int]] = {**{f"grade{n}": [n] for n in LEVELS}, "any": [1, 2, 3, 4], "grade34": [3, 4]}
"""Part of a result's name -> the grades that it counts."""

EMERGENT = {"emergent": [1, 2, 3, 4], "emergent34": [3, 4]}
"""The same of grades above that of the baseline."""

BASELINE_SAYS = (
    "Where a criterion depends on the baseline, the baseline is graded by the limits of normal and a value after an "
    "abnormal baseline by that baseline: grade 0 need then not be within the limits of normal, nor a grade below that "
    "of the baseline an improvement."
)

Way = Literal["L", "H"]
_WAYS: dict[Way, str] = {"L": "low", "H": "high"}


@dataclass(frozen=True)
class Graded:
    """A parameter in a direction that CTCAE has a term for."""

    category: str
    param: str
    way: Way
    paramcd: str
    term: str

    @property
    def name(self) -> str:
        return f"{name_part(self.paramcd)}_{_WAYS[self.way]}"

    @property
    def label(self) -> str:
        return f"{self.param}, {_WAYS[self.way]}: {self.term}"

    def shift(self) -> Shift:
        return Shift(
            name=f"lab_shift.{self.name}",
            label=self.label,
            only={"PARAMCD": self.paramcd},
            base=f"BTOXGR{self.way}",
            worst=f"ATOXGR{self.way}",
            levels={n: f"Grade {n}" for n in LEVELS},
        )


def graded(context: Context, output: str) -> list[Graded]:
    """What is graded in an output's population: by category, then by name, low before high."""
    flag = POPULATIONS[context.catalogue[output].population][1]
    frame = context.adam["ADLB"].filter(pl.col(flag) == "Y")
    found = []
    for way in _WAYS:
        terms = frame.filter(pl.col(f"ATOXDSC{way}").is_not_null()).unique("PARAMCD", keep="first", maintain_order=True)
        rows = terms.select(pl.col("PARCAT1").fill_null("OTHER"), "PARAM", "PARAMCD", f"ATOXDSC{way}").rows()
        found += [Graded(category, param, way, paramcd, term) for category, param, paramcd, term in rows]
    return sorted(found, key=lambda g: (g.category, g.param, g.paramcd, g.way == "H"))


def _tallies(context: Context, output: str) -> dict[Way, Tally]:
    """Per direction the patients by their worst grade on treatment."""
    keys = {way: ("PARAMCD", f"BTOXGR{way}", f"ATOXGR{way}", f"TRTEM{way}FL") for way in _WAYS}
    return {way: Tally(context, output, "ADLB", {f"WORST{way}FL": "Y"}, keys[way]) for way in _WAYS}


def results(context: Context) -> list[Result]:
    """Patients by worst grade: `lab.<parameter>_<low or high>.n`, `.grade0` to `.grade4`, `.any`, `.grade34`, ..."""
    if GRADES not in context.catalogue:
        return []
    tallies = _tallies(context, GRADES)
    found = []
    for test in graded(context, GRADES):
        tally, grade = tallies[test.way], f"ATOXGR{test.way}"
        whole: dict[str, object] = {"PARAMCD": test.paramcd, grade: LEVELS}
        about = {"group1": "parameter", "group1_level": test.label, "variable": grade}
        found.append(tally.count(f"lab.{test.name}.n", "Patients with a graded value on treatment", whole, **about))
        for part, levels in COUNTED.items():
            text = "Grade " + " or ".join(str(n) for n in levels)
            only = {**whole, grade: levels}
            found += tally.share(f"lab.{test.name}.{part}", text, only, whole, variable_level=text, **about)
        for part, levels in EMERGENT.items():
            text = f"Treatment-emergent grade {' or '.join(str(n) for n in levels)}"
            only = {**whole, grade: levels, f"TRTEM{test.way}FL": "Y"}
            found += tally.share(f"lab.{test.name}.{part}", text, only, whole, variable_level=text, **about)
    return found


def table(context: Context, found: list[Result]) -> Table:
    """Table 14.3.4.1 from its results."""
    of = by_name(found)
    columns = (
        Column("Laboratory test, direction: CTCAE term", 0.335),
        Column("n", 0.035, "decimal"),
        *(Column(f"Grade {n}", 0.07, "decimal") for n in LEVELS),
        *(Column(label, 0.07, "decimal") for label in ("1 to 4", "3 or 4", "1 to 4", "3 or 4")),
    )
    spans = (Span("Worst grade on treatment, n (%)", 2, 8), Span("Above baseline,\nn (%)", 9, 10))
    body: list[Row] = []
    for category, tests in groupby(graded(context, GRADES), key=lambda test: test.category):
        body += [group(category.capitalize()), *(_grade_row(of, test) for test in tests)]
    version = context.params.laboratory.ctcae_version
    methods = [
        f"Grades by CTCAE version {version} from values alone (Table 16.1.9.9). Worst grade of each patient on "
        "treatment, from the first dose to the end of the treatment-emergent period, unscheduled visits included. "
        "n and the denominator of percentages: patients with a graded value on treatment. Above baseline, "
        "treatment-emergent: the worst grade was above that of the baseline, which counts as 0 where it is missing.",
        BASELINE_SAYS,
    ]
    return context.table(GRADES, columns, body, datasets=("ADLB",), methods=methods, spans=spans, landscape=True)


def _grade_row(of: Named, test: Graded) -> Row:
    name = f"lab.{test.name}"
    cells = [share_cell(of, f"{name}.{part}") for part in (*COUNTED, *EMERGENT)]
    return Row.of(test.label, Cell(of[f"{name}.n"].stat_fmt, result=f"{name}.n"), *cells, indent=1)


def shift_results(context: Context) -> list[Result]:
    """Shifts from the grade at baseline to the worst on treatment: `lab_shift.<parameter>_<low or high>...`."""
    if SHIFTS not in context.catalogue:
        return []
    tallies = _tallies(context, SHIFTS)
    return [result for test in graded(context, SHIFTS) for result in test.shift().results(tallies[test.way])]


def shift_table(context: Context, found: list[Result]) -> Table:
    """Table 14.3.4.2 from its results: a block of rows for each parameter and direction."""
    of = by_name(found)
    columns, spans = shift_columns("Test, direction: CTCAE term\nGrade at baseline", [f"Grade {n}" for n in LEVELS])
    body = [row for test in graded(context, SHIFTS) for row in test.shift().rows(of)]
    version = context.params.laboratory.ctcae_version
    methods = [f"Grades by CTCAE version {version} (Table 16.1.9.9). {METHOD}", BASELINE_SAYS]
    return context.table(SHIFTS, columns, body, datasets=("ADLB",), methods=methods, spans=spans)
