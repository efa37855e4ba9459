"""Tables of a public build, by hand: what each cell becomes."""

import json
from dataclasses import replace

import pytest

from analysis.privacy import LEFT_OUT
from analysis.privacy.suppress import Status, Suppression
from analysis.privacy.tables import Redactor
from analysis.results import Result
from analysis.tlf.model import Cell, Column, Row, Table

ID = "t-14-1-4-1"


def result(name: str, fmt: str, status: Status, label: str = "L") -> tuple[Result, Status]:
    made = Result(
        name=name,
        output=ID,
        variable="V",
        stat_name=name.rpartition(".")[2],
        stat_label=label,
        stat=1,
        stat_fmt=fmt,
        population="fas",
        dataset="ADSL",
        where="TRUE",
    )
    return made, status


def redactor(*pairs: tuple[Result, Status]) -> Redactor:
    return Redactor(Suppression(tuple(r for r, _ in pairs), tuple(s for _, s in pairs), 5), {"S-001"})


def table(*rows: Row, heads: tuple[str, ...] = ("", "n (%)")) -> Table:
    columns = tuple(Column(head, 1) for head in heads)
    return Table(id=ID, label="Table 14.1.4.1", title="T", population="P", columns=columns, rows=rows)


def texts(redacted: Table) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in redacted.rows]


PAIRS = (
    result("sex.m", "3", Status.SMALL),
    result("sex.m_pct", "7.5", Status.WITHHELD),
    result("sex.f", "37", Status.PROTECTING),
    result("sex.f_pct", "92.5", Status.WITHHELD),
    result("ecog.0", "20", Status.SHOWN),
    result("ecog.0_pct", "50.0", Status.SHOWN),
    result("age.min", "40", Status.WITHHELD),
    result("age.max", "59", Status.WITHHELD),
    result("age.median", "49.5", Status.SHOWN),
    result("pfs.rate_12m", "36.3", Status.SHOWN),
    result("pfs.rate_12m_lower", "19.8", Status.SHOWN),
    result("pfs.rate_12m_upper", "53.2", Status.SHOWN),
    result("pfs.at_risk_12m", "10", Status.SHOWN),
    result("visit.n", "3", Status.SMALL),
    result("visit.mean", "1.5", Status.WITHHELD),
)


@pytest.mark.parametrize(
    ("text", "name", "shown"),
    [
        ("3 (7.5)", "sex.m", "<5"),
        ("37 (92.5)", "sex.f", "≥5"),
        ("20 (50.0)", "ecog.0", "20 (50.0)"),
        ("40, 59", "age.min", "–"),
        ("49.5", "age.median", "49.5"),
        ("49.5 (40, 59)", "age.median", "49.5"),
        ("36.3 (19.8, 53.2) [10]", "pfs.rate_12m", "36.3 (19.8, 53.2) [10]"),
        ("1.5", "visit.mean", "–"),
        ("20 (99.9)", "ecog.0", "20"),
        ("", None, ""),
        ("0", None, "0"),
        ("17", None, "–"),
        ("Clinical progression", None, "Clinical progression"),
    ],
)
def test_a_cell_shows_results_that_may_be_shown_and_no_other_number(text: str, name: str | None, shown: str) -> None:
    row = Row.of("L of nothing", Cell(text, result=name), Cell("20", result="ecog.0"))
    (cells,) = texts(redactor(*PAIRS).table(table(row, heads=("", "a", "b"))))
    assert cells == ["L of nothing", shown, "20"]


def test_a_shown_number_stays_where_a_hidden_one_is_equal_to_it() -> None:
    """Five patients had five events: were the five patients hidden as well, that would tell the events."""
    pairs = [
        result("ae.rash.any", "5", Status.SHOWN),
        result("ae.rash.any_pct", "12.8", Status.SHOWN),
        result("ae.rash.any_events", "5", Status.PROTECTING),
    ]
    row = Row.of("Rash", Cell("5 (12.8)", result="ae.rash.any"), Cell("5", result="ae.rash.any_events"))
    assert texts(redactor(*pairs).table(table(row, heads=("", "n (%)", "Events")))) == [["Rash", "5 (12.8)", "≥5"]]


def test_a_footnote_says_what_the_marks_mean_that_are_there() -> None:
    row = Row.of("Men", Cell("3 (7.5)", result="sex.m"), Cell("20", result="ecog.0"), Cell("–"))
    made = redactor(*PAIRS).table(table(row, heads=("", "a", "b", "c")))
    assert [note.text for note in made.footnotes] == ["Public version. <5: fewer than 5 patients, but some."]
    row = Row.of("Women", Cell("37", result="sex.f"), Cell("40", result="age.min"))
    made = redactor(*PAIRS).table(table(row, heads=("", "a", "b")))
    assert [note.text for note in made.footnotes] == [
        "Public version. ≥5: 5 or more, not told since smaller numbers could be calculated from it; –: not shown."
    ]
    shown = table(Row.of("All", Cell("20", result="ecog.0")))
    assert redactor(*PAIRS).table(shown).footnotes == ()


def test_labels_and_headings_do_not_tell_the_size_of_few() -> None:
    row = Row.of("n = 4; median 2.47; range 1.9 to 3.3", Cell("20", result="ecog.0"))
    redacted = redactor(*PAIRS).table(table(row, heads=("Tests (n = 39)", "Few\n(N = 3)")))
    assert [column.label for column in redacted.columns] == ["Tests (n = 39)", "Few\n(N < 5)"]
    assert texts(redacted) == [["n < 5", "20"]]


def test_columns_of_words_and_headings_within_the_table_stay() -> None:
    rows = [
        Row.of("Pressure", "<130 mmHg", "130", kind="group"),
        Row.of("A", "Aged 18 years or older", Cell("20", result="ecog.0")),
        Row.of("B", "Hemoglobin >= 90 g/L", Cell("3 (7.5)", result="sex.m")),
    ]
    redacted = redactor(*PAIRS).table(table(*rows, heads=("", "Criterion", "n")))
    assert texts(redacted) == [
        ["Pressure", "<130 mmHg", "130"],
        ["A", "Aged 18 years or older", "20"],
        ["B", "Hemoglobin >= 90 g/L", "<5"],
    ]


def test_rows_of_a_patient_are_left_out() -> None:
    pairs = (*PAIRS, result("change.1", "Death", Status.DROPPED))
    rows = [
        Row.of("All", Cell("20", result="ecog.0")),
        Row.of("S-001", "5.7+ Clinical progression only"),
        Row.of("S-2", Cell("Death", result="change.1")),
    ]
    assert texts(redactor(*pairs).table(table(*rows))) == [["All", "20"]]


def test_a_listing_has_a_line_in_place_of_its_records() -> None:
    made = redactor(*PAIRS).table(table(Row.of("S-001", "2025-03-04"), Row.of("S-002", "Rash")))
    assert texts(made) == [[LEFT_OUT]]
    assert (made.id, made.title) == (ID, "T")
    assert "S-00" not in json.dumps(made.to_json())


def test_small_rows_that_follow_each_other_are_in_the_order_of_their_labels() -> None:
    """The order of numbers would tell that Zoster was in more patients than Anaemia; terms go with their class."""
    names = {"eyes": "4", "zoster": "3", "anaemia": "2", "rash": "20", "cough": "4", "blood": "1"}
    pairs = [result(f"ae.{n}", v, Status.SHOWN if n == "rash" else Status.SMALL) for n, v in names.items()]
    rows = [
        Row.of("Rash", Cell("20", result="ae.rash")),
        Row.of("Eyes", Cell("4", result="ae.eyes")),
        Row.of("Zoster", Cell("3", result="ae.zoster"), indent=1),
        Row.of("Anaemia", Cell("2", result="ae.anaemia"), indent=1),
        Row.of("Blood", Cell("1", result="ae.blood")),
        Row.of("Cough", Cell("4", result="ae.cough"), indent=1),
    ]
    redacted = redactor(*pairs).table(table(*rows))
    assert [cells[0] for cells in texts(redacted)] == ["Rash", "Blood", "Cough", "Eyes", "Anaemia", "Zoster"]


def counted(*rows: tuple[str, int, Status]) -> list[str]:
    """The labels of rows with such numbers and statuses, as a public build orders them."""
    pairs = []
    for label, number, status in rows:
        made, _ = result(f"x.{label.lower().replace(' ', '_')}", str(number), status)
        pairs.append((replace(made, stat=number), status))
    cells = [Row.of(label, Cell(str(n), result=r.name)) for (label, n, _), (r, _) in zip(rows, pairs, strict=True)]
    return [cells[0] for cells in texts(redactor(*pairs).table(table(*cells)))]


def test_the_place_of_a_protecting_number_does_not_tell_it() -> None:
    """Between 7 and 7 it could only be 7. Where the shown numbers do not fall, the table is not sorted by them."""
    shown, many, few = Status.SHOWN, Status.PROTECTING, Status.SMALL
    rows = [("Any", 39, shown), ("Rash", 20, many), ("Pain", 7, shown), ("Itch", 7, many), ("Cough", 7, shown)]
    small = [("Zoster", 4, few), ("Acne", 2, few), ("Nobody", 0, shown)]
    assert counted(*rows, *small) == ["Any", "Pain", "Cough", "Itch", "Rash", "Acne", "Zoster", "Nobody"]
    fixed = [("Grade 1", 7, shown), ("Grade 2", 9, many), ("Grade 3", 20, shown), ("Grade 4", 6, shown)]
    assert counted(*fixed) == ["Grade 1", "Grade 2", "Grade 3", "Grade 4"]
    best = [("CR", 1, few), ("PR", 10, many), ("SD", 24, shown), ("Other", 0, shown)]
    assert counted(*best) == ["CR", "PR", "SD", "Other"]
    assert counted(("In the study", 5, many), ("Died", 3, few)) == ["In the study", "Died"]


def test_rates_at_times_stay_in_the_order_of_time() -> None:
    """Labels would put 12 months before 9; these rows have no counts, so their order says nothing."""
    pairs = []
    for month in (9, 12):
        made, status = result(f"pfs.rate_{month}m", "33.3", Status.WITHHELD)
        pairs.append((replace(made, stat=33.3), status))
    rows = [Row.of(f"At {month} months", Cell("33.3", result=f"pfs.rate_{month}m")) for month in (9, 12)]
    assert texts(redactor(*pairs).table(table(*rows))) == [["At 9 months", "–"], ["At 12 months", "–"]]
