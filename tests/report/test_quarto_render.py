"""The report by Quarto says what the report by the embedded engine says, in HTML, Word and PDF.

Where there is no Quarto, those comparisons are skipped; a stand-in that does what Quarto's sources say runs everywhere.
"""

import base64
import datetime as dt
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lxml import html
from ruamel.yaml import YAML

from analysis.report import cited, docx, pandoc, pdf, typst_template
from analysis.report.book import Book
from analysis.report.parse import book_ast
from analysis.report.render import run_quarto
from analysis.report.stage import write_config
from analysis.tlf import fonts
from analysis.tlf.display import figure_bundles, table_bundle
from analysis.tlf.model import Figure, Footnote, Row
from tests.needs import needs
from tests.report import quarto_stand_in
from tests.report.made import make_params
from tests.report.small_book import HOSTILE, REFERENCES, code_cell, notebook, write_book
from tests.report.word_checks import W, document_of, words
from tests.tlf.samples import HOSTILE as HOSTILE_CELLS
from tests.tlf.samples import png, small

PROJECT = Path(__file__).parents[2]
DATE = dt.date(2025, 7, 10)
ALT = """Kaplan-Meier "curve" of <40> {patients}' data \\ &lt; \N{GRINNING FACE}"""
INDEX = """\
# 1 Title page {#s-1}

Study of {{< var drug.name >}}; [To be completed]{custom-style="Author Placeholder"}.

# 3 Table of contents {#s-3}

The contents follow.
"""
PATIENTS = """\
# 10 Study patients {#s-10}

Median {{< var pfs.median >}} months (n={{< var pfs.n >}}); {{< var data.term >}} and `code`.[^1]

{{< include _part.qmd >}}

## 10.1 All {{< var pfs.n >}} patients {#s-10-1}

Shown in [Table 14.1.1.1](14-tables.qmd#t-14-1-1-1), [Listing 16.2.1.1](14-tables.qmd#l-16-2-1-1) and
[Figure 14.2.1.1](14-tables.qmd#f-14-2-1-1) [@second; @kaplan1958]; see [Section 14](14-tables.qmd#s-14).

{{< pagebreak >}}

1. One
2. Two
    - and a half

| Item | Statement |
|:-----|:----------|
| a    | {{< var pfs.n >}} |
| b    | [To be completed: *now*]{custom-style="Author Placeholder"} |

[^1]: A note on {{< var drug.name >}}.
"""
TABLES = """\
# 14 Tables {#s-14}

## 14.1 Upright {#s-14-1}

{{< embed ../notebooks/20_pfs.ipynb#t-14-1-1-1 >}}

{{< pagebreak >}}

{{< embed ../notebooks/20_pfs.ipynb#f-14-2-1-1 >}}

## 14.2 Across {#s-14-2}

{{< embed ../notebooks/20_pfs.ipynb#l-16-2-1-1 >}}

Again [@kaplan1958], and [Section 10.1](10-patients.qmd#s-10-1).

# 15 Reference list {#s-15}

::: {#refs}
:::
"""
TABLE = small(
    Row.of("Enrolled", "40 (100.0)", kind="total"),
    Row.of("Anlotinib", kind="group"),
    Row.of("Treated", "39 (97.5)", indent=1),
    *(Row.of(text, "1") for text in HOSTILE_CELLS[:16]),  # on one page, whatever the version of typst
    footnotes=(Footnote("The curve is Figure 14.2.1.1.", "a"),),
)
LISTING = replace(TABLE, id="l-16-2-1-1", label="Listing 16.2.1.1", landscape=True)
FIGURE = Figure(
    id="f-14-2-1-1",
    label="Figure 14.2.1.1",
    title="Curve",
    population="All patients",
    footnotes=(Footnote("The numbers are those of Table 14.1.1.1."),),
    source="Source: ADTTE.",
    alt=ALT,
    png=png(),
    svg=b"",
    pdf=b"",
)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A staged book with every construct of the chapters: what Quarto and the embedded engine both read."""
    folder = tmp_path_factory.mktemp("book")
    cells = [code_cell(table.id, (table_bundle(table), {})) for table in (TABLE, LISTING)]
    figure = code_cell(FIGURE.id, *figure_bundles(FIGURE))
    for output in figure["outputs"]:  # type: ignore[attr-defined]
        if "image/png" in output["data"]:
            output["data"]["image/png"] = base64.b64encode(output["data"]["image/png"]).decode()
    for cell in [*cells, figure]:
        cell["source"] = f"#| label: {cell['id']}\n#| fig-alt: 'Any picture'\nshow()"
    config = YAML(typ="safe").load((PROJECT / "_quarto.yml").read_text(encoding="utf-8"))
    config["book"]["chapters"] = ["index.qmd", "report/10-patients.qmd", "report/14-tables.qmd"]
    write_book(
        folder,
        index=INDEX,
        report__10_patients=PATIENTS,
        report__14_tables=TABLES,
        report__references=REFERENCES + "@book{second, title={Another}, author={Else, A.}, year={1960}}\n",
        notebooks__20_pfs=notebook(*cells, figure),
    )
    with (folder / "source.yml").open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump(config, file)
    written = write_config(folder / "source.yml", make_params(), DATE, folder)
    (folder / "source.yml").unlink()
    typst_template.write_partial(written, make_params(), DATE, folder / typst_template.PARTIAL)
    for name in ("report/embeds.lua", "report/references.csl", "report/reference.docx"):
        shutil.copy(PROJECT / name, folder / name)
    shutil.copytree(fonts.FOLDER, folder / "fonts")
    cited.write_links(Book(folder))
    return folder


@pytest.fixture(scope="module")
def embedded(book: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """csr.docx and csr.pdf of the embedded engine, and the book as one plain page, index.html."""
    out = tmp_path_factory.mktemp("embedded")
    ast = book_ast(book)
    reference = book / "report/reference.docx"
    docx.made(ast, reference=reference, params=make_params(), date=DATE, resources=book).write(out / "csr.docx")
    pdf.write_pdf(ast, book, out / "csr.pdf", params=make_params(), date=DATE)
    page = pandoc.convert(ast, ["--to", "html5", "--wrap", "none"])
    (out / "index.html").write_text(f'<meta charset="utf-8"><main>{page}</main>', encoding="utf-8")
    return out


@pytest.fixture(scope="module", params=["stand-in", pytest.param("quarto", marks=needs("quarto"))])
def by_quarto(request: pytest.FixtureRequest, book: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("quarto")
    if request.param == "quarto":
        run_quarto(book, out, DATE)
    else:
        copy = tmp_path_factory.mktemp("copy") / "book"
        shutil.copytree(book, copy)
        quarto_stand_in.render(copy, out)
    docx.finish(out / "csr.docx", params=make_params(), date=DATE)
    return out


# What the site says beside the report: the study's note, unseen citations, the headings of notes, styles.
_ADDED = (
    ".//*[@class='csr-note' or contains(@style, 'display:none') or contains(@class, 'quarto-appendix-heading')]"
    " | .//style | .//script"
)
_ANCHOR = re.compile(r"[stfl](-\d+)+")


def spaced(text: str) -> str:
    return " ".join(text.split())


def word_facts(path: Path) -> dict[str, Any]:
    """What a Word file says: its paragraphs in order, its tables cell by cell, pictures' texts, anchors and links."""
    document = document_of(path)
    tables = document.iter(W + "tbl")
    names = [mark.get(W + "name") for mark in document.iter(W + "bookmarkStart")]
    return {
        "paragraphs": [text for p in document.iter(W + "p") if (text := spaced(words(p)))],
        "tables": [[[words(c) for c in row.iter(W + "tc")] for row in t.iter(W + "tr")] for t in tables],
        "pictures": [e.get("descr") for e in document.iter("{*}docPr")],
        "anchors": [name for name in names if _ANCHOR.fullmatch(name)],
        "links": [link.get(W + "anchor") for link in document.iter(W + "hyperlink") if link.get(W + "anchor")],
    }


def pages_words(path: Path) -> list[list[str]]:
    """The words of each page of a PDF."""
    done = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True)
    return [page.split() for page in done.stdout.split("\f")[:-1]]


def page_facts(paths: list[Path]) -> dict[str, Any]:
    """What HTML pages say one after the other. Quarto makes the heading of each chapter but the first its title."""
    facts: dict[str, list[Any]] = {key: [] for key in ("headings", "prose", "cells", "pictures", "anchors", "links")}
    for number, path in enumerate(paths):
        (main,) = html.parse(path).getroot().iter("main")
        for title in main.xpath(".//header[@id='title-block-header']"):
            if number:
                facts["headings"] += [spaced(h.text_content()) for h in title.iter("h1")]
                facts["anchors"] += [e.get("id") for e in title.iter() if _ANCHOR.fullmatch(e.get("id") or "")]
            title.drop_tree()
        for other in main.xpath(_ADDED):
            other.drop_tree()
        facts["headings"] += [spaced(h.text_content()) for h in main.iter("h1", "h2", "h3", "h4", "h5", "h6")]
        facts["cells"] += [spaced(c.text_content()) for c in main.iter("th", "td")]
        facts["pictures"] += [image.get("alt") for image in main.iter("img")]
        facts["anchors"] += [e.get("id") for e in main.iter() if _ANCHOR.fullmatch(e.get("id") or "")]
        notes = set(main.xpath(".//*[@role='doc-endnotes' or @id='footnotes']//*"))
        facts["links"] += [
            target
            for a in main.iter("a")
            if a not in notes and _ANCHOR.fullmatch(target := (a.get("href") or "").rpartition("#")[2])
        ]
        facts["prose"] += [spaced(p.text_content()).removesuffix("↩︎") for p in main.iter("p", "li") if p not in notes]
    return {key: [value for value in values if value is not None] for key, values in facts.items()}


def site(folder: Path) -> list[Path]:
    return [folder / "site" / name for name in ("index.html", "report/10-patients.html", "report/14-tables.html")]


def test_the_comparison_sees_what_is_there(embedded: Path) -> None:
    page = page_facts([embedded / "index.html"])
    assert page["headings"][:3] == ["1 Title page", "3 Table of contents", "10 Study patients"]
    assert {"Treated", "n (%)", "<script>alert(1)</script>", "To be completed: now"} <= set(page["cells"])
    assert page["pictures"] == [ALT]
    assert set(page["anchors"]) >= {"s-1", "s-10-1", "t-14-1-1-1", "f-14-2-1-1", "l-16-2-1-1"}
    assert page["links"].count("s-10-1") == 4  # in the text, and below each display
    assert any(HOSTILE in text for text in page["prose"])
    assert "Cited in 10.1." in page["prose"]
    word = word_facts(embedded / "csr.docx")
    assert ["Status", "n (%)"] in word["tables"][1]
    assert word["pictures"] == [ALT]
    assert set(page["anchors"]) == set(word["anchors"])
    assert set(word["links"]) >= set(page["links"])
    assert any(text.startswith("An included line on drug A") for text in word["paragraphs"])


@needs("pdftotext")
def test_the_pdf_holds_every_cell(embedded: Path) -> None:
    pages = pages_words(embedded / "csr.pdf")
    assert len(pages) >= 6
    assert ["Enrolled", "40", "(100.0)"] in [page[i : i + 3] for page in pages for i in range(len(page))]


@pytest.mark.parametrize("fact", ["headings", "prose", "cells", "pictures", "anchors", "links"])
def test_the_pages_of_quarto_say_the_same(by_quarto: Path, embedded: Path, fact: str) -> None:
    assert page_facts(site(by_quarto))[fact] == page_facts([embedded / "index.html"])[fact]


@pytest.mark.parametrize("fact", ["paragraphs", "tables", "pictures", "anchors", "links"])
def test_the_word_file_of_quarto_says_the_same(by_quarto: Path, embedded: Path, fact: str) -> None:
    assert word_facts(by_quarto / "csr.docx")[fact] == word_facts(embedded / "csr.docx")[fact]


@needs("pdftotext")
def test_the_pdf_of_quarto_says_the_same_on_every_page(by_quarto: Path, embedded: Path) -> None:
    assert pages_words(by_quarto / "csr.pdf") == pages_words(embedded / "csr.pdf")


def test_no_link_of_the_site_is_dead(by_quarto: Path) -> None:
    for path in site(by_quarto):
        for link in html.parse(path).getroot().iter("a"):
            target, _, anchor = (link.get("href") or "").partition("#")
            if ":" in target or not _ANCHOR.fullmatch(anchor):
                continue
            assert ".qmd" not in target
            page = (path.parent / target).resolve() if target else path
            assert html.parse(page).getroot().xpath("//*[@id=$anchor]", anchor=anchor), (path.name, target, anchor)
