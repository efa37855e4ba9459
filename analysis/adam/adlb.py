"""ADLB: laboratory results in one unit per parameter, graded by CTCAE, with baseline and worst value on treatment."""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from analysis.adam import adlb_derived, bds, ctcae
from analysis.adam.lesions import baseline_limits
from analysis.adam.records import Queries, Row, Sdtm, Source
from analysis.params import Params

SCHEMA: dict[str, Any] = bds.SCHEMA | {
    "PARCAT1": pl.String,
    "ANRLO": pl.Float64,
    "ANRHI": pl.Float64,
    "ANRIND": pl.String,
    "BNRIND": pl.String,
    "R2ANRHI": pl.Float64,
    "ATOXDSCL": pl.String,
    "ATOXGRL": pl.Int64,
    "BTOXGRL": pl.Int64,
    "TRTEMLFL": pl.String,
    "ATOXDSCH": pl.String,
    "ATOXGRH": pl.Int64,
    "BTOXGRH": pl.Int64,
    "TRTEMHFL": pl.String,
    "AREASON": pl.String,
}

_DIPSTICK = {"NEG": "NEGATIVE", "-": "NEGATIVE", "TR": "TRACE", "+-": "TRACE", "+": "1+", "++": "2+", "+++": "3+"}
"""Other spellings of dipstick results."""

PART = 100_000
"""Results from which on parameters are derived one by one: it bounds the memory."""

_WORST_LOW = (-pl.col("ATOXGRL"), pl.col("AVAL"), pl.col("AVALCA1N"))
_WORST_HIGH = (-pl.col("ATOXGRH"), -pl.col("R2ANRHI"), -pl.col("AVAL"), -pl.col("AVALCA1N"))


def derive_adlb(sdtm: Sdtm, adsl: pl.DataFrame, params: Params, queries: Queries | None = None) -> pl.DataFrame:
    """One row per result of an enrolled patient, and the derived parameters of adlb_derived.

    PARAMCD is LBTESTCD, of urine with "U" before it and of 24 hours with "24" after it. AVAL, ANRLO and ANRHI are in
    AVALU; AVALC keeps a result that is not a number, AVALCAT1 and AVALCA1N the dipstick results in the order of params.
    ATOXGRL and ATOXGRH are grades 0 to 4 by params.laboratory.ctcae_version, missing where a result cannot be graded.
    TRTEMLFL and TRTEMHFL flag grades on treatment above that of the baseline, which counts as 0 where it is missing.
    WORSTLFL and WORSTHFL flag the worst value on treatment in each direction: the highest grade, then the most extreme
    value (upwards in multiples of ULN), then the first.
    """
    queries = queries or Queries()
    limits = baseline_limits(sdtm, adsl)
    parts = [_derived(part, adsl, limits, params, queries) for part in _parts(sdtm)]
    if len(parts) == 1:
        return parts[0]
    whole = pl.concat(parts)
    del parts
    rows = whole.select("USUBJID", "PARAMCD").with_row_index("ROW").sort("USUBJID", "PARAMCD", maintain_order=True)
    # A sort of the frame takes several times its memory; of one column at a time, that column's.
    return pl.DataFrame([whole.drop_in_place(name).gather(rows["ROW"]) for name in list(whole.columns)])


def _parts(sdtm: Sdtm) -> Iterator[Sdtm]:
    """The study with a part of LB at a time, of whole parameters and what is derived of them; with few results, all."""
    source = sdtm.get("LB", pl.DataFrame())
    if source.height <= PART:
        yield sdtm
        return
    names = ("TESTCD", "SPEC", "CAT", "EVLINT", "STRESU", "FAST")
    kinds = source.select(bds.column(source, f"LB{name}", pl.String).alias(name) for name in names).unique()
    code = pl.col("PARAMCD")
    for together in adlb_derived.TOGETHER:
        code = pl.when(code.is_in(together)).then(pl.lit(together[0])).otherwise(code)
    pairs = (
        _parameters(kinds.drop_nulls("TESTCD"))
        .select("TESTCD", code.alias("PARAMCD"))
        .unique()
        .sort("TESTCD", "PARAMCD")
        .rows()
    )
    groups: list[tuple[set[str], set[str]]] = []  # of tests, and of the parameters that they are
    for test, parameter in pairs:
        met = [group for group in groups if test in group[0] or parameter in group[1]]
        groups = [group for group in groups if group not in met]
        groups.append((set().union({test}, *(g[0] for g in met)), set().union({parameter}, *(g[1] for g in met))))
    for tests, _ in groups:
        yield {**sdtm, "LB": source.filter(pl.col("LBTESTCD").is_in(sorted(tests)))}


def _derived(
    sdtm: Sdtm, adsl: pl.DataFrame, limits: Mapping[str, str], params: Params, queries: Queries
) -> pl.DataFrame:
    """ADLB of whole parameters; `limits` are those of baseline_limits."""
    version = params.laboratory.ctcae_version
    frame = bds.in_one_unit(_parameters(bds.findings(sdtm, "LB", adsl, limits)), "LB", queries)
    _query(frame, version, queries)
    frame = _with_categories(frame, params).with_columns(
        ANRIND=bds.range_indicator(), R2ANRHI=(pl.col("AVAL") / pl.col("ANRHI")).round_sig_figs(12)
    )
    frame = pl.concat([frame, adlb_derived.thyroid(frame, params)], how="diagonal")
    frame = bds.with_baseline(frame, "ANRIND")
    graded = ctcae.grade(frame.with_columns(POST="AFTER", LBTESTCD="TESTCD"), version)
    base = pl.col("ABLFL") == "Y"
    frame = graded.with_columns(
        pl.col(f"ATOXGR{way}").filter(base).first().over("USUBJID", "PARAMCD").alias(f"BTOXGR{way}")
        for way in ("L", "H")
    )
    frame = frame.with_columns(
        pl.when(pl.col("ONTRTFL") == "Y", pl.col(f"ATOXGR{way}") > pl.col(f"BTOXGR{way}").fill_null(0))
        .then(pl.lit("Y"))
        .alias(f"TRTEM{way}FL")
        for way in ("L", "H")
    )
    frame = bds.with_worst(bds.with_worst(frame, "WORSTLFL", _WORST_LOW), "WORSTHFL", _WORST_HIGH)
    frame = bds.with_last(frame)
    frame = pl.concat([frame, adlb_derived.liver(frame, params.laboratory.hys_law)], how="diagonal")
    return bds.finished(frame, SCHEMA)


def _parameters(frame: pl.DataFrame) -> pl.DataFrame:
    """PARAMCD, PARCAT1, and URINE, DAY24 and FASTING as bool."""
    urine = pl.coalesce(pl.col("SPEC"), pl.col("CAT")).str.to_uppercase().str.contains("URIN").fill_null(False)
    a_day = (pl.col("EVLINT") == "-PT24H").fill_null(False) | pl.col("STRESU").str.contains("/day|24").fill_null(False)
    code = pl.when(urine).then("U" + pl.col("TESTCD")).otherwise("TESTCD")
    code = pl.when(a_day).then(code.str.slice(0, 6) + "24").otherwise(code.str.slice(0, 8))
    return frame.with_columns(
        PARAMCD=code, PARCAT1="CAT", URINE=urine, DAY24=a_day, FASTING=(pl.col("FAST") == "Y").fill_null(False)
    )


def _with_categories(frame: pl.DataFrame, params: Params) -> pl.DataFrame:
    """PARAM in words, and the category of a urine result that is text."""
    place = pl.when("URINE").then(pl.lit(", urine")).otherwise(pl.lit(""))
    span = pl.when("DAY24").then(pl.lit(" of 24 hours")).otherwise(pl.lit(""))
    results = params.laboratory.dipstick
    text = pl.col("AVALC").str.strip_chars().str.to_uppercase().replace(_DIPSTICK)
    known = pl.when(pl.col("URINE") & text.is_in(results)).then(text)
    return frame.with_columns(
        PARAM=bds.parameter_text(place, span),
        AVALCAT1=known,
        AVALCA1N=known.replace_strict(results, list(range(1, len(results) + 1)), default=None, return_dtype=pl.Int64),
    )


def _query(frame: pl.DataFrame, version: str, queries: Queries) -> None:
    """Ask, once per parameter, about results that are no numbers and units that a criterion cannot be compared with."""
    asked = frame.select("PARAMCD", "TESTCD", "URINE", "USUBJID", "SEQ", "SRCSEQ", "AVAL", "AVALC", "AVALU")
    for (_,), part in asked.partition_by("PARAMCD", as_dict=True, maintain_order=True).items():
        numbers, texts = part.filter(pl.col("AVAL").is_not_null()), part.filter(pl.col("AVALC").is_not_null())
        if not numbers.is_empty() and not texts.is_empty():
            row = texts.sort("USUBJID", "SEQ").row(0, named=True)
            text = f"{row['PARAMCD']}: {texts.height} results are not numbers: kept as text, not graded"
            _add(row, "LBSTRESC", row["AVALC"], "result", text, queries)
        if not numbers.is_empty():
            row = numbers.sort("USUBJID", "SEQ").row(0, named=True)
            if ctcae.cannot_compare(row["TESTCD"], row["AVALU"], version, urine=row["URINE"]):
                text = (
                    f"{row['PARAMCD']}: {numbers.height} results in a unit that CTCAE cannot be applied to: not graded"
                )
                _add(row, "LBSTRESU", row["AVALU"], "grading", text, queries)


def _add(row: Row, variable: str, value: str | None, rule: str, text: str, queries: Queries) -> None:
    queries.add(Source("LB", variable, row["SRCSEQ"]), {"USUBJID": row["USUBJID"], variable: value}, rule, text)
