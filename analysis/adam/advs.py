"""ADVS: vital signs with categories of blood pressure and of change in weight."""

from typing import Any

import polars as pl

from analysis.adam import bds
from analysis.adam.records import Queries, Sdtm
from analysis.params import Params

SCHEMA: dict[str, Any] = bds.SCHEMA | {"CHGCAT1": pl.String, "CHGCA1N": pl.Int64}

UNITS = {"SYSBP": "mmHg", "DIABP": "mmHg", "WEIGHT": "kg", "HEIGHT": "cm"}


def derive_advs(sdtm: Sdtm, adsl: pl.DataFrame, params: Params, queries: Queries | None = None) -> pl.DataFrame:
    """One row per vital sign of an enrolled patient; PARAMCD is VSTESTCD, AVAL in AVALU.

    AVALCAT1 is the category of SYSBP or DIABP, CHGCAT1 that of the percent change in WEIGHT, by params.vital_signs.
    WORSTLFL and WORSTHFL flag the least and the greatest value on treatment.
    """
    frame = bds.findings(sdtm, "VS", adsl).with_columns(PARAMCD=pl.col("TESTCD").str.slice(0, 8))
    frame = bds.in_one_unit(frame, "VS", queries or Queries(), UNITS)
    frame = frame.with_columns(PARAM=bds.parameter_text())
    limits = {"SYSBP": params.vital_signs.systolic_mmhg, "DIABP": params.vital_signs.diastolic_mmhg}
    bands = {test: bds.banded(pl.col("AVAL"), limit, upper=True) for test, limit in limits.items()}
    frame = frame.with_columns(
        pl.coalesce(pl.when(pl.col("PARAMCD") == test).then(band[place]) for test, band in bands.items()).alias(name)
        for place, name in enumerate(("AVALCAT1", "AVALCA1N"))
    )
    frame = _with_weight_change(bds.with_baseline(frame), params.vital_signs.weight_change_percent)
    frame = bds.with_worst(bds.with_worst(frame, "WORSTLFL", [pl.col("AVAL")]), "WORSTHFL", [-pl.col("AVAL")])
    return bds.finished(bds.with_last(frame), SCHEMA)


def weight_levels(limits: list[float]) -> dict[int, str]:
    """CHGCA1N -> CHGCAT1: from the greatest loss of weight to the greatest gain."""
    least, *more = bds.band_names(limits, upper=True)
    names = [*(f"Loss {band} %" for band in reversed(more)), f"Change {least} %", *(f"Gain {band} %" for band in more)]
    return dict(enumerate(names, start=1))


def _with_weight_change(frame: pl.DataFrame, limits: list[float]) -> pl.DataFrame:
    """CHGCA1N and CHGCAT1 of WEIGHT by weight_levels."""
    _, size = bds.banded(pl.col("PCHG").abs(), limits, upper=True)
    middle, down = len(limits) + 1, pl.col("PCHG") < 0
    number = pl.when(down).then(middle + 1 - size).otherwise(middle - 1 + size)
    number = pl.when(pl.col("PARAMCD") == "WEIGHT").then(number)
    text = number.replace_strict(weight_levels(limits), default=None, return_dtype=pl.String)
    return frame.with_columns(CHGCA1N=number, CHGCAT1=text)
