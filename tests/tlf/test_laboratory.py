"""Tables 14.3.4.1 to 14.3.4.3 and 14.3.4.5 and listing 14.3.4.1: counts by hand."""

import datetime as dt
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from analysis.adam.adlb import SCHEMA
from analysis.results import Result
from analysis.tlf import laboratory, laboratory_listing, laboratory_over_time, laboratory_shifts, rules
from analysis.tlf.context import Context
from analysis.tlf.laboratory_over_time import decimals
from tests.tlf.findings import check_where, context, lines, record


def alt(patient: str, base: int | None, worst: int | None, **more: Any) -> dict[str, Any]:
    """The worst ALT of a patient on treatment, with its grade and that of the baseline."""
    emergent = "Y" if (worst or 0) > (base or 0) else None
    grades = {"ATOXDSCH": "ALT increased", "ATOXGRH": worst, "BTOXGRH": base, "TRTEMHFL": emergent}
    return record(patient, "ALT", PARCAT1="CHEMISTRY", WORSTHFL="Y", **grades) | more


HGB = {"PARCAT1": "HEMATOLOGY", "ATOXDSCL": "Anemia", "ATOXDSCH": "Hemoglobin increased"}


def graded() -> Context:
    """ALT of five patients, one not graded, and of F outside the safety set; haemoglobin of A and potassium of B."""
    return context(
        "ADLB",
        SCHEMA,
        alt("A", 0, 0),
        alt("A", 0, 0, WORSTHFL=None),  # another value of A, which is not the worst
        alt("B", 0, 3),
        alt("C", 2, 2),
        alt("D", None, 1),
        alt("E", 0, None),
        alt("F", 0, 4, SAFFL="N"),
        record("A", "HGB", **HGB, ABLFL="Y", ATOXGRL=0, ATOXGRH=0),
        record("A", "HGB", **HGB, WORSTLFL="Y", ATOXGRL=2, BTOXGRL=0, TRTEMLFL="Y", ATOXGRH=0, BTOXGRH=0),
        record("A", "T4FR", WORSTHFL="Y"),  # CTCAE has no term
        record("B", "K", ATOXDSCL="Hypokalemia", WORSTLFL="Y", ATOXGRL=3, TRTEMLFL="Y"),  # without a baseline
    )


def test_worst_grades() -> None:
    found = graded()
    results = laboratory.results(found)
    assert lines(laboratory.table(found, results)) == [
        ("Chemistry",),
        ("Alt, high: ALT increased", "4", *["1 (25.0)"] * 4, "0", "3 (75.0)", "1 (25.0)", "2 (50.0)", "1 (25.0)"),
        ("Hematology",),
        ("Hgb, low: Anemia", "1", "0", "0", "1 (100.0)", "0", "0", "1 (100.0)", "0", "1 (100.0)", "0"),
        ("Hgb, high: Hemoglobin increased", "0", *["0"] * 9),
        ("Other",),
        ("K, low: Hypokalemia", "1", "0", "0", "0", "1 (100.0)", "0", *["1 (100.0)"] * 4),
    ]
    check_where(found, results)
    share = next(r for r in results if r.name == "lab.alt_high.grade34_pct")
    assert share.where == '"SAFFL" = \'Y\' AND "WORSTHFL" = \'Y\' AND "PARAMCD" = \'ALT\' AND "ATOXGRH" IN (3, 4)'
    assert (share.denominator_where or "").endswith('"ATOXGRH" IN (0, 1, 2, 3, 4)')


def test_shift_of_grades() -> None:
    """The denominator has both grades: A, B and C. Haemoglobin upwards has no value on treatment and is left out."""
    found = graded()
    results = laboratory.shift_results(found)
    assert lines(laboratory.shift_table(found, results)) == [
        ("Alt, high: ALT increased (n = 3)",),
        ("Grade 0", "1 (33.3)", "0", "0", "1 (33.3)", "0", "2 (66.7)"),
        ("Grade 2", "0", "0", "1 (33.3)", "0", "0", "1 (33.3)"),
        ("Total", "1 (33.3)", "0", "1 (33.3)", "1 (33.3)", "0", "3"),
        ("Missing at baseline", "0", "1", "0", "0", "0", "1"),
        ("Hgb, low: Anemia (n = 1)",),
        ("Grade 0", "0", "0", "1 (100.0)", "0", "0", "1 (100.0)"),
        ("Total", "0", "0", "1 (100.0)", "0", "0", "1"),
        ("K, low: Hypokalemia (n = 0)",),
        ("Missing at baseline", "0", "0", "0", "1", "0", "1"),
    ]
    notes = [note.text for note in laboratory.shift_table(found, results).footnotes]
    assert any("grade 0 need then not be within the limits of normal" in note for note in notes)
    check_where(found, results)


def test_thyroid_and_urine_protein() -> None:
    """Thyroid from within limits (3) to underactive (6) in one of two; the dipstick of B has no baseline."""
    found = context(
        "ADLB",
        SCHEMA,
        record("A", "THYROID", WORSTHFL="Y", BASECA1N=3, AVALCA1N=6),
        record("B", "THYROID", WORSTHFL="Y", BASECA1N=3, AVALCA1N=3),
        record("A", "UPROT", WORSTHFL="Y", BASECA1N=1, AVALCA1N=5),
        record("B", "UPROT", WORSTHFL="Y", AVALCA1N=2),
        *(
            record(patient, "UPROT24", WORSTHFL="Y", AVAL=value)
            for patient, value in zip("ABC", (1, 2.2, 3), strict=True)
        ),
    )
    results = laboratory_shifts.results(found)
    assert lines(laboratory_shifts.table(found, results)) == [
        ("Thyroid function by TSH and free T4 (n = 2)",),
        ("(3) TSH within limits", "0", "0", "1 (50.0)", "0", "0", "1 (50.0)", "2 (100.0)"),
        ("Total", "0", "0", "1 (50.0)", "0", "0", "1 (50.0)", "2"),
        ("Urine protein by dipstick (n = 1)",),
        ("(1) NEGATIVE", "0", "0", "0", "0", "1 (100.0)", "0", "1 (100.0)"),
        ("Total", "0", "0", "0", "0", "1 (100.0)", "0", "1"),
        ("Missing at baseline", "0", "1", "0", "0", "0", "0", "1"),
        ("Protein in urine of 24 hours, highest on treatment (g/day)",),
        ("n = 3; median 2.20; range 1.0 to 3.0", *[""] * 7),
    ]
    notes = " ".join(note.text for note in laboratory_shifts.table(found, results).footnotes)
    assert "(3) TSH within limits" in notes
    assert "(6) TSH > ULN, free T4 < LLN." in notes
    assert "Urine protein by dipstick: (1) NEGATIVE; (2) TRACE; (3) 1+; (4) 2+; (5) 3+; (6) 4+." in notes
    check_where(found, results)


def test_nothing_recorded() -> None:
    found = context("ADLB", SCHEMA)
    assert laboratory.results(found) == laboratory.shift_results(found) == []
    assert lines(laboratory.table(found, [])) == lines(laboratory.shift_table(found, [])) == []
    shown = lines(laboratory_shifts.table(found, laboratory_shifts.results(found)))
    assert shown == [("Protein in urine of 24 hours, highest on treatment (g/day)",), ("n = 0", *[""] * 7)]
    assert lines(laboratory_listing.listing(found)) == []
    assert laboratory_over_time.results(found) == []


@pytest.mark.parametrize(
    "produce",
    [laboratory.results, laboratory.shift_results, laboratory_shifts.results, laboratory_over_time.results],
)
def test_no_results_of_what_the_catalogue_leaves_out(produce: Any) -> None:
    without = replace(graded(), catalogue={}, adam={})
    assert produce(without) == []


def test_values_over_time() -> None:
    """Haemoglobin 120 and 130 at baseline, 110 and 124 at cycle 3, of A the later of two values; B has a last one."""
    cycle3 = {"AVISIT": "CYCLE 3 DAY 1", "ONTRTFL": "Y"}
    found = context(
        "ADLB",
        SCHEMA,
        record("A", "HGB", AVAL=120.0, ABLFL="Y"),
        record("B", "HGB", AVAL=130.0, ABLFL="Y"),
        record("A", "HGB", AVAL=90.0, CHG=-30.0, **cycle3),
        record("A", "HGB", AVAL=110.0, CHG=-10.0, ANL01FL="Y", LVOTFL="Y", **cycle3),
        record("B", "HGB", AVAL=124.0, CHG=-6.0, ANL01FL="Y", **cycle3),
        record("B", "HGB", AVAL=127.0, CHG=-3.0, LVOTFL="Y", AVISIT="UNSCHEDULED"),
        record("A", "GLUC", AVAL=5.0, ABLFL="Y"),  # params do not name it
    )
    results = laboratory_over_time.results(found)
    shown = lines(laboratory_over_time.table(found, results))
    # sd of two values is their difference / sqrt(2): 10 and 14 give 7.07 and 9.90, 4 gives 2.83, 17 12.02, 7 4.95
    assert shown[:3] == [
        ("Hgb",),
        ("Baseline", "2", "125.0 (7.07)", "125.0", "", "", ""),
        ("Cycle 3 day 1", "2", "117.0 (9.90)", "117.0", "2", "-8.0 (2.83)", "-8.0"),
    ]
    assert ("Cycle 5 day 1", "0", "", "", "0", "", "") in shown
    assert shown[-1] == ("Last value on treatment", "2", "118.5 (12.02)", "118.5", "2", "-6.5 (4.95)", "-6.5")
    assert [line for line in shown if len(line) == 1] == [("Hgb",)]
    of: dict[str | None, Result] = {r.name: r for r in results}
    assert of["lab_time.hgb.cycle_3_day_1.value.mean"].where.endswith(
        "\"PARAMCD\" = 'HGB' AND \"AVISIT\" = 'CYCLE 3 DAY 1' AND \"ANL01FL\" = 'Y'"
    )


@pytest.mark.parametrize(
    ("values", "expected"), [([120, 130], 0), ([1.5, 2], 1), ([0.25, 1.5], 2), ([1 / 3], 2), ([4.1 * 10], 0)]
)
def test_decimals_of_the_data(values: list[float], expected: int) -> None:
    assert decimals(pl.Series(values, dtype=pl.Float64)) == expected


def test_listing_of_abnormal_values() -> None:
    """From grade 3 on, in either direction, on treatment or not; the worst one on treatment in bold."""
    more = {
        "PARAM": "Neutrophils (10^9/L)",
        "ATOXDSCL": "Neutrophil count decreased",
        "ANRLO": 1.8,
        "ANRHI": 6.3,
        "BASE": 3.0,
    }
    day = {"ADT": dt.date(2024, 1, 22), "ADY": 22, "AVISIT": "CYCLE 2 DAY 1", "ONTRTFL": "Y", "BTOXGRL": 0}
    found = context(
        "ADLB",
        SCHEMA,
        record("A", "NEUT", AVAL=1.2, ATOXGRL=2, **more),
        record("A", "NEUT", AVAL=0.123456, ATOXGRL=4, WORSTLFL="Y", **more, **day),
        record("B", "K", PARAM="Potassium", AVAL=7.0, ATOXDSCH="Hyperkalemia", ATOXGRH=3, ANRHI=5.1),
    )
    table = laboratory_listing.listing(found)
    assert lines(table) == [
        ("Patient A",),
        (
            *("Neutrophils (10^9/L)", "CYCLE 2 DAY 1", "2024-01-22", "22", "0.12*", "1.8 to 6.3", "3", "0"),
            "Neutrophil count decreased, grade 4",
        ),
        ("Patient B",),
        ("Potassium", "", "", "", "7", "<= 5.1", "", "", "Hyperkalemia, grade 3"),
    ]
    assert [row.kind for row in table.rows] == ["group", "total", "group", "data"]


def test_criteria_in_words() -> None:
    """CTCAE v5.0 as published: cholesterol in one direction with four grades; hyperglycemia is not graded by values."""
    shown = {line[0]: line[1:] for line in lines(rules.criteria_table(context("ADLB", SCHEMA)))}
    assert shown["Cholesterol high (high)"] == (
        *("CHOL", "> ULN", "> 7.75 mmol/L; > 300 mg/dL", "> 10.34 mmol/L; > 400 mg/dL"),
        *("> 12.92 mmol/L; > 500 mg/dL", ""),
    )
    judged = "graded by treatment and admission to hospital, not by the value"
    assert shown["Hyperglycemia"] == ("GLUC", "", "", "", "", judged)
