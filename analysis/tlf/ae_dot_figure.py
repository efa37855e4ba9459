"""Dot plot of adverse event terms: on the left by grade, on the right by the drug that they were related to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis.tlf.model import clean
from analysis.tlf.style import COLOURS, WIDTH, look, new_figure
from analysis.tlf.text_size import wrapped

_ROW, _MOST = 0.2, 7.0  # inches: the height of a row, and of all rows, which are narrower where there are many
_TOP, _BOTTOM, _LEFT, _GAP, _RIGHT = 0.32, 0.45, 2.1, 0.3, 0.12
_POINTS, _LABEL_POINTS = 8.0, 7.5
MARKS = (
    ("o", COLOURS[0], 4.6),
    ("D", COLOURS[3], 4.2),
    ("s", COLOURS[2], 5.4),
    ("^", COLOURS[1], 3.8),
    ("v", "0.2", 3.0),
)
"""Shape, colour and size in points; a later one shows on top of an earlier one."""


@dataclass(frozen=True)
class Dots:
    """One term and the percentages of patients, in the order of the labels."""

    label: str
    shares: tuple[float, ...]


def dot_figure(terms: Sequence[Dots], grades: Sequence[str], drugs: Sequence[str]) -> Figure:
    """Draw a row per term: the shares of `grades` on the left, those related to each of `drugs` on the right."""
    with look():
        body = min(_MOST, _ROW * max(len(terms), 4))
        height = _TOP + body + _BOTTOM
        figure = new_figure(height)
        width = (WIDTH - _LEFT - _GAP - _RIGHT) / 2
        largest = max(share for term in terms for share in term.shares)
        labels = [*grades, *drugs]
        panels = (("", range(len(grades))), ("Related to", range(len(grades), len(labels))))
        for panel, (title, places) in enumerate(panels):
            left = (_LEFT + panel * (width + _GAP)) / WIDTH
            axes = figure.add_axes((left, _BOTTOM / height, width / WIDTH, body / height))
            _draw(axes, terms, places)
            _legend(axes, title, [(place, labels[place]) for place in places])
            axes.set_ylim(len(terms) - 0.4, -0.6)
            axes.set_xlim(0, 1.04 * largest)
            axes.set_xlabel("Patients (%)")
            names = [_in_two_lines(term.label) if panel == 0 else "" for term in terms]
            axes.set_yticks(range(len(terms)), names, fontsize=_LABEL_POINTS, linespacing=0.9)
            axes.tick_params(axis="y", length=0)
    return figure


def _in_two_lines(label: str) -> str:
    lines = wrapped(clean(label), _LEFT - 0.15, _LABEL_POINTS)
    return "\n".join(lines[:2]) + ("..." if len(lines) > 2 else "")


def _draw(axes: Axes, terms: Sequence[Dots], places: Sequence[int]) -> None:
    """The dots of a panel; a share of nobody has none."""
    for row, term in enumerate(terms):
        axes.axhline(row, color="0.88", linewidth=0.6, zorder=0)
        own = [term.shares[place] for place in places]
        if own:
            axes.plot([min(own), max(own)], [row, row], color="0.6", linewidth=1.0, zorder=1)
    for place in places:
        shown = [(term.shares[place], row) for row, term in enumerate(terms) if term.shares[place] > 0]
        axes.plot([x for x, _ in shown], [y for _, y in shown], zorder=2 + place, **_mark(place))


def _mark(place: int) -> dict[str, Any]:
    marker, colour, size = MARKS[place % len(MARKS)]
    return {"marker": marker, "color": colour, "markersize": size, "linestyle": "none"}


def _legend(axes: Axes, title: str, shown: Sequence[tuple[int, str]]) -> None:
    entries: list[tuple[Any, str]] = [(Patch(alpha=0), title)] if title and shown else []
    entries += [(Line2D([], [], **_mark(place)), label) for place, label in shown]
    axes.legend([handle for handle, _ in entries], [label for _, label in entries], loc="lower left",
                bbox_to_anchor=(-0.02 if not title else -0.12, 1.0), ncols=len(entries) or 1, fontsize=_POINTS,
                handlelength=1.0, handletextpad=0.2, columnspacing=0.9, borderaxespad=0.1)  # fmt: skip
