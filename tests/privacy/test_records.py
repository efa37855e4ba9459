"""The records of a public build: times by hand."""

import datetime as dt

import polars as pl
import pytest

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


def endpoints(progressions: int, deaths: int, later: int, censored: int) -> pl.DataFrame:
    """PFS and OS of patients who progressed, died without it, died after it, and of some with neither."""
    frame = adtte()
    parts = [("PD", progressions), ("DEATH", deaths), ("BOTH", later), ("NONE", censored)]
    kinds = [kind for kind, number in parts for _ in range(number)]
    rows = [
        {
            "USUBJID": f"S-{i}",
            "PARAMCD": code,
            "AVAL": float(i + 1),
            "CNSR": int(kind == "NONE" or (code == "OS" and kind == "PD")),
            "ADT": dt.date(2025, 1, 31) + dt.timedelta(days=30 * (kind == "BOTH" and code == "OS")),
        }
        for i, kind in enumerate(kinds)
        for code in ("PFS", "OS")
    ]
    others = frame[:1].select(pl.exclude("USUBJID", "PARAMCD", "AVAL", "CNSR", "ADT")).with_columns(FASFL=pl.lit("Y"))
    return pl.DataFrame(rows).join(others, how="cross")


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((6, 0, 5, 9), ["OS", "PFS"]),
        ((6, 0, 4, 9), ["PFS"]),  # four deaths are few
        ((0, 0, 0, 9), ["OS", "PFS"]),  # no event is none
        ((3, 0, 0, 9), ["OS"]),  # three progressions are few; nobody died
        ((6, 2, 5, 9), ["PFS"]),  # seven died, two of them on the day that is an event of PFS
        ((6, 5, 5, 9), ["OS", "PFS"]),
        ((4, 7, 0, 9), ["PFS"]),  # of eleven events four were no deaths
    ],
)
def test_times_that_tell_a_small_number_of_events_are_not_released(
    numbers: tuple[int, int, int, int], expected: list[str]
) -> None:
    made = endpoints(*numbers)
    names = {f"S-{i}": f"P-{i}" for i in range(sum(numbers))}
    assert sorted(set(public_times(made, names, 5).frame["PARAMCD"])) == expected


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
