"""The model of a display: what it accepts, and how texts are cleaned once for all formats."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.tlf.model import Cell, Column, Footnote, Row, Span, Table, clean
from tests.tlf.samples import HOSTILE, disposition, figure, long_table, small


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("a\tb", "a b"),
        ("a\r\nb\rc\u2028d\x85e\x0bf", "a\nb\nc\nd\ne\nf"),
        ("\x00\x1b", "[U+0000][U+001B]"),
        ("\ufffe\U0001ffff\ufdd0", "[U+FFFE][U+1FFFF][U+FDD0]"),
        ("\ud800", "[U+D800]"),
        ("\u202egnp.exe", "[U+202E]gnp.exe"),
        ("\u00ad\ufeff\u200b", "[U+00AD][U+FEFF][U+200B]"),
        ("👩\u200d💻 e\u0301", "👩\u200d💻 e\u0301"),
    ],
)
def test_texts_are_cleaned_in_one_place(text: str, shown: str) -> None:
    assert clean(text) == shown
    assert Cell(text).text == shown


@given(st.one_of(st.text(st.characters(codec=None)), st.sampled_from(HOSTILE)))
def test_cleaned_text_stays_as_it_is_and_can_be_written_as_xml(text: str) -> None:
    shown = clean(text)
    assert clean(shown) == shown
    shown.encode("utf-8")
    assert all(c == "\n" or c >= " " for c in shown)


@pytest.mark.parametrize("table", [disposition(), long_table(landscape=True)])
def test_a_table_goes_through_json(table: Table) -> None:
    assert Table.from_json(json.loads(json.dumps(table.to_json()))) == table


def test_a_table_without_rows_says_so() -> None:
    assert [c.text for c in small().body[0].cells] == ["No observations"]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"id": "tbl-1"}, "'tbl-1' is not the id of a display, expected such as t-14-2-1-1"),
        ({"id": "t-1/../../x"}, "is not the id of a display"),
        ({"columns": ()}, "t-14-1-1-1: no columns"),
        ({"rows": (Row.of("a"),)}, "t-14-1-1-1: row 1 has 1 cells, expected 2"),
        ({"rows": (Row.of("a", "b", indent=10),)}, "row 1 has indent 10, expected 0 to 9"),
        ({"rows": (Row.of("a", Cell("b", "z")),)}, "cells refer to footnotes that do not exist: z"),
        ({"spans": (Span("x", 1, 2),)}, "spanning headers must go left to right, inside the table, without overlap"),
        ({"spans": (Span("x", 0, 1), Span("y", 1, 1))}, "without overlap"),
        ({"spans": (Span("x", 1, 0),)}, "left to right"),
    ],
)
def test_an_impossible_table_is_refused(more: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        small(**more)


@pytest.mark.parametrize("width", [0, -1, float("nan")])
def test_a_column_has_a_width(width: float) -> None:
    with pytest.raises(ValueError, match=r"column 'a': width .*, expected more than 0"):
        Column("a", width)


def test_a_figure_needs_words() -> None:
    with pytest.raises(ValueError, match="f-14-2-1-1: a figure needs an alternative text"):
        figure(alt=" ")


def test_footnotes_are_cleaned_too() -> None:
    assert Footnote("a\x00").text == "a[U+0000]"
