"""What must hold for any patient, whatever the history."""

import random
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from analysis import adam
from tests.adam.build import at, day, outcomes, params, patient, sdtm

CUTOFF = 900
RESPONSES = st.sampled_from(["CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE"])
DAY = st.integers(1, CUTOFF)
SCAN = st.tuples(DAY, RESPONSES, st.one_of(st.none(), DAY.map(lambda d: 56 * (d // 56 + 1) + 1)))
PARTIAL = st.one_of(DAY, DAY.map(lambda d: at(d)[:7]), DAY.map(lambda d: at(d)[:4]))
HISTORY = st.fixed_dictionaries(
    {
        "scans": st.lists(SCAN, max_size=6),
        "baseline": st.sampled_from([-10, -10, -10, None]),
        "dosed": st.one_of(st.none(), st.tuples(st.integers(0, 7), st.integers(8, 400))),
        "death": st.one_of(st.none(), PARTIAL),
        "clinical": st.one_of(st.none(), DAY),
        "therapy": st.lists(st.one_of(PARTIAL, st.none()), max_size=2),
        "alive": st.one_of(st.none(), DAY),
    }
)
SETTINGS = params(CUTOFF)


def records(frames: dict[str, pl.DataFrame]) -> dict[tuple[str, str], dict[str, Any]]:
    adtte = outcomes(frames, SETTINGS)["ADTTE"]
    return {(row["USUBJID"], row["PARAMCD"]): row for row in adtte.to_dicts()}


def happens(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["ADT"], row["CNSR"], row["CNSREAS"], row["EVNTDESC"]


@given(HISTORY)
def test_every_date_lies_between_start_and_cutoff(history: dict[str, Any]) -> None:
    for row in records(sdtm(patient(**history))).values():
        assert day(0) <= row["STARTDT"] <= row["ADT"] <= day(CUTOFF)
        assert row["ADAYS"] == (row["ADT"] - row["STARTDT"]).days + 1
        assert (row["CNSR"] == 1) == (row["CNSREAS"] is not None) == (row["CNSDTDSC"] is not None)


@given(HISTORY)
def test_an_event_of_fda_is_the_same_event_of_ema_and_no_time_is_longer(history: dict[str, Any]) -> None:
    found = records(sdtm(patient(**history)))
    fda, ema = found["S-01", "PFS"], found["S-01", "PFSEMA"]
    assert fda["ADT"] <= ema["ADT"]
    if fda["CNSR"] == 0:
        assert happens(fda) == happens(ema)


@given(HISTORY, st.integers(1, 100), st.sampled_from(["SD", "PD", "NE"]))
def test_an_assessment_after_the_event_changes_nothing(history: dict[str, Any], later: int, response: str) -> None:
    before = records(sdtm(patient(**history)))["S-01", "PFS"]
    # (a partial date of death leans on the last date known alive, which a scan moves)
    if before["CNSR"] == 0 and before["ADTF"] is None:
        when = (before["ADT"] - day(0)).days + later
        more = history | {"scans": [*history["scans"], (when, response, None)]}
        after = records(sdtm(patient(**more)))["S-01", "PFS"]
        assert happens(before) == happens(after)


@given(HISTORY, DAY)
def test_an_assessment_that_is_not_evaluable_changes_nothing(history: dict[str, Any], when: int) -> None:
    # (a partial date of death leans on the last date known alive, which any scan may move)
    history = history | {"death": None} if isinstance(history["death"], str) else history
    before = records(sdtm(patient(**history)))
    after = records(sdtm(patient(**(history | {"scans": [*history["scans"], (when, "NE", None)]}))))
    # (nor OS, since a scan shows life, nor a response: too many of them keep it from being confirmed)
    pfs = [key for key in before if key[1] not in ("OS", "DOR", "TTR")]
    assert [happens(before[key]) for key in pfs] == [happens(after[key]) for key in pfs]


@settings(max_examples=settings().max_examples // 3)
@given(st.lists(HISTORY, min_size=1, max_size=2))
def test_outcomes_are_those_of_the_derivation(histories: list[dict[str, Any]]) -> None:
    frames = sdtm(*(patient(f"{number:02d}", **history) for number, history in enumerate(histories)))
    whole = adam.derive(frames, SETTINGS)
    for name, frame in outcomes(frames, SETTINGS).items():
        assert_frame_equal(frame, whole[name].frame)


@settings(max_examples=settings().max_examples // 3)  # each derives all datasets four times
@given(st.lists(HISTORY, min_size=2, max_size=3), st.randoms(use_true_random=False))
def test_the_order_of_the_records_does_not_matter(histories: list[dict[str, Any]], chance: random.Random) -> None:
    frames = sdtm(*(patient(f"{number:02d}", **history) for number, history in enumerate(histories)))
    shuffled = {
        name: frame[chance.sample(range(frame.height), frame.height)] if frame.height else frame
        for name, frame in frames.items()
    }
    for before, after in zip(
        adam.derive(frames, SETTINGS).values(), adam.derive(shuffled, SETTINGS).values(), strict=True
    ):
        assert_frame_equal(before.frame, after.frame)
    assert_frame_equal(adam.queries(frames, SETTINGS), adam.queries(shuffled, SETTINGS))
