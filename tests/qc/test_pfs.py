"""The second route's PFS, rule by rule, on one made-up patient each.

Expected are day numbers since enrolment (day 0), worked out by hand from the plan: scans every 56 days with a window of
7, an event is after a gap when more than 2 x (56 + 7) = 126 days have passed since the last adequate assessment.
"""

from typing import Any

import pytest

from tests.qc.build import EVERY_SET, dtc, patient, pfs, records, settings

UNIFORM = ("fda_uniform_dates", "fda_investigator")
PD, DEATH, CLINICAL = "PD", "death", "clinical"

Found = tuple[int, str | None]


def all_sets(day: int, event: str | None = None, **others: Found) -> dict[str, Found]:
    """The same outcome in every set, but for `uniform` (both sets with scheduled dates) and sets by name."""
    expected = dict.fromkeys(EVERY_SET, (day, event))
    if (both := others.pop("uniform", None)) is not None:
        expected |= dict.fromkeys(UNIFORM, both)
    return expected | others


def therapy(when: int | str | None) -> list[dict[str, Any]]:
    return [{"CMCAT": "SUBSEQUENT ANTICANCER THERAPY", "CMSTDTC": dtc(when)}]


def stopped(when: int | str) -> list[dict[str, Any]]:
    """Treatment stopped for a progression that no scan showed."""
    return [
        {"DSCAT": "DISPOSITION EVENT", "DSSCAT": "ANLOTINIB", "DSDECOD": "PROGRESSIVE DISEASE", "DSSTDTC": dtc(when)}
    ]


CASES: dict[str, tuple[dict[str, Any], dict[str, Found]]] = {
    "first progression": ({"scans": "56 SD 57, 112 PD 113, 168 PD 169"}, all_sets(112, PD)),
    "death": ({"scans": "56 SD 57", "death": 90}, all_sets(90, DEATH)),
    "death on the day of progression": ({"scans": "56 PD 57", "death": 56}, all_sets(56, PD)),
    "death on the day of enrolment": ({"doses": [], "death": 0}, all_sets(0, DEATH)),
    "death before enrolment is taken as that day": ({"doses": [], "death": -3}, all_sets(0, DEATH)),
    "neither": ({"scans": "56 SD 57, 112 PR 113, 168 NE 169"}, all_sets(112)),
    "no scan after baseline": ({}, all_sets(0)),
    "nothing evaluable": ({"scans": "56 NE 57, 112 NE 113"}, all_sets(0)),
    "a response nobody knows is not evaluable": ({"scans": "56 SD 57, 112 CHECK 113"}, all_sets(56)),
    "progression on or before day 0 does not count": ({"scans": "-2 PD, 0 PD, 56 SD 57"}, all_sets(56)),
    # the gap, on both sides of 126 days
    "progression 126 days after the last scan": ({"scans": "56 SD 57, 182 PD 183"}, all_sets(182, PD)),
    "progression 127 days after the last scan": ({"scans": "56 SD 57, 183 PD 184"}, all_sets(56, ema=(183, PD))),
    "death 126 days after the last scan": ({"scans": "56 SD 57", "death": 182}, all_sets(182, DEATH)),
    "death 127 days after the last scan": ({"scans": "56 SD 57", "death": 183}, all_sets(56, ema=(183, DEATH))),
    "death 126 days after enrolment": ({"death": 126}, all_sets(126, DEATH)),
    "death 127 days after enrolment": ({"death": 127}, all_sets(0, ema=(127, DEATH))),
    "a scan on the day of death closes the gap": ({"scans": "300 SD 297", "death": 300}, all_sets(300, DEATH)),
    "not evaluable does not close the gap": (
        {"scans": "56 SD 57, 180 NE, 183 PD"},
        all_sets(56, ema=(183, PD)),
    ),
    "only the gap just before the event counts": ({"scans": "56 SD 57, 280 SD 281, 336 PD 337"}, all_sets(336, PD)),
    # actual: 60 to 187 is 127 days; scheduled, 56 to 182, would be 126. Scheduled dates only say when.
    "actual dates decide on the gap": (
        {"scans": "60 SD 57, 187 PD 183"},
        all_sets(60, uniform=(56, None), ema=(187, PD)),
    ),
    # actual: 63 to 189 is 126 days, scheduled 56 to 196 would be 140
    "scheduled dates do not": (
        {"scans": "63 SD 57, 189 PD 197"},
        all_sets(189, PD, uniform=(196, PD)),
    ),
    # new therapy
    "therapy the day before progression": (
        {"scans": "56 SD 57, 112 PD 113", "CM": therapy(111)},
        all_sets(56, ema=(112, PD)),
    ),
    "therapy on the day of progression": ({"scans": "56 SD 57, 112 PD 113", "CM": therapy(112)}, all_sets(112, PD)),
    "therapy on the day of a scan comes after it": (
        {"scans": "56 SD 57, 112 PD 113", "CM": therapy(56)},
        all_sets(56, ema=(112, PD)),
    ),
    "therapy before any scan": ({"scans": "56 SD 57, 112 PD 113", "CM": therapy(55)}, all_sets(0, ema=(112, PD))),
    "therapy on the day of enrolment is not after it": ({"scans": "56 PD 57", "CM": therapy(0)}, all_sets(56, PD)),
    "therapy before death": ({"scans": "56 SD 57", "death": 90, "CM": therapy(89)}, all_sets(56, ema=(90, DEATH))),
    "therapy on the day of death": ({"scans": "56 SD 57", "death": 90, "CM": therapy(90)}, all_sets(90, DEATH)),
    "therapy without an event": ({"scans": "56 SD 57, 112 SD 113", "CM": therapy(80)}, all_sets(56, ema=(112, None))),
    "another category is no new therapy": (
        {"scans": "56 PD 57", "CM": [therapy(20)[0] | {"CMCAT": "CONCOMITANT MEDICATION"}]},
        all_sets(56, PD),
    ),
    # therapy on day 60 censors at 56, the gap from 112 to 300 at 112: the earlier wins
    "therapy and a gap": (
        {"scans": "56 SD 57, 112 SD 113, 300 PD 297", "CM": therapy(60)},
        all_sets(56, ema=(300, PD)),
    ),
    # the gap censors at 56, therapy on day 250 has no later scan to censor at
    "a gap, then therapy": ({"scans": "56 SD 57, 300 PD 297", "CM": therapy(250)}, all_sets(56, ema=(300, PD))),
    # no baseline
    "no baseline scan": ({"baseline": None, "scans": "56 SD 57, 112 PD 113"}, all_sets(0)),
    "no baseline scan, death within the gap": ({"baseline": None, "death": 126}, all_sets(126, DEATH)),
    "no baseline scan, death after the gap": ({"baseline": None, "death": 127}, all_sets(0)),
    "no baseline scan, death within the gap after a scan only": (
        {"baseline": None, "scans": "56 SD 57", "death": 130},
        all_sets(0),
    ),
    "first scan the day after the first dose": ({"baseline": 1, "scans": "56 PD 57"}, all_sets(0)),
    "first scan on the day of the first dose": ({"baseline": 0, "scans": "56 PD 57"}, all_sets(56, PD)),
    "never dosed, scan after enrolment": ({"doses": [], "baseline": 1, "scans": "56 PD 57"}, all_sets(0)),
    # clinical progression: the next scheduled day after day 70 is 112
    "clinical progression only": (
        {"scans": "56 SD 57", "DS": stopped(70)},
        all_sets(56, fda_investigator=(112, CLINICAL)),
    ),
    "clinical progression beside one in RS": (
        {"scans": "56 SD 57, 168 PD 169", "DS": stopped(70)},
        all_sets(168, PD),
    ),
    "clinical progression, then death": (
        {"scans": "56 SD 57", "DS": stopped(70), "death": 90},
        all_sets(90, DEATH, fda_investigator=(90, CLINICAL)),
    ),
    "clinical progression on the day of death": (
        {"scans": "56 SD 57", "DS": stopped(90), "death": 90},
        all_sets(90, DEATH, fda_investigator=(90, CLINICAL)),
    ),
    "clinical progression after a gap": ({"scans": "56 SD 57", "DS": stopped(183)}, all_sets(56)),
    "clinical progression without a day": ({"scans": "56 SD 57", "DS": stopped("2024-03")}, all_sets(56)),
    # scheduled dates: study day 113 is day 112
    "progression read early": ({"scans": "56 SD 57, 109 PD 113"}, all_sets(109, PD, uniform=(112, PD))),
    "progression read late": ({"scans": "56 SD 57, 117 PD 113"}, all_sets(117, PD, uniform=(112, PD))),
    "unscheduled progression": ({"scans": "56 SD 57, 60 PD"}, all_sets(60, PD, uniform=(112, PD))),
    "unscheduled progression before the first scan": ({"scans": "20 PD"}, all_sets(20, PD, uniform=(56, PD))),
    "unscheduled progression on a scheduled day": ({"scans": "112 PD"}, all_sets(112, PD)),
    "never reported after death": (
        {"scans": "56 SD 57, 60 PD", "death": 70},
        all_sets(60, PD, uniform=(70, PD)),
    ),
    "last scan early": ({"scans": "50 SD 57"}, all_sets(50, uniform=(56, None))),
    "last scan unscheduled": ({"scans": "56 SD 57, 75 SD"}, all_sets(75)),
}


@pytest.mark.parametrize("name", CASES)
def test_rule(name: str) -> None:
    made, expected = CASES[name]
    assert pfs(patient(**made)) == expected


@pytest.mark.parametrize("when", [None, "2024"])
def test_undated_therapy_follows_the_end_of_the_drug(when: str | None) -> None:
    """Anlotinib ends on day 60, so the therapy is on day 61, between the scans."""
    end = [{"DSCAT": "DISPOSITION EVENT", "DSSCAT": "ANLOTINIB", "DSDECOD": "OTHER", "DSSTDTC": "2024-03-01"}]
    made = patient("56 SD 57, 112 PD 113", doses=[(0, None)], DS=end, CM=therapy(when))
    assert pfs(made, settings(cutoff=400))["fda"] == (56, None)


def test_an_event_is_not_reported_after_the_cutoff() -> None:
    found = pfs(patient("56 SD 57, 90 PD"), settings(cutoff=100))
    assert found == all_sets(90, PD, uniform=(100, PD))


# 60 months are 1826.25 days: the last day inside has duration 1826, elapsed 1825
@pytest.mark.parametrize(
    ("scans", "death", "expected"),
    [
        ("1792 SD 1793", 1825, all_sets(1825, DEATH)),
        ("1792 SD 1793", 1826, all_sets(1792)),
        ("1792 SD 1793, 1825 PD", None, all_sets(1825, PD, uniform=(1792, None))),  # next scheduled: 1848
        ("1792 SD 1793, 1826 PD", None, all_sets(1792)),
        ("1792 SD 1793, 1825 SD", None, all_sets(1825)),
        ("1792 SD 1793, 1826 SD", None, all_sets(1792)),
    ],
)
def test_window_of_60_months(scans: str, death: int | None, expected: dict[str, Found]) -> None:
    assert pfs(patient(scans, death=death)) == expected


@pytest.mark.parametrize(("day", "expected"), [(141, (141, PD)), (142, (15, None))])
def test_from_first_dose_the_gap_starts_there(day: int, expected: Found) -> None:
    """First dose 15 days after enrolment: day 141 is 126 days later, and day 1 is day 15."""
    found = pfs(patient(f"{day} PD", doses=[(15, 200)]), settings(pfs={"start": "first_dose"}))
    assert found["fda"] == expected


def test_from_first_dose_a_patient_without_a_dose_has_no_pfs() -> None:
    found = records(patient("56 PD 57", doses=[]), settings(pfs={"start": "first_dose"}))
    assert list(found.index) == ["OS", "PFSENR", "TTF"]  # that from enrolment is the other start's
