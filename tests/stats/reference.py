"""What R says: the data sets of the files in r/, with their results."""

import csv
import json
from pathlib import Path

R = Path(__file__).parent / "r"


def reference_sets():
    """The data sets of the reference files: name, times, events, and what R says."""
    for name in ("aml", "lung", "ovarian"):
        with open(R / f"{name}.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        expected = json.loads((R / f"{name}.json").read_text())
        yield name, [float(row["time"]) for row in rows], [int(row["event"]) for row in rows], expected
    for name, expected in json.loads((R / "degenerate.json").read_text()).items():
        yield name, [float(t) for t in expected["input_time_17g"]], expected["input"]["event"], expected


REFERENCE = {name: rest for name, *rest in reference_sets()}
CASES = {case["name"][0]: case for case in json.loads((R / "cases.json").read_text())["survival"]}
