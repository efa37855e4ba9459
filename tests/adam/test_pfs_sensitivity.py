"""PFS from the other start, by recomputed responses and as intervals; and why a patient is counted differently.

Days are elapsed days after enrolment, so that a time is one day longer; the gap is 126 elapsed days.
"""

from typing import Any

import polars as pl
import pytest

from analysis import adam
from analysis.params import Params
from tests.adam.build import day, outcomes, params, patient, sdtm

PD, DEATH, CLINICAL = "Disease progression", "Death", "Clinical progression"


def records(given: Params | None = None, **history: Any) -> dict[str, dict[str, Any]]:
    """The PFS records of the only patient by PARAMCD."""
    rows = outcomes(sdtm(patient(**history)), given)["ADTTE"]
    return {row["PARAMCD"]: row for row in rows.filter(pl.col("PARAMCD").str.starts_with("PFS")).to_dicts()}


def ends(row: dict[str, Any]) -> tuple[int, str]:
    return (row["ADT"] - day(0)).days, row["CNSREAS"] or row["EVNTDESC"]


def days(months: float | None) -> float | None:
    return None if months is None else round(months * 30.4375, 6)


# after this many days, and by this many
INTERVALS: dict[str, tuple[dict[str, Any], tuple[float, float | None]]] = {
    "progression at a scan": ({"scans": [(56, "SD"), (112, "PD")]}, (57, 113)),
    "progression at the first scan": ({"scans": [(56, "PD")]}, (1, 57)),
    "a scan that cannot be judged excludes nothing": ({"scans": [(56, "SD"), (112, "NE"), (168, "PD")]}, (57, 169)),
    "missed scans widen the interval": ({"scans": [(56, "SD"), (280, "PD")]}, (57, 281)),
    "done on another day than scheduled": ({"scans": [(52, "SD", 57), (116, "PD", 113)]}, (53, 117)),
    "free of progression": ({"scans": [(56, "SD"), (112, "SD")]}, (113, None)),
    "death within the gap is exact": ({"scans": [(56, "SD")], "death": 182}, (183, 183)),
    "progression may have come before a death after the gap": ({"scans": [(56, "SD")], "death": 183}, (57, 184)),
    "death before any scan": ({"death": 40}, (41, 41)),
    "death on the first day": ({"death": 0, "dosed": None}, (1, 1)),
    "new therapy censors as in the primary set": (
        {"scans": [(56, "SD"), (112, "PD")], "therapy": 60},
        (57, None),
    ),
    "no baseline scan": ({"baseline": None, "scans": [(56, "SD")]}, (1, None)),
}


@pytest.mark.parametrize("name", INTERVALS)
def test_interval(name: str) -> None:
    history, (after, until) = INTERVALS[name]
    row = records(**history)["PFSIC"]
    assert (days(row["LAVAL"]), days(row["RAVAL"])) == (after, until)
    assert row["CNSR"] == (until is None)
    assert days(row["AVAL"]) == (after if until is None else until)


def test_the_interval_of_a_set_of_scheduled_dates_has_the_actual_ones() -> None:
    given = params(pfs={"rule_set": "fda_investigator", "sensitivity_sets": []})
    row = records(given, scans=[(52, "SD", 57), (110, "PD", 113)])["PFSIC"]
    assert (days(row["LAVAL"]), days(row["RAVAL"])) == (53, 111)
    claimed = records(given, scans=[(56, "SD")], clinical=70)["PFSIC"]
    assert (days(claimed["LAVAL"]), days(claimed["RAVAL"]), claimed["EVNTDESC"]) == (57, 71, CLINICAL)


def test_other_parameters_have_no_bounds() -> None:
    row = records(scans=[(56, "PD")])["PFS"]
    assert (row["LAVAL"], row["RAVAL"], row["CHGPRIM"], row["CHGRULE"]) == (None, None, None, None)


def test_from_the_first_dose_as_sensitivity() -> None:
    found = records(scans=[(56, "SD"), (112, "PD")], dosed=(5, 300))
    assert (found["PFS"]["STARTDT"], found["PFSFD"]["STARTDT"]) == (day(0), day(5))
    assert days(found["PFSFD"]["AVAL"]) == 108
    assert "PFSENR" not in found
    assert "PFSFD" not in records(dosed=None)


def test_from_enrolment_where_the_first_dose_is_primary() -> None:
    first_dose = params(pfs={"start": "first_dose"})
    found = records(first_dose, scans=[(56, "PD")], dosed=(5, 300))
    assert (days(found["PFS"]["AVAL"]), days(found["PFSENR"]["AVAL"])) == (52, 57)
    never = records(first_dose, dosed=None)
    assert set(never) == {"PFSENR"}
    assert (never["PFSENR"]["CHGPRIM"], never["PFSENR"]["CHGRULE"]) == ("ADDED", "START")


def lesion(when: int, number: int, size: int) -> dict[str, list[dict[str, Any]]]:
    """One target lesion, measured at a visit."""
    visit = {"VISITNUM": float(number), "VISIT": f"V{number}", "TRDTC": day(when).isoformat()}
    reading = {"TRTESTCD": "LDIAM", "TRSTRESN": float(size), "TRSTRESC": str(size), "TRLNKID": "T01"}
    return {"TR": [visit | reading | {"TRGRPID": "TARGET", "TREVAL": "INVESTIGATOR"}]}


def test_recomputed_responses_take_the_place_of_the_reader() -> None:
    measured: dict[str, list[dict[str, Any]]] = {"TR": []}
    for when, number, size in ((-10, 1, 50), (56, 2, 50), (112, 3, 80), (168, 4, 90)):
        measured["TR"] += lesion(when, number, size)["TR"]
    found = records(scans=[(56, "SD"), (112, "SD"), (168, "PD")], more=measured)
    assert ends(found["PFS"]) == (168, PD)
    assert ends(found["PFSREC"]) == (112, PD)  # 50 to 80 mm is more than 20 % and 5 mm
    assert (found["PFSREC"]["CHGPRIM"], found["PFSREC"]["CHGRULE"]) == ("TIME CHANGED", "READER")


def test_without_lesion_measurements_nothing_is_recomputed() -> None:
    assert "PFSREC" not in records(scans=[(56, "PD")])


# primary set, PARAMCD of the other, history, (CHGPRIM, CHGRULE)
CHANGES: dict[str, tuple[str, str, dict[str, Any], tuple[str | None, str | None]]] = {
    "the same": ("fda", "PFSEMA", {"scans": [(56, "PD")]}, (None, None)),
    "therapy counted through": (
        "fda",
        "PFSEMA",
        {"scans": [(56, "SD"), (112, "PD")], "therapy": 60},
        ("EVENT GAINED", "NEW_THERAPY"),
    ),
    "therapy, and no event later": (
        "fda",
        "PFSEMA",
        {"scans": [(56, "SD"), (112, "SD")], "therapy": 60},
        ("TIME CHANGED", "NEW_THERAPY"),
    ),
    "the reverse": (
        "ema",
        "PFSFDA",
        {"scans": [(56, "SD"), (112, "PD")], "therapy": 60},
        ("EVENT LOST", "NEW_THERAPY"),
    ),
    "gap counted through": ("fda", "PFSEMA", {"scans": [(56, "SD")], "death": 183}, ("EVENT GAINED", "GAP")),
    "gap as an interval": ("fda", "PFSIC", {"scans": [(56, "SD")], "death": 183}, ("EVENT GAINED", "GAP")),
    "a set that censors gaps": ("ema", "PFSFDA", {"scans": [(56, "SD")], "death": 183}, ("EVENT LOST", "GAP")),
    "clinical progression claimed": (
        "fda",
        "PFSINV",
        {"scans": [(56, "SD")], "clinical": 70},
        ("EVENT GAINED", "CLINICAL"),
    ),
    "clinical progression not counted": (
        "fda_investigator",
        "PFSFDA",
        {"scans": [(56, "SD")], "clinical": 70},
        ("EVENT LOST", "CLINICAL"),
    ),
    "clinical progression before therapy": (
        "fda",
        "PFSINV",
        {"scans": [(56, "SD")], "clinical": 70, "therapy": 71},
        ("EVENT GAINED", "CLINICAL"),
    ),
    "clinical progression, then death": (
        "fda",
        "PFSINV",
        {"scans": [(56, "SD")], "clinical": 70, "death": 130},
        ("TIME CHANGED", "CLINICAL"),
    ),
    "scheduled date": ("fda", "PFSUNI", {"scans": [(56, "SD"), (118, "PD", 113)]}, ("TIME CHANGED", "DATES")),
    "scheduled date of a censoring": ("fda", "PFSUNI", {"scans": [(52, "SD", 57)]}, ("TIME CHANGED", "DATES")),
    "another start": ("fda", "PFSFD", {"scans": [(56, "PD")], "dosed": (5, 300)}, ("TIME CHANGED", "START")),
    "dosed on the day of enrolment": ("fda", "PFSFD", {"scans": [(56, "PD")]}, (None, None)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_change(name: str) -> None:
    primary, paramcd, history, expected = CHANGES[name]
    others = [rule_set for rule_set in ("fda", "fda_uniform_dates", "fda_investigator", "ema") if rule_set != primary]
    row = records(params(pfs={"rule_set": primary, "sensitivity_sets": others}), **history)[paramcd]
    assert (row["CHGPRIM"], row["CHGRULE"]) == expected


def test_a_gap_that_only_one_start_has() -> None:
    found = records(death=128, dosed=(5, 90))
    assert (ends(found["PFS"]), ends(found["PFSFD"])) == ((0, "GAP"), (128, DEATH))
    assert (found["PFSFD"]["CHGPRIM"], found["PFSFD"]["CHGRULE"]) == ("EVENT GAINED", "START")


def test_the_other_start_asks_no_queries() -> None:
    early = sdtm(patient(scans=[(3, "PD"), (56, "PD")], dosed=(5, 300)))
    assert "start" not in adam.queries(early, params())["RULE"].to_list()
    assert "start" in adam.queries(early, params(pfs={"start": "first_dose"}))["RULE"].to_list()
