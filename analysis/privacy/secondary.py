"""Secondary suppression: which further counts are hidden so that no small one can be found by subtraction.

The counts of a dataset whose where-clauses use the same columns, or some of them, are sums over the same parts: the
records by the values of those columns. Who knows the shown counts knows these sums, and of a hidden count that it is
small (1 to k - 1) or not (k or more). A linear program gives the least and the greatest value that a small count can
then have. Where the two are equal, the smallest shown count that helps is hidden too, or it is not told of a small one
that it is small. Zeros are shown; so are the sizes of the analysis sets, which stand in every heading.

What it does not see: sums over different datasets, over columns that no clause has together, and what can be known
from elsewhere.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.optimize import linprog
from scipy.sparse.csgraph import connected_components

Key = tuple[str, str]
"""A dataset and a where-clause."""

Matrix = npt.NDArray[np.float64]

_UNBOUNDED = 3  # status of scipy's linprog
_MOST = 20_000  # combinations of values
_COLUMN = re.compile(r"'(?:[^']|'')*'|\"((?:[^\"]|\"\")*)\"")


class Unit(Enum):
    """What is counted."""

    PATIENTS = "patients"
    RECORDS = "records"


@dataclass(frozen=True)
class Count:
    """A number of patients or records behind a where-clause; `fixed` is one that is known whatever is hidden."""

    key: Key
    unit: Unit
    value: int
    hidden: bool
    fixed: bool = False

    @cached_property
    def columns(self) -> frozenset[str]:
        """The columns that the clause speaks of."""
        return frozenset(name.replace('""', '"') for name in _COLUMN.findall(self.key[1]) if name)


@dataclass
class Protection:
    """What is hidden beside the small counts: others, and of some small ones that they are small and not none."""

    hiding: set[tuple[Key, Unit]] = field(default_factory=set)
    blurred: set[tuple[Key, Unit]] = field(default_factory=set)


def protecting(counts: Iterable[Count], adam: Mapping[str, pl.DataFrame], least: int) -> Protection:
    """What else to hide so that no small count is certain; `least` is k."""
    families = list(_families(list(counts), adam))
    found = Protection()
    concerned = families
    while concerned:
        before = found.hiding | found.blurred
        for family in concerned:
            _Family(family, least, found).protect()
        new = (found.hiding | found.blurred) - before
        concerned = [family for family in families if any(number.keys & new for number in family.numbers)]
    return found


def _families(counts: Sequence[Count], adam: Mapping[str, pl.DataFrame]) -> Iterator["_Sums"]:
    """The counts of one dataset and unit whose clauses use no columns but those of one of them."""
    for unit in Unit:
        for dataset in sorted({count.key[0] for count in counts}):
            own = sorted((c for c in counts if c.key[0] == dataset and c.unit is unit), key=lambda c: c.key[1])
            # The sizes of the sets are known beside all others.
            sets = frozenset[str]().union(*(count.columns for count in own if count.fixed and len(count.columns) == 1))
            used = {count.columns | sets for count in own}
            # What follows from fewer columns follows from more of them as well.
            for columns in sorted((s for s in used if not any(s < other for other in used)), key=sorted):
                members = [count for count in own if count.columns <= columns]
                if any(count.hidden for count in members):
                    yield from _sums(members, adam[dataset], unit)


@dataclass(frozen=True)
class _Sum:
    """Counts of the same parts, which are one and the same number."""

    counts: tuple[Count, ...]

    @property
    def value(self) -> int:
        return self.counts[0].value

    @property
    def keys(self) -> set[tuple[Key, Unit]]:
        return {(count.key, count.unit) for count in self.counts}

    @property
    def small(self) -> bool:
        return any(count.hidden for count in self.counts)

    @property
    def fixed(self) -> bool:
        return any(count.fixed for count in self.counts)


@dataclass(frozen=True)
class _Sums:
    """Numbers as sums of parts: a row of `parts` has 1 for each part of the number."""

    numbers: tuple[_Sum, ...]
    parts: Matrix


def _sums(counts: Sequence[Count], frame: pl.DataFrame, unit: Unit) -> Iterator[_Sums]:
    """The counts that are sums of parts, and which, those apart that have no part in common; small ones among them.

    A number of patients is a sum where none of them has records in two of its parts.
    """
    clauses = [pl.sql_expr(count.key[1]).fill_null(value=False).alias(str(i)) for i, count in enumerate(counts)]
    masks = frame.select(clauses).to_numpy().reshape(frame.height, len(counts))
    patterns, part = np.unique(masks, axis=0, return_inverse=True)
    part = part.reshape(-1)
    if unit is Unit.PATIENTS:
        patients = np.unique(frame["USUBJID"].to_numpy(), return_inverse=True)[1]
        part = np.unique(np.stack([part, patients]), axis=1)[0]
    of_part = np.bincount(part, minlength=len(patterns))
    kept = [i for i, count in enumerate(counts) if of_part[patterns[:, i]].sum() == count.value]
    parts, same = np.unique(patterns[:, kept].T, axis=0, return_inverse=True)
    numbers: dict[int, list[Count]] = {}
    for i, row in zip(kept, same.reshape(-1).tolist(), strict=True):
        numbers.setdefault(row, []).append(counts[i])
    together, group = connected_components(parts.astype(int) @ parts.T.astype(int), directed=False)
    for place in range(together):
        rows = np.flatnonzero(group == place)
        found = _Sums(tuple(_Sum(tuple(numbers[row])) for row in rows.tolist()), _no_twice(parts[rows]))
        if len(rows) > 1 and any(number.small for number in found.numbers):
            yield found


def _no_twice(parts: npt.NDArray[np.bool_]) -> Matrix:
    """The parts that any number has, those once that are in the same numbers."""
    unlike = np.unique(parts, axis=1)
    return unlike[:, unlike.any(axis=0)].astype(float)


class _Family:
    """One attack: what can be known of the small numbers among some sums."""

    def __init__(self, sums: _Sums, least: int, found: Protection) -> None:
        self.numbers, self.parts, self.least, self.found = sums.numbers, sums.parts, least, found
        self.small = {place for place, number in enumerate(self.numbers) if number.small}
        self.hiding = self._among(found.hiding) - self.small
        self.blurred = self._among(found.blurred) & self.small

    def _among(self, keys: set[tuple[Key, Unit]]) -> set[int]:
        return {place for place, number in enumerate(self.numbers) if number.keys & keys}

    def protect(self) -> None:
        """Hide what is needed for no small number to be certain."""
        for place in self._in_reach():
            if self._is_certain(place, self.hiding, self.blurred):
                self._protect(place)
        for place in self.hiding:
            self.found.hiding |= self.numbers[place].keys
        for place in self.blurred:
            self.found.blurred |= self.numbers[place].keys

    def _in_reach(self) -> list[int]:
        """The small numbers that a combination of others gives; no other one can become certain."""
        reach = np.einsum("ij,ji->i", self.parts, np.linalg.pinv(self.parts))
        return [place for place in sorted(self.small) if reach[place] < 1 - 1e-9]

    def _is_certain(self, place: int, hiding: set[int], blurred: set[int]) -> bool:
        low, high = (self._extreme(place, hiding, blurred, sign) for sign in (1, -1))
        return high < math.inf and math.floor(high + 1e-6) <= math.ceil(low - 1e-6)

    def _extreme(self, place: int, hiding: set[int], blurred: set[int], sign: int) -> float:
        """The least (sign 1) or greatest (-1) value that a number can have, with all that is known of the others."""
        parts, numbers = self.parts, self.numbers
        shown = [i for i in range(len(numbers)) if i not in self.small | hiding]
        told = sorted(self.small - blurred)
        below = [(-parts[i], -1) for i in told]
        # A small number of patients may have any number of records.
        below += [(parts[i], self.least - 1) for i in told if numbers[i].counts[0].unit is Unit.PATIENTS]
        below += [(-parts[i], -self.least) for i in sorted(hiding)]
        found = linprog(
            sign * parts[place],
            A_ub=np.array([row for row, _ in below]) if below else None,
            b_ub=np.array([limit for _, limit in below]) if below else None,
            A_eq=parts[shown] if shown else None,
            b_eq=np.array([numbers[i].value for i in shown]) if shown else None,
            method="highs",
        )
        return math.inf * -sign if found.status == _UNBOUNDED else sign * float(found.fun)

    def _protect(self, place: int) -> None:
        """Hide the smallest shown number that protects this one, or blur a small one, or as few as it takes of both.

        Where all of that does not help, the sizes of the sets give it away, which everybody knows.
        """
        parts, numbers = self.parts, self.numbers
        others = [i for i in range(len(numbers)) if i != place]
        weights, *_ = np.linalg.lstsq(parts[others].T, parts[place], rcond=None)
        near = {i for i, weight in zip(others, weights, strict=True) if abs(weight) > 1e-9}
        free = [
            i
            for i in range(len(numbers))
            if i not in self.hiding | self.blurred and numbers[i].value and not numbers[i].fixed
        ]
        free.sort(key=lambda i: (i in self.small, i not in near, numbers[i].value, i))
        for chosen in free:
            if self._is_enough(place, {chosen}):
                return self._hide({chosen})
        needed = set(free)
        if self._is_enough(place, needed):
            for spared in sorted(free, key=lambda i: (-numbers[i].value, i)):
                if self._is_enough(place, needed - {spared}):
                    needed.remove(spared)
            self._hide(needed)
        return None

    def _is_enough(self, place: int, more: set[int]) -> bool:
        return not self._is_certain(place, self.hiding | more - self.small, self.blurred | more & self.small)

    def _hide(self, more: set[int]) -> None:
        self.hiding |= more - self.small
        self.blurred |= more & self.small
