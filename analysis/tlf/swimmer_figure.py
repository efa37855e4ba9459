"""Swimmer plot: each patient's time on treatment as a bar, time in the study as a line, and what happened when."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis.results import rounded, stored
from analysis.tlf.km_figure import time_ticks
from analysis.tlf.response_style import LOOKS, patches, shown_name, width_of
from analysis.tlf.style import GREY, WIDTH, look, new_figure

_ROW, _MOST = 0.162, 6.6  # inches: the height of a row, and of all rows, which are narrower where there are many
_TOP, _BOTTOM, _RIGHT = 0.62, 0.45, 0.12  # inches: the legend's height, the axis, and the margin
_FULL_SIZE = 4.5  # points of a row from which marks have their full size
_SMALLEST, _LARGEST = 4.5, 7.5  # points of the patients' numbers; smaller ones are left out

_EDGE: dict[str, Any] = {"linestyle": "none", "markeredgecolor": "black", "markeredgewidth": 0.7}
MARKS: dict[str, dict[str, Any]] = {
    "First response": {"marker": "^", "markerfacecolor": "white", "markersize": 5.0},
    "Response confirmed": {"marker": "^", "markerfacecolor": "black", "markersize": 5.0},
    "Progression": {"marker": "X", "markerfacecolor": "black", "markersize": 6.0, "markeredgecolor": "white"},
    "New anticancer therapy": {"marker": "D", "markerfacecolor": "white", "markersize": 4.0},
    "Death": {"marker": "s", "markerfacecolor": "black", "markersize": 4.2},
}
"""Event -> marker, in the order in which they are drawn."""


@dataclass(frozen=True)
class Swimmer:
    """One patient, times in months from enrolment: dosing from `first_dose` to `last_dose` (None: never dosed).

    `followed` is the last date in the study, `events` the time of each event of MARKS that happened.
    """

    patient: str
    response: str
    first_dose: float | None
    last_dose: float | None
    ongoing: bool
    followed: float
    events: dict[str, float]


def swimmer_figure(swimmers: Sequence[Swimmer], *, response: str) -> Figure:
    """Draw one row per patient in the order of `ordered`; `response` is the title of the legend of bars."""
    with look():
        rows = ordered(swimmers)
        body = min(_MOST, _ROW * max(len(rows), 4))
        height = _TOP + body + _BOTTOM
        figure = new_figure(height)
        names = [shown_name(row.patient) for row in rows]
        points = min(_LARGEST, 0.9 * 72 * body / max(len(rows), 1))
        left = 0.12 + (max((width_of(n, points) for n in names), default=0) if points >= _SMALLEST else 0)
        axes = figure.add_axes((left / WIDTH, _BOTTOM / height, 1 - (left + _RIGHT) / WIDTH, body / height))
        scale = min(1.0, 72 * body / max(len(rows), 1) / _FULL_SIZE)
        for place, row in enumerate(rows):
            _draw_row(axes, place, row, scale)
        _draw_axes(axes, rows, names if points >= _SMALLEST else [], points)
        _draw_legend(figure, rows, response)
    return figure


def ordered(swimmers: Sequence[Swimmer]) -> list[Swimmer]:
    """The longest on treatment first, those never dosed last; of one length by patient."""
    return sorted(swimmers, key=lambda s: (s.last_dose is None, -(s.last_dose or 0.0), s.patient))


def _draw_row(axes: Axes, place: int, row: Swimmer, scale: float) -> None:
    """Draw a row; where rows are narrow, `scale` makes marks and lines smaller and bars lose their pattern."""
    axes.plot([0, row.followed], [place, place], color=GREY, linewidth=0.9 * scale, solid_capstyle="butt", zorder=1)
    style = LOOKS[row.response]
    if row.first_dose is not None and row.last_dose is not None:
        axes.barh(place, row.last_dose - row.first_dose, left=row.first_dose, height=0.72, color=style.colour,
                  hatch=style.hatch if scale == 1 else None, edgecolor="black", linewidth=0.3 * scale,
                  zorder=2)  # fmt: skip
    if row.ongoing and row.last_dose is not None:
        axes.plot(row.last_dose, place, marker=">", markersize=6 * scale, color="black", zorder=3, clip_on=False)
    for event, mark in MARKS.items():
        if event in row.events:
            size = {"markersize": scale * mark["markersize"], "markeredgewidth": scale * _EDGE["markeredgewidth"]}
            axes.plot(row.events[event], place, zorder=4, clip_on=False, **(_EDGE | mark | size))


def _draw_axes(axes: Axes, rows: Sequence[Swimmer], names: Sequence[str], points: float) -> None:
    axes.set_ylim(max(len(rows), 4) - 0.4, -0.6)
    axes.set_yticks(range(len(names)), names, fontsize=points)
    axes.tick_params(axis="y", length=0, pad=2)
    axes.spines["left"].set_visible(False)
    last = max([1.0, *(t for row in rows for t in (row.followed, row.last_dose or 0.0, *row.events.values()))])
    ticks = time_ticks(last)
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_xlim(0, max(ticks[-1], last))
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set_xlabel("Months since enrolment")


def _draw_legend(figure: Figure, rows: Sequence[Swimmer], response: str) -> None:
    """Two lines above the rows: the bars' responses with the line of the study, and the events that occur."""
    bars: list[tuple[Any, str]] = [(Patch(alpha=0), f"{response}:"), *patches(row.response for row in rows)]
    bars.append((Line2D([], [], color=GREY, linewidth=0.9), "In the study, off treatment"))
    if any(row.ongoing for row in rows):
        arrow = Line2D([], [], marker=">", markersize=6, color="black", linestyle="none")
        bars.append((arrow, "Treatment ongoing"))
    marks: list[tuple[Any, str]] = []
    for event, mark in MARKS.items():
        if any(event in row.events for row in rows):
            marks.append((Line2D([], [], **(_EDGE | mark)), event))
    for entries, top in ((bars, 0.04), (marks, 0.28)):
        if entries:
            figure.legend([handle for handle, _ in entries], [label for _, label in entries], loc="upper left",
                          bbox_to_anchor=(0.0, 1 - top / figure.get_size_inches()[1]), ncols=len(entries), fontsize=7.5,
                          handlelength=1.3, handletextpad=0.4, columnspacing=1.0, borderaxespad=0)  # fmt: skip


def swimmer_alt(swimmers: Sequence[Swimmer]) -> str:
    """The figure in words: how many were treated and for how long, and how many had each event."""
    treated = [s.last_dose - s.first_dose for s in swimmers if s.last_dose is not None and s.first_dose is not None]
    events = [f"{event.lower()} in {sum(event in s.events for s in swimmers)}" for event in MARKS]
    longest = f", the longest for {rounded(max(treated), 1)} months" if treated else ""
    return (
        f"Swimmer plot of {len(swimmers)} patients, one row each, sorted by time on treatment. {len(treated)} "
        f"were treated{longest}; treatment was ongoing in {sum(s.ongoing for s in swimmers)}. "
        f"Marked are {', '.join(events)}."
    )


def swimmer_data(swimmers: Sequence[Swimmer]) -> list[dict[str, Any]]:
    """The rows as JSON values, in the order drawn; times in months."""
    found = []
    for row in ordered(swimmers):
        times = {n: None if (t := getattr(row, n)) is None else stored(t) for n in ("first_dose", "last_dose")}
        events = {event: stored(time) for event, time in row.events.items()}
        found.append(asdict(row) | times | {"followed": stored(row.followed), "events": events})
    return found
