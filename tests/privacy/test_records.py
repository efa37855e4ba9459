"""The records of a public build: times by hand."""

import datetime as dt

import polars as pl

from analysis.privacy.records import LABELS, cut_times, public_times


def times(values: list[tuple[float, int]]) -> pl.DataFrame:
    return pl.DataFrame(
        {"AVAL": [float(v) for v, _ in values], "CNSR": [c for _, c in values], "ADY": [int(30 * v) for v, _ in values]}
    )


def test_times_end_where_fewer_than_k_are_at_risk() -> None:
    """Of six times the third from the end is 4: until then three are at risk, so 5 and 6 end there, censored."""
    found = cut_times(times([(1, 0), (2, 1), (3, 0), (4, 0), (5, 0), (6, 1)]), 3)
    assert found["AVAL"].to_list() == [1, 2, 3, 4, 4, 4]
    assert found["CNSR"].to_list() == [0, 1, 0, 0, 1, 1]
    assert found["ADY"].to_list() == [30, 60, 90, 120, 120, 120]


def test_times_of_fewer_than_k_patients_are_none() -> None:
    assert cut_times(times([(1, 0), (2, 0)]), 3).is_empty()


def adtte() -> pl.DataFrame:
    rows = [
        {"USUBJID": f"S-{i}", "PARAMCD": code, "AVAL": float(i), "CNSR": 0, "FASFL": "N" if i == 9 else "Y"}
        for code in ("PFS", "OS", "DOR")
        for i in range(1, 10)
    ]
    frame = pl.DataFrame(rows).with_columns(
        STUDYID=pl.lit("S"),
        PARAM=pl.lit("P"),
        AVALU=pl.lit("MONTHS"),
        STARTDT=pl.lit(dt.date(2025, 1, 1)),
        ADT=pl.lit(dt.date(2025, 1, 31)),
        AGE=pl.lit(91),
        EVNTDESC=pl.lit("PROGRESSION ON 2025-01-31"),
    )
    return frame


def test_only_named_variables_and_parameters_are_released_with_days_for_dates() -> None:
    names = {f"S-{i}": f"P-{9 - i}" for i in range(1, 10)}
    found = public_times(adtte(), names, 5)
    assert found.frame.columns == list(LABELS)
    assert found.frame["PARAMCD"].unique(maintain_order=True).to_list() == ["OS", "PFS"]
    assert (
        found.frame["USUBJID"].to_list() == [f"P-{i}" for i in range(1, 9)] * 2
    )  # not S-9: not of the set; sorted anew
    assert found.frame["ADY"].unique().to_list() == [31]  # 1 January is day 1
    assert found.frame["AVAL"].to_list() == [4.0, 4.0, 4.0, 4.0, 4.0, 3.0, 2.0, 1.0] * 2
