"""What the findings have in common (ADLB, ADVS, ADEG): dates, baseline, change, the treatment period, worst values.

A finding is a record of LB, VS or EG of an enrolled patient. These steps work on whole frames, not record by record;
where they sort or choose records they do so lazily, which leaves out the columns that are not needed.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import polars as pl

from analysis.adam.adlb_units import factor
from analysis.adam.adtte import FLAGS
from analysis.adam.dates import period
from analysis.adam.lesions import baseline_limits
from analysis.adam.records import Queries, Sdtm, Source, period_of
from analysis.errors import DataError

SCHEMA: dict[str, Any] = {
    "STUDYID": pl.String,
    "USUBJID": pl.String,
    **dict.fromkeys(FLAGS, pl.String),
    "PARAMCD": pl.String,
    "PARAM": pl.String,
    "AVISIT": pl.String,
    "AVISITN": pl.Float64,
    "ADT": pl.Date,
    "ADY": pl.Int64,
    "AVAL": pl.Float64,
    "AVALC": pl.String,
    "AVALU": pl.String,
    "AVALCAT1": pl.String,
    "AVALCA1N": pl.Int64,
    "BASE": pl.Float64,
    "BASEC": pl.String,
    "BASECAT1": pl.String,
    "BASECA1N": pl.Int64,
    "CHG": pl.Float64,
    "PCHG": pl.Float64,
    "ABLFL": pl.String,
    "ONTRTFL": pl.String,
    "ANL01FL": pl.String,
    "LVOTFL": pl.String,
    "WORSTLFL": pl.String,
    "WORSTHFL": pl.String,
    "SRCDOM": pl.String,
    "SRCVAR": pl.String,
    "SRCSEQ": pl.Int64,
}
"""Columns of every findings dataset."""

_TEXTS = ("TESTCD", "TEST", "CAT", "SPEC", "EVLINT", "FAST", "STRESC", "STRESU", "NRIND", "DTC", "POS", "TPT")
_NUMBERS = ("SEQ", "STRESN", "STNRLO", "STNRHI")
_VALUED_ON_TREATMENT = (pl.col("ONTRTFL") == "Y") & (pl.col("AVAL").is_not_null() | pl.col("AVALCA1N").is_not_null())


def findings(
    sdtm: Sdtm, domain: str, adsl: pl.DataFrame, known_limits: Mapping[str, str] | None = None
) -> pl.DataFrame:
    """The records of a findings domain that were done, of enrolled patients, without the domain's letters in the names.

    Adds ADT (missing where the date is partial), ADY, ONTRTFL, SRC*, and as bool BEFORE (can be baseline, see
    dates.not_after) and AFTER; a result without a date is neither. ONTRTFL is "Y" after the first dose, up to TEENDT of
    ADSL, a partial date by its earliest day. STRESN that is no finite number is missing. `known_limits` are those of
    baseline_limits where they are known. Raises DataError for a date that is none.
    """
    source = sdtm.get(domain, pl.DataFrame(schema={"USUBJID": pl.String, f"{domain}TESTCD": pl.String}))
    frame = source.select(
        "USUBJID",
        *(column(source, f"{domain}{name}", pl.String).alias(name) for name in (*_TEXTS, "STAT")),
        *(column(source, f"{domain}{name}", pl.Float64).alias(name) for name in _NUMBERS),
        column(source, "VISIT", pl.String).alias("AVISIT"),
        column(source, "VISITNUM", pl.Float64).alias("AVISITN"),
    )
    frame = frame.filter((pl.col("STAT") != "NOT DONE").fill_null(True), pl.col("TESTCD").is_not_null())
    found = baseline_limits(sdtm, adsl) if known_limits is None else known_limits
    limits = pl.DataFrame(list(found.items()), schema={"USUBJID": pl.String, "LIMIT": pl.String}, orient="row")
    patients = adsl.select("USUBJID", "STUDYID", *FLAGS, "TRTSDT", "TEENDT").join(limits, "USUBJID")
    frame = frame.join(patients, "USUBJID").join(_days(source, domain, "DTC"), "DTC", "left")
    frame = frame.join(_days(limits, "EX", "LIMIT"), "LIMIT", "left", suffix="_LIMIT")
    same_day = (
        (pl.col("ADT") == pl.col("ADT_LIMIT")) & pl.col("TIME").is_not_null() & pl.col("TIME_LIMIT").is_not_null()
    )
    on_time = pl.when(same_day).then(pl.col("TIME") <= pl.col("TIME_LIMIT"))
    before = pl.coalesce(on_time, pl.col("FIRST") <= pl.col("FIRST_LIMIT")).fill_null(False)
    elapsed = (pl.col("ADT") - pl.col("TRTSDT")).dt.total_days()
    finite = pl.col(_NUMBERS).is_finite()
    return frame.with_columns(pl.when(finite).then(pl.col(_NUMBERS))).with_columns(
        BEFORE=before,
        AFTER=~before & pl.col("FIRST").is_not_null(),
        ADY=elapsed + (elapsed >= 0).cast(pl.Int64),
        ONTRTFL=_yes(~before & pl.col("TRTSDT").is_not_null() & (pl.col("FIRST") <= pl.col("TEENDT"))),
        SRCDOM=pl.lit(domain),
        SRCVAR=pl.when(pl.col("STRESN").is_not_null())
        .then(pl.lit(f"{domain}STRESN"))
        .otherwise(pl.lit(f"{domain}STRESC")),
        SRCSEQ=pl.col("SEQ").cast(pl.Int64),
    )


def column(frame: pl.DataFrame, name: str, kind: type[pl.DataType]) -> pl.Expr:
    """A variable of SDTM as a type, what cannot be it missing; all missing where the frame has no such variable."""
    if name not in frame.columns:
        return pl.lit(None, kind)
    return pl.col(name).cast(kind, strict=False)


def _yes(condition: pl.Expr) -> pl.Expr:
    return pl.when(condition).then(pl.lit("Y"))


def _days(frame: pl.DataFrame, domain: str, name: str) -> pl.DataFrame:
    """Per text of a --DTC its earliest day FIRST, the day itself ADT where it is complete, and TIME where recorded."""
    variable = name if name in frame.columns else f"{domain}{name}"
    texts = frame[variable].drop_nulls().unique().sort().to_list() if variable in frame.columns else []
    rows = []
    for text in texts:
        try:
            found = period(text)
        except DataError:
            period_of(frame.filter(pl.col(variable) == text).row(0, named=True), domain, variable)
            raise
        rows.append((text, found.first, found.day, found.time))
    schema = {name: pl.String, "FIRST": pl.Date, "ADT": pl.Date, "TIME": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def in_one_unit(
    frame: pl.DataFrame, domain: str, queries: Queries, units: Mapping[str, str] | None = None
) -> pl.DataFrame:
    """AVAL, ANRLO and ANRHI of every parameter (PARAMCD) in one unit, AVALU: that of `units`, else the most frequent.

    A result in another unit is converted (adlb_units); where that is not known, or its unit is missing, it has no
    analysis value and one query per parameter and unit says so. AVALC keeps a result that is not a number.
    """
    number = pl.col("STRESN").is_not_null()
    counts = frame.lazy().filter(number).group_by("PARAMCD", "TESTCD", "STRESU").agg(pl.len()).collect()
    usual = counts.sort("PARAMCD", pl.col("STRESU").is_null(), -pl.col("len").cast(pl.Int64), "STRESU")
    usual = usual.unique("PARAMCD", keep="first", maintain_order=True).select(
        "PARAMCD",
        AVALU=pl.coalesce(
            pl.col("PARAMCD").replace_strict(units or {}, default=None, return_dtype=pl.String), "STRESU"
        ),
    )
    pairs = counts.join(usual, "PARAMCD").sort("PARAMCD", "TESTCD", "STRESU")
    factors = [factor(row["STRESU"], row["AVALU"], test=row["TESTCD"]) for row in pairs.iter_rows(named=True)]
    pairs = pairs.with_columns(pl.Series("FACTOR", factors, dtype=pl.Float64))
    for row in pairs.filter(pl.col("FACTOR").is_null()).iter_rows(named=True):
        of = (pl.col("PARAMCD") == row["PARAMCD"]) & pl.col("STRESU").eq_missing(row["STRESU"])
        first = frame.filter(number & of).sort("USUBJID", "SEQ").row(0, named=True)
        text = (
            f"{row['PARAMCD']}: {row['len']} results in a unit that cannot be converted to {row['AVALU']}: not analysed"
        )
        where = Source(domain, f"{domain}STRESU", first["SRCSEQ"])
        queries.add(where, {"USUBJID": first["USUBJID"], where.variable: row["STRESU"]}, "unit", text)
    frame = frame.join(usual, "PARAMCD", "left").join(
        pairs.select("PARAMCD", "TESTCD", "STRESU", "FACTOR"), ["PARAMCD", "TESTCD", "STRESU"], "left", nulls_equal=True
    )
    return frame.with_columns(
        AVAL=pl.col("STRESN") * pl.col("FACTOR"),
        ANRLO=pl.col("STNRLO") * pl.col("FACTOR"),
        ANRHI=pl.col("STNRHI") * pl.col("FACTOR"),
        AVALC=pl.when(pl.col("STRESN").is_null()).then("STRESC"),
    )


def parameter_text(*more: pl.Expr) -> pl.Expr:
    """PARAM: the name of the test, `more`, and the unit in brackets."""
    words = pl.col("TEST").sort_by("SEQ").first().over("PARAMCD").fill_null(pl.col("PARAMCD"))
    unit = pl.when(pl.col("AVALU").is_null()).then(pl.lit("")).otherwise(" (" + pl.col("AVALU") + ")")
    return pl.concat_str(words, *more, unit)


def range_indicator() -> pl.Expr:
    """ANRIND: LOW, HIGH or NORMAL by the limits there are; without any, the laboratory's own indicator."""
    value, low, high = (pl.col(name).round_sig_figs(12) for name in ("AVAL", "ANRLO", "ANRHI"))
    given = low.is_not_null() | high.is_not_null()
    return (
        pl.when(value < low)
        .then(pl.lit("LOW"))
        .when(value > high)
        .then(pl.lit("HIGH"))
        .when(value.is_not_null() & given)
        .then(pl.lit("NORMAL"))
        .when(~given)
        .then("NRIND")
    )


def with_baseline(frame: pl.DataFrame, *also: str) -> pl.DataFrame:
    """ABLFL on the last value before the first dose per patient and parameter; BASE*, and after it CHG and PCHG.

    A value is a number, or the text of a parameter that has no numbers. `also` names columns whose value at baseline
    becomes one of its own: "ANRIND" gives BNRIND. PCHG of a baseline of 0 is missing.
    """
    frame = frame.with_row_index("_ROW")
    numeric = pl.col("AVAL").is_not_null().any().over("PARAMCD")
    valued = pl.col("AVAL").is_not_null() | (pl.col("AVALC").is_not_null() & ~numeric)
    key = ["USUBJID", "PARAMCD"]
    named = {"AVAL": "BASE", "AVALC": "BASEC", "AVALCAT1": "BASECAT1", "AVALCA1N": "BASECA1N"}
    named |= {name: f"B{name[1:]}" for name in also}
    last = (
        frame.lazy()
        .filter(pl.col("BEFORE") & valued)
        .sort("FIRST", "TIME", "AVISITN", "SEQ", nulls_last=False)
        .unique(key, keep="last", maintain_order=True)
        .select(*key, "_ROW", *(pl.col(a).alias(b) for a, b in named.items()))
        .collect()
    )
    frame = frame.join(last.drop("_ROW"), key, "left")
    change = pl.when("AFTER").then(pl.col("AVAL") - pl.col("BASE"))
    percent = pl.when(pl.col("AFTER") & (pl.col("BASE") != 0)).then(
        100 * (pl.col("AVAL") - pl.col("BASE")) / pl.col("BASE")
    )
    flag = _yes(pl.col("_ROW").is_in(last["_ROW"].implode()))
    return frame.with_columns(CHG=change, PCHG=percent, ABLFL=flag).drop("_ROW")


def with_worst(frame: pl.DataFrame, flag: str, order: Sequence[pl.Expr]) -> pl.DataFrame:
    """`flag` is "Y" on the record that comes first in `order`, then in time, per patient and parameter on treatment.

    Only records with a value or a category count; unscheduled visits count.
    """
    frame = frame.with_row_index("_ROW")
    worst = frame.lazy().filter(_VALUED_ON_TREATMENT).sort(*order, "FIRST", "TIME", "SEQ", nulls_last=True)
    first = worst.unique(["USUBJID", "PARAMCD"], keep="first", maintain_order=True)
    rows = first.select("_ROW").collect()["_ROW"]
    return frame.with_columns(_yes(pl.col("_ROW").is_in(rows.implode())).alias(flag)).drop("_ROW")


def with_last(frame: pl.DataFrame) -> pl.DataFrame:
    """ANL01FL on the last value of each visit on treatment, LVOTFL on the last of all, per patient and parameter."""
    frame = frame.with_row_index("_ROW")
    valued = (
        frame.lazy()
        .filter(_VALUED_ON_TREATMENT)
        .sort("FIRST", "TIME", "AVISITN", "SEQ", nulls_last=False)
        .select("USUBJID", "PARAMCD", "AVISIT", "AVISITN", "_ROW")
        .collect()
    )
    for flag, key in (("ANL01FL", ["AVISIT", "AVISITN"]), ("LVOTFL", [])):
        rows = valued.unique(["USUBJID", "PARAMCD", *key], keep="last", maintain_order=True)["_ROW"]
        frame = frame.with_columns(_yes(pl.col("_ROW").is_in(rows.implode())).alias(flag))
    return frame.drop("_ROW")


def band_names(limits: Sequence[float], *, upper: bool) -> list[str]:
    """The names of the bands that `banded` makes, the lowest first."""
    numbers = [f"{limit:g}" for limit in limits]
    if upper:
        return [f"<{numbers[0]}", *(f"{a}-<{b}" for a, b in pairwise(numbers)), f">={numbers[-1]}"]
    return [f"<={numbers[0]}", *(f">{a}-{b}" for a, b in pairwise(numbers)), f">{numbers[-1]}"]


def banded(value: pl.Expr, limits: Sequence[float], *, upper: bool) -> tuple[pl.Expr, pl.Expr]:
    """The category of a value between limits, and its number from 1 on.

    A value equal to a limit belongs to the band above it ("130-<140"), or with `upper` False below (">450-480").
    """
    names = band_names(limits, upper=upper)
    rounded = value.round_sig_figs(12)
    passed = [(rounded >= limit if upper else rounded > limit).cast(pl.Int64) for limit in limits]
    number = pl.when(value.is_not_null()).then(1 + pl.sum_horizontal(passed))
    return number.replace_strict(list(range(1, len(names) + 1)), names, return_dtype=pl.String), number


def finished(frame: pl.DataFrame, schema: dict[str, Any]) -> pl.DataFrame:
    """The columns of `schema`, those that the frame lacks missing, sorted by patient, parameter, time and record."""
    given = [pl.col(n) if n in frame.columns else pl.lit(None).alias(n) for n in schema]
    in_order = frame.lazy().sort("USUBJID", "PARAMCD", "FIRST", "TIME", "AVISITN", "SRCSEQ", nulls_last=True)
    return in_order.select(given).collect().cast(pl.Schema(schema))
