"""Names, labels, keys, dates and study days of the transfers."""

import polars as pl
import pytest

from tests.data.transfers import Transfer, date, full

EXPECTED = [
    *("AE", "CM", "DD", "DM", "DS", "DV", "EG", "EX", "IE", "LB", "MH", "MI", "PR", "RELREC", "RP", "RS", "SE", "SS"),
    *("SUPPAE", "SUPPCM", "SV", "TA", "TE", "TI", "TR", "TS", "TU", "TV", "VS"),
]


def test_every_domain_is_there(each: Transfer) -> None:
    assert list(each.datasets) == EXPECTED


def test_names_and_labels_fit_xpt_version_5(each: Transfer) -> None:
    for name, dataset in each.datasets.items():
        assert 0 < len(dataset.label) <= 40
        for variable in dataset.frame.columns:
            assert len(variable) <= 8
            assert 0 < len(dataset.labels[variable]) <= 40, (name, variable)
        for variable, kind in dataset.frame.schema.items():
            if kind == pl.String:
                assert (dataset.frame[variable].str.len_bytes().max() or 0) <= 200, (name, variable)


def test_every_variable_is_used(each: Transfer) -> None:
    for name, dataset in each.datasets.items():
        for variable in dataset.frame.columns:
            assert dataset.frame[variable].null_count() < dataset.frame.height, (name, variable)


def test_keys_are_unique_and_records_sorted(each: Transfer) -> None:
    for name, dataset in each.datasets.items():
        frame, sequence = dataset.frame, f"{name}SEQ"
        if sequence in frame.columns and "USUBJID" in frame.columns:
            assert frame.select("USUBJID", sequence).is_duplicated().sum() == 0, name
            assert frame.equals(frame.sort("USUBJID", sequence)), name
    for name, key in {
        "DM": ["USUBJID"],
        "SV": ["USUBJID", "VISITNUM"],
        "LB": ["USUBJID", "LBTESTCD", "LBMETHOD", "LBEVLINT", "LBDTC"],
        "VS": ["USUBJID", "VSTESTCD", "VSDTC"],
        "EG": ["USUBJID", "EGTESTCD", "EGDTC"],
        "TR": ["USUBJID", "TRLNKID", "VISITNUM"],
        "RS": ["USUBJID", "RSTESTCD", "VISITNUM"],
        "TI": ["IETESTCD"],
        "TV": ["VISITNUM"],
        "SUPPAE": ["USUBJID", "IDVARVAL", "QNAM"],
    }.items():
        assert each[name].select(key).is_duplicated().sum() == 0, name


def test_every_subject_is_in_dm(each: Transfer) -> None:
    known = set(each["DM"]["USUBJID"])
    for name, dataset in each.datasets.items():
        if "USUBJID" in dataset.frame.columns:
            assert set(dataset.frame["USUBJID"].drop_nulls()) <= known, name


def test_pointers_of_supplements_and_relations_resolve(each: Transfer) -> None:
    for name in ("SUPPAE", "SUPPCM", "RELREC"):
        for row in each.rows(name):
            if row["IDVARVAL"] is not None:
                parent = each.rows(row["RDOMAIN"], row["USUBJID"], **{row["IDVAR"]: float(row["IDVARVAL"])})
                assert len(parent) == 1, row


def test_no_date_is_after_the_transfer(each: Transfer) -> None:
    for name, dataset in each.datasets.items():
        for variable in dataset.frame.columns:
            if variable.endswith("DTC"):
                texts = dataset.frame[variable].drop_nulls()
                assert texts.str.contains(r"^\d{4}(-\d\d(-\d\d)?)?$").all(), (name, variable)
                assert (texts <= each.day.isoformat()).all(), (name, variable)


def test_ends_are_not_before_starts(each: Transfer) -> None:
    for name, dataset in each.datasets.items():
        if f"{name}STDTC" in dataset.frame.columns and f"{name}ENDTC" in dataset.frame.columns:
            for row in each.rows(name):
                start, end = row[f"{name}STDTC"], row[f"{name}ENDTC"]
                if start and end:
                    size = min(len(start), len(end))
                    assert start[:size] <= end[:size], row


def test_study_days_count_from_the_first_dose(each: Transfer) -> None:
    first = {row["USUBJID"]: full(row["RFSTDTC"]) for row in each.rows("DM")}
    for name in each.datasets:
        for day, collected in (("DY", "DTC"), ("STDY", "STDTC"), ("ENDY", "ENDTC")):
            for row in each.rows(name) if f"{name}{day}" in each[name].columns else ():
                at, start = full(row[f"{name}{collected}"]), first[row["USUBJID"]]
                if at is None or start is None:
                    assert row[f"{name}{day}"] is None, row
                else:
                    elapsed = (at - start).days
                    assert row[f"{name}{day}"] == (elapsed + 1 if elapsed >= 0 else elapsed), row


def test_visits_are_those_of_tv(each: Transfer) -> None:
    planned = {(row["VISITNUM"], row["VISIT"], row["VISITDY"]) for row in each.rows("TV")}
    for name in ("SV", "TR", "TU", "RS", "LB", "VS", "EG", "IE", "MI", "RP"):
        for row in each.rows(name):
            if str(row["VISIT"]).startswith("UNSCHEDULED"):
                assert row["VISIT"] == f"UNSCHEDULED {row['VISITNUM']:g}"
                assert row["VISITDY"] is None
                assert row["VISITNUM"] % 1 > 0
            else:
                assert (row["VISITNUM"], row["VISIT"], row["VISITDY"]) in planned, row


@pytest.mark.parametrize("name", ["TR", "RS", "LB", "VS", "EG"])
def test_findings_lie_within_their_visit(each: Transfer, name: str) -> None:
    visits = {(row["USUBJID"], row["VISITNUM"]): (row["SVSTDTC"], row["SVENDTC"]) for row in each.rows("SV")}
    for row in each.rows(name):
        start, end = visits[row["USUBJID"], row["VISITNUM"]]
        assert start <= row[f"{name}DTC"] <= (end or each.day.isoformat()), row


def test_criteria_of_ie_are_those_of_ti(each: Transfer) -> None:
    criteria = {row["IETESTCD"]: row["IETEST"] for row in each.rows("TI")}
    assert sum(code.startswith("EXCL") for code in criteria) == 17
    assert len({code[:6] for code in criteria if code.startswith("INCL")}) == 10
    for row in each.rows("IE"):
        assert row["IETEST"] == criteria[row["IETESTCD"]]


def test_assumptions_are_marked_in_ts(each: Transfer) -> None:
    source = {row["TSPARMCD"]: row["TSGRPID"] for row in each.rows("TS")}
    assert set(source.values()) == {"REGISTRY", "ASSUMED"}
    assert source["PLANSUB"] == source["TITLE"] == source["OUTMSPRI"] == "REGISTRY"
    assert {source[code] for code in ("DOSE", "DOSFRQ", "ROUTE", "SCANINT", "AECRIT", "ACCRUAL")} == {"ASSUMED"}


def test_numbers_of_subjects_and_accrual(each: Transfer) -> None:
    enrolled = each.enrolled()
    assert each["DM"].height == 48
    assert len(enrolled) == 40
    assert each["EX"]["USUBJID"].n_unique() == 39
    assert each["DM"]["ARMNRS"].value_counts().sort("ARMNRS").drop_nulls().rows() == [
        ("ASSIGNED, NOT TREATED", 1),
        ("SCREEN FAILURE", 8),
    ]
    months = (max(enrolled.values()) - min(enrolled.values())).days / 30.4375
    assert 22 <= months <= 25
    assert all(date(row["RFICDTC"]) < enrolled[row["USUBJID"]] for row in each.rows("DM") if row["USUBJID"] in enrolled)
