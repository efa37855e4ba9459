"""The data cut-off of 2025-06-30, one hand-made record per rule."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.cut.cutoff import apply_cutoff
from analysis.errors import DataError
from analysis.params import Subjects
from tests.cut.make import dataset, folder_of

CUTOFF = dt.date(2025, 6, 30)
DM = dataset("DM", {"USUBJID": "1", "RFICDTC": "2025-01-10", "RFSTDTC": "2025-01-20"})


def cut(*datasets, subjects=None):
    return apply_cutoff(folder_of(*datasets), CUTOFF, subjects)


def cut_one(data, dm=DM):
    """Return the kept records of one dataset, and its lines of the log without DATASET and USUBJID."""
    out, log = cut(dm, data)
    return out[data.name].frame, log.filter(pl.col("DATASET") == data.name).drop("DATASET", "USUBJID")


@pytest.mark.parametrize(
    ("start", "stays"),
    [
        ("2025-06-30", True),
        ("2025-06-30T23:59", True),
        ("2025-07-01", False),
        ("2025-07-01T00:00", False),
        ("2025", True),
        ("2025-06", True),
        ("2025-07", False),
        ("2026", False),
        ("2025---15", True),
        ("2025-07-32", False),
        (None, True),
        ("--07-01", True),
    ],
)
@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("AE", "AESTDTC"),
        ("CM", "CMSTDTC"),
        ("PR", "PRSTDTC"),
        ("MH", "MHSTDTC"),
        ("DS", "DSSTDTC"),
        ("DV", "DVSTDTC"),
        ("EX", "EXSTDTC"),
        ("SV", "SVSTDTC"),
        ("SE", "SESTDTC"),
        ("RS", "RSDTC"),
        ("LB", "LBDTC"),
        ("SS", "SSDTC"),
        ("DD", "DDDTC"),
        ("CO", "CODTC"),
    ],
)
def test_the_deciding_date(name, variable, start, stays):
    kept, log = cut_one(dataset(name, {"USUBJID": "1", variable: start}))
    assert kept.height == stays
    if not stays:
        assert log.row(0)[1:5] == (variable, start, None, "removed")


@pytest.mark.parametrize(
    ("name", "start", "collected", "kept_collected"),
    [
        ("AE", "2025-06-01", "2025-07-15", None),
        ("AE", None, "2025-07-15", None),
        ("AE", None, "2025-06-15", "2025-06-15"),
        ("CM", None, "2025-07-15", None),
        ("DS", None, "2025-07-15", None),
        ("FA", "2025-06-01", "2025-07-15", None),
    ],
)
def test_a_later_collection_date_is_cleared_not_the_record_removed(name, start, collected, kept_collected):
    record = {"USUBJID": "1", f"{name}STDTC": start, f"{name}DTC": collected}
    kept, log = cut_one(dataset(name, record | ({"FATESTCD": "OCCUR"} if name == "FA" else {})))
    assert kept[f"{name}DTC"].to_list() == [kept_collected]
    cleared = (1, f"{name}DTC", collected, None, "cleared", "the date is after the cut-off")
    assert log.rows() == ([] if kept_collected else [cleared])


@pytest.mark.parametrize(
    ("name", "record"),
    [
        ("LB", {"LBTESTCD": "ALT", "LBDTC": "2025-07-15", "LBENDTC": "2025-06-15"}),
        ("FA", {"FATESTCD": "OCCUR", "FASTDTC": None, "FADTC": "2025-07-15"}),
        ("AE", {"AEDTC": "2025-07-15"}),
    ],
)
def test_the_collection_date_decides_for_findings_and_where_it_is_the_only_date(name, record):
    kept, log = cut_one(dataset(name, {"USUBJID": "1"} | record))
    assert kept.is_empty()
    assert log.rows() == [(1, f"{name}DTC", "2025-07-15", None, "removed", "dated after the cut-off")]


def test_records_without_any_date_variable_go_by_their_visit():
    visits = dataset(
        "SV",
        {"USUBJID": "1", "VISITNUM": 3, "SVSTDTC": "2025-06-20"},
        {"USUBJID": "1", "VISITNUM": 4, "SVSTDTC": "2025-07-20"},
    )
    data = dataset("QS", {"USUBJID": "1", "VISITNUM": 3}, {"USUBJID": "1", "VISITNUM": 4}, {"USUBJID": "1"})
    out, log = cut(DM, visits, data)
    assert out["QS"].frame["QSSEQ"].to_list() == [1, 3]
    assert log.filter(DATASET="QS")["REASON"].to_list() == ["its visit starts after the cut-off"]


def test_patients_by_consent():
    dm = dataset(
        "DM",
        {"USUBJID": "1", "RFICDTC": "2025-06-30"},
        {"USUBJID": "2", "RFICDTC": "2025-07-01"},
        {"USUBJID": "3", "RFICDTC": "2025-06"},
    )
    events = dataset("AE", *({"USUBJID": u, "AESTDTC": "2025-01-01"} for u in "123"))
    out, log = cut(dm, events)
    assert out["DM"].frame["USUBJID"].to_list() == out["AE"].frame["USUBJID"].to_list() == ["1", "3"]
    assert log.filter(USUBJID="2")["REASON"].unique().to_list() == ["informed consent after the cut-off"]


def test_what_stands_in_for_a_missing_consent():
    dm = dataset(
        "DM",
        {"USUBJID": "consent in DS", "DMDTC": "2025-07-02"},
        {"USUBJID": "demographics", "DMDTC": "2025-06-29", "RFSTDTC": "2025-07-20"},
        {"USUBJID": "enrolled", "RFSTDTC": "2025-06-01"},
        {"USUBJID": "dosed late", "RFSTDTC": "2025-07-01"},
        {"USUBJID": "nothing"},
    )
    ds = dataset(
        "DS",
        {"USUBJID": "consent in DS", "DSDECOD": "INFORMED CONSENT OBTAINED", "DSSTDTC": "2025-06-30"},
        {"USUBJID": "enrolled", "DSDECOD": "RANDOMIZED", "DSSTDTC": "2025-07-01"},
    )
    out, log = cut(dm, ds, subjects=Subjects(enrolment_dsdecod="RANDOMIZED"))
    assert out["DM"].frame["USUBJID"].to_list() == ["consent in DS", "demographics", "nothing"]
    assert log.filter(ACTION="noted")["REASON"].to_list() == [
        "no RFICDTC in 1 patients: the DS record of informed consent decides instead",
        "no RFICDTC in 1 patients: the collection of the demographics decides instead",
        "no RFICDTC in 1 patients: the DS record of enrolment decides instead",
        "no RFICDTC in 1 patients: the start of the reference period decides instead",
        "no date of consent in 1 patients: they stay",
    ]


def test_dosing_is_cut_at_the_cutoff():
    kept, log = cut_one(
        dataset(
            "EX",
            {"USUBJID": "1", "EXSTDTC": "2025-06-20", "EXENDTC": "2025-07-03", "EXENDY": 165, "EXDUR": "P14D"},
            {"USUBJID": "1", "EXSTDTC": "2025-06-20", "EXENDTC": "2025-06-30T18:00", "EXENDY": 162, "EXDUR": "P11D"},
            {"USUBJID": "1", "EXSTDTC": "2025-06-20", "EXENDTC": None},
        )
    )
    assert kept["EXENDTC"].to_list() == ["2025-06-30", "2025-06-30T18:00", None]
    assert kept["EXENDY"].to_list() == [162, 162, None]  # 20 January is day 1: 30 June is day 162
    assert kept["EXDUR"].to_list() == [None, "P11D", None]
    reason = "dosing goes on after the cut-off: its end is the cut-off"
    assert log.sort("VARIABLE").rows() == [
        (1, "EXDUR", "P14D", None, "cleared", reason),
        (1, "EXENDTC", "2025-07-03", "2025-06-30", "changed", reason),
        (1, "EXENDY", "165", "162", "changed", reason),
    ]


def test_later_ends_become_ongoing():
    kept, log = cut_one(
        dataset(
            "CM",
            {"USUBJID": "1", "CMSTDTC": "2025-06-01", "CMENDTC": "2025-07-02", "CMENDY": 164, "CMENRTPT": "BEFORE"},
            {"USUBJID": "1", "CMSTDTC": "2025-06-01", "CMENDTC": "2025", "CMENRF": "DURING"},
            {"USUBJID": "1", "CMSTDTC": "2025-06-01", "CMENDTC": "2025-07", "CMENRF": "DURING"},
        )
    )
    assert kept["CMENDTC"].to_list() == [None, "2025", None]
    assert kept["CMENDY"].to_list() == [None, None, None]
    assert kept["CMENRTPT"].to_list() == ["ONGOING", None, "ONGOING"]
    assert kept["CMENRF"].to_list() == ["ONGOING", "DURING", "ONGOING"]
    assert log.filter(VARIABLE="CMENDTC").rows() == [
        (1, "CMENDTC", "2025-07-02", None, "cleared", "ends after the cut-off: ongoing"),
        (3, "CMENDTC", "2025-07", None, "cleared", "ends after the cut-off: ongoing"),
    ]


def test_an_adverse_event_that_resolves_later():
    kept, _ = cut_one(
        dataset(
            "AE",
            {"USUBJID": "1", "AESTDTC": "2025-06-01", "AEENDTC": "2025-07-02", "AEOUT": "RECOVERED/RESOLVED"},
            {"USUBJID": "1", "AESTDTC": "2025-06-01", "AEENDTC": "2025-06-30", "AEOUT": "RECOVERED/RESOLVED"},
        )
    )
    assert kept["AEENDTC"].to_list() == [None, "2025-06-30"]
    assert kept["AEOUT"].to_list() == ["NOT RECOVERED/NOT RESOLVED", "RECOVERED/RESOLVED"]


def test_reference_dates_follow_the_kept_data():
    dm = dataset(
        "DM",
        {
            "USUBJID": "1", "RFICDTC": "2025-01-10", "RFSTDTC": "2025-01-20", "RFXSTDTC": "2025-01-20",
            "RFENDTC": "2025-07-20", "RFXENDTC": "2025-07-20", "RFPENDTC": "2025-09-01",
        },
        {
            "USUBJID": "2", "RFICDTC": "2025-01-10", "RFSTDTC": "2025-01-20", "RFXSTDTC": "2025-01-20",
            "RFENDTC": "2025-08-20", "RFXENDTC": "2025-07-20", "RFPENDTC": "2025-06-30",
        },
    )  # fmt: skip
    exposure = dataset(
        "EX",
        {"USUBJID": "1", "EXSTDTC": "2025-06-17", "EXENDTC": "2025-07-20"},
        {"USUBJID": "2", "EXSTDTC": "2025-06-02", "EXENDTC": "2025-06-15"},
        {"USUBJID": "2", "EXSTDTC": "2025-07-07", "EXENDTC": "2025-07-20"},
    )
    frame = cut(dm, exposure)[0]["DM"].frame
    assert frame["RFXENDTC"].to_list() == ["2025-06-30", "2025-06-15"]
    assert frame["RFENDTC"].to_list() == ["2025-06-30", None]
    assert frame["RFPENDTC"].to_list() == [None, "2025-06-30"]


def test_arms_decided_after_the_cutoff():
    def patient(number, start):
        return {
            "USUBJID": number, "RFICDTC": "2025-06-20", "RFSTDTC": start, "RFXSTDTC": start, "ARMCD": "A", "ARM": "a",
            "ACTARMCD": "A", "ACTARM": "a", "ARMNRS": None, "DMDTC": "2025-06-20", "DMDY": -10,
        }  # fmt: skip

    failure = {"USUBJID": "4", "RFICDTC": "2025-06-20", "ARMNRS": "SCREEN FAILURE"}
    dm = dataset("DM", patient("1", "2025-07-03"), patient("2", "2025-07-01"), patient("3", "2025-06-30"), failure)
    disposition = dataset(
        "DS",
        {"USUBJID": "1", "DSDECOD": "ENROLLED", "DSSTDTC": "2025-07-01"},
        {"USUBJID": "2", "DSDECOD": "ENROLLED", "DSSTDTC": "2025-06-29"},
        {"USUBJID": "3", "DSDECOD": "ENROLLED", "DSSTDTC": "2025-06-29"},
        {"USUBJID": "4", "DSDECOD": "SCREEN FAILURE", "DSSTDTC": "2025-07-02"},
    )
    frame = cut(dm, disposition)[0]["DM"].frame
    assert frame["ARMCD"].to_list() == [None, "A", "A", None]
    assert frame["ACTARM"].to_list() == [None, None, "a", None]
    assert frame["ARMNRS"].to_list() == ["NOT ASSIGNED", "ASSIGNED, NOT TREATED", None, "NOT ASSIGNED"]
    assert frame["RFSTDTC"].to_list() == [None, None, "2025-06-30", None]
    assert frame["DMDY"].to_list() == [None, None, -10, None]  # day -10 would tell the first dose


def test_study_days_that_tell_a_later_date():
    kept, _ = cut_one(
        dataset(
            "LB",
            {"USUBJID": "1", "LBDTC": "2025-06-30", "LBDY": 162},
            {"USUBJID": "1", "LBDTC": None, "LBDY": 163},
            {"USUBJID": "1", "LBDTC": "2025-01-19", "LBDY": -1},
        )
    )
    assert kept["LBDY"].to_list() == [162, None, -1]


def test_qualifiers_comments_and_relations_follow_their_records():
    events = dataset("AE", {"USUBJID": "1", "AESTDTC": "2025-06-01"}, {"USUBJID": "1", "AESTDTC": "2025-07-01"})
    medication = dataset("CM", {"USUBJID": "1", "CMSTDTC": "2025-06-02", "CMSPID": "01"})
    link = {"USUBJID": "1", "RDOMAIN": "AE", "IDVAR": "AESEQ"}
    qualifiers = dataset(
        "SUPPAE",
        link | {"IDVARVAL": "1", "QNAM": "AERELANL", "QVAL": "Y"},
        link | {"IDVARVAL": "2", "QNAM": "AERELANL", "QVAL": "Y"},
        link | {"IDVARVAL": "1", "QNAM": "AEHODTC", "QVAL": "2025-07"},
        link | {"IDVARVAL": "1", "QNAM": "REPORTED", "QVAL": "2025-07-04"},
        link | {"IDVARVAL": "9", "QNAM": "AERELANL", "QVAL": "orphans are for the data check"},
    )
    comments = dataset(
        "CO",
        link | {"IDVARVAL": "1", "COVAL": "kept"},
        link | {"IDVARVAL": "2", "COVAL": "gone"},
        {"USUBJID": "1", "COVAL": "2025-07-09"},
        {"USUBJID": "1", "COVAL": "general", "CODTC": "2025-06-01"},
    )
    cm = {"USUBJID": "1", "RDOMAIN": "CM", "IDVAR": "CMSPID", "IDVARVAL": "01"}
    relations = dataset(
        "RELREC",
        link | {"IDVARVAL": "1", "RELID": "A"},
        cm | {"RELID": "A"},
        link | {"IDVARVAL": "2", "RELID": "B"},
        cm | {"RELID": "B"},
        {"USUBJID": None, "RDOMAIN": "TU", "IDVAR": "TULNKID", "RELID": "C"},
    )
    out, log = cut(DM, events, medication, qualifiers, comments, relations)
    assert out["SUPPAE"].frame.select("IDVARVAL", "QNAM").rows() == [("1", "AERELANL"), ("9", "AERELANL")]
    assert out["CO"].frame["COVAL"].to_list() == ["kept", "general"]
    assert out["RELREC"].frame["RELID"].to_list() == ["A", "A", "C"]
    assert log.filter(DATASET="SUPPAE").select("SEQ", "VARIABLE", "OLD", "REASON").rows() == [
        (1, "QVAL", "2025-07", "its value is a date after the cut-off"),
        (1, "QVAL", "2025-07-04", "its value is a date after the cut-off"),
        (2, "IDVARVAL", "2", "its parent record is removed"),
    ]


def test_the_trial_design_stays_but_for_later_dates():
    ts = dataset(
        "TS",
        {"TSPARMCD": "SSTDTC", "TSVAL": "2023-01-05", "TSVCDVER": "2025-09-26"},
        {"TSPARMCD": "SENDTC", "TSVAL": "2025-12-31"},
        {"TSPARMCD": "PLANSUB", "TSVAL": "40"},
    )
    ta = dataset("TA", {"ARMCD": "A", "ETCD": "TRT"})
    out, log = cut(DM, ts, ta)
    assert out["TS"].frame["TSPARMCD"].to_list() == ["SSTDTC", "PLANSUB"]
    assert out["TS"].frame["TSVCDVER"].to_list() == ["2025-09-26", None]  # the version of a terminology, no study date
    assert out["TA"].frame.equals(ta.frame)
    assert log["DATASET"].to_list() == ["TS"]


def test_reference_time_points():
    kept, _ = cut_one(
        dataset(
            "MH",
            {"USUBJID": "1", "MHENRTPT": "ONGOING", "MHENTPT": "2025-07-15"},
            {"USUBJID": "1", "MHENRTPT": "BEFORE", "MHENTPT": "2025-07-15"},
            {"USUBJID": "1", "MHENRTPT": "BEFORE", "MHENTPT": "2025-01-10"},
            {"USUBJID": "1", "MHSTRTPT": "BEFORE", "MHSTTPT": "2025-07-15"},
        )
    )
    assert kept["MHENRTPT"].to_list() == ["ONGOING", None, "BEFORE", None]
    assert kept["MHENTPT"].to_list() == ["2025-06-30", None, "2025-01-10", None]
    assert kept.select("MHSTRTPT", "MHSTTPT").row(3) == (None, None)


def test_text_that_is_nothing_but_a_later_date():
    kept, _ = cut_one(
        dataset(
            "FA", {"USUBJID": "1", "FADTC": "2025-06-01", "FAORRES": "2025-08-01"}, {"USUBJID": "1", "FAORRES": "2025"}
        )
    )
    assert kept["FAORRES"].to_list() == [None, "2025"]


def test_split_datasets_go_by_their_domain():
    data = dataset("LBCH", {"USUBJID": "1", "LBDTC": "2025-07-01"}, {"USUBJID": "1", "LBDTC": "2025-06-01"})
    kept, log = cut_one(data)
    assert kept.height == 1
    assert log["SEQ"].to_list() == [1]


def test_datasets_keep_their_labels_and_hostile_text():
    data = dataset("AE", {"USUBJID": "1", "AESTDTC": "2025-06-01", "AETERM": "<b>{{< include x >}}"})
    kept, log = cut_one(data)
    assert kept.equals(data.frame)
    assert log.is_empty()


def test_without_dm():
    with pytest.raises(DataError, match="DM: no such dataset"):
        apply_cutoff({}, CUTOFF)


DAYS = st.none() | st.sampled_from(
    ["2024", "2025", "2026", "2025-06", "2025-07", "2025-06-30", "2025-06-30T23:59", "2025-07-01", "2025-07-01T00:00"]
)
OUTCOMES = st.sampled_from(["FATAL", "RECOVERED/RESOLVED", "UNKNOWN", None])


def after_cutoff(text):
    """Whether a date's earliest day is after 2025-06-30: texts compare as their dates do."""
    return text is not None and text[:10] > "2025-06-30"[: len(text)]


@given(data=st.data())
def test_whatever_the_records_nothing_survives_and_a_second_cut_changes_nothing(data):
    def records(name, *variables, **more):
        rows = st.fixed_dictionaries({"USUBJID": st.sampled_from("123")} | dict.fromkeys(variables, DAYS) | more)
        return dataset(name, *data.draw(st.lists(rows, min_size=1, max_size=4)))

    references = ["RFICDTC", "RFSTDTC", "RFENDTC", "RFXSTDTC", "RFXENDTC", "RFPENDTC", "DTHDTC", "DMDTC"]
    dm = dataset("DM", *({"USUBJID": u} | {name: data.draw(DAYS) for name in references} for u in "123"))
    transfer = folder_of(
        dm,
        records("DS", "DSSTDTC", "DSDTC", DSDECOD=st.sampled_from(["ENROLLED", "DEATH", "COMPLETED"])),
        records("DD", "DDDTC"),
        records("SS", "SSDTC", SSSTRESC=st.sampled_from(["ALIVE", "DEAD"])),
        records("EX", "EXSTDTC", "EXENDTC"),
        records("AE", "AESTDTC", "AEENDTC", "AEDTC", AEOUT=OUTCOMES, AEENDY=st.none() | st.integers(-5, 900)),
        records("LB", "LBDTC", "LBENDTC", LBORRES=DAYS, LBDY=st.none() | st.integers(-5, 900)),
    )
    first, _ = apply_cutoff(transfer, CUTOFF)
    for name, cut_dataset in first.items():
        assert set(cut_dataset.frame["USUBJID"]) <= set(first["DM"].frame["USUBJID"])
        for row in cut_dataset.frame.iter_rows(named=True):
            assert not [v for v in row if v.endswith("DTC") and after_cutoff(row[v])], (name, row)
    second, log = apply_cutoff(first, CUTOFF)
    assert log.filter(pl.col("ACTION") != "noted").is_empty()
    assert all(second[name].frame.equals(first[name].frame) for name in first)
