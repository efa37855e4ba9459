"""eDISH plot: peak transaminase against peak bilirubin of each patient in multiples of ULN, in four quadrants."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.adam.adlb_derived import EDISH_LEVELS
from analysis.tlf import fonts
from analysis.tlf.style import COLOURS, GREY, look, new_figure

QUADRANTS = {1: "Neither raised", 2: "Temple's corollary", 3: "Cholestasis", 4: "Hy's law quadrant"}
"""Number of EDISH_LEVELS -> the name in the figure."""

_HY = 4
_TICKS = (0.1, 0.2, 0.5, 1, 2, 3, 5, 10, 20, 50, 100)
_MARKS: dict[bool, dict[str, Any]] = {
    False: {"marker": "o", "markersize": 5, "markerfacecolor": "none", "markeredgecolor": COLOURS[0]},
    True: {"marker": "D", "markersize": 6, "markerfacecolor": COLOURS[3], "markeredgecolor": "black"},
}


@dataclass(frozen=True)
class Point:
    """A patient's peaks in multiples of ULN, the number of the quadrant, and whether Hy's law may apply."""

    patient: str
    transaminase: float
    bilirubin: float
    quadrant: int
    candidate: bool


def edish_figure(points: Sequence[Point], limits: tuple[float, float]) -> Figure:
    """Draw the peaks on logarithmic axes; `limits` of transaminase and bilirubin are lines.

    After Guo et al., Drug Saf 2015;38:1035. Patients in the upper right quadrant are named.
    """
    with look():
        figure = new_figure()
        axes = figure.add_axes((0.1, 0.11, 0.87, 0.78))
        _draw_axes(axes, points, limits)
        for point in points:
            x, y = max(point.transaminase, _TICKS[0]), max(point.bilirubin, _TICKS[0])
            axes.plot(x, y, linestyle="none", clip_on=False, **_MARKS[point.candidate])
            if point.quadrant == _HY:
                name = fonts.printable(point.patient)
                axes.annotate(name, (x, y), xytext=(6, 4), textcoords="offset points", fontsize=7.5)
        _draw_legend(axes, points)
    return figure


def _draw_axes(axes: Axes, points: Sequence[Point], limits: tuple[float, float]) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    ends = (
        _end(max([limits[0], *(p.transaminase for p in points)])),
        _end(max([limits[1], *(p.bilirubin for p in points)])),
    )
    for axis, end in ((axes.xaxis, ends[0]), (axes.yaxis, ends[1])):
        ticks = [tick for tick in _TICKS if tick <= end]
        axis.set_ticks(ticks, [f"{tick:g}" for tick in ticks])
        axis.set_ticks([], minor=True)
    axes.set_xlim(_TICKS[0], ends[0])
    axes.set_ylim(_TICKS[0], ends[1])
    axes.set_xlabel("Peak ALT or AST on treatment, the higher of the two (x ULN)")
    axes.set_ylabel("Peak bilirubin on treatment (x ULN)")
    axes.axvline(limits[0], color=GREY, linewidth=0.9, linestyle="--", zorder=0)
    axes.axhline(limits[1], color=GREY, linewidth=0.9, linestyle="--", zorder=0)
    numbers = Counter(point.quadrant for point in points)
    corners = {1: (0.01, 0.012), 2: (0.99, 0.012), 3: (0.01, 0.985), 4: (0.99, 0.985)}
    for quadrant, (x, y) in corners.items():
        axes.text(
            x, y, f"{QUADRANTS[quadrant]} (n = {numbers[quadrant]})", transform=axes.transAxes, fontsize=8.5,
            color=GREY, ha="left" if x < 0.5 else "right", va="bottom" if y < 0.5 else "top",
        )  # fmt: skip


def _end(largest: float) -> float:
    """The end of an axis: the tick after the largest value, so that a quadrant has room for its name."""
    return next((tick for tick in _TICKS if tick >= 3 * largest), 10 ** math.ceil(math.log10(3 * largest)))


def _draw_legend(axes: Axes, points: Sequence[Point]) -> None:
    texts = {True: "Candidate for Hy's law", False: "Not a candidate"}
    there = [kind for kind in texts if any(point.candidate == kind for point in points)]
    axes.legend(
        [Line2D([], [], linestyle="none", **_MARKS[kind]) for kind in there],
        [f"{texts[kind]} (n = {sum(point.candidate == kind for point in points)})" for kind in there],
        loc="lower left", bbox_to_anchor=(0, 1.01), ncols=2, borderaxespad=0, handlelength=1.2,
    )  # fmt: skip


def edish_alt(points: Sequence[Point], limits: tuple[float, float]) -> str:
    """The figure in words: the number of patients in each quadrant, and those in the upper right one."""
    if not points:
        return "No peaks of liver tests to draw."
    numbers = Counter(point.quadrant for point in points)
    parts = "; ".join(f"{label[0].lower()}{label[1:]}: {numbers[n]}" for n, label in EDISH_LEVELS.items())
    named = [point.patient for point in points if point.quadrant == _HY]
    who = f" Patients with both raised: {', '.join(named)}." if named else ""
    return (
        f"Scatter plot of peak ALT or AST against peak bilirubin of {len(points)} patients on logarithmic axes, with "
        f"lines at {limits[0]:g} and {limits[1]:g} times the upper limit of normal. Patients by quadrant: {parts}.{who}"
        f" Candidates for Hy's law: {sum(point.candidate for point in points)}."
    )


def edish_data(points: Sequence[Point], limits: tuple[float, float]) -> dict[str, Any]:
    """The numbers behind the figure as JSON values."""
    return {"limits": list(limits), "points": [asdict(point) for point in points]}
