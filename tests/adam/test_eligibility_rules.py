"""Criteria other than laboratory ones on hand-made patients: each side of each limit, and with data missing.

Enrolment is on 2024-01-01.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tests.adam.build import at
from tests.adam.eligibility import MET, NOT, UNKNOWN, evaluated

Records = Mapping[str, Sequence[dict[str, Any]]]


def result(rule: str, more: Records | None = None, **patient_of: Any) -> str:
    return str(evaluated(rule, more, **patient_of)["IERESULT"])


@pytest.mark.parametrize(
    ("dm", "expected"),
    [
        ({"AGE": 18.0}, MET),
        ({"AGE": 17.0}, NOT),
        ({"AGE": 40.0, "SEX": "M"}, NOT),
        ({"AGE": None}, UNKNOWN),
        ({"AGE": None, "SEX": "M"}, NOT),
        ({"AGE": 40.0, "SEX": None}, UNKNOWN),
        ({"AGE": 40.0, "AGEU": "MONTHS"}, UNKNOWN),
    ],
)
def test_age_and_sex(dm: dict[str, Any], expected: str) -> None:
    assert result("age_and_sex", dm=dm) == expected


def ecog(value: str | None, when: int = -5) -> dict[str, Any]:
    shown = {"RSTESTCD": "ECOG101", "RSCAT": "ECOG", "RSSTRESC": value, "RSSTRESN": None, "RSDTC": at(when)}
    return shown | {"VISITNUM": 1.0, "VISITDY": None, "RSEVAL": None}


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([ecog("1")], MET),
        ([ecog("2")], NOT),
        ([ecog("2"), ecog("1", 0)], MET),
        ([ecog("1"), ecog("2", 1)], MET),
        ([ecog("NOT READ")], UNKNOWN),
        ([], UNKNOWN),
    ],
)
def test_performance_status(records: list[dict[str, Any]], expected: str) -> None:
    assert result("performance_status", {"RS": records}) == expected


def test_receptors_are_shown_and_never_judged() -> None:
    tests = (("ESTRCPT", 0.0, "%"), ("PROGRCPT", 5.0, "%"), ("HER2", None, None))
    records = [
        {"MITESTCD": test, "MISTRESN": value, "MISTRESC": "3+", "MISTRESU": unit, "MIDTC": at(-90)}
        for test, value, unit in tests
    ]
    row = evaluated("receptors", {"MI": records})
    assert (row["IERESULT"], row["IEVALUE"], row["SRCSEQ"]) == (UNKNOWN, "ER 0 %, PR 5 %, HER2 3+", 1)
    assert result("receptors") == UNKNOWN


def status(value: str) -> list[dict[str, Any]]:
    return [{"RPTESTCD": "MENOSTAT", "RPSTRESC": value, "RPDTC": at(-10)}]


def medicine(name: str, start: int | str | None = -30, end: int | str | None = None, **more: Any) -> dict[str, Any]:
    return {"CMTRT": name, "CMCAT": "CONCOMITANT", "CMSTDTC": at(start), "CMENDTC": at(end)} | more


PREMENOPAUSAL = status("PREMENOPAUSAL")


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        pytest.param({"RP": status("POSTMENOPAUSAL")}, MET, id="postmenopausal"),
        pytest.param({"RP": PREMENOPAUSAL, "CM": [medicine("GOSERELIN", 0)]}, MET, id="a drug from enrolment"),
        pytest.param({"RP": PREMENOPAUSAL, "CM": [medicine("GOSERELIN", 1)]}, NOT, id="a day later"),
        pytest.param({"RP": PREMENOPAUSAL, "CM": [medicine("GOSERELIN", -30, 0)]}, MET, id="until enrolment"),
        pytest.param({"RP": PREMENOPAUSAL, "CM": [medicine("GOSERELIN", -30, -1)]}, NOT, id="ended before"),
        pytest.param(
            {"RP": PREMENOPAUSAL, "CM": [medicine("GOSERELIN", "2024-01")]}, MET, id="from some day of January"
        ),
        pytest.param({"RP": PREMENOPAUSAL, "CM": [medicine("GOSERELIN", CMOCCUR="N")]}, NOT, id="not given"),
        pytest.param({"RP": PREMENOPAUSAL, "CM": [medicine("ASPIRIN")]}, NOT, id="another drug"),
        pytest.param({"RP": PREMENOPAUSAL, "PR": [{"PRTRT": "Oophorectomy", "PRSTDTC": at(0)}]}, MET, id="a procedure"),
        pytest.param(
            {"RP": PREMENOPAUSAL, "CM": [medicine("A")], "PR": [{"PRTRT": "OOPHORECTOMY", "PRSTDTC": at(1)}]},
            NOT,
            id="a later procedure",
        ),
        pytest.param(
            {"RP": PREMENOPAUSAL, "MH": [{"MHTERM": "Oophorectomy", "MHSTDTC": "2019"}]}, MET, id="in history"
        ),
        pytest.param({"RP": PREMENOPAUSAL}, UNKNOWN, id="no medication recorded at all"),
        pytest.param({"RP": status("UNKNOWN")}, UNKNOWN, id="status not known"),
        pytest.param({}, UNKNOWN, id="no status"),
    ],
)
def test_ovarian_suppression(more: Records, expected: str) -> None:
    assert result("ovarian_suppression", more) == expected


@pytest.mark.parametrize(
    ("lesions", "expected"),
    [
        ([("TARGET", 0)], MET),
        ([("TARGET", 1)], UNKNOWN),
        ([("NON-TARGET", 0)], NOT),
        ([("NEW", 0)], UNKNOWN),
        ([], UNKNOWN),
    ],
)
def test_measurable_lesion(lesions: list[tuple[str, int]], expected: str) -> None:
    records = [{"TUSTRESC": kind, "TUDTC": at(when), "TULNKID": "X"} for kind, when in lesions]
    assert result("measurable_lesion", {"TU": records}, baseline=None) == expected


def prior(
    name: str, setting: str | None, start: str | None = "2021-01-01", end: str | None = "2021-06-01", **more: Any
) -> dict[str, Any]:
    given = medicine(name, start, end, CMCAT="PRIOR", CMSCAT=setting, CMRSDISC=None, CMENRTPT=None)
    return given | more


def test_lines_of_chemotherapy() -> None:
    one, two = prior("CAPECITABINE", "METASTATIC"), prior("PACLITAXEL", "METASTATIC", "2022-01-01")
    adjuvant = prior("PACLITAXEL", "ADJUVANT", "2015-01-01")
    assert result("chemotherapy_lines", {"CM": [prior("LETROZOLE", "METASTATIC"), adjuvant]}) == MET
    assert result("chemotherapy_lines", {"CM": [one, adjuvant]}) == MET
    assert result("chemotherapy_lines", {"CM": [one, prior("PACLITAXEL", None)]}) == UNKNOWN
    assert result("chemotherapy_lines", {"CM": [medicine("ASPIRIN")]}) == UNKNOWN
    row = evaluated("chemotherapy_lines", {"CM": [one, adjuvant, two]})
    assert (row["IERESULT"], row["IEVALUE"], row["SRCSEQ"]) == (NOT, "2: CAPECITABINE, PACLITAXEL", 3)
    assert row["IELIMIT"] == "at most 1 line"


RELAPSE = {"MHDECOD": "Metastatic breast cancer"}


@pytest.mark.parametrize(
    ("therapies", "relapse", "expected"),
    [
        pytest.param([("ADJUVANT", "2018-01-01", "2020-01-01")], "2021-01-01", MET, id="24 months, 12 after"),
        pytest.param([("ADJUVANT", "2018-01-01", "2019-12-31")], "2020-06-01", NOT, id="a day less"),
        pytest.param([("ADJUVANT", "2018-01-01", "2020-01-01")], "2021-01-02", NOT, id="a day later"),
        pytest.param([("ADJUVANT", "2018-01", "2020-01")], "2020-06-01", UNKNOWN, id="days could make 24 months"),
        pytest.param([("ADJUVANT", "2018-02", "2019-12")], "2020-06-01", NOT, id="no days could"),
        pytest.param([("ADJUVANT", "2017-01-01", "2020-01-01")], "2021-01", UNKNOWN, id="relapse within 12 or not"),
        pytest.param([("ADJUVANT", "2017-01-01", "2020-01-01")], "2021-02", NOT, id="relapse after 12 for sure"),
        pytest.param([("ADJUVANT", "2017-01-01", "2020-01-01")], None, UNKNOWN, id="no relapse recorded"),
        pytest.param([("ADJUVANT", None, "2020-01-01")], "2020-06-01", UNKNOWN, id="start missing"),
        pytest.param([("ADJUVANT", "2019-01-01", None)], "2020-06-01", NOT, id="end missing, too short by the relapse"),
        pytest.param([("ADJUVANT", "2018-01-01", None)], "2020-06-01", UNKNOWN, id="end missing"),
        pytest.param([("METASTATIC", "2021-01-01", "2021-07-01")], "2020-06-01", MET, id="salvage of 6 months"),
        pytest.param([("METASTATIC", "2021-01-01", "2021-06-30")], "2020-06-01", NOT, id="a day less of salvage"),
        pytest.param(
            [("METASTATIC", "2021-01", "2021-06")], "2020-06-01", NOT, id="not even from the first to the last"
        ),
        pytest.param([("METASTATIC", "2021-01", "2021-07")], "2020-06-01", UNKNOWN, id="salvage of 5 to 7 months"),
        pytest.param([], "2020-06-01", UNKNOWN, id="no endocrine therapy"),
    ],
)
def test_endocrine_resistance(
    therapies: list[tuple[str, str | None, str | None]], relapse: str | None, expected: str
) -> None:
    given = [prior("LETROZOLE", *course, CMRSDISC="PROGRESSIVE DISEASE") for course in therapies]
    history = [RELAPSE | {"MHSTDTC": relapse}] if relapse else []
    assert result("endocrine_resistance", {"CM": given, "MH": history}) == expected


def test_endocrine_therapy_that_ended_for_an_unknown_reason() -> None:
    given = prior("LETROZOLE", "METASTATIC", "2021-01-01", "2021-07-01")
    row = evaluated("endocrine_resistance", {"CM": [given]})
    assert (row["IERESULT"], row["IEVALUE"], row["SRCSEQ"]) == (UNKNOWN, "LETROZOLE 2021-01-01 to 2021-07-01", 1)
    assert result("endocrine_resistance", {"CM": [given | {"CMRSDISC": "TOXICITY"}]}) == NOT


@pytest.mark.parametrize(
    ("signed", "visits", "expected"),
    [
        pytest.param(0, [], MET, id="on the day of enrolment"),
        pytest.param(1, [], NOT, id="a day later"),
        pytest.param(-14, [-14, 0], MET, id="on the first visit"),
        pytest.param(-13, [-14, 0], NOT, id="after the first visit"),
        pytest.param(None, [-14], UNKNOWN, id="no date of consent"),
    ],
)
def test_consent(signed: int | None, visits: list[int], expected: str) -> None:
    more = {"SV": [{"VISITNUM": float(n), "SVSTDTC": at(when)} for n, when in enumerate(visits)]}
    assert result("consent", more, dm={"RFICDTC": at(signed)}) == expected


def test_consent_as_a_milestone_has_its_record() -> None:
    milestone = {"DSCAT": "PROTOCOL MILESTONE", "DSDECOD": "INFORMED CONSENT OBTAINED", "DSSTDTC": at(-20)}
    row = evaluated("consent", {"DS": [milestone]})
    assert (row["IERESULT"], row["SRCDOM"], row["SRCVAR"], row["SRCSEQ"]) == (MET, "DS", "DSSTDTC", 2)


def test_prior_drug() -> None:
    assert result("prior_drug", {"CM": [prior("LETROZOLE", "METASTATIC")]}) == MET
    assert result("prior_drug", {"CM": [prior("LETROZOLE", "METASTATIC", CMDECOD="Fulvestrant")]}) == NOT
    assert result("prior_drug", {"CM": [prior("A", "ADJUVANT"), prior("BEVACIZUMAB", "METASTATIC")]}) == NOT
    assert result("prior_drug", {"CM": [medicine("BEVACIZUMAB")]}) == UNKNOWN
    assert result("prior_drug") == UNKNOWN


def condition(term: str, start: int | str | None, **more: Any) -> dict[str, Any]:
    return {"MHTERM": term, "MHSTDTC": at(start), "MHENDTC": None} | more


PRESSURE = condition("Hypertension", "2019")
OTHER = condition("Gastritis", "2019")


@pytest.mark.parametrize(
    ("drugs", "history", "expected"),
    [
        pytest.param([], [OTHER], MET, id="no hypertension"),
        pytest.param([], [condition("Hypertension", "2019", MHENDTC="2020")], MET, id="over"),
        pytest.param([], [PRESSURE], UNKNOWN, id="without a drug"),
        pytest.param([medicine("VALSARTAN")], [PRESSURE], UNKNOWN, id="one drug"),
        pytest.param([medicine("VALSARTAN"), medicine("AMLODIPINE", 0)], [PRESSURE], NOT, id="two drugs"),
        pytest.param([medicine("VALSARTAN"), medicine("AMLODIPINE", 1)], [PRESSURE], UNKNOWN, id="the second later"),
        pytest.param(
            [medicine("VALSARTAN", -30, -1), medicine("AMLODIPINE")], [OTHER], UNKNOWN, id="one after another"
        ),
        pytest.param([medicine("VALSARTAN"), medicine("VALSARTAN", -5)], [OTHER], UNKNOWN, id="one drug twice"),
        pytest.param([], [], UNKNOWN, id="no history recorded"),
    ],
)
def test_hypertension(drugs: list[dict[str, Any]], history: list[dict[str, Any]], expected: str) -> None:
    assert result("hypertension", {"CM": drugs, "MH": history}) == expected


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        pytest.param("2023-07-01", NOT, id="6 months before enrolment"),
        pytest.param("2023-06-30", MET, id="a day earlier"),
        pytest.param("2023-07", NOT, id="a month within"),
        pytest.param("2023-06", MET, id="a month before"),
        pytest.param("2023", UNKNOWN, id="a year on both sides"),
        pytest.param("2022", MET, id="a year before"),
        pytest.param("2024-01-01", NOT, id="on the day of enrolment"),
        pytest.param("2024-01-02", MET, id="after enrolment"),
        pytest.param(None, UNKNOWN, id="no date"),
    ],
)
@pytest.mark.parametrize(
    ("rule", "term"), [("thrombotic_event", "Deep vein thrombosis"), ("cardiac_event", "Myocardial infarction")]
)
def test_events_within_six_months(rule: str, term: str, when: str | None, expected: str) -> None:
    assert result(rule, {"MH": [OTHER, condition(term, when)]}) == expected


def test_events_of_any_time() -> None:
    assert result("immunodeficiency", {"MH": [condition("HIV infection", "1999")]}) == NOT
    assert result("immunodeficiency", {"MH": [condition("HIV infection", None)]}) == NOT
    assert result("immunodeficiency", {"MH": [condition("HIV infection", "1999", MHOCCUR="N")]}) == MET
    assert result("immunodeficiency", {"MH": [OTHER]}) == MET
    assert result("immunodeficiency") == UNKNOWN


def test_adverse_events_before_enrolment_count_and_those_that_may_be_later_do_not_decide() -> None:
    def event(when: str) -> Records:
        return {"MH": [OTHER], "AE": [{"AEDECOD": "Deep vein thrombosis", "AESTDTC": when}]}

    assert result("thrombotic_event", event("2023-12-30")) == NOT
    assert result("thrombotic_event", event("2024-01-02")) == MET
    assert result("thrombotic_event", event("2024-01")) == UNKNOWN
    row = evaluated("thrombotic_event", event("2023-12-30"))
    assert (row["IEVALUE"], row["SRCDOM"], row["SRCSEQ"]) == ("Deep vein thrombosis, 2023-12-30", "AE", 1)
