"""Checks of what estimators are given: each raises ValueError naming argument, position and what was expected."""

import math
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def _number(value: Any, name: str) -> float:
    if value is None:
        return math.nan
    if isinstance(value, (Real, np.bool_)):
        return float(value)
    raise ValueError(f"{name} is {value!r}, expected a number")


def numbers(values: npt.ArrayLike, name: str) -> Floats:
    """A one-dimensional sequence of numbers as float64; missing entries (None, null) become nan.

    An array of float64 is given back itself, not copied. Text is refused even where it looks like a number, and so are
    dates and durations, whose unit would be lost.
    """
    try:
        array = np.asarray(values)
    except ValueError:  # ragged
        raise ValueError(f"{name} is ragged, expected a one-dimensional sequence of numbers") from None
    if array.ndim != 1:
        raise ValueError(f"{name} has {array.ndim} dimensions, expected a one-dimensional sequence of numbers")
    if array.dtype.kind in "biuf":
        return array.astype(np.float64, copy=False)
    objects = np.asarray(values, dtype=object)  # as they were given: numpy makes text of [1, "a"]
    return np.array([_number(value, f"{name}[{i}]") for i, value in enumerate(objects)], dtype=np.float64)


def refuse(bad: Flags, values: Floats, name: str, expected: str) -> None:
    """Raise for the first position where `bad` holds; the message says how many more there are."""
    positions = np.flatnonzero(bad)
    if positions.size:
        first = int(positions[0])
        more = f" (and {positions.size - 1} more)" if positions.size > 1 else ""
        raise ValueError(f"{name}[{first}] is {values[first]:.17g}, expected {expected}{more}")


def times_and_events(time: npt.ArrayLike, event: npt.ArrayLike) -> tuple[Floats, Flags]:
    """Times (finite, 0 or more) and events (0 or 1, False or True), of equal length, at least one.

    Arrays of float64 and bool are given back themselves, not copied, unless there is a -0.0, which becomes 0.0.
    """
    times, flags = numbers(time, "time"), _flags(event)
    events: npt.NDArray[Any] = numbers(event, "event") if flags is None else flags
    if times.size != events.size:
        raise ValueError(f"time has {times.size} values and event has {events.size}, expected equal lengths")
    if not times.size:
        raise ValueError("time and event are empty, expected at least one observation")
    # The bits of floats from 0 to below infinity are whole numbers in the same order; all others are larger.
    if times.view(np.uint64).max() >= _INFINITY:
        refuse(~(np.isfinite(times) & (times >= 0)), times, "time", "a finite number of 0 or more")
        times = times + 0.0  # turns -0.0 into 0.0
    if flags is None:
        refuse(~((events == 0) | (events == 1)), events, "event", "0 or 1")
        flags = events == 1
    return times, flags


_INFINITY = np.float64(np.inf).view(np.uint64)


def _flags(event: npt.ArrayLike) -> Flags | None:
    """Events as they are where they are an array of bool, or one of whole numbers that all are 0 or 1; else None."""
    if not isinstance(event, np.ndarray) or event.ndim != 1:
        return None
    if event.dtype.kind in "iu" and event.size and np.bitwise_or.reduce(event) in (0, 1):
        return event.astype(np.bool_)
    return event if event.dtype.kind == "b" else None


def finite(value: float, name: str, expected: str = "a finite number") -> float:
    """One finite number."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Real) or not math.isfinite(value):
        raise ValueError(f"{name} is {value!r}, expected {expected}")
    return float(value)


def positive(value: float, name: str) -> float:
    """One finite number above 0."""
    number = finite(value, name, "a finite number above 0")
    if number <= 0:
        raise ValueError(f"{name} is {value!r}, expected a finite number above 0")
    return number


def not_negative(value: float, name: str) -> float:
    """One finite number of 0 or more."""
    number = finite(value, name, "a finite number of 0 or more")
    if number < 0:
        raise ValueError(f"{name} is {value!r}, expected a finite number of 0 or more")
    return number


def share(value: float, name: str) -> float:
    """One number strictly between 0 and 1."""
    number = finite(value, name, "a number strictly between 0 and 1")
    if not 0 < number < 1:
        raise ValueError(f"{name} is {value!r}, expected a number strictly between 0 and 1")
    return number


def count(value: float, name: str, least: int = 0) -> int:
    """One whole number of at least `least`; 3.0 is taken, 3.5 is not."""
    expected = f"a whole number of {least} or more"
    number = finite(value, name, expected)
    if number != int(number) or number < least:
        raise ValueError(f"{name} is {value!r}, expected {expected}")
    return int(value)


def one_of(value: str, name: str, choices: tuple[str, ...]) -> str:
    """One of the named choices."""
    if value not in choices:
        raise ValueError(f"{name} is {value!r}, expected one of {', '.join(choices)}")
    return value
