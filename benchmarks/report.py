"""The measurements as a page and as a plot."""

import datetime as dt
import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy
import polars
from matplotlib.figure import Figure

from benchmarks.case import Case
from benchmarks.harness import Measured

mpl.rcParams["svg.hashsalt"] = "csr"
Found = Mapping[str, Sequence[Measured]]


def ratios(case: Case, measured: Sequence[Measured], *, processor: bool = False) -> list[float | None]:
    """Each contender's time by that of the floor, the second contender; of sizes, each for one patient."""
    times = [
        None
        if m.missing
        else (m.median_processor if processor else m.median) / (case.per_size[n] if case.per_size else 1)
        for n, m in enumerate(measured)
    ]
    floor = times[-1] if case.per_size else times[1]
    return [None if time is None or floor is None else time / floor for time in times]


def page(cases: Mapping[str, Case], found: Found, runs: int) -> str:
    """Markdown: when, where, and a table for each case."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    lines = [
        "# Benchmarks",
        "",
        f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC; {_processor()}, {os.cpu_count()} cores, {memory:.0f} GB; "
        f"{platform.system()} {platform.release()}; Python {platform.python_version()}, numpy {numpy.__version__}, "
        f"polars {polars.__version__}. Load average at the end: {os.getloadavg()[0]:.1f}.",
        "",
        "Made by `make bench`: in one session, the contenders of a table in turns, each in a process of its own with "
        f"the environment of a run (one thread, nothing wider than AVX2); medians of {runs} where the table "
        "says nothing else. Reading the input is not timed. Peak memory is that of the whole process, with Python, "
        "packages and input. The ratio is to the floor, the second line; that of the processor's time is the steadier "
        "one on a machine with other work. Contenders give the same numbers, or the benchmark fails.",
        "",
        "![Ratios to the floor](results.svg)",
    ]
    for name, measured in found.items():
        case = cases[name]
        lines += ["", f"## {case.title} (`{name}`, {case.size:,})", ""]
        if case.limit is not None:
            lines += [_verdict(case, measured), ""]
        lines += ["| | median s | least s | ratio | ratio, processor | peak MB |", "|---|---:|---:|---:|---:|---:|"]
        pairs = zip(measured, ratios(case, measured), ratios(case, measured, processor=True), strict=True)
        for m, ratio, processor in pairs:
            if m.missing:
                lines.append(f"| {m.label} | not here: {m.missing} | | | | |")
            else:
                lines.append(
                    f"| {m.label} | {m.median:.4g} | {min(m.wall):.4g} | {ratio or 0:.2f} | {processor or 0:.2f} | "
                    f"{m.peak / 2**20:,.0f} |"
                )
    return "\n".join(lines) + "\n"


def _verdict(case: Case, measured: Sequence[Measured]) -> str:
    reached = ratios(case, measured, processor=True)[0] or 0
    what = "for a patient, that of the last line" if case.per_size else "the floor's time"
    kept = "kept" if case.limit is not None and reached <= case.limit else "NOT KEPT"
    runs = f"; {len(measured[0].wall)} run" if case.runs == 1 else ""
    return f"Limit: {case.limit} times {what}. {kept} by the processor's time ({reached:.2f}){runs}."


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor()


def plot(cases: Mapping[str, Case], found: Found, path: Path) -> None:
    """A row for each contender: its ratio to the floor on a logarithmic axis, and the limits."""
    rows = [
        (name, m.label, ratio, cases[name].limit if n == 0 else None)
        for name, measured in found.items()
        for n, (m, ratio) in enumerate(zip(measured, ratios(cases[name], measured, processor=True), strict=True))
        if ratio is not None
    ]
    figure = Figure(figsize=(8, 0.26 * len(rows) + 1), layout="constrained")
    axes = figure.subplots()
    for place, (_, label, ratio, limit) in enumerate(rows):
        axes.plot(ratio, place, "o", color="#1f5fa8" if label == "csr" or limit else "#777777")
        if limit is not None:
            axes.plot(limit, place, "|", color="#c03020", markersize=12)
    axes.axvline(1, color="#999999", linewidth=0.8)
    axes.set_yticks(range(len(rows)), [f"{name}: {label}" for name, label, *_ in rows])
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlabel("Processor time by that of the floor (a red line is the limit)")
    axes.grid(axis="x", alpha=0.3)
    figure.savefig(path, format="svg", metadata={"Date": None})
