"""The Kaplan-Meier figure. The patients are Freireich's 21 on 6-mercaptopurine (Blood 1963;21:699-716), as tabulated
with their Kaplan-Meier estimate in Collett, Modelling Survival Data in Medical Research, and in many textbooks."""

import json
import re
from io import BytesIO

import pikepdf
import pytest
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager

from analysis.stats.survival import KaplanMeier, kaplan_meier
from analysis.tlf import fonts, km_figure, style
from analysis.tlf.png import size_of

TIMES = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
EVENTS = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]


@pytest.fixture(scope="module")
def curve() -> KaplanMeier:
    return kaplan_meier(TIMES, EVENTS)


def draw(curve: KaplanMeier, null_median: float | None = 5.8) -> Figure:
    return km_figure.km_figure(curve, endpoint="Survival", start="enrolment", null_median=null_median)


@pytest.mark.parametrize(
    ("last", "ticks"),
    [
        (0.5, [0, 1]),
        (8.0, range(9)),
        (24, range(0, 25, 3)),
        (24.5, range(0, 28, 3)),
        (60, range(0, 61, 6)),
        (96, range(0, 97, 12)),
    ],
)
def test_ticks_are_whole_months_that_people_count_in(last: float, ticks: list[int]) -> None:
    assert km_figure.time_ticks(last) == list(ticks)


def test_numbers_below_add_up_to_all_patients(curve: KaplanMeier) -> None:
    below = km_figure.numbers_below(curve, [0, 6, 7, 22, 35, 36])
    assert below == {
        "At risk": [21, 21, 17, 7, 1, 0],
        "Censored": [0, 0, 1, 7, 11, 12],
        "Events": [0, 0, 3, 7, 9, 9],
    }


def test_the_curve_is_drawn_as_steps_from_all_alive(curve: KaplanMeier) -> None:
    upper = draw(curve).axes[0]
    steps = upper.lines[0]
    assert steps.get_drawstyle() == "steps-post"
    assert (steps.get_xdata()[0], steps.get_ydata()[0]) == (0, 100)
    # Freireich: 0.8571 after 6 weeks, 0.4482 after 23, the last event
    assert steps.get_ydata()[1] == pytest.approx(85.71, abs=0.01)
    assert steps.get_ydata()[-1] == pytest.approx(44.82, abs=0.01)


def test_ticks_mark_the_censored(curve: KaplanMeier) -> None:
    marks = draw(curve).axes[0].lines[1]
    assert list(marks.get_xdata()) == [6, 9, 10, 11, 17, 19, 20, 25, 32, 34, 35]
    assert marks.get_marker() == "|"


def test_median_and_reference_lines(curve: KaplanMeier) -> None:
    _, _, median, reference = draw(curve).axes[0].lines
    assert list(median.get_xdata()) == [0, 23, 23]  # the published median is 23 weeks
    assert list(median.get_ydata()) == [50, 50, 0]
    assert list(reference.get_xdata()) == [5.8, 5.8]


def test_no_line_without_a_median_or_a_null_hypothesis() -> None:
    assert len(draw(kaplan_meier([1, 2, 3], [1, 0, 0]), None).axes[0].lines) == 2


@pytest.mark.parametrize("events", [[1, 1, 1], [0, 0, 0], [1, 0, 0]])
def test_extreme_curves_can_be_drawn(events: list[int]) -> None:
    assert style.drawings(draw(kaplan_meier([1.0, 2.0, 3.0], events)))["png"]


def test_summary_alt_text_and_data(curve: KaplanMeier) -> None:
    assert km_figure.km_summary(curve) == "21 patients, 9 events\nMedian 23.0 months (95% CI 13.0 to NE)"
    alt = km_figure.km_alt(curve, endpoint="Overall survival", null_median=5.8)
    assert alt.startswith("Kaplan-Meier curve of overall survival with its confidence band. 21 patients, 9 events.")
    assert "null median of 5.8 months" in alt
    assert "21 at 0" in alt
    data = json.loads(json.dumps(km_figure.km_data(curve), allow_nan=False))
    assert data["n_event"][0] == 3
    assert data["survival"][0] == pytest.approx(18 / 21)


def test_hostile_words_are_drawn_as_they_are(curve: KaplanMeier) -> None:
    drawn = km_figure.km_figure(curve, endpoint="$x^2$ \\frac <b> 😀", start="a_b")
    assert drawn.axes[0].get_ylabel() == "$x^2$ \\frac <b> [U+1F600] (%)"
    svg = style.drawings(drawn)["svg"]
    assert b"<b>" not in svg


def test_files_hold_shipped_fonts_sizes_and_no_times(curve: KaplanMeier) -> None:
    files = style.drawings(draw(curve))
    width, height = size_of(files["png"])
    assert width == pytest.approx(72 * style.WIDTH, abs=1)
    assert height == pytest.approx(72 * style.HEIGHT, abs=1)
    assert b"date" not in files["svg"]
    with pikepdf.open(BytesIO(files["pdf"])) as pdf:
        assert not set(pdf.docinfo) & {"/CreationDate", "/ModDate"}
        names = {str(f["/BaseFont"]) for f in pdf.pages[0]["/Resources"]["/Font"].values()}
    assert {re.sub(r"^/[A-Z]{6}\+", "", name) for name in names} == {"LiberationSans", "LiberationSans-Bold"}


def test_no_other_font_of_that_name_is_ever_taken() -> None:
    for weight in ("normal", "bold"):
        found = fontManager.findfont(FontProperties(family=fonts.SANS, weight=weight), fallback_to_default=False)
        assert found.startswith(str(fonts.FOLDER))


def test_the_band_of_the_last_step_goes_on_until_the_curve_falls_to_0() -> None:
    # S is 2/3, 1/3 and 0 at months 2, 4 and 9; there are no limits at 0
    band = draw(kaplan_meier([2, 4, 9], [1, 1, 1])).axes[0].collections[0]
    assert max(x for path in band.get_paths() for x, _ in path.vertices) == 9


def test_a_curve_for_the_public_tells_no_events_and_no_time_of_few(curve: KaplanMeier) -> None:
    """Of the 21 patients 6 are at risk at the median of 23 months, and 12 at its lower limit (by hand)."""
    assert km_figure.km_summary(curve, 6) == "21 patients\nMedian 23.0 months (95% CI 13.0 to NE)"
    assert km_figure.km_summary(curve, 7) == "21 patients"
    assert km_figure.printed_below(curve, [0.0, 23.0, 34.0, 40.0], 6) == {"At risk": ["21", "6", "<6", "0"]}
    assert set(km_figure.printed_below(curve, [0.0], 1)) == {"At risk", "Censored", "Events"}
    words = {least: km_figure.km_alt(curve, endpoint="Survival", least=least) for least in (6, 7)}
    assert ("Median 23.0" in words[6], "Median" in words[7], "event" in words[6]) == (True, False, False)
    for least, lines in ((6, 1), (7, 0)):
        [upper, _] = km_figure.km_figure(curve, endpoint="Survival", start="enrolment", least=least).axes
        assert [text.get_text() for text in upper.get_legend().get_texts()].count("Median 23.0 months") == lines
