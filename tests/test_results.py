"""Results: rounding, quoting and storing."""

import math
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.results import (
    AtLeast,
    AtMost,
    Known,
    MoreThan,
    Result,
    p_value,
    read_results,
    rounded,
    stored,
    where,
    write_results,
)


def result(**changes: object) -> Result:
    values: dict[str, object] = {
        "name": "a.b", "output": "t-1", "variable": "AVAL", "stat_name": "n", "stat_label": "n", "stat": 1,
        "stat_fmt": "1", "population": "fas", "dataset": "ADSL", "where": "TRUE",
    }  # fmt: skip
    return Result(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [  # half away from zero on the stored decimal value, whatever the binary float is
        (2.345, 2, "2.35"), (2.675, 2, "2.68"), (0.5, 0, "1"), (1.5, 0, "2"), (2.5, 0, "3"), (-2.5, 0, "-3"),
        (1.005, 2, "1.01"), (-0.04, 1, "0.0"), (10, 1, "10.0"), (0.1 + 0.2, 1, "0.3"), (99.95, 1, "100.0"),
        (math.nan, 1, "NE"), (None, 1, "NE"), (math.inf, 1, "NE"),
    ],
)  # fmt: skip
def test_rounding(value: float | None, digits: int, shown: str) -> None:
    assert rounded(value, digits) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(0.04999, "0.0500"), (0.0001, "0.0001"), (0.00009999, "<0.0001"), (1, "1.0000"), (None, "NE")]
)
def test_p_values(value: float | None, shown: str) -> None:
    assert p_value(value) == shown


def test_stored_to_twelve_significant_digits_and_nan_as_null() -> None:
    assert stored(0.1 + 0.2) == 0.3
    assert stored(123456789.0123456) == 123456789.012
    assert stored(math.nan) is None
    assert result(stat=math.inf).stat is None


@given(st.text(), st.text())
def test_where_selects_exactly_the_value(value: str, other: str) -> None:
    frame = pl.DataFrame({"A": [value, other, None]})
    found = frame.filter(pl.sql_expr(where({"A": value})))["A"].to_list()
    assert found == [v for v in (value, other) if v == value]


def test_where_lists_nulls_numbers() -> None:
    frame = pl.DataFrame({"A": ["x", "o'x", None], "N": [1.0, 2.5, 3.0]})
    assert frame.filter(pl.sql_expr(where({"A": ["x", "o'x"], "N": AtLeast(2.0)})))["N"].to_list() == [2.5]
    assert frame.filter(pl.sql_expr(where({"N": MoreThan(2.5)})))["N"].to_list() == [3.0]
    assert frame.filter(pl.sql_expr(where({"A": None})))["N"].to_list() == [3.0]
    assert frame.filter(pl.sql_expr(where({"A": Known(), "N": AtLeast(0)}))).height == 2
    assert frame.filter(pl.sql_expr(where({"N": AtMost(2.5)})))["N"].to_list() == [1.0, 2.5]
    assert frame.filter(pl.sql_expr(where({}))).height == 3


def test_round_trip_and_order(tmp_path: Path) -> None:
    rows = [
        result(name="b", output="t-2"),
        result(name="a", output="t-1", stat=0.5),
        result(name=None, output="t-1", stat=None),
    ]
    write_results(rows, tmp_path)
    back = read_results(tmp_path / "results.json")
    assert sorted(back, key=str) == sorted(rows, key=str)
    assert [r.output for r in back] == ["t-1", "t-1", "t-2"]
    assert pl.read_parquet(tmp_path / "results.parquet").height == 3


def test_a_name_used_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"more than once: a\.b"):
        write_results([result(), result()], tmp_path)
