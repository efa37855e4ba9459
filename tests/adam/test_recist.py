"""RECIST 1.1 visit by visit: a hand-made patient per rule, on both sides of every limit."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.adam.lesions import PatientLesions, patient_lesions
from analysis.adam.recist import VisitResponse, as_assessments, overall_rule, recompute
from analysis.adam.records import Queries
from tests.adam.build import at, day, params, patient, sdtm

Scan = dict[str, Any]
"""Link id -> what was read: T mm or text, N (a target lymph node) mm, X (non-target) state, NEW state."""


def records(*scans: Scan, every: int = 56, first: int = -10) -> list[dict[str, Any]]:
    """TR records: the first scan at baseline, the others every 56 days. None is a lesion that was not done."""
    found = []
    for number, scan in enumerate(scans):
        when = first if number == 0 else every * number
        for link, value in scan.items():
            row = {"TRLNKID": link, "TRDTC": at(when), "VISITNUM": float(number), "VISIT": f"V{number}"}
            row |= {"TRSTAT": "NOT DONE" if value is None else None, "TRSTRESU": "mm"}
            group = {"T": "TARGET", "N": "TARGET", "X": "NON-TARGET"}[link[0]] if link != "NEW" else "NEW"
            test = {"T": "LDIAM", "N": "SAXIS"}.get(link[0], "TUMSTATE") if group != "NEW" else "TUMSTATE"
            number_ = float(value) if isinstance(value, int | float) else None
            row |= {"TRGRPID": group, "TRTESTCD": test, "TRSTRESN": number_}
            found.append(row | {"TRSTRESC": None if value is None else str(value)})
    return found


def lesions(rows: list[dict[str, Any]], queries: Queries | None = None, **more: Any) -> PatientLesions:
    frames = sdtm(patient(baseline=None, more={"TR": rows, **more}))
    return patient_lesions(frames, {"S-01": at(0) or ""}, params(), queries or Queries())[0]


def responses(*scans: Scan) -> list[VisitResponse]:
    return recompute(lesions(records(*scans)))


def target(*scans: Scan) -> list[str]:
    """The name of the rule of the target response at each visit after the first."""
    return [response.target.name if response.target else "-" for response in responses(*scans)]


def overall(*scans: Scan) -> list[str]:
    return [response.overall.overall for response in responses(*scans)]


@pytest.mark.parametrize(
    ("scans", "expected"),
    [
        pytest.param([{"T1": 20.0}, {"T1": 25.0}], ["GROWTH"], id="5 mm and 25 %"),
        pytest.param([{"T1": 20.0}, {"T1": 24.9}], ["STABLE"], id="24.5 % but 4.9 mm"),
        pytest.param([{"T1": 20.0}, {"T1": 24.0}], ["STABLE"], id="exactly 20 % but 4 mm"),
        pytest.param([{"T1": 25.0}, {"T1": 30.0}], ["GROWTH"], id="exactly 20 % and exactly 5 mm"),
        pytest.param([{"T1": 40.0}, {"T1": 48.0}], ["GROWTH"], id="exactly 20 %"),
        pytest.param([{"T1": 40.0}, {"T1": 47.9}], ["STABLE"], id="7.9 mm but 19.75 %"),
        pytest.param([{"T1": 60.5}, {"T1": 72.6}], ["GROWTH"], id="exactly 20 % of what is no binary fraction"),
        pytest.param([{"T1": 0.1, "T2": 25.4}, {"T1": 0.2, "T2": 30.4}], ["GROWTH"], id="exactly 20 % of a sum"),
        pytest.param([{"T1": 30.2}, {"T1": 25.2}, {"T1": 30.2}], ["STABLE", "STABLE"], id="5.0 mm but 19.8 % of nadir"),
        pytest.param([{"T1": 50.0}, {"T1": 40.0}, {"T1": 48.0}], ["STABLE", "GROWTH"], id="from nadir, not baseline"),
        pytest.param(
            [{"T1": 50.0}, {"T1": 30.0}, {"T1": 34.0}, {"T1": 37.0}],
            ["DECREASE", "DECREASE", "GROWTH"],
            id="the nadir stays below a later sum",
        ),
        pytest.param([{"T1": 20.0}, {"T1": 14.0}], ["DECREASE"], id="exactly 30 %"),
        pytest.param([{"T1": 20.0}, {"T1": 14.1}], ["STABLE"], id="29.5 %"),
        pytest.param([{"T1": 60.1}, {"T1": 42.07}], ["DECREASE"], id="exactly 30 % of what is no binary fraction"),
        pytest.param([{"T1": 60.1}, {"T1": 42.08}], ["STABLE"], id="just less than 30 %"),
        pytest.param(
            [{"T1": 50.0}, {"T1": 30.0}, {"T1": 35.0}],
            ["DECREASE", "DECREASE"],
            id="30 % are of baseline; 16.7 % over nadir",
        ),
    ],
)
def test_sums_against_baseline_and_nadir(scans: list[Scan], expected: list[str]) -> None:
    assert target(*scans) == expected


@pytest.mark.parametrize(
    ("scans", "expected"),
    [
        pytest.param([{"N1": 20.0}, {"N1": 9.9}], ["GONE"], id="a node under 10 mm is no disease, sum 9.9"),
        pytest.param([{"N1": 20.0}, {"N1": 10.0}], ["DECREASE"], id="a node of 10 mm is"),
        pytest.param([{"N1": 20.0, "T1": 20.0}, {"N1": 9.0, "T1": 0.0}], ["GONE"], id="CR with a sum of 9"),
        pytest.param([{"N1": 20.0, "T1": 20.0}, {"N1": 9.0, "T1": 5.0}], ["DECREASE"], id="a lesion of 5 mm is left"),
        pytest.param([{"N1": 15.0, "T1": 45.0}, {"N1": 8.0, "T1": 34.0}], ["DECREASE"], id="the node stays in: 42/60"),
        pytest.param([{"N1": 15.0, "T1": 45.0}, {"N1": 8.0, "T1": 34.1}], ["STABLE"], id="42.1/60"),
        pytest.param(
            [{"N1": 20.0, "N2": 18.0}, {"N1": 8.0, "N2": 7.0}, {"N1": 11.0, "N2": 8.0}],
            ["GONE", "DECREASE"],
            id="a node back at 11 mm after a sum of 15: 4 mm more, no PD",
        ),
        pytest.param(
            [{"N1": 20.0, "N2": 18.0}, {"N1": 8.0, "N2": 7.0}, {"N1": 12.0, "N2": 8.0}],
            ["GONE", "GROWTH"],
            id="at 12 mm: 5 mm and 33 % more",
        ),
        pytest.param(
            [{"N1": 20.0, "N2": 18.0}, {"N1": 3.0, "N2": 3.0}, {"N1": 9.0, "N2": 9.0}],
            ["GONE", "GONE"],
            id="nodes that grow under 10 mm are no disease",
        ),
    ],
)
def test_lymph_nodes(scans: list[Scan], expected: list[str]) -> None:
    assert target(*scans) == expected


@pytest.mark.parametrize(
    ("scans", "expected"),
    [
        pytest.param([{"T1": 20.0}, {"T1": 0.0}, {"T1": 5.0}], ["GONE", "REAPPEARED"], id="5 mm"),
        pytest.param([{"T1": 20.0}, {"T1": 0.0}, {"T1": 2.0}], ["GONE", "REAPPEARED"], id="any size reappears"),
        pytest.param([{"T1": 20.0}, {"T1": 0.0}, {"T1": 0.0}], ["GONE", "GONE"], id="still gone"),
        pytest.param([{"N1": 20.0}, {"N1": 0.0}, {"N1": 9.0}], ["GONE", "GONE"], id="a node of 9 mm from 0"),
        pytest.param([{"N1": 20.0}, {"N1": 0.0}, {"N1": 10.0}], ["GONE", "REAPPEARED"], id="a node of 10 mm from 0"),
        pytest.param(
            [
                {"T1": 20.0, "N1": 30.0, "N2": 30.0, "N3": 30.0, "N4": 30.0},
                {"T1": 0.0, "N1": 9.0, "N2": 9.0, "N3": 9.0, "N4": 9.0},
                {"T1": 2.0, "N1": 9.0, "N2": 9.0, "N3": 9.0, "N4": 9.0},
            ],
            ["GONE", "REAPPEARED"],
            id="after a CR with normal nodes, 2 mm and 5.6 %",
        ),
        pytest.param(
            [{"T1": 20.0, "T2": 40.0}, {"T1": 0.0, "T2": 36.0}, {"T1": 5.0, "T2": 36.0}],
            ["DECREASE", "DECREASE"],
            id="one of two came back: added to the sum",
        ),
        pytest.param(
            [{"T1": 20.0, "T2": 20.0}, {"T1": 0.0, "T2": 0.0}, {"T1": 3.0, "T2": None}],
            ["GONE", "REAPPEARED"],
            id="seen although the other was not measured",
        ),
    ],
)
def test_reappearance(scans: list[Scan], expected: list[str]) -> None:
    assert target(*scans) == expected


@pytest.mark.parametrize(
    ("scans", "expected"),
    [
        pytest.param([{"T1": 20.0, "T2": 20.0}, {"T1": 5.0, "T2": None}], ["INCOMPLETE"], id="never PR"),
        pytest.param([{"T1": 20.0, "T2": 20.0}, {"T1": 0.0, "T2": None}], ["INCOMPLETE"], id="never CR"),
        pytest.param([{"T1": 20.0, "T2": 20.0}, {"T1": 38.0, "T2": None}], ["INCOMPLETE"], id="never SD"),
        pytest.param([{"T1": 20.0, "T2": 20.0}, {"T1": 48.0, "T2": None}], ["GROWTH"], id="PD by what was measured"),
        pytest.param([{"T1": 20.0, "T2": 20.0}, {"T1": 47.9, "T2": None}], ["INCOMPLETE"], id="just not"),
        pytest.param(
            [{"T1": 20.0, "T2": 20.0}, {"T1": 5.0, "T2": None}, {"T1": 20.0, "T2": 20.0}],
            ["INCOMPLETE", "STABLE"],
            id="an incomplete sum is no nadir",
        ),
        pytest.param([{"T1": 20.0, "T2": 20.0}, {"T1": 5.0}], ["INCOMPLETE"], id="no record at all"),
    ],
)
def test_missing_lesions(scans: list[Scan], expected: list[str]) -> None:
    assert target(*scans) == expected


def test_a_baseline_without_every_target_lesion_leaves_only_progression() -> None:
    rows = records({"T1": 20.0}, {"T1": 5.0, "T2": 10.0}, {"T1": 10.0, "T2": 10.0})
    identified = [{"TUSTRESC": "TARGET", "TULNKID": link, "TUDTC": at(-10), "VISITNUM": 0.0} for link in ("T1", "T2")]
    found = recompute(lesions(rows, TU=identified))
    assert [r.target.name for r in found if r.target] == ["NO_BASELINE", "GROWTH"]


def test_without_a_baseline_scan_the_first_visit_is_the_first_nadir() -> None:
    rows = records({"T1": 30.0, "T2": 10.0}, {"T1": 10.0, "T2": 10.0}, {"T1": 15.0, "T2": 10.0}, first=20)
    found = lesions(rows)
    assert found.baseline is None
    assert [r.overall.overall for r in recompute(found)] == ["NE", "NE", "PD"]


@pytest.mark.parametrize(
    ("text", "size"),
    [("TOO SMALL TO MEASURE", 5), ("too small to measure", 5), ("ABSENT", 0), ("DISAPPEARED", 0)],
)
def test_words_for_sizes(text: str, size: int) -> None:
    assert [r.targets.total for r in responses({"T1": 20.0}, {"T1": text})] == [Decimal(size)]


def test_a_result_that_cannot_be_read_is_queried_and_not_measured() -> None:
    queries = Queries()
    rows = records({"T1": 20.0, "X1": "PRESENT"}, {"T1": "{{< include x >}}", "X1": "<script>"})
    assert [r.overall.overall for r in recompute(lesions(rows, queries))] == ["NE"]
    assert queries.frame()["RULE"].to_list() == ["lesion_result", "lesion_result"]


@pytest.mark.parametrize(("unit", "expected"), [("mm", "SD"), (None, "SD"), ("cm", "NE")])
def test_only_millimetres_are_sizes(unit: str | None, expected: str) -> None:
    rows = records({"T1": 20.0, "T2": 20.0}, {"T1": 20.0, "T2": 20.0})
    rows[-1]["TRSTRESU"] = unit
    assert [r.overall.overall for r in recompute(lesions(rows))] == [expected]


NON_TARGET_STATES = [
    ({"X1": "ABSENT", "X2": "ABSENT"}, "CR"),
    ({"X1": "ABSENT", "X2": "PRESENT"}, "NON-CR/NON-PD"),
    ({"X1": "ABSENT", "X2": "EQUIVOCAL"}, "NON-CR/NON-PD"),
    ({"X1": "PRESENT", "X2": None}, "NE"),
    ({"X1": "ABSENT"}, "NE"),
    ({"X1": "UNEQUIVOCAL PROGRESSION", "X2": None}, "PD"),
    ({"X1": "UNEQUIVOCAL INCREASE", "X2": "ABSENT"}, "PD"),
    ({"X1": "UNEQUIVOCAL", "X2": "ABSENT"}, "PD"),
]


@pytest.mark.parametrize(("states", "expected"), NON_TARGET_STATES)
def test_non_target_response(states: Scan, expected: str) -> None:
    found = responses({"T1": 20.0, "X1": "PRESENT", "X2": "PRESENT"}, {"T1": 20.0} | states)
    assert [r.non_target.response for r in found if r.non_target] == [expected]


@pytest.mark.parametrize(("states", "expected"), NON_TARGET_STATES)
def test_non_target_disease_only(states: Scan, expected: str) -> None:
    """RECIST 1.1, Table 2."""
    assert overall({"X1": "PRESENT", "X2": "PRESENT"}, states) == [expected]
    assert overall({"X1": "PRESENT", "X2": "PRESENT"}, states | {"NEW": "UNEQUIVOCAL"}) == ["PD"]


TABLE_1 = [  # Eisenhauer 2009: target, non-target, new lesions, overall
    ("CR", "CR", False, "CR"),
    ("CR", "NON-CR/NON-PD", False, "PR"),
    ("CR", "NE", False, "PR"),
    ("PR", "NON-CR/NON-PD", False, "PR"),
    ("PR", "CR", False, "PR"),
    ("PR", "NE", False, "PR"),
    ("SD", "NON-CR/NON-PD", False, "SD"),
    ("SD", "CR", False, "SD"),
    ("SD", "NE", False, "SD"),
    ("NE", "NON-CR/NON-PD", False, "NE"),
    ("NE", "CR", False, "NE"),
    ("NE", "NE", False, "NE"),
    *[("PD", other, new, "PD") for other in ("CR", "NON-CR/NON-PD", "NE", "PD", "NONE") for new in (True, False)],
    *[(target, "PD", new, "PD") for target in ("CR", "PR", "SD", "NE", "NONE") for new in (True, False)],
    *[(target, other, True, "PD") for target in ("CR", "PR", "SD", "NE") for other in ("CR", "NE", "NONE")],
    *[(target, "NONE", False, target) for target in ("CR", "PR", "SD", "NE")],
]


@pytest.mark.parametrize(("target", "non_target", "new", "expected"), TABLE_1)
def test_overall_response_by_table_1(target: str, non_target: str, new: bool, expected: str) -> None:
    assert overall_rule(target, non_target, new).overall == expected


def test_overall_response_of_whole_patients() -> None:
    first = {"T1": 20.0, "X1": "PRESENT"}
    assert overall(first, {"T1": 0.0, "X1": "PRESENT"}) == ["PR"]
    assert overall(first, {"T1": 0.0, "X1": None}) == ["PR"]
    assert overall(first, {"T1": 0.0, "X1": "ABSENT"}) == ["CR"]
    assert overall(first, {"T1": 0.0, "X1": "ABSENT", "NEW": "UNEQUIVOCAL"}) == ["PD"]
    assert overall(first, {"T1": 0.0, "X1": "ABSENT", "NEW": "EQUIVOCAL"}) == ["CR"]
    assert overall(first, {"T1": None, "X1": "UNEQUIVOCAL PROGRESSION"}) == ["PD"]


def test_a_new_lesion_that_only_tu_names_counts_unless_tr_doubts_it() -> None:
    rows = records({"T1": 20.0}, {"T1": 20.0})
    named = {"TUSTRESC": "NEW", "TULNKID": "NEW", "TUDTC": at(56), "VISITNUM": 1.0}
    assert [r.overall.overall for r in recompute(lesions(rows, TU=[named]))] == ["PD"]
    doubted = records({"T1": 20.0}, {"T1": 20.0, "NEW": "EQUIVOCAL"})
    assert [r.overall.overall for r in recompute(lesions(doubted, TU=[dict(named)]))] == ["SD"]


def on(rows: list[dict[str, Any]], **dates: int | str | None) -> list[dict[str, Any]]:
    """The same records with other dates for the lesions of the last visit."""
    last = rows[-1]["VISITNUM"]
    return [
        row | {"TRDTC": at(dates[row["TRLNKID"]])} if row["VISITNUM"] == last and row["TRLNKID"] in dates else row
        for row in rows
    ]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(
            on(records({"T1": 20.0, "X1": "PRESENT"}, {"T1": 20.0, "X1": "PRESENT"}), X1=59),
            (59, "SD"),
            id="the last lesion's",
        ),
        pytest.param(
            on(records({"T1": 20.0, "X1": "PRESENT"}, {"T1": 40.0, "X1": "PRESENT"}), X1=59),
            (56, "PD"),
            id="the day of the growth",
        ),
        pytest.param(
            on(records({"T1": 20.0, "T2": 20.0}, {"T1": 40.0, "T2": 20.0}), T2=58),
            (58, "PD"),
            id="the last of the sum's",
        ),
        pytest.param(
            on(records({"T1": 20.0}, {"T1": 40.0, "NEW": "UNEQUIVOCAL"}), NEW=55),
            (55, "PD"),
            id="the new lesion's, seen before",
        ),
        pytest.param(
            on(records({"X1": "PRESENT", "X2": "PRESENT"}, {"X1": "PRESENT", "X2": "UNEQUIVOCAL"}), X1=50),
            (56, "PD"),
            id="the progressing non-target's",
        ),
        pytest.param(
            on(records({"T1": 20.0, "T2": 20.0}, {"T1": 20.0, "T2": 20.0}), T1=None, T2=58),
            (58, "SD"),
            id="an undated lesion has its visit's date",
        ),
    ],
)
def test_date_of_the_response(rows: list[dict[str, Any]], expected: tuple[int, str]) -> None:
    found = as_assessments(recompute(lesions(rows)))
    assert [((a.date - day(0)).days, a.response) for a in found] == [expected]


def test_a_partial_date_that_could_be_baseline_is() -> None:
    rows = records({"T1": 20.0}, {"T1": 14.0})
    found = lesions([rows[0] | {"TRDTC": "2024-01"}, rows[1]])
    assert found.baseline is not None
    assert found.baseline.last is None
    assert [r.overall.overall for r in recompute(found)] == ["PR"]


def test_tu_says_what_a_lesion_is_where_tr_does_not() -> None:
    rows = [row | {"TRGRPID": None} for row in records({"T1": 20.0, "X1": "PRESENT"}, {"T1": 14.0, "X1": "PRESENT"})]
    identified = [
        {"TUSTRESC": kind, "TULNKID": link, "TUDTC": at(-10), "VISITNUM": 0.0}
        for link, kind in (("T1", "TARGET"), ("X1", "NON-TARGET"))
    ]
    found = recompute(lesions(rows, TU=identified))
    assert [(r.target.response, r.non_target.response) for r in found if r.target and r.non_target] == [
        ("PR", "NON-CR/NON-PD")
    ]


def test_undated_and_unknown_lesions_are_queried_and_left_out() -> None:
    queries = Queries()
    rows = on(records({"T1": 20.0}, {"T1": 20.0}, {"T1": 40.0}), T1="2024-04")
    rows += [rows[1] | {"TRLNKID": "T9"}, rows[1] | {"TRLNKID": None}]
    assert [r.overall.overall for r in recompute(lesions(rows, queries))] == ["SD"]
    assert sorted(queries.frame()["RULE"]) == ["lesion_date", "lesion_link", "unknown_lesion"]


def test_a_visit_name_used_again_is_another_visit() -> None:
    rows = records({"T1": 20.0}, {"T1": 14.0}, {"T1": 20.0})
    unscheduled = [row | {"VISITNUM": None, "VISIT": "UNSCHEDULED"} for row in rows]
    assert [r.overall.overall for r in recompute(lesions(unscheduled))] == ["PR", "PD"]


def test_two_visits_that_begin_on_one_day_are_one() -> None:
    rows = records({"T1": 20.0, "X1": "PRESENT"}, {"T1": 20.0, "X1": "PRESENT"})
    rows[-1] |= {"VISITNUM": 1.1, "VISIT": "UNSCHEDULED 1.1"}
    assert [r.overall.overall for r in recompute(lesions(rows))] == ["SD"]


def test_the_last_scan_before_treatment_is_baseline() -> None:
    rows = records({"T1": 40.0}, {"T1": 27.0})
    repeated = rows[0] | {"TRSTRESN": 36.0, "TRDTC": at(-3), "VISITNUM": 0.1}
    assert [r.target.name for r in recompute(lesions([*rows, repeated])) if r.target] == ["STABLE"]


def test_of_two_readings_of_a_lesion_the_larger_counts() -> None:
    rows = records({"T1": 20.0}, {"T1": 14.0})
    assert [r.targets.total for r in recompute(lesions([*rows, rows[1] | {"TRSTRESN": 15.0}]))] == [Decimal(15)]


@pytest.mark.parametrize(("location", "total"), [("LYMPH NODE", 12), ("LIVER", 30)])
def test_of_two_diameters_the_short_axis_counts_for_a_node_only(location: str, total: int) -> None:
    rows = records({"T1": 30.0}, {"T1": 30.0})
    rows += [row | {"TRTESTCD": "LPERP", "TRSTRESN": 12.0} for row in rows]
    identified = [{"TUSTRESC": "TARGET", "TULNKID": "T1", "TULOC": location, "TUDTC": at(-10), "VISITNUM": 0.0}]
    assert [r.targets.total for r in recompute(lesions(rows, TU=identified))] == [Decimal(total)]


def test_the_diameter_that_the_site_chose_for_the_sum_counts() -> None:
    rows = records({"T1": 30.0}, {"T1": 30.0})
    rows += [row | {"TRTESTCD": "DIAMETER", "TRSTRESN": 24.0} for row in rows]
    assert [r.targets.total for r in recompute(lesions(rows))] == [Decimal(24)]


mm = st.integers(0, 600).map(lambda tenths: tenths / 10)
target_scans = st.integers(1, 4).flatmap(
    lambda n: st.lists(
        st.fixed_dictionaries({f"{'TN'[i % 2]}{i}": st.one_of(mm, st.none()) if i else mm for i in range(n)}),
        min_size=2,
        max_size=5,
    )
)


def measured(scans: list[Scan]) -> list[Scan]:
    """The scans with every lesion measured at baseline."""
    return [{link: 20.0 if value is None else value for link, value in scans[0].items()}, *scans[1:]]


@given(target_scans.map(measured), st.randoms(use_true_random=False))
def test_the_order_of_lesions_changes_nothing(scans: list[Scan], random: Any) -> None:
    rows = records(*scans)
    shuffled = random.sample(rows, len(rows))
    assert [r.overall for r in recompute(lesions(shuffled))] == [r.overall for r in recompute(lesions(rows))]


@given(target_scans.map(measured))
def test_a_stable_non_target_lesion_only_turns_cr_into_pr(scans: list[Scan]) -> None:
    with_one = overall(*[scan | {"X1": "PRESENT"} for scan in scans])
    assert with_one == ["PR" if response == "CR" else response for response in overall(*scans)]


@given(target_scans.map(measured))
def test_a_new_lesion_always_is_progression(scans: list[Scan]) -> None:
    assert set(overall(*[scan | {"NEW": "UNEQUIVOCAL"} for scan in scans])) == {"PD"}


@given(target_scans.map(measured))
def test_what_follows_changes_no_earlier_response(scans: list[Scan]) -> None:
    assert overall(*scans[:-1]) == overall(*scans)[:-1]


@given(target_scans.map(measured))
def test_an_incomplete_sum_is_progression_or_not_evaluable(scans: list[Scan]) -> None:
    for response in responses(*scans):
        if not response.targets.complete:
            assert response.overall.overall in ("PD", "NE")
