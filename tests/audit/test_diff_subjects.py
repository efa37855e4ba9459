"""What became of the patients between the two demonstration cuts: what was planted, what happened later, nothing else.

Expected values come from the transfers and from the list of planted cases, not from the analysis.
"""

import polars as pl
import pytest

from analysis.audit import patients
from tests import studies
from tests.data.test_planted_cases import progression
from tests.data.transfers import FOLDER, Transfer, read

CUTS = ("2025-06-30", "2025-12-31")
PATIENT = "NCT05075512-01-{}".format


@pytest.fixture(scope="module")
def datasets() -> list[dict[str, pl.DataFrame]]:
    """The analysis datasets of the two cuts."""
    return [studies.adam_of(cut) for cut in CUTS]


@pytest.fixture(scope="module")
def moves(datasets: list[dict[str, pl.DataFrame]]) -> dict[tuple[str, str, str], tuple[str, ...]]:
    found = patients.compare(*map(patients.statuses, datasets))
    assert (found.added, found.removed) == ((), ())
    return {(move.status, move.old, move.new): move.patients for move in found.moves}


@pytest.fixture(scope="module")
def second() -> Transfer:
    return read(FOLDER / "2026-01-15")


def late(day: str | None) -> bool:
    return day is not None and CUTS[0] < day <= CUTS[1]


def test_new_deaths_are_the_later_ones_and_the_one_that_became_known(
    datasets: list[dict[str, pl.DataFrame]], moves: dict[tuple[str, str, str], tuple[str, ...]], second: Transfer
) -> None:
    expected = {row["USUBJID"]: row["DTHDTC"] for row in second.rows("DM") if late(row["DTHDTC"])}
    expected[PATIENT("039")] = "2025-06-03"  # planted: before the first cut-off, known from September 2025
    assert patients.new_deaths(*datasets) == expected
    assert moves["DTHFL", "N", "Y"] == tuple(sorted(expected))
    assert moves["EOSSTT", "ONGOING", "DISCONTINUED"] == tuple(sorted(expected))  # nobody left the study otherwise
    assert moves["OS", "censored: Event-free at last follow-up", "event: Death"] == tuple(sorted(expected))


def test_events_that_flipped(moves: dict[tuple[str, str, str], tuple[str, ...]], second: Transfer) -> None:
    progressed = {p for p in second.enrolled() if late(str(progression(second, p)))}
    free = "censored: Event-free at last follow-up"
    assert PATIENT("045") in progressed  # planted: progression on the day after the first cut-off
    assert moves["PFS", free, "event: Disease progression"] == tuple(sorted(progressed))
    assert moves["PFS", free, "event: Death"] == (PATIENT("042"),)  # planted: a fatal event, without progression


def test_the_corrected_date_of_a_progression(moves: dict[tuple[str, str, str], tuple[str, ...]]) -> None:
    assert moves["PFSDT", "2025-03-03", "2025-02-24"] == (PATIENT("037"),)


def test_the_response_that_awaited_confirmation(moves: dict[tuple[str, str, str], tuple[str, ...]]) -> None:
    assert moves["CBOR", "SD", "PR"] == (PATIENT("044"),)


def test_treatment_that_stopped(moves: dict[tuple[str, str, str], tuple[str, ...]], second: Transfer) -> None:
    for number, drug in (("1", "ANLOTINIB"), ("2", "FULVESTRANT")):
        rows = (row for row in second.rows("DS") if drug in str(row["DSSCAT"]).upper() and late(row["DSSTDTC"]))
        stopped = {row["USUBJID"] for row in rows}
        assert moves[f"EOTSTT{number}", "ONGOING", "DISCONTINUED"] == tuple(sorted(stopped)), drug


def test_nothing_else_is_said_of_patients(moves: dict[tuple[str, str, str], tuple[str, ...]]) -> None:
    assert [status for status, _, _ in moves] == [
        *("EOTSTT1", "EOTSTT2", "EOSSTT", "DTHFL", "CBOR", "PFS", "PFS", "OS", "PFSDT"),
    ]
