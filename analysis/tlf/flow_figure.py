"""Flow of patients in the manner of CONSORT: boxes from the top, exclusions beside, branches, and the analysed below.

No text is cut: lines are wrapped, and where the figure would be higher than a page, the last reasons of the longest
box give way to a line that says how many there are and where they stand.
"""

from dataclasses import dataclass, replace
from typing import Any

from matplotlib.figure import Figure
from matplotlib.patches import FancyArrow, Rectangle

from analysis.tlf.style import GREY, WIDTH, look, new_figure
from analysis.tlf.text_size import wrapped

_POINTS = 8.0
# Inches:
_LINE, _PAD = 0.14, 0.07  # height of a line, and the space inside a box
_BASELINE = 0.11  # below the top of a line
_INDENT = 0.1  # of a reason, and of a line after its first
_ARROW = 0.24  # height of an arrow between two boxes
_BETWEEN = 0.2  # boxes side by side
_STEM = 1.5  # width of the boxes from the top
_EDGE = 0.02  # around the figure
HIGHEST = 7.8  # what a page leaves below a title and above footnotes


@dataclass(frozen=True)
class Box:
    """A bold title, lines, and reasons below them; `more` reasons did not fit and stand `elsewhere`."""

    title: str
    lines: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    elsewhere: str = ""
    more: int = 0


@dataclass(frozen=True)
class Flow:
    """Boxes from the top, each with the box of those who leave below it; branches side by side; the last box."""

    stem: tuple[tuple[Box, Box | None], ...]
    branches: tuple[Box, ...]
    end: Box


Line = tuple[str, float, bool]  # text, indent in inches, bold


def flow_figure(flow: Flow) -> Figure:
    """Draw a flow as high as its boxes need, at most HIGHEST inches where fewer reasons allow it."""
    with look():
        flow = fitted(flow)
        height = flow_height(flow)
        figure = new_figure(height)
        pen = _Pen(figure, height)
        middle, top = _EDGE + _STEM / 2, _EDGE
        last = len(flow.stem) - 1
        for place, (box, beside) in enumerate(flow.stem):
            bottom = pen.box(box, _EDGE, top, _STEM)
            gap = _ARROW if beside is None else _beside_height(beside)
            if beside is not None:
                left = _EDGE + _STEM + _BETWEEN
                pen.box(beside, left, bottom + _ARROW / 2, WIDTH - _EDGE - left)
                pen.arrow((middle, bottom + gap / 2), (left, bottom + gap / 2))
            if place < last:
                pen.arrow((middle, bottom), (middle, bottom + gap))
            elif beside is not None:
                pen.line((middle, bottom), (middle, bottom + gap - _ARROW / 2))
            top = bottom + gap
        lefts, width = _branch_places(len(flow.branches))
        fork = top - _ARROW / 2
        pen.line((middle, fork - _ARROW / 2), (middle, fork))
        centres = [left + width / 2 for left in lefts]
        pen.line((min(middle, *centres), fork), (max(middle, *centres), fork))
        top = fork + _ARROW
        depth = max(_box_height(box, width) for box in flow.branches)
        for box, left, centre in zip(flow.branches, lefts, centres, strict=True):
            pen.arrow((centre, fork), (centre, top))
            pen.box(box, left, top, width, height=depth)
            pen.arrow((centre, top + depth), (centre, top + depth + _ARROW))
        pen.box(flow.end, _EDGE, top + depth + _ARROW, WIDTH - 2 * _EDGE)
    return figure


class _Pen:
    """Draws in inches from the top left corner of a figure."""

    def __init__(self, figure: Figure, height: float) -> None:
        self.figure = figure
        self.axes = figure.add_axes((0, 0, 1, 1))
        self.axes.set_axis_off()
        self.axes.set_xlim(0, WIDTH)
        self.axes.set_ylim(height, 0)

    def box(self, box: Box, left: float, top: float, width: float, *, height: float | None = None) -> float:
        """Draw a box, as high as its text unless `height` is given; return its bottom."""
        size = height or _box_height(box, width)
        self.axes.add_patch(Rectangle((left, top), width, size, facecolor="white", edgecolor=GREY, linewidth=0.8))
        for place, (text, indent, bold) in enumerate(box_lines(box, width)):
            y = top + _PAD + place * _LINE + _BASELINE
            weight = "bold" if bold else "normal"
            self.axes.text(left + _PAD + indent, y, text, fontsize=_POINTS, weight=weight, va="baseline")
        return top + size

    def line(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self.axes.plot(*zip(start, end, strict=True), color=GREY, linewidth=0.8, solid_capstyle="projecting")

    def arrow(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        (x, y), (to_x, to_y) = start, end
        self.axes.add_patch(
            FancyArrow(
                *(x, y, to_x - x, to_y - y),
                width=0.009,
                head_width=0.07,
                head_length=0.08,
                length_includes_head=True,
                color=GREY,
                linewidth=0,
            )
        )


def box_lines(box: Box, width: float) -> list[Line]:
    """The lines of a box of some inches, wrapped."""
    texts: list[Line] = [(box.title, 0.0, True), *((text, 0.0, False) for text in box.lines)]
    texts += [(text, _INDENT, False) for text in box.reasons]
    if box.more:
        other = "other " if box.reasons else ""
        texts.append((f"{box.more} {other}reason{'s' if box.more > 1 else ''}: see {box.elsewhere}", _INDENT, False))
    return [
        (line, indent + (_INDENT if place else 0.0), bold)
        for text, indent, bold in texts
        for place, line in enumerate(wrapped(text, width - 2 * _PAD - indent - _INDENT, _POINTS, bold=bold))
    ]


def _box_height(box: Box, width: float) -> float:
    return len(box_lines(box, width)) * _LINE + 2 * _PAD


def _beside_height(box: Box) -> float:
    """Height of the gap that a box beside the stem stands in."""
    return _box_height(box, WIDTH - 2 * _EDGE - _STEM - _BETWEEN) + _ARROW


def _branch_places(number: int) -> tuple[list[float], float]:
    """The left edges of boxes side by side, and their width."""
    width = (WIDTH - 2 * _EDGE - _BETWEEN * (number - 1)) / number
    return [_EDGE + place * (width + _BETWEEN) for place in range(number)], width


def flow_height(flow: Flow) -> float:
    """Height of the whole figure in inches."""
    total = 2 * _EDGE + 2 * _ARROW
    for box, beside in flow.stem:
        total += _box_height(box, _STEM)
        total += _ARROW if beside is None else _beside_height(beside)
    _, width = _branch_places(len(flow.branches))
    total += max(_box_height(box, width) for box in flow.branches) - _ARROW / 2
    return total + _box_height(flow.end, WIDTH - 2 * _EDGE)


def fitted(flow: Flow) -> Flow:
    """The flow with as many reasons as a page holds: the box with most lines gives up its last one, again and again."""
    while flow_height(flow) > HIGHEST:
        longest = max(flow_boxes(flow), key=lambda box: len(box_lines(box, WIDTH / 2)) if box.reasons else 0)
        if not longest.reasons:
            return flow
        shorter = replace(longest, reasons=longest.reasons[:-1], more=longest.more + 1)
        flow = Flow(
            stem=tuple((box, shorter if beside is longest else beside) for box, beside in flow.stem),
            branches=tuple(shorter if box is longest else box for box in flow.branches),
            end=shorter if flow.end is longest else flow.end,
        )
    return flow


def flow_boxes(flow: Flow) -> list[Box]:
    """Every box, from the top."""
    stem = [box for pair in flow.stem for box in pair if box is not None]
    return [*stem, *flow.branches, flow.end]


def flow_alt(flow: Flow) -> str:
    """The figure in words, from the top, every reason included."""
    parts = ["; ".join((box.title, *box.lines, *box.reasons)) for box in flow_boxes(flow)]
    return f"Flow diagram of patients. {'. '.join(parts)}."


def flow_data(flow: Flow) -> list[dict[str, Any]]:
    """The texts of the boxes as JSON values, from the top."""
    return [{"title": box.title, "lines": list(box.lines), "reasons": list(box.reasons)} for box in flow_boxes(flow)]
