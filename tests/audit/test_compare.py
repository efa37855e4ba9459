"""What differs between two builds: expected differences written down by hand."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.audit import compare
from analysis.audit.compare import Counts
from analysis.results import Result
from tests.tiny_builds import display, row


def result(name: str | None, stat: float | str | None, printed: str, **other: Any) -> Result:
    return Result(**row(name, stat, printed, **other))


def test_entries_are_added_removed_changed_or_the_same() -> None:
    found = compare.entries({"b": "1", "a": "1", "gone": "1"}, {"a": "1", "b": "2", "new": "3"})
    assert (found.added, found.removed, found.changed, found.same) == (
        {"new": "3"}, {"gone": "1"}, (("b", "1", "2"),), 1,
    )  # fmt: skip
    assert found.differ == 3


def test_parameters_are_dotted_and_lists_one_value() -> None:
    tree = {"km": {"level": 0.95, "type": "log-log"}, "sets": ["a", {"b": 1}], "none": {}, "off": None}
    assert compare.flat(tree) == {
        "km.level": "0.95",
        "km.type": '"log-log"',
        "sets": '["a", {"b": 1}]',
        "none": "{}",
        "off": "null",
    }


def test_members_count_repeats() -> None:
    assert compare.members("aab", "abbc") == Counts(old_only=1, new_only=2, same=2)


def test_results_are_compared_by_name() -> None:
    old = [result("a", 1, "1"), result("b", 2, "2"), result("gone", 3, "3"), result(None, 4, "4")]
    new = [result("new", 5, "5"), result("b", 9, "9"), result("a", 1, "1"), result(None, 6, "6")]
    found = compare.results(old, new)
    assert [(c.either.name, c.old and c.old.stat, c.new and c.new.stat) for c in found.changed] == [
        ("new", None, 5),
        ("b", 2, 9),
        ("gone", 3, None),
    ]
    assert found.same == 1


def test_a_result_of_other_records_differs_even_with_the_same_value() -> None:
    found = compare.results([result("a", 1, "1")], [result("a", 1, "1", where="\"SAFFL\" = 'Y'")])
    assert len(found.changed) == 1


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ((26, "26"), (29, "29"), "+3"),
        ((29, "29"), (26, "26"), "-3"),
        ((9.39630390144, "9.4"), (9.46201232033, "9.5"), "+0.1"),
        ((9.44, "9.4"), (9.46, "9.5"), "0.0"),  # what is printed differs, the values by 0.02
        ((0.65, "65.0"), (0.725, "72.5"), "+7.5"),  # percentage points
        ((0.0, "0.0"), (0.025, "2.5"), "+2.5"),
        ((0.0, "0.0"), (0.5, "0.5"), "+0.5"),  # not a percentage
        ((0.0032, "0.0032"), (0.00001, "<0.0001"), "-0.0032"),
        ((35.2, "35.2+"), (36.0082, "36.0+"), "+0.8"),  # a censored time
        ((7.0, "7.00"), (7.25, "7.2"), "+0.25"),
        ((1.005, "1.01"), (1.0, "1.00"), "-0.01"),  # -0.005, half away from zero
        ((None, "NE"), (3.0, "3.0"), None),
        (("yes", "yes"), (3.0, "3.0"), None),
        ((True, "yes"), (3.0, "3.0"), None),
    ],
)
def test_a_step_is_in_the_printed_unit(old: tuple[Any, str], new: tuple[Any, str], expected: str | None) -> None:
    assert compare.step(result("a", *old), result("a", *new)) == expected


def test_displays_that_differ_in_the_cutoff_alone_are_the_same() -> None:
    old = {"t-1": display("Table 1", "2025-06-30", "one")}
    new = {"t-1": display("Table 1", "2025-12-31", "one")}
    cutoffs = ("2025-06-30", "2025-12-31")
    assert compare.displays(old, new, cutoffs=cutoffs) == compare.Displays((), (), (), 1)
    old["t-1"]["source"] = old["t-1"]["source"].replace("ADSL", "ADTTE")
    [change] = compare.displays(old, new, cutoffs=cutoffs).changed
    assert (change.id, change.parts, change.rows) == ("t-1", ("source",), None)


def test_displays_say_which_parts_and_how_many_rows_differ() -> None:
    old = {
        "t-1": display("Table 1", "2025-06-30", "one", "two", "two"),
        "f-1": {"label": "Figure 1", "title": "Before", "alt": "A curve"},
        "l-1": display("Listing 1", "2025-06-30"),
    }
    new = {
        "t-1": display("Table 1", "2025-06-30", "one", "two", "three"),
        "f-1": {"label": "Figure 1", "title": "After", "alt": "A curve", "data": [1]},
        "t-2": display("Table 2", "2025-06-30"),
    }
    found = compare.displays(old, new, cutoffs=("2025-06-30", "2025-06-30"))
    assert (found.added, found.removed, found.same, found.differ) == (("t-2",), ("l-1",), 0, 4)
    assert [(c.id, c.parts, c.rows) for c in found.changed] == [
        ("f-1", ("title", "data"), None),
        ("t-1", ("rows",), Counts(old_only=1, new_only=1, same=2)),
    ]


def test_datasets_are_compared_record_by_record() -> None:
    nan = float("nan")
    old = {
        "ADSL": pl.DataFrame({"USUBJID": ["1", "2"], "AGE": [50.0, nan], "SEX": ["F", "F"]}),
        "GONE": pl.DataFrame({"USUBJID": ["1"]}),
        "SAME": pl.DataFrame({"USUBJID": ["1"]}),
    }
    new = {
        "ADSL": pl.DataFrame({"AGE": [nan, 51.0, 30.0], "USUBJID": ["2", "1", "3"], "RACE": ["A", "A", "A"]}),
        "SAME": pl.DataFrame({"USUBJID": ["1"]}),
        "ZNEW": pl.DataFrame({"USUBJID": ["1", "1"]}),
    }
    found = {c.name: (c.records, c.variables_added, c.variables_removed) for c in compare.datasets(old, new)}
    assert found == {
        "ADSL": (Counts(old_only=1, new_only=2, same=1), ("RACE",), ("SEX",)),
        "GONE": (Counts(1, 0, 0), (), ("USUBJID",)),
        "SAME": (Counts(0, 0, 1), (), ()),
        "ZNEW": (Counts(0, 2, 0), ("USUBJID",), ()),
    }


names = st.none() | st.text(max_size=3)
values = st.none() | st.text(max_size=3) | st.integers() | st.floats(allow_nan=True)
tables = st.dictionaries(st.text(max_size=3), st.dictionaries(st.text(max_size=3), st.lists(values, max_size=3)))


@given(st.lists(st.tuples(names, values), max_size=8))
def test_results_compared_with_themselves_are_the_same(rows: list[tuple[str | None, Any]]) -> None:
    found = [result(name, stat, str(stat)) for name, stat in rows]
    assert compare.results(found, list(found)).changed == ()


@given(tables, st.dates())
def test_displays_compared_with_themselves_are_the_same(found: dict[str, dict[str, Any]], day: Any) -> None:
    assert compare.displays(found, dict(found), cutoffs=(str(day), str(day))).differ == 0


@given(st.lists(st.tuples(st.none() | st.text(max_size=2), st.none() | st.floats()), max_size=8), st.randoms())
def test_records_in_another_order_are_the_same(records: list[tuple[Any, Any]], random: Any) -> None:
    schema = {"A": pl.String, "B": pl.Float64}
    other = list(records)
    random.shuffle(other)
    frames = [{"X": pl.DataFrame(rows, schema=schema, orient="row")} for rows in (records, other)]
    [change] = compare.datasets(*frames)
    assert change.records == Counts(0, 0, len(records))
