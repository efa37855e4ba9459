"""One contender in a process of its own: `python -m benchmarks.child CASE CONTENDER FOLDER`.

Reads the input, runs once unmeasured, says the numbers, then runs each time a line comes in and says how long it took:
so many times that the clock can measure it. Beside both times it says the peak memory of the programs that it started
and the steps that they took. A whole contender is not run unmeasured. With CASE, the words for it, FOLDER and a size
it only makes the input.
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


def main(case: str, contender: str, folder: str) -> None:
    of = next(c for c in CASES[case].contenders if c.label == contender)
    assert of.load is not None
    data = of.load(Path(folder))
    numbers, times = ([], 1) if CASES[case].whole else _first(of, data)
    print(json.dumps([float(number) for number in numbers]), flush=True)
    for _ in sys.stdin:
        if of.prepare is not None:
            of.prepare(data)
        wall, processor = time.perf_counter(), _processor()
        for _ in range(times):
            _run(of, data)
        took = time.perf_counter() - wall, _processor() - processor
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
        steps = of.steps(data) if of.steps else []
        print(json.dumps([*(seconds / times for seconds in took), peak, steps]), flush=True)


def _first(of: Contender, data: Any) -> tuple[list[float], int]:
    begin = time.perf_counter()
    numbers = _run(of, data)
    if time.perf_counter() - begin < LEAST_S:  # the first run is also the slowest
        begin = time.perf_counter()
        _run(of, data)
    return numbers, math.ceil(LEAST_S / (time.perf_counter() - begin))


def _run(of: Contender, data: Any) -> list[float]:
    assert of.run is not None
    return list(of.run(data))


def _processor() -> float:
    """Seconds of the processor that this process and all that it has waited for have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + used.ru_utime + used.ru_stime


if __name__ == "__main__":
    if sys.argv[2] == MAKE:
        CASES[sys.argv[1]].make(Path(sys.argv[3]), int(sys.argv[4]))
    else:
        main(*sys.argv[1:])
