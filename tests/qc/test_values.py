"""The second route's values of four made-up patients, counted by hand."""

from typing import Any

import polars as pl
import pytest

from analysis.qc import second_route
from tests.qc.build import patient, settings


def together(*patients: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The SDTM of several made-up patients as of one study."""
    renamed = [
        {domain: frame.with_columns(USUBJID=pl.lit(f"X-{number}")) for domain, frame in made.items()}
        for number, made in enumerate(patients, 1)
    ]
    domains = sorted({domain for made in renamed for domain in made})
    return {d: pl.concat([made[d] for made in renamed if d in made], how="diagonal_relaxed") for d in domains}


@pytest.fixture(scope="module")
def values() -> dict[str, float]:
    """A confirmed PR that ended with progression, an unconfirmed CR, stable disease that lasted, and nothing at all."""
    made = together(
        patient("56 PR, 112 PR, 168 PD"), patient("56 CR, 112 SD", death=150), patient("56 SD, 161 SD"), patient()
    )
    return second_route.recompute(made, settings()).values


EXPECTED: dict[str, Any] = {
    "bor.confirmed.cr": 0,
    "bor.confirmed.pr": 1,
    "bor.confirmed.sd": 2,
    "bor.confirmed.sd_pct": 0.5,
    "bor.confirmed.ne": 1,
    "bor.confirmed.ne_no_assessment": 1,
    "bor.unconfirmed.cr": 1,
    "bor.unconfirmed.pr": 1,
    "bor.unconfirmed.sd": 1,
    "orr.n": 4,
    "orr.responders": 1,
    "orr.rate": 0.25,
    "orr_unconfirmed.responders": 2,
    "dcr.responders": 3,
    "dcr_unconfirmed.responders": 3,
    "cbr.responders": 2,
    "cbr_unconfirmed.responders": 3,
    "cbr_duration.responders": 1,  # the first: from enrolment to PD on day 168
    "cbr.awaiting": 0,  # month 24 is long past at the cut-off
    "dor.n": 1,
    "dor.events_pd": 1,
    "dor.events_death": 0,
    "dor.median": 113 / 30.4375,  # days 56 to 168
    "dor.at_risk_6m": 0,
    "ttr.n": 1,
    "ttr.median": 57 / 30.4375,
    "os.n": 4,
    "os.events": 1,
    "os.censored": 3,
    "ttf.events_pd": 1,
    "ttf.events_death": 1,
    "ttf.censored": 2,
    "pfs.events": 2,
}


@pytest.mark.parametrize("name", EXPECTED)
def test_value(name: str, values: dict[str, float]) -> None:
    assert values[name] == pytest.approx(EXPECTED[name], rel=1e-14)
