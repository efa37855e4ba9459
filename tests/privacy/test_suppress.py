"""Which results a public build shows: results by hand over patients by hand."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from analysis.params import Output
from analysis.privacy.suppress import Status, suppress
from analysis.results import Result, where

TABLE = "t-14-1-4-1"
CATALOGUE = {
    TABLE: Output(id=TABLE, title="T", population="fas", notebook="n"),
    "t-16-1-9-4": Output(id="t-16-1-9-4", title="T", population="fas", notebook="n", shows="No data of patients"),
}
FAS = {"FASFL": "Y"}
MEN = {**FAS, "SEX": "M"}
WOMEN = {**FAS, "SEX": "F"}

# 20 patients, 3 of them men; one man has 7 events, one woman 2.
ADSL = pl.DataFrame(
    {
        "USUBJID": [f"P{i:02}" for i in range(20)],
        "FASFL": "Y",
        "SEX": ["M"] * 3 + ["F"] * 17,
        "AGE": [40.0 + i for i in range(20)],
    }
)
ADAE = pl.DataFrame({"USUBJID": ["P00"] * 7 + ["P19"] * 2, "FASFL": "Y", "AEDECOD": ["Rash"] * 9})
ADAM = {"ADSL": ADSL, "ADAE": ADAE}


def result(conditions: Mapping[str, object], stat: Any, *, stat_name: str = "n", **more: Any) -> Result:
    fields = {"name": None, "output": TABLE, "dataset": "ADSL", "method": "number of patients", **more}
    fmt = "NE" if stat is None else str(stat)
    about = {"variable": "V", "stat_label": "L", "population": "fas"}
    return Result(stat_name=stat_name, stat=stat, stat_fmt=fmt, where=where(conditions), **about, **fields)


def percent(conditions: Mapping[str, object], stat: float, whole: Mapping[str, object]) -> Result:
    return result(conditions, stat, stat_name="p", denominator_dataset="ADSL", denominator_where=where(whole))


def statuses(*results: Result, least: int = 5) -> list[Status]:
    return list(suppress(results, ADAM, CATALOGUE, least).statuses)


def test_a_small_number_its_percentage_and_what_gives_it_away() -> None:
    found = statuses(
        result(FAS, 20), result(MEN, 3), percent(MEN, 0.15, FAS), result(WOMEN, 17), percent(WOMEN, 0.85, FAS)
    )
    assert found == [Status.SHOWN, Status.SMALL, Status.WITHHELD, Status.PROTECTING, Status.WITHHELD]


def test_how_hidden_results_are_written() -> None:
    decided = suppress(
        [result(FAS, 20), result(MEN, 3), percent(MEN, 0.15, FAS), result(WOMEN, 17)], ADAM, CATALOGUE, 5
    )
    assert [(r.stat, r.stat_fmt) for r in decided.public()] == [(20, "20"), (None, "<5"), (None, "–"), (None, "≥5")]


def test_the_limit_is_the_parameter() -> None:
    assert statuses(result(MEN, 3), least=3) == [Status.SHOWN]
    assert statuses(result(MEN, 3), least=4) == [Status.SMALL]


def test_none_is_shown() -> None:
    nobody = {**FAS, "SEX": "U"}
    assert statuses(result(nobody, 0), percent(nobody, 0.0, FAS)) == [Status.SHOWN, Status.SHOWN]


def test_statistics_of_few_patients_and_of_a_share_of_few() -> None:
    mean = result(MEN, 41.0, stat_name="mean", method="descriptive statistic")
    over_all = result(FAS, 49.5, stat_name="mean", method="descriptive statistic")
    assert statuses(mean, over_all) == [Status.WITHHELD, Status.SHOWN]
    assert statuses(percent({**MEN, "AGE": 40}, 0.33, MEN)) == [Status.WITHHELD]


@pytest.mark.parametrize("name", ["min", "max", "minimum", "maximum"])
def test_the_least_and_the_greatest_value_are_those_of_one_patient(name: str) -> None:
    assert statuses(result(FAS, 59.0, stat_name=name)) == [Status.WITHHELD]


def test_dates_and_texts_are_not_shown_and_rows_of_one_patient_are_left_out() -> None:
    day = result(FAS, "2025-03-04", stat_name="first")
    patient = result({"USUBJID": "P01"}, "Death", stat_name="value")
    decided = suppress([day, patient], ADAM, CATALOGUE, 5)
    assert decided.statuses == (Status.WITHHELD, Status.DROPPED)
    assert [(r.stat, r.stat_fmt) for r in decided.public()] == [(None, "–")]


def test_many_events_of_few_patients_are_few() -> None:
    events = {"stat_name": "events", "dataset": "ADAE", "method": "number of records"}
    assert statuses(result({**FAS, "AEDECOD": "Rash"}, 9, **events)) == [Status.SMALL]


def test_records_do_not_tell_that_there_are_patients_where_patients_do_not() -> None:
    """Four terms of one patient each, four patients in all: as `<5` all around each would be 1, so one is blurred."""
    terms = "ABCD"
    adae = pl.DataFrame({"USUBJID": [f"P0{i}" for i in (0, 0, 1, 1, 2, 2, 3, 3)], "FASFL": "Y", "AEDECOD": [
        *(term for term in terms for _ in range(2))]})  # fmt: skip
    of = {"dataset": "ADAE"}
    patients = [result({**FAS, "AEDECOD": term}, 1, **of) for term in terms]
    records = [
        result({**FAS, "AEDECOD": term}, 2, **(of | {"stat_name": "events", "method": "number of records"}))
        for term in terms
    ]
    found = suppress([result(FAS, 4, **of), *patients, *records], {**ADAM, "ADAE": adae}, CATALOGUE, 5).statuses
    assert Status.WITHHELD in found[1:5]
    assert found[1:5] == found[5:]


def test_a_rate_at_a_time_with_few_at_risk_is_not_shown() -> None:
    late = {**FAS, "AGE": 58.0}
    rate = result(FAS, 0.1, stat_name="rate_18m", name="pfs.rate_18m", method="Kaplan-Meier")
    upper = result(FAS, 0.3, stat_name="rate_18m_upper", name="pfs.rate_18m_upper", method="Kaplan-Meier")
    early = result(FAS, 0.9, stat_name="rate_3m", name="pfs.rate_3m", method="Kaplan-Meier")
    at_risk = result(late, 1, stat_name="at_risk_18m", name="pfs.at_risk_18m", method="count")
    assert statuses(rate, upper, early, at_risk) == [Status.WITHHELD, Status.WITHHELD, Status.SHOWN, Status.SMALL]


def test_a_curve_of_few_events_has_no_rates_and_no_median() -> None:
    """One event of 20 is a rate of 95.0; the events of the other endpoint are 17."""
    km = {"method": "Kaplan-Meier, log-log 95% limits"}
    for whose, expected in ((MEN, Status.WITHHELD), (WOMEN, Status.SHOWN)):
        number = 3 if whose is MEN else 17
        events = result({**whose, "CNSR": 0}, number, name="os.events", stat_name="events", dataset="ADTTE")
        rows = [
            events,
            result(FAS, 95.0, name="os.rate_12m", stat_name="rate_12m", **km),
            result(FAS, 30.1, name="os.median_lower", stat_name="median_lower", **km),
            result(FAS, 30.1, name="pfs.median_lower", stat_name="median_lower", **km),
        ]
        adam = {**ADAM, "ADTTE": ADSL.with_columns(CNSR=pl.lit(0))}
        found = suppress(rows, adam, CATALOGUE, 5).statuses
        assert found[1:] == (expected, expected, Status.SHOWN)


def test_a_time_beyond_the_end_of_a_curve_is_not_shown() -> None:
    """20 patients with times 1 to 20: at 16 five are at risk, at 16.5 four."""
    adam = {**ADAM, "ADTTE": ADSL.with_columns(AVAL=pl.int_range(1, 21).cast(pl.Float64))}
    km = {"method": "Kaplan-Meier, log-log 95% limits", "dataset": "ADTTE"}
    names = {"median": 16.0, "median_upper": 16.5, "os_q75": 17.0, "q25": 2.0, "rate_6m": 40.0, "q75_upper": None}
    rows = [result(FAS, stat, name=f"pfs.{name}", stat_name=name, **km) for name, stat in names.items()]
    found = suppress(rows, adam, CATALOGUE, 5).statuses
    shown, withheld = Status.SHOWN, Status.WITHHELD
    assert found == (shown, withheld, withheld, shown, shown, shown)


def test_a_test_does_not_tell_how_many_events_it_observed() -> None:
    """Observed are 17 of 20 with 3 censored, which 17.6 expected and a ratio of 0.97 or z would tell (by hand)."""
    test = {"method": "one-sample log-rank"}
    given = [
        result(MEN, 3, name="pfs.censored", stat_name="censored"),
        result(WOMEN, 17, name="pfs.logrank_observed", stat_name="logrank_observed", **test),
        result(FAS, 17.6, name="pfs.logrank_expected", stat_name="logrank_expected", **test),
        result(FAS, 0.97, name="pfs.smr", stat_name="smr", **test),
        result(FAS, -0.143, name="pfs.logrank_z", stat_name="logrank_z", **test),
        result(FAS, 0.8863, name="pfs.logrank_p", stat_name="logrank_p", **test),
    ]
    withheld = [Status.WITHHELD] * 3
    whole = [*given[:1], result(FAS, 20), *given[1:]]
    assert statuses(*whole) == [Status.SMALL, Status.SHOWN, Status.PROTECTING, *withheld, Status.SHOWN]
    others = [replace(row, name=f"other.{row.name}") for row in given[2:]]
    assert statuses(*whole, *others)[-4:] == [Status.SHOWN] * 4


def test_what_counts_nobody_known_is_not_shown_and_the_design_is() -> None:
    assert statuses(result(FAS, 30, dataset="CUT-LOG")) == [Status.WITHHELD]
    assert statuses(result(FAS, 3, output="t-16-1-9-4")) == [Status.SHOWN]


def test_the_sizes_of_the_sets_are_shown_whatever_follows_from_them() -> None:
    sets = ADSL.with_columns(pl.Series("SAFFL", ["N"] + ["Y"] * 19))
    results = [result({"SAFFL": "Y"}, 19), result({**FAS, "SAFFL": "N"}, 1)]
    found = suppress(results, {"ADSL": sets}, CATALOGUE, 5).statuses
    assert found == (Status.SHOWN, Status.SMALL)
