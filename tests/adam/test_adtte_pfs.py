"""PFS by rule and by set, one hand-made patient each.

Days are elapsed days after enrolment. Expected is (day, what): an event's EVNTDESC, or the reason code of a censoring.
The schedule is every 56 days (elapsed 56, 112, 168, ...); the gap is 2 x 56 + 2 x 7 = 126 elapsed days.
"""

from typing import Any

import polars as pl
import pytest

from analysis import adam
from tests.adam.build import day, outcomes, params, patient, sdtm

SETS = {"fda": "PFS", "uniform": "PFSUNI", "investigator": "PFSINV", "ema": "PFSEMA"}
PD, DEATH, CLINICAL = "Disease progression", "Death", "Clinical progression"
THERAPY = "NEW_THERAPY"


def pfs(frames: dict[str, pl.DataFrame], settings: Any = None) -> dict[str, tuple[int, str]]:
    """Set -> (elapsed day, event or reason) of the only patient."""
    adtte = outcomes(frames, settings)["ADTTE"]
    found = {}
    for name, paramcd in SETS.items():
        row = adtte.filter(pl.col("PARAMCD") == paramcd).row(0, named=True)
        assert (row["CNSR"] == 0) == (row["CNSREAS"] is None)
        found[name] = ((row["ADT"] - day(0)).days, row["CNSREAS"] or row["EVNTDESC"])
    return found


def everywhere(elapsed: int, what: str, **others: tuple[int, str]) -> dict[str, tuple[int, str]]:
    """The same in every set but for the ones named."""
    return dict.fromkeys(SETS, (elapsed, what)) | others


CASES: dict[str, tuple[dict[str, Any], dict[str, tuple[int, str]]]] = {
    "progression": ({"scans": [(56, "SD"), (112, "PD")]}, everywhere(112, PD)),
    "first of two progressions": ({"scans": [(56, "PD"), (112, "PD")]}, everywhere(56, PD)),
    "response after progression is not read": ({"scans": [(56, "PD"), (112, "SD")]}, everywhere(56, PD)),
    "no progression": ({"scans": [(56, "SD"), (112, "NON-CR/NON-PD")]}, everywhere(112, "ONGOING")),
    "not evaluable at the end": ({"scans": [(56, "PR"), (112, "NE")]}, everywhere(56, "ONGOING")),
    "never scanned again": ({}, everywhere(0, "NO_POST_BASELINE")),
    "only not evaluable": ({"scans": [(56, "NE")]}, everywhere(0, "NO_POST_BASELINE")),
    "death without progression": ({"scans": [(56, "SD")], "death": 100}, everywhere(100, DEATH)),
    "progression and death on one day": ({"scans": [(56, "PD")], "death": 56}, everywhere(56, PD)),
    "death on the day of enrolment": ({"death": 0, "dosed": None}, everywhere(0, DEATH)),
    "withdrawn": ({"scans": [(56, "SD")], "left": ("WITHDRAWAL BY SUBJECT", 90)}, everywhere(56, "WITHDRAWN")),
    "lost": ({"scans": [(56, "SD")], "left": ("LOST TO FOLLOW-UP", 90)}, everywhere(56, "LOST")),
    "death in an unknown month": ({"scans": [(56, "SD")], "death": "2024"}, everywhere(56, "DEATH_UNDATED")),
    # 56 + 126 = 182 is within the gap, 183 is after it
    "progression 126 days after a scan": ({"scans": [(56, "SD"), (182, "PD", 183)]}, everywhere(182, PD)),
    "progression 127 days after a scan": (
        {"scans": [(56, "SD"), (183, "PD", 184)]},
        everywhere(56, "GAP", ema=(183, PD)),
    ),
    "death 126 days after a scan": ({"scans": [(56, "SD")], "death": 182}, everywhere(182, DEATH)),
    "death 127 days after a scan": ({"scans": [(56, "SD")], "death": 183}, everywhere(56, "GAP", ema=(183, DEATH))),
    "death 126 days after the start": ({"death": 126}, everywhere(126, DEATH)),
    "death 127 days after the start": ({"death": 127}, everywhere(0, "GAP", ema=(127, DEATH))),
    # the scan at 112 cannot be evaluated, so the gap counts from 56
    "not evaluable does not end a gap": (
        {"scans": [(56, "SD"), (112, "NE"), (183, "PD", 184)]},
        everywhere(56, "GAP", ema=(183, PD)),
    ),
    # 56 to 190 is a gap, but 190 to 246 is not
    "an earlier gap does not matter": (
        {"scans": [(56, "SD"), (190, "SD", 190), (246, "PD", 247)]},
        everywhere(246, PD),
    ),
    "a gap without an event": ({"scans": [(56, "SD"), (300, "SD", 301)]}, everywhere(300, "ONGOING")),
    # actual dates decide on the gap: 60 to 187 is 127 days, scheduled dates would be 126 days apart; the date of the
    # last adequate assessment becomes its scheduled one, elapsed day 56
    "actual dates decide on the gap": (
        {"scans": [(60, "SD", 57), (187, "PD", 183)]},
        {
            "fda": (60, "GAP"),
            "uniform": (56, "GAP"),
            "investigator": (56, "GAP"),
            "ema": (187, PD),
        },
    ),
    "therapy the day before progression": (
        {"scans": [(56, "SD"), (112, "PD")], "therapy": 111},
        everywhere(56, THERAPY, ema=(112, PD)),
    ),
    "therapy on the day of progression": ({"scans": [(56, "SD"), (112, "PD")], "therapy": 112}, everywhere(112, PD)),
    "therapy after progression": ({"scans": [(56, "PD")], "therapy": 60}, everywhere(56, PD)),
    "therapy on the day of a scan": (
        {"scans": [(56, "SD"), (112, "SD"), (168, "PD")], "therapy": 112},
        everywhere(112, THERAPY, ema=(168, PD)),
    ),
    "therapy before the first scan": (
        {"scans": [(56, "SD")], "therapy": 20},
        everywhere(0, THERAPY, ema=(56, "ONGOING")),
    ),
    "therapy without an event": (
        {"scans": [(56, "SD"), (112, "SD")], "therapy": 111},
        everywhere(56, THERAPY, ema=(112, "ONGOING")),
    ),
    "therapy before death": (
        {"scans": [(56, "SD")], "therapy": 99, "death": 100},
        everywhere(56, THERAPY, ema=(100, DEATH)),
    ),
    "therapy on the day of death": ({"scans": [(56, "SD")], "therapy": 100, "death": 100}, everywhere(100, DEATH)),
    "therapy on the day of enrolment is not after it": (
        {"scans": [(56, "PD")], "therapy": 0},
        everywhere(56, PD),
    ),
    "the first of two therapies": (
        {"scans": [(56, "SD"), (112, "SD"), (168, "PD")], "therapy": [150, 100]},
        everywhere(56, THERAPY, ema=(168, PD)),
    ),
    # therapy censors at 56, the gap (168 to 300) at 168
    "therapy and gap: the earlier date": (
        {"scans": [(56, "SD"), (112, "SD"), (168, "SD"), (300, "PD", 301)], "therapy": 100},
        everywhere(56, THERAPY, ema=(300, PD)),
    ),
    "no baseline scan": ({"baseline": None, "scans": [(56, "SD"), (112, "PD")]}, everywhere(0, "NO_BASELINE")),
    "no baseline scan, baseline after the first dose": (
        {"baseline": 1, "scans": [(56, "PD")]},
        everywhere(0, "NO_BASELINE"),
    ),
    "no baseline scan, death 126 days after the start": ({"baseline": None, "death": 126}, everywhere(126, DEATH)),
    "no baseline scan, death 127 days after the start": (
        {"baseline": None, "death": 127},
        everywhere(0, "NO_BASELINE"),
    ),
    # without a baseline neither the PD at 56 nor the scan at 112 can be judged: the death at 120 is within 126 of day 0
    "no baseline scan, progression then death": (
        {"baseline": None, "scans": [(56, "PD"), (112, "SD")], "death": 120},
        everywhere(120, DEATH),
    ),
    "no baseline scan, scanned, late death": (
        {"baseline": None, "scans": [(56, "SD"), (112, "SD")], "death": 130},
        everywhere(0, "NO_BASELINE"),
    ),
    "no baseline scan, therapy then death": (
        {"baseline": None, "therapy": 50, "death": 100},
        everywhere(0, THERAPY, ema=(100, DEATH)),
    ),
    # claimed on day 70, unscheduled: the next scheduled date is 112
    "clinical progression only": (
        {"scans": [(56, "SD")], "clinical": 70},
        everywhere(56, "CLINICAL_PD", investigator=(112, CLINICAL)),
    ),
    "clinical progression, then death": (
        {"scans": [(56, "SD")], "clinical": 70, "death": 100},
        everywhere(100, DEATH, investigator=(100, CLINICAL)),
    ),
    "clinical progression, then therapy": (
        {"scans": [(56, "SD")], "clinical": 70, "therapy": 71},
        everywhere(56, THERAPY, investigator=(112, CLINICAL), ema=(56, "CLINICAL_PD")),
    ),
    "clinical progression after therapy": (
        {"scans": [(56, "SD")], "clinical": 70, "therapy": 69},
        everywhere(56, THERAPY, ema=(56, "CLINICAL_PD")),
    ),
    "clinical progression after a gap": (
        {"scans": [(56, "SD")], "clinical": 183},
        everywhere(56, "CLINICAL_PD", investigator=(56, "GAP")),
    ),
    "a radiological progression is not clinical only": (
        {"scans": [(56, "SD"), (112, "PD")], "clinical": 70},
        everywhere(112, PD),
    ),
    "clinical progression without a full date": (
        {"scans": [(56, "SD")], "clinical": "2024-03"},
        everywhere(56, "ONGOING"),
    ),
    "no baseline scan, clinical progression": (
        {"baseline": None, "clinical": 70},
        everywhere(0, "NO_BASELINE"),
    ),
    # uniform dates: done early (day 110) or late (118) for study day 113, elapsed 112
    "progression before its scheduled date": (
        {"scans": [(56, "SD"), (110, "PD", 113)]},
        everywhere(110, PD, uniform=(112, PD), investigator=(112, PD)),
    ),
    "progression after its scheduled date": (
        {"scans": [(56, "SD"), (118, "PD", 113)]},
        everywhere(118, PD, uniform=(112, PD), investigator=(112, PD)),
    ),
    "unscheduled progression": (
        {"scans": [(56, "SD"), (70, "PD")]},
        everywhere(70, PD, uniform=(112, PD), investigator=(112, PD)),
    ),
    "unscheduled progression on a scheduled day": ({"scans": [(56, "SD"), (112, "PD", None)]}, everywhere(112, PD)),
    "unscheduled progression, death before the next scan": (
        {"scans": [(56, "SD"), (70, "PD")], "death": 90},
        everywhere(70, PD, uniform=(90, PD), investigator=(90, PD)),
    ),
    "last scan before its scheduled date": (
        {"scans": [(52, "SD", 57)]},
        everywhere(52, "ONGOING", uniform=(56, "ONGOING"), investigator=(56, "ONGOING")),
    ),
    "unscheduled last scan keeps its date": ({"scans": [(56, "SD"), (70, "SD")]}, everywhere(70, "ONGOING")),
    "therapy after a scan done early": (
        {"scans": [(52, "SD", 57), (112, "PD")], "therapy": 53},
        everywhere(52, THERAPY, uniform=(56, THERAPY), investigator=(56, THERAPY), ema=(112, PD)),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_rule(name: str) -> None:
    records, expected = CASES[name]
    assert pfs(sdtm(patient(**records))) == expected


@pytest.mark.parametrize(
    ("scan", "cutoff", "expected"),
    [
        pytest.param((112, "PD"), 112, everywhere(112, PD), id="progression on the cut-off day"),
        pytest.param(
            (110, "PD", 113), 111, everywhere(110, PD, uniform=(111, PD), investigator=(111, PD)), id="scheduled later"
        ),
        pytest.param((70, "PD"), 100, everywhere(70, PD, uniform=(100, PD), investigator=(100, PD)), id="unscheduled"),
        pytest.param(
            (110, "SD", 113),
            111,
            everywhere(110, "ONGOING", uniform=(111, "ONGOING"), investigator=(111, "ONGOING")),
            id="censoring",
        ),
    ],
)
def test_nothing_is_reported_after_the_cutoff(scan: tuple[Any, ...], cutoff: int, expected: dict[str, Any]) -> None:
    assert pfs(sdtm(patient(scans=[(56, "SD"), scan], dosed=(0, 50))), params(cutoff)) == expected


@pytest.mark.parametrize(
    ("progression", "expected"),
    [
        # 60 x 30.4375 = 1826.25: elapsed 1825 is day 1826 (59.99 months), elapsed 1826 is day 1827 (60.02)
        (1825, (1825, PD)),
        (1826, (1800, "WINDOW")),
    ],
)
def test_month_limit(progression: int, expected: tuple[int, str]) -> None:
    found = pfs(sdtm(patient(scans=[(1750, "SD", 1751), (1800, "SD", 1801), (progression, "PD", progression + 1)])))
    assert found == everywhere(*expected)


def test_month_limit_holds_for_the_reported_date() -> None:
    # unscheduled on day 1820; the next scheduled date is 33 x 56 = 1848, beyond 60 months
    found = pfs(sdtm(patient(scans=[(1792, "SD"), (1820, "PD", None)])))
    window = (1792, "WINDOW")
    assert found == everywhere(1820, PD, uniform=window, investigator=window)


def test_month_limit_without_an_event() -> None:
    assert pfs(sdtm(patient(scans=[(1792, "SD"), (1848, "SD")]))) == everywhere(1792, "WINDOW")


def test_gap_length_comes_from_the_schedule() -> None:
    settings = params(schedule={"scan_interval_days": 49, "scan_window_days": 7})  # 2 x 49 + 14 = 112
    assert pfs(sdtm(patient(death=112)), settings) == everywhere(112, DEATH)
    assert pfs(sdtm(patient(death=113)), settings) == everywhere(0, "GAP", ema=(113, DEATH))


def test_progression_on_the_day_of_enrolment_is_queried_and_not_counted() -> None:
    frames = sdtm(patient(scans=[(0, "PD", None), (56, "SD")]))
    assert pfs(frames) == everywhere(56, "ONGOING")
    asked = adam.queries(frames, params())
    assert asked.select("RULE", "TEXT").rows() == [
        ("start", "Progression on or before the start (2024-01-01): not counted")
    ]


class TestStartAtFirstDose:
    settings = params(pfs={"start": "first_dose"})

    def rows(self, **records: Any) -> list[dict[str, Any]]:
        adtte = outcomes(sdtm(patient(**records)), self.settings)["ADTTE"]
        return adtte.filter(pl.col("PARAMCD") == "PFS").to_dicts()

    def test_time_starts_at_the_first_dose(self) -> None:
        (row,) = self.rows(dosed=(5, 90), scans=[(56, "SD"), (112, "PD")])
        # day 112 - day 5 + 1 = 108 days; 108 / 30.4375 = 3.548 months
        assert (row["STARTDT"], row["ADT"], row["ADAYS"]) == (day(5), day(112), 108)
        assert row["AVAL"] == pytest.approx(3.5482546201232, rel=1e-12)

    def test_gap_counts_from_the_first_dose(self) -> None:
        assert self.rows(dosed=(5, 90), death=131)[0]["CNSR"] == 0
        (row,) = self.rows(dosed=(5, 90), death=132)
        assert (row["CNSREAS"], row["ADT"], row["CNSDTDSC"]) == ("GAP", day(5), "First dose")
        assert (row["SRCDOM"], row["SRCVAR"], row["SRCSEQ"]) == ("EX", "EXSTDTC", 1)

    def test_never_dosed_patients_have_no_pfs(self) -> None:
        assert self.rows(dosed=None, scans=[(56, "PD")]) == []

    def test_the_schedule_counts_from_enrolment(self) -> None:
        settings = params(pfs={"start": "first_dose", "rule_set": "fda_uniform_dates", "sensitivity_sets": []})
        frames = sdtm(patient(dosed=(5, 90), scans=[(56, "SD"), (70, "PD")]))
        adtte = adam.derive(frames, settings)["ADTTE"].frame
        assert adtte.filter(pl.col("PARAMCD") == "PFS")["ADT"].to_list() == [day(112)]


def test_primary_set_is_a_parameter() -> None:
    settings = params(pfs={"rule_set": "ema", "sensitivity_sets": ["fda"]})
    adtte = adam.derive(sdtm(patient(death=127)), settings)["ADTTE"].frame
    survival = adtte.filter(~pl.col("PARAMCD").is_in(["TTF", "PFSFD", "PFSIC"]))
    assert survival.select("PARAMCD", "CNSR").rows() == [("OS", 0), ("PFS", 0), ("PFSFDA", 1)]


def test_record_of_an_event_and_of_a_censoring() -> None:
    frames = sdtm(patient("01", scans=[(56, "SD"), (112, "PD")]), patient("02", scans=[(56, "SD")], therapy=60))
    event, censored = adam.derive(frames, params())["ADTTE"].frame.filter(pl.col("PARAMCD") == "PFS").to_dicts()
    assert {k: event[k] for k in ("USUBJID", "STARTDT", "ADT", "ADAYS", "AVALU", "CNSR", "EVNTDESC", "CNSDTDSC")} == {
        "USUBJID": "S-01",
        "STARTDT": day(0),
        "ADT": day(112),
        "ADAYS": 113,
        "AVALU": "MONTHS",
        "CNSR": 0,
        "EVNTDESC": PD,
        "CNSDTDSC": None,
    }
    assert event["AVAL"] == pytest.approx(3.71252566735113, rel=1e-12)  # 113 / 30.4375
    assert (event["SRCDOM"], event["SRCVAR"], event["SRCSEQ"]) == ("RS", "RSDTC", 2)
    assert censored["EVNTDESC"] == "New anticancer therapy before progression or death"
    assert censored["CNSDTDSC"] == "Last adequate tumour assessment"
    assert (censored["SRCDOM"], censored["SRCVAR"], censored["SRCSEQ"]) == ("RS", "RSDTC", 1)


@pytest.mark.parametrize("when", [None, "2024"])
def test_undated_new_therapy_follows_the_recorded_end_of_the_drug(when: str | None) -> None:
    # anlotinib ends on day 60, 2024-03-01, so the therapy is on day 61; PD on day 112 is after it
    dose = {"EXTRT": "ANLOTINIB", "EXDOSE": 12.0, "EXDOSFRQ": "QD", "EXSTDTC": "2024-01-01", "EXENDTC": None}
    stop = {"DSCAT": "DISPOSITION EVENT", "DSSCAT": "ANLOTINIB", "DSDECOD": "OTHER", "DSSTDTC": "2024-03-01"}
    history = {"scans": [(56, "SD"), (112, "PD")], "therapy": [when], "dosed": None}
    frames = sdtm(patient(**history, more={"EX": [dose], "DS": [stop]}))
    adsl = adam.derive(frames, params(400))["ADSL"].frame.row(0, named=True)
    assert (adsl["TRTEDT"], adsl["NACTDT"]) == (day(60), day(61))
    assert pfs(frames, params(400))["fda"] == (56, THERAPY)


def test_one_patients_adjudication_does_not_touch_another() -> None:
    def reading(when: int, response: str, accepted: str | None) -> dict[str, Any]:
        row = {"RSTESTCD": "OVRLRESP", "RSCAT": "RECIST 1.1", "RSEVAL": "INVESTIGATOR", "RSSTRESC": response}
        return row | {"RSDTC": day(when).isoformat(), "VISITNUM": float(when), "RSACPTFL": accepted}

    frames = sdtm(
        patient("01", more={"RS": [reading(56, "SD", "Y"), reading(112, "SD", "Y")]}),
        patient("02", more={"RS": [reading(56, "SD", None), reading(112, "PD", None)]}),
    )
    adtte = adam.derive(frames, params())["ADTTE"].frame.filter(pl.col("PARAMCD") == "PFS")
    assert adtte.select("ADT", "CNSR").rows() == [(day(112), 1), (day(112), 0)]
