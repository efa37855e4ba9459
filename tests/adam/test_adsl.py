"""ADSL: analysis sets and their exclusion reasons, first and last dose, baseline, disposition, arms."""

from typing import Any

import polars as pl
import pytest

from analysis import adam
from analysis.adam import labels
from analysis.adam.adsl import derive_adsl
from analysis.errors import DataError, ParamsError
from tests.adam.build import at, day, params, patient, sdtm

NOT_DOSED = "No dose of study treatment"
NOT_ASSESSED = "No adequate post-baseline assessment, progression or death"
IMPORTANT = {"DVCAT": "IMPORTANT DEVIATION", "DVDECOD": "INELIGIBLE"}
MINOR = {"DVCAT": "MINOR DEVIATION", "DVDECOD": "INELIGIBLE"}
OTHER = {"DVCAT": "IMPORTANT DEVIATION", "DVDECOD": "VISIT OUT OF WINDOW"}


def one(settings: Any = None, **records: Any) -> dict[str, Any]:
    return derive_adsl(sdtm(patient(**records)), settings or params()).row(0, named=True)


def sets(**records: Any) -> dict[str, str | None]:
    """Set -> None where the patient belongs to it, else the reason."""
    settings = params(subjects={"per_protocol_excludes": ["INELIGIBLE"]})
    row = one(settings, **records)
    pairs = {"FAS": ("FASFL", "FASEXRS"), "SAF": ("SAFFL", "SAFEXRS"), "RSP": ("RSPEVFL", "RSPEXRS")}
    pairs["PP"] = ("PPROTFL", "PPEXRS")
    for flag, reason in pairs.values():
        assert row[flag] == ("Y" if row[reason] is None else "N")
    return {name: row[reason] for name, (_, reason) in pairs.items()}


@pytest.mark.parametrize(
    ("records", "reasons"),
    [
        pytest.param({"scans": [(56, "SD")]}, {}, id="in every set"),
        pytest.param(
            {"enrolled": None, "dosed": None},
            {"FAS": "Not enrolled", "SAF": "Not enrolled", "RSP": "Not enrolled", "PP": "Not enrolled"},
            id="screened only",
        ),
        pytest.param(
            {"enrolled": None, "dosed": (0, 50)},
            dict.fromkeys(("FAS", "SAF", "RSP", "PP"), "Not enrolled"),
            id="dosed but never enrolled",
        ),
        pytest.param(
            {"dosed": None, "scans": [(56, "SD")]},
            {"SAF": NOT_DOSED, "RSP": NOT_DOSED, "PP": NOT_DOSED},
            id="never dosed",
        ),
        pytest.param({}, {"RSP": NOT_ASSESSED}, id="never scanned again"),
        pytest.param({"scans": [(56, "NE")]}, {"RSP": NOT_ASSESSED}, id="not evaluable"),
        pytest.param({"scans": [(0, "SD", None)]}, {"RSP": NOT_ASSESSED}, id="only on the day of enrolment"),
        pytest.param({"death": 20}, {}, id="early death"),
        pytest.param({"clinical": 20}, {}, id="early clinical progression"),
        pytest.param(
            {"baseline": None, "scans": [(56, "SD")]},
            {"RSP": "No measurable disease at baseline"},
            id="no baseline scan",
        ),
        pytest.param(
            {
                "baseline": None,
                "scans": [(56, "SD")],
                "more": {"TU": [{"TUSTRESC": "NON-TARGET", "TUDTC": at(-9)}]},
            },
            {"RSP": "No measurable disease at baseline"},
            id="non-target lesions only",
        ),
        pytest.param(
            {"scans": [(56, "SD")], "more": {"DV": [OTHER, IMPORTANT]}},
            {"PP": "Important protocol deviation: INELIGIBLE"},
            id="deviation of a category of params",
        ),
        pytest.param({"scans": [(56, "SD")], "more": {"DV": [OTHER, MINOR]}}, {}, id="other deviations"),
    ],
)
def test_analysis_sets(records: dict[str, Any], reasons: dict[str, str]) -> None:
    assert sets(**records) == {"FAS": None, "SAF": None, "RSP": None, "PP": None} | reasons


@pytest.mark.parametrize(
    ("baseline", "dosed", "scanned"),
    [
        (-1, (0, 50), "Y"),
        (0, (0, 50), "Y"),  # on the day of the first dose, without a time
        (1, (0, 50), "N"),
        (3, (5, 50), "Y"),  # after enrolment, before the first dose
        (5, (5, 50), "Y"),
        (6, (5, 50), "N"),
        (0, None, "Y"),  # never dosed: enrolment counts
        (1, None, "N"),
        ("2024-01-01T10:00", ("2024-01-01T09:00", 50), "N"),
        ("2024-01-01T08:00", ("2024-01-01T09:00", 50), "Y"),
        ("2024-01", (0, 50), "Y"),  # January could be before the first dose
        ("2024-02", (0, 50), "N"),
    ],
)
def test_baseline_scan(baseline: Any, dosed: Any, scanned: str) -> None:
    assert one(baseline=baseline, dosed=dosed)["BSCANFL"] == scanned


def test_baseline_before_a_first_dose_of_unknown_day() -> None:
    # enrolled on 5 January, dosed in January: on the 5th at the earliest, so a scan on the 3rd is baseline
    assert one(enrolled=4, baseline=2, dosed=("2024-01", 50))["BSCANFL"] == "Y"
    assert one(enrolled=4, baseline=5, dosed=("2024-01", 50))["BSCANFL"] == "N"


def test_a_partial_baseline_date_that_could_be_later_is_queried() -> None:
    asked = adam.queries(sdtm(patient(baseline="2024-01")), params())
    assert asked.select("USUBJID", "DATASET", "SEQ", "VARIABLE", "VALUE", "RULE").rows() == [
        ("S-01", "TU", 1, "TUDTC", "2024-01", "baseline")
    ]
    assert adam.queries(sdtm(patient(baseline="2023-12")), params()).is_empty()


def test_a_new_lesion_is_no_baseline() -> None:
    row = one(baseline=None, more={"TU": [{"TUSTRESC": "NEW", "TUDTC": at(-5)}]})
    assert row["BSCANFL"] == "N"


def test_without_lesion_data_baseline_is_taken_as_given() -> None:
    frames = sdtm(patient())
    del frames["TU"]
    assert derive_adsl(frames, params()).row(0, named=True)["MEASBLFL"] == "Y"


ANLOTINIB = {"EXTRT": "ANLOTINIB", "EXDOSE": 12.0, "EXDOSFRQ": "QD"}


@pytest.mark.parametrize(
    ("doses", "first", "last"),
    [
        ([{"EXSTDTC": at(2), "EXENDTC": at(15)}, {"EXSTDTC": at(23), "EXENDTC": at(36)}], 2, 36),
        ([{"EXSTDTC": at(2), "EXENDTC": at(15)}, {"EXSTDTC": at(16), "EXENDTC": at(40), "EXDOSE": 0.0}], 2, 15),
        ([{"EXSTDTC": at(2), "EXENDTC": at(15), "EXDOSE": None}], 2, 15),
        ([{"EXSTDTC": at(2), "EXENDTC": at(15), "EXTRT": "ONDANSETRON"}], None, None),
        ([{"EXSTDTC": at(2), "EXENDTC": at(15), "EXTRT": "PLACEBO", "EXDOSE": 0.0}], 2, 15),
        ([{"EXSTDTC": at(2), "EXTRT": "fulvestrant", "EXDOSFRQ": "ONCE"}], 2, 2),
        ([{"EXSTDTC": at(2)}], 2, 500),  # an open interval goes on to the cut-off
        ([{"EXSTDTC": "2024-01", "EXENDTC": at(40)}], 0, 40),  # earliest possible day, not before enrolment
        ([{"EXSTDTC": at(2), "EXENDTC": "2024-02"}], 2, 59),  # 29 February 2024
        ([{"EXSTDTC": None, "EXENDTC": None}], None, None),
    ],
)
def test_first_and_last_dose(doses: list[dict[str, Any]], first: int | None, last: int | None) -> None:
    row = one(params(500), dosed=None, more={"EX": [ANLOTINIB | dose for dose in doses]})
    assert (row["TRTSDT"], row["TRTEDT"]) == tuple(None if d is None else day(d) for d in (first, last))
    assert row["SAFFL"] == ("N" if first is None else "Y")


def test_an_open_interval_ends_at_death_or_discontinuation() -> None:
    open_interval = {"EX": [ANLOTINIB | {"EXSTDTC": at(2), "EXENDTC": None}]}
    assert one(params(500), dosed=None, death=90, more=open_interval)["TRTEDT"] == day(90)


@pytest.mark.parametrize(
    ("ends", "last"),
    [
        ({"ANLOTINIB": at(70)}, 70),  # only this drug has ended
        ({"ANLOTINIB": at(70), "FULVESTRANT": at(90)}, 70),
        ({"FULVESTRANT": at(90)}, 500),  # the other one's end does not end it
        ({"STUDY TREATMENT": at(70)}, 70),
        ({None: at(70)}, 70),
        ({"STUDY PARTICIPATION": at(70)}, 500),
        ({"ANLOTINIB": "2024-02"}, 59),  # the latest possible day, 29 February 2024
        ({"ANLOTINIB": None}, 500),
    ],
)
def test_an_open_interval_ends_where_that_drug_was_discontinued(ends: dict[Any, Any], last: int) -> None:
    stop = {"DSCAT": "DISPOSITION EVENT", "DSDECOD": "ADVERSE EVENT"}
    stops = [stop | {"DSSCAT": scope, "DSSTDTC": when} for scope, when in ends.items()]
    more = {"EX": [ANLOTINIB | {"EXSTDTC": at(2), "EXENDTC": None}], "DS": stops}
    assert one(params(500), dosed=None, more=more)["TRTEDT"] == day(last)


def test_disposition_by_drug_and_study() -> None:
    stop = {"DSCAT": "DISPOSITION EVENT", "DSSCAT": "ANLOTINIB", "DSDECOD": "ADVERSE EVENT", "DSSTDTC": at(70)}
    injection = {"EXTRT": "FULVESTRANT", "EXDOSE": 500.0, "EXSTDTC": at(0), "EXENDTC": at(0)}
    row = one(dosed=(0, 69), more={"DS": [stop], "EX": [injection]})
    assert (row["EOTSTT1"], row["EOTDT1"], row["DCTREAS1"]) == ("DISCONTINUED", day(70), "ADVERSE EVENT")
    assert (row["EOTSTT2"], row["EOTDT2"], row["DCTREAS2"]) == ("ONGOING", None, None)
    assert (row["EOSSTT"], row["DCSREAS"]) == ("ONGOING", None)


def test_a_drug_never_taken_is_not_ongoing() -> None:
    row = one(dosed=(0, 69), left=("WITHDRAWAL BY SUBJECT", 80))
    assert (row["EOTSTT1"], row["EOTSTT2"]) == ("ONGOING", "NOT TREATED")
    assert (row["EOSSTT"], row["EOSDT"], row["DCSREAS"]) == ("DISCONTINUED", day(80), "WITHDRAWAL BY SUBJECT")


def test_death_ends_treatment_and_study() -> None:
    row = one(dosed=(0, 69), death=75)
    assert (row["EOTSTT1"], row["EOTDT1"], row["DCTREAS1"]) == ("DISCONTINUED", day(75), "DEATH")
    assert (row["EOSSTT"], row["EOSDT"], row["DCSREAS"]) == ("DISCONTINUED", day(75), "DEATH")


def test_screen_failure() -> None:
    failure = {
        "DSCAT": "DISPOSITION EVENT",
        "DSDECOD": "SCREEN FAILURE",
        "DSTERM": "Haemoglobin <90",
        "DSSTDTC": at(-1),
    }
    row = one(enrolled=None, dosed=None, more={"DS": [failure | {"DSSCAT": "STUDY PARTICIPATION"}]})
    assert (row["SCRNFL"], row["SCRFFL"], row["SCRFREAS"], row["ENRLFL"]) == ("Y", "Y", "Haemoglobin <90", "N")
    assert one()["SCRFFL"] == "N"


def test_consent_and_enrolment() -> None:
    consent = {"DSCAT": "PROTOCOL MILESTONE", "DSDECOD": "INFORMED CONSENT OBTAINED", "DSSTDTC": at(-14)}
    row = one(enrolled=2, more={"DS": [consent]})
    assert (row["RFICDT"], row["ENRLDT"], row["ENRLSEQ"]) == (day(-14), day(2), 1)


def test_arms() -> None:
    frames = sdtm(patient("01"), patient("02"), patient("03", enrolled=None, dosed=None))
    frames["DM"] = frames["DM"].with_columns(ARM=pl.Series(["A", "B", None]))
    assert derive_adsl(frames, params())["USUBJID"].to_list() == ["S-01", "S-02", "S-03"]
    chosen = params(subjects={"arms": ["B"]})
    assert derive_adsl(frames, chosen)["USUBJID"].to_list() == ["S-02", "S-03"]
    assert adam.derive(frames, chosen)["ADTTE"].frame["USUBJID"].unique().to_list() == ["S-02"]
    with pytest.raises(ParamsError, match=r"subjects.arms: no enrolled patient has ARM 'C'; found: A, B"):
        derive_adsl(frames, params(subjects={"arms": ["C"]}))


def test_misspelt_enrolment_is_refused() -> None:
    with pytest.raises(
        ParamsError, match=r"subjects.enrolment_dsdecod: no DS milestone is 'RANDOMIZED'; found: ENROLLED"
    ):
        derive_adsl(sdtm(patient()), params(subjects={"enrolment_dsdecod": "RANDOMIZED"}))


def test_enrolment_needs_a_complete_date() -> None:
    frames = sdtm(patient())
    frames["DS"] = frames["DS"].with_columns(DSSTDTC=pl.lit("2024-01"))
    with pytest.raises(DataError, match=r"DS, USUBJID S-01, DSSEQ 1: DSSTDTC '2024-01' of the milestone ENROLLED"):
        derive_adsl(frames, params())


def test_an_invalid_date_names_its_record() -> None:
    frames = sdtm(patient())
    frames["TU"] = frames["TU"].with_columns(TUDTC=pl.lit("2024-13-01"))
    with pytest.raises(DataError, match=r"TU, USUBJID S-01, TUSEQ 1: TUDTC '2024-13-01': expected an ISO 8601 date"):
        derive_adsl(frames, params())


@pytest.mark.parametrize(
    ("records", "text"),
    [
        ({"enrolled": None, "dosed": (0, 50)}, "Study treatment without enrolment"),
        ({"dosed": (-1, 50)}, "First dose before enrolment (2024-01-01): time starts at enrolment"),
        ({"left": ("DEATH", 50)}, "DS records a death that DM does not: not counted"),
        ({"dosed": ("2024-01", 50)}, "Dose date incomplete: taken as 2024-01-01"),
    ],
)
def test_contradictions_are_queried(records: dict[str, Any], text: str) -> None:
    assert text in adam.queries(sdtm(patient(**records)), params())["TEXT"].to_list()


def test_new_therapy_with_its_imputation_flag_and_source() -> None:
    # June 2024 is elapsed days 152 to 181; the last dose is on day 160
    row = one(dosed=(0, 160), therapy=["2024-06", 200])
    assert (row["NACTDT"], row["NACTDTF"], row["NACTDOM"], row["NACTSEQ"]) == (day(160), "D", "CM", 1)
    row = one(dosed=(0, 160), therapy=["2024-08", 200])
    assert (row["NACTDT"], row["NACTDTF"], row["NACTDOM"], row["NACTSEQ"]) == (day(200), None, "CM", 2)


def test_recorded_dates_carry_no_imputation_flag() -> None:
    row = one(death=400, therapy=350)
    assert [row[name] for name in ("TRTSDTF", "TRTEDTF", "DTHDTF", "NACTDTF")] == [None] * 4
    row = one(dosed=("2024-01", "2024-02"), death="2024-06")
    assert [row[name] for name in ("TRTSDTF", "TRTEDTF", "DTHDTF")] == ["D"] * 3


def test_patients_of_other_arms_raise_no_queries() -> None:
    frames = sdtm(patient("01"), patient("02", scans=[(56, "CHECK")]))
    frames["DM"] = frames["DM"].with_columns(ARM=pl.Series(["A", "B"]))
    assert adam.queries(frames, params())["USUBJID"].to_list() == ["S-02"]
    assert adam.queries(frames, params(subjects={"arms": ["A"]})).is_empty()


def test_hostile_text_comes_out_as_it_is() -> None:
    frames = sdtm(patient())
    hostile = "<script>alert(1)</script> {{< include /etc/passwd >}} \\par \U0001f600"
    frames["DM"] = frames["DM"].with_columns(ARM=pl.lit(hostile))
    assert derive_adsl(frames, params())["TRT01P"].to_list() == [hostile]


def test_every_variable_has_a_label_that_fits_xpt() -> None:
    for dataset in adam.derive(sdtm(patient()), params()).values():
        assert set(dataset.labels) == set(dataset.frame.columns)
        assert all(len(name) <= 8 for name in dataset.frame.columns)
        assert all(0 < len(label) <= 40 for label in dataset.labels.values())
    assert adam.derive(sdtm(patient()), params())["ADSL"].labels["EOTSTT2"] == "End of Treatment Status, fulvestrant"


def test_no_patients_at_all() -> None:
    frames = {name: frame.clear() for name, frame in sdtm(patient(scans=[(56, "SD")])).items()}
    derived = adam.derive(frames, params())
    assert set(derived) == set(labels.DATASETS)
    assert {dataset.frame.height for dataset in derived.values()} == {0}


def test_the_reason_for_a_screen_failure() -> None:
    """The first criterion of IE, else the end of participation, else that there was one."""
    failed: dict[str, Any] = {"enrolled": None, "dosed": None}
    criteria = [{"IETEST": "Age >= 18", "IECAT": "INCLUSION"}, {"IETEST": "Second", "IECAT": "EXCLUSION"}]
    ended = {"DSCAT": "DISPOSITION EVENT", "DSSCAT": "STUDY PARTICIPATION", "DSTERM": "Consent withdrawn"}
    ended |= {"DSDECOD": "WITHDRAWAL BY SUBJECT", "DSSTDTC": at(-1)}
    records = patient(**failed, more={"IE": criteria, "DS": [ended | {"DSDECOD": "SCREEN FAILURE"}]})
    assert derive_adsl(sdtm(records), params())["SCRFREAS"].to_list() == ["Inclusion criterion not met: Age >= 18"]
    for more, reason in (({"DS": [ended]}, "Consent withdrawn"), ({}, "SCREEN FAILURE")):
        records = patient(**failed, more=more)
        records["DM"][0]["ARMNRS"] = "SCREEN FAILURE"
        assert derive_adsl(sdtm(records), params())["SCRFREAS"].to_list() == [reason]
