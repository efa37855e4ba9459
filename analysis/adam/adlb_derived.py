"""Parameters of ADLB that rest on several results: thyroid function, and the liver tests that Hy's law looks at."""

import polars as pl

from analysis.adam.adlb_units import factor
from analysis.params import Params
from analysis.params_findings import HysLaw

LIVER = {
    "ALT": "alanine aminotransferase",
    "AST": "aspartate aminotransferase",
    "BILI": "bilirubin",
    "ALP": "alkaline phosphatase",
}

TOGETHER = (("TSH", "T4FR"), tuple(LIVER))
"""PARAMCD that one derived parameter rests on."""

EDISH_LEVELS = {
    1: "Both below their limits",
    2: "Transaminase raised only (Temple's corollary)",
    3: "Bilirubin raised only (cholestasis)",
    4: "Both raised (Hy's law quadrant)",
}
"""AVALCA1N -> AVALCAT1 of EDISH."""

_OF_PATIENT = ("STUDYID", "USUBJID", "ENRLFL", "FASFL", "SAFFL", "RSPEVFL", "PPROTFL")
_OF_RECORD = ("AVISIT", "AVISITN", "ADT", "ADY", "FIRST", "TIME", "SEQ", "ONTRTFL", "SRCDOM", "SRCVAR", "SRCSEQ")


def thyroid_levels(params: Params) -> dict[int, str]:
    """AVALCA1N -> AVALCAT1 of THYROID, from an overactive thyroid to an underactive one."""
    limit = params.laboratory.tsh_high_miu_per_l
    return {
        1: "TSH < LLN, free T4 > ULN",
        2: "TSH < LLN, free T4 not high or not measured",
        3: "TSH within limits",
        4: f"TSH > ULN to {limit:g} mIU/L, free T4 not low or not measured",
        5: f"TSH > {limit:g} mIU/L, free T4 not low or not measured",
        6: "TSH > ULN, free T4 < LLN",
    }


def thyroid(frame: pl.DataFrame, params: Params) -> pl.DataFrame:
    """THYROID, one row per thyrotropin (TSH): its category by TSH and the free thyroxine (T4FR) of the same day.

    AVALCA1N rises from an overactive thyroid to an underactive one, so that WORSTHFL flags the least active. Without a
    free thyroxine, TSH alone decides.
    """
    tsh = frame.filter((pl.col("PARAMCD") == "TSH") & pl.col("AVAL").is_not_null() & pl.col("ADT").is_not_null())
    t4 = frame.filter((pl.col("PARAMCD") == "T4FR") & pl.col("AVAL").is_not_null()).sort("SEQ")
    t4 = t4.unique(["USUBJID", "ADT"], keep="last", maintain_order=True).select("USUBJID", "ADT", T4="ANRIND")
    limit = params.laboratory.tsh_high_miu_per_l
    size = factor(next(iter(tsh["AVALU"].to_list()), None), "mIU/L")
    far = pl.col("AVAL") * size > limit if size is not None else pl.lit(False)
    low, high = pl.col("ANRIND") == "LOW", pl.col("ANRIND") == "HIGH"
    categories = (  # the first that is met
        (1, low & (pl.col("T4") == "HIGH")),
        (6, high & (pl.col("T4") == "LOW")),
        (2, low),
        (5, high & far),
        (4, high),
        (3, pl.col("ANRIND") == "NORMAL"),
    )
    number = pl.coalesce(pl.when(met).then(pl.lit(place, pl.Int64)) for place, met in categories)
    text = pl.col("AVALCA1N").replace_strict(thyroid_levels(params), default=None, return_dtype=pl.String)
    kept = (*_OF_PATIENT, *_OF_RECORD, "TESTCD", "URINE", "FASTING", "BEFORE", "AFTER", "PARCAT1")
    found = tsh.join(t4, ["USUBJID", "ADT"], "left", maintain_order="left").with_columns(AVALCA1N=number)
    return found.filter(pl.col("AVALCA1N").is_not_null()).select(
        *(pl.lit("THYROID").alias(name) if name == "TESTCD" else pl.col(name) for name in kept),
        "AVALCA1N",
        PARAMCD=pl.lit("THYROID"),
        PARAM=pl.lit("Thyroid function by TSH and free T4"),
        AVALC=text,
        AVALCAT1=text,
    )


def liver(frame: pl.DataFrame, rule: HysLaw) -> pl.DataFrame:
    """Per patient the peaks on treatment in multiples of ULN (PKALT, PKAST, PKBILI, PKALP), EDISH and HYSLAW.

    EDISH is the quadrant (EDISH_LEVELS) of the higher of the two peaks of transaminases and the peak of bilirubin,
    whatever the days between them; its AVAL and row are those of the transaminase.

    HYSLAW is "Y", else "N": a candidate for medical review, where bilirubin reaches its limit on the day of a raised
    transaminase or within the days of `rule` after it, and no alkaline phosphatase from the one day to the other
    reaches its own. It is of patients with a transaminase on treatment; AREASON gives the values. The row of a
    candidate is that of the first such bilirubin, else that of the highest transaminase.
    """
    tested = frame.filter(
        pl.col("PARAMCD").is_in(list(LIVER)), pl.col("ONTRTFL") == "Y", pl.col("R2ANRHI").is_not_null()
    ).sort(-pl.col("R2ANRHI"), "FIRST", "SEQ")
    peaks = [
        _row_of(
            tested.filter(pl.col("PARAMCD") == test).unique("USUBJID", keep="first", maintain_order=True)
        ).with_columns(
            PARAMCD=pl.lit(f"PK{test}"), PARAM=pl.lit(f"Peak {name} on treatment (x ULN)"), AVALU=pl.lit("x ULN")
        )
        for test, name in LIVER.items()
    ]
    transaminases = tested.filter(pl.col("PARAMCD").is_in(["ALT", "AST"]))
    found = _candidates(tested, transaminases, rule)
    others = transaminases.unique("USUBJID", keep="first", maintain_order=True).join(found, "USUBJID", "anti")
    reason = pl.format("Highest transaminase: {} {} x ULN", "PARAMCD", pl.col("R2ANRHI").round(2))
    others = _row_of(others.with_columns(AVALC=pl.lit("N"), AREASON=reason), "AVALC", "AREASON")
    law = pl.concat([_row_of(found, "AVALC", "AREASON"), others]).drop("AVAL")
    named = law.with_columns(PARAMCD=pl.lit("HYSLAW"), PARAM=pl.lit("Candidate for Hy's law"))
    edish = _quadrants(pl.concat(peaks), rule)
    return pl.concat([*peaks, edish, named], how="diagonal").with_columns(PARCAT1=pl.lit("DERIVED"))


def _quadrants(peaks: pl.DataFrame, rule: HysLaw) -> pl.DataFrame:
    """EDISH of the patients with a transaminase and bilirubin."""
    transaminase = peaks.filter(pl.col("PARAMCD").is_in(["PKALT", "PKAST"])).sort(-pl.col("AVAL"), "FIRST", "SEQ")
    bilirubin = peaks.filter(pl.col("PARAMCD") == "PKBILI").select("USUBJID", BILI="AVAL")
    both = transaminase.unique("USUBJID", keep="first", maintain_order=True).join(bilirubin, "USUBJID")
    number = 1 + (pl.col("AVAL") > rule.transaminase_above_uln).cast(pl.Int64)
    number += 2 * (pl.col("BILI") >= rule.bilirubin_from_uln).cast(pl.Int64)
    return (
        both.with_columns(AVALCA1N=number)
        .drop("BILI", "AVALU")
        .with_columns(
            PARAMCD=pl.lit("EDISH"),
            PARAM=pl.lit("Quadrant of peak transaminase and peak bilirubin"),
            AVALCAT1=pl.col("AVALCA1N").replace_strict(EDISH_LEVELS, default=None, return_dtype=pl.String),
        )
    )


def _row_of(frame: pl.DataFrame, *more: str) -> pl.DataFrame:
    return frame.select(*_OF_PATIENT, *_OF_RECORD, *more, AVAL="R2ANRHI")


def _candidates(tested: pl.DataFrame, transaminases: pl.DataFrame, rule: HysLaw) -> pl.DataFrame:
    """The bilirubin record that makes each patient a candidate, with AVALC and AREASON."""
    raised = transaminases.filter(pl.col("R2ANRHI") > rule.transaminase_above_uln)
    bilirubin = tested.filter((pl.col("PARAMCD") == "BILI") & (pl.col("R2ANRHI") >= rule.bilirubin_from_uln))
    pairs = bilirubin.join(raised.select("USUBJID", T_TEST="PARAMCD", T_DAY="FIRST", T_ULN="R2ANRHI"), "USUBJID")
    apart = (pl.col("FIRST") - pl.col("T_DAY")).dt.total_days()
    pairs = pairs.filter(apart.is_between(0, rule.within_days)).with_row_index("PAIR")
    alp = tested.filter(pl.col("PARAMCD") == "ALP").select("USUBJID", A_DAY="FIRST", A_ULN="R2ANRHI")
    between = pairs.join(alp, "USUBJID").filter(pl.col("A_DAY").is_between(pl.col("T_DAY"), pl.col("FIRST")))
    highest = between.group_by("PAIR").agg(pl.col("A_ULN").max())
    pairs = pairs.join(highest, "PAIR", "left", maintain_order="left")
    pairs = pairs.filter((pl.col("A_ULN") < rule.phosphatase_below_uln).fill_null(True))
    said = pl.format("alkaline phosphatase {} x ULN", pl.col("A_ULN").round(2)).fill_null(
        "alkaline phosphatase not measured"
    )
    first = pairs.sort("FIRST", "T_DAY", -pl.col("T_ULN"), "SEQ").unique("USUBJID", keep="first", maintain_order=True)
    return first.with_columns(
        AVALC=pl.lit("Y"),
        AREASON=pl.format(
            "{} {} x ULN on {}; bilirubin {} x ULN on {}; {}",
            *("T_TEST", pl.col("T_ULN").round(2), "T_DAY", pl.col("R2ANRHI").round(2), "FIRST", said),
        ),
    )
