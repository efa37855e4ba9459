"""ADECOG: ECOG performance status over time."""

from typing import Any

import polars as pl

from analysis.adam import bds
from analysis.adam.records import Queries, Sdtm, Source
from analysis.params import Params

SCHEMA: dict[str, Any] = bds.SCHEMA

LEVELS = {n: str(n) for n in range(6)}
"""AVALCA1N -> AVALCAT1: the grades of Oken et al., Am J Clin Oncol 1982;5:649."""


def derive_adecog(sdtm: Sdtm, adsl: pl.DataFrame, params: Params, queries: Queries | None = None) -> pl.DataFrame:
    """One row per ECOG performance status, of RS or QS, of an enrolled patient.

    The test is params.baseline.ecog_testcd. AVAL, AVALCAT1 and AVALCA1N are the grade, 0 to 5; a result that is none
    has no analysis value, and a query says so. WORSTHFL flags the worst status on treatment, WORSTLFL the best.
    """
    queries = queries or Queries()
    test = pl.lit(params.baseline.ecog_testcd, pl.String)
    parts = [bds.findings(sdtm, domain, adsl).filter(pl.col("TESTCD") == test) for domain in ("RS", "QS")]
    frame = pl.concat(parts)
    grade = pl.coalesce(pl.col("STRESN"), pl.col("STRESC").str.strip_chars().cast(pl.Float64, strict=False))
    frame = frame.with_columns(AVAL=pl.when(grade.is_in([float(n) for n in LEVELS])).then(grade), AVALC="STRESC")
    for row in frame.filter(pl.col("AVAL").is_null() & pl.col("AVALC").is_not_null()).iter_rows(named=True):
        source = Source(row["SRCDOM"], row["SRCVAR"], row["SRCSEQ"])
        text = f"an ECOG performance status of {row['AVALC']}, expected 0 to 5: not analysed"
        queries.add(source, {"USUBJID": row["USUBJID"], source.variable: row["AVALC"]}, "result", text)
    number = pl.col("AVAL").cast(pl.Int64)
    frame = frame.with_columns(
        PARAMCD=pl.lit("ECOG"),
        PARAM=pl.lit("ECOG performance status"),
        AVALCA1N=number,
        AVALCAT1=number.replace_strict(LEVELS, default=None, return_dtype=pl.String),
    )
    frame = bds.with_baseline(frame)
    frame = bds.with_worst(bds.with_worst(frame, "WORSTLFL", [pl.col("AVAL")]), "WORSTHFL", [-pl.col("AVAL")])
    return bds.finished(bds.with_last(frame), SCHEMA)
