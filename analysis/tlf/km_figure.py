"""Kaplan-Meier figure: curve with its confidence band, and the numbers at risk under the same time axis."""

import math
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.results import rounded, stored
from analysis.stats.survival import KaplanMeier
from analysis.tlf import fonts
from analysis.tlf.style import COLOURS, GREY, HEIGHT, look, new_figure

_STEPS = (1, 2, 3, 6, 12, 24, 36, 60)  # months between two ticks
_MOST_TICKS = 11


def km_figure(
    curve: KaplanMeier,
    *,
    endpoint: str,
    start: str,
    null_median: float | None = None,
    height: float = HEIGHT,
    least: int = 1,
) -> Figure:
    """Draw a Kaplan-Meier curve; times in months, the height in inches.

    `endpoint` names what is estimated ("Progression-free survival"), `start` where time begins ("enrolment").
    `null_median` is the median under the null hypothesis, a vertical line. The curve ends, and no time is told, where
    fewer than `least` patients are at risk. Follows KMunicate: numbers at risk, with those censored and with an event
    before each time (Morris et al., BMJ Open 2019;9:e030215); these two are not told where `least` is more than 1.
    """
    with look():
        figure = new_figure(height)
        upper, lower = figure.subplots(
            2, 1, sharex=True, height_ratios=(5, 1), gridspec_kw={"hspace": 0.27, "left": 0.135, "right": 0.985,
                                                                  "top": 0.975, "bottom": 0.02}
        )  # fmt: skip
        ticks = time_ticks(float(curve.time[-1]))
        _draw_curve(upper, curve, null_median, least)
        _draw_axes(upper, ticks, fonts.printable(endpoint), fonts.printable(start))
        _draw_numbers(lower, curve, ticks, least)
    return figure


def time_ticks(last: float) -> list[float]:
    """Ticks in months from 0 to at least the last time, at steps that readers count in."""
    step = next((s for s in _STEPS if last / s <= _MOST_TICKS - 1), math.ceil(last / (_MOST_TICKS - 1)))
    return [float(step * i) for i in range(max(1, math.ceil(last / step)) + 1)]


def _draw_curve(axes: Axes, curve: KaplanMeier, null_median: float | None, least: int) -> None:
    colour = COLOURS[0]
    told = curve.n_risk >= least
    time = np.concatenate(([0.0], curve.time[told]))
    survival = 100 * np.concatenate(([1.0], curve.survival[told]))
    low, high = (100 * np.concatenate(([math.nan], limit[told])) for limit in (curve.ci_lower, curve.ci_upper))
    if survival[-1] == 0:  # there are no limits at 0, but the step before it needs an end
        low[-1], high[-1] = low[-2], high[-2]
    band = axes.fill_between(time, low, high, step="post", color=colour, alpha=0.18, linewidth=0)
    (line,) = axes.step(time, survival, where="post", color=colour)
    censored = told & (curve.n_censor > 0)
    axes.plot(curve.time[censored], 100 * curve.survival[censored], linestyle="none", marker="|", markersize=7,
              markeredgewidth=1.1, color=colour)  # fmt: skip
    entries: list[tuple[Any, str]] = [
        (line, "Kaplan-Meier estimate"),
        (band, f"{100 * curve.conf_level:g}% confidence band ({curve.conf_type})"),
        (Line2D([], [], linestyle="none", marker="|", markersize=7, markeredgewidth=1.1, color=colour), "Censored"),
    ]
    median = curve.median.value
    if math.isfinite(median) and _is_told(curve, median, least):
        (drop,) = axes.plot([0, median, median], [50, 50, 0], color=GREY, linewidth=0.9, linestyle="--")
        entries.append((drop, f"Median {rounded(median, 1)} months"))
    if null_median is not None:
        reference = axes.axvline(null_median, color=COLOURS[3], linewidth=1.1, linestyle=":")
        entries.append((reference, f"Median under the null hypothesis, {null_median:g} months"))
    legend = axes.legend(
        [handle for handle, _ in entries],
        [label for _, label in entries],
        title=km_summary(curve, least),
        loc=_legend_corner(curve),
        alignment="left",
        borderaxespad=0,
        handlelength=2.2,
        labelspacing=0.35,
    )
    legend.set_zorder(1)  # below the curve, should they meet


def _legend_corner(curve: KaplanMeier) -> Literal["lower left", "upper right"]:
    """The corner that the curve leaves empty: the lower one where it is still high on the legend's side."""
    middle = 0.4 * time_ticks(float(curve.time[-1]))[-1]
    (there,) = curve.at([middle])
    return "lower left" if there.survival > 0.62 else "upper right"


def _draw_axes(axes: Axes, ticks: list[float], endpoint: str, start: str) -> None:
    axes.set_xlim(0, ticks[-1])
    axes.set_ylim(0, 102)
    axes.set_xticks(ticks, [f"{t:g}" for t in ticks])
    axes.set_yticks(range(0, 101, 20))
    axes.tick_params(axis="x", labelbottom=True)
    axes.set_xlabel(f"Months since {start}")
    axes.set_ylabel(f"{endpoint} (%)")


def numbers_below(curve: KaplanMeier, times: list[float]) -> dict[str, list[int]]:
    """For each time those at risk, and those censored and with an event before it; each time's three add up to n."""
    at_risk = [landmark.n_risk for landmark in curve.at(times)]
    before = [int(np.count_nonzero(curve.n_risk > n)) for n in at_risk]
    return {
        "At risk": at_risk,
        "Censored": [int(curve.n_censor[:k].sum()) for k in before],
        "Events": [int(curve.n_event[:k].sum()) for k in before],
    }


def printed_below(curve: KaplanMeier, times: list[float], least: int) -> dict[str, list[str]]:
    """The numbers below a curve in print; where `least` is more than 1 those at risk alone, and none from 1 to it."""
    found = numbers_below(curve, times)
    return {
        label: [f"<{least}" if 0 < n < least else str(n) for n in numbers]
        for label, numbers in found.items()
        if least == 1 or label == "At risk"
    }


def _draw_numbers(axes: Axes, curve: KaplanMeier, ticks: list[float], least: int) -> None:
    axes.set_axis_off()
    axes.set_ylim(-0.5, 2.5)
    shift = axes.get_yaxis_transform()  # x of the label in shares of the axis, y in rows
    for row, (label, numbers) in enumerate(printed_below(curve, ticks, least).items()):
        weight = "bold" if row == 0 else "normal"
        axes.text(-0.045, 2 - row, label, transform=shift, ha="right", va="center", fontsize=8.5, weight=weight)
        for tick, number in zip(ticks, numbers, strict=True):
            axes.text(tick, 2 - row, number, ha="center", va="center", fontsize=8.5, weight=weight)


def km_summary(curve: KaplanMeier, least: int = 1) -> str:
    """Patients, events and the median with its interval, in two lines.

    Where `least` is more than 1, not the events, whose number may be hidden elsewhere, nor a median or limit at a time
    at which fewer than `least` are at risk.
    """
    median = curve.median
    first = _counted(int(curve.n_risk[0]), "patient", least)
    if least == 1:
        first += f", {_counted(int(curve.n_event.sum()), 'event', least)}"
    if not all(_is_told(curve, time, least) for time in (median.value, median.ci_lower, median.ci_upper)):
        return first
    limits = f"{rounded(median.ci_lower, 1)} to {rounded(median.ci_upper, 1)}"
    return f"{first}\nMedian {rounded(median.value, 1)} months ({100 * curve.conf_level:g}% CI {limits})"


def _is_told(curve: KaplanMeier, time: float, least: int) -> bool:
    """Whether at least so many patients are at risk at a time, or it is not estimable."""
    return least == 1 or not math.isfinite(time) or curve.at([time])[0].n_risk >= least


def _counted(number: int, noun: str, least: int) -> str:
    if 0 < number < least:
        return f"<{least} {noun}s"
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def km_alt(curve: KaplanMeier, *, endpoint: str, null_median: float | None = None, least: int = 1) -> str:
    """The figure in words, for readers who cannot see it; `least` as in `km_figure`."""
    ticks = time_ticks(float(curve.time[-1]))
    risk = ", ".join(f"{n} at {t:g}" for t, n in zip(ticks, printed_below(curve, ticks, least)["At risk"], strict=True))
    reference = "" if null_median is None else f" A vertical line marks the null median of {null_median:g} months."
    return (
        f"Kaplan-Meier curve of {endpoint[0].lower()}{endpoint[1:]} with its confidence band. "
        f"{km_summary(curve, least).replace(chr(10), '. ')}.{reference} Patients at risk by month: {risk}."
    )


def km_data(curve: KaplanMeier, null_median: float | None = None) -> dict[str, Any]:
    """The numbers behind the figure as JSON values, times in months; null where not estimable."""
    names = ("time", "n_risk", "n_event", "n_censor", "survival", "ci_lower", "ci_upper")
    columns: dict[str, Any] = {}
    for name in names:
        values = getattr(curve, name).tolist()
        columns[name] = [stored(v) if isinstance(v, float) else v for v in values]
    return columns | {"conf_type": curve.conf_type, "conf_level": curve.conf_level, "null_median": null_median}
