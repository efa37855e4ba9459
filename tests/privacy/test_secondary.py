"""Secondary suppression: tables by hand, and every attack on small ones by trying all numbers."""

from collections.abc import Mapping, Sequence
from itertools import product

import polars as pl
import pytest

from analysis.privacy.secondary import Count, Unit, protecting

LEAST = 5


def patients(groups: Mapping[str, int], column: str = "SEX") -> pl.DataFrame:
    """One record for each patient: category -> number of patients."""
    values = [name for name, n in groups.items() for _ in range(n)]
    return pl.DataFrame({"USUBJID": [f"P{i}" for i in range(len(values))], "FASFL": "Y", column: values})


def clause(column: str, *values: str) -> str:
    if len(values) == 1:
        return f"\"FASFL\" = 'Y' AND \"{column}\" = '{values[0]}'"
    listed = ", ".join(f"'{value}'" for value in values)
    return f'"FASFL" = \'Y\' AND "{column}" IN ({listed})'


def count(where: str, value: int, *, fixed: bool = False, unit: Unit = Unit.PATIENTS) -> Count:
    return Count(("ADSL", where), unit, value, hidden=0 < value < LEAST, fixed=fixed)


def table(groups: Mapping[str, int]) -> list[Count]:
    """A count of each category, and the known size of the set."""
    whole = count("\"FASFL\" = 'Y'", sum(groups.values()), fixed=True)
    return [whole, *(count(clause("SEX", name), n) for name, n in groups.items())]


def hidden(groups: Mapping[str, int]) -> tuple[set[str], set[str]]:
    """The further categories that are hidden, and the small ones that are not told to be small."""
    found = protecting(table(groups), {"ADSL": patients(groups)}, LEAST)
    names = {clause("SEX", name): name for name in groups}
    return {names[key[1]] for key, _ in found.hiding}, {names[key[1]] for key, _ in found.blurred}


@pytest.mark.parametrize(
    ("groups", "also"),
    [
        pytest.param({"F": 37, "M": 3}, {"F"}, id="40 - 37 is 3"),
        pytest.param({"A": 20, "B": 15, "C": 6, "D": 2}, {"C"}, id="43 - 20 - 15 - 6 is 2: the smallest is hidden"),
        pytest.param({"A": 34, "B": 5, "C": 1}, {"A"}, id="B hidden would leave 6, of which B >= 5: so it is A"),
        pytest.param({"A": 35, "B": 3, "C": 2}, set(), id="5 together may be 1 and 4, 2 and 3, 3 and 2, 4 and 1"),
        pytest.param({"A": 38, "B": 1, "C": 1}, {"A"}, id="2 together are 1 and 1"),
        pytest.param({"A": 32, "B": 4, "C": 4}, {"A"}, id="8 together are 4 and 4"),
        pytest.param({"A": 35, "B": 5}, set(), id="nothing small"),
        pytest.param({"A": 40, "B": 0}, set(), id="none is not a small number"),
    ],
)
def test_a_small_number_is_not_what_the_others_leave(groups: dict[str, int], also: set[str]) -> None:
    assert hidden(groups) == (also, set())


def test_small_numbers_within_a_small_number_are_not_told_to_be_small() -> None:
    """Four of at least 1 within one of at most 4 would be 1 each; so of one of them it is not said that it is any."""
    groups = {"A": 30, "B": 1, "C": 1, "D": 1, "E": 1}
    counts = [*table(groups), count(clause("SEX", "B", "C", "D", "E"), 4)]
    found = protecting(counts, {"ADSL": patients(groups)}, LEAST)
    small = {clause("SEX", name) for name in "BCDE"} | {clause("SEX", "B", "C", "D", "E")}
    assert found.blurred
    assert {key[1] for key, _ in found.blurred} <= small


def test_the_sizes_of_the_sets_are_known_to_whoever_calculates() -> None:
    """Of 14 screened 10 were enrolled; were each of 4 reasons of the others told to be 1 or more, each would be 1."""
    reasons = ["A", "B", "C", "D"]
    frame = pl.DataFrame(
        {
            "USUBJID": [f"P{i}" for i in range(14)],
            "SCRNFL": "Y",
            "ENRLFL": ["Y"] * 10 + ["N"] * 4,
            "FAILFL": ["N"] * 10 + ["Y"] * 4,
            "REASON": [*([None] * 10), *reasons],
        }
    )
    counts = [count("\"SCRNFL\" = 'Y'", 14, fixed=True), count("\"ENRLFL\" = 'Y'", 10, fixed=True)]
    counts += [count(f"\"FAILFL\" = 'Y' AND \"REASON\" = '{reason}'", 1) for reason in reasons]
    found = protecting(counts, {"ADSL": frame}, LEAST)
    assert len(found.blurred) == 1


def test_overlapping_categories_are_seen_through() -> None:
    """Grade 3 or 4 in 8 patients, grade 4 in 6: 2 had grade 3."""
    groups = {"0": 10, "3": 2, "4": 6}
    counts = [
        count("\"FASFL\" = 'Y'", 18, fixed=True),
        count(clause("SEX", "3", "4"), 8),
        count(clause("SEX", "3"), 2),
        count(clause("SEX", "4"), 6),
    ]
    found = protecting(counts, {"ADSL": patients(groups)}, LEAST)
    assert {key[1] for key, _ in found.hiding} == {clause("SEX", "4")}


def test_rows_and_columns_of_a_table_of_shifts() -> None:
    """Of 0 -> 0 20, 0 -> 1 2, 1 -> 0 6, 1 -> 1 7 the small one follows from its row and from its column."""
    cells = {("0", "0"): 20, ("0", "1"): 2, ("1", "0"): 6, ("1", "1"): 7}
    rows = [pair for pair, n in cells.items() for _ in range(n)]
    frame = pl.DataFrame(
        {"USUBJID": [str(i) for i in range(35)], "BASE": [b for b, _ in rows], "WORST": [w for _, w in rows]}
    )

    def cell(base: Sequence[str], worst: Sequence[str]) -> Count:
        parts = [
            f'"{name}" IN ({", ".join(repr(v) for v in values)})' for name, values in (("BASE", base), ("WORST", worst))
        ]
        value = sum(n for (b, w), n in cells.items() if b in base and w in worst)
        return count(" AND ".join(parts), value)

    margins = [cell("0", "01"), cell("1", "01"), cell("01", "0"), cell("01", "1")]
    counts = [*(cell(b, w) for b, w in cells), *margins]
    found = protecting(counts, {"ADSL": frame}, LEAST)
    shown = [c for c in counts if (c.key, c.unit) not in found.hiding and not c.hidden]
    assert counts[1] not in shown
    assert len(possible(counts, shown, found.hiding, 35)) > 1


def possible(
    counts: Sequence[Count], shown: Sequence[Count], hiding: set[tuple[tuple[str, str], Unit]], n: int
) -> set[int]:
    """The values that 0 -> 1 may have: all tables of 2 x 2 with these totals are tried."""
    values = set()
    for a, b, c in product(range(n + 1), repeat=3):
        d = n - a - b - c
        if d < 0:
            continue
        sums = [a, b, c, d, a + b, c + d, a + c, b + d]
        fits = all(
            s == k.value if k in shown else (s >= LEAST if (k.key, k.unit) in hiding else 0 < s < LEAST)
            for s, k in zip(sums, counts, strict=True)
        )
        if fits:
            values.add(b)
    return values


@pytest.mark.parametrize("groups", [g for g in product(range(0, 9), repeat=3) if any(0 < n < LEAST for n in g)][::7])
def test_every_small_number_has_more_than_one_possible_value(groups: tuple[int, int, int]) -> None:
    """All tables of three categories with the same shown numbers are tried: two at least differ in each small one."""
    named = dict(zip("ABC", groups, strict=True))
    hiding, blurred = hidden(named)
    total = sum(groups)
    fitting = []
    for guess in product(range(total + 1), repeat=3):
        told = sum(guess) == total and all(
            (True if name in blurred else 0 < g < LEAST)
            if 0 < n < LEAST
            else (g >= LEAST if name in hiding else g == n)
            for g, (name, n) in zip(guess, named.items(), strict=True)
        )
        if told:
            fitting.append(guess)
    assert groups in fitting
    for place, n in enumerate(groups):
        certain = len({guess[place] for guess in fitting}) == 1
        only_one = sum(m > 0 for m in groups) == 1  # then the size of the set is its number
        assert not (0 < n < LEAST and certain and not only_one), fitting
