"""The second route's blood pressure, QTcF, performance status, and special interest, of hand-made patients.

Enrolled on day 0, treated from day 0 to day 100 and stopped, so that values count up to day 130.
"""

from typing import Any

from analysis.params import Params
from analysis.qc import second_route
from analysis.qc.safety import Safety
from tests.qc.build import dtc, patient, settings

STOPPED = [{"DSCAT": "DISPOSITION EVENT", "DSSCAT": None, "DSDECOD": "ADVERSE EVENT", "DSSTDTC": dtc(101)}]


def derived(params: Params | None = None, **domains: Any) -> Safety:
    facts: dict[str, Any] = {"doses": [(0, 100)], "DS": STOPPED} | domains
    return second_route.recompute(patient("56 SD", **facts), params or settings()).safety


def above_zero(safety: Safety, title: str) -> dict[str, float]:
    """The numbers of a table that are not 0."""
    return {name.rpartition(".")[2]: n for name, n in safety.named[title][1].items() if n}


def pressure(*values: tuple[int, float]) -> list[dict[str, Any]]:
    return [
        {"VSTESTCD": "SYSBP", "VSDTC": dtc(day), "VSSEQ": float(n), "VSSTRESN": value, "VSSTRESU": "mmHg"}
        for n, (day, value) in enumerate(values, start=1)
    ]


def test_a_pressure_at_a_limit_is_in_the_category_above_and_only_the_treatment_counts() -> None:
    """The limits are 130, 140 and 160 mmHg."""
    found = derived(VS=pressure((-9, 170), (-1, 129), (20, 140), (40, 135), (131, 180)))
    shift = above_zero(found, "Systolic blood pressure: patients by category")
    assert shift == {"n": 1, "w3": 1, "b1_w3": 1, "b1": 1}


def test_without_a_baseline_a_patient_is_counted_apart() -> None:
    shift = above_zero(derived(VS=pressure((20, 160))), "Systolic blood pressure: patients by category")
    assert shift == {"missing_w4": 1, "missing": 1}
    assert "Systolic blood pressure: patients by category" not in derived(VS=pressure((-1, 129))).named


def test_qtcf_is_derived_where_it_is_not_reported() -> None:
    """QT 400 ms at RR 512 ms, whose cube root in seconds is 0.8, is 500 ms: in the category up to 500, 50 ms more."""
    tests = ((-1, "QTCF", 450.0), (30, "QT", 400.0), (30, "RR", 512.0))
    tracings = [
        {"EGTESTCD": test, "EGDTC": dtc(day), "EGSEQ": float(n), "EGSTRESN": value, "EGSTRESU": "ms"}
        for n, (day, test, value) in enumerate(tests, start=1)
    ]
    found = derived(EG=tracings)
    assert above_zero(found, "QTcF: patients by category") == {"n": 1, "w3": 1, "b1_w3": 1, "b1": 1}
    assert above_zero(found, "Greatest change of QTcF: patients by category") == {"n": 1, "category2": 1}


def test_the_worst_performance_status_on_treatment() -> None:
    days = ((-5, "0"), (0, "1"), (30, "2"), (60, "1"))
    status = [{"QSTESTCD": "ECOG101", "QSDTC": dtc(day), "QSSTRESC": grade} for day, grade in days]
    found = derived(settings(baseline={"ecog_testcd": "ECOG101"}), QS=status)
    shift = above_zero(found, "ECOG performance status: patients by category")
    assert shift == {"n": 1, "w2": 1, "b1_w2": 1, "b1": 1}


def test_special_interest_by_terms_whatever_their_case_and_the_worst_grade() -> None:
    group = {"name": "liver", "title": "Liver", "terms": ["ALT increased"]}
    events = [
        {"AESEQ": float(n), "AEDECOD": term, "AESTDTC": dtc(10 * n), "AETOXGR": grade, "AEACN": action}
        for n, (term, grade, action) in enumerate(
            (("ALT increased", "2", None), ("alt INCREASED", "3", "DRUG INTERRUPTED"), ("Nausea", "4", None)), start=1
        )
    ]
    found = derived(settings(adverse_events={"special_interest": [group]}), AE=events)
    assert above_zero(found, "Liver: patients and events") == {
        **{"any": 1, "any_events": 2, "grade3": 1, "grade3_events": 1, "related": 1, "related_events": 2},
        **{"related_anlotinib": 1, "related_anlotinib_events": 2, "related_fulvestrant": 1},
        **{"related_fulvestrant_events": 2, "aint": 1, "aint_events": 1, "grade_3": 1},
    }


def test_special_interest_without_any_event() -> None:
    group = {"name": "liver", "title": "Liver", "terms": ["ALT increased"]}
    found = derived(settings(adverse_events={"special_interest": [group]}))
    assert found.named["Liver: patients and events"][1] == {"aesi.liver.any": 0, "aesi.liver.any_events": 0}


def test_events_that_changed_or_stopped_a_drug() -> None:
    """Actions with two drugs have one label, so their numbers stand together: one patient each, of one."""
    event = {"AEDECOD": "Nausea", "AEBODSYS": "Gut", "AESTDTC": dtc(10), "AEACN": "DRUG INTERRUPTED"}
    _, rows = derived(AE=[{"AESEQ": 1.0, **event}, {"AESEQ": 2.0, **event, "AEACN": None}]).tables["t-14-3-1-8"]
    of = {key[2:]: numbers for key, numbers in rows.items() if key[:2] == ("Gut", "Nausea")}
    assert of["Any of these", "events"] == [1]
    assert of["Interrupted", "n"] == [1, 1]
    assert of["Discontinued", "n"] == [0, 0]


def test_fatal_events_by_the_drug_they_are_related_to() -> None:
    event = {"AESEQ": 1.0, "AEDECOD": "Stroke", "AESTDTC": dtc(10), "AESDTH": "Y", "AEREL": "NOT RELATED"}
    values = derived(AE=[event]).values["t-14-3-2-1"]
    names = ("deaths.fatal_event", "deaths.related", "deaths.related_anlotinib")
    assert [values[name] for name in names] == [1, 0, 0]
    values = derived(AE=[event | {"AEREL": None}]).values["t-14-3-2-1"]
    assert [values[name] for name in names] == [1, 1, 1]
