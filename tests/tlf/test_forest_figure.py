"""The forest plot: what is drawn where, and the same in words and numbers."""

import json
from math import inf, nan

import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.stats.estimate import Estimate
from analysis.tlf import style
from analysis.tlf.forest_figure import ForestRow, forest_alt, forest_data, forest_figure


def estimate(value: float, lower: float, upper: float) -> Estimate:
    return Estimate(value, lower, upper, nan)


ROWS = [
    ForestRow("All", "26/40", "9.1 (7.2, 11.0)", estimate(9.1, 7.2, 11.0)),
    ForestRow("Prior therapy"),
    ForestRow("Yes", "15/20", "8.1 (5.2, NE)", estimate(8.1, 5.2, nan), 1),
    ForestRow("No", "1/20", "NE (5.5, NE)", estimate(nan, 5.5, nan), 1),
    ForestRow("Unknown", "0/0", "NE", estimate(nan, nan, nan), 1),
]


def draw(rows: list[ForestRow], *, reference: float | None = None, log: bool = False) -> Figure:
    return forest_figure(
        rows,
        label_header="Subgroup",
        counts_header="Events/\nn",
        value_header="Median (95% CI)",
        axis_label="Months",
        reference=reference,
        log=log,
    )


def marks(axes: Axes) -> list[tuple[str, float]]:
    """Markers from top to bottom, with where they are."""
    drawn = [(line.get_ydata()[0], line.get_marker(), line.get_xdata()[0]) for line in axes.lines]
    return [(marker, x) for _, marker, x in sorted(drawn, key=lambda d: d[0]) if marker not in ("None", None)]


def test_values_limits_and_arrows_are_where_the_numbers_are() -> None:
    axes = draw(ROWS).axes[0]
    assert axes.get_xlim() == (0, 12.5)
    assert marks(axes) == [
        ("|", 7.2),
        ("|", 11.0),
        ("s", 9.1),
        ("|", 5.2),
        (">", 12.5),
        ("s", 8.1),
        ("|", 5.5),
        (">", 12.5),
    ]


def test_on_a_logarithmic_axis_what_is_beyond_it_is_cut() -> None:
    rows = [
        ForestRow("A", estimate=estimate(0.9, 0.01, 110)),
        ForestRow("B", estimate=estimate(30, 25, 110)),
        ForestRow("C", estimate=estimate(0.001, 0, 0.002)),
        ForestRow("D", estimate=estimate(2, 1, inf)),
    ]
    axes = draw(rows, log=True).axes[0]
    assert axes.get_xlim() == (0.05, 20)
    expected = [("<", 0.05), (">", 20), ("s", 0.9), (">", 20), (">", 20), ("<", 0.05), ("<", 0.05)]
    assert marks(axes) == [*expected, ("|", 1), (">", 20), ("s", 2)]


def test_a_logarithmic_axis_is_no_wider_than_its_numbers() -> None:
    axes = draw([ForestRow("A", estimate=estimate(0.8, 0.6, 1.1))], log=True).axes[0]
    assert axes.get_xlim() == (0.5, 2)
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0.5", "1", "2"]


def test_the_reference_is_a_line() -> None:
    without, drawn = draw(ROWS), draw(ROWS, reference=5.8)
    assert len(drawn.axes[0].lines) == len(without.axes[0].lines) + 1
    assert any(list(line.get_xdata()) == [5.8, 5.8] for line in drawn.axes[0].lines)


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.texts]


def test_every_text_is_shown_and_hostile_ones_are_text() -> None:
    rows = [*ROWS, ForestRow("<b>$x^2$</b> \U0001f600", "{{< x >}}", "\\textbf{1}", estimate(1, 0.5, 2))]
    shown = texts(draw(rows))
    for text in (
        "Events/",
        "9.1 (7.2, 11.0)",
        "15/20",
        "Prior therapy",
        "<b>$x^2$</b> [U+1F600]",
        "{{< x >}}",
        "\\textbf{1}",
    ):
        assert text in shown
    assert len(style.drawings(draw(rows))["png"]) > 1000


def test_the_figure_is_as_high_as_its_rows_and_never_wider_than_the_page() -> None:
    short, long = draw(ROWS), draw(ROWS * 4)
    assert long.get_figheight() - short.get_figheight() == pytest.approx(15 * (0.15 + 0.07))
    assert short.get_figwidth() == long.get_figwidth() == style.WIDTH
    wordy = draw([ForestRow("word " * 30, "1/2", "9.1 (7.2, 11.0)", estimate(9.1, 7.2, 11.0))])
    assert sum("word" in text for text in texts(wordy)) > 1
    renderer = wordy.canvas.get_renderer()  # type: ignore[attr-defined]
    places = [text.get_window_extent(renderer) for text in wordy.texts]
    axes = wordy.axes[0].get_window_extent(renderer)
    assert max(p.x1 for p in places) <= wordy.bbox.x1 + 1
    assert all(p.x1 < axes.x0 or p.x0 > axes.x1 for p in places)


def test_the_same_numbers_give_the_same_bytes() -> None:
    assert style.drawings(draw(ROWS)) == style.drawings(draw(ROWS))


def test_nothing_estimable_and_one_row() -> None:
    figure = draw([ForestRow("None", "0/0", "NE", estimate(nan, nan, nan))])
    assert marks(figure.axes[0]) == []
    assert style.drawings(figure)["pdf"].startswith(b"%PDF")


def test_words_say_the_least_the_greatest_and_all() -> None:
    assert forest_alt(ROWS, what="median survival", counts="events/n", reference=5.8) == (
        "Forest plot with confidence intervals of median survival. Lowest: Prior therapy, Yes, 8.1 (5.2, NE). "
        "Highest: All, 9.1 (7.2, 11.0). A vertical line marks 5.8. All: All: 9.1 (7.2, 11.0) (events/n 26/40); "
        "Prior therapy, Yes: 8.1 (5.2, NE) (events/n 15/20); Prior therapy, No: NE (5.5, NE) (events/n 1/20); "
        "Prior therapy, Unknown: NE (events/n 0/0)."
    )


def test_an_interval_without_a_point_may_be_the_least() -> None:
    between = ForestRow("Interval-censored", "28/40", "7.5 to 7.6", estimate(nan, 7.5, 7.6))
    assert " Lowest: Interval-censored, 7.5 to 7.6. " in forest_alt([*ROWS, between], what="X", counts="n")


def test_one_estimate_has_no_least_and_greatest() -> None:
    assert forest_alt(ROWS[:1], what="X", counts="n") == (
        "Forest plot with confidence intervals of X. All: All: 9.1 (7.2, 11.0) (n 26/40)."
    )


def test_data_are_json_without_nan() -> None:
    data = json.loads(json.dumps(forest_data(ROWS), allow_nan=False))
    assert data[1] == {"label": "Prior therapy", "counts": "", "value": "", "estimate": None}
    assert data[3]["estimate"] == {"value": None, "ci_lower": 5.5, "ci_upper": None}


def test_no_rows() -> None:
    with pytest.raises(ValueError, match="a forest plot needs at least one row"):
        draw([])


def test_a_negative_number_has_no_place_on_a_logarithmic_axis() -> None:
    with pytest.raises(ValueError, match="a logarithmic axis shows positive numbers only"):
        draw([ForestRow("A", estimate=estimate(1, -1, 2))], log=True)
