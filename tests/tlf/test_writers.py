"""Every text comes out of every format as it went in: each format is read back by its own parser."""

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import typst
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree, html

from analysis.tlf import fonts
from analysis.tlf.model import Cell, Column, Footnote, Row, Span, Table, clean
from analysis.tlf.write_delimited import display_json, table_csv
from analysis.tlf.write_html import table_html, table_page
from analysis.tlf.write_openxml import table_openxml
from analysis.tlf.write_rtf import document_rtf, section_rtf
from analysis.tlf.write_typst import table_typst
from tests.tlf.samples import AROUND, HOSTILE, disposition, figure, long_table, png, rtf_of, small

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"

hostile_text = st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(codec=None), max_size=30))


def made_of(texts: list[str]) -> Table:
    """A table with a text in every place that holds one: six are needed."""
    title, population, header, cell, note, source = texts
    return small(
        Row.of(cell, Cell("5", "a"), indent=1),
        columns=(Column(header, 1), Column("n", 1)),
        footnotes=(Footnote(note, "a"),),
        title=title,
        population=population,
        source=source,
    )


# Each reader gives title, population, header, cell, note and source of a table made by `made_of`.


def read_html(table: Table) -> list[str]:
    page = html.document_fromstring(f'<meta charset="utf-8">{table_html(table)}'.encode())

    def text(path: str) -> str:
        (element,) = page.xpath(path)
        for line_break in element.iter("br"):
            line_break.tail = "\n" + (line_break.tail or "")
        return str(element.text_content())

    return [
        text('//*[@class="csr-title"]'),
        text('//*[@class="csr-population"]'),
        text("//thead/tr[last()]/*[1]"),
        text("//tbody/tr[1]/*[1]"),
        text("//tfoot//p[1]").removeprefix("a "),
        text('//*[@class="csr-source"]'),
    ]


def paragraph_text(paragraph: Any) -> str:
    parts = paragraph.iter(f"{W}t", f"{W}br")
    return "".join("\n" if part.tag == f"{W}br" else part.text or "" for part in parts)


def read_tbl(tbl: Any) -> list[str]:
    rows = [
        [[paragraph_text(p) for p in cell.iter(f"{W}p")] for cell in row.iter(f"{W}tc")] for row in tbl.iter(f"{W}tr")
    ]
    (title, population), header, cell, (note, source) = rows[0][0], rows[1][0][0], rows[2][0][0], rows[3][0]
    return [title.removeprefix("Table 14.1.1.1 "), population, header, cell, note.removeprefix("a "), source]


def read_openxml(table: Table) -> list[str]:
    root = etree.fromstring(f'<w:body xmlns:w="{W[1:-1]}">{table_openxml(table)}</w:body>')
    return read_tbl(root[0])


def read_rtf(table: Table) -> list[str]:
    title, header, _, cell, _, below = rtf_cells(rtf_of(table))
    label_title, population = split_once(title, "Table 14.1.1.1 ", table.population)
    note, source = split_once(below, "a ", table.source)
    return [label_title, population, header, cell, note, source]


def split_once(text: str, start: str, end: str) -> tuple[str, str]:
    """The two lines of a cell, of which the second is known (either may hold line breaks)."""
    assert text.startswith(start)
    assert text.endswith("\n" + end)
    return text[len(start) : len(text) - len(end) - 1], end


def rtf_cells(rtf: str) -> list[str]:
    """A small RTF reader: the texts of the table's cells."""
    assert rtf.isascii()
    token = re.compile(r"\\([a-z]+)(-?\d+)? ?|\\(.)|([{}])|([^\\{}]+)", re.DOTALL)
    cells: list[str] = []
    units: list[int] = []
    skipped, depth, skip_fallback = 0, 0, False
    for match in token.finditer(rtf):
        word, number, symbol, brace, plain = match.groups()
        if brace:
            depth += 1 if brace == "{" else -1
            skipped = 0 if depth < skipped else skipped
        elif symbol == "*" or word in ("fonttbl", "info", "header", "footer"):
            skipped = skipped or depth
        elif skipped:
            continue
        elif word == "u":
            units.append(int(number) & 0xFFFF)
            skip_fallback = True
        elif word == "line":
            units.append(10)
        elif word == "cell":
            cells.append(b"".join(u.to_bytes(2, "little") for u in units).decode("utf-16-le"))
            units = []
        elif symbol or plain:
            shown = symbol or plain.replace("\n", "")
            if skip_fallback and shown:
                assert shown[0] == "?"
                shown = shown[1:]
                skip_fallback = False
            units += map(ord, shown)
    assert depth == 0
    return cells


def compiled(table: Table, query: str = "<cell>") -> list[Any]:
    """Typst's own idea of the table's cells: page and content of each."""
    show = (
        '#set page(paper: "a4", margin: 25mm)\n#set text(font: "Liberation Sans")\n'
        "#show table.cell: it => { it; context [#metadata((page: here().page(), body: it.body)) <cell>] }\n"
    )
    source = (show + table_typst(table)).encode("utf-8")
    found: list[Any] = json.loads(typst.query(source, query, ignore_system_fonts=True, font_paths=[str(fonts.FOLDER)]))
    return [entry["value"] for entry in found]


def content_text(node: Any) -> str:
    if isinstance(node, list):
        return "".join(map(content_text, node))
    match node["func"]:
        case "text":
            return str(node["text"])
        case "linebreak" | "parbreak":
            return "\n"
        case "space":
            return " "
        case "h":
            return ""
    return "".join(content_text(node[key]) for key in ("body", "child", "children") if key in node)


def read_typst(table: Table) -> list[str]:
    title, header, _, cell, _, below = [content_text(entry["body"]) for entry in compiled(table)]
    label_title, population = split_once(title, "Table 14.1.1.1 ", fonts.printable(table.population))
    note, source = split_once(below, "a ", fonts.printable(table.source))
    return [label_title, population, header, cell, note, source]


def read_json(table: Table) -> list[str]:
    data = json.loads(display_json(table))
    texts = [data["title"], data["population"], data["columns"][0]["label"], data["rows"][0]["cells"][0]["text"]]
    return [*texts, data["footnotes"][0]["text"], data["source"]]


@pytest.mark.parametrize("read", [read_html, read_openxml, read_rtf, read_json])
@given(st.lists(hostile_text, min_size=6, max_size=6))
@example([*HOSTILE[:6]])
def test_every_text_comes_back(read: Callable[[Table], list[str]], texts: list[str]) -> None:
    assert read(made_of(texts)) == [clean(t) for t in texts]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("read", [read_html, read_openxml, read_rtf, read_json])
def test_hostile_texts_come_back(read: Callable[[Table], list[str]], text: str) -> None:
    assert read(made_of([text] * 6)) == [clean(text)] * 6


@given(st.lists(hostile_text, min_size=6, max_size=6))
def test_every_text_comes_back_from_typst(texts: list[str]) -> None:
    assert read_typst(made_of(texts)) == [fonts.printable(clean(t)) for t in texts]


def test_hostile_texts_come_back_from_typst_and_pdf_standards_are_met() -> None:
    table = small(*(Row.of(t, Cell(t, "a")) for t in HOSTILE), footnotes=(Footnote("x", "a"),))
    shown = [content_text(entry["body"]) for entry in compiled(table)][3:-1]
    expected = [fonts.printable(clean(t)) for t in HOSTILE]
    assert shown[::2] == expected
    head = '#set text(font: "Liberation Sans", lang: "en")\n#set document(title: "x")\n'
    source = f"{head}{table_typst(table)}\n#link(<t-14-1-1-1>)[x]"
    pdf = typst.compile(
        source.encode("utf-8"),
        ignore_system_fonts=True,
        font_paths=[str(fonts.FOLDER)],
        pdf_standards=["a-2a", "ua-1"],
    )
    assert pdf.startswith(b"%PDF")


@given(st.lists(st.tuples(hostile_text, hostile_text), max_size=5))
def test_csv_is_data(rows: list[tuple[str, str]]) -> None:
    table = small(*(Row.of(a, b) for a, b in rows), columns=(Column("a", 1), Column("b", 1)))
    read = list(csv.reader(io.StringIO(table_csv(table))))
    assert read[0] == ["a", "b"]
    for found, texts in zip(read[1:], rows, strict=True):
        for cell, text in zip(found, map(clean, texts), strict=True):
            assert cell in (text, f"'{text}")  # what gets the apostrophe: tests/hostile/test_spreadsheet.py
            assert cell == text or text[0] in "=+-@\n＝＋－＠"


def test_csv_names_spans_and_leaves_padding_out() -> None:
    lines = table_csv(long_table(groups=1)).splitlines()
    assert lines[:3] == ["Term,Worst grade: Any grade,Worst grade: Grade 3", "Group 0,0 (0.0),1", "Term 0.0,0 (0.5),1"]
    assert table_csv(disposition()).splitlines()[2] == "Anlotinib,"


@given(st.lists(hostile_text, min_size=6, max_size=6))
@example(["`" * 6] * 6)
def test_no_shortcode_and_no_fence_in_any_format(texts: list[str]) -> None:
    table = made_of(texts)
    for written in (table_html(table), table_openxml(table), table_typst(table)):
        assert "{{" not in written
        assert "`" not in written


# What the formats say beyond the texts


def test_html_has_scopes_anchor_and_results() -> None:
    (root,) = html.fragments_fromstring(table_html(disposition()))
    assert root.get("id") == "t-14-1-1-1"
    assert [e.text for e in root.xpath('//th[@scope="col"]')] == ["Status", "n (%)"]
    assert [e.text for e in root.xpath('//th[@scope="rowgroup"]')] == ["Anlotinib"]
    assert root.xpath("//@data-result") == ["n.enrolled"]
    assert not root.xpath("//@style[not(starts-with(., 'width:'))]")


@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_a_first_cell_without_words_heads_no_row(text: str) -> None:
    root = html.fromstring(table_html(small(Row.of(text, "1"), Row.of("x", "2"))))
    assert [e.text for e in root.xpath('//th[@scope="row"]')] == ["x"]


def test_html_page_needs_nothing_else_and_says_synthetic() -> None:
    page = table_page(disposition())
    assert '<p class="notice">SYNTHETIC DATA - no real patients</p>' in page
    assert "<script" not in page
    assert not re.search(r"(?:src|href)\s*=|url\((?!data:)|@import", page)
    assert "notice" not in re.sub("<style>.*</style>", "", table_page(small(source="Real data")), flags=re.DOTALL)


def openxml(table: Table) -> Any:
    return etree.fromstring(f'<w:body xmlns:w="{W[1:-1]}">{table_openxml(table)}</w:body>')


def test_openxml_repeats_headers_and_keeps_groups() -> None:
    rows = openxml(long_table()).findall(f"{W}tbl/{W}tr")
    repeated = [row.find(f"{W}trPr/{W}tblHeader") is not None for row in rows]
    assert repeated == [True] * 3 + [False] * (len(rows) - 3)
    assert all(row.find(f"{W}trPr/{W}cantSplit") is not None for row in rows)
    kept = [all(p.find(f"{W}pPr/{W}keepNext") is not None for p in row.iter(f"{W}p")) for row in rows]
    assert kept[:7] == [True, True, True, True, True, False, False]
    assert kept[-2:] == [True, False]


def test_openxml_has_exact_widths_names_and_an_anchor() -> None:
    tbl = openxml(long_table()).find(f"{W}tbl")
    grid = [int(c.get(f"{W}w")) for c in tbl.iter(f"{W}gridCol")]
    assert sum(grid) == 9072
    for row in tbl.iter(f"{W}tr"):
        assert sum(int(s.get(f"{W}val")) for s in row.iter(f"{W}gridSpan")) + sum(
            c.find(f"{W}tcPr/{W}gridSpan") is None for c in row.iter(f"{W}tc")
        ) == len(grid)
    assert [b.get(f"{W}name") for b in tbl.iter(f"{W}bookmarkStart")] == ["t-14-3-1-2"]
    assert tbl.find(f"{W}tblPr/{W}tblCaption").get(f"{W}val") == "Table 14.1.1.1 Disposition of patients"
    used = {s.get(f"{W}val") for s in tbl.iter(f"{W}pStyle", f"{W}tblStyle")}
    body = {"TableText", "TableNumber", "TableGroup", "TableGroupNumber"}
    assert used == body | {"CSRTable", "TableTitle", "TablePopulation", "TableHeader", "TableSource"}


def test_a_landscape_table_has_a_section_of_its_own() -> None:
    sections = list(openxml(long_table(landscape=True)).iter(f"{W}pgSz"))
    assert [s.get(f"{W}orient") for s in sections] == [None, "landscape"]
    assert list(openxml(long_table()).iter(f"{W}pgSz")) == []
    assert table_typst(long_table(landscape=True)).startswith("#page(flipped: true)[")


def test_openxml_has_no_direct_formatting_where_a_style_belongs() -> None:
    root = openxml(small(Row.of("All", Cell("40", "a"), kind="total"), footnotes=(Footnote("x", "a"),)))
    assert {etree.QName(e).localname for p in root.iter(f"{W}rPr") for e in p} == {"rStyle"}
    assert {etree.QName(e).localname for p in root.iter(f"{W}pPr") for e in p} == {"pStyle", "keepNext", "jc"}
    assert [p.get(f"{W}val") for p in root.iter(f"{W}pStyle")][4:6] == ["TableTotal", "TableTotalNumber"]


@pytest.mark.parametrize("landscape", [False, True])
def test_typst_strands_no_group_header_and_repeats_the_title(landscape: bool) -> None:
    cells = compiled(long_table(landscape=landscape))
    pages = sorted({entry["page"] for entry in cells})
    assert len(pages) > 1
    for page in pages:
        texts = [content_text(entry["body"]) for entry in cells if entry["page"] == page]
        assert texts[0].startswith("Table 14.1.1.1")
        body = [t for t in texts if t.startswith(("Group", "Term "))]
        assert body[-1].startswith("Term ")


@pytest.mark.parametrize(("lines", "whole"), [(13, True), (100, False)])
def test_typst_divides_only_rows_that_are_too_high_for_a_page(lines: int, whole: bool) -> None:
    """A cell's page is that of its end: the cells of a divided row end on different pages."""
    cells = compiled(small(*(Row.of("\n".join([f"Long {i}"] * lines), f"Short {i}") for i in range(16))))
    page = {content_text(entry["body"]).split("\n")[0]: entry["page"] for entry in cells}
    assert all(page[f"Long {i}"] == page[f"Short {i}"] for i in range(16)) is whole


@pytest.mark.parametrize("patients", range(24, 34))
def test_typst_repeats_no_header_of_a_patient_with_one_row_in_a_listing(patients: int) -> None:
    groups = [(Row.of(f"Patient {i}", kind="group"), Row.of(f"Row {i}", "1")) for i in range(patients)]
    cells = compiled(small(*(row for group in groups for row in group), id="l-16-2-4-1"))
    shown = [content_text(entry["body"]) for entry in cells]
    assert [text for text in shown if text.startswith("Patient")] == [f"Patient {i}" for i in range(patients)]


@pytest.mark.parametrize("rows_before", range(60, 65))
def test_typst_strands_no_nested_group_header(rows_before: int) -> None:
    rows = [Row.of(f"Row {i}", "1") for i in range(rows_before)]
    rows += [Row.of("Outer", kind="group"), Row.of("Inner", "2", indent=1, kind="group")]
    cells = compiled(small(*rows, *(Row.of(f"Last {i}", "1") for i in range(20))))
    page = {content_text(entry["body"]): entry["page"] for entry in cells}
    assert page["Outer"] == page["Inner"] == page["Last 0"]


@pytest.mark.parametrize("rows", range(55, 75))
def test_typst_leaves_no_page_to_the_footnotes_alone(rows: int) -> None:
    cells = compiled(small(*(Row.of(f"Row {i}", "1") for i in range(rows)), footnotes=(Footnote("Note."),) * 3))
    last = max(entry["page"] for entry in cells)
    texts = [content_text(entry["body"]) for entry in cells if entry["page"] == last]
    assert f"Row {rows - 1}" in texts
    assert any(text.startswith("Note.") for text in texts)


def test_typst_keeps_the_last_group_with_the_footnotes_where_it_has_one_row() -> None:
    rows = [Row.of("Group", kind="group"), Row.of("Inner", "2", indent=1, kind="group"), Row.of("Last", "1", indent=2)]
    for count in range(55, 75):
        before = [Row.of(f"Row {i}", "1") for i in range(count)]
        cells = compiled(small(*before, *rows, footnotes=(Footnote("Note."),) * 3))
        page = {content_text(entry["body"]): entry["page"] for entry in cells}
        assert page["Group"] == page["Inner"] == page["Last"] == max(page.values())


def test_spans_and_rules_of_rtf() -> None:
    rtf = rtf_of(long_table())
    assert rtf.count(r"\trhdr") == 3
    assert rtf.count("{") == rtf.count("}")
    assert r"{\*\bkmkstart t_14_3_1_2}" in rtf
    assert r"\lndscpsxn" in rtf_of(long_table(landscape=True))
    assert rtf_cells(rtf)[1:3] == ["", "Worst grade"]


def test_every_page_of_rtf_has_head_and_foot_of_its_own_width() -> None:
    rtf = rtf_of(disposition(), long_table(landscape=True), contents=True)
    assert rtf.count(r"\sectd") == rtf.count(r"{\header") == rtf.count(r"{\footer") == 3
    assert re.findall(r"\\header.*?\\tx(\d+)", rtf) == ["9072", "9072", "14004"]
    assert r"Study ABC-1\tab {\b SYNTHETIC DATA - no real patients}\par}" in rtf
    assert (
        r"Data cut-off: 30 June 2025\tab Page {\field{\*\fldinst PAGE}{\fldrslt 1}} "
        r"of {\field{\*\fldinst NUMPAGES}{\fldrslt 1}}\par}" in rtf
    )
    assert r"{\title Displays}{\subject Short, data cut-off 2025-06-30}{\author A sponsor}" in rtf


def test_rtf_lists_its_displays_with_links_and_page_fields() -> None:
    rtf = rtf_of(disposition(), figure(), contents=True)
    assert re.findall(r'HYPERLINK \\\\l "(\w+)"', rtf) == ["t_14_1_1_1", "f_14_2_1_1"]
    assert re.findall(r"PAGEREF (\w+)", rtf) == re.findall(r"bkmkstart (\w+)", rtf) == ["t_14_1_1_1", "f_14_2_1_1"]


def test_a_figure_in_rtf_is_described_and_fits_its_page() -> None:
    rtf = rtf_of(figure(alt="A curve {that} falls"))
    assert r"{\sn wzDescription}{\sv A curve \{that\} falls}" in rtf
    assert r"\picwgoal2880\pichgoal1440" in rtf  # 600 x 300 pixels at 300 to the inch
    # 4000 pixels are 19200 twentieths of a point: too wide for 9072 and too high for 0.8 x 14004, which is 11203
    assert r"\picwgoal9072\pichgoal4536" in rtf_of(figure(png=png(4000, 2000)))
    assert r"\picwgoal5602\pichgoal11203" in rtf_of(figure(png=png(2000, 4000)))


def test_rtf_has_the_paper_it_is_given() -> None:
    letter = replace(AROUND, paper=(12240, 15840), margins=(1440, 1440, 1440, 1440))
    rtf = document_rtf([section_rtf(d, letter) for d in (disposition(), long_table(landscape=True))], letter, title="x")
    assert r"\pgwsxn12240\pghsxn15840\marglsxn1440" in rtf
    assert r"\pgwsxn15840\pghsxn12240\lndscpsxn" in rtf
    assert {int(edge) for edge in re.findall(r"\\cellx(\d+)", rtf)} >= {9360, 12960}


def test_spans_across_two_columns_only() -> None:
    columns = tuple(Column(str(i), 1) for i in range(4))
    table = small(Row.of(*"abcd"), columns=columns, spans=(Span("x", 0, 1), Span("y", 2, 3)))
    (root,) = html.fragments_fromstring(table_html(table))
    assert [(e.text, e.get("colspan")) for e in root.xpath('//th[@scope="colgroup"]')] == [("x", "2"), ("y", "2")]
