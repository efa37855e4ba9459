"""What a benchmark is: one input, and contenders that make the same numbers of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Steps = Sequence[tuple[str, float]]
"""Steps of one whole run: what was said when each was done, and the seconds since it began."""


@dataclass(frozen=True)
class Contender:
    """One way to the numbers. `load` reads the input and `prepare` makes ready for each run; only `run` is timed.

    `run` returns numbers that a person would check: those of every contender must agree. `needs` are packages of the
    benchmark's own group; without them the contender is left out by name. An R contender is a file of R code beside
    this module, whose `load(path)` and `run(data)` are functions of the same meaning; its `needs` are R packages.
    `steps` says which steps the last run had.
    """

    label: str
    load: Callable[[Path], Any] | None = None
    run: Callable[[Any], Sequence[float]] | None = None
    needs: tuple[str, ...] = ()
    r: str | None = None
    prepare: Callable[[Any], object] | None = None
    steps: Callable[[Any], Steps] | None = None


@dataclass(frozen=True)
class Limit:
    """The time of the contender `label` is to be at most `most` times that of `of`; in seconds where there is none.

    `stages` are the stages of both whose times count, added up; none is the whole.
    """

    label: str
    most: float
    of: str | None = None
    stages: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """A benchmark: `make` writes the input of `size`, in `unit`, into a folder; contender number `floor` is the floor.

    `limit` is what the first contender's time may be of the floor's, `limits` are others. Of the numbers the first
    `same` must be those of the first contender; 0 is for contenders that do different work, such as sizes of one
    input. `per_size` divides times by the contenders' own sizes: their ratio to the floor then says how far from linear
    they are.

    Contenders that are `whole` start programs: each compares what it makes itself, none is run once before the first
    turn, and limits are for the time of the clock, since they may use both cores. All others are compared by the
    processor's time, which is the steadier one.
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
    floor: int = 1
    limits: tuple[Limit, ...] = ()
    whole: bool = False
    unit: str = ""
    note: str = ""

    def all_limits(self) -> list[Limit]:
        labels = [contender.label for contender in self.contenders]
        return [*([Limit(labels[0], self.limit, labels[self.floor])] if self.limit else []), *self.limits]
