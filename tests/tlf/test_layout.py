"""Decimal alignment by padding, column widths, and rows that stay together."""

from dataclasses import replace

from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st

from analysis.tlf import fonts, layout
from analysis.tlf.model import Cell, Column, Footnote, Row, Span, Table
from tests.tlf.samples import disposition, long_table, small

PADDING = dict.fromkeys(map(ord, "\u2007\u2008\u2009\u200a"))


def texts(*shown: str) -> list[tuple[str, str]]:
    table = small(*(Row.of("x", text) for text in shown))
    return [row[1] for row in layout.aligned(table)]


def advance(text: str, file: str = fonts.REGULAR) -> int:
    """Width of a text in the shipped font's own units."""
    with TTFont(fonts.FOLDER / file) as font:
        cmap, metrics = font.getBestCmap(), font["hmtx"]
        return sum(metrics[cmap[ord(c)]][0] for c in text)


def test_integers_end_under_each_other() -> None:
    assert [before for before, _ in texts("7", "40", "100")] == ["\u2007\u20077", "\u200740", "100"]


def test_decimal_points_stand_under_each_other() -> None:
    shown = texts("5.8", "12.25", "7", "<0.0001")
    points = [advance(before.partition(".")[0]) for before, _ in shown]
    assert max(points) - min(points) <= 100  # of 2048 to the em: under half a point in print


def test_percentages_in_brackets_stand_under_each_other() -> None:
    assert [b for b, _ in texts("40 (100.0)", "5 (12.5)", "1 (2.5%)")] == [
        "40\u00a0(100.0)",
        "\u20075\u00a0(\u200712.5)",
        "\u20071\u00a0(\u2007\u20072.5%)",
    ]


def test_confidence_limits_stand_under_each_other() -> None:
    shown = [
        before.replace("\u00a0", " ") for before, _ in texts("9.5 (7.6, 12.7)", "13.1 (11.1, NE)", "0.1 (0.0, 7.7)")
    ]
    assert shown == ["\u20079.5 (\u20077.6, 12.7)", "13.1 (11.1, NE)", "\u20070.1 (\u20070.0, \u20077.7)"]


def test_other_pairs_stand_under_each_other_within_their_group_alone() -> None:
    table = small(
        Row.of("Age", kind="group"),
        Row.of("Mean (SD)", "58.5 (9.65)"),
        Row.of("Dose", kind="group"),
        Row.of("Mean (SD)", "2041.6 (1072.47)"),
    )
    shown = [row[1][0] for row in layout.aligned(table) if len(row) > 1]
    assert shown == ["\u2007\u200758.5\u00a0(9.65)", "2041.6\u00a0(1072.47)"]


def test_a_value_does_not_break_unless_its_column_is_too_narrow_for_it() -> None:
    columns = (Column("Status", 40), Column("n (%)", 1, "decimal"))
    assert layout.aligned(small(Row.of("x", "12 (30.8)")))[0][1][0] == "12\u00a0(30.8)"
    assert layout.aligned(small(Row.of("x", "12 (30.8)"), columns=columns))[0][1][0] == "12 (30.8)"


def test_padded_texts_are_equally_wide_so_that_they_can_be_centred() -> None:
    for file in (fonts.REGULAR, fonts.BOLD):
        widths = [
            advance(before + after, file) for before, after in texts("40 (100.0)", "5", "8.1 (5.6, NE)", "NE", "-")
        ]
        assert max(widths) - min(widths) <= 171


def test_a_footnote_mark_counts_as_part_of_its_number() -> None:
    table = small(Row.of("x", Cell("5", "a")), Row.of("x", "5"), footnotes=(Footnote("Note.", "a"),))
    (_, with_mark), (_, without) = (row[1] for row in layout.aligned(table))
    assert with_mark == ""
    assert 500 < advance(without) < 800  # 60 % of the width of one character


def test_other_texts_and_other_columns_are_left_alone() -> None:
    assert texts("not reached", "5")[0] == ("not reached", "")
    assert [row[0] for row in layout.aligned(disposition())] == [(r.cells[0].text, "") for r in disposition().rows]


@given(
    st.lists(
        st.one_of(st.text(max_size=12), st.from_regex(r"[<]?\d{1,4}(\.\d{1,3})?( \(\d{1,3}(\.\d)?\))?", fullmatch=True))
    )
)
def test_padding_changes_no_text(values: list[str]) -> None:
    cells = [Cell(v) for v in values]
    table = small(*(Row.of("x", c) for c in cells))
    for cell, row in zip(cells, layout.aligned(table), strict=False):
        before, after = row[1]
        assert before.translate(PADDING).replace("\u00a0", " ") == cell.text.translate(PADDING).replace("\u00a0", " ")
        assert after.translate(PADDING) == ""


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=12), st.integers(100, 20000))
def test_column_widths_add_up(widths: list[float], total: int) -> None:
    table = small(columns=tuple(Column("", w) for w in widths))
    assert sum(layout.column_widths(table, total)) == total


def kept(*kinds: str) -> list[bool]:
    """Of a table across the page, which may be divided."""
    table = small(*(Row.of("a", "b", kind=kind) for kind in kinds))  # type: ignore[arg-type]
    return layout.kept_with_next(replace(table, landscape=True))


def test_a_short_upright_table_stays_whole() -> None:
    rows = [Row.of("a", "b")] * 30
    assert layout.stays_whole(small(*rows))
    assert layout.kept_with_next(small(*rows)) == [True] * 30
    assert not layout.stays_whole(small(*rows * 2))
    assert not layout.stays_whole(small(Row.of("a " * 4000, "b")))  # one row of many lines
    assert not layout.stays_whole(replace(small(*rows), landscape=True))


def test_a_group_header_stays_with_two_rows_of_its_group() -> None:
    assert kept("data", "group", "data", "data", "data", "data") == [False, True, True, False, False, True]


def test_nested_group_headers_stay_together() -> None:
    assert kept("group", "group", "data", "data", "data") == [True, True, True, False, True]


def test_a_group_of_one_row_does_not_hold_the_next_group() -> None:
    assert kept("group", "data", "group", "data", "data") == [True, False, True, True, True]


def listing(*records: int, **more: object) -> Table:
    """A listing of patients, each with so many records of a line."""
    rows = [[Row.of(f"Patient {n}", kind="group"), *[Row.of("a", "b")] * count] for n, count in enumerate(records)]
    return small(*(row for patient in rows for row in patient), id="l-16-2-1-1", landscape=True, **more)


def test_a_patient_of_few_lines_stays_whole_in_a_listing() -> None:
    """With its header a patient has one line more than records, and 26 lines stay together."""
    kept = layout.kept_with_next(listing(25, 26, 1))
    assert kept[:26] == [True] * 25 + [False]
    assert kept[26:53] == [True, True] + [False] * 25
    assert kept[53:] == [True, True]
    assert layout.kept_with_next(replace(listing(25, 1), id="t-14-1-1-1"))[2] is False


def test_a_patient_of_many_lines_is_continued_in_a_listing() -> None:
    long = layout.continued(listing(1, 52, 25))
    headers = [(i, row.cells[0].text) for i, row in enumerate(long.rows) if row.kind == "group"]
    assert headers == [
        (0, "Patient 0"),
        (2, "Patient 1"),
        (28, "Patient 1 (continued)"),  # after 25 records, which are 26 lines with the header
        (54, "Patient 1 (continued)"),
        (57, "Patient 2"),
    ]
    assert len(long.rows) == 3 + 1 + 52 + 25 + 2
    assert layout.kept_with_next(long)[28:53] == [True] * 25
    assert layout.continued(listing(25, 25)) == listing(25, 25)
    table = replace(listing(52), id="t-14-1-1-1")
    assert layout.continued(table) == table


def test_a_record_of_many_lines_counts_as_such_and_is_never_divided() -> None:
    high = Row.of("\n".join("x" * 20), "b")
    long = layout.continued(replace(listing(0), rows=(Row.of("P", kind="group"), high, high, Row.of("a", "b"))))
    assert [row.cells[0].text[:13] for row in long.rows if row.kind == "group"] == ["P", "P (continued)"]
    assert long.rows[2].cells[0].text == "P (continued)"


def test_spanning_headers_are_filled_up() -> None:
    columns = tuple(Column(str(i), 1) for i in range(5))
    table = small(columns=columns, spans=(Span("a", 1, 2), Span("b", 4, 4)))
    assert layout.header_groups(table) == [("", 0, 0), ("a", 1, 2), ("", 3, 3), ("b", 4, 4)]
    assert layout.header_groups(long_table()) == [("", 0, 0), ("Worst grade", 1, 2)]


def test_a_single_cell_spans_only_tables_of_several_columns() -> None:
    one: Table = small(Row.of("a", kind="group"), columns=(Column("a", 1),))
    assert not layout.spans_across(one.rows[0].cells, one)
    assert layout.spans_across(disposition().rows[1].cells, disposition())
