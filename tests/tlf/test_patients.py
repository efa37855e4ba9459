"""Analysis sets, deviations and the flow of patients, on a few patients counted by hand."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from analysis import params
from analysis.adam.adsl import schema
from analysis.tlf import disposition, flow_figure, patients
from analysis.tlf.context import Context
from analysis.tlf.flow_figure import Box, Flow
from analysis.tlf.model import Row
from analysis.tlf.style import WIDTH, drawings
from analysis.tlf.text_size import text_width, wrapped

PROJECT = Path(__file__).parents[2]
PARAMS = params.load("2025-06-30", PROJECT / "params")
CATALOGUE = params.load_catalogue(PROJECT / "params")
DOSED = {
    **{"ENRLFL": "Y", "FASFL": "Y", "SAFFL": "Y", "RSPEVFL": "Y", "PPROTFL": "Y", "SCRFFL": "N"},
    **{"EOTSTT1": "ONGOING", "EOTSTT2": "ONGOING", "EOSSTT": "ONGOING", "DTHFL": "N"},
}
STOPPED = {"EOTSTT1": "DISCONTINUED", "DCTREAS1": "ADVERSE EVENT"}
NEVER = {
    **{"SAFFL": "N", "RSPEVFL": "N", "PPROTFL": "N", "EOTSTT1": "NOT TREATED", "EOTSTT2": "NOT TREATED"},
    **dict.fromkeys(("SAFEXRS", "RSPEXRS", "PPEXRS"), "No dose of study treatment"),
    **{"EOSSTT": "DISCONTINUED", "DCSREAS": "WITHDRAWAL BY SUBJECT"},
}
FAILED = dict.fromkeys(("ENRLFL", "FASFL", "SAFFL", "RSPEVFL", "PPROTFL", "DTHFL"), "N") | {
    **{"SCRFFL": "Y", "SCRFREAS": "Haemoglobin"},
    **dict.fromkeys(("FASEXRS", "SAFEXRS", "RSPEXRS", "PPEXRS"), "Not enrolled"),
}
DEVIATED = {"PPROTFL": "N", "PPEXRS": "Important protocol deviation: PROHIBITED MEDICATION"}


def context(*deviations: tuple[str, str | None, str, str]) -> Context:
    """A to D enrolled, D never dosed, C stopped a drug and deviated, B took one drug only; E and F failed screening.

    `deviations` are (patient, category, important, excludes).
    """
    people = [DOSED, DOSED | {"EOTSTT2": "NOT TREATED"}, DOSED | STOPPED | DEVIATED, DOSED | NEVER, FAILED, FAILED]
    rows = [{"USUBJID": name, "SCRNFL": "Y", **person} for name, person in zip("ABCDEF", people, strict=True)]
    adsl = pl.DataFrame(rows, schema=schema(PARAMS), orient="row")
    names = ["USUBJID", "DVDECOD", "IMPDVFL", "PPDVFL"]
    addv = pl.DataFrame(deviations, dict.fromkeys(names, pl.String), orient="row").with_columns(FASFL=pl.lit("Y"))
    return Context(PARAMS, CATALOGUE, {"ADSL": adsl, "ADDV": addv})


def texts(rows: tuple[Row, ...]) -> list[tuple[int, str, str]]:
    return [(row.indent, row.cells[0].text, row.cells[-1].text) for row in rows if row.kind == "data"]


def test_analysis_sets_with_the_reasons_of_the_enrolled_only() -> None:
    c = context()
    table = patients.set_table(c, patients.set_results(c))
    dosed = [(1, "Included", "3 (75.0)"), (1, "Excluded", "1 (25.0)"), (2, "No dose of study treatment", "1 (25.0)")]
    assert [row.cells[0].text for row in table.rows if row.kind == "group"] == [
        "Full analysis set",
        "Safety set",
        "Response-evaluable set",
        "Per-protocol set",
    ]
    assert texts(table.rows) == [
        (1, "Included", "4 (100.0)"),
        (1, "Excluded", "0"),
        *dosed,
        *dosed,
        (1, "Included", "2 (50.0)"),
        (1, "Excluded", "2 (50.0)"),
        (2, "Important protocol deviation: Prohibited medication", "1 (25.0)"),
        (2, "No dose of study treatment", "1 (25.0)"),
    ]
    assert "not enrolled; no dose of study treatment; no measurable disease" in table.footnotes[0].text


def test_important_deviations_by_patient_and_by_record() -> None:
    c = context(
        ("A", "PROHIBITED MEDICATION", "Y", "Y"),
        ("A", "PROHIBITED MEDICATION", "Y", "Y"),
        ("A", "VISIT", "Y", "N"),
        ("B", "VISIT", "Y", "N"),
        ("C", None, "Y", "N"),
        ("D", "VISIT", "N", "N"),
    )
    table = patients.deviation_table(c, patients.deviation_results(c))
    assert [tuple(cell.text for cell in row.cells) for row in table.rows] == [
        ("Any important deviation", "3 (75.0)", "5"),
        ("Excludes from the per-protocol set", "1 (25.0)", "2"),
        ("Category",),
        ("Visit", "2 (50.0)", "2"),
        ("Prohibited medication", "1 (25.0)", "2"),
        ("Category not recorded", "1 (25.0)", "1"),
    ]


def test_no_deviation_at_all() -> None:
    c = context()
    assert texts(patients.deviation_table(c, patients.deviation_results(c)).rows) == [
        (0, "Any important deviation", "0"),
        (0, "Excludes from the per-protocol set", "0"),
    ]


def flow(c: Context) -> Flow:
    return patients.flow_of(c, disposition.results(c), patients.set_results(c), patients.flow_results(c))


def test_the_boxes_of_the_flow() -> None:
    found = flow(context())
    stop = Box("Screen failures (n = 2)", reasons=("Haemoglobin (2)",), elsewhere="Table 14.1.1.1")
    never = Box("Never treated (n = 1)", reasons=("Withdrawal by subject (1)",), elsewhere="Table 14.1.1.1")
    assert found.stem == (
        (Box("Screened (n = 6)"), stop),
        (Box("Enrolled (n = 4)"), never),
        (Box("Treated (n = 3)"), None),
    )
    first, second = found.branches
    assert (first.title, first.lines, first.reasons) == (
        "Anlotinib",
        ("On treatment (n = 2)", "Stopped (n = 1)"),
        ("Adverse event (1)",),
    )
    assert second.lines == ("On treatment (n = 2)", "Never taken (n = 1)", "Stopped (n = 0)")  # of the treated
    assert found.end.lines == (
        "Full analysis set (n = 4), Safety set (n = 3), Response-evaluable set (n = 3), Per-protocol set (n = 2)",
    )
    assert found.end.reasons[-1] == (
        "Not in the per-protocol set: Important protocol deviation: Prohibited medication (1); "
        "No dose of study treatment (1)"
    )


def test_the_figure_stands_without_the_table_of_sets_and_says_everything_in_words() -> None:
    c = context()
    without = Context(c.params, {k: v for k, v in c.catalogue.items() if k != patients.SETS}, c.adam)
    shown = patients.figure(without, patients.flow_results(without))
    assert shown.population == "Screened patients (N = 6)"
    assert "Never treated (n = 1); Withdrawal by subject (1)." in shown.alt
    assert shown.data[-1] == {"title": "Analysed", "lines": list(flow(c).end.lines), "reasons": []}


HOSTILE = "<script> $x^2$ {{< include /etc/passwd >}} \U0001f600 " + "x" * 300


def hostile(number: int) -> Flow:
    """A flow in which every box has many reasons, some of them long, and a drug has an endless name."""
    reasons = (
        HOSTILE,
        *(f"Reason {n} that goes on and on until it needs a second line in its box" for n in range(number)),
    )
    box = Box("Left (n = 1000000)", ("On treatment (n = 1)",), reasons, "Table 14.1.1.1")
    drugs = (box, replace(box, title="y" * 200), box)
    return Flow(((Box("Screened (n = 1)"), box), (Box("Treated (n = 1)"), None)), drugs, box)


def test_reasons_that_do_not_fit_are_counted_and_never_cut() -> None:
    given = hostile(60)
    fitted = flow_figure.fitted(given)
    assert flow_figure.flow_height(fitted) <= flow_figure.HIGHEST
    for before, after in zip(flow_figure.flow_boxes(given), flow_figure.flow_boxes(fitted), strict=True):
        assert len(after.reasons) + after.more == len(before.reasons)
        assert after.reasons == before.reasons[: len(after.reasons)]
        if after.more:
            other = " other" if after.reasons else ""
            line = f"{after.more}{other} reason{'s' if after.more > 1 else ''}: see Table 14.1.1.1"
            assert "".join(text for text, *_ in flow_figure.box_lines(after, WIDTH)).endswith(line)


def test_a_flow_that_fits_is_left_alone() -> None:
    assert flow_figure.fitted(flow(context())) == flow(context())


@pytest.mark.parametrize("number", [0, 3, 60])
def test_no_text_leaves_its_box_or_meets_another(number: int) -> None:
    figure = flow_figure.flow_figure(hostile(number))
    drawings(figure)  # every text has been placed
    figure.set_dpi(300)  # as the PNG; its hinted text is the widest
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    (axes,) = figure.axes
    boxes = [p.get_window_extent(renderer) for p in axes.patches if type(p).__name__ == "Rectangle"]
    drawn = [text.get_window_extent(renderer) for text in axes.texts]
    for extent in drawn:
        holders = [
            b for b in boxes if b.x0 <= extent.x0 and extent.x1 <= b.x1 and b.y0 <= extent.y0 and extent.y1 <= b.y1
        ]
        assert len(holders) == 1
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])
    tall = [text.get_window_extent(renderer) for text in axes.texts]
    assert not any(
        min(a.x1, b.x1) > max(a.x0, b.x0)
        and min(a.y1, b.y1) - max(a.y0, b.y0) > 3  # dots: descenders reach into the next line
        for i, a in enumerate(tall)
        for b in tall[i + 1 :]
    )


def test_the_same_bytes_every_time() -> None:
    assert drawings(flow_figure.flow_figure(hostile(3))) == drawings(flow_figure.flow_figure(hostile(3)))


def test_lines_keep_every_character_and_their_room() -> None:
    lines = wrapped(HOSTILE, 1.5, 8)
    assert "".join(lines).replace(" ", "") == HOSTILE.replace(" ", "").replace("\U0001f600", "[U+1F600]")
    assert max(text_width(line, 8) for line in lines) <= 1.5
    assert wrapped("  ", 1.5, 8) == ("",)
    assert wrapped("abc", 0.001, 8) == ("a", "b", "c")


def test_width_of_a_text() -> None:
    # Liberation Sans has the metrics of Arial: a digit is 1139 of 2048 units wide, a space 569. At 10 points and 300
    # dots to the inch that is 23.2 and 11.6 dots.
    assert text_width("0 0", 10) == pytest.approx((2 * 24 + 12) / 300)
