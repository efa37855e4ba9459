"""Deaths under the data cut-off of 2025-06-30, hand-made: undone everywhere, or kept everywhere."""

import datetime as dt

import pytest

from analysis.cut.cutoff import apply_cutoff
from tests.cut.make import dataset, folder_of

CUTOFF = dt.date(2025, 6, 30)
DEAD = dataset(
    "DM", {"USUBJID": "1", "RFICDTC": "2025-01-10", "RFSTDTC": "2025-01-20", "DTHDTC": "2025-07-01", "DTHFL": "Y"}
)


def cut(*datasets):
    return apply_cutoff(folder_of(*datasets), CUTOFF)


def fatal(end, **more):
    return {
        "USUBJID": "1", "AESTDTC": "2025-06-01", "AEENDTC": end, "AEOUT": "FATAL", "AESDTH": "Y", "AESER": "Y",
        "AETOXGR": "5", **more,
    }  # fmt: skip


@pytest.mark.parametrize("end", ["2025-07-01", None, "2025", "2025-06"])
def test_a_death_after_the_cutoff_is_undone_everywhere(end):
    events = dataset("AE", fatal(end))
    disposition = dataset(
        "DS",
        {"USUBJID": "1", "DSDECOD": "DEATH", "DSSTDTC": end},
        {"USUBJID": "1", "DSDECOD": "ENROLLED", "DSSTDTC": "2025-01-15"},
    )
    details = dataset("DD", {"USUBJID": "1", "DDTESTCD": "PRCDTH", "DDDTC": None})
    status = dataset(
        "SS",
        {"USUBJID": "1", "SSSTRESC": "ALIVE", "SSDTC": "2025-06-15"},
        {"USUBJID": "1", "SSSTRESC": "DEAD", "SSDTC": None},
    )
    qualifiers = dataset(
        "SUPPDM",
        {"USUBJID": "1", "RDOMAIN": "DM", "IDVAR": None, "IDVARVAL": None, "QNAM": "DTHCAUS", "QVAL": "SEPSIS"},
        {"USUBJID": "1", "RDOMAIN": "DM", "IDVAR": None, "IDVARVAL": None, "QNAM": "RACEOTH", "QVAL": "X"},
    )
    out, log = cut(DEAD, events, disposition, details, status, qualifiers)
    assert out["DM"].frame.select("DTHDTC", "DTHFL").row(0) == (None, None)
    assert out["AE"].frame.select("AEENDTC", "AEOUT", "AESDTH", "AETOXGR", "AESER").rows() == [
        (None, "NOT RECOVERED/NOT RESOLVED", "N", None, "Y")
    ]
    assert out["DS"].frame["DSDECOD"].to_list() == ["ENROLLED"]
    assert out["DD"].frame.is_empty()
    assert out["SS"].frame["SSSTRESC"].to_list() == ["ALIVE"]
    assert out["SUPPDM"].frame["QNAM"].to_list() == ["RACEOTH"]
    assert set(log.filter(DATASET="DM")["REASON"]) == {"died after the cut-off"}


def test_a_death_on_the_cutoff_stays():
    dm = dataset("DM", {"USUBJID": "1", "RFICDTC": "2025-01-10", "DTHDTC": "2025-06-30", "DTHFL": "Y"})
    events = dataset("AE", fatal("2025-06-30"))
    disposition = dataset("DS", {"USUBJID": "1", "DSDECOD": "DEATH", "DSSTDTC": "2025-06-30"})
    out, log = cut(dm, events, disposition)
    assert log.is_empty()
    assert out["AE"].frame.equals(events.frame)


def test_a_partial_death_counts_by_its_earliest_day_unless_a_later_one_is_recorded():
    dm = dataset("DM", {"USUBJID": "1", "RFICDTC": "2025-01-10", "DTHDTC": "2025-06", "DTHFL": "Y"})
    assert cut(dm)[0]["DM"].frame["DTHDTC"].to_list() == ["2025-06"]
    dm = dataset("DM", {"USUBJID": "1", "RFICDTC": "2025-01-10", "DTHDTC": "2025", "DTHFL": "Y"})
    disposition = dataset("DS", {"USUBJID": "1", "DSDECOD": "DEATH", "DSSTDTC": "2025-08-02"})
    assert cut(dm, disposition)[0]["DM"].frame.select("DTHDTC", "DTHFL").row(0) == (None, None)


def test_a_fatal_end_after_the_cutoff_without_a_death_in_dm():
    dm = dataset("DM", {"USUBJID": "1", "RFICDTC": "2025-01-10"})
    out, _ = cut(dm, dataset("AE", fatal("2025-07-09")))
    assert out["AE"].frame.select("AEENDTC", "AEOUT", "AESDTH").row(0) == (None, "NOT RECOVERED/NOT RESOLVED", "N")


def grade_5(**more):
    return ("AE", {"AESTDTC": "2025-06-01", "AEOUT": None, "AESDTH": "Y", "AETOXGR": "5"} | more)


def details(day):
    return ("DD", {"DDTESTCD": "PRCDTH", "DDDTC": day})


def status(value, day):
    return ("SS", {"SSSTRESC": value, "SSDTC": day})


@pytest.mark.parametrize(
    ("dthdtc", "records", "stays"),
    [
        (None, [], True),
        (None, [grade_5(AEENDTC="2025-07-08")], False),
        (None, [grade_5(AEENDTC="2025-07-08", AESDTH=None)], False),
        (None, [grade_5(AEENDTC="2025-07-08", AETOXGR=None)], False),
        (None, [grade_5(AEENDTC="2025-06-28")], True),
        (None, [grade_5(AEENDTC=None)], True),
        (None, [grade_5(AEENDTC=None, AESTDTC="2025-07-02")], False),
        (None, [grade_5(AEENDTC=None), status("DEAD", "2025-07-08")], False),
        (None, [grade_5(AEENDTC="2025-06-28"), status("DEAD", "2025-07-08")], True),
        (None, [("DS", {"DSDECOD": "DEATH", "DSSTDTC": "2025-06-28", "DSDTC": "2025-07-08"})], True),
        (None, [("DS", {"DSDECOD": "DEATH", "DSSTDTC": None, "DSDTC": "2025-07-08"})], False),
        (None, [details("2025-07-08")], False),
        (None, [details("2025-06-30")], True),
        (None, [status("DEAD", "2025-07-08")], False),
        (None, [status("DEAD", "2025-06-30")], True),
        (None, [status("DEAD", None)], True),
        (None, [status("DEAD", "2025-06-28"), details("2025-07-08")], True),
        (None, [status("ALIVE", "2025-07-01")], False),
        (None, [status("ALIVE", "2025-06-01")], True),
        ("2025-06", [status("DEAD", "2025-07-08")], True),
        ("2025-06", [status("ALIVE", "2025-07-01")], False),
        ("2025-06", [grade_5(AEENDTC="2025-07-08")], False),
        ("2025-06-28", [details("2025-07-08"), status("DEAD", "2025-07-08")], True),
        ("2025-06-28", [grade_5(AEENDTC="2025-07-08")], True),
    ],
)
def test_whether_the_death_of_dm_stays(dthdtc, records, stays):
    dm = dataset("DM", {"USUBJID": "1", "RFICDTC": "2025-01-10", "DTHDTC": dthdtc, "DTHFL": "Y"})
    out, log = cut(dm, *(dataset(name, {"USUBJID": "1"} | record) for name, record in records))
    assert out["DM"].frame.select("DTHDTC", "DTHFL").row(0) == ((dthdtc, "Y") if stays else (None, None))
    flag = log.filter(DATASET="DM", VARIABLE="DTHFL").select("OLD", "NEW", "ACTION", "REASON").rows()
    assert flag == ([] if stays else [("Y", None, "cleared", "died after the cut-off")])
    if not stays:
        assert all(name not in out or out[name].frame.is_empty() for name in ("DD", "DS"))
        assert "DEAD" not in (out["SS"].frame["SSSTRESC"].to_list() if "SS" in out else [])
        assert "Y" not in (out["AE"].frame["AESDTH"].to_list() if "AE" in out else [])
