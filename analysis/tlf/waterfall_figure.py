"""Waterfall plot: each patient's best change of the sum of diameters as a bar, from the worst to the best."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.results import rounded, stored
from analysis.tlf.response_style import LOOKS, patches, present, shown_name, width_of
from analysis.tlf.style import GREY, WIDTH, look, new_figure

CUT = 100.0  # per cent; a longer bar ends here and has its number printed
LINES = (20.0, -30.0)  # per cent: growth and shrinkage as RECIST counts them
_LEFT, _RIGHT, _TOP, _HEIGHT = 0.62, 0.05, 0.12, 4.4  # inches: margins and the height without the patients' numbers
_SMALLEST, _LARGEST = 4.5, 7.5  # points of the patients' numbers; smaller ones are left out
_CHANGE_POINTS = 6.5  # of a change that is printed above its bar


@dataclass(frozen=True)
class WaterfallBar:
    """One patient: the best change in per cent, the best overall response, and what is marked at the bar."""

    patient: str
    change: float
    response: str
    ongoing: bool = False
    new_therapy: bool = False


def waterfall_figure(bars: Sequence[WaterfallBar], *, response: str) -> Figure:
    """Draw the bars in the order of `ordered`; `response` is the title of the legend."""
    with look():
        sorted_bars = ordered(bars)
        names = [shown_name(bar.patient) for bar in sorted_bars]
        points = min(_LARGEST, 0.8 * 72 * (WIDTH - _LEFT - _RIGHT) / max(len(names), 12))
        below = 0.2 + (max((width_of(n, points) for n in names), default=0) if points >= _SMALLEST else 0)
        height = _HEIGHT + below
        figure = new_figure(height)
        axes = figure.add_axes(
            (_LEFT / WIDTH, below / height, 1 - (_LEFT + _RIGHT) / WIDTH, 1 - (below + _TOP) / height)
        )
        _draw_axes(axes, sorted_bars, names if points >= _SMALLEST else [], points)
        room = 72 * (WIDTH - _LEFT - _RIGHT) / max(len(names), 12)
        for place, bar in enumerate(sorted_bars):
            _draw_bar(axes, place, bar, room)
        cut = [bar.change for bar in sorted_bars if bar.change > CUT]
        if cut and room < _CHANGE_POINTS:
            shown = f"{len(cut)} cut, up to +{rounded(cut[0], 0)}"
            axes.text(-0.5, CUT + 1.5, shown, ha="left", va="bottom", fontsize=_CHANGE_POINTS)
        _draw_legend(axes, sorted_bars, response)
    return figure


def ordered(bars: Sequence[WaterfallBar]) -> list[WaterfallBar]:
    """From the greatest increase to the greatest decrease; equal changes by patient."""
    return sorted(bars, key=lambda bar: (-bar.change, bar.patient))


def _draw_axes(axes: Axes, bars: Sequence[WaterfallBar], names: Sequence[str], points: float) -> None:
    most = min(CUT, max((bar.change for bar in bars), default=0.0))
    axes.set_ylim(-105, max(45.0, most + 18))
    axes.set_xlim(-0.7, max(len(bars), 12) - 0.3)
    axes.set_yticks([t for t in range(-100, 101, 20) if t <= axes.get_ylim()[1]])
    axes.set_ylabel("Best change of the sum of diameters from baseline (%)")
    axes.spines["bottom"].set_visible(False)
    axes.set_xticks(range(len(names)), names, rotation=90, fontsize=points)
    axes.tick_params(axis="x", length=0, pad=1)
    axes.axhline(0, color="black", linewidth=0.8)
    for level in LINES:
        axes.axhline(level, color=GREY, linewidth=0.9, linestyle="--", zorder=0)


def _draw_bar(axes: Axes, place: int, bar: WaterfallBar, room: float) -> None:
    """Draw a bar that has `room` points across; where the printed changes would overlap there are none."""
    style = LOOKS[bar.response]
    end = max(-CUT, min(CUT, bar.change))
    axes.bar(place, end, width=0.8, color=style.colour, hatch=style.hatch, edgecolor="black", linewidth=0.4)
    away = 1 if end > 0 else -1
    at = end + 3.0 * away
    if bar.change > CUT and room >= _CHANGE_POINTS:
        axes.text(place, CUT + 1.5, f"+{rounded(bar.change, 0)}", ha="center", va="bottom",
                  fontsize=_CHANGE_POINTS, rotation=90)  # fmt: skip
        at = CUT + 12.0
    if end == 0:  # a bar of no height needs a mark
        axes.plot([place - 0.4, place + 0.4], [0, 0], color=style.colour, linewidth=2.5, solid_capstyle="butt")
    if bar.ongoing:
        axes.plot(place, at, marker=">", markersize=4.5, color="black", linestyle="none", clip_on=False)
        at += 5.0 * away
    if bar.new_therapy:
        axes.plot(place, at, marker="D", markersize=3.8, markerfacecolor="white", markeredgecolor="black",
                  markeredgewidth=0.8, linestyle="none", clip_on=False)  # fmt: skip


def _draw_legend(axes: Axes, bars: Sequence[WaterfallBar], response: str) -> None:
    entries: list[tuple[Any, str]] = [*patches(bar.response for bar in bars)]
    if any(bar.ongoing for bar in bars):
        handle = Line2D([], [], marker=">", markersize=4.5, color="black", linestyle="none")
        entries.append((handle, "Study treatment ongoing"))
    if any(bar.new_therapy for bar in bars):
        handle = Line2D([], [], marker="D", markersize=3.8, markerfacecolor="white", markeredgecolor="black",
                        markeredgewidth=0.8, linestyle="none")  # fmt: skip
        entries.append((handle, "New therapy before progression"))
    handles, labels = [handle for handle, _ in entries], [label for _, label in entries]
    axes.legend(handles, labels, title=response, loc="upper right", ncols=2, alignment="left", columnspacing=1.2)


def waterfall_alt(bars: Sequence[WaterfallBar], *, without: int) -> str:
    """The figure in words: how many patients shrank and grew, and the extremes; `without` have no bar."""
    if not bars:
        return f"Waterfall plot without any bar: none of {without} patients had a sum of diameters after baseline."
    sorted_bars = ordered(bars)
    changes = [bar.change for bar in sorted_bars]
    parts = [
        f"{sum(bar.response == response for bar in bars)} {response}" for response in present(b.response for b in bars)
    ]
    return (
        f"Waterfall plot of the best change of the sum of diameters in {len(bars)} patients, from "
        f"{rounded(changes[0], 1)}% to {rounded(changes[-1], 1)}%; {sum(c < 0 for c in changes)} decreased, "
        f"{sum(c <= LINES[1] for c in changes)} of them by 30% or more, and {sum(c > 0 for c in changes)} increased. "
        f"Best overall responses of these patients: {', '.join(parts)}. {without} patients have no bar."
    )


def waterfall_data(bars: Sequence[WaterfallBar]) -> list[dict[str, Any]]:
    """The bars as JSON values, in the order drawn."""
    return [asdict(bar) | {"change": stored(bar.change)} for bar in ordered(bars)]
