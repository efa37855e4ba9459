"""Counting events, and the patients who have them, in the rows of a table: for all its columns in one sort.

A record becomes one whole number: its patient, its row of the table, and one bit for each condition that it meets.
Sorted, the records of a patient in a row lie together.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

Integers = npt.NDArray[np.int64]

_BITS = 16
"""Conditions that are counted in one sort: they leave 47 bits for patient and row, 140 million million of them."""

_SMALL = 2**22
"""Numbers in a table that is counted into directly, whether or not all its places occur."""


@dataclass(frozen=True)
class Events:
    """Events in any order, of which variables become whole numbers once; those in order of USUBJID are faster."""

    frame: pl.LazyFrame
    _known: dict[str, tuple[Integers, pl.Series]] = field(default_factory=dict)

    def counted(self, within: Sequence[str], conditions: Sequence[pl.Expr]) -> pl.DataFrame:
        """A line for each combination of the variables `within`, in no order; one line where there are none.

        Its columns are those variables and, for each condition by its place, `patients <place>` (distinct USUBJID of
        the events that meet it) and `events <place>`. A condition that is null is not met.
        """
        patient, _ = self._codes("USUBJID")
        row, columns = self._rows(within, len(patient))
        count = len(columns[0]) if columns else 1
        for start in range(0, len(conditions), _BITS):
            chosen = conditions[start : start + _BITS]
            bits = self._bits(chosen)
            keys = (patient * count + row) << _BITS | bits
            keys.sort()
            first = _changes(keys >> _BITS)
            any_event = np.bitwise_or.reduceat(keys, first) if first.size else keys
            patients = _by_row((any_event >> _BITS) % count, any_event & (2**_BITS - 1), count, len(chosen))
            events = _by_row(row, bits, count, len(chosen))
            for place in range(len(chosen)):
                columns += [
                    pl.Series(f"patients {start + place}", patients[:, place]),
                    pl.Series(f"events {start + place}", events[:, place]),
                ]
        return pl.DataFrame(columns)

    def _bits(self, conditions: Iterable[pl.Expr]) -> Integers:
        """For each event a number that has a bit for each condition that it meets."""
        parts = [met.fill_null(False).cast(pl.UInt16) * 2**bit for bit, met in enumerate(conditions)]
        bits = pl.sum_horizontal(parts).cast(pl.Int64).alias("bits")
        of_each = self.frame.with_columns(bits)  # by select, conditions that name no variable would give one number
        return of_each.select("bits").collect().to_series().to_numpy()

    def _rows(self, within: Sequence[str], size: int) -> tuple[Integers, list[pl.Series]]:
        """For each event the number of its combination of variables, from 0, and the values of each combination."""
        row = np.zeros(size, dtype=np.int64)
        columns: list[pl.Series] = []
        for variable in within:
            codes, values = self._codes(variable)
            if not columns:
                row, columns = codes, [values]
                continue
            row, found = _dense(row * len(values) + codes)
            columns = [column[found // len(values)] for column in columns] + [values[found % len(values)]]
        return row, columns

    def _codes(self, variable: str) -> tuple[Integers, pl.Series]:
        """For each event the number of its value, from 0, and the values; a missing one is a value."""
        if variable not in self._known:
            texts = self.frame.select(variable).collect().to_series()
            if texts.is_sorted():  # each need only be compared with the one before it
                codes = texts.rle_id().cast(pl.Int64).to_numpy()
                example = _changes(codes)
            else:
                physical = texts.cast(pl.Categorical).to_physical().cast(pl.Int64)
                codes, found = _dense((physical + 1).fill_null(0).to_numpy())
                example = np.zeros(len(found), dtype=np.int64)
                example[codes] = np.arange(len(codes))
            self._known[variable] = codes, texts[example]
        return self._known[variable]


def _dense(codes: Integers) -> tuple[Integers, Integers]:
    """Whole numbers of 0 or more as their places among those that occur, and those, in order."""
    used = np.zeros(codes.max(initial=-1) + 1, dtype=np.bool_)
    used[codes] = True
    return (np.cumsum(used) - 1)[codes], np.flatnonzero(used)


def _changes(ordered: Integers) -> Integers:
    """The places at which each of the distinct numbers begins."""
    starts = np.ones(len(ordered), dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=starts[1:])
    return np.flatnonzero(starts)


def _by_row(row: Integers, bits: Integers, count: int, width: int) -> Integers:
    """How many have each of the bits (columns) in each of the rows: by the patterns that occur, which are few."""
    codes, patterns = (bits, np.arange(2**width)) if count << width <= _SMALL else _dense(bits)
    table = np.bincount(row * len(patterns) + codes, minlength=count * len(patterns)).reshape(count, len(patterns))
    return table @ (patterns[:, None] >> np.arange(width) & 1)
