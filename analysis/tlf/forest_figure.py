"""Forest plot: one row per estimate with its interval, between columns of text that say the same in figures."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.textpath import TextPath
from matplotlib.ticker import MaxNLocator, NullLocator

from analysis.results import stored
from analysis.stats.estimate import Estimate
from analysis.tlf import fonts
from analysis.tlf.style import COLOURS, GREY, WIDTH, look, new_figure

_POINTS = 8.5  # size of the text
# Inches:
_LINE, _GAP = 0.15, 0.07  # height of a line of text, and the space between rows
_TOP, _BOTTOM = 0.06, 0.5  # above the header, and for the axis with its label
_LABEL_MOST = 2.3  # longer labels are wrapped
_BETWEEN = 0.16  # columns
_INDENT = 0.13
_BASELINE = 0.12  # below the top of a line

_CUT = 20.0  # on a logarithmic axis nothing is shown beyond this factor, nor below one over it
_LOG_TICKS = (1 / _CUT, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, _CUT)


Side = Literal["left", "right"]


@dataclass(frozen=True)
class ForestRow:
    """One row; without an estimate it is the bold header of a group.

    `counts` and `value` are printed as they are, left and right of the plot. In `estimate` a limit that is nan is
    open and one beyond the axis is cut, both drawn as an arrow; a value that is nan leaves the interval without its
    mark; with all three nan nothing is drawn.
    """

    label: str
    counts: str = ""
    value: str = ""
    estimate: Estimate | None = None
    indent: int = 0


def forest_figure(
    rows: Sequence[ForestRow],
    *,
    label_header: str,
    counts_header: str,
    value_header: str,
    axis_label: str,
    reference: float | None = None,
    log: bool = False,
) -> Figure:
    """Draw a forest plot, as high as its rows need; headers may have several lines.

    `reference` is a vertical line (no effect, a null value); `log` makes the axis logarithmic. Raises ValueError
    without any row, or where a logarithmic axis would have to show a number that is not positive.
    """
    if not rows:
        raise ValueError("a forest plot needs at least one row")
    with look():
        headers = [fonts.printable(text).split("\n") for text in (label_header, counts_header, value_header)]
        own = [_wrapped(row, _LABEL_MOST) for row in rows if row.estimate is not None]
        label_width = max([_width(headers[0], bold=True), *map(_width, own)])
        label_width += _INDENT * max(row.indent for row in rows)
        counts_width = max(_width(headers[1], bold=True), _width([fonts.printable(r.counts) for r in rows]))
        value_width = max(_width(headers[2], bold=True), _width([fonts.printable(r.value) for r in rows]))
        counts_right = label_width + _BETWEEN + counts_width
        left, right = counts_right + _BETWEEN, WIDTH - value_width - _BETWEEN

        labels = [_wrapped(row, counts_right if row.estimate is None else _LABEL_MOST) for row in rows]
        heights = [_LINE * len(lines) + _GAP for lines in labels]
        head = _LINE * max(map(len, headers)) + _GAP
        body = sum(heights)
        height = _TOP + head + body + _BOTTOM
        figure = new_figure(height)
        axes = figure.add_axes((left / WIDTH, _BOTTOM / height, (right - left) / WIDTH, body / height))
        axes.set_ylim(body, 0)
        _draw_axis(axes, rows, log=log)
        axes.set_xlabel(fonts.printable(axis_label))
        if reference is not None:
            axes.axvline(reference, color=GREY, linewidth=0.9, linestyle="--", zorder=1)

        def write(lines: Sequence[str], x: float, top: float, side: Side, *, bold: bool = False) -> None:
            for place, line in enumerate(lines):
                y = 1 - (top + _LINE * place + _BASELINE) / height
                weight = "bold" if bold else "normal"
                figure.text(x / WIDTH, y, line, ha=side, va="baseline", fontsize=_POINTS, weight=weight)

        sides: tuple[Side, ...] = ("left", "right", "right")
        for lines, x, side in zip(headers, (0.0, counts_right, WIDTH), sides, strict=True):
            write(lines, x, _TOP, side, bold=True)
        line = 1 - (_TOP + head - _GAP / 2) / height
        figure.add_artist(Line2D([0, 1], [line, line], color="black", linewidth=0.8))
        top = 0.0
        for row, lines, size in zip(rows, labels, heights, strict=True):
            start = _TOP + head + top
            write(lines, _INDENT * row.indent, start, "left", bold=row.estimate is None)
            write([fonts.printable(row.counts)], counts_right, start, "right")
            write([fonts.printable(row.value)], WIDTH, start, "right")
            if row.estimate is not None:
                _draw_estimate(axes, row.estimate, top + _LINE / 2)
            top += size
    return figure


def _width(lines: Sequence[str], *, bold: bool = False) -> float:
    """Width of the longest of some lines in inches."""
    font = FontProperties(family=fonts.SANS, weight="bold" if bold else "normal")
    extents = [TextPath((0, 0), line, size=_POINTS, prop=font).get_extents() for line in lines if line.strip()]
    return max((float(extent.x1) / 72 for extent in extents), default=0.0)


def _wrapped(row: ForestRow, room: float) -> list[str]:
    """The lines of a row's label within some inches; a word wider than that has a line of its own."""
    lines: list[str] = []
    for word in fonts.printable(row.label).split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and _width([longer], bold=row.estimate is None) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines or [""]


def _numbers(rows: Sequence[ForestRow]) -> list[float]:
    """Every finite value and limit."""
    estimates = [row.estimate for row in rows if row.estimate is not None]
    values = [v for e in estimates for v in (e.value, e.ci_lower, e.ci_upper)]
    return [v for v in values if math.isfinite(v)]


def _draw_axis(axes: Axes, rows: Sequence[ForestRow], *, log: bool) -> None:
    numbers = _numbers(rows)
    if log:
        if any(v < 0 for v in numbers):
            raise ValueError("a logarithmic axis shows positive numbers only")
        shown = [min(max(v, 1 / _CUT), _CUT) for v in [*numbers, 0.5, 2.0]]
        low = max(tick for tick in _LOG_TICKS if tick <= min(shown))
        high = min(tick for tick in _LOG_TICKS if tick >= max(shown))
        ticks = [tick for tick in _LOG_TICKS if low <= tick <= high]
        axes.set_xscale("log")
        axes.xaxis.set_minor_locator(NullLocator())
    else:
        ends = [*numbers, 0.0] if numbers else [0.0, 1.0]
        ticks = [float(t) for t in MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]).tick_values(min(ends), max(ends))]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_xlim(ticks[0], ticks[-1])
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)


def _draw_estimate(axes: Axes, estimate: Estimate, y: float) -> None:
    """One interval and its mark at height y, in inches from the top of the rows."""
    value, lower, upper = estimate.value, estimate.ci_lower, estimate.ci_upper
    if not any(math.isfinite(v) for v in (value, lower, upper)):
        return
    low, high = axes.get_xlim()
    ends = [lower if math.isfinite(lower) else low, upper if math.isfinite(upper) else high]
    start, stop = (min(max(end, low), high) for end in ends)
    colour = COLOURS[0]
    axes.plot([start, stop], [y, y], color=colour, linewidth=1.3, solid_capstyle="butt")
    for at, limit in ((start, lower), (stop, upper)):
        if at == limit:
            axes.plot(at, y, marker="|", markersize=5, markeredgewidth=1.3, color=colour, clip_on=False)
        else:
            arrow = "<" if at == low else ">"
            axes.plot(at, y, marker=arrow, markersize=4.5, markeredgewidth=0, color=colour, clip_on=False)
    if low <= value <= high:
        axes.plot(value, y, marker="s", markersize=4.5, color=colour, clip_on=False)


def forest_alt(rows: Sequence[ForestRow], *, what: str, counts: str, reference: float | None = None) -> str:
    """The figure in words: `what` is estimated ("median survival, months"), `counts` what the counts are.

    The least and the greatest estimate first, then every row; the reference line as the number is printed. An estimate
    that is an interval without a point (both ends, no value) is placed by its middle.
    """
    parts, group = [], ""
    named: list[tuple[float, str]] = []
    for row in rows:
        if row.estimate is None:
            group = f"{row.label}, "
            continue
        label = f"{group if row.indent else ''}{row.label}"
        parts.append(f"{label}: {row.value} ({counts} {row.counts})")
        e = row.estimate
        place = (e.ci_lower + e.ci_upper) / 2 if math.isnan(e.value) else e.value
        if math.isfinite(place):
            named.append((place, f"{label}, {row.value}"))
    span = f" Lowest: {min(named)[1]}. Highest: {max(named)[1]}." if len(named) > 1 else ""
    line = "" if reference is None else f" A vertical line marks {reference:g}."
    return f"Forest plot with confidence intervals of {what}.{span}{line} All: {'; '.join(parts)}."


def forest_data(rows: Sequence[ForestRow]) -> list[dict[str, Any]]:
    """The numbers behind the figure as JSON values; null where not estimable, and in the header of a group."""
    found = []
    for row in rows:
        numbers = None
        if (e := row.estimate) is not None:
            numbers = {"value": stored(e.value), "ci_lower": stored(e.ci_lower), "ci_upper": stored(e.ci_upper)}
        found.append({"label": row.label, "counts": row.counts, "value": row.value, "estimate": numbers})
    return found
