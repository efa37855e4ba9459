"""Links from displays to the sections that cite them, and to each other."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.report.book import Book
from analysis.report.cited import places, write_links
from analysis.report.parse import book_ast
from analysis.tlf.display import figure_bundles, table_bundle
from analysis.tlf.model import Column, Figure, Footnote, Row, Table
from tests.report.small_book import code_cell, figure_cell, notebook, write_book
from tests.tlf.samples import png

TABLE = Table(
    id="t-14-2-1-1",
    label="Table 14.2.1.1",
    title="Survival",
    population="All",
    columns=(Column("Item", 1), Column("N", 1)),
    rows=(Row.of("Patients", "2"),),
    footnotes=(Footnote("The curve is Figure 14.2.1.1; not Table 14.9.9.9."),),
    source="Source: ADTTE.",
)
FIGURE = Figure(
    id="f-14-2-1-1",
    label="Figure 14.2.1.1",
    title="Curve",
    population="All",
    footnotes=(Footnote("The numbers are those of Table 14.2.1.1."),),
    source="Source: ADTTE.",
    alt="A curve",
    png=png(),
    svg=b"",
    pdf=b"",
)
INDEX = """\
# 1 Title page {#s-1}

The [Table 14.2.1.1](report/14-tables.qmd#t-14-2-1-1).

```
[not a link](report/14-tables.qmd#f-14-2-1-1)
```
"""
PATIENTS = """\
# 10 Study patients {#s-10}

{{< include _part.qmd >}}

## 10.1 [All](14-tables.qmd#f-14-2-1-1) {#s-10-1}

[Table 14.2.1.1](14-tables.qmd#t-14-2-1-1), again [Table 14.2.1.1](14-tables.qmd#t-14-2-1-1).

## 10.2 Two {#s-10-2}

[Table 14.2.1.1](14-tables.qmd#t-14-2-1-1) and [Figure 14.2.1.1](14-tables.qmd#f-14-2-1-1).
"""


def shown(table: Table = TABLE, *figures: Figure) -> str:
    below = [({**data}, metadata) for f in figures or (FIGURE,) for data, metadata in figure_bundles(f)]
    for data, _ in below:
        data.pop("image/png", None)
    return notebook(code_cell("t-14-2-1-1", (table_bundle(table), {})), code_cell("f-14-2-1-1", *below))


def staged(folder: Path, **files: str) -> Book:
    texts = {"index": INDEX, "report__10_patients": PATIENTS, "notebooks__20_pfs": shown()} | files
    book = Book(write_book(folder, **texts))
    write_links(book)
    return book


def outputs(book: Book, kind: str) -> list[str]:
    cells = json.loads((book.folder / "notebooks" / "20_pfs.ipynb").read_text())["cells"]
    return ["".join("".join(o["data"].get(kind, "")) for o in cell["outputs"]) for cell in cells]


def test_which_sections_cite_a_display(tmp_path: Path) -> None:
    found = places(staged(tmp_path, report___part="[Figure 14.2.1.1](14-tables.qmd#f-14-2-1-1)\n"))
    cited = {name: [section.number for section in sections] for name, sections in found.cited.items()}
    assert cited == {"t-14-2-1-1": ["1", "10.1", "10.2"], "f-14-2-1-1": ["10", "10.2"]}
    assert found.shown["t-14-2-1-1"].chapter == "report/14-tables.qmd"


def test_html_for_quarto_names_the_chapter_and_other_html_the_anchor(tmp_path: Path) -> None:
    book = staged(tmp_path)
    table, figure = outputs(book, "text/html")
    links = '<a href="{}#s-1">1</a>, <a href="{}#s-10-1">10.1</a> and <a href="{}#s-10-2">10.2</a>'
    line = f'<p class="csr-cited">Cited in {links}.</p>'
    assert line.format("../index.qmd", "10-patients.qmd", "10-patients.qmd") in table
    assert '<a href="#f-14-2-1-1">Figure 14.2.1.1</a>; not Table 14.9.9.9.' in table
    assert "Cited in <a" in figure
    assert line.format("", "", "") in outputs(book, "text/markdown")[0]


def test_word_and_typst_have_links_of_their_own(tmp_path: Path) -> None:
    table, _ = outputs(staged(tmp_path), "text/markdown")
    assert 'link(label("s-10-2"), "10.2")' in table
    assert 'link(label("f-14-2-1-1"), "Figure 14.2.1.1") + "; not " + "Table 14.9.9.9" + "."' in table
    anchors = re.findall(
        r'<w:hyperlink w:anchor="([^"]+)" w:history="1"><w:r><w:rPr><w:rStyle w:val="Hyperlink"/>', table
    )
    assert anchors == ["f-14-2-1-1", "s-1", "s-10-1", "s-10-2"]


def test_a_display_that_nothing_cites_says_nothing(tmp_path: Path) -> None:
    book = staged(tmp_path, index="# 1 Title page {#s-1}\n", report__10_patients="# 10 Patients {#s-10}\n")
    for kind in ("text/html", "text/markdown"):
        assert not [text for text in outputs(book, kind) if re.search("Cited|cited |seen", text)]


def test_a_section_is_not_said_to_cite_what_stands_in_it(tmp_path: Path) -> None:
    home = (
        "# 14 Tables {#s-14}\n\n[Table 14.2.1.1](#t-14-2-1-1)\n\n{{< embed ../notebooks/20_pfs.ipynb#t-14-2-1-1 >}}\n"
    )
    book = staged(
        tmp_path, index="# 1 Title page {#s-1}\n", report__10_patients="# 10 P {#s-10}\n", report__14_tables=home
    )
    assert "Cited" not in outputs(book, "text/html")[0]


def test_a_display_that_the_report_does_not_show_loses_its_marks(tmp_path: Path) -> None:
    home = "# 14 Tables {#s-14}\n\n{{< embed ../notebooks/20_pfs.ipynb#f-14-2-1-1 >}}\n"
    book = staged(tmp_path, report__14_tables=home)
    table, figure = outputs(book, "text/html")
    assert not re.search("<a |<!--", table)
    assert "those of Table 14.2.1.1." in figure


def test_every_figure_of_a_series_is_cited_with_the_first(tmp_path: Path) -> None:
    book = staged(tmp_path, notebooks__20_pfs=shown(TABLE, FIGURE, FIGURE.page(2, "Another")))
    assert outputs(book, "text/html")[1].count('Cited in <a href="10-patients.qmd#s-10-2">10.2</a>.') == 2


@pytest.mark.parametrize("text", ["<!-- html:cited t-14-2-1-1 -->", "{/* typst:cited t-14-2-1-1 */}"])
def test_data_cannot_make_a_link(tmp_path: Path, text: str) -> None:
    hostile = replace(TABLE, rows=(Row.of(text, text),), footnotes=(), source=text)
    book = staged(tmp_path, notebooks__20_pfs=shown(hostile))
    assert outputs(book, "text/html")[0].count("Cited in") == 1
    assert outputs(book, "text/markdown")[0].count("Cited in") == 3


def test_the_embedded_engine_reads_the_links(tmp_path: Path) -> None:
    blocks = [b["c"] for b in book_ast(staged(tmp_path).folder)["blocks"] if b["t"] == "RawBlock"]
    assert {kind for kind, text in blocks if "Cited in" in text} == {"html", "openxml", "typst"}


def test_a_link_to_a_section_of_one_display_cites_it(tmp_path: Path) -> None:
    patients = "# 10 Patients {#s-10}\n\n[Section 14](14-tables.qmd#s-14), [Section 14.1](14-tables.qmd#s-14-1)\n"
    embed = "{{< embed ../notebooks/20_pfs.ipynb#t-14-2-1-1 >}}\n"
    home = f"# 14 Tables {{#s-14}}\n\n{embed}\n{embed.replace('t-14', 'f-14')}\n## 14.1 More {{#s-14-1}}\n\n"
    book = staged(tmp_path, index="# 1 Title page {#s-1}\n", report__10_patients=patients, report__14_tables=home)
    assert places(book).cited == {}
    split = home.replace("## 14.1", f"## 14.1 {{#s-14-1}}\n\n{embed.replace('t-14', 't-15')}\n## 14.2")
    (book.folder / "report" / "14-tables.qmd").write_text(split)
    assert places(book).cited.keys() == {"t-15-2-1-1"}


def test_pictures_get_their_texts_where_quarto_looks_for_them(tmp_path: Path) -> None:
    cell = figure_cell("f-14-2-1-1") | {"source": "#| label: f-14-2-1-1\n#| fig-alt: 'Any'\nshow()"}
    picture = cell["outputs"][1]["metadata"]["image/png"]  # type: ignore[index]
    picture["alt"] = "A \\ {{< var x >}}\n& B"
    book = staged(tmp_path, notebooks__20_pfs=notebook(cell))
    (made,) = json.loads((book.folder / "notebooks" / "20_pfs.ipynb").read_text())["cells"]
    assert "".join(made["source"]).splitlines() == [
        r'#| fig-alt: ["", "A \\\\ { {< var x >}} &amp; B"]',
        "#| label: f-14-2-1-1",
        "show()",
    ]
