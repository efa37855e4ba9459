"""Tables of adverse events: five hand-made patients counted by hand, and what must hold of any such table."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from analysis import adam, params
from analysis.cut.dataset import frames
from analysis.results import Result
from analysis.tlf import adverse_events_overview as overview
from analysis.tlf import adverse_events_rates as rates
from analysis.tlf import adverse_events_tables as tables
from analysis.tlf.context import Context
from analysis.tlf.model import Table
from analysis.tlf.write_html import table_html
from analysis.tlf.write_openxml import table_openxml
from analysis.tlf.write_typst import table_typst
from tests.adam import build
from tests.adam.build import Rows, at, patient, sdtm
from tests.adam.test_adae import PER_DRUG
from tests.studies import UPDATE, adam_of, params_of
from tests.tlf.samples import rtf_of

PROJECT = Path(__file__).parents[2]
CATALOGUE = params.load_catalogue(PROJECT / "params")
POISSON = json.loads((PROJECT / "tests/stats/r/poisson_ci.json").read_text())["rows"]
GASTRO, GENERAL = "Gastrointestinal disorders", "General disorders"


def event(start: int | None, term: str, group: str | None, grade: int | None, **values: Any) -> dict[str, Any]:
    recorded = {"AETERM": term, "AEDECOD": term, "AEBODSYS": group, "AESTDTC": at(start)}
    return recorded | {"AETOXGR": None if grade is None else str(grade), "AESER": "N"} | values


def of(name: str, *events: dict[str, Any], qualifiers: dict[int, dict[str, str]] | None = None, **more: Any) -> Rows:
    """A patient with adverse events; `qualifiers` of SUPPAE by the number of the event."""
    supplement = [
        {"RDOMAIN": "AE", "IDVAR": "AESEQ", "IDVARVAL": str(number), "QNAM": qnam, "QVAL": value}
        for number, values in (qualifiers or {}).items()
        for qnam, value in values.items()
    ]
    return patient(name, more={"AE": list(events), "SUPPAE": supplement}, **more)


UNRELATED = {"AERELANL": "NOT RELATED", "AERELFUL": "NOT RELATED"}
PATIENTS = (
    of(
        "01",
        event(20, "Nausea", GASTRO, 1),
        event(40, "Nausea", GASTRO, 3),
        event(30, "Fatigue", GENERAL, 2),
    ),
    of(
        "02",
        event(10, "Nausea", GASTRO, None),
        event(20, "Vomiting", GASTRO, 1),
        qualifiers={2: UNRELATED},
    ),
    of(
        "03",
        event(100, "Fatigue", GENERAL, 5, AESER="Y", AEOUT="FATAL"),
        qualifiers={1: {"AERELANL": "NOT RELATED"}},
        death=100,
    ),
    of("04", event(-20, "Headache", "Nervous system disorders", 2, AEENDTC=at(-5))),
    of("05", event(5, "Nausea", GASTRO, 3), dosed=None),
    of("06", event(None, "Hypertension", None, 2), qualifiers={1: {"AEACNANL": "DOSE REDUCED"}}),
)
"""Enrolled and, but for 05, first dosed on day 0, followed to day 400.

04 has an event that was over before the first dose; the class of 06's event was not coded and its start is missing.
"""


def context(*patients: Rows, **settings: object) -> Context:
    chosen = build.params(400, study=PER_DRUG, adverse_events=settings)
    return Context(chosen, CATALOGUE, frames(adam.derive(sdtm(*(patients or PATIENTS)), chosen)))


@pytest.fixture(scope="module")
def c() -> Context:
    return context()


@pytest.fixture(scope="module")
def demonstration() -> Context:
    return Context(params_of(UPDATE), CATALOGUE, adam_of(UPDATE))


def lines(table: Table) -> list[tuple[str, ...]]:
    return [tuple(cell.text for cell in row.cells) for row in table.rows]


def shown(c: Context, output: str) -> list[tuple[str, ...]]:
    return lines(tables.table(c, output, tables.results(c, output)))


def test_any_grade_and_grade_3_by_class_and_term(c: Context) -> None:
    assert shown(c, tables.BY_CLASS) == [
        ("Patients with any event", "4 (80.0)", "7", "2 (40.0)", "2"),
        (GASTRO, "2 (40.0)", "4", "1 (20.0)", "1"),
        ("Nausea", "2 (40.0)", "3", "1 (20.0)", "1"),
        ("Vomiting", "1 (20.0)", "1", "0", "0"),
        (GENERAL, "2 (40.0)", "2", "1 (20.0)", "1"),
        ("Fatigue", "2 (40.0)", "2", "1 (20.0)", "1"),
        ("Not coded", "1 (20.0)", "1", "0", "0"),
        ("Hypertension", "1 (20.0)", "1", "0", "0"),
    ]
    table = tables.table(c, tables.BY_CLASS, tables.results(c, tables.BY_CLASS))
    assert table.population == "Safety set (N = 5)"
    assert [(row.kind, row.indent) for row in table.rows[:3]] == [("total", 0), ("group", 0), ("data", 1)]
    assert [(s.label, s.first, s.last) for s in table.spans] == [
        ("Any grade\n(N = 5)", 1, 2),
        ("Grade 3 or higher\n(N = 5)", 3, 4),
    ]


def test_a_patient_counts_once_in_each_row_at_the_worst_grade_of_that_row(c: Context) -> None:
    """02 has nausea without a grade and grade 1 vomiting: missing in the term, grade 1 in the class and overall."""
    one = "1 (20.0)"
    assert shown(c, tables.WORST) == [
        ("Patients with any event", "4 (80.0)", one, one, one, "0", one, "0"),
        (GASTRO, "2 (40.0)", one, "0", one, "0", "0", "0"),
        ("Nausea", "2 (40.0)", "0", "0", one, "0", "0", one),
        ("Vomiting", one, one, "0", "0", "0", "0", "0"),
        (GENERAL, "2 (40.0)", "0", one, "0", "0", one, "0"),
        ("Fatigue", "2 (40.0)", "0", one, "0", "0", one, "0"),
        ("Not coded", one, "0", one, "0", "0", "0", "0"),
        ("Hypertension", one, "0", one, "0", "0", "0", "0"),
    ]


def test_missing_relatedness_is_related_and_each_drug_has_its_own(c: Context) -> None:
    either, anlotinib, fulvestrant = (shown(c, output) for output in tables.RELATED)
    assert either[0] == ("Patients with any event", "4 (80.0)", "6", "2 (40.0)", "2")
    assert anlotinib[0] == ("Patients with any event", "3 (60.0)", "5", "1 (20.0)", "1")
    assert fulvestrant == either
    assert "Vomiting" not in {row[0] for row in either}
    assert ("Fatigue", "1 (20.0)", "1", "0", "0") in anlotinib


def test_a_table_of_a_drug_that_the_study_does_not_have_is_named() -> None:
    one = build.params(400, study={**PER_DRUG, "treatments": PER_DRUG["treatments"][:1]})
    found = Context(one, CATALOGUE, frames(adam.derive(sdtm(*PATIENTS), one)))
    assert shown(found, tables.RELATED[1])[0] == ("Patients with any event", "3 (60.0)", "5", "1 (20.0)", "1")
    with pytest.raises(ValueError, match="t-14-3-1-7 is of a drug that the study does not have: take it out of"):
        tables.results(found, tables.RELATED[2])


def test_serious_fatal_and_modified(c: Context) -> None:
    one = "1 (20.0)"
    for output in (tables.SERIOUS, tables.FATAL):
        assert shown(c, output) == [
            ("Patients with any event", one, "1", one, "1"),
            (GENERAL, one, "1", one, "1"),
            ("Fatigue", one, "1", one, "1"),
        ]
    assert shown(c, tables.ACTIONS) == [
        ("Patients with any event", one, one, "0", "0", "0", "0", "0"),
        ("Not coded", one, one, "0", "0", "0", "0", "0"),
        ("Hypertension", one, one, "0", "0", "0", "0", "0"),
    ]
    table = tables.table(c, tables.ACTIONS, tables.results(c, tables.ACTIONS))
    assert [(s.label, s.first, s.last) for s in table.spans] == [("Anlotinib", 2, 4), ("Fulvestrant", 5, 7)]


@pytest.mark.parametrize(
    ("percent", "terms"),
    [(40, ["Fatigue", "Nausea"]), (40.001, []), (20, ["Fatigue", "Nausea", "Hypertension", "Vomiting"])],
)
def test_frequent_terms_by_frequency_then_name(percent: float, terms: list[str]) -> None:
    found = shown(context(frequent_percent=percent), tables.FREQUENT)
    assert [row[0] for row in found] == ["Patients with any event", *terms]


def test_the_registered_window_begins_with_enrolment() -> None:
    """First dose on day 10; nausea on day 5 is before it, vomiting on day 12 is not."""
    late = context(of("01", event(5, "Nausea", GASTRO, 1), event(12, "Vomiting", GASTRO, 1), dosed=(10, 300)))
    assert [row[0] for row in shown(late, tables.BY_CLASS)[2:]] == ["Vomiting"]
    assert [row[0] for row in shown(late, tables.REGISTERED)[2:]] == ["Nausea", "Vomiting"]
    table = tables.table(late, tables.REGISTERED, tables.results(late, tables.REGISTERED))
    assert table.footnotes[0].text.startswith("Started from enrolment to 30 days after the last dose")
    assert "registered window" in table.title


def test_overview(c: Context) -> None:
    found = overview.results(c)
    of_name = {r.name: r.stat for r in found}
    expected = {
        **{"any": 4, "any_events": 7, "any_pct": 0.8, "grade3": 2, "grade3_related": 2, "grade_missing": 1},
        **{"serious": 1, "serious_related": 1, "fatal": 1, "fatal_events": 1, "special_interest": 0},
        **{"related": 4, "related_anlotinib": 3, "related_fulvestrant": 4, "related_events": 6},
        **{
            "reduction": 1,
            "reduction_anlotinib": 1,
            "reduction_fulvestrant": 0,
            "interruption": 0,
            "discontinuation": 0,
        },
    }
    assert {name: of_name[f"teae.{name}"] for name in expected} == expected
    shown_lines = lines(overview.table(c, found))
    assert shown_lines[0] == ("Any event", "4 (80.0)", "7")
    start = shown_lines.index(("Leading to dose reduction",))
    assert shown_lines[start + 1 : start + 4] == [
        ("Any drug", "1 (20.0)", "1"),
        ("Anlotinib", "1 (20.0)", "1"),
        ("Fulvestrant", "0", "0"),
    ]


def test_exposure_adjusted_rates_by_hand_and_as_r_gives_them(c: Context) -> None:
    """Days at risk of any event: 21 (01), 11 (02), 101 (03, to death), 401 (04) and 1 (06, start missing).

    R: poisson.test(4, 535 / 36525), and in the same way 2 in 1335 days, 2 in 935, 1 in 1305, 1 in 1325.
    """
    found = rates.results(c)
    of = {str(r.name): r.stat for r in found}
    assert (of["teae_rate.any.patients"], of["term_rate.fatigue.patients"]) == (4, 2)
    assert {name: stat for name, stat in of.items() if name.startswith("teae.")} == {
        "teae.patient_years": pytest.approx(1.46475017111567, abs=1e-11),
        "teae.rate": pytest.approx(273.084112149533, abs=1e-9),
        "teae.rate_lower": pytest.approx(74.4062294798159, abs=1e-9),
        "teae.rate_upper": pytest.approx(699.203787605832, abs=1e-9),
    }
    assert lines(rates.table(c, found)) == [
        ("Patients with any event", "4", "1.5", "273.1", "(74.4, 699.2)"),
        ("Fatigue", "2", "3.7", "54.7", "(6.6, 197.7)"),
        ("Nausea", "2", "2.6", "78.1", "(9.5, 282.2)"),
        ("Hypertension", "1", "3.6", "28.0", "(0.7, 155.9)"),
        ("Vomiting", "1", "3.6", "27.6", "(0.7, 153.6)"),
    ]


def test_an_event_that_worsened_after_the_first_dose_counts_on_day_1() -> None:
    worsened = event(-20, "Pain", GENERAL, 3)
    rows = of("01", worsened, qualifiers={1: {"AEITOXGR": "1"}})
    of_name = {r.name: r.stat for r in rates.results(context(rows))}
    assert of_name["teae.patient_years"] == pytest.approx(1 / 365.25, abs=1e-11)


@pytest.mark.parametrize("row", [row for row in POISSON if row["person_time"] == 40], ids=lambda row: row["events"])
def test_limits_of_rates_are_those_of_r(c: Context, row: dict[str, float]) -> None:
    """40 years are 14610 days: one for each patient with an event, the rest for the patient without one."""
    count = int(row["events"])
    days = [400] * count + [14610 - count]
    first = pl.date(2024, 1, 1)
    adsl = pl.DataFrame({"USUBJID": [str(n) for n in range(count + 1)], "SAFFL": "Y", "DAYS": days}).with_columns(
        TRTSDT=first, TEENDT=first + pl.duration(days=pl.col("DAYS") - 1)
    )
    blank: dict[str, Any] = {name: [None] * count for name in c.adam["ADAE"].columns}
    events = {"USUBJID": [str(n) for n in range(count)], "ASTDY": [1] * count, "AEDECOD": ["X"] * count}
    flags = {"SAFFL": ["Y"] * count, "TRTEMFL": ["Y"] * count}
    adae = pl.DataFrame(blank | events | flags, schema=c.adam["ADAE"].schema)
    found = {
        r.name: r.stat for r in rates.results(Context(c.params, CATALOGUE, {"ADSL": adsl, "ADAE": adae})) if r.name
    }
    assert found["teae.patient_years"] == 40
    for name, key in (("rate", "rate"), ("rate_lower", "exact_lo"), ("rate_upper", "exact_hi")):
        assert found[f"teae.{name}"] == pytest.approx(row[f"{key}_per100"], rel=1e-11)


def test_a_study_without_any_event_has_a_row_of_none() -> None:
    none = context(of("01", event(-20, "Headache", "Nervous system disorders", 2, AEENDTC=at(-5))))
    assert shown(none, tables.BY_CLASS) == [("Patients with any event", "0", "0", "0", "0")]
    assert lines(rates.table(none, rates.results(none)))[0][1:4] == ("0", "1.1", "0.0")
    nobody = context(of("05", event(5, "Nausea", GASTRO, 3), dosed=None))
    assert shown(nobody, tables.WORST) == [("Patients with any event", *["0"] * 7)]
    assert lines(rates.table(nobody, rates.results(nobody))) == [
        ("Patients with any event", "0", "0.0", "NE", "(NE, NE)")
    ]


def everything(c: Context) -> list[Result]:
    return overview.results(c) + tables.all_results(c) + rates.results(c)


def test_each_where_clause_selects_the_events_behind_its_number(c: Context) -> None:
    found = everything(c)
    assert len(found) > 400
    for r in found:
        events = c.adam["ADAE"].filter(pl.sql_expr(r.where))
        patients = events["USUBJID"].n_unique()
        if r.stat_name in ("n", "events"):
            assert r.stat == (patients if r.stat_name == "n" else events.height), r
        elif r.stat_name == "p":
            assert r.denominator_where == "\"SAFFL\" = 'Y'"
            assert r.stat == pytest.approx(patients / c.count("ADSL", r.denominator_where), abs=1e-11)


def test_what_must_hold_of_any_data(demonstration: Context) -> None:
    def chosen(results: list[Result], **fields: object) -> list[Result]:
        return [r for r in results if all(getattr(r, name) == value for name, value in fields.items())]

    def key(r: Result) -> tuple[str | None, ...]:
        return r.group1_level, r.group2_level

    by_class = tables.results(demonstration, tables.BY_CLASS)
    any_grade = {key(r): int(r.stat or 0) for r in chosen(by_class, stat_name="n", variable="Any grade")}
    assert len(any_grade) > 50
    for (group, term), patients in any_grade.items():
        above = any_grade[group, None] if term else any_grade[None, None]
        assert 0 < patients <= above
    events = {key(r): int(r.stat or 0) for r in chosen(by_class, stat_name="events", variable="Any grade")}
    for group in {group for group, _ in events if group}:
        assert events[group, None] == sum(v for (g, term), v in events.items() if g == group and term)
    worst = chosen(tables.results(demonstration, tables.WORST), stat_name="n")
    for row in any_grade:
        own = {r.variable: int(r.stat or 0) for r in worst if key(r) == row}
        assert own.pop("Any grade") == any_grade[row] == sum(own.values())
        severe = next(r.stat for r in chosen(by_class, stat_name="n", variable="Grade 3 or higher") if key(r) == row)
        assert severe == own["Grade 3"] + own["Grade 4"] + own["Grade 5"]
    named = {r.name: r.stat for r in overview.results(demonstration)}
    for output, name in ((tables.FATAL, "fatal"), (tables.SERIOUS, "serious"), (tables.RELATED[0], "related")):
        total = tables.results(demonstration, output)[0]
        assert total.stat == named[f"teae.{name}"]
    assert named["teae.fatal"] <= named["teae.any"]  # type: ignore[operator]


HOSTILE = ("<script>alert(1)</script>", "{{< include /etc/passwd >}}", '#eval("1")', r"{\rtf1 \par}", 'O\'Brien "x" ü')


def test_hostile_terms_come_out_as_text() -> None:
    hostile = context(*(of(str(n), event(5, text, text, 3)) for n, text in enumerate(HOSTILE, start=1)))
    found = tables.results(hostile, tables.BY_CLASS)
    for r in found:
        if r.stat_name == "events":
            assert hostile.count("ADAE", r.where) == r.stat
    table = tables.table(hostile, tables.BY_CLASS, found)
    assert {row.cells[0].text for row in table.rows[1:]} == set(HOSTILE)
    html, word, typst, rtf = (write(table) for write in (table_html, table_openxml, table_typst, rtf_of))
    assert "<script>" not in html + word
    assert "{{<" not in html + word + typst
    assert r"{\rtf1 \par}" not in rtf
    assert '"#eval(\\"1\\")"' in typst


def test_a_catalogue_without_the_tables_has_no_results(c: Context) -> None:
    assert everything(Context(c.params, {}, c.adam)) == []
