"""ADEG: ECG intervals, the QT interval corrected by Fridericia's formula, and their categories (ICH E14)."""

from typing import Any

import polars as pl

from analysis.adam import bds
from analysis.adam.records import Queries, Sdtm
from analysis.params import Params

SCHEMA: dict[str, Any] = bds.SCHEMA | {"DTYPE": pl.String, "CHGCAT1": pl.String, "CHGCA1N": pl.Int64}

QTCF = ("QTCFAG", "QTCF")
QT = ("QTAG", "QT")
RR = ("RRAG", "RR")
RATE = ("EGHRMN", "HR", "HRMEAN")
"""EGTESTCD, the preferred one first."""

UNITS = dict.fromkeys(("QTCF", *QT, *RR), "ms") | dict.fromkeys(RATE, "beats/min")

_SAME = ["USUBJID", "DTC", "AVISITN", "TPT", "POS"]
"""What an interval and the heart rate of one tracing have in common."""


def derive_adeg(sdtm: Sdtm, adsl: pl.DataFrame, params: Params, queries: Queries | None = None) -> pl.DataFrame:
    """One row per numeric ECG result of an enrolled patient; PARAMCD is EGTESTCD, but QTCF for every QTcF.

    A tracing without a reported QTcF has one derived (DTYPE "DERIVED"): QT / RR^(1/3), RR in seconds, from the heart
    rate where RR is not recorded; its source is the QT interval. AVALCAT1 of QTCF and CHGCAT1 of its change are by
    params.ecg; WORSTHFL and WORSTLFL flag the greatest and the least value on treatment.
    """
    frame = bds.findings(sdtm, "EG", adsl)
    reported = pl.col("TESTCD").is_in(QTCF)
    code = pl.when(reported).then(pl.lit("QTCF")).otherwise(pl.col("TESTCD").str.slice(0, 8))
    frame = bds.in_one_unit(frame.with_columns(PARAMCD=code), "EG", queries or Queries(), UNITS)
    frame = frame.with_columns(
        PARAM=pl.when(reported).then(pl.lit("QTcF interval (ms)")).otherwise(bds.parameter_text())
    )
    frame = pl.concat([frame, _derived(frame)], how="diagonal")
    qtcf = pl.col("PARAMCD") == "QTCF"
    text, number = bds.banded(pl.col("AVAL"), params.ecg.qtcf_ms, upper=False)
    frame = frame.with_columns(AVALCAT1=pl.when(qtcf).then(text), AVALCA1N=pl.when(qtcf).then(number))
    frame = bds.with_baseline(frame)
    text, number = bds.banded(pl.col("CHG"), params.ecg.qtcf_change_ms, upper=False)
    frame = frame.with_columns(CHGCAT1=pl.when(qtcf).then(text), CHGCA1N=pl.when(qtcf).then(number))
    frame = bds.with_worst(bds.with_worst(frame, "WORSTLFL", [pl.col("AVAL")]), "WORSTHFL", [-pl.col("AVAL")])
    return bds.finished(bds.with_last(frame).filter(pl.col("AVAL").is_not_null()), SCHEMA)


def _derived(frame: pl.DataFrame) -> pl.DataFrame:
    """QTCF of the tracings that have none; a tracing with an interval that is not above 0 has none either."""
    with_value = frame.filter(pl.col("AVAL") > 0)

    def of(tests: tuple[str, ...]) -> pl.DataFrame:
        """The record of the first of `tests` per tracing."""
        chosen = with_value.filter(pl.col("TESTCD").is_in(tests))
        rank = pl.col("TESTCD").replace_strict(tests, list(range(len(tests))), default=None, return_dtype=pl.Int64)
        return chosen.sort(rank, "SEQ").unique(_SAME, keep="first", maintain_order=True)

    missing = of(QT).join(with_value.filter(pl.col("PARAMCD") == "QTCF"), _SAME, "anti", nulls_equal=True)
    for name, tests in (("RR", RR), ("RATE", RATE)):
        value = of(tests).select(*_SAME, pl.col("AVAL").alias(name))
        missing = missing.join(value, _SAME, "left", nulls_equal=True, maintain_order="left")
    seconds = pl.coalesce(pl.col("RR") / 1000, 60 / pl.col("RATE"))
    return missing.filter(seconds.is_not_null()).with_columns(
        PARAMCD=pl.lit("QTCF"),
        PARAM=pl.lit("QTcF interval (ms)"),
        DTYPE=pl.lit("DERIVED"),
        AVAL=pl.col("AVAL") / seconds.cbrt(),
    )
