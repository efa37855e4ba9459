"""Duration of response, time to response and to treatment failure, worked out by hand; nobody and one who responds."""

from pathlib import Path

import polars as pl
import pytest

from analysis import params
from analysis.adam.adtte import SCHEMA
from analysis.errors import DataError
from analysis.results import Result
from analysis.tlf import response_times
from analysis.tlf.context import Context
from analysis.tlf.model import Table

PROJECT = Path(__file__).parents[2]
FLAGS = dict.fromkeys(("ENRLFL", "FASFL"), "Y")
PD, DEATH, STOPPED = "Disease progression", "Death", "Treatment discontinuation"

RESPONSES = {"A": (4.0, PD), "B": (8.0, None), "C": (12.0, DEATH)}
"""Duration: S is 2/3 from month 4 and 0 from month 12."""
UNTIL = {"A": (3.0, "Confirmed response"), "B": (2.0, "Confirmed response"), "C": (4.0, "Confirmed response")}
FAILURES = {"A": (5.0, STOPPED), "B": (9.0, PD), "C": (9.5, DEATH), "D": (1.0, None)}


def context(**of: dict[str, tuple[float, str | None]]) -> Context:
    """ADTTE of parameters (PARAMCD -> patient -> months and event, None where censored)."""
    records = []
    for paramcd, patients in of.items():
        for usubjid, (time, event) in patients.items():
            row = {"USUBJID": usubjid, "PARAMCD": paramcd, "AVAL": time, "CNSR": int(event is None)}
            row |= {"EVNTDESC": event or "Event-free at last follow-up", "CNSREAS": None if event else "ONGOING"}
            records.append(dict.fromkeys(SCHEMA) | FLAGS | row)
    adsl = pl.DataFrame({"USUBJID": list("ABCD"), **{flag: ["Y"] * 4 for flag in FLAGS}})
    adtte = pl.DataFrame(records, schema=SCHEMA, orient="row")
    given = params.load("2025-06-30", PROJECT / "params")
    return Context(given, params.load_catalogue(PROJECT / "params"), {"ADTTE": adtte, "ADSL": adsl})


def named(results: list[Result]) -> dict[str, Result]:
    return {r.name: r for r in results if r.name}


def lines(table: Table) -> list[tuple[str, ...]]:
    return [tuple(cell.text for cell in row.cells) for row in table.rows]


def test_duration_and_time_to_response_by_hand() -> None:
    c = context(DOR=RESPONSES, TTR=UNTIL)
    results = response_times.results(c)
    of = named(results)
    assert [of[f"dor.{name}"].stat for name in ("n", "events", "events_pd", "events_death", "censored")] == [
        3,
        2,
        1,
        1,
        1,
    ]
    assert [of[f"dor.{name}"].stat for name in ("q25", "median", "q75")] == [4, 12, 12]
    assert of["dor.rate_6m"].stat == pytest.approx(2 / 3, abs=1e-11)
    assert (of["dor.at_risk_6m"].stat, of["dor.at_risk_12m"].stat) == (2, 1)
    assert (of["dor.rate_12m"].stat, of["dor.rate_12m_lower"].stat) == (0, None)
    assert {name: r.stat for name, r in of.items() if str(name).startswith("ttr.")} == {
        **{"ttr.n": 3, "ttr.q25": 2, "ttr.median": 3, "ttr.q75": 4, "ttr.minimum": 2, "ttr.maximum": 4}
    }
    table = response_times.table(c, results)
    shown = lines(table)
    assert table.columns[1].label == "Confirmed responders\n(N = 3)"
    assert ("Patients with event, n (%)", "2 (66.7)") in shown
    assert ("Range (+ censored)", "4.0 to 12.0") in shown
    start = shown.index(("Time to response, months",))
    assert shown[start + 1 :] == [
        ("25th percentile", "2.0"),
        ("Median", "3.0"),
        ("75th percentile", "4.0"),
        ("Range", "2.0 to 4.0"),
    ]


def test_an_even_number_of_responders_has_the_midpoint_as_median() -> None:
    times = {usubjid: (time, "Confirmed response") for usubjid, time in zip("ABCD", (1.0, 2.0, 4.0, 8.0), strict=True)}
    of = named(response_times.results(context(DOR=RESPONSES, TTR=times)))
    assert [of[f"ttr.{name}"].stat for name in ("q25", "median", "q75")] == [1.5, 3, 6]


def test_nobody_responded() -> None:
    c = context(TTF=FAILURES)
    results = response_times.results(c)
    of = named(results)
    assert (of["dor.n"].stat, of["dor.events"].stat, of["dor.median"].stat, of["ttr.median"].stat) == (0, 0, None, None)
    shown = lines(response_times.table(c, results))
    assert ("Patients", "0") in shown
    assert ("Patients with event, n (%)", "0") in shown
    assert ("Median", "NE (NE, NE)") in shown
    assert ("At 6 months", "NE (NE, NE) [0]") in shown
    assert ("Range", "NE to NE") in shown
    figure = response_times.figure(c)
    assert figure.alt == "No patient had a confirmed response."
    assert figure.png.startswith(b"\x89PNG")


@pytest.mark.parametrize(("event", "median", "said"), [(PD, "5.0", "1 event."), (None, "NE", "0 events.")])
def test_one_responder(event: str | None, median: str, said: str) -> None:
    c = context(DOR={"A": (5.0, event)}, TTR={"A": (2.0, "Confirmed response")})
    results = response_times.results(c)
    assert named(results)["dor.median"].stat_fmt == median
    assert ("Range", "2.0 to 2.0") in lines(response_times.table(c, results))
    assert f"1 patient, {said}" in response_times.figure(c).alt


def test_treatment_failure_by_kind() -> None:
    c = context(TTF=FAILURES)
    results = response_times.failure_results(c)
    of = named(results)
    kinds = ("n", "events", "events_stopped", "events_pd", "events_death", "censored")
    assert [of[f"ttf.{name}"].stat for name in kinds] == [4, 3, 1, 1, 1, 1]
    # S: 2/3 at month 5, 1/3 at month 9, 0 at month 9.5
    assert [of[f"ttf.{name}"].stat for name in ("q25", "median", "q75")] == [5, 9, 9.5]
    shown = lines(response_times.failure_table(c, results))
    assert shown[:6] == [
        ("Patients", "4"),
        ("Patients with event, n (%)", "3 (75.0)"),
        ("Treatment discontinuation", "1 (25.0)"),
        ("Disease progression", "1 (25.0)"),
        ("Death", "1 (25.0)"),
        ("Censored, n (%)", "1 (25.0)"),
    ]


def test_treatment_failure_needs_a_record_of_each_patient() -> None:
    with pytest.raises(DataError, match="ADTTE: no record of PARAMCD 'TTF' for t-14-2-3-2"):
        response_times.failure_results(context(DOR=RESPONSES))


def test_a_catalogue_without_the_tables_has_no_results() -> None:
    c = context(DOR=RESPONSES)
    bare = Context(c.params, {}, c.adam)
    assert response_times.results(bare) + response_times.failure_results(bare) == []
