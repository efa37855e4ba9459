"""Which response counts on which day: readers, several readings of a day, visits over several days, missing dates."""

from typing import Any

import pytest

from analysis.adam.assessments import assessments
from analysis.adam.records import Queries
from analysis.errors import ParamsError
from tests.adam.build import at, day, params, patient, sdtm


def read(settings: Any = None, **records: Any) -> tuple[list[tuple[int, str]], list[str]]:
    """The assessments as (elapsed day, response), and the rules of the queries."""
    queries = Queries()
    found = assessments(sdtm(patient(**records)), settings or params(), queries).get("S-01", [])
    return [((a.date - day(0)).days, a.response) for a in found], queries.frame()["RULE"].to_list()


def response(when: Any, value: str, visit: float = 2.0, test: str = "OVRLRESP", **more: Any) -> dict[str, Any]:
    reading = {"RSTESTCD": test, "RSCAT": "RECIST 1.1", "RSEVAL": "INVESTIGATOR", "RSSTRESC": value}
    return reading | {"RSDTC": at(when), "VISITNUM": visit} | more


def lesion(when: Any, group: str = "TARGET", visit: float = 2.0, **more: Any) -> dict[str, Any]:
    return {"TRGRPID": group, "TRDTC": at(when), "VISITNUM": visit} | more


def visit(*readings: dict[str, Any], lesions: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    return {"more": {"RS": list(readings), "TR": list(lesions)}}


@pytest.mark.parametrize(
    ("readings", "worst"),
    [
        (("SD", "PD"), "PD"),
        (("PR", "SD"), "SD"),
        (("CR", "PR"), "PR"),
        (("SD", "NON-CR/NON-PD"), "NON-CR/NON-PD"),
        (("NE", "CR"), "CR"),
        (("NE", "NE"), "NE"),
    ],
)
def test_the_worst_reading_of_a_day_counts(readings: tuple[str, str], worst: str) -> None:
    both = [(56, readings[0], 57), (56, readings[1], None)]
    assert read(scans=both) == ([(56, worst)], [])
    assert read(scans=both[::-1]) == ([(56, worst)], [])


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        pytest.param(visit(response(59, "SD"), lesions=(lesion(56),)), (59, "SD"), id="overall response's own date"),
        pytest.param(visit(response(None, "SD"), lesions=(lesion(56), lesion(58))), (58, "SD"), id="last lesion date"),
        pytest.param(visit(response("2024-02", "SD"), lesions=(lesion(56),)), (56, "SD"), id="partial date"),
        pytest.param(visit(response(59, "PD"), lesions=(lesion(56),)), (59, "PD"), id="that date does not show it"),
        pytest.param(visit(response(59, "PD"), lesions=(lesion(56, "NEW"),)), (56, "PD"), id="new lesion"),
        pytest.param(
            visit(response(59, "PD"), lesions=(lesion(57, "NON-TARGET", TRSTRESC="UNEQUIVOCAL PROGRESSION"),)),
            (57, "PD"),
            id="non-target lesion",
        ),
        pytest.param(
            visit(response(59, "PD"), response(58, "PD", test="NTRGRESP")), (58, "PD"), id="non-target response"
        ),
        pytest.param(
            visit(response(59, "PD"), response(59, "PD", test="TRGRESP"), lesions=(lesion(55), lesion(57))),
            (57, "PD"),
            id="the sum is known with its last lesion",
        ),
        pytest.param(visit(response(None, "PD"), lesions=(lesion(56, "NEW"), lesion(58))), (56, "PD"), id="PD undated"),
        pytest.param(
            visit(response(59, "PD"), lesions=(lesion(40, "NEW", visit=3.0),)), (59, "PD"), id="another visit's lesion"
        ),
        pytest.param(
            visit(response(59, "PD"), lesions=(lesion(40, "NEW", TREVAL="INDEPENDENT ASSESSOR"),)),
            (59, "PD"),
            id="another reader's lesion",
        ),
    ],
)
def test_date_of_a_visit_over_several_days(records: dict[str, Any], expected: tuple[int, str]) -> None:
    assert read(**records) == ([expected], [])


def test_new_lesion_found_by_tu() -> None:
    new = {"TUSTRESC": "NEW", "TUDTC": at(54), "VISITNUM": 2.0}
    assert read(more={"RS": [response(59, "PD")], "TU": [new]}) == ([(54, "PD")], [])


def test_visits_that_share_a_number_stay_apart() -> None:
    # both unscheduled visits are numbered 99: the lesions of day 70 belong to the first
    first, second = response(70, "SD", visit=99.0), response(150, "PD", visit=99.0)
    lesions = (lesion(70, "NEW", visit=99.0), lesion(149, "NEW", visit=99.0))
    assert read(**visit(first, second, lesions=lesions)) == ([(70, "SD"), (149, "PD")], [])


@pytest.mark.parametrize("when", [None, "2024-02"])
def test_an_assessment_that_cannot_be_dated_is_queried_and_left_out(when: str | None) -> None:
    assert read(**visit(response(when, "SD"), response(112, "SD", visit=3.0))) == ([(112, "SD")], ["assessment_date"])


def test_an_unknown_response_is_queried_and_not_evaluable() -> None:
    assert read(scans=[(56, "CHECK")]) == ([(56, "NE")], ["response"])


def test_not_done_is_no_assessment() -> None:
    assert read(**visit(response(56, "SD", RSSTAT="NOT DONE"), response(112, "SD"))) == ([(112, "SD")], [])


def test_only_the_readers_overall_responses_count() -> None:
    others = visit(
        response(56, "PD", RSEVAL="INDEPENDENT ASSESSOR"),
        response(56, "PD", test="NTRGRESP"),
        response(56, "PD", RSCAT="ECOG"),
        response(58, "SD"),
    )
    assert read(**others) == ([(58, "SD")], [])
    independent = params(response={"reader": "independent assessor"})
    assert read(independent, **others) == ([(56, "PD")], [])


def test_of_adjudicated_readings_only_the_accepted_count() -> None:
    readings = visit(response(56, "PD"), response(56, "SD", RSACPTFL="Y"))
    assert read(**readings) == ([(56, "SD")], [])


def test_an_accepted_reading_displaces_others_of_its_visit_or_day_only() -> None:
    accepted, other_day = response(56, "SD", RSACPTFL="Y"), response(58, "PD")
    other_visit = response(112, "PD", visit=3.0)
    assert read(**visit(accepted, other_day)) == ([(56, "SD")], [])
    assert read(**visit(accepted, response(56, "PD", visit=3.0))) == ([(56, "SD")], [])
    assert read(**visit(accepted, other_visit)) == ([(56, "SD"), (112, "PD")], [])
    nameless = [row | {"VISITNUM": None} for row in (accepted, other_visit)]
    assert read(**visit(*nameless)) == ([(56, "SD"), (112, "PD")], [])


@pytest.mark.parametrize("variable", ["RSEVAL", "RSCAT"])
def test_a_response_that_names_no_reader_or_category_is_of_the_chosen_one(variable: str) -> None:
    readings = visit(response(56, "SD"), response(112, "PD", visit=3.0, **{variable: None}))
    assert read(**readings) == ([(56, "SD"), (112, "PD")], [])
    component = response(110, "PD", visit=3.0, test="NTRGRESP", **{variable: None})
    assert read(**visit(response(112, "PD", visit=3.0), component)) == ([(110, "PD")], [])


def test_a_misspelt_reader_is_refused() -> None:
    with pytest.raises(
        ParamsError, match=r"response.reader: no OVRLRESP has RSEVAL 'INVESTGATOR'; found: INVESTIGATOR"
    ):
        read(params(response={"reader": "investgator"}), **visit(response(56, "SD"), response(112, "SD", RSEVAL=None)))


def test_planned_days_come_from_tv_where_rs_has_none() -> None:
    frames = sdtm(patient(scans=[(52, "SD")], more={"TV": [{"VISITNUM": 2.0, "VISITDY": 57.0}]}))
    frames["RS"] = frames["RS"].drop("VISITDY")
    (found,) = assessments(frames, params(), Queries())["S-01"]
    assert found.planned_day == 57


def test_a_response_test_of_clinical_progression() -> None:
    from analysis.adam.progression import clinical_progressions

    settings = params(pfs={"clinical_progression": {"rstestcd": "SYMPTDTR"}})
    frames = sdtm(patient(more={"RS": [response(70, "SD"), response(80, "Y", test="SYMPTDTR")]}))
    read_here = assessments(frames, settings, Queries())
    assert clinical_progressions(frames, settings, read_here, Queries())["S-01"].date == day(80)
