"""One contender in a process of its own: `python -m benchmarks.child CASE CONTENDER FOLDER`.

Reads the input, runs once unmeasured, says the numbers, then runs each time a line comes in and says how long it took:
so many times that the clock can measure it, and where there is but one turn, so many that chance tells little. Where
the first run takes minutes, what is slow at first matters little: it is the first of the measured ones. Beside both
times it says the peak memory of the programs that it started and the steps that they took. A whole contender is not run
unmeasured. With CASE, the words for it, FOLDER and a size it only makes the input.
"""

import json
import math
import resource
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.case import Contender
from benchmarks.cases import CASES
from benchmarks.harness import MAKE

LEAST_S = 0.1
LEAST_OF_ONE_S = 10.0
LONG_S = 120.0


def main(case: str, contender: str, folder: str) -> None:
    of = next(c for c in CASES[case].contenders if c.label == contender)
    assert of.load is not None
    data = of.load(Path(folder))
    numbers: list[float] = []
    times, first = 1, (0.0, 0.0)
    if not CASES[case].whole:
        numbers, first = _timed(of, data)
        least = LEAST_OF_ONE_S if CASES[case].runs == 1 else LEAST_S
        if first[0] < least:  # the first run is also the slowest
            times = math.ceil(least / _timed(of, data)[1][0])
    print(json.dumps(numbers), flush=True)
    for turn, _ in enumerate(sys.stdin):
        if of.prepare is not None:
            of.prepare(data)
        took = first if turn == 0 and first[0] > LONG_S else _timed(of, data, times)[1]
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
        steps = of.steps(data) if of.steps else []
        print(json.dumps([*(seconds / times for seconds in took), peak, steps]), flush=True)


def _timed(of: Contender, data: Any, times: int = 1) -> tuple[list[float], tuple[float, float]]:
    """The numbers of a run, and the seconds of `times` runs by the clock and of the processor."""
    assert of.run is not None
    wall, processor = time.perf_counter(), _processor()
    for _ in range(times):
        numbers = [float(number) for number in of.run(data)]
    return numbers, (time.perf_counter() - wall, _processor() - processor)


def _processor() -> float:
    """Seconds of the processor that this process and all that it has waited for have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + used.ru_utime + used.ru_stime


if __name__ == "__main__":
    if sys.argv[2] == MAKE:
        CASES[sys.argv[1]].make(Path(sys.argv[3]), int(sys.argv[4]))
    else:
        main(*sys.argv[1:])
