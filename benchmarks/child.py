"""One contender in a process of its own: `python -m benchmarks.child CASE CONTENDER FOLDER`.

Reads the input, runs once unmeasured, says the numbers, then runs each time a line comes in and says how long it took:
so many times that the clock can measure it. With CASE, the words for it, FOLDER and a size it only makes the input.
"""

import json
import math
import sys
import time
from pathlib import Path

from benchmarks.cases import CASES
from benchmarks.harness import MAKE

LEAST_S = 0.1


def main(case: str, contender: str, folder: str) -> None:
    of = next(c for c in CASES[case].contenders if c.label == contender)
    assert of.load is not None
    assert of.run is not None
    data = of.load(Path(folder))
    begin = time.perf_counter()
    numbers = of.run(data)
    if time.perf_counter() - begin < LEAST_S:  # the first run is also the slowest
        begin = time.perf_counter()
        of.run(data)
    times = math.ceil(LEAST_S / (time.perf_counter() - begin))
    print(json.dumps([float(number) for number in numbers]), flush=True)
    for _ in sys.stdin:
        wall, processor = time.perf_counter(), time.process_time()
        for _ in range(times):
            of.run(data)
        took = time.perf_counter() - wall, time.process_time() - processor
        print(json.dumps([seconds / times for seconds in took]), flush=True)


if __name__ == "__main__":
    if sys.argv[2] == MAKE:
        CASES[sys.argv[1]].make(Path(sys.argv[3]), int(sys.argv[4]))
    else:
        main(*sys.argv[1:])
