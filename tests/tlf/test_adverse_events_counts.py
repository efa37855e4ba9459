"""Events and distinct patients in the rows of tables, counted by hand; and the week by week count of patients."""

import random
from collections.abc import Sequence

import polars as pl
import pytest

from analysis.tlf.adverse_events_counts import Events
from analysis.tlf.ae_figures import patients_in_weeks

ROWS = [
    # patient, class, term, grade
    ("02", "Gastro", "Nausea", 1),
    ("01", "Gastro", "Nausea", 3),
    ("01", "Gastro", "Nausea", 1),
    ("01", "Gastro", "Vomiting", None),
    ("02", None, "Nausea", 2),
    ("01", "General", None, 3),
]
GRADES = [pl.lit(True), pl.col("GRADE") >= 3, pl.col("GRADE").is_null()]


def events(rows: Sequence[tuple[str, str | None, str | None, int | None]]) -> Events:
    return Events(pl.LazyFrame(rows, schema=["USUBJID", "CLASS", "TERM", "GRADE"], orient="row"))


@pytest.mark.parametrize("rows", [ROWS, sorted(ROWS, key=lambda row: row[0]), ROWS[::-1]])
def test_patients_and_events_by_hand(rows: list[tuple[str, str | None, str | None, int | None]]) -> None:
    of = events(rows)
    assert of.counted((), GRADES).rows() == [(2, 6, 1, 2, 1, 1)]
    assert set(of.counted(("CLASS",), GRADES).rows()) == {
        ("Gastro", 2, 4, 1, 1, 1, 1),
        ("General", 1, 1, 1, 1, 0, 0),
        (None, 1, 1, 0, 0, 0, 0),
    }
    by_term = of.counted(("CLASS", "TERM"), GRADES)
    assert by_term.columns == ["CLASS", "TERM", *(f"{n} {place}" for place in range(3) for n in ("patients", "events"))]
    assert set(by_term.rows()) == {
        ("Gastro", "Nausea", 2, 3, 1, 1, 0, 0),
        ("Gastro", "Vomiting", 1, 1, 0, 0, 1, 1),
        ("General", None, 1, 1, 1, 1, 0, 0),
        (None, "Nausea", 1, 1, 0, 0, 0, 0),
    }


def test_any_number_of_conditions() -> None:
    """More than fit into one sort: the grade is 1, 2, 3 again and again; grade 1 has 2 patients and 2 events."""
    found = events(ROWS).counted((), [pl.col("GRADE") == 1 + place % 3 for place in range(40)]).row(0)
    assert found == ((2, 2, 1, 1, 1, 2) * 14)[:80]


def test_without_events_there_is_a_line_of_all_and_none_of_any_variable() -> None:
    none = events([])
    assert none.counted((), GRADES).rows() == [(0, 0, 0, 0, 0, 0)]
    assert none.counted(("CLASS", "TERM"), GRADES).rows() == []


def test_distinct_patients_of_random_events_are_those_of_a_set() -> None:
    draw = random.Random(7)
    rows = [
        (f"{draw.randrange(30):02}", draw.choice(["A", "B", None]), draw.choice("stuvwxyz"), draw.choice([1, 3, None]))
        for _ in range(500)
    ]
    found = events(rows).counted(("CLASS", "TERM"), GRADES[:2]).sort("CLASS", "TERM").rows()
    keys = {row[1:3] for row in rows}
    assert len(found) == len(keys)
    for group, term, patients, number, severe_patients, severe in found:
        own = [row for row in rows if row[1:3] == (group, term)]
        grade_3 = [row[0] for row in own if row[3] == 3]
        assert (patients, number) == (len({row[0] for row in own}), len(own))
        assert (severe_patients, severe) == (len(set(grade_3)), len(grade_3))


def test_patients_in_weeks_by_hand() -> None:
    """01 has weeks 0 to 2 and 5, told twice and in part within each other; 02 has week 2; 03's event has no weeks."""
    spans = [("01", 1, 1), ("02", 2, 2), ("01", 0, 2), ("01", 5, 5), ("01", 5, 5), ("03", None, None), ("01", 1, 2)]
    frame = pl.DataFrame(spans, schema=["USUBJID", "PRVSWK", "PRVEWK"], orient="row")
    assert patients_in_weeks(frame, 7) == [1, 1, 2, 0, 0, 1, 0]
    assert patients_in_weeks(frame, 2) == [1, 1]
    assert patients_in_weeks(frame.clear(), 3) == [0, 0, 0]
