"""Waterfall, swimmer and spider plots: what is drawn, in which order, and what the words say."""

from dataclasses import replace
from typing import Any

import pytest
from matplotlib.figure import Figure

from analysis.tlf.response_style import shown_name
from analysis.tlf.spider_figure import SpiderLine, spider_alt, spider_data, spider_figure
from analysis.tlf.style import drawings
from analysis.tlf.swimmer_figure import Swimmer, swimmer_alt, swimmer_data, swimmer_figure
from analysis.tlf.waterfall_figure import WaterfallBar, waterfall_alt, waterfall_data, waterfall_figure

BARS = [
    WaterfallBar("B", -50.0, "PR", ongoing=True),
    WaterfallBar("A", 140.0, "PD"),
    WaterfallBar("D", 0.0, "SD", new_therapy=True),
    WaterfallBar("C", -30.0, "SD"),
]
HOSTILE = "$x^2$ <b>{{< var >}}\n\U0001f600\\n"


def texts(figure: Figure) -> list[str]:
    return [t.get_text() for axes in figure.axes for t in axes.texts]


def labels(figure: Figure, axis: str) -> list[str]:
    return [t.get_text() for t in getattr(figure.axes[0], f"get_{axis}ticklabels")()]


def legend_texts(figure: Figure) -> list[str]:
    legends = [*figure.legends, *(legend for axes in figure.axes if (legend := axes.get_legend()))]
    return [t.get_text() for legend in legends for t in legend.get_texts()]


def swimmer(patient: str = "A", **more: Any) -> Swimmer:
    row = Swimmer(patient, "SD", first_dose=0.1, last_dose=4.0, ongoing=False, followed=6.0, events={})
    return replace(row, **more)


def test_bars_fall_and_a_long_one_is_cut_with_its_number() -> None:
    figure = waterfall_figure(BARS, response="Best")
    heights = [bar.get_height() for bar in figure.axes[0].patches]
    assert heights == [100.0, 0.0, -30.0, -50.0]
    assert labels(figure, "x") == ["A", "D", "C", "B"]
    assert texts(figure) == ["+140"]
    assert legend_texts(figure) == ["PR", "SD", "PD", "Study treatment ongoing", "New therapy before progression"]


def test_lines_mark_growth_and_shrinkage() -> None:
    levels = {line.get_ydata()[0] for line in waterfall_figure(BARS, response="Best").axes[0].lines}
    assert {20.0, -30.0} <= levels


def test_waterfall_in_words_and_data() -> None:
    assert waterfall_alt(BARS, without=3) == (
        "Waterfall plot of the best change of the sum of diameters in 4 patients, from 140.0% to -50.0%; 2 decreased, "
        "2 of them by 30% or more, and 1 increased. Best overall responses of these patients: 1 PR, 2 SD, 1 PD. "
        "3 patients have no bar."
    )
    assert [bar["patient"] for bar in waterfall_data(BARS)] == ["A", "D", "C", "B"]
    assert waterfall_alt([], without=2).endswith("none of 2 patients had a sum of diameters after baseline.")


def test_swimmers_are_sorted_by_time_on_treatment_and_the_never_dosed_come_last() -> None:
    rows = [swimmer("A"), swimmer("N", first_dose=None, last_dose=None), swimmer("B", last_dose=9.0), swimmer("C")]
    assert labels(swimmer_figure(rows, response="Best"), "y") == ["B", "A", "C", "N"]
    assert [row["patient"] for row in swimmer_data(rows)] == ["B", "A", "C", "N"]
    assert swimmer_data(rows)[-1]["last_dose"] is None


def test_only_events_that_happened_are_in_the_legend() -> None:
    figure = swimmer_figure([swimmer(events={"First response": 2.0, "Death": 6.0})], response="Best")
    shown = legend_texts(figure)
    assert {"First response", "Death"} <= set(shown)
    assert not {"Progression", "Treatment ongoing"} & set(shown)
    assert "Treatment ongoing" in legend_texts(swimmer_figure([swimmer(ongoing=True)], response="Best"))


def test_swimmer_in_words() -> None:
    said = swimmer_alt([swimmer(events={"Progression": 3.0}), swimmer("B", first_dose=None, last_dose=None)])
    assert said.startswith(
        "Swimmer plot of 2 patients, one row each, sorted by time on treatment. 1 were treated, the longest for 3.9"
    )
    assert "progression in 1," in said
    assert said.endswith("death in 0.")


@pytest.mark.parametrize("count", [40, 254])
def test_a_swimmer_plot_fits_a_page_and_names_patients_while_legible(count: int) -> None:
    figure = swimmer_figure([swimmer(str(i)) for i in range(count)], response="Best")
    assert figure.get_size_inches()[1] <= 7.8
    assert bool([name for name in labels(figure, "y") if name]) == (count == 40)


def test_spider_lines_start_at_zero_and_mark_new_lesions() -> None:
    lines = [SpiderLine("A", "PR", ((2.0, -40.0, False), (4.0, 130.0, True)))]
    axes = spider_figure(lines, response="Best").axes[0]
    first = axes.lines[0]
    assert (list(first.get_xdata()), list(first.get_ydata())) == ([0.0, 2.0, 4.0], [0.0, -40.0, 100.0])
    assert [t.get_text() for t in axes.texts] == ["+130"]
    assert legend_texts(spider_figure(lines, response="Best")) == ["PR", "New lesion"]
    assert spider_data(lines)[0]["points"][1] == {"month": 4.0, "change": 130.0, "new_lesion": True}
    assert "in 1 patients. At the last sum shown 0 were below baseline" in spider_alt(lines)


def test_nothing_to_draw() -> None:
    for figure in (
        waterfall_figure([], response="Best"),
        swimmer_figure([], response="Best"),
        spider_figure([], response="Best"),
    ):
        assert drawings(figure)["png"][:4] == b"\x89PNG"
    assert swimmer_alt([]).startswith("Swimmer plot of 0 patients")
    assert spider_alt([]).startswith("Spider plot without any line")


def test_hostile_names_are_printed_as_they_are_and_not_too_long() -> None:
    assert shown_name(HOSTILE) == "$x^2$ <b>{{< ..."
    assert shown_name("a\nb\u202ec") == "a b[U+202E]c"
    for figure in (
        waterfall_figure([WaterfallBar(HOSTILE, -5.0, "NE")], response="Best"),
        swimmer_figure([swimmer(HOSTILE)], response="Best"),
        spider_figure([SpiderLine(HOSTILE, "NON-CR/NON-PD", ((1.0, 2.0, False),))], response="Best"),
    ):
        assert set(drawings(figure)) == {"png", "svg", "pdf"}
