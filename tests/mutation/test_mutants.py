"""Each seeded fault in the code of either route is reported, by the results and records that it concerns."""

import pytest

from tests.mutation import mutants, routes
from tests.mutation.mutants import Mutant
from tests.mutation.mutate import ROOT, mutated
from tests.mutation.routes import Both

FIRST, SECOND = mutants.read("first_route"), mutants.read("second_route")
CENTRAL = {
    "those who go on are events (CNSR flipped)",
    "PD a day late",
    "a record is dropped (the first of each domain)",
    "the other arm is analysed (arms swapped)",
    "log limits for log-log",
    "CNSR flipped",
    "a patient is dropped",
}
"""Tried on the hand-made patients in every run of the tests; the others, and the demonstration study, by test-all."""


def shown(mutant: Mutant, both: Both) -> list[str]:
    """The lines that differ where one route has the fault."""
    study = both.study
    with mutated(mutant.path, mutant.old, mutant.new):
        if mutant in SECOND:
            return study.differ(both.first, study.second())
        return study.differ(study.first(), both.second)


def missing(mutant: Mutant, lines: list[str]) -> list[str]:
    return [part for part in mutant.shows if not any(part in line for line in lines)]


def name(mutant: Mutant) -> str:
    return f"{mutant.path}: {mutant.name}"


@pytest.mark.parametrize("both", [routes.handmade, pytest.param(routes.demonstration, marks=pytest.mark.slow)])
def test_nothing_differs_without_a_fault(both: routes.Made) -> None:
    found = both()
    assert found.study.differ(found.first, found.second) == []


@pytest.mark.parametrize("mutant", [m for m in (*FIRST, *SECOND) if m.name in CENTRAL], ids=name)
def test_a_central_fault_is_reported(mutant: Mutant) -> None:
    assert missing(mutant, shown(mutant, routes.handmade())) == []


@pytest.mark.slow
@pytest.mark.parametrize("mutant", [*FIRST, *SECOND], ids=name)
def test_a_fault_is_reported_and_named(mutant: Mutant) -> None:
    lines = shown(mutant, routes.handmade())
    if mutant.equivalent or missing(mutant, lines):
        lines += shown(mutant, routes.demonstration())
    assert bool(lines) is not bool(mutant.equivalent)
    assert missing(mutant, lines) == []


def test_a_fault_is_gone_after_its_test() -> None:
    """Also one in a table of rules, which other modules have by its name."""
    for mutant in (FIRST[0], next(m for m in FIRST if "pfs_rules" in m.path)):
        shown(mutant, routes.handmade())
    test_nothing_differs_without_a_fault(routes.handmade)


def test_every_fault_has_its_place() -> None:
    """A line that was changed takes its fault along: here, in seconds, rather than in the long run of the tests."""
    lost = [name(m) for m in (*FIRST, *SECOND) if (ROOT / m.path).read_text(encoding="utf-8").count(m.old) != 1]
    assert lost == []


def test_every_fault_says_what_it_shows_or_why_it_shows_nothing() -> None:
    assert [name(m) for m in (*FIRST, *SECOND) if bool(m.shows) is bool(m.equivalent)] == []
    assert {m.name for m in (*FIRST, *SECOND)} >= CENTRAL
    assert len(FIRST) + len(SECOND) > 100
    assert not [m for m in FIRST if m.path.startswith("analysis/qc/")]
    assert not [m for m in SECOND if not m.path.startswith("analysis/qc/")]
