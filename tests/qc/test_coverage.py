"""Which tables with results the second route computes again, and why it does not the others."""

from pathlib import Path

from analysis.params import load_catalogue
from analysis.qc import compare, compare_safety, event_counts, safety
from tests.qc.build import settings

ROOT = Path(__file__).parents[2]

DESCRIPTIVE = "describes the patients; neither an endpoint nor a count of safety"
FROM_COMPARED = "estimates of the compared estimators from records that are compared"
ONE_ROUTE: dict[str, str] = {
    "t-14-1-2-1": "sizes of the sets are compared by name (n.safety ...); the reasons are listed for each patient",
    "t-14-1-3-1": DESCRIPTIVE,
    "t-14-1-5-1": DESCRIPTIVE,
    "t-14-1-6-1": DESCRIPTIVE,
    "t-14-1-7-1": DESCRIPTIVE,
    "t-14-1-8-1": DESCRIPTIVE,
    "t-14-1-9-1": "an audit of the data for medical review; each criterion is tested with hand-made patients",
    "t-14-2-1-2": f"{FROM_COMPARED} (PFSUNI, PFSINV, PFSEMA, PFSFD), but for recomputed and interval-censored PFS",
    "t-14-2-1-3": "patients whose compared records differ between the sets",
    "t-14-2-2-3": "sensitivity: responses recomputed by RECIST, tested against public data",
    "t-14-2-2-4": "agreement of the reader with the recomputed responses, exploratory",
    "t-14-2-6-1": FROM_COMPARED,
    "t-14-2-6-2": FROM_COMPARED,
    "t-14-2-6-3": "Cox models, exploratory; compared with R in tests/stats",
    "t-14-2-7-1": DESCRIPTIVE,
    "t-14-2-8-1": DESCRIPTIVE,
    "t-14-3-3-1": "a list of the patients with a narrative",
    "t-14-3-4-3": "tests without a numeric grade in the main tests, tested with hand-made values",
    "t-14-3-4-4": "multiples of the limits of normal, by hand-made values; grades of these tests are compared",
    "t-14-3-4-5": DESCRIPTIVE,
    "t-14-3-5-2": DESCRIPTIVE,
}
"""Output -> why only the first route has its results. The primary and secondary endpoints and safety are not here."""


def test_every_table_is_compared_or_says_why_not() -> None:
    catalogue = {name for name in load_catalogue(ROOT / "params") if name.startswith("t-14-")}
    compared = {topic.output for topic in compare.TOPICS} | set(compare_safety.TOPICS)
    compared |= set(event_counts.layouts(settings())) | {output for output, _ in safety.MEASURED.values()}
    assert compared <= catalogue
    assert catalogue - compared == set(ONE_ROUTE)
