"""The profile of one patient on one time axis: dosing, tumour assessments, adverse events, and a few measurements."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis.tlf import fonts
from analysis.tlf.model import clean
from analysis.tlf.response_style import LOOKS
from analysis.tlf.style import COLOURS, GREY, GREYS, WIDTH, Colour, look, new_figure
from analysis.tlf.text_size import text_width, wrapped

_LEFT, _RIGHT, _TOP, _BOTTOM, _GAP = 2.35, 0.15, 0.3, 0.45, 0.08  # inches
_ROW, _EVENT, _MEASURE = 0.22, 0.155, 0.85  # inches: a row of dosing or scans, one of events, a panel of measurements
_POINTS, _SMALL = 7.5, 6.0
EARLIEST = -60  # study day at which the axis begins where something is older

GRADES: dict[int | None, str] = {1: "#fee391", 2: "#fe9929", 3: "#d7301f", 4: "#7f0000", 5: "black", None: "white"}
"""Grade -> colour of the bar; the grade is printed before it, too."""

PALETTE: list[Colour] = [*GREYS, *GRADES.values(), *COLOURS[:2], *(COLOURS[place] for place in (3, 8, 9))]
"""The colours of a page, at most 16: greys, those of the grades, of lines, and of the responses (LOOKS)."""

SHADES = ("0.25", "0.5", "0.72", "0.88")
"""The daily doses of a drug from the highest down."""


@dataclass(frozen=True)
class Dose:
    """Days from `start` to `end`, both with a dose of `mg` (None: not known)."""

    start: int
    end: int
    mg: float | None


@dataclass(frozen=True)
class Bar:
    """One adverse event; an `ongoing` one goes on after `end`, the last day that is known of the patient."""

    start: int
    end: int
    grade: int | None
    serious: bool
    ongoing: bool


@dataclass(frozen=True)
class Measure:
    """One panel: its lines (name, days, values) and the upper limit of normal, if it has one."""

    label: str
    lines: tuple[tuple[str, tuple[int, ...], tuple[float, ...]], ...]
    limit: float | None = None


@dataclass(frozen=True)
class Profile:
    """One patient in study days; `died` is the day of death."""

    doses: tuple[tuple[str, tuple[Dose, ...]], ...]
    scans: tuple[tuple[int, str], ...]
    events: tuple[tuple[str, tuple[Bar, ...]], ...]
    measures: tuple[Measure, ...]
    died: int | None = None


def profile_figure(profile: Profile) -> Figure:
    """Draw the panels of a patient below each other."""
    with look():
        rows = len(profile.events) or 1
        heights = [_ROW * (len(profile.doses) + 1), _EVENT * rows, *[_MEASURE] * len(profile.measures)]
        height = _TOP + sum(heights) + _GAP * (len(heights) - 1) + _BOTTOM
        figure = new_figure(height)
        first, last = span_of(profile)
        top = height - _TOP
        for place, own in enumerate(heights):
            width = WIDTH - _LEFT - _RIGHT
            axes = figure.add_axes((_LEFT / WIDTH, (top - own) / height, width / WIDTH, own / height))
            top -= own + _GAP
            if place == 0:
                _draw_treatment(axes, profile, (last - first + 1) / width)
            elif place == 1:
                _draw_events(axes, profile.events, first)
            else:
                _draw_measure(axes, profile.measures[place - 2])
            margin = 0.015 * (last - first + 1)
            axes.set_xlim(first - margin, last + margin)
            axes.axvline(1, color=GREY, linewidth=0.6, zorder=0)
            if profile.died is not None:
                axes.axvline(profile.died, color="black", linewidth=0.9, linestyle="--", zorder=0)
            if place < len(heights) - 1:
                axes.tick_params(axis="x", labelbottom=False, length=2)
            else:
                axes.set_xlabel("Study day", fontsize=_POINTS)
            axes.tick_params(labelsize=_POINTS)
        _draw_legend(figure, profile)
    return figure


def span_of(profile: Profile) -> tuple[int, int]:
    """The first study day of anything drawn, but not before EARLIEST, and the last; day 1 at least."""
    days = [1] + ([profile.died] if profile.died is not None else [])
    days += [day for _, doses in profile.doses for dose in doses for day in (dose.start, dose.end)]
    days += [day for day, _ in profile.scans]
    days += [day for _, bars in profile.events for bar in bars for day in (bar.start, bar.end)]
    days += [day for measure in profile.measures for _, own, _ in measure.lines for day in own]
    return max(min(days), EARLIEST), max(days)


def fitted(text: str, room: float) -> str:
    """A text on one line, cut where it is wider than `room` inches."""
    line = fonts.printable(clean(text)).replace("\n", " ")
    if text_width(line, _POINTS) <= room:
        return line
    while line and text_width(f"{line}...", _POINTS) > room:
        line = line[:-1]
    return f"{line}..."


def _draw_treatment(axes: Axes, profile: Profile, days_per_inch: float) -> None:
    """Draw doses and responses; a dose is printed where it changes, after the one printed before it."""
    names = [fitted(name, _LEFT - 0.2) for name, _ in profile.doses]
    for row, (_, doses) in enumerate(profile.doses):
        amounts = sorted({dose.mg for dose in doses if dose.mg is not None}, reverse=True)
        said: float | None = None
        free = -math.inf  # the first day beyond the text printed last
        for dose in doses:
            shade = "white" if dose.mg is None else SHADES[min(amounts.index(dose.mg), len(SHADES) - 1)]
            axes.barh(row, dose.end - dose.start + 1, left=dose.start, height=0.5, color=shade, edgecolor="black",
                      linewidth=0.2)  # fmt: skip
            if dose.mg is not None and dose.mg != said:
                said = dose.mg
                text = f"{dose.mg:g} mg"
                at = max(float(dose.start), free)
                free = at + days_per_inch * (text_width(text, _SMALL) + 0.04)
                axes.text(at, row - 0.28, text, fontsize=_SMALL, va="bottom", ha="left")
    scans = len(profile.doses)
    for day, response in profile.scans:
        style = LOOKS.get(response)
        axes.plot(day, scans, marker="o", markersize=4.2, color=style.colour if style else "white",
                  markeredgecolor="black", markeredgewidth=0.4)  # fmt: skip
        axes.text(day, scans - 0.22, fitted(response, 0.6), fontsize=_SMALL, va="bottom", ha="center")
    axes.set_yticks(range(scans + 1), [*names, "Response"])
    axes.set_ylim(scans + 0.4, -0.75)
    axes.tick_params(axis="y", length=0)


def _draw_events(axes: Axes, events: Sequence[tuple[str, Sequence[Bar]]], first: int) -> None:
    names = []
    for row, (term, bars) in enumerate(events):
        names.append(fitted(term, _LEFT - 0.2))
        for bar in bars:
            axes.barh(row, bar.end - bar.start + 1, left=bar.start, height=0.62, color=GRADES[bar.grade],
                      edgecolor="black", linewidth=1.3 if bar.serious else 0.25, zorder=2)  # fmt: skip
            axes.annotate("?" if bar.grade is None else str(bar.grade), (max(bar.start, first), row), (-1.5, 0),
                          textcoords="offset points", fontsize=_SMALL, va="center", ha="right")  # fmt: skip
            if bar.ongoing:
                axes.plot(bar.end + 1, row, marker=">", markersize=3.5, color="black", clip_on=False, zorder=3)
    if not events:
        axes.text(0.5, 0.5, "No adverse events", transform=axes.transAxes, fontsize=_POINTS, ha="center", va="center")
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(max(len(events), 1) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)


def _draw_measure(axes: Axes, measure: Measure) -> None:
    for place, (name, days, values) in enumerate(measure.lines):
        axes.plot(days, values, color=COLOURS[place], marker="o", markersize=2.2, linewidth=0.9, label=clean(name))
    if measure.limit is not None:
        axes.axhline(measure.limit, color=GREY, linewidth=0.8, linestyle=":")
    label = "\n".join(wrapped(clean(measure.label), _LEFT - 0.7, _POINTS))
    axes.set_ylabel(label, fontsize=_POINTS, rotation=0, ha="right", va="center", labelpad=8)
    if len(measure.lines) > 1:
        corner = (-(_LEFT - 0.75) / (WIDTH - _LEFT - _RIGHT), 0.34)  # below the label, where no line can be
        axes.legend(loc="upper left", bbox_to_anchor=corner, ncols=2, fontsize=_SMALL, borderaxespad=0,
                    handlelength=1.2, columnspacing=1.0)  # fmt: skip


def _draw_legend(figure: Figure, profile: Profile) -> None:
    bars = [bar for _, own in profile.events for bar in own]
    entries: list[tuple[Any, str]] = [
        (Patch(facecolor=colour, edgecolor="black", linewidth=0.3), f"Grade {grade}" if grade else "No grade")
        for grade, colour in GRADES.items()
        if any(bar.grade == grade for bar in bars)
    ]
    if any(bar.serious for bar in bars):
        entries.append((Patch(facecolor="white", edgecolor="black", linewidth=1.3), "Serious"))
    if any(bar.ongoing for bar in bars):
        entries.append((Line2D([], [], marker=">", markersize=3.5, color="black", linestyle="none"), "Ongoing"))
    if any(measure.limit is not None for measure in profile.measures):
        entries.append((Line2D([], [], color=GREY, linewidth=0.8, linestyle=":"), "Upper limit of normal"))
    if profile.died is not None:
        entries.append((Line2D([], [], color="black", linewidth=0.9, linestyle="--"), "Death"))
    if entries:
        figure.legend([handle for handle, _ in entries], [label for _, label in entries], loc="upper left",
                      bbox_to_anchor=(0, 1), ncols=len(entries), fontsize=7, handlelength=1.2, handletextpad=0.4,
                      columnspacing=0.9, borderaxespad=0.15)  # fmt: skip
