"""Faults seeded into the first route's records and results are found, and named by patient, record or row."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import polars as pl
import pytest

from analysis import adam
from analysis.params import load_catalogue
from analysis.qc import compare, second_route
from analysis.qc.compare_safety import safety_lines
from analysis.qc.lines import many_line
from analysis.qc.second_route import Second
from analysis.results import Result
from analysis.tlf import baseline
from analysis.tlf.context import Context
from tests.qc.test_both_routes_safety import PRODUCERS, ROOT, Made

Frames = dict[str, pl.DataFrame]


@dataclass(frozen=True)
class Study:
    """One made-up study as both routes see it."""

    tables: Frames
    results: list[Result]
    second: Second

    def differ(self, tables: Frames | None = None, results: list[Result] | None = None) -> list[str]:
        """Labels of the lines that do not agree when records or results are others."""
        outputs = {result.output for result in self.results}
        mine = self.results if results is None else results
        found = compare.compare(mine, self.tables | (tables or {}), self.second, outputs)
        return [str(label) for label in found.filter(~pl.col("AGREE"))["LABEL"]]

    def differ_in_numbers(self, results: list[Result]) -> list[str]:
        """As above, but without a look at the records, which takes nearly all of the time."""
        outputs = {result.output for result in results}
        return [label for _, _, label, _, _, agreed in safety_lines(results, self.second.safety, outputs) if not agreed]


@pytest.fixture(scope="module")
def study() -> Study:
    made = Made(3)
    sdtm, params = made.sdtm(), made.params()
    tables = {name: dataset.frame for name, dataset in adam.derive(sdtm, params).items()}
    context = Context(params, load_catalogue(ROOT / "params"), tables)
    results = [result for produce in PRODUCERS for result in produce(context)]
    results += baseline.results(context, baseline.DEMOGRAPHICS)
    return Study(tables, results, second_route.recompute(sdtm, params))


def test_nothing_differs_before(study: Study) -> None:
    assert study.differ() == []


def other(name: str) -> pl.Expr:
    """A flag turned round."""
    return pl.when(pl.col(name) == "Y").then(pl.lit("N")).otherwise(pl.lit("Y")).alias(name)


def at(frame: pl.DataFrame, place: int, *changed: pl.Expr) -> pl.DataFrame:
    """The frame with one row changed."""
    rows = [frame[:place], frame[place : place + 1].with_columns(*changed), frame[place + 1 :]]
    return pl.concat(rows)


FAULTS: dict[str, tuple[str, tuple[str, ...], Callable[[pl.DataFrame, int], pl.DataFrame]]] = {
    "an event taken as emergent": ("ADAE", ("USUBJID", "AESEQ"), lambda f, n: at(f, n, other("TRTEMFL"))),
    "the registered set": ("ADAE", ("USUBJID", "AESEQ"), lambda f, n: at(f, n, other("REGTEMFL"))),
    "grade 3": ("ADAE", ("USUBJID", "AESEQ"), lambda f, n: at(f, n, other("AGR3FL"))),
    "relatedness to one drug": ("ADAE", ("USUBJID", "AESEQ"), lambda f, n: at(f, n, other("AREL2FL"))),
    "action with one drug": ("ADAE", ("USUBJID", "AESEQ"), lambda f, n: at(f, n, other("AINT1FL"))),
    "a missing event": ("ADAE", ("USUBJID", "AESEQ"), lambda f, n: pl.concat([f[:n], f[n + 1 :]])),
    "an event twice": ("ADAE", ("USUBJID", "AESEQ"), lambda f, n: pl.concat([f, f[n : n + 1]])),
    "a dose intensity": ("ADEX", ("USUBJID", "PARAMCD"), lambda f, n: at(f, n, pl.col("AVAL").fill_null(1) * 1.000001)),
    "a missing duration": ("ADEX", ("USUBJID", "PARAMCD"), lambda f, n: pl.concat([f[:n], f[n + 1 :]])),
    "a laboratory grade": (
        "ADLB",
        ("USUBJID", "PARAMCD", "SRCSEQ"),
        lambda f, n: at(f, n, pl.col("ATOXGRH").fill_null(0) + 1),
    ),
    "another baseline": (
        "ADLB",
        ("USUBJID", "PARAMCD", "SRCSEQ"),
        lambda f, n: at(f, n, pl.when(pl.col("ABLFL").is_null()).then(pl.lit("Y")).alias("ABLFL")),
    ),
    "a value on treatment": (
        "ADLB",
        ("USUBJID", "PARAMCD", "SRCSEQ"),
        lambda f, n: at(f, n, pl.when(pl.col("ONTRTFL").is_null()).then(pl.lit("Y")).alias("ONTRTFL")),
    ),
}
CHOSEN = {
    "ADAE": pl.col("ENRLFL") == "Y",
    "ADEX": pl.col("PARAMCD").is_in(["RDI1", "DUR1", "RDI2"]),
    "ADLB": (pl.col("SAFFL") == "Y") & pl.col("PARAMCD").is_in(["ALT", "CREAT"]),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("which", [0, 5])
def test_a_fault_in_one_record_is_named(fault: str, which: int, study: Study) -> None:
    dataset, key, change = FAULTS[fault]
    frame = study.tables[dataset]
    place = frame.with_row_index("n").filter(CHOSEN[dataset])["n"][which]
    shown = " ".join(str(part) for part in frame.select(key).row(place))
    lines = study.differ({dataset: change(frame, place)})
    assert lines
    assert all(line.startswith(dataset) and line.endswith(f"(differ: {shown})") for line in lines)


def test_every_number_of_a_whole_table_counts(study: Study) -> None:
    """Of each table compared as a whole a sample of the numbers is changed, one at a time."""
    whole = [n for n, result in enumerate(study.results) if result.output in study.second.safety.tables]
    for place in whole[:: len(whole) // 60]:
        result = study.results[place]
        changed = replace(result, stat=float(result.stat or 0) + 1)
        label = f"{result.variable} {result.stat_name})"
        [line, *_] = reversed(study.differ_in_numbers([*study.results[:place], changed, *study.results[place + 1 :]]))
        assert line.endswith(label), result


def test_every_named_number_counts(study: Study) -> None:
    """Each number that the second route names is changed in turn: the line that names it or its table differs."""
    safety = study.second.safety
    names = {name for values in safety.values.values() for name in values}
    names |= {name for _, values in safety.named.values() for name in values}
    places = [n for n, result in enumerate(study.results) if result.name in names]
    assert {study.results[n].name for n in places} == names
    for place in places:
        changed = replace(study.results[place], stat=float(study.results[place].stat or 0) + 1)
        assert study.differ_in_numbers([*study.results[:place], changed, *study.results[place + 1 :]]), changed.name


def test_a_row_of_a_table_is_named(study: Study) -> None:
    place, row = next(
        (n, r)
        for n, r in enumerate(study.results)
        if r.output == "t-14-3-1-2" and r.group2_level and r.stat_name == "events"
    )
    changed = [*study.results[:place], replace(row, stat=99), *study.results[place + 1 :]]
    [line] = study.differ(results=changed)
    name = f"{row.group1_level} {row.group2_level} {row.variable} events"
    assert line == f"Events by class and term (differ: {name})"
    without = [*study.results[:place], *study.results[place + 1 :]]
    assert study.differ(results=without) == [line]


def test_doses_of_a_drug_that_only_the_first_route_saw_are_named(study: Study) -> None:
    safety = study.second.safety
    doses = safety.doses[~safety.doses["PARAMCD"].str.endswith("2")]
    second = replace(study.second, safety=replace(safety, doses=doses))
    [line] = replace(study, second=second).differ()
    assert line.startswith("ADEX: ")
    assert " CUM2" in line


def test_a_kind_of_events_is_named_in_words(study: Study) -> None:
    changed = [replace(r, stat=99) if r.name == "teae.grade3_related" else r for r in study.results]
    assert study.differ(results=changed) == ["Patients: grade 3 or higher related"]


def test_many_differences_are_named_in_part() -> None:
    """Numbers within the tolerance agree, missing ones agree with missing ones, and a key may come twice."""
    first = [((n, "x"), (1.0, None)) for n in range(12)] + [((99,), (2.0,)), ((99,), (1.0,))]
    second = [((n, "x"), (2.0, None)) for n in range(12)] + [((99,), (1.0 + 1e-10,)), ((99,), (2.0,))]
    _, _, label, number, equal, ok = many_line("t", "All", first, second, "numbers")
    names = ", ".join(sorted(f"{n} x" for n in range(12))[:10])
    assert (label, number, equal, ok) == (f"All (differ: {names} and 2 more)", "14 numbers", "1 equal", False)
    assert many_line("t", "All", first, first[1:], "numbers")[2] == "All (differ: 0 x)"
