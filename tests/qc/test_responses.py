"""The second route's best response and clinical benefit, rule by rule, on one made-up patient each.

Scans are days since enrolment (elapsed). Expected are worked out by hand from the plan and the table of confirmed
responses of RECIST 1.1: confirmation after 28 days, stable disease from day 42, benefit by assessment from day 161 (168
less the window of 7), a gap of more than 126 days, and assessments up to month 24 (24 x 30.4375 = 730.5: day 729 is
the last).
"""

from typing import Any

import pytest

from analysis.qc import second_route
from tests.qc.build import dtc, patient, settings

NON = "NON-CR/NON-PD"


def answers(made: dict[str, Any], cutoff: int = 3500, **response: Any) -> dict[str, str]:
    """AVALC by PARAMCD of one patient under some settings of params.response."""
    found = second_route.recompute(patient(**made), settings(cutoff, response=response)).responses
    return dict(zip(found["PARAMCD"], found["AVALC"], strict=True))


def best(scans: str, *, more: dict[str, Any] | None = None, **response: Any) -> tuple[str, str]:
    """Confirmed and unconfirmed best overall response."""
    found = answers({"scans": scans} | (more or {}), **response)
    return found["CBOR"], found["BOR"]


# scans: confirmed, unconfirmed
TABLE = {
    "56 CR, 112 CR": ("CR", "CR"),
    "56 CR, 83 CR": ("SD", "CR"),  # 27 days
    "56 CR, 84 CR": ("CR", "CR"),  # 28 days
    "56 CR, 112 PR": ("SD", "CR"),
    "56 CR, 112 SD": ("SD", "CR"),
    "56 CR, 112 PD": ("SD", "CR"),
    "56 CR, 112 NE": ("SD", "CR"),
    "56 PR, 112 CR": ("PR", "CR"),
    "56 PR, 112 PR": ("PR", "PR"),
    "56 PR, 112 SD": ("SD", "PR"),
    "56 PR, 112 PD": ("SD", "PR"),
    "56 PR, 112 NE": ("SD", "PR"),
    "56 NE, 112 NE": ("NE", "NE"),
    "56 NE, 112 PD": ("PD", "PD"),
    "56 SD, 112 PD": ("SD", "SD"),
    "": ("NE", "NE"),
    # stable disease too early: RECIST's table, minimum not met
    "41 SD, 60 PD": ("PD", "PD"),
    "42 SD, 60 PD": ("SD", "SD"),
    "30 CR, 60 PD": ("PD", "CR"),
    "30 CR, 60 NE": ("NE", "CR"),
    "30 CR, 60 PR": ("PD", "CR"),  # the disease reappeared: PD at that point
    "30 PR, 57 PD": ("PD", "PR"),
    "41 SD": ("NE", "NE"),
    # what may lie between
    "56 PR, 112 NE, 168 PR": ("PR", "PR"),
    "56 PR, 112 NE, 168 NE, 224 PR": ("SD", "PR"),
    "56 PR, 112 SD, 168 PR": ("PR", "PR"),
    "56 PR, 112 SD, 168 SD, 224 PR": ("SD", "PR"),
    "56 PR, 112 NE, 168 SD, 224 PR": ("PR", "PR"),
    "56 CR, 112 NE, 168 CR": ("CR", "CR"),
    "56 CR, 112 SD, 168 CR": ("SD", "CR"),
    "56 PR, 70 CR, 84 CR": ("PR", "CR"),
    f"56 PR, 112 {NON}, 168 PR": ("SD", "PR"),
    # a CR that falls to PR ends the course
    "56 CR, 112 PR, 168 PR": ("SD", "CR"),
    "56 PR, 112 CR, 168 PR": ("PR", "CR"),
    "56 CR, 112 CR, 168 SD": ("CR", "CR"),
    "56 PR, 63 CR, 84 PR": ("SD", "CR"),
    # after the first PD nothing counts
    "56 PD, 112 PR, 168 PR": ("PD", "PD"),
    # non-target lesions only
    f"56 {NON}, 112 PD": (NON, NON),
    f"41 {NON}": ("NE", "NE"),
    f"56 {NON}, 112 SD": ("SD", "SD"),
    # month 24, the confirming scan included
    "673 PR, 729 PR": ("PR", "PR"),
    "673 PR, 730 PR": ("SD", "PR"),
    "730 CR, 786 CR": ("NE", "NE"),
}


@pytest.mark.parametrize("scans", TABLE)
def test_best_overall_response(scans: str) -> None:
    assert best(scans) == TABLE[scans]


# scans, setting, confirmed without it, confirmed with it
SWITCHES: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "confirmation": ("56 PR, 90 PR", {"confirmation_days": 35}, "PR", "SD"),
    "minimum SD": ("45 SD", {"minimum_sd_days": 49}, "SD", "NE"),
    "NE between": ("56 PR, 112 NE, 168 PR", {"max_ne_between": 0}, "PR", "SD"),
    "two NE between": ("56 CR, 84 NE, 112 NE, 168 CR", {"max_ne_between": 2}, "SD", "CR"),
    "SD between": ("56 PR, 112 SD, 168 PR", {"sd_between": 0}, "PR", "SD"),
    "no SD between two CR": ("56 CR, 112 SD, 168 CR", {"sd_between": 2, "cr_then_worse": "admiralonco"}, "SD", "SD"),
    "PR after CR": ("56 CR, 112 PR, 168 PR", {"cr_then_worse": "admiralonco"}, "SD", "PR"),
    "CR too early": ("30 CR, 60 PR", {"cr_then_worse": "admiralonco"}, "PD", "SD"),
    "PR after CR does not confirm": ("56 PR, 63 CR, 112 PR", {"cr_then_worse": "admiralonco"}, "SD", "SD"),
    "months": ("56 PR, 112 PR", {"max_months": 3}, "PR", "SD"),  # 91.3 days
}


@pytest.mark.parametrize("name", SWITCHES)
def test_switch_of_params(name: str) -> None:
    scans, chosen, without, having = SWITCHES[name]
    assert (best(scans)[0], best(scans, **chosen)[0]) == (without, having)


def test_the_reader_is_the_one_of_params() -> None:
    other = {"RSTESTCD": "OVRLRESP", "RSCAT": "RECIST 1.1", "RSEVAL": "INDEPENDENT ASSESSOR", "VISITNUM": 2.0}
    more = {"RS": [other | {"RSSTRESC": "SD", "RSDTC": dtc(56)}]}
    lesion = {"TUSTRESC": "TARGET", "TUDTC": dtc(-7), "VISITNUM": 1.0, "TUEVAL": "INDEPENDENT ASSESSOR"}
    more["TU"] = [lesion]
    assert best("56 PR, 112 PR", more=more) == ("PR", "PR")
    assert best("56 PR, 112 PR", more=more, reader="independent assessor") == ("SD", "SD")


def therapy(day: int) -> dict[str, Any]:
    return {"CM": [{"CMCAT": "SUBSEQUENT ANTICANCER THERAPY", "CMSTDTC": dtc(day)}]}


@pytest.mark.parametrize(("day", "confirmed"), [(112, "PR"), (111, "SD"), (55, "NE")])
def test_a_scan_on_the_day_of_new_therapy_counts_and_none_after_it(day: int, confirmed: str) -> None:
    assert best("56 PR, 112 PR", more=therapy(day))[0] == confirmed


def test_without_a_baseline_scan_nothing_can_be_judged() -> None:
    assert best("56 PR, 112 PR", more={"baseline": None}) == ("NE", "NE")


def test_response_and_disease_control_follow_the_best_response() -> None:
    found = answers({"scans": "56 PR, 112 SD"})
    assert [found[code] for code in ("RSP", "CRSP", "DC", "CDC")] == ["Y", "N", "Y", "Y"]
    found = answers({"scans": "30 CR, 60 PD"})
    assert [found[code] for code in ("RSP", "CRSP", "DC", "CDC")] == ["Y", "N", "Y", "N"]
    assert answers({"scans": f"56 {NON}"})["CDC"] == "Y"


# scans: benefit by assessment, by duration (both confirmed)
BENEFIT = {
    "112 SD, 160 SD": ("N", "N"),
    "112 SD, 161 SD": ("Y", "N"),
    "112 SD, 167 SD": ("Y", "N"),
    "112 SD, 168 SD": ("Y", "Y"),
    "113 SD, 169 PD": ("N", "Y"),  # the patient on whom the two rules disagree
    "113 SD, 167 PD": ("N", "N"),
    "42 SD, 168 PD": ("N", "Y"),  # 126 days: no gap
    "42 SD, 169 PD": ("N", "N"),  # 127 days: the PD does not count, the last assessment is on day 42
    "112 SD, 168 NE": ("N", "N"),
    "56 PR, 84 PR, 112 PD": ("Y", "N"),  # only by assessment does a response of any duration suffice
    "56 PR, 112 SD": ("N", "N"),
    "56 PR, 112 SD, 168 SD": ("Y", "Y"),  # an unconfirmed PR is stable disease
    "112 CR, 168 PR": ("N", "Y"),  # reappeared: no benefit assessment, but PD on day 168
    f"112 {NON}, 168 {NON}": ("Y", "Y"),
    "168 PD": ("N", "N"),
    "": ("N", "N"),
}


@pytest.mark.parametrize("scans", BENEFIT)
def test_clinical_benefit_by_both_rules(scans: str) -> None:
    by_assessment, by_duration = BENEFIT[scans]
    found = answers({"scans": scans})
    assert (found["CCB"], found["CBDUR"]) == (by_assessment, by_duration)
    found = answers({"scans": scans}, cbr_rule="duration")
    assert (found["CCB"], found["CBASM"]) == (by_duration, by_assessment)


def test_an_unconfirmed_response_is_a_benefit_where_confirmation_is_not_required() -> None:
    found = answers({"scans": "56 PR, 112 SD"})
    assert (found["CB"], found["CCB"]) == ("Y", "N")


def test_days_of_benefit_are_those_of_params() -> None:
    found = answers({"scans": "56 SD, 112 SD"}, cbr_days=112)
    assert (found["CCB"], found["CBDUR"]) == ("Y", "Y")


def test_nothing_after_new_therapy_is_a_benefit() -> None:
    found = answers({"scans": "112 SD, 168 SD, 200 PD"} | therapy(150))
    assert (found["CCB"], found["CBDUR"]) == ("N", "N")


END = {"DSCAT": "DISPOSITION EVENT", "DSSCAT": "STUDY PARTICIPATION", "DSDECOD": "WITHDRAWAL BY SUBJECT"}
CLINICAL = {"DSCAT": "DISPOSITION EVENT", "DSSCAT": "ANLOTINIB", "DSDECOD": "PROGRESSIVE DISEASE"}

# patient (cut-off on day 150): waits for a confirmation, for a benefit
AWAITING: dict[str, tuple[dict[str, Any], tuple[int, int]]] = {
    "one PR": ({"scans": "112 PR"}, (1, 1)),
    "PR, SD": ({"scans": "56 PR, 112 SD"}, (1, 1)),
    "PR, SD, SD cannot be confirmed any more": ({"scans": "56 PR, 84 SD, 112 SD"}, (0, 1)),
    "confirmed": ({"scans": "56 PR, 112 PR"}, (0, 0)),
    "SD": ({"scans": "112 SD"}, (0, 1)),
    "no scan yet": ({}, (0, 1)),
    "PD": ({"scans": "56 PR, 112 PD"}, (0, 0)),
    "new therapy": ({"scans": "112 PR"} | therapy(120), (0, 0)),
    "clinical progression": ({"scans": "112 PR", "DS": [CLINICAL | {"DSSTDTC": dtc(120)}]}, (0, 0)),
    "left the study": ({"scans": "112 PR", "DS": [END | {"DSSTDTC": dtc(120)}]}, (0, 0)),
    "dead": ({"scans": "112 PR", "death": 120}, (0, 0)),
    "no baseline": ({"scans": "112 PR", "baseline": None}, (0, 0)),
}


@pytest.mark.parametrize("name", AWAITING)
def test_who_awaits_a_confirmation_or_a_benefit(name: str) -> None:
    made, expected = AWAITING[name]
    found = second_route.recompute(patient(**made), settings(150)).values
    assert (found["orr.awaiting"], found["cbr.awaiting"]) == expected


@pytest.mark.parametrize(("cutoff", "waits"), [(728, 1), (729, 0)])
def test_nobody_waits_beyond_month_24(cutoff: int, waits: int) -> None:
    found = second_route.recompute(patient("700 PR"), settings(cutoff)).values
    assert found["orr.awaiting"] == waits


@pytest.mark.parametrize(
    ("made", "unassessed"),
    [({}, 1), ({"scans": "56 PR"} | therapy(20), 1), ({"scans": "56 NE"}, 0), ({"baseline": None}, 0)],
)
def test_who_has_no_assessment_that_counts(made: dict[str, Any], unassessed: int) -> None:
    found = second_route.recompute(patient(**made), settings()).values
    assert (found["bor.confirmed.ne"], found["bor.confirmed.ne_no_assessment"]) == (1, unassessed)
