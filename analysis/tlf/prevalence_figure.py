"""Small multiples of the prevalence of adverse events over time, with the numbers observed under the axes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from analysis.tlf.model import clean
from analysis.tlf.style import COLOURS, WIDTH, look, new_figure
from analysis.tlf.text_size import wrapped

_COLUMNS = 2
_PANEL, _TOP, _BOTTOM, _BETWEEN = 1.45, 0.5, 0.75, 0.36  # inches
_LEFT, _GAP, _RIGHT = 0.72, 0.25, 0.15
_POINTS = 8.0
_STEPS = (4, 8, 12, 24, 48, 96)


@dataclass(frozen=True)
class Prevalence:
    """Patients who had an event in each week, of any grade and of grade 3 or higher."""

    term: str
    any_grade: list[int]
    grade_3: list[int]


def prevalence_figure(observed: Sequence[int], terms: Sequence[Prevalence]) -> Figure:
    """Draw a panel per term; shares are of the patients `observed` in each week."""
    with look():
        lines = -(-len(terms) // _COLUMNS)
        height = _TOP + lines * _PANEL + (lines - 1) * _BETWEEN + _BOTTOM
        width = (WIDTH - _LEFT - _GAP - _RIGHT) / _COLUMNS
        figure = new_figure(height)
        ticks = week_ticks(len(observed))
        of = np.asarray(observed, dtype=float)
        top = max(float((np.asarray(t.any_grade) / of).max()) for t in terms)
        for place, term in enumerate(terms):
            line, column = divmod(place, _COLUMNS)
            bottom = height - _TOP - _PANEL - line * (_PANEL + _BETWEEN)
            left = _LEFT + column * (width + _GAP)
            axes = figure.add_axes((left / WIDTH, bottom / height, width / WIDTH, _PANEL / height))
            _draw(axes, term, of)
            axes.set_ylim(0, min(100.0, 100 * top * 1.08))
            axes.set_xlim(0, len(observed))
            last = place + _COLUMNS >= len(terms)
            axes.set_xticks(ticks, [str(tick) for tick in ticks] if last else [""] * len(ticks))
            axes.set_title(wrapped(clean(term.term), width, _POINTS)[0], loc="left", fontsize=_POINTS, weight="bold")
            if column == 0:
                axes.set_ylabel("Patients (%)")
            else:
                axes.tick_params(axis="y", labelleft=False)
            if last:
                axes.set_xlabel("Weeks since the first dose", labelpad=14)
                for tick in ticks:
                    number = str(observed[tick]) if tick < len(observed) else ""
                    axes.annotate(number, (tick, 0), (0, -18), xycoords=("data", "axes fraction"),
                                  textcoords="offset points", ha="center", va="top", fontsize=7.5)  # fmt: skip
                if column == 0:
                    axes.annotate("Observed", (0, 0), (-12, -18), xycoords="axes fraction", textcoords="offset points",
                                  ha="right", va="top", fontsize=7.5, annotation_clip=False)  # fmt: skip
        figure.legend([Patch(color=COLOURS[9]), Patch(color=COLOURS[3])], ["Any grade", "Grade 3 or higher"],
                      loc="upper left", bbox_to_anchor=(0, 1 - 0.03 / height), ncols=2, borderaxespad=0.2)  # fmt: skip
    return figure


def _draw(axes: Axes, term: Prevalence, observed: np.ndarray) -> None:
    edges = np.arange(len(observed) + 1)
    for numbers, colour in ((term.any_grade, COLOURS[9]), (term.grade_3, COLOURS[3])):
        axes.stairs(100 * np.asarray(numbers) / observed, edges, fill=True, color=colour, linewidth=0)


def week_ticks(weeks: int) -> list[int]:
    """Every so many weeks, at most nine."""
    step = next((step for step in _STEPS if weeks / step <= 8), _STEPS[-1])
    return list(range(0, weeks, step))
