"""From records of the analysis datasets to SDTM records: made-up patients, places counted from 0."""

import datetime as dt
from typing import Any

import polars as pl
import pytest

from analysis.audit.trace_sources import Source, Sources

ONE, TWO = "ABC-1-001", "ABC-1-002"


def frame(*records: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(records, infer_schema_length=None)


def of_patient(usubjid: str, **values: Any) -> dict[str, Any]:
    return {"USUBJID": usubjid, **values}


SDTM = {
    "DM": frame(of_patient(TWO, AGE=60), of_patient(ONE, AGE=50)),
    "DS": frame(of_patient(ONE, DSSEQ=1, DSDECOD="CONSENT"), of_patient(ONE, DSSEQ=2, DSDECOD="ENROLLED")),
    "RS": frame(
        of_patient(ONE, RSSEQ=1, RSTESTCD="OVRLRESP"),
        of_patient(ONE, RSSEQ=2, RSTESTCD="TRGRESP"),
        of_patient(TWO, RSSEQ=1, RSTESTCD="OVRLRESP"),
        of_patient(ONE, RSSEQ=3, RSTESTCD="OVRLRESP"),
    ),
    "TR": frame(
        of_patient(ONE, TRSEQ=1, VISIT="SCREENING", TRGRPID="TARGET"),
        of_patient(ONE, TRSEQ=2, VISIT="WEEK 8", TRGRPID="TARGET"),
        of_patient(ONE, TRSEQ=3, VISIT="WEEK 8", TRGRPID="NON-TARGET"),
        of_patient(ONE, TRSEQ=4, VISIT="WEEK 8", TRGRPID="TARGET"),
        of_patient(TWO, TRSEQ=2, VISIT="WEEK 8", TRGRPID="TARGET"),
    ),
    "EX": frame(
        of_patient(ONE, EXSEQ=1, EXTRT="A"), of_patient(ONE, EXSEQ=2, EXTRT="B"), of_patient(ONE, EXSEQ=3, EXTRT="A")
    ),
    "AE": frame(of_patient(TWO, AESEQ=1), of_patient(ONE, AESEQ=1)),
    "SUPPAE": frame(
        of_patient(ONE, IDVAR="AESEQ", IDVARVAL="1", QNAM="AEREL1"),
        of_patient(TWO, IDVAR="AESEQ", IDVARVAL="1", QNAM="AEREL1"),
        of_patient(ONE, IDVAR="AESEQ", IDVARVAL="1.0", QNAM="AEREL2"),
        of_patient(ONE, IDVAR="", IDVARVAL="", QNAM="AEXX"),
    ),
    "SV": frame(of_patient(ONE, SVENDTC="2025-03-01"), of_patient(ONE, SVENDTC="2025-04-01T10:00")),
    "CM": frame(of_patient(ONE, CMSEQ=7)),
}
SUBJECTS = frame(
    of_patient(ONE, ENRLDT=dt.date(2025, 1, 1), ENRLSEQ=2, TRTSDT=dt.date(2025, 1, 3), TRTSSEQ=1, RESTSEQ=7,
               LALVDOM="SV", LALVVAR="SVENDTC", LALVSEQ=None, LSTALVDT=dt.date(2025, 4, 1)),
)  # fmt: skip
TIMES = frame(
    of_patient(ONE, PARAMCD="TTR", ADT=dt.date(2025, 2, 26), SRCDOM="RS", SRCVAR="RSDTC", SRCSEQ=1),
)


DISPOSITION = (
    *("EOTSTT1", "EOTDT1", "DCTREAS1", "EOTSTT2", "EOTDT2", "DCTREAS2"),
    *("EOSSTT", "EOSDT", "DCSREAS", "SCRFFL", "SCRFREAS"),
)


@pytest.fixture
def sources() -> Sources:
    return Sources(SDTM, {"ADSL": SUBJECTS, "ADTTE": TIMES})


def by_source(domain: str | None, variable: str | None, seq: int | None, **values: Any) -> dict[str, Any]:
    return of_patient(ONE, SRCDOM=domain, SRCVAR=variable, SRCSEQ=seq, **values)


def test_the_record_of_srcseq_with_the_qualifiers_that_belong_to_it(sources: Sources) -> None:
    assert sources.of("ADAE", by_source("AE", "AESTDTC", 1)) == [
        Source("AE", (1,), "AESTDTC"),
        Source("SUPPAE", (0, 2), "qualifiers of AE"),
    ]


def test_without_a_sequence_the_patients_only_record_or_all_of_the_drug(sources: Sources) -> None:
    assert sources.of("ADTTE", by_source("DM", "DTHDTC", None)) == [Source("DM", (1,), "DTHDTC")]
    assert sources.of("ADEX", by_source("EX", "EXDOSE", None, EXTRT="A")) == [
        Source("EX", (0, 2), "EXDOSE of all of them")
    ]


def test_a_patients_records_named_in_adsl_and_the_day_last_known_alive(sources: Sources) -> None:
    assert sources.of("ADSL", SUBJECTS.row(0, named=True)) == [
        Source("DM", (1,), "the patient"),
        Source("SV", (1,), "SVENDTC: last known alive", ("LSTALVDT",)),
        Source("DS", (0, 1), "all that were read", DISPOSITION),
        Source("EX", (0, 1, 2), "all that were read", ("TRTEDT", "TEENDT", "TEENWK")),
        Source("DS", (1,), "ENRLSEQ", ("ENRLDT", "ENRLFL", "FASFL", "RSPEVFL", "PPROTFL", "TRT01P")),
        Source("EX", (0,), "TRTSSEQ", ("TRTSDT", "SAFFL", "TRT01A")),
        Source("CM", (0,), "RESTSEQ", ("RESTYPE",)),
    ]


def test_records_of_a_category_are_those_that_the_parameters_name() -> None:
    therapies = frame(of_patient(ONE, CMSEQ=7, CMCAT="PRIOR"), of_patient(ONE, CMSEQ=8, CMCAT="OTHER"))
    found = Sources({"CM": therapies}, {}, {"baseline": {"prior_categories": ["PRIOR"]}}).of("ADSL", of_patient(ONE))
    assert [(s.places, "CDK46FL" in s.gives) for s in found] == [((0,), True)]


def test_a_record_that_gives_some_variables_is_behind_these_alone(sources: Sources) -> None:
    found = sources.of("ADSL", SUBJECTS.row(0, named=True))
    assert [s.dataset for s in found if s.is_behind({"AGE", "SAFFL"})] == ["DM", "EX"]
    assert [s.dataset for s in found if s.is_behind({"RESTYPE"})] == ["DM", "CM"]


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (dt.date(2025, 1, 1), Source("DS", (1,), "start of the time")),
        (dt.date(2025, 1, 3), Source("EX", (0,), "start of the time")),
        (dt.date(2025, 2, 26), Source("RS", (0,), "start of the time")),  # of the response, for its duration
    ],
)
def test_a_time_has_the_record_of_its_start_too(sources: Sources, start: dt.date, expected: Source) -> None:
    found = sources.of("ADTTE", by_source("RS", "RSDTC", 3, STARTDT=start))
    assert found == [Source("RS", (3,), "RSDTC"), expected]


@pytest.mark.parametrize(("paramcd", "places"), [("SUMDIAM", (1, 3)), ("RNTGRESP", (2,)), ("ROVRLRSP", (1, 2, 3))])
def test_a_sum_or_response_of_a_visit_has_its_lesions(sources: Sources, paramcd: str, places: tuple[int, ...]) -> None:
    found = sources.of("ADTR", by_source("TR", "TRSTRESN", 2, PARAMCD=paramcd))
    assert Source("TR", places, "the lesions of the visit") in found
    assert found[0] == Source("TR", (1,), "TRSTRESN")


def test_a_response_that_no_record_gives_has_those_that_were_read(sources: Sources) -> None:
    assert sources.of("ADRS", by_source(None, None, None, PARAMCD="CRSP")) == [
        Source("RS", (0, 3), "all overall responses: no single one gives it")
    ]


def test_a_confirmed_response_has_the_confirming_record(sources: Sources) -> None:
    assert sources.of("ADRS", by_source("RS", "RSDTC", 1, CONFSEQ=3)) == [
        Source("RS", (0,), "RSDTC"),
        Source("RS", (3,), "CONFSEQ"),
    ]


def test_another_analysis_dataset_may_be_the_source(sources: Sources) -> None:
    assert sources.of("ADTTE", by_source("ADSL", "TRTEDT", None)) == [Source("ADSL", (0,), "TRTEDT")]


def test_what_is_not_there_is_no_source(sources: Sources) -> None:
    assert sources.of("ADIE", by_source(None, None, None, IETESTCD="EXCL01")) == []
    assert sources.of("ADAE", by_source("AE", "AESTDTC", 9)) == []
    assert sources.of("ADLB", by_source("LB", "LBSTRESN", 1)) == []
    assert sources.of("CUT-LOG", {"DATASET": "DM"}) == []
