"""Table 14.3.4.4, figure 14.3.4.1 and listing 14.3.4.2 on three patients, by hand."""

import datetime as dt
from dataclasses import replace

from analysis.adam.adlb import SCHEMA
from analysis.tlf import hys_law
from analysis.tlf.context import Context
from tests.tlf.findings import check_where, context, lines, record

DAY = dt.date(2024, 1, 22)


def liver() -> Context:
    """A is a candidate; the AST of B is raised alone; C has neither AST nor bilirubin. Peaks in multiples of ULN."""
    peaks = {"A": {"PKALT": 3.1, "PKAST": 1.0, "PKBILI": 2.0}, "B": {"PKALT": 3.0, "PKAST": 5.1, "PKBILI": 1.0}}
    peaks["C"] = {"PKALT": 21.0}
    tests = {"ONTRTFL": "Y", "ADT": DAY, "ADY": 22, "AVISIT": "CYCLE 2 DAY 1"}
    return context(
        "ADLB",
        SCHEMA,
        *(record(p, paramcd, AVAL=value) for p, values in peaks.items() for paramcd, value in values.items()),
        record("A", "EDISH", AVAL=3.1, AVALCA1N=4),
        record("B", "EDISH", AVAL=5.1, AVALCA1N=2),
        record("A", "HYSLAW", AVALC="Y", AREASON="ALT 3.1 x ULN, then bilirubin"),
        record("B", "HYSLAW", AVALC="N"),
        record("C", "HYSLAW", AVALC="N"),
        record("A", "ALT", AVAL=124.0, AVALU="U/L", R2ANRHI=3.1, **tests),
        record("A", "BILI", AVAL=42.0, AVALU="umol/L", R2ANRHI=2.0, **tests),
        record("A", "ALT", AVAL=20.0, AVALU="U/L", R2ANRHI=0.5, ADT=DAY, AVISIT="SCREENING"),
        record("B", "AST", AVAL=204.0, AVALU="U/L", R2ANRHI=5.1, **tests),
    )


def test_peaks_quadrants_and_candidates() -> None:
    found = liver()
    results = hys_law.results(found)
    shown = [line for line in lines(hys_law.table(found, results)) if len(line) == 2]
    assert shown[:5] == [
        ("Patients measured on treatment", "3"),
        (">3 x ULN", "2 (66.7)"),
        (">5 x ULN", "1 (33.3)"),
        (">10 x ULN", "1 (33.3)"),
        (">20 x ULN", "1 (33.3)"),
    ]
    assert shown[5:8] == [("Patients measured on treatment", "2"), (">3 x ULN", "1 (50.0)"), (">5 x ULN", "1 (50.0)")]
    # either of the two, each patient once
    assert shown[10:13] == [
        ("Patients measured on treatment", "3"),
        (">3 x ULN", "3 (100.0)"),
        (">5 x ULN", "2 (66.7)"),
    ]
    assert shown[15:19] == [
        ("Patients measured on treatment", "2"),
        ("≥2 x ULN", "1 (50.0)"),
        ("Patients measured on treatment", "0"),
        ("≥2 x ULN", "0"),
    ]
    assert shown[19:] == [
        ("Patients measured on treatment", "2"),
        ("Both below their limits", "0"),
        ("Transaminase raised only (Temple's corollary)", "1 (50.0)"),
        ("Bilirubin raised only (cholestasis)", "0"),
        ("Both raised (Hy's law quadrant)", "1 (50.0)"),
        ("Patients measured on treatment", "3"),
        ("Candidates for medical review", "1 (33.3)"),
    ]
    check_where(found, results)
    assert hys_law.results(replace(found, catalogue={}, adam={})) == []


def test_figure() -> None:
    figure = hys_law.figure(liver())
    assert figure.data["limits"] == [3, 2]
    assert figure.data["points"] == [
        {"patient": "A", "transaminase": 3.1, "bilirubin": 2.0, "quadrant": 4, "candidate": True},
        {"patient": "B", "transaminase": 5.1, "bilirubin": 1.0, "quadrant": 2, "candidate": False},
    ]
    assert "of 2 patients" in figure.alt
    assert "Patients with both raised: A. Candidates for Hy's law: 1." in figure.alt
    assert figure.png.startswith(b"\x89PNG")


def test_figure_without_patients() -> None:
    figure = hys_law.figure(context("ADLB", SCHEMA, record("A", "PKALT", AVAL=1.0)))
    assert (figure.alt, figure.data["points"]) == ("No peaks of liver tests to draw.", [])


def test_extreme_values_and_names_are_drawn() -> None:
    """A peak beyond every tick, a peak of 0, and a name in no shipped font."""
    found = context(
        "ADLB",
        SCHEMA,
        *(record("\U0001f600$x$", paramcd, AVAL=value) for paramcd, value in (("PKALT", 900.0), ("PKBILI", 0.0))),
        record("\U0001f600$x$", "EDISH", AVAL=900.0, AVALCA1N=4),
        record("\U0001f600$x$", "HYSLAW", AVALC="N"),
    )
    assert hys_law.figure(found).png.startswith(b"\x89PNG")


def test_listing_of_candidates() -> None:
    """Only what was measured on treatment, one row per day and visit, under the reason."""
    assert lines(hys_law.listing(liver())) == [
        ("Patient A",),
        ("ALT 3.1 x ULN, then bilirubin", *[""] * 6),
        ("2024-01-22", "22", "CYCLE 2 DAY 1", "124 U/L (3.10)", "", "42 umol/L (2.00)", ""),
    ]
