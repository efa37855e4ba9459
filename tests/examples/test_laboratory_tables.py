"""Worst grades of the public laboratory data are those that the published grades give, counted by another route."""

from pathlib import Path

import polars as pl

from analysis import params
from analysis.adam.adlb import derive_adlb
from analysis.tlf import hys_law, laboratory
from analysis.tlf.context import Context
from tests.examples.test_findings import PARAMS, published, sdtm
from tests.tlf.findings import check_where

CATALOGUE = Path(__file__).parents[2] / "params"

OTHERWISE_GRADED = {"hgb_low", "hgb_high", "k_low", "lym_low", "lym_high", "urate_high"}
"""What the published data grade by other criteria, or not at all (test_findings says how)."""


def test_worst_grades_of_the_published_records() -> None:
    """Patients with a grade, with any and with grade 3 or 4, after the first dose and up to 30 days after the last."""
    frames, adsl = sdtm(LB="lb")
    adlb = derive_adlb(frames, adsl, PARAMS)
    found = Context(PARAMS, params.load_catalogue(CATALOGUE), {"ADSL": adsl, "ADLB": adlb})
    results = laboratory.results(found)
    of = {r.name: r.stat for r in results}
    ours = {r.name.split(".")[1] for r in results if r.name and r.stat}
    period = adsl.filter(pl.col("SAFFL") == "Y").select("USUBJID", FIRST="TRTSDT", LAST="TEENDT")
    theirs = published("adlb", "LBSEQ").join(period, "USUBJID").filter(pl.col("ADT").is_between("FIRST", "LAST"))
    theirs = theirs.filter(pl.col("ABLFL").is_null(), pl.col("ADT") > pl.col("FIRST"))
    compared = set()
    for way, name in (("L", "low"), ("H", "high")):
        grades = theirs.drop_nulls(f"ATOXGR{way}").group_by("LBTESTCD", "USUBJID").agg(pl.col(f"ATOXGR{way}").max())
        for (test,), part in grades.group_by("LBTESTCD"):
            key, grade = f"{str(test).lower()}_{name}", part[f"ATOXGR{way}"]
            if key not in OTHERWISE_GRADED:
                expected = (part.height, (grade >= 1).sum(), (grade >= 3).sum())
                assert (of[f"lab.{key}.n"], of[f"lab.{key}.any"], of[f"lab.{key}.grade34"]) == expected, key
                compared.add(key)
    assert compared == ours - OTHERWISE_GRADED
    assert len(compared) == 20
    check_where(found, results)
    check_where(found, hys_law.results(found))
