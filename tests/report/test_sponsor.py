"""A sponsor's own reference document: its paper, styles, head and foot in every Word file, its paper in RTF."""

import datetime as dt
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx as python_docx
import pytest

from analysis.errors import RenderError
from analysis.report import docx
from tests.report import sponsors
from tests.report.made import make_params
from tests.report.made_book import book_ast, write_images
from tests.report.test_displays import SHOWN, write
from tests.report.word_checks import WP, W, check, document_of, paragraphs, parts_of, words
from tests.tlf.samples import figure, png

DATE = dt.date(2025, 8, 1)
Made = dict[str, Path]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Name of the sponsor's document -> a folder with csr.docx and tlf/ in its looks."""
    folders = {}
    for make in sponsors.SPONSORS:
        folders[make.__name__] = folder = tmp_path_factory.mktemp(make.__name__)
        make(folder / "house.docx")
        write_images(folder)
        reference = folder / "house.docx"
        docx.made(book_ast(), reference=reference, params=make_params(), date=DATE, resources=folder).write(
            folder / "csr.docx"
        )
        write(folder / "tlf", SHOWN, folder / "house.docx")
    return folders


@pytest.mark.parametrize("make", sponsors.SPONSORS)
def test_every_file_is_sound_and_finished_once(made: Made, make: Callable[[Path], None]) -> None:
    folder = made[make.__name__]
    for path in (folder / "csr.docx", folder / "tlf/all.docx", folder / "tlf/f-14-2-1-1.docx"):
        check(path)
    before = (folder / "csr.docx").read_bytes()
    docx.finish(folder / "csr.docx", params=make_params(), date=DATE)
    assert (folder / "csr.docx").read_bytes() == before


def areas(path: Path) -> list[tuple[bool, int, int, int]]:
    """Of each section: whether it is landscape, paper's width and height and the text's width, in points."""
    found = []
    for s in python_docx.Document(str(path)).sections:
        text = s.page_width - s.left_margin - s.right_margin
        found.append(
            (bool(s.orientation), *(round(length.pt) for length in (s.page_width, s.page_height)), text // 12700)
        )
    return found


def widths(path: Path) -> set[int]:
    """Widths of the displays' tables, in twentieths of a point."""
    return {
        sum(int(c.get(W + "w")) for c in table.iter(W + "gridCol"))
        for table in document_of(path).iter(W + "tbl")
        if table.find(f"{W}tblPr/{W}tblStyle").get(W + "val") == "CSRTable"
    }


def test_pages_are_the_sponsor_s_and_displays_fit_them(made: Made) -> None:
    """Letter is 612 x 792 points; margins of 90 at the sides leave 432 upright and 612 lying."""
    upright, lying = (False, 612, 792, 432), (True, 792, 612, 612)
    for name in ("letter", "lying"):
        assert areas(made[name] / "csr.docx") == [upright, lying, lying, upright]
        assert areas(made[name] / "tlf/all.docx") == [upright, lying, upright, lying]
        assert areas(made[name] / "tlf/l-16-2-1-1.docx") == [lying]
        assert widths(made[name] / "tlf/all.docx") == {8640, 12240}
        assert widths(made[name] / "csr.docx") == {8640, 12240}
    assert widths(made["localised"] / "tlf/t-14-1-1-1.docx") == {7938}  # A4 less twice 35 mm, 11906 - 2 x 1984
    assert areas(made["bare"] / "tlf/t-14-1-1-1.docx") == [(False, 595, 842, 453)]  # as the project's


def test_a_wide_picture_becomes_as_wide_as_the_sponsor_s_text(tmp_path: Path) -> None:
    sponsors.letter(tmp_path / "house.docx")
    picture = png(1850, 600)  # 444 points at 300 to the inch, of which the text has 432
    folder = write(tmp_path / "tlf", [figure(png=picture)], tmp_path / "house.docx")
    (extent,) = document_of(folder / "f-14-2-1-1.docx").iter(WP + "extent")
    assert int(extent.get("cx")) == pytest.approx(432 * 12700, abs=12700)


def heads(path: Path) -> list[str]:
    return [
        "\n".join(words(p) for p in s.header._element.iter(W + "p")) for s in python_docx.Document(str(path)).sections
    ]


def test_heads_and_feet_with_content_stay_and_get_the_data_note(made: Made) -> None:
    note = "SYNTHETIC DATA - no real patients"
    for path in (made["letter"] / "csr.docx", made["letter"] / "tlf/l-16-2-1-1.docx"):
        assert {head.strip() for head in heads(path)} == {f"Sponsor Ltd ABC-1\n{note}"}
        section = python_docx.Document(str(path)).sections[-1]
        assert words(section.footer._element) == "Confidential1"
        parts = parts_of(path)
        logos = [n for n, c in parts.items() if n.startswith("word/media/") and c == sponsors.LOGO]
        assert len(logos) == 1
    for name in ("localised", "bare"):  # whose headers show nothing
        assert set(heads(made[name] / "csr.docx")) == {f"Study ABC-1{note}"}


def test_odd_and_even_pages_keep_their_heads(made: Made) -> None:
    for section in python_docx.Document(str(made["lying"] / "csr.docx")).sections:
        for head, name in ((section.header, "Odd"), (section.even_page_header, "Even")):
            texts = [p.text for p in head.paragraphs]
            assert texts == [f"{name} page\t\t30 June 2025", "SYNTHETIC DATA - no real patients"]
    assert b"evenAndOddHeaders" in parts_of(made["lying"] / "tlf/all.docx")["word/settings.xml"]


def stops(paragraph: Any) -> list[tuple[str, int]]:
    return [(t.get(W + "val"), int(t.get(W + "pos"))) for t in paragraph.iter(W + "tab") if t.get(W + "pos")]


def test_tab_stops_reach_the_margin_of_each_page(made: Made) -> None:
    """The style of the sponsor's header has stops at 4680 and 9360, moved by 12240/8640 on a page that lies."""
    upright, lying, *_ = python_docx.Document(str(made["lying"] / "csr.docx")).sections
    assert stops(upright.header.paragraphs[0]._p) == []
    moved = [("clear", 4680), ("center", 6630), ("clear", 9360), ("right", 13260)]
    assert stops(lying.header.paragraphs[0]._p) == moved
    own = python_docx.Document(str(made["localised"] / "csr.docx")).sections[0].header.paragraphs[0]._p
    assert stops(own) == [("clear", 4680), ("right", 7938), ("clear", 9360)]


def test_styles_are_the_sponsor_s_where_it_has_them_and_the_project_s_where_not(made: Made) -> None:
    document = python_docx.Document(str(made["letter"] / "tlf/t-14-1-1-1.docx"))
    assert document.styles["Normal"].font.name == "Times New Roman"
    assert document.styles["Table Title"].base_style.name == "Normal"
    for name in ("letter", "localised", "lying", "bare"):
        found = [s.name for s in python_docx.Document(str(made[name] / "csr.docx")).styles]
        assert len(found) == len(set(found))
        assert {"Table Title", "CSR Table", "Author Placeholder", "toc 1"} <= set(found)
        assert [s for s, _ in paragraphs(made[name] / "csr.docx") if s == "Heading1"] == ["Heading1"] * 6
        assert not [n for n, c in parts_of(made[name] / "csr.docx").items() if b"Ttulo1" in c or b"Textonormal" in c]


def test_headings_have_no_numbers_of_a_list_beside_their_own(made: Made) -> None:
    styles = parts_of(made["letter"] / "csr.docx")["word/styles.xml"].decode()
    headings = re.findall(r'<w:style [^>]*w:styleId="Heading\d".*?</w:style>', styles, re.DOTALL)
    assert len(headings) == 9
    assert not [h for h in headings if "numPr" in h]


def test_the_text_has_the_report_s_language(made: Made) -> None:
    for folder in made.values():
        styles = parts_of(folder / "csr.docx")["word/styles.xml"].decode()
        assert re.findall(r'<w:lang [^>]*w:val="([^"]*)"', styles) == ["en-GB"]


def test_nothing_of_the_sponsor_s_own_text_is_left(made: Made) -> None:
    for path in (made["letter"] / "csr.docx", made["letter"] / "tlf/all.docx"):
        assert "Delete this text." not in words(document_of(path))


def test_rtf_has_the_sponsor_s_paper(made: Made) -> None:
    rtf = (made["letter"] / "tlf/all.rtf").read_text(encoding="ascii")
    assert set(re.findall(r"\\pgwsxn(\d+)\\pghsxn(\d+)", rtf)) == {("12240", "15840"), ("15840", "12240")}
    assert r"\marglsxn1800\margrsxn1800\margtsxn1440\margbsxn1440" in rtf


def test_a_template_serves_as_well_as_a_document(tmp_path: Path) -> None:
    sponsors.letter(tmp_path / "house.docx")
    with zipfile.ZipFile(tmp_path / "house.dotx", "w") as archive:
        for name, content in parts_of(tmp_path / "house.docx").items():
            archive.writestr(name, content.replace(b"document.main+xml", b"template.main+xml"))
    folder = write(tmp_path / "tlf", SHOWN[:1], tmp_path / "house.dotx")
    check(folder / "t-14-1-1-1.docx")
    assert b"template.main" not in parts_of(folder / "t-14-1-1-1.docx")["[Content_Types].xml"]


def test_a_reference_document_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "house.docx").write_text("no Word file")
    with pytest.raises(RenderError, match=r"house\.docx: not readable as a Word file"):
        write(tmp_path / "tlf", SHOWN[:1], tmp_path / "house.docx")
