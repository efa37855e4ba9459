"""Listings 16.2.8: every laboratory measurement, one row per patient and visit and one column per test."""

from collections.abc import Sequence

from analysis.tlf.context import Context
from analysis.tlf.listings import Record, by_patient, patients_of, records_of, text
from analysis.tlf.model import Column, Row, Table
from analysis.tlf.patient_listings import STUDY_DAY

BLOOD_COUNT, CHEMISTRY = "l-16-2-8-1", "l-16-2-8-2"

CHEMISTRY_TESTS = ("ALT", "AST", "ALP", "GGT", "BILI", "ALB", "CREAT", "CHOL", "TRIG")
OTHER_TESTS = ("HGB", "WBC", "NEUT", "PLAT", "PT", "TSH", "T4FR", "UPROT", "UPROT24")
"""The tests (PARAMCD) that have a column, where there are results; every other one is in the last column of the listing
of haematology."""

LETTERS = {"LOW": "L", "HIGH": "H", "ABNORMAL": "A"}
DERIVED = ("THYROID",)
"""Parameters of ADLB that are no measurements, beside those whose PARCAT1 is DERIVED."""


def blood_count(context: Context) -> Table:
    """Listing 16.2.8.1: haematology, coagulation, thyroid function, urine, and every test without a column."""
    return _listing(context, BLOOD_COUNT, OTHER_TESTS, rest=True)


def chemistry(context: Context) -> Table:
    """Listing 16.2.8.2: blood chemistry."""
    return _listing(context, CHEMISTRY, CHEMISTRY_TESTS, rest=False)


def _listing(context: Context, output: str, tests: Sequence[str], *, rest: bool) -> Table:
    named = {*CHEMISTRY_TESTS, *OTHER_TESTS}
    records = [
        row
        for row in records_of(context, output, "ADLB")
        if row["PARCAT1"] != "DERIVED"
        and row["PARAMCD"] not in DERIVED
        and (row["PARAMCD"] in tests or (rest and row["PARAMCD"] not in named))
    ]
    units = {row["PARAMCD"]: row["AVALU"] for row in records}
    shown = [test for test in tests if test in units]
    others = any(test not in named for test in units)

    def rows_of(of_patient: Sequence[Record]) -> list[Row]:
        visits: dict[tuple[object, ...], list[Record]] = {}
        for row in of_patient:
            key = (row["ADT"] is None, text(row["ADT"]), row["AVISITN"] or 0.0, text(row["AVISIT"]), text(row["ADY"]))
            visits.setdefault(key, []).append(row)
        return [_visit(visits[key], shown, others=others) for key in sorted(visits)]

    width = 0.72 / (len(shown) + 2 * others) if shown or others else 0.72
    columns = [Column("Visit", 0.155), Column("Date (study day)", 0.125)]
    columns += [Column(f"{test}\n{units[test] or ''}".strip(), width, "decimal") for test in shown]
    columns += [Column("Other tests", 2 * width)] * others
    methods = [
        "After a value: L, H, below or above the reference range; A, not normal; G and a number, the CTCAE "
        f"v{context.params.laboratory.ctcae_version} grade from 1. Without G the value is of grade 0 or cannot be "
        f"graded. {STUDY_DAY}",
        ". ".join(_described(test, records) for test in shown) + ".",
    ]
    body = by_patient(records, rows_of, patients_of(context, output), "no measurement")
    return context.table(output, columns, body, datasets=("ADLB", "ADSL"), methods=methods, landscape=True)


def _visit(records: Sequence[Record], shown: Sequence[str], *, others: bool) -> Row:
    """The measurements of one visit on one day."""
    first = records[0]
    day = f" ({first['ADY']})" if first["ADY"] is not None else ""
    cells = ["; ".join(_measured(row) for row in records if row["PARAMCD"] == test) for test in shown]
    if others:
        rest = [row for row in records if row["PARAMCD"] not in shown]
        cells.append("; ".join(f"{row['PARAM']}: {_measured(row)}" for row in rest))
    return Row.of(text(first["AVISIT"]), (text(first["ADT"]) or "Not recorded") + day, *cells)


def _measured(row: Record) -> str:
    """A value with its letter and grade."""
    value = text(row["AVAL"]) or text(row["AVALC"]) or "no result"
    grade = max((row[name] for name in ("ATOXGRL", "ATOXGRH") if row[name] is not None), default=0)
    letter = LETTERS.get(row["ANRIND"])
    return " ".join([value, *([letter] if letter else []), *([f"G{grade}"] if grade else [])])


def _described(test: str, records: Sequence[Record]) -> str:
    """What a test is, with its reference ranges."""
    own = [row for row in records if row["PARAMCD"] == test]
    ranges = sorted({(row["ANRLO"] or 0.0, row["ANRHI"] or 0.0, _range(row)) for row in own} - {(0.0, 0.0, "")})
    return f"{test}: {own[0]['PARAM']}" + (f", {' or '.join(said for *_, said in ranges)}" if ranges else "")


def _range(row: Record) -> str:
    low, high = row["ANRLO"], row["ANRHI"]
    if low is not None and high is not None:
        return f"{low:g} to {high:g}"
    if high is not None:
        return f"up to {high:g}"
    return f"from {low:g}" if low is not None else ""
