"""The measurements as records, as a page and as a plot."""

import datetime as dt
import os
import platform
import re
import statistics
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy
import polars
from matplotlib.figure import Figure

from benchmarks.case import Case, Limit, Steps
from benchmarks.harness import Measured

mpl.rcParams["svg.hashsalt"] = "csr"
Record = dict[str, Any]
Records = Mapping[str, Record]
AROUND = "start, checks, into its place"


def record(case: Case, measured: Sequence[Measured]) -> Record:
    """What is kept of one case in results.json: when, where, and all that page and plot show."""
    there = [m for m in measured if not m.missing]
    rows: list[Record] = []
    pairs = zip(measured, ratios(case, measured), ratios(case, measured, processor=True), strict=True)
    for m, ratio, processor in pairs:
        if m.missing:
            rows.append({"label": m.label, "missing": m.missing})
            continue
        times = {"median": m.median, "least": min(m.wall), "ratio": ratio, "processor": processor}
        rows.append({"label": m.label, "peak": m.peak} | {key: _short(of) for key, of in times.items()})
    limits = [(limit, _reached(case, limit, measured)) for limit in case.all_limits()]
    return {
        "size": case.size,
        "when": f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC",
        "where": _where(),
        "load": round(os.getloadavg()[0], 1),
        "runs": len(there[0].wall),
        "rows": rows,
        "limits": [[_words(case, limit), limit.most, _short(at)] for limit, at in limits if at is not None],
        "stages": {m.label: _stages(m) for m in there if m.steps and len(m.steps[0]) > 1},
        "again": {m.label: said for m in there if m.steps and (said := _again(m.steps[-1]))},
    }


def _short(number: float | None) -> float | None:
    return None if number is None else float(f"{number:.4g}")


def ratios(case: Case, measured: Sequence[Measured], *, processor: bool = False) -> list[float | None]:
    """Each contender's time by that of the floor; of sizes, each for one patient."""
    times = [
        None
        if m.missing
        else (m.median_processor if processor else m.median) / (case.per_size[n] if case.per_size else 1)
        for n, m in enumerate(measured)
    ]
    floor = times[case.floor]
    return [None if time is None or floor is None else time / floor for time in times]


def _reached(case: Case, limit: Limit, measured: Sequence[Measured]) -> float | None:
    """How many times the other contender's time, or how many seconds; None where a contender is missing."""
    by_label = {m.label: (m, n) for n, m in enumerate(measured)}
    found = []
    for label in filter(None, (limit.label, limit.of)):
        m, number = by_label[label]
        if m.missing:
            return None
        if limit.stages:
            found.append(statistics.median(sum(turn.get(s, 0) for s in limit.stages) for turn in _turns(m)))
        else:
            time = m.median if case.whole else m.median_processor
            found.append(time / (case.per_size[number] if case.per_size else 1))
    return found[0] / found[1] if limit.of else found[0]


def _words(case: Case, limit: Limit) -> str:
    what = f"{limit.label}, {' and '.join(limit.stages)}" if limit.stages else limit.label
    if limit.of is None:
        return f"{what}, seconds"
    return f"{what}, by {limit.of}{', for a patient' if case.per_size else ''}"


def _turns(measured: Measured) -> Iterator[dict[str, float]]:
    """Seconds of each stage of each run; what is before the first and after the last step is a stage, too."""
    for wall, steps in zip(measured.wall, measured.steps, strict=True):
        found: dict[str, float] = {}
        before = 0.0
        for step, seconds in steps:
            stage = _stage(step)
            found[stage] = found.get(stage, 0) + seconds - before
            before = seconds
        found[AROUND] = found.get(AROUND, 0) + wall - before
        yield found


def _stage(step: str) -> str:
    """The stage of a step as a run says it: without a reason, and all notebooks as one."""
    name = re.split("[,:]", step)[0]
    return "notebooks" if name.startswith("notebook ") or name.endswith(" notebooks") else name or AROUND


def _stages(measured: Measured) -> dict[str, float | None]:
    """The median seconds of each stage, in the order of a run."""
    turns = list(_turns(measured))
    return {stage: _short(statistics.median(turn.get(stage, 0) for turn in turns)) for stage in turns[-1]}


def _again(steps: Steps) -> str:
    """What a run made again and why, as it said itself; notebooks with the same reason as one."""
    made: dict[str, list[str]] = {}
    for step, _ in steps:
        name, since, reason = step.partition(", since ")
        if step.startswith("nothing to make"):
            return step
        if since and ": kept" not in step and reason != "--force":
            made.setdefault(reason, []).append(name.removeprefix("notebook "))
    return "; ".join(f"{', '.join(names)}, since {reason}" for reason, names in made.items())


def page(cases: Mapping[str, Case], found: Records) -> str:
    """Markdown: a table for each case, with when and where."""
    lines = [
        "# Benchmarks",
        "",
        "Made by `make bench`: in one session, the contenders of a table in turns, each in a process of its own with "
        "the environment of a run (one thread, nothing wider than AVX2); times are medians. Reading the input is not "
        "timed. Peak memory is that of the whole process, with Python, packages and input. Ratios are to the floor; "
        "that of the processor's time is the steadier one on a machine with other work. Contenders give the same "
        "numbers, or the benchmark fails.",
        "",
        "![Ratios to the floor](results.svg)",
    ]
    for name, case in cases.items():
        if name in found:
            lines += _section(case, found[name])
    return "\n".join(lines) + "\n"


def _section(case: Case, of: Record) -> list[str]:
    of_runs = f"medians of {of['runs']}" if of["runs"] > 1 else "1 run"
    lines = ["", f"## {case.title} (`{case.name}`, {of['size']:,}{f' {case.unit}' if case.unit else ''})", ""]
    lines += [f"{of['when']}; {of['where']}. Load average at the end: {of['load']}; {of_runs}.", ""]
    if case.note:
        lines += [case.note, ""]
    clock = "the clock" if case.whole else "the processor's time"
    for words, most, at in of["limits"]:
        lines += [f"- Limit: {words}: at most {most}. {'Kept' if at <= most else 'NOT KEPT'} by {clock} ({at:.3g})."]
    lines += [""] if of["limits"] else []
    lines += ["| | median s | least s | ratio | ratio, processor | peak MB |", "|---|---:|---:|---:|---:|---:|"]
    for row in of["rows"]:
        if "missing" in row:
            lines.append(f"| {row['label']} | not here: {row['missing']} | | | | |")
            continue
        peak = f"{row['peak'] / 2**20:,.0f}" if row["peak"] else ""
        ratio = [f"{row[key] or 0:.2f}" for key in ("ratio", "processor")]
        lines.append(f"| {row['label']} | {row['median']:.4g} | {row['least']:.4g} | {' | '.join(ratio)} | {peak} |")
    if of["stages"]:
        stages = list(dict.fromkeys(stage for own in of["stages"].values() for stage in own))
        lines += ["", f"| Stage, median s | {' | '.join(of['stages'])} |", "|---|" + "---:|" * len(of["stages"])]
        for stage in stages:
            own = (f"{times[stage]:.2f}" if stage in times else "" for times in of["stages"].values())
            lines.append(f"| {stage} | {' | '.join(own)} |")
    if of["again"]:
        lines += ["", "What was made again, in the words of the run:", ""]
        lines += [f"- {label}: {said}" for label, said in of["again"].items()]
    return lines


def _where() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GB; {platform.system()} {platform.release()}; Python "
        f"{platform.python_version()}, numpy {numpy.__version__}, polars {polars.__version__}"
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor()


def plot(cases: Mapping[str, Case], found: Records, path: Path) -> None:
    """A row for each contender, its ratio to the floor; and one for each limit, how much of it is used."""
    ratios, used = [], []
    for name, case in cases.items():
        of = found.get(name, {"rows": [], "limits": []})
        key = "ratio" if case.whole else "processor"
        for number, row in enumerate(of["rows"]):
            if row.get(key):
                ratios.append((f"{name}: {row['label']}", row[key], "#888888" if number else "#1f5fa8"))
        used += [(f"{name}: {words}", at / most, "#1f5fa8") for words, most, at in of["limits"]]
    heights = [len(ratios) + 1, len(used) + 1]
    figure = Figure(figsize=(9, 0.26 * sum(heights) + 1), layout="constrained")
    upper, lower = figure.subplots(2, height_ratios=heights)
    for axes, rows, colour in ((upper, ratios, "#999999"), (lower, used, "#c03020")):
        for place, (_, value, of_point) in enumerate(rows):
            axes.plot(value, place, "o", color=of_point)
        axes.axvline(1, color=colour, linewidth=0.8)
        axes.set_yticks(range(len(rows)), [label for label, *_ in rows])
        axes.invert_yaxis()
        axes.grid(axis="x", alpha=0.3)
    upper.set_xscale("log")
    upper.set_xlabel("Time by that of the floor")
    lower.set_xlim(left=0)
    lower.set_xlabel("Share of the limit (right of the red line: not kept)")
    figure.savefig(path, format="svg", metadata={"Date": None})
