"""Figure 14.3.5.1: median blood pressure with quartiles at baseline, by planned visit and of the last values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing

from analysis.results import Result
from analysis.tlf import fonts
from analysis.tlf.context import Context
from analysis.tlf.model import Figure
from analysis.tlf.rows import by_name, name_part
from analysis.tlf.style import COLOURS, drawings, empty_figure, look, new_figure
from analysis.tlf.summaries import Summary

FIGURE = "f-14-3-5-1"

PARAMETERS = {"SYSBP": "Systolic", "DIABP": "Diastolic"}
_LOOKS: dict[str, dict[str, Any]] = {
    "SYSBP": {"color": COLOURS[0], "marker": "o", "markersize": 4.5},
    "DIABP": {"color": COLOURS[1], "marker": "s", "markersize": 4.5},
}
_APART = 0.12  # of the two parameters at a visit, in steps between visits


@dataclass(frozen=True)
class Visit:
    """A place on the axis: part of the results' names, label, the records, and whether it lies in the order of time."""

    name: str
    label: str
    only: Mapping[str, object]
    in_order: bool = True


def visits(context: Context) -> list[Visit]:
    """Baseline, the planned visits of params, and each patient's last value, which has no place in time."""
    planned = [
        Visit(name_part(visit), visit.capitalize(), {"AVISIT": visit, "ANL01FL": "Y"})
        for visit in context.params.vital_signs.figure_visits
    ]
    last = Visit("last", "Last on treatment", {"LVOTFL": "Y"}, in_order=False)
    return [Visit("baseline", "Baseline", {"ABLFL": "Y"}), *planned, last]


def results(context: Context) -> list[Result]:
    """`vs_time.<sysbp or diabp>.<visit>.<statistic>`."""
    if FIGURE not in context.catalogue:
        return []
    found = []
    for paramcd, label in PARAMETERS.items():
        for visit in visits(context):
            summary = Summary.of(context, FIGURE, "ADVS", {"PARAMCD": paramcd, **visit.only})
            name = f"vs_time.{paramcd.lower()}.{visit.name}"
            about = {"group2": "visit", "group2_level": visit.label}
            found += summary.statistics("AVAL", f"{label} blood pressure (mmHg)", 0, name=name, **about)
    return found


def figure(context: Context, found: list[Result]) -> Figure:
    """Figure 14.3.5.1 from its results; visits without any value are left out."""
    of = by_name(found)
    shown = [v for v in visits(context) if any(of[f"vs_time.{p.lower()}.{v.name}.n"].stat for p in PARAMETERS)]
    series = {
        paramcd: [
            {stat: of[f"vs_time.{paramcd.lower()}.{visit.name}.{stat}"].stat for stat in ("n", "median", "q1", "q3")}
            for visit in shown
        ]
        for paramcd in PARAMETERS
    }
    data = {"visits": [visit.label for visit in shown], "series": series}
    return context.figure(
        FIGURE,
        drawings(_drawing(shown, series) if shown else empty_figure("No blood pressure was recorded.")),
        alt=_alt(shown, series),
        data=data,
        datasets=("ADVS",),
        methods=[
            "Median and quartiles of the last value of each planned visit on treatment, and of the last value of all, "
            "which may be from any visit; baseline is the last value before the first dose."
        ],
    )


def _drawing(shown: Sequence[Visit], series: Mapping[str, Sequence[Mapping[str, Any]]]) -> Drawing:
    with look():
        figure = new_figure(4.9)
        upper = figure.add_axes((0.135, 0.345, 0.85, 0.595))
        for place, paramcd in enumerate(PARAMETERS):
            _draw_series(upper, shown, series[paramcd], (place - 0.5) * 2 * _APART, paramcd)
        upper.set_xlim(-0.6, len(shown) - 0.4)
        upper.set_xticks(range(len(shown)), [fonts.printable(visit.label) for visit in shown], rotation=90)
        upper.set_ylabel("Blood pressure (mmHg)")
        upper.legend(loc="lower left", bbox_to_anchor=(0, 1.01), ncols=2, borderaxespad=0)
        lower = figure.add_axes((0.135, 0.01, 0.85, 0.115))
        _draw_numbers(lower, shown, series)
    return figure


def _draw_series(
    axes: Axes, shown: Sequence[Visit], values: Sequence[Mapping[str, Any]], shift: float, paramcd: str
) -> None:
    style = _LOOKS[paramcd]
    there = [place for place, value in enumerate(values) if value["n"]]
    line = [place for place in there if shown[place].in_order]
    axes.plot(
        [place + shift for place in line],
        [values[place]["median"] for place in line],
        linewidth=1.2,
        color=style["color"],
    )
    middle = [values[place]["median"] for place in there]
    below = [values[place]["median"] - values[place]["q1"] for place in there]
    above = [values[place]["q3"] - values[place]["median"] for place in there]
    label = f"{PARAMETERS[paramcd]}, median and quartiles"
    axes.errorbar([place + shift for place in there], middle, yerr=[below, above], linestyle="none", capsize=2,
                  elinewidth=0.9, label=label, **style)  # fmt: skip


def _draw_numbers(axes: Axes, shown: Sequence[Visit], series: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """The numbers of patients below their visits."""
    axes.set_axis_off()
    axes.set_xlim(-0.6, len(shown) - 0.4)
    axes.set_ylim(-0.5, len(PARAMETERS) - 0.5 + 1)
    shift = axes.get_yaxis_transform()
    axes.text(-0.02, len(PARAMETERS), "Patients", transform=shift, ha="right", va="center", fontsize=8, weight="bold")
    for row, (paramcd, label) in enumerate(reversed(PARAMETERS.items())):
        axes.text(-0.02, row, label, transform=shift, ha="right", va="center", fontsize=8)
        for place, value in enumerate(series[paramcd]):
            axes.text(place, row, str(value["n"]), ha="center", va="center", fontsize=8)


def _alt(shown: Sequence[Visit], series: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """The figure in words: the medians of each visit."""
    if not shown:
        return "No blood pressure to draw."
    parts = [
        f"{label}: " + ", ".join(f"{v['median']:g} at {visit.label} (n = {v['n']})" for visit, v in points)
        for paramcd, label in PARAMETERS.items()
        if (points := [(visit, v) for visit, v in zip(shown, series[paramcd], strict=True) if v["n"]])
    ]
    return (
        f"Median blood pressure in mmHg over time, with bars from the first to the third quartile. {'. '.join(parts)}."
    )
