"""`python -m benchmarks [NAME ...]`: measure, print, and write results.json, .md and .svg."""

import argparse
import json
from dataclasses import replace
from pathlib import Path

from benchmarks import report
from benchmarks.cases import CASES
from benchmarks.harness import HERE, RUNS, measure


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(CASES)} (default: all)")
    parser.add_argument("--runs", type=int, default=RUNS, help="turns of each contender (default: %(default)s)")
    parser.add_argument("--size", type=int, help="another size of the input")
    parser.add_argument("--out", type=Path, default=HERE, help="folder of the results")
    given = parser.parse_args()
    if unknown := set(given.names) - set(CASES):
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(CASES)}")
    cases = {name: CASES[name] for name in given.names or CASES}
    if given.size:
        cases = {name: replace(case, size=given.size) for name, case in cases.items()}
    given.out.mkdir(parents=True, exist_ok=True)
    kept = given.out / "results.json"
    found = json.loads(kept.read_bytes()) if kept.exists() else {}
    for name, case in cases.items():
        found[name] = report.record(case, measure(case, case.runs or given.runs, print))
        print(report.page({name: case}, found).split("\n## ", 1)[1])
        # After each, so that an interrupted measurement is not lost; the others stay as they were measured before.
        kept.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        (given.out / "results.md").write_text(report.page(CASES, found), encoding="utf-8")
        report.plot(CASES, found, given.out / "results.svg")


if __name__ == "__main__":
    main()
