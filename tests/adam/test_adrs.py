"""ADRS: what its records say of their source, the reasons, who awaits an assessment, and what must always hold."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import adam
from analysis.params import Params
from tests.adam.build import day, outcomes, params, patient, sdtm
from tests.adam.test_properties import HISTORY, SETTINGS

SUMMARIES = ["BOR", "CBOR", "RSP", "CRSP", "DC", "CDC", "CB", "CCB", "CBDUR"]
BEST_FIRST = ["CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE"]


def records(frames: dict[str, pl.DataFrame], given: Params | None = None) -> dict[str, dict[str, Any]]:
    """The summary records of the only patient by PARAMCD."""
    adrs = outcomes(frames, given)["ADRS"]
    return {row["PARAMCD"]: row for row in adrs.filter(pl.col("PARAMCD") != "OVRLRESP").to_dicts()}


def test_one_record_per_enrolled_patient_and_summary_parameter() -> None:
    frames = sdtm(
        patient("01", scans=[(56, "PR")]), patient("02"), patient("03", enrolled=None), patient("04", dosed=None)
    )
    adrs = adam.derive(frames, params())["ADRS"].frame
    summaries = adrs.filter(pl.col("PARAMCD") != "OVRLRESP")
    expected = [(paramcd, f"S-{name}") for paramcd in sorted(SUMMARIES) for name in ("01", "02", "04")]
    assert list(summaries.select("PARAMCD", "USUBJID").iter_rows()) == expected
    assert summaries.select("AVALC", "AVAL", "RULE", "AREASON", "STARTDT").null_count().sum_horizontal().item() == 0
    assert adrs.filter(pl.col("PARAMCD") == "OVRLRESP").height == 1


def test_the_other_rule_of_clinical_benefit_has_its_own_parameter() -> None:
    found = records(sdtm(patient()), params(response={"cbr_rule": "duration"}))
    assert sorted(found) == sorted({*SUMMARIES, "CBASM"} - {"CBDUR"})
    assert found["CBASM"]["PARAM"] == "Clinical benefit by the rule assessment, response confirmed"


def test_a_confirmed_response_names_both_its_records() -> None:
    found = records(sdtm(patient(scans=[(56, "SD"), (112, "PR"), (168, "NE"), (224, "CR"), (280, "CR")])))
    best = found["CBOR"]
    assert (best["AVALC"], best["AVAL"], best["RULE"]) == ("CR", 1, "cr_confirmed")
    assert (best["STARTDT"], best["ADT"], best["AELAPSED"], best["CONFDT"]) == (day(0), day(224), 224, day(280))
    assert (best["SRCDOM"], best["SRCVAR"], best["SRCSEQ"], best["CONFSEQ"]) == ("RS", "RSDTC", 4, 5)
    # the response itself began with the PR that the CR confirmed
    response = found["CRSP"]
    assert (response["AVALC"], response["AVAL"], response["ADT"], response["CONFDT"]) == ("Y", 1, day(112), day(224))
    assert (found["BOR"]["ADT"], found["BOR"]["SRCSEQ"], found["BOR"]["CONFDT"]) == (day(224), 4, None)


@pytest.mark.parametrize(
    ("history", "paramcd", "value", "rule", "elapsed"),
    [
        ([(30, "SD"), (56, "SD"), (112, "PD")], "CBOR", "SD", "sd", 56),
        ([(30, "SD"), (40, "PD")], "CBOR", "PD", "pd", 40),
        ([(30, "CR"), (58, "NE"), (86, "PR")], "CBOR", "PD", "reappeared", 86),
        ([(20, "NE"), (30, "PR")], "CBOR", "NE", "too_early", 30),
        ([(56, "NE"), (112, "NE")], "CBOR", "NE", "not_evaluable", 56),
        ([(112, "SD"), (168, "SD")], "CCB", "Y", "stable_assessment", 168),
        ([(112, "SD"), (168, "PD")], "CBDUR", "Y", "stable_duration", 168),
        ([(112, "SD"), (168, "SD")], "CBDUR", "Y", "stable_duration", 168),
        ([(56, "SD"), (112, "PD")], "CCB", "N", "no_benefit", None),
        ([(56, "SD"), (112, "PD")], "CRSP", "N", "no_response", None),
        ([(56, "PD")], "CDC", "N", "no_control", None),
    ],
)
def test_a_record_names_its_rule_and_its_assessment(
    history: list[tuple[int, str]], paramcd: str, value: str, rule: str, elapsed: int | None
) -> None:
    row = records(sdtm(patient(scans=history)))[paramcd]
    assert (row["AVALC"], row["RULE"], row["AELAPSED"]) == (value, rule, elapsed)
    assert (row["SRCSEQ"] is None) == (row["ADT"] is None) == (elapsed is None)


@pytest.mark.parametrize(
    ("what", "rule", "reason"),
    [
        ({}, "no_post_baseline", "No post-baseline assessment"),
        ({"dosed": None}, "no_post_baseline", "No post-baseline assessment"),
        ({"baseline": None, "scans": [(56, "PD")]}, "no_baseline", "No baseline tumour assessment"),
        (
            {"therapy": 50, "scans": [(56, "PD")], "death": 90},
            "new_therapy",
            "No post-baseline assessment before new anticancer therapy",
        ),
        ({"scans": [(730, "SD")]}, "window", "No post-baseline assessment within 24 months"),
        ({"death": 40}, "death", "Death before any post-baseline assessment"),
        ({"death": "2024"}, "death", "Death before any post-baseline assessment"),
        (
            {"left": ("WITHDRAWAL BY SUBJECT", 30)},
            "withdrawn",
            "Withdrawal from the study before any post-baseline assessment",
        ),
        ({"left": ("LOST TO FOLLOW-UP", 30)}, "lost", "Lost to follow-up before any post-baseline assessment"),
        ({"scans": [(56, "NE")]}, "not_evaluable", "Only assessments that are not evaluable"),
        (
            {"scans": [(41, "PR")]},
            "too_early",
            "CR, PR, SD or NON-CR/NON-PD only before 42 days after the start",
        ),
    ],
)
def test_not_evaluable_has_a_reason_and_is_no_response(what: dict[str, Any], rule: str, reason: str) -> None:
    found = records(sdtm(patient(**what)), params(4000))
    for paramcd in ("CBOR", "BOR") if rule != "too_early" else ("CBOR",):
        row = found[paramcd]
        assert (row["AVALC"], row["AVAL"], row["RULE"], row["AREASON"]) == ("NE", 6, rule, reason)
    assert {found[paramcd]["AVALC"] for paramcd in ("CRSP", "CDC", "CCB", "CBDUR")} == {"N"}


AWAITING = [
    ([(56, "PR")], {}, 100, True),
    ([(56, "CR"), (112, "NE")], {}, 120, True),
    ([(56, "PR"), (112, "SD")], {}, 120, True),
    ([(56, "PR"), (70, "PR")], {}, 75, True),
    # what lies between already disqualifies every later scan
    ([(56, "CR"), (112, "NE"), (168, "NE")], {}, 200, False),
    ([(56, "PR"), (112, "SD"), (168, "SD")], {}, 200, False),
    ([(56, "CR"), (112, "PR")], {}, 120, False),
    # no further assessment counts
    ([(56, "PR"), (112, "PD")], {}, 120, False),
    ([(56, "PR")], {"therapy": 90}, 100, False),
    ([(56, "PR")], {"death": 90}, 100, False),
    ([(56, "PR")], {"death": "2024"}, 400, False),
    ([(56, "PR")], {"clinical": 90}, 100, False),
    ([(56, "PR")], {"left": ("WITHDRAWAL BY SUBJECT", 90)}, 100, False),
    # the confirming scan has to lie within month 24, which ends on day 729
    ([(701, "PR")], {}, 728, True),
    ([(702, "PR")], {}, 728, False),
    ([(701, "PR")], {}, 729, False),
    # there is no response to confirm
    ([(56, "SD")], {}, 100, False),
    ([], {}, 30, False),
]


@pytest.mark.parametrize(("history", "more", "cutoff", "awaits"), AWAITING)
def test_responses_awaiting_confirmation(
    history: list[tuple[int, str]], more: dict[str, Any], cutoff: int, awaits: bool
) -> None:
    found = records(sdtm(patient(scans=history, dosed=(0, 20), **more)), params(cutoff))["CRSP"]
    assert (found["AVALC"], found["RULE"]) == ("N", "awaiting_confirmation" if awaits else "no_response")


@pytest.mark.parametrize(
    ("history", "more", "cutoff", "awaits"),
    [
        ([(56, "SD"), (112, "SD")], {}, 160, True),
        ([], {}, 30, True),
        ([(56, "NE")], {}, 100, True),
        ([(56, "PD")], {}, 100, False),
        ([(56, "CR"), (112, "SD")], {}, 120, False),
        ([(56, "SD")], {"therapy": 90}, 100, False),
        ([(56, "SD")], {"death": 90}, 100, False),
        ([(56, "SD")], {"left": ("LOST TO FOLLOW-UP", 90)}, 100, False),
        ([(56, "SD")], {"baseline": None}, 100, False),
        # past 24 weeks the assessment is late, not lost
        ([(56, "SD")], {}, 300, True),
        ([(56, "SD")], {}, 729, False),
    ],
)
@pytest.mark.parametrize("paramcd", ["CCB", "CBDUR"])
def test_patients_who_have_not_reached_the_assessment_of_benefit(
    paramcd: str, history: list[tuple[int, str]], more: dict[str, Any], cutoff: int, awaits: bool
) -> None:
    found = records(sdtm(patient(scans=history, dosed=(0, 20), **more)), params(cutoff))[paramcd]
    assert (found["AVALC"], found["RULE"]) == ("N", "awaiting_benefit" if awaits else "no_benefit")


def test_flags_of_the_assessments() -> None:
    history = [(-10, "SD"), (56, "PR"), (112, "PD"), (168, "SD"), (486, "SD"), (487, "SD")]
    # new therapy on the day of the progression; 16 months are exactly 487 days
    given = params(response={"max_months": 16})
    adrs = outcomes(sdtm(patient(scans=history, therapy=112)), given)["ADRS"]
    found = adrs.filter(pl.col("PARAMCD") == "OVRLRESP").select(
        "AELAPSED", "AVALC", "AVAL", "SRCSEQ", "ANL01FL", "ANL02FL", "ANL03FL", "ANL04FL"
    )
    assert found.rows() == [
        (56, "PR", 2, 2, "Y", "Y", "Y", "Y"),
        (112, "PD", 5, 3, "Y", "Y", "Y", "Y"),
        (168, "SD", 3, 4, "N", "N", "N", "Y"),
        (486, "SD", 3, 5, "N", "N", "N", "Y"),
        (487, "SD", 3, 6, "N", "N", "N", "N"),
    ]


@pytest.mark.parametrize(("switch", "counts"), [("recist", "YYN"), ("admiralonco", "YYY")])
def test_the_assessment_at_which_disease_reappears_is_the_last_that_counts(switch: str, counts: str) -> None:
    frames = sdtm(patient(scans=[(56, "CR"), (112, "PR"), (168, "PR")]))
    given = params(response={"cr_then_worse": switch})
    adrs = outcomes(frames, given)["ADRS"]
    assert "".join(adrs.filter(pl.col("PARAMCD") == "OVRLRESP")["ANL01FL"]) == counts
    asked = adam.queries(frames, given).filter(pl.col("RULE") == "cr_then_worse")
    expected = "PR after CR: taken as reappeared disease for the best response, not for PFS"
    assert asked["TEXT"].to_list() == ([expected] if switch == "recist" else [])
    # progression-free survival follows RS
    assert outcomes(frames, given)["ADTTE"].filter(pl.col("PARAMCD") == "PFS")["CNSREAS"].item() == "ONGOING"


def all_values(frames: dict[str, pl.DataFrame], **response: Any) -> dict[str, str]:
    given = SETTINGS.model_copy(update={"response": SETTINGS.response.model_copy(update=response)})
    return {paramcd: row["AVALC"] for paramcd, row in records(frames, given).items()}


@given(HISTORY)
def test_parameters_of_one_patient_agree(history: dict[str, Any]) -> None:
    found = all_values(sdtm(patient(**history)))
    assert sorted(found) == sorted(SUMMARIES)
    assert BEST_FIRST.index(found["BOR"]) <= BEST_FIRST.index(found["CBOR"])
    for best, response, control in (("BOR", "RSP", "DC"), ("CBOR", "CRSP", "CDC")):
        assert (found[response] == "Y") == (found[best] in ("CR", "PR"))
        assert (found[control] == "Y") == (found[best] in ("CR", "PR", "SD", "NON-CR/NON-PD"))
    for narrow, wide in (
        ("CRSP", "RSP"),
        ("CRSP", "CCB"),
        ("CCB", "CB"),
        ("CB", "DC"),
        ("CCB", "CDC"),
        ("CBDUR", "CDC"),
    ):
        assert found[narrow] == "N" or found[wide] == "Y"


@given(HISTORY)
def test_dates_are_those_of_assessments_that_count(history: dict[str, Any]) -> None:
    adrs = outcomes(sdtm(patient(**history)), SETTINGS)["ADRS"]
    counted = set(adrs.filter(pl.col("ANL01FL") == "Y")["ADT"])
    for row in adrs.filter(pl.col("PARAMCD") != "OVRLRESP").to_dicts():
        assert {row["ADT"], row["CONFDT"]} - {None} <= counted
        assert row["CONFDT"] is None or (row["CONFDT"] - row["ADT"]).days >= SETTINGS.response.confirmation_days


@given(HISTORY, st.integers(1, 100), st.sampled_from(["CR", "SD", "NE"]))
def test_an_assessment_after_progression_changes_nothing(history: dict[str, Any], later: int, response: str) -> None:
    progressed = [when for when, what, _ in history["scans"] if what == "PD"]
    # (a partial date of death leans on the last date known alive, which any scan may move)
    history = history | {"death": None, "scans": [*history["scans"], (400, "PD", None)]}
    more = history | {"scans": [*history["scans"], (min([*progressed, 400]) + later, response, None)]}
    assert all_values(sdtm(patient(**history))) == all_values(sdtm(patient(**more)))


@given(HISTORY)
def test_stricter_rules_never_add_a_response(history: dict[str, Any]) -> None:
    frames = sdtm(patient(**history))
    usual = all_values(frames)["CRSP"]
    for strict in ({"confirmation_days": 56}, {"max_ne_between": 0}, {"sd_between": 0}, {"max_months": 12.0}):
        assert usual == "Y" or all_values(frames, **strict)["CRSP"] == "N"
    assert usual == "N" or all_values(frames, cr_then_worse="admiralonco")["CRSP"] == "Y"
