"""The second route's adverse events of hand-made patients.

Enrolled on day 0 (2024-01-01), first dose on day 2, last dose on day 100, so that events count up to day 130.
"""

from typing import Any

import polars as pl
import pytest

from analysis.params import Params
from analysis.qc import second_route
from analysis.qc.safety import Safety
from tests.qc.build import dtc, patient, settings
from tests.qc.test_values import together

STOPPED = [
    {"DSCAT": "DISPOSITION EVENT", "DSSCAT": "ANLOTINIB", "DSDECOD": "ADVERSE EVENT", "DSSTDTC": dtc(101)},
]
RELATED = {
    "treatments": [
        {
            **{"name": name.lower(), "extrt": name, "dose_mg": 1, "schedule": "daily"},
            **{"relatedness_qnam": f"AEREL{name[:3]}", "action_qnam": f"AEACN{name[:3]}"},
        }
        for name in ("ANLOTINIB", "FULVESTRANT")
    ]
}
When = int | str | None


def event(start: When, end: When = None, seq: int = 1, **more: Any) -> dict[str, Any]:
    empty = dict.fromkeys(("AESER", "AESHOSP", "AESDTH", "AEOUT", "AETOXGR", "AEACN", "AEBODSYS"))
    return {**empty, "AESEQ": float(seq), "AEDECOD": "Nausea", "AESTDTC": dtc(start), "AEENDTC": dtc(end), **more}


def qualifier(name: str, value: str, seq: int = 1) -> dict[str, Any]:
    return {"IDVAR": "AESEQ", "IDVARVAL": str(seq), "QNAM": name, "QVAL": value}


def made(*events: dict[str, Any], **more: Any) -> dict[str, pl.DataFrame]:
    facts: dict[str, Any] = {"doses": [(2, 100)], "DS": STOPPED} | more
    return patient(AE=list(events), **facts)


def derived(sdtm: dict[str, pl.DataFrame], params: Params | None = None) -> Safety:
    return second_route.recompute(sdtm, params or settings()).safety


def both(sdtm: dict[str, pl.DataFrame], params: Params | None = None) -> tuple[str, str]:
    """Whether the first event is treatment-emergent, and in the registered set."""
    row = derived(sdtm, params).events.iloc[0]
    return row["TRTEMFL"], row["REGTEMFL"]


@pytest.mark.parametrize(
    ("start", "end", "emergent", "registered"),
    [
        (-1, None, "N", "N"),
        (0, None, "N", "Y"),  # between enrolment and the first dose
        (1, None, "N", "Y"),
        (2, None, "Y", "Y"),
        (130, None, "Y", "Y"),  # 30 days after the last dose
        (131, None, "N", "N"),
        ("2024-01", None, "Y", "Y"),  # may be the first dose
        ("2024-01", 1, "N", "Y"),  # but it was over before
        ("2024-01", "2024-01", "Y", "Y"),  # over at the end of the month
        ("2024-01", "2023-12", "N", "N"),
        ("2023-12", None, "N", "N"),
        ("2024", None, "Y", "Y"),
        ("2024-05", None, "Y", "Y"),  # day 121
        ("2024-06", None, "N", "N"),
        (None, None, "Y", "Y"),
        (None, 2, "Y", "Y"),
        (None, 1, "N", "Y"),
        (None, "2023", "N", "Y"),  # a missing start is in the registered set
    ],
)
def test_when_an_event_is_emergent(start: When, end: When, emergent: str, registered: str) -> None:
    assert both(made(event(start, end))) == (emergent, registered)


@pytest.mark.parametrize(
    ("initial", "grade", "end", "flag"),
    [("1", "2", None, "Y"), ("2", "2", None, "N"), ("3", "2", None, "N"), ("1", None, None, "N"), ("1", "2", -1, "N")],
)
def test_an_event_from_before_counts_where_its_grade_rose(
    initial: str, grade: str | None, end: When, flag: str
) -> None:
    worsened = made(event(-5, end, AETOXGR=grade), SUPPAE=[qualifier("AEITOXGR", initial)])
    assert both(worsened) == (flag, flag)


def test_the_period_of_patients_who_go_on_died_or_were_never_treated() -> None:
    late = event(200)
    assert both(made(late, DS=[])) == ("Y", "Y")  # ongoing, to the cut-off
    assert both(made(late, DS=[]), settings(cutoff=199)) == ("N", "N")
    assert both(made(late, DS=[], death=210)) == ("N", "N")  # a death ends all treatment
    assert both(made(event(120), death=119)) == ("N", "N")
    assert both(made(event(10), doses=[])) == ("N", "N")
    therapy = {"CMCAT": "SUBSEQUENT ANTICANCER THERAPY", "CMSTDTC": dtc(110)}
    cut = settings(adverse_events={"cut_at_new_therapy": True})
    assert [both(made(event(day), CM=[therapy]), cut)[0] for day in (110, 111)] == ["Y", "N"]
    assert both(made(event(111), CM=[therapy])) == ("Y", "Y")


@pytest.mark.parametrize(
    ("more", "flags"),
    [
        ({}, ""),
        ({"AETOXGR": "3"}, "AGR3FL"),
        ({"AETOXGR": "2"}, ""),
        ({"AETOXGR": "5"}, "AGR3FL AFATFL"),
        ({"AETOXGR": "severe"}, ""),
        ({"AESEV": "SEVERE"}, "AGR3FL"),
        ({"AESEV": "SEVERE", "AETOXGR": "1"}, ""),
        ({"AESHOSP": "Y"}, "ASERFL"),
        ({"AEOUT": "FATAL"}, "AFATFL"),
        ({"AESDTH": "Y"}, "ASERFL AFATFL"),
    ],
)
def test_grade_seriousness_and_death(more: dict[str, Any], flags: str) -> None:
    found = derived(made(event(5, **more)), settings(adverse_events={"severity_grades": {"SEVERE": 3}})).events.iloc[0]
    assert [name for name in ("AGR3FL", "ASERFL", "AFATFL") if found[name] == "Y"] == flags.split()


def test_relatedness_and_action_are_of_each_drug() -> None:
    """A missing answer is related; the drug's own action comes before AEACN, and MULTIPLE is none."""
    events = [event(5, seq=n, AEACN=action) for n, action in ((1, "MULTIPLE"), (2, "DRUG WITHDRAWN"), (3, None))]
    extra = [
        qualifier("AERELANL", "Not related"),
        qualifier("AERELFUL", "POSSIBLY RELATED"),
        qualifier("AEACNANL", "DOSE REDUCED"),
        qualifier("AERELFUL", "UNLIKELY RELATED", 2),
        qualifier("AEACNFUL", "DRUG INTERRUPTED", 2),
    ]
    params = settings(study=settings().study.model_dump() | RELATED)
    found = derived(made(*events, SUPPAE=extra), params).events
    shown = {
        "AREL1FL": "NYY",
        "AREL2FL": "YNY",
        "ARED1FL": "YNN",
        "AINT2FL": "NYN",
        "ADIS1FL": "NYN",
        "ADIS2FL": "NNN",
    }
    assert {name: "".join(found[name]) for name in shown} == shown


def three() -> dict[str, pl.DataFrame]:
    """Nausea of grade 3 and of no grade in one patient; of grade 1 and a serious headache in another; none."""
    return together(
        made(event(11, AETOXGR="3"), event(20, seq=2)),
        made(event(-5, AETOXGR="1"), event(2, seq=2, AETOXGR="1"), event(40, seq=3, AEDECOD="Headache", AESER="Y")),
        made(event(131)),
    )


def test_counts_by_hand() -> None:
    found = derived(three())
    overview = found.values["t-14-3-1-1"]
    expected = {"any": 2, "grade3": 1, "grade_missing": 2, "serious": 1, "fatal": 0, "related": 2, "reduction": 0}
    assert {name: overview[f"teae.{name}"] for name in expected} == expected
    events = found.named["Number of events of each kind"][1]
    assert (events["teae.any_events"], events["teae.grade3_events"], events["teae.grade_missing_events"]) == (4, 1, 2)
    _, table = found.tables["t-14-3-1-2"]
    key = ("Not coded", "Nausea")
    assert [table[(*key, "Any grade", stat)] for stat in ("n", "p", "events")] == [[2], [2 / 3], [3]]
    assert table[(*key, "Grade 3 or higher", "n")] == [1]
    assert table[(None, None, "Any grade", "events")] == [4]
    _, worst = found.tables["t-14-3-1-3"]
    grades = ("Grade 1", "Grade 3", "Missing")
    assert [worst[(*key, grade, "n")] for grade in grades] == [[1], [1], [0]]
    assert [worst[("Not coded", "Headache", grade, "n")] for grade in grades] == [[0], [0], [1]]
    terms = {key[0] for key in found.tables["t-14-3-1-4"][1]}
    assert terms == {None, "Nausea", "Headache"}
    frequent = derived(three(), settings(adverse_events={"frequent_percent": 50})).tables["t-14-3-1-4"][1]
    assert {key[0] for key in frequent} == {None, "Nausea"}


def test_rates_by_hand() -> None:
    """The time of a patient ends with the first event (day 10 of treatment), else on the last day (day 129)."""
    made_ = together(made(event(11), event(50, seq=2)), made(event(140)))
    found = derived(made_)
    # R: poisson.test(1, T = (10 + 129) / 36525)
    rates = found.values["t-14-3-1-11"]
    assert rates["teae.patient_years"] == pytest.approx(139 / 365.25, rel=1e-12)
    assert rates["teae.rate"] == pytest.approx(262.769784172662, rel=1e-12)
    assert rates["teae.rate_lower"] == pytest.approx(6.65275493975675, rel=1e-9)
    assert rates["teae.rate_upper"] == pytest.approx(1464.05953132405, rel=1e-9)
    missing = derived(together(made(event(None)), made(event(-3, AETOXGR="2"), SUPPAE=[qualifier("AEITOXGR", "1")])))
    assert missing.values["t-14-3-1-11"]["teae.patient_years"] == pytest.approx(2 / 365.25, rel=1e-12)  # on day 1


@pytest.mark.parametrize(
    ("death", "time"),
    [(None, None), (130, "window"), (131, "later"), ("2024-05", "window"), ("2024-06", "later"), ("2024", "unknown")],
)
def test_deaths_by_time_after_the_last_dose(death: When, time: str | None) -> None:
    """The last dose was on day 100, 2024-04-10: a death in May is taken on the first."""
    values = derived(made(event(5), death=death)).values["t-14-3-2-1"]
    assert values["deaths.all"] == (death is not None)
    assert values["deaths.window"] == (time == "window")
    assert values["deaths.later"] == (time == "later")
    assert values.get("deaths.time_not_known", 0) == (time == "unknown")
