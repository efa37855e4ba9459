"""csr.pdf by the embedded engine."""

import datetime as dt
import re
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from analysis.errors import RenderError
from analysis.report.parse import book_ast
from analysis.report.pdf import paged, turned, write_pdf
from analysis.tlf.display import table_bundle
from analysis.tlf.model import Row
from tests.needs import needs
from tests.report.made import make_params
from tests.report.small_book import HOSTILE, code_cell, figure_cell, notebook, write_book
from tests.tlf.samples import small

pikepdf = pytest.importorskip("pikepdf")
DATE = dt.date(2025, 7, 10)


def make(book: Path, target: Path, **params: object) -> Path:
    write_pdf(book_ast(book), book, target, params=make_params(**params), date=DATE)
    return target


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pdf")
    return make(write_book(folder / "book"), folder / "csr.pdf")


def test_it_says_that_it_is_archival_and_accessible(path: Path) -> None:
    with pikepdf.open(path) as pdf, pdf.open_metadata() as meta:
        assert (meta["pdfaid:part"], meta["pdfaid:conformance"], meta["pdfuaid:part"]) == ("2", "A", "1")
        assert pdf.Root.MarkInfo.Marked == True  # noqa: E712 (a pikepdf object)
        assert str(pdf.Root.Lang) == "en"
        assert pdf.docinfo["/Title"] == "Clinical study report ABC-1: A study"
        assert str(pdf.docinfo["/CreationDate"]).startswith("D:20250710000000")


def test_bookmarks_follow_the_headings(path: Path) -> None:
    with pikepdf.open(path) as pdf, pdf.open_outline() as outline:
        chapters = [item.title for item in outline.root]
        assert [item.title for item in outline.root[1].children] == ["10.1 All 40 patients"]
    assert chapters == ["1 Title page", "10 Study patients", "14 Tables"]


def test_images_have_their_alternative_text(path: Path) -> None:
    with pikepdf.open(path) as pdf:
        texts = [str(o.Alt) for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and "/Alt" in o]
    assert 'Kaplan-Meier "curve" with \\ backslash' in texts


def test_the_same_bytes_from_another_folder(path: Path, tmp_path: Path) -> None:
    again = make(write_book(tmp_path / "an other book"), tmp_path / "csr.pdf")
    assert again.read_bytes() == path.read_bytes()


def test_characters_without_a_glyph_do_not_stop_it(tmp_path: Path) -> None:
    index = "# 1 Title \N{GRINNING FACE} {#s-1}\n\nCode `\N{GRINNING FACE}` and \u4e2d\u6587.\n"
    assert make(write_book(tmp_path / "book", index=index), tmp_path / "a.pdf").stat().st_size > 10_000


def test_an_image_without_a_text_is_refused(tmp_path: Path) -> None:
    book = write_book(tmp_path / "book", index="# 1 Title page {#s-1}\n\n![](media/f-14-2-1-1.png)\n")
    with pytest.raises(RenderError, match=r"typst: .*missing alt text"):
        make(book, tmp_path / "a.pdf")


def header(level: int, text: str = "") -> dict[str, object]:
    return {"t": "Header", "c": [level, ["", [], []], [{"t": "Str", "c": text}]]}


NEW_PAGE = "#pagebreak(weak: true)"


def shown(blocks: list[dict[str, Any]]) -> list[object]:
    return [block["c"][1] if block["t"] == "RawBlock" else block["c"][0] for block in blocks]


def test_each_chapter_starts_a_page_and_the_contents_follow_the_first() -> None:
    blocks = paged([header(1), header(2), header(1), header(2), header(1)])
    assert shown(blocks) == [1, 2, "#contents()", NEW_PAGE, 1, 2, NEW_PAGE, 1]


def test_the_contents_end_the_chapter_of_that_name() -> None:
    blocks = paged([header(1), header(1, "3 Table of contents"), header(1)])
    assert shown(blocks) == [1, NEW_PAGE, 1, "#contents()", NEW_PAGE, 1]


@needs("pdftotext")
def test_every_page_has_header_and_footer_and_hostile_text_is_text(path: Path) -> None:
    done = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True)
    pages = done.stdout.split("\f")[:-1]
    for number, page in enumerate(pages, start=1):
        assert "Study ABC-1" in page
        assert "SYNTHETIC DATA - no real patients" in page
        assert re.search(rf"Data cut-off: 30 June 2025\s+Page {number} of {len(pages)}", page)
    assert HOSTILE.replace("\N{GRINNING FACE}", "[U+1F600]") in " ".join(done.stdout.split())
    first = " ".join(pages[0].split())
    assert "Sponsor: A sponsor Development phase: Phase II Data cut-off: 30 June 2025 Date of report: 10 July" in first


def test_a_heading_right_above_a_landscape_display_is_turned_with_it() -> None:
    heading = {"t": "Header", "c": [2, ["s-1", [], []], []]}
    text = {"t": "Para", "c": []}
    other = {"t": "RawBlock", "c": ["html", "<!-- display l-1 -->"]}
    wide = {"t": "RawBlock", "c": ["typst", "#page(flipped: true)[\ntable\n]"]}
    upright = {"t": "RawBlock", "c": ["typst", "table"]}
    begin, rest = ({"t": "RawBlock", "c": ["typst", part]} for part in ("#page(flipped: true)[", "\ntable\n]"))
    assert turned([heading, other, wide, text]) == [other, begin, heading, rest, text]
    assert turned([heading, text, wide]) == [heading, text, wide]
    assert turned([heading, upright, heading]) == [heading, upright, heading]


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with the contents in chapter 3 and a table over several pages."""
    folder = tmp_path_factory.mktemp("long")
    groups = [
        [Row.of(f"Group {i}", kind="group"), *(Row.of(f"Term {i}.{j}", "1") for j in range(9))] for i in range(12)
    ]
    table = small(*(row for group in groups for row in group), id="t-14-2-1-1", label="Table 14.2.1.1", title="Terms")
    cells = code_cell("t-14-2-1-1", (table_bundle(table), {})), figure_cell("f-14-2-1-1")
    index = "# 1 Title page {#s-1}\n\n# 3 Table of contents {#s-3}\n"
    return make(write_book(folder / "book", index=index, notebooks__20_pfs=notebook(*cells)), folder / "csr.pdf")


@needs("pdftotext")
def test_a_table_that_goes_on_says_so_and_is_listed_with_its_page(long: Path) -> None:
    done = subprocess.run(["pdftotext", "-layout", long, "-"], capture_output=True, text=True, check=True)
    pages = [" ".join(page.split()) for page in done.stdout.split("\f")[:-1]]
    titles = [re.findall(r"Table 14\.2\.1\.1 Terms(?: \(continued\))?", page) for page in pages]
    contents, *rest = [page for page in pages if "Tables, figures and listings" in page]
    assert not rest
    places = [n for n, found in enumerate(titles, start=1) if found and pages[n - 1] != contents]
    assert len(places) > 2
    assert titles[places[0] - 1] == ["Table 14.2.1.1 Terms"]
    assert all(titles[n - 1] == ["Table 14.2.1.1 Terms (continued)"] for n in places[1:])
    assert re.search(rf"Tables, figures and listings Table 14\.2\.1\.1 Terms[ .]+{places[0]} ", contents)
    assert re.search(rf"14 Tables[ .\u2060]+{places[0]} ", contents)


def test_a_reader_of_the_screen_is_told_headings_tables_and_links(long: Path) -> None:
    """The structure tree by its types; header cells of a table that goes on are there once."""
    with pikepdf.open(long) as pdf:
        nodes = [o for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and str(o.get("/Type")) == "/StructElem"]
        kinds = Counter(str(node.S) for node in nodes)
        assert kinds["/Table"] == 2  # the prose table of chapter 10, too
        assert kinds["/TH"] >= 2 + 1 + 2
        assert kinds["/H1"] + kinds["/H2"] >= 4
        assert kinds["/Figure"] == 1
        assert kinds["/Link"] == sum("/A" in o or "/Dest" in o for o in pdf.objects if _is_link(o))
        assert pdf.Root.ViewerPreferences.DisplayDocTitle == True  # noqa: E712 (a pikepdf object)
        assert all("/StructParents" in page for page in pdf.pages)


def _is_link(thing: Any) -> bool:
    return isinstance(thing, pikepdf.Dictionary) and str(thing.get("/Subtype")) == "/Link"
