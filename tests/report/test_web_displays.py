"""The frames that csr.html puts around displays."""

import re

import pytest

from analysis.params import Output
from analysis.report import web_displays
from analysis.tlf.write_html import figure_footnotes_html, figure_heading_html, table_html
from tests.tlf.samples import figure, long_table, small


def raw(text: str) -> dict[str, object]:
    return {"t": "RawBlock", "c": ["html", text]}


def marker(name: str) -> dict[str, object]:
    return raw(f"<!-- display {name} -->")


def para(text: str) -> dict[str, object]:
    return {"t": "Para", "c": [{"t": "Str", "c": text}]}


PICTURE = {"t": "Para", "c": [{"t": "Image", "c": [["", [], []], [], ["a.png", ""]]}]}
BREAK = raw('<hr class="page-break">')


def drawn(name: str) -> list[dict[str, object]]:
    made = figure(id=name)
    return [raw(figure_heading_html(made)), PICTURE, raw(figure_footnotes_html(made))]


def test_a_display_ends_at_text_a_page_break_or_the_next_one() -> None:
    table, other = raw("<div>1</div>"), raw("<div>2</div>")
    blocks = [para("a"), marker("t-14-1-1"), table, para("b"), marker("t-14-1-2"), other, BREAK, para("c")]
    assert list(web_displays.cut(blocks)) == [
        (None, [para("a")]),
        ("t-14-1-1", [marker("t-14-1-1"), table]),
        (None, [para("b")]),
        ("t-14-1-2", [marker("t-14-1-2"), other]),
        (None, [BREAK, para("c")]),
    ]


def test_each_figure_of_a_series_is_a_display_of_its_own() -> None:
    blocks = [marker("f-14-3-3-1"), *drawn("f-14-3-3-1"), *drawn("f-14-3-3-2"), *drawn("f-14-3-3-10")]
    runs = list(web_displays.cut(blocks))[1:]
    assert [name for name, _ in runs] == ["f-14-3-3-1", "f-14-3-3-2", "f-14-3-3-10"]
    assert [len(run) for _, run in runs] == [4, 3, 3]


@pytest.mark.parametrize(
    ("html", "classes"),
    [
        (table_html(small()), "table"),
        (table_html(long_table(groups=7)), "table"),  # 7 x 8 rows, two of the header, one below
        (table_html(long_table(groups=12)), "table long"),
    ],
)
def test_a_long_table_scrolls_below_its_header(html: str, classes: str) -> None:
    first = web_displays.framed("t-14-3-1-2", [raw(html)])[0]["c"][1]
    assert re.match('<div class="display (.*?)"', first)[1] == classes  # type: ignore[index]


def test_a_frame_knows_how_many_columns_it_has() -> None:
    first = web_displays.framed("l-16-2-1", [raw("<colgroup>" + '<col style="width:10%">' * 9)])[0]["c"][1]
    assert first.startswith('<div class="display listing wide" style="--columns:9;--least:')


def test_lists_say_how_many_there_are_and_escape_titles() -> None:
    outputs = {
        name: Output(id=name, title=f"<{name}>", population="fas", notebook="x") for name in ("t-1", "t-2", "l-1")
    }
    assert web_displays.lists(outputs) == (
        '<details><summary>Tables <span>2</span></summary><ol><li><a href="#t-1">Table 1 &lt;t-1&gt;</a></li>'
        '<li><a href="#t-2">Table 2 &lt;t-2&gt;</a></li></ol></details>'
        '<details><summary>Listings <span>1</span></summary><ol><li><a href="#l-1">Listing 1 &lt;l-1&gt;</a></li></ol>'
        "</details>"
    )


@pytest.mark.parametrize(
    ("row", "rigid", "width"),
    [
        # Ten characters as wide as 1139 and 682 of 2048: eight digits and two hyphens; 1.8 em around them.
        ("<th>2025-01-31</th><td></td>", False, (8 * 1139 + 2 * 682) / 2048 + 2 * 1.8),
        ("<th>2025-01-31</th><td></td>", True, ((8 * 1139 + 2 * 682) / 2048 + 1.8) / 0.75),
        ("<th>1</th><td>22/33</td>", True, ((2 * 1139 + 569) / 2048 + 1.8) / 0.25),  # a line can end at the slash
        ("<th>1</th><td>2222222222</td>", True, 19.0),  # no more than 9.5 em for each of the two columns
        ("<th>12345678901234</th><td>1</td>", False, 1139 / 2048 + 2 * 1.8),  # an unusual word may break
        ('<th colspan="2">1234567890</th>', False, 0.0),
    ],
)
def test_a_table_is_as_wide_as_its_words_ask(row: str, rigid: bool, width: float) -> None:
    table = f"<div><table><tbody><tr>{row}</tr></tbody></table></div>"
    assert web_displays.least_width(table, (0.75, 0.25), rigid=rigid) == pytest.approx(width)
