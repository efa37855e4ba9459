"""Each fault in the data that one of the routes sees is reported, whichever route it is.

The patients are the hand-made ones: one date a day later, one record missing, one code another, in one domain.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import polars as pl
import pytest

from tests.mutation import patients, routes
from tests.mutation.patients import Frames, usubjid


@dataclass(frozen=True)
class Fault:
    """One record changed: the first of a patient in a domain, or the one of `text`; without `value` it is dropped."""

    patient: str
    domain: str
    shows: tuple[str, ...]
    variable: str = "USUBJID"
    text: str | None = None
    value: str | None = None

    def seeded(self, sdtm: Frames) -> Frames:
        frame = sdtm[self.domain].with_row_index("place")
        own = pl.col("USUBJID") == usubjid(self.patient)
        hit = frame.filter(own if self.text is None else own & (pl.col(self.variable) == self.text))
        there = pl.col("place") == hit["place"][0]
        if self.value is None:
            return sdtm | {self.domain: frame.filter(~there).drop("place")}
        changed = pl.when(there).then(pl.lit(self.value)).otherwise(self.variable).alias(self.variable)
        return sdtm | {self.domain: frame.with_columns(changed).drop("place")}


def day(number: int) -> str:
    return (dt.date(2024, 1, 1) + dt.timedelta(days=number)).isoformat()


def later(patient: str, domain: str, variable: str, number: int, *shows: str) -> Fault:
    """A date one day later."""
    return Fault(patient, domain, shows, variable, day(number), day(number + 1))


FAULTS: dict[str, Fault] = {
    "progression a day later": later("two PD", "RS", "RSDTC", 112, "PFS: start", "pfs.logrank_expected"),
    "death a day later": later("died 30 days after the last dose", "DM", "DTHDTC", 43, "OS: start", "deaths.window"),
    "enrolment a day later": later("SD on day 41", "DS", "DSSTDTC", 0, "PFS: start", "OS: start"),
    "start of an event a day later": later(
        "an event before the first dose", "AE", "AESTDTC", 2, "ADAE: treatment emergence", "teae.grade3"
    ),
    "last dose a day later": later("died in the second cycle", "EX", "EXENDTC", 26, "ADEX: dose", "exposure.anlotinib"),
    "new therapy a day earlier": Fault(
        "PD on the day of new therapy", "CM", ("PFS: start", "pfs.events"), "CMSTDTC", day(112), day(111)
    ),
    "an assessment is missing": Fault("PR again after 28 days", "RS", ("orr.responders", "DOR: start")),
    "an adverse event is missing": Fault("in hospital, without AESER", "AE", ("teae.any", "ADAE: treatment")),
    "a dose is missing": Fault("PD on the last day of the gap", "EX", ("n.safety", "ADEX: dose")),
    "a patient is missing": Fault("two PD", "DM", ("n.fas", "pfs.n", "PFS: start")),
    "an enrolment is missing": Fault("two PD", "DS", ("n.fas", "pfs.n", "PFS: start")),
    "a baseline scan is missing": Fault("two PD", "TU", ("n.response_evaluable", "PFS: start")),
    "a laboratory value is missing": Fault("ALT of exactly 3 x ULN", "LB", ("ADLB: baseline",)),
    "a PR is an SD": Fault("PR again after 28 days", "RS", ("orr.responders", "CBOR: value"), "RSSTRESC", "PR", "SD"),
    "a grade is higher": Fault(
        "in hospital, without AESER", "AE", ("teae.grade3", "ADAE: grade 3"), "AETOXGR", "2", "3"
    ),
    "a drug is the other": Fault("two PD", "EX", ("ADEX: dose",), "EXTRT", "ANLOTINIB", "FULVESTRANT"),
    "a patient is of the other arm": Fault("two PD", "DM", ("n.fas", "pfs.n", "orr.n"), "ARM", "A", "B"),
    "the other arm's patient is of this one": Fault(patients.OTHER_ARM, "DM", ("n.fas", "orr.n"), "ARM", "B", "A"),
}


def each_in_both() -> Iterator[Any]:
    """Every fault in either route; in one of them, by turns, also in `make test`."""
    for number, name in enumerate(FAULTS):
        for place, route in enumerate(("first", "second")):
            yield pytest.param(name, route, marks=[pytest.mark.slow] if (number + place) % 2 else [])


@pytest.mark.parametrize(("name", "route"), [*each_in_both()])
def test_a_fault_in_the_data_of_one_route_is_reported(name: str, route: str) -> None:
    made, fault = routes.handmade(), FAULTS[name]
    faulty = replace(made.study, sdtm=fault.seeded(made.study.sdtm))
    if route == "first":
        lines = made.study.differ(faulty.first(), made.second)
    else:
        lines = made.study.differ(made.first, faulty.second())
    assert [part for part in fault.shows if not any(part in line for line in lines)] == [], lines


def test_the_same_fault_in_both_routes_is_no_difference() -> None:
    """What double programming cannot see: data that are wrong in the cut itself."""
    made = routes.handmade()
    faulty = replace(made.study, sdtm=FAULTS["progression a day later"].seeded(made.study.sdtm))
    assert faulty.differ(faulty.first(), faulty.second()) == []
