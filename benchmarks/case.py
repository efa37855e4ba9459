"""What a benchmark is: one input, and contenders that make the same numbers of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Contender:
    """One way to the numbers. `load` reads the input and is not timed; `run` is.

    `run` returns numbers that a person would check: those of every contender must agree. `needs` are packages of the
    benchmark's own group; without them the contender is left out by name. An R contender is a file of R code beside
    this module, whose `load(path)` and `run(data)` are functions of the same meaning; its `needs` are R packages.
    """

    label: str
    load: Callable[[Path], Any] | None = None
    run: Callable[[Any], Sequence[float]] | None = None
    needs: tuple[str, ...] = ()
    r: str | None = None


@dataclass(frozen=True)
class Case:
    """A benchmark: `make` writes the input of `size` into a folder; the second contender is the floor.

    `limit` is what the first contender's time may be of the floor's. Of the numbers the first `same` must be those of
    the first contender; 0 is for contenders that do different work, such as sizes of one input. `per_size` divides
    times by the contenders' own sizes: their ratio to the last then says how far from linear they are.
    """

    name: str
    title: str
    size: int
    make: Callable[[Path, int], None]
    contenders: tuple[Contender, ...]
    limit: float | None = None
    same: int = 1_000_000
    per_size: tuple[int, ...] | None = None
    runs: int | None = None
