"""The primary table on four patients whose curve and test are worked out by hand."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from analysis import params
from analysis.errors import DataError
from analysis.results import Result
from analysis.tlf import disposition, primary_pfs
from analysis.tlf.context import Context
from analysis.tlf.model import Table

PROJECT = Path(__file__).parents[2]
FLAGS = ("ENRLFL", "FASFL", "SAFFL", "RSPEVFL", "PPROTFL")


def context(cut: str = "2025-06-30", **changes: object) -> Context:
    """Times 2, 4, 6+ and 8 months: S = 0.75, 0.5, 0.5, 0."""
    patients = ("A", "B", "C", "D")
    time, cnsr = (2.0, 4.0, 6.0, 8.0), (0, 0, 1, 0)
    reasons = (None, None, "LOST", None)
    said = ("Disease progression", "Disease progression", "Lost to follow-up", "Death")
    frames = []
    for paramcd in ("PFS", "OS"):
        frames.append(
            pl.DataFrame(
                {"USUBJID": patients, "PARAMCD": [paramcd] * 4, "AVAL": time, "CNSR": cnsr, "EVNTDESC": said}
                | {"CNSREAS": reasons}
                | {flag: ["Y"] * 4 for flag in FLAGS}
            )
        )
    adsl = pl.DataFrame(
        {"USUBJID": [*patients, "E"], "SCRNFL": ["Y"] * 5, "SCRFFL": ["N"] * 4 + ["Y"]}
        | {"SCRFREAS": [None] * 4 + ["Hemoglobin >= 90 g/L"]}
        | {flag: ["Y"] * 4 + ["N"] for flag in FLAGS}
        | {"ENRLDT": [dt.date(2024, 3, day) for day in (9, 1, 30, 5)] + [None]}
        | {"EOTSTT1": ["ONGOING"] + ["DISCONTINUED"] * 3 + [None], "EOTSTT2": ["DISCONTINUED"] * 4 + [None]}
        | {"DCTREAS1": [None, "PROGRESSIVE DISEASE", "LOST TO FOLLOW-UP", "PROGRESSIVE DISEASE", None]}
        | {"DCTREAS2": ["ADVERSE EVENT", "PROGRESSIVE DISEASE", None, "PROGRESSIVE DISEASE", None]}
        | {"EOSSTT": ["ONGOING", "ONGOING", "DISCONTINUED", "DISCONTINUED", None]}
        | {"DCSREAS": [None, None, "LOST TO FOLLOW-UP", "DEATH", None], "DTHFL": ["N", "N", "N", "Y", "N"]}
    )
    chosen = params.load(cut, PROJECT / "params").model_copy(update=changes)
    return Context(chosen, params.load_catalogue(PROJECT / "params"), {"ADTTE": pl.concat(frames), "ADSL": adsl})


def named(results: list[Result]) -> dict[str, Result]:
    return {r.name: r for r in results if r.name}


def lines(table: Table) -> dict[str, str]:
    return {row.cells[0].text: row.cells[-1].text for row in table.rows if len(row.cells) > 1}


def test_the_numbers_by_hand() -> None:
    of = named(primary_pfs.results(context()))
    assert [of[f"pfs.{n}"].stat for n in ("n", "events", "events_pd", "events_death", "censored")] == [4, 3, 2, 1, 1]
    assert of["pfs.median"].stat == 6.0  # S is exactly 0.5 from month 4 until the drop at month 8
    assert of["pfs.rate_3m"].stat_fmt == "75.0"
    assert of["pfs.at_risk_3m"].stat == 3
    assert of["pfs.rate_9m"].stat is None  # beyond the last follow-up
    assert of["pfs.rate_9m"].stat_fmt == "NE"
    assert of["pfs.logrank_expected"].stat == pytest.approx(2.390162692, abs=1e-9)  # 20 months x ln 2 / 5.8
    assert of["pfs.logrank_z"].stat == pytest.approx(0.3944575, abs=1e-6)
    assert of["pfs.logrank_p"].stat_fmt == "0.6932"
    assert of["pfs.events_pct"].stat == 0.75


def test_the_table_shows_each_event_and_reason_once() -> None:
    c = context()
    shown = lines(primary_pfs.table(c, primary_pfs.results(c)))
    assert shown["Patients with event, n (%)"] == "3 (75.0)"
    assert shown["Disease progression"] == "2 (50.0)"
    assert shown["Lost to follow-up"] == "1 (25.0)"
    assert shown["Range (+ censored)"] == "2.0 to 8.0"
    assert shown["p-value (two-sided)"] == "0.6932"
    assert shown["Conclusion by the success rule"] == "Null hypothesis not rejected in favour of benefit"
    assert "Patients with event" not in shown


def test_only_a_primary_cut_concludes() -> None:
    c = context("2025-12-31")
    shown = lines(primary_pfs.table(c, primary_pfs.results(c)))
    assert "p-value (two-sided, nominal, unadjusted)" in shown
    assert not any("Conclusion" in label for label in shown)


def test_without_a_null_median_there_is_no_test() -> None:
    design = params.load("2025-06-30", PROJECT / "params").design.model_copy(update={"null_median": None})
    c = context(design=design)
    results = primary_pfs.results(c)
    assert not any("logrank" in str(r.name) or r.name == "pfs.smr" for r in results)
    assert not any("log-rank" in label for label in lines(primary_pfs.table(c, results)))


@pytest.mark.parametrize(
    ("p", "observed", "expected", "met"),
    [(0.049, 10, 20, True), (0.05, 10, 20, False), (0.001, 20, 10, False), (float("nan"), 0, 0, False)],
)
def test_the_success_rule_needs_both(p: float, observed: float, expected: float, met: bool) -> None:
    assert primary_pfs.succeeds(p, observed, expected, alpha=0.05) is met


def test_no_records_is_an_error_that_names_them() -> None:
    c = context()
    empty = Context(c.params, c.catalogue, {**c.adam, "ADTTE": c.adam["ADTTE"].clear()})
    with pytest.raises(DataError, match=r"ADTTE: no record of PARAMCD 'PFS' for t-14-2-1-1"):
        primary_pfs.results(empty)


def test_disposition_counts_and_reasons() -> None:
    c = context()
    results = disposition.results(c)
    of = named(results)
    assert [of[f"n.{n}"].stat for n in ("consented", "screen_failed", "enrolled", "treated")] == [5, 1, 4, 4]
    assert [of[f"n.{n}"].stat for n in ("ongoing_anlotinib", "arm_stopped_anlotinib", "deaths", "lost")] == [1, 3, 1, 1]
    texts = [(row.cells[0].text, row.cells[-1].text) for row in disposition.table(c, results).rows]
    assert ("Hemoglobin >= 90 g/L", "1") in texts
    start = texts.index(("Anlotinib stopped", "3 (75.0)"))
    assert texts[start + 1 : start + 3] == [("Progressive disease", "2 (50.0)"), ("Lost to follow-up", "1 (25.0)")]
    assert ("Reason not recorded", "1 (25.0)") in texts  # fulvestrant stopped without a reason


def test_population_and_source_stand_with_the_table() -> None:
    c = context()
    table = disposition.table(c, disposition.results(c))
    assert table.population == "Enrolled patients (N = 4)"
    assert "SYNTHETIC DATA" in table.source
    assert dt.date(2025, 6, 30).isoformat() in table.source


def test_the_period_of_enrolment() -> None:
    shown = lines(disposition.table(context(), disposition.results(context())))
    assert (shown["First enrolment"], shown["Last enrolment"]) == ("1 March 2024", "30 March 2024")


def test_a_patient_who_is_neither_enrolled_nor_a_failure_has_a_line() -> None:
    c = context()
    assert "n.undecided" not in named(disposition.results(c))
    adsl = c.adam["ADSL"].with_columns(SCRFFL=pl.lit("N"))
    open_case = Context(c.params, c.catalogue, {**c.adam, "ADSL": adsl})
    results = disposition.results(open_case)
    assert named(results)["n.undecided"].stat == 1
    assert lines(disposition.table(open_case, results))["Neither enrolled nor a screen failure"] == "1"


def test_completed_shows_only_where_someone_did() -> None:
    c = context()
    adsl = c.adam["ADSL"].with_columns(EOSSTT=pl.col("EOSSTT").replace("DISCONTINUED", "COMPLETED"))
    done = Context(c.params, c.catalogue, {**c.adam, "ADSL": adsl})
    assert "Completed the study" not in lines(disposition.table(c, disposition.results(c)))
    shown = lines(disposition.table(done, disposition.results(done)))
    assert shown["Completed the study"] == "2 (50.0)"
