"""Records are matched by what they are about; what became of each is said by dataset and variable."""

from typing import Any

import polars as pl
import pytest

from analysis.audit import diff_records
from analysis.audit.diff_records import Change, Dataset

AE = ("USUBJID", "AESEQ", "AETERM", "AESTDTC", "AEENDTC")
RASH, COUGH = ("1", 1.0, "RASH", "2025-01-05", "2025-01-09"), ("1", 2.0, "COUGH", "2025-02-01", None)
RS = ("USUBJID", "RSSEQ", "RSTESTCD", "RSEVAL", "VISITNUM", "RSDTC", "RSSTRESC")
WEEK_8 = ("1", 1.0, "OVRLRESP", "INVESTIGATOR", 301.0, "2025-03-03", "SD")


def frame(columns: tuple[str, ...], *rows: tuple[Any, ...]) -> pl.DataFrame:
    kinds = {name: pl.Float64 if name.endswith(("SEQ", "NUM")) else pl.String for name in columns}
    return pl.DataFrame(rows, schema=kinds, orient="row")


def found(name: str, old: pl.DataFrame, new: pl.DataFrame) -> Dataset:
    [dataset] = diff_records.compare({name: old}, {name: new})
    return dataset


def said(dataset: Dataset) -> list[tuple[str, str, str, str | None, str | None]]:
    """Each change: the values that name the record, what became of it, and of which variable."""
    return [(" ".join(v for _, v in c.record), c.kind, c.variable, c.old, c.new) for c in dataset.changes]


def test_records_come_go_and_change_by_variable() -> None:
    fever = ("2", 1.0, "FEVER", "2025-03-01", None)
    dataset = found("AE", frame(AE, RASH, COUGH), frame(AE, (*COUGH[:4], "2025-02-08"), fever))
    assert said(dataset) == [
        ("1 COUGH 2025-02-01", "changed", "AEENDTC", None, "2025-02-08"),
        ("2 FEVER 2025-03-01", "added", "", None, None),
        ("1 RASH 2025-01-05", "removed", "", None, None),
    ]
    assert (dataset.old, dataset.new, dataset.keys) == (2, 2, ("USUBJID", "AETERM", "AESTDTC"))
    assert [dataset.count(kind) for kind in ("added", "removed", "changed")] == [1, 1, 1]
    assert dataset.changes[0].place() == "USUBJID 1, AETERM COUGH, AESTDTC 2025-02-01"
    assert dataset.changes[0].subject == "1"


def test_numbers_given_anew_are_no_change_of_a_record() -> None:
    dataset = found("AE", frame(AE, RASH, COUGH), frame(AE, ("1", 1.0, *COUGH[2:]), ("1", 2.0, *RASH[2:])))
    assert (dataset.changes, dataset.renumbered) == ((), 2)


def test_another_order_is_no_change() -> None:
    dataset = found("AE", frame(AE, RASH, COUGH), frame(AE, COUGH, RASH))
    assert (dataset.changes, dataset.renumbered) == ((), 0)


@pytest.mark.parametrize(
    ("new", "variable", "old_value", "new_value"),
    [
        (("1", 1.0, "RASH", "2025-01-06", "2025-01-09"), "AESTDTC", "2025-01-05", "2025-01-06"),
        (("1", 1.0, "RASH ON ARM", "2025-01-05", "2025-01-09"), "AETERM", "RASH", "RASH ON ARM"),
    ],
)
def test_a_corrected_date_or_term_is_a_change_where_the_number_stays(
    new: tuple[Any, ...], variable: str, old_value: str, new_value: str
) -> None:
    """The record is named as it was."""
    changes = said(found("AE", frame(AE, RASH), frame(AE, new)))
    assert changes == [("1 RASH 2025-01-05", "changed", variable, old_value, new_value)]


def test_the_same_event_at_another_time_under_another_number_is_another_event() -> None:
    dataset = found("AE", frame(AE, RASH), frame(AE, ("1", 5.0, "RASH", "2025-09-01", None)))
    assert [change.kind for change in dataset.changes] == ["added", "removed"]


def test_a_finding_is_found_by_its_visit_when_its_date_is_corrected() -> None:
    moved = ("1", 9.0, *WEEK_8[2:5], "2025-02-24", "SD")
    week_16 = ("1", 2.0, *WEEK_8[2:4], 302.0, "2025-05-01", "PD")
    dataset = found("RS", frame(RS, WEEK_8), frame(RS, moved, week_16))
    assert [(c.kind, c.variable, c.old, c.new) for c in dataset.changes] == [
        ("changed", "RSDTC", "2025-03-03", "2025-02-24"),
        ("added", "", None, None),
    ]
    assert dataset.renumbered == 1


def test_readers_are_told_apart() -> None:
    other = ("1", 2.0, "OVRLRESP", "INDEPENDENT ASSESSOR", *WEEK_8[4:])
    dataset = found("RS", frame(RS, WEEK_8, other), frame(RS, ("1", 2.0, *other[2:6], "PD"), WEEK_8))
    assert said(dataset) == [("1 OVRLRESP INDEPENDENT ASSESSOR 301 2025-03-03", "changed", "RSSTRESC", "SD", "PD")]


def test_twins_are_counted_and_told_apart_by_their_number() -> None:
    twin = ("1", 7.0, *RASH[2:])
    dataset = found("AE", frame(AE, RASH, twin), frame(AE, RASH))
    assert [(c.kind, dict(c.record)) for c in dataset.changes] == [
        ("removed", {"USUBJID": "1", "AETERM": "RASH", "AESTDTC": "2025-01-05", "AESEQ": "7"})
    ]
    dataset = found("AE", frame(AE, RASH), frame(AE, RASH, twin, ("1", 8.0, *RASH[2:])))
    assert [dict(c.record)["AESEQ"] for c in dataset.changes] == ["7", "8"]


def test_a_dataset_of_one_record_for_each_patient_is_matched_by_patient() -> None:
    columns = ("USUBJID", "SUBJID", "DMDTC", "ARMCD", "DTHFL")
    old, new = (
        frame(columns, ("1", "1", day, arm, dead)) for day, arm, dead in (("2024", "A", None), ("2025", "B", "Y"))
    )
    dataset = found("DM", old, new)
    assert dataset.keys == ("USUBJID",)
    assert [(c.variable, c.old, c.new) for c in dataset.changes] == [
        ("DMDTC", "2024", "2025"),
        ("ARMCD", "A", "B"),
        ("DTHFL", None, "Y"),
    ]


def test_a_parameter_that_each_patient_has_once_is_matched_whatever_its_date() -> None:
    columns = ("USUBJID", "SUBJID", "PARAMCD", "ADT", "AVALC")
    old, new = (frame(columns, ("1", "1", "PFS", day, "x")) for day in ("2025-01-01", "2025-06-01"))
    dataset = found("ADTTE", old, new)
    assert [(c.kind, c.variable) for c in dataset.changes] == [("changed", "ADT")]


def test_supplemental_qualifiers_are_variables_of_their_parents() -> None:
    columns = ("USUBJID", "RDOMAIN", "IDVAR", "IDVARVAL", "QNAM", "QVAL")
    old, new = (
        frame(columns, ("1", "AE", "AESEQ", number, "AEREL2", value)) for number, value in (("1", "N"), ("4", "Y"))
    )
    renumbered = ("1", 4.0, *RASH[2:])
    datasets = diff_records.compare(
        {"AE": frame(AE, RASH), "SUPPAE": old}, {"AE": frame(AE, renumbered), "SUPPAE": new}
    )
    assert [d.name for d in datasets] == ["AE"]
    assert [(c.variable, c.old, c.new) for c in datasets[0].changes] == [("AEREL2", "N", "Y")]


def test_qualifiers_without_a_parent_stay_a_dataset() -> None:
    columns = ("USUBJID", "IDVAR", "IDVARVAL", "QNAM", "QVAL")
    orphan = frame(columns, ("1", "AESEQ", "1", "A", "x"))
    datasets = diff_records.compare({"SUPPAE": orphan}, {"SUPPAE": orphan.clear()})
    assert [(d.name, [c.kind for c in d.changes]) for d in datasets] == [("SUPPAE", ["removed"])]


def test_variables_and_datasets_that_one_side_lacks() -> None:
    old = {"AE": frame(AE, RASH), "MH": frame(("USUBJID", "MHTERM"), ("1", "GOUT"))}
    new = {"AE": frame(AE[:4], RASH[:4]).with_columns(AESER=pl.lit("N"))}
    ae, mh = diff_records.compare(old, new)
    assert (ae.changes, ae.variables_added, ae.variables_removed) == ((), ("AESER",), ("AEENDTC",))
    assert mh.changes == (Change("MH", (("USUBJID", "1"), ("MHTERM", "GOUT")), "removed"),)


def test_records_without_anything_to_tell_them_apart_are_compared_whole() -> None:
    columns = ("STUDYID", "USUBJID", "NOTE")
    dataset = found(
        "XX", frame(columns, ("S", "1", "a"), ("S", "1", "b")), frame(columns, ("S", "1", "b"), ("S", "1", "c"))
    )
    assert said(dataset) == [("S 1 c", "added", "", None, None), ("S 1 a", "removed", "", None, None)]


@pytest.mark.parametrize(
    ("value", "text"), [(3.0, "3"), (0.25, "0.25"), (float("nan"), None), ("", None), (None, None), ("x", "x")]
)
def test_values_are_said_as_they_are_read(value: Any, text: str | None) -> None:
    assert diff_records.text(value) == text
