"""Spider plot: each patient's change of the sum of diameters over time as a line."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.results import rounded, stored
from analysis.tlf.km_figure import time_ticks
from analysis.tlf.response_style import LOOKS, present
from analysis.tlf.style import GREY, look, new_figure
from analysis.tlf.waterfall_figure import CUT, LINES

_NEW: dict[str, Any] = {"marker": "*", "markersize": 8.5, "markerfacecolor": "white", "markeredgewidth": 0.9}


@dataclass(frozen=True)
class SpiderLine:
    """One patient: months from enrolment and change in per cent of each sum, and whether a new lesion was seen then."""

    patient: str
    response: str
    points: tuple[tuple[float, float, bool], ...]


def spider_figure(lines: Sequence[SpiderLine], *, response: str) -> Figure:
    """Draw a line from 0 for each patient; `response` is the title of the legend."""
    with look():
        figure = new_figure()
        axes = figure.add_axes((0.105, 0.105, 0.87, 0.8))
        for name in reversed(present(line.response for line in lines)):  # the best responses on top
            for line in lines:
                if line.response == name:
                    _draw_line(axes, line)
        _draw_axes(axes, lines)
        _print_cut(axes, lines)
        _draw_legend(axes, lines, response)
    return figure


def _draw_line(axes: Axes, line: SpiderLine) -> None:
    style = LOOKS[line.response]
    time = [0.0, *(month for month, _, _ in line.points)]
    change = [0.0, *(min(value, CUT) for _, value, _ in line.points)]
    axes.plot(time, change, color=style.line, linestyle=style.dashes, linewidth=1.3, marker="o", markersize=2.4)
    for month, value, new in line.points:
        if new:
            axes.plot(month, min(value, CUT), linestyle="none", markeredgecolor=style.line, clip_on=False, **_NEW)


def _print_cut(axes: Axes, lines: Sequence[SpiderLine]) -> None:
    """Print the changes above CUT at their places; of those too near to each other the least and the greatest."""
    cut = sorted((month, value) for line in lines for month, value, _ in line.points if value > CUT)
    near = 0.1 * axes.get_xlim()[1]
    while cut:
        own = [(month, value) for month, value in cut if month <= cut[0][0] + near]
        cut = cut[len(own) :]
        values = sorted(value for _, value in own)
        shown = " to ".join(f"+{rounded(value, 0)}" for value in dict.fromkeys((values[0], values[-1])))
        month = (own[0][0] + own[-1][0]) / 2
        axes.text(month, CUT + 2, shown, ha="center", va="bottom", fontsize=6.5)


def _draw_axes(axes: Axes, lines: Sequence[SpiderLine]) -> None:
    ticks = time_ticks(max([1.0, *(month for line in lines for month, _, _ in line.points)]))
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_xlim(0, ticks[-1])
    most = max([0.0, *(value for line in lines for _, value, _ in line.points)])
    axes.set_ylim(-105, max(40.0, min(most, CUT) + 12))
    axes.set_yticks([t for t in range(-100, 101, 20) if t <= axes.get_ylim()[1]])
    axes.set_xlabel("Months since enrolment")
    axes.set_ylabel("Change of the sum of diameters from baseline (%)")
    axes.axhline(0, color="black", linewidth=0.6, zorder=0)
    for level in LINES:
        axes.axhline(level, color=GREY, linewidth=0.9, linestyle="--", zorder=0)


def _draw_legend(axes: Axes, lines: Sequence[SpiderLine], response: str) -> None:
    entries = []
    for name in present(line.response for line in lines):
        style = LOOKS[name]
        entries.append((Line2D([], [], color=style.line, linestyle=style.dashes, marker="o", markersize=2.4), name))
    if any(new for line in lines for _, _, new in line.points):
        entries.append((Line2D([], [], linestyle="none", markeredgecolor="black", **_NEW), "New lesion"))
    handles, labels = [handle for handle, _ in entries], [label for _, label in entries]
    axes.legend(handles, labels, title=response, loc="lower left", bbox_to_anchor=(0, 1.01), ncols=max(len(labels), 1),
                alignment="left", handlelength=2.6, columnspacing=1.2, borderaxespad=0)  # fmt: skip


def spider_alt(lines: Sequence[SpiderLine]) -> str:
    """The figure in words: patients, the ends of their lines and new lesions."""
    if not lines:
        return "Spider plot without any line: no patient had a sum of diameters after baseline."
    last = [line.points[-1][1] for line in lines]
    new = sum(any(seen for _, _, seen in line.points) for line in lines)
    return (
        f"Spider plot of the change of the sum of diameters over time in {len(lines)} patients. At the last sum shown "
        f"{sum(value < 0 for value in last)} were below baseline, {sum(value <= LINES[1] for value in last)} of them "
        f"by 30% or more, and {sum(value > 0 for value in last)} above it; the last changes ran from "
        f"{rounded(min(last), 1)}% to {rounded(max(last), 1)}%. A new lesion is marked in {new} patients."
    )


def spider_data(lines: Sequence[SpiderLine]) -> list[dict[str, Any]]:
    """The lines as JSON values: months, changes in per cent and new lesions."""
    return [
        {
            "patient": line.patient,
            "response": line.response,
            "points": [{"month": stored(m), "change": stored(v), "new_lesion": new} for m, v, new in line.points],
        }
        for line in lines
    ]
