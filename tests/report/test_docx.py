"""The Word file of a report: what pandoc and Quarto leave open is finished, and every part of it is sound."""

import datetime as dt
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import docx as python_docx
import pytest
from lxml import etree

from analysis.errors import RenderError
from analysis.report import docx, reference
from analysis.report.word import breaks
from analysis.report.word.ooxml import Package, fragment
from tests.report.made import make_params
from tests.report.made_book import BOOK, HOSTILE, book_ast, pandoc_path, write_images
from tests.report.word_checks import W, check, document_of, paragraphs, parts_of, words

DATE = dt.date(2025, 8, 1)
PARAMS = make_params()
PROJECT = Path(__file__).parents[2]
REFERENCE = PROJECT / "report/reference.docx"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("docx")
    write_images(place)
    return place


@pytest.fixture(scope="module")
def report(folder: Path) -> Path:
    out = folder / "csr.docx"
    docx.made(book_ast(), reference=REFERENCE, params=PARAMS, date=DATE, resources=folder).write(out)
    return out


def header_of(path: Path, section: int) -> str:
    return "\n".join(p.text for p in python_docx.Document(str(path)).sections[section].header.paragraphs)


def test_the_file_is_sound(report: Path) -> None:
    check(report)


def test_a_reader_finds_headings_title_and_tables(report: Path) -> None:
    document = python_docx.Document(str(report))
    headings = [p.text for p in document.paragraphs if p.style.name.startswith("Heading ")]
    assert headings[:3] == ["1 Title page", "2 Synopsis", "3 Table of contents"]
    assert [p.text for p in document.paragraphs if p.style.name == "Title"] == ["Clinical study report"]
    assert sum(t.style.name == "CSR Table" for t in document.tables) == 3


def test_contents_list_headings_and_displays_with_links_and_pages(report: Path) -> None:
    lines = [(s, t) for s, t in paragraphs(report) if s.startswith("TOC")]
    assert lines == [
        ("TOC1", "1 Title page"),
        ("TOC1", "2 Synopsis"),
        ("TOC1", "3 Table of contents"),
        ("TOC1", "11 Efficacy evaluation"),
        ("TOC2", "11.4 Efficacy results"),
        ("TOC3", "11.4.1 Analysis of efficacy"),
        ("TOC1", "14 Tables & figures <not in the text>"),
        ("TOC2", "14.1 Demographic data"),
        ("TOC2", "14.2 Efficacy data"),
        ("TOC1", "15 Reference list"),
        ("TOCHeading", "Tables, figures and listings"),
        ("TOC2", "Table 14.1.1 Patients"),
        ("TOC2", "Table 14.1.2 Patients, wide"),
        ("TOC2", "Table 14.1.3 Patients, wide"),
        ("TOC2", "Figure 14.2.1 Curve"),
    ]
    document = document_of(report)
    for line in document.iter(W + "hyperlink"):
        if (line.get(W + "anchor") or "").startswith("_Toc"):
            start = document.find(f".//{W}bookmarkStart[@{W}name='{line.get(W + 'anchor')}']")
            assert words(next(start.iterancestors(W + "p"))) == words(line)
            assert [f.get(W + "fldCharType") for f in line.iter(W + "fldChar")] == ["begin", "separate", "end"]
    styles = [s for s, _ in paragraphs(report)]
    texts = [t for _, t in paragraphs(report)]
    heading, following = texts.index("It stands here."), texts.index("11 Efficacy evaluation", styles.index("TOC2"))
    assert set(styles[heading + 1 : following]) == {"TOC1", "TOC2", "TOC3", "TOCHeading"}
    assert b'updateFields w:val="true"' in parts_of(report)["word/settings.xml"]


TITLE_BLOCK = [
    ("Title Study", "Study ABC-1"),
    ("Title", "Clinical study report"),
    ("Subtitle", "A study"),
    ("Title Note", "SYNTHETIC DATA - no real patients"),
    ("Title Fact", "Sponsor: A sponsor"),
    ("Title Fact", "Development phase: Phase II"),
    ("Title Fact", "Data cut-off: 30 June 2025"),
    ("Title Fact", "Date of report: 1 August 2025"),
    ("Heading 1", "1 Title page"),
]


def test_the_title_block_has_the_study_s_facts(report: Path) -> None:
    shown = [(p.style.name, p.text) for p in python_docx.Document(str(report)).paragraphs]
    assert shown[:9] == TITLE_BLOCK


def test_every_section_has_header_and_footer_and_only_the_first_a_title_page(report: Path) -> None:
    sections = list(document_of(report).iter(W + "sectPr"))
    assert [s.find(W + "titlePg") is not None for s in sections] == [True] + [False] * (len(sections) - 1)
    document = python_docx.Document(str(report))
    assert len(document.sections) == len(sections)
    for section in document.sections:
        text = [p.text for p in section.header.paragraphs]
        assert text == ["Study ABC-1\tSYNTHETIC DATA - no real patients"]
        width = round((section.page_width - section.left_margin - section.right_margin) / 635)
        stops = section.header.paragraphs[0].paragraph_format.tab_stops
        assert [round(t.position / 635) for t in stops] == [width]  # in twentieths of a point
        footer = section.footer.paragraphs[0]
        assert words(footer._p) == "Data cut-off: 30 June 2025Page 1 of 1"
        fields = [f.get(W + "instr").strip() for f in footer._p.iter(W + "fldSimple")]
        assert fields == ["PAGE", "NUMPAGES"]
    first = document.sections[0]
    assert [p.text for p in first.first_page_header.paragraphs] == ["Study ABC-1\tSYNTHETIC DATA - no real patients"]
    assert [p.text for p in first.first_page_footer.paragraphs] == ["Data cut-off: 30 June 2025"]


def test_landscape_tables_leave_no_empty_page_between_them(report: Path) -> None:
    """Two wide tables with a heading between them: portrait text, two landscape pages, portrait text."""
    turned = [s.find(W + "pgSz").get(W + "orient") == "landscape" for s in document_of(report).iter(W + "sectPr")]
    assert turned == [False, True, True, False]


def test_page_breaks_beside_a_section_s_end_are_dropped_and_others_stay() -> None:
    new_page = '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'
    line = '<w:p><w:r><w:t>a</w:t><w:br w:type="page"/></w:r></w:p>'
    end = "<w:p><w:pPr><w:sectPr/></w:pPr></w:p>"
    body = fragment(f"<w:body>{new_page}{line}{new_page}{end}<w:tbl/>{end}{new_page}{line}{new_page}</w:body>")
    breaks.drop_beside_sections(body)
    kept = fragment(f"<w:body>{new_page}{line}{end}<w:tbl/>{end}{line}{new_page}</w:body>")
    assert etree.tostring(body) == etree.tostring(kept)


def test_no_page_ends_in_a_heading_before_a_landscape_table() -> None:
    new_page = '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'
    heading = '<w:p><w:pPr><w:pStyle w:val="Heading3"/></w:pPr><w:r><w:t>14.3.4</w:t></w:r></w:p>'
    text, wide = "<w:p><w:r><w:t>a</w:t></w:r></w:p>", "<w:tbl/>"
    end = "<w:p><w:pPr><w:sectPr/></w:pPr></w:p>"

    def tidied(*blocks: str) -> bytes:
        body = fragment(f"<w:body>{''.join(blocks)}</w:body>")
        breaks.drop_beside_sections(body)
        breaks.join_headings(body, {"Heading3"})
        return etree.tostring(body)

    def as_it_is(*blocks: str) -> bytes:
        return etree.tostring(fragment(f"<w:body>{''.join(blocks)}</w:body>"))

    # after a page break, and after another landscape table with or without a page break between
    assert tidied(text, new_page, heading, end, wide) == as_it_is(text, end, heading, wide)
    assert tidied(wide, end, heading, end, wide) == as_it_is(wide, end, heading, wide)
    assert tidied(wide, end, new_page, end, wide) == as_it_is(wide, end, wide)
    # headings below text, which would be the last of its page
    assert tidied(text, heading, heading, end, wide) == as_it_is(text, end, heading, heading, wide)
    assert tidied(wide, end, text, heading, end, wide) == as_it_is(wide, end, text, end, heading, wide)
    # a heading with text below it stays where it is
    assert tidied(new_page, heading, text, end, wide) == as_it_is(new_page, heading, text, end, wide)


def test_header_rows_repeat_and_rows_stay_whole(report: Path) -> None:
    for table in document_of(report).iter(W + "tbl"):
        rows = table.findall(W + "tr")
        assert rows[0].find(f"{W}trPr/{W}tblHeader") is not None
        assert all(r.find(f"{W}trPr/{W}cantSplit") is not None for r in rows)


def test_chapters_start_a_page_but_the_first(report: Path) -> None:
    breaks = [
        p.find(f"{W}pPr/{W}pageBreakBefore")
        for p in document_of(report).iter(W + "p")
        if (s := p.find(f"{W}pPr/{W}pStyle")) is not None and s.get(W + "val") == "Heading1"
    ]
    assert [None if b is None else b.get(W + "val") for b in breaks] == ["0", None, None, None, None, None]
    style = python_docx.Document(str(report)).styles["Heading 1"]
    assert style.paragraph_format.page_break_before


def test_hostile_text_stays_text(report: Path) -> None:
    document = document_of(report)
    assert sum(HOSTILE in words(p) for p in document.iter(W + "p")) == 2  # in a chapter and in a table


def test_images_are_described_and_stored_once(report: Path) -> None:
    parts = parts_of(report)
    assert len([n for n in parts if n.startswith("word/media/")]) == 1
    pictures = [e.get("descr") for e in document_of(report).iter() if str(e.tag).endswith(("}docPr", "}cNvPr"))]
    assert pictures == ["Kaplan-Meier curve"] * 2 + ["Figure 14.2.1 Curve"] * 2


def test_properties_say_what_the_report_is_of(report: Path) -> None:
    core = python_docx.Document(str(report)).core_properties
    assert core.title == "Clinical study report ABC-1: A study"
    assert core.author == "A sponsor"
    assert core.subject == "Short, data cut-off 2025-06-30"
    assert core.language == "en-GB"
    assert core.created == core.modified == dt.datetime(2025, 8, 1, tzinfo=dt.UTC)
    everything = b"".join(c for n, c in parts_of(report).items() if n.startswith("docProps/"))
    assert b"bib" not in everything
    assert str(dt.datetime.now(dt.UTC).year).encode() + b"-" not in everything.replace(b"2025-", b"")


def test_no_path_of_the_machine_is_in_the_file(report: Path, folder: Path) -> None:
    assert not [n for n, c in parts_of(report).items() if str(folder).encode() in c]


def test_finishing_twice_changes_no_byte(report: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.docx"
    again.write_bytes(report.read_bytes())
    docx.finish(again, params=PARAMS, date=DATE)
    assert again.read_bytes() == report.read_bytes()


def test_bytes_depend_on_nothing_around(report: Path, folder: Path, tmp_path: Path) -> None:
    script = (
        "import datetime as dt, sys; from pathlib import Path\n"
        "from tests.report.test_docx import PARAMS, DATE, REFERENCE, book_ast, docx\n"
        "made = docx.made(book_ast(), reference=REFERENCE, params=PARAMS, date=DATE, resources=Path(sys.argv[2]))\n"
        "made.write(Path(sys.argv[1]))"
    )
    other = tmp_path / "other.docx"
    around = {"HOME": str(tmp_path), "TZ": "Asia/Shanghai", "PYTHONHASHSEED": "7", "LC_ALL": "C"}
    subprocess.run(
        [sys.executable, "-c", script, str(other), str(folder)],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT)} | around,
        cwd=tmp_path,
        check=True,
    )
    assert other.read_bytes() == report.read_bytes()


def test_an_image_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=r"image km.png: not readable in .*: No such file"):
        docx.made(book_ast(), reference=REFERENCE, params=PARAMS, date=DATE, resources=tmp_path)


@pytest.mark.parametrize("content", [b"", b"no zip"])
def test_a_file_that_is_no_word_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "csr.docx"
    path.write_bytes(content)
    with pytest.raises(RenderError, match=r"csr\.docx: not readable as a Word file"):
        docx.finish(path, params=PARAMS, date=DATE)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "a")
    with pytest.raises(RenderError, match=r"expected the part word/document\.xml"):
        docx.finish(path, params=PARAMS, date=DATE)


# What Quarto writes: the same as pandoc with its own contents to be filled


def test_an_engine_s_empty_contents_are_replaced(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "quarto.docx"
    command = [pandoc_path(), "--from=json", "--to=docx", "--toc", f"--reference-doc={REFERENCE}", f"--output={path}"]
    subprocess.run(command, input=json.dumps(book_ast()).encode(), cwd=folder, check=True)
    assert b"Table of Contents" in parts_of(path)["word/document.xml"]
    docx.finish(path, params=PARAMS, date=DATE)
    check(path)
    document = parts_of(path)["word/document.xml"]
    assert b"docPartObj" not in document
    assert document.count(b"PAGEREF") == 14
    assert str(folder).encode() not in document


def test_without_a_chapter_for_them_contents_stand_before_the_second(folder: Path, tmp_path: Path) -> None:
    ast = book_ast(BOOK.replace("# 3 Table of contents", "# 3 Abbreviations"))
    path = tmp_path / "csr.docx"
    docx.made(ast, reference=REFERENCE, params=PARAMS, date=DATE, resources=folder).write(path)
    styles = [s for s, _ in paragraphs(path)]
    first = styles.index("TOCHeading")
    assert styles.index("Heading1") < first < styles.index("Heading1", first)
    before = path.read_bytes()
    docx.finish(path, params=PARAMS, date=DATE)
    assert path.read_bytes() == before


# A sponsor's own reference document


@pytest.fixture
def sponsor(tmp_path: Path) -> Path:
    """pandoc's reference document as a German Word saves it: other ids, a header of its own, none of our styles."""
    path = tmp_path / "sponsor.docx"
    path.write_bytes(
        subprocess.run(
            [pandoc_path(), "--print-default-data-file", "reference.docx"], capture_output=True, check=True
        ).stdout
    )
    document = python_docx.Document(str(path))
    document.sections[0].header.paragraphs[0].text = "Sponsor Ltd, {{study_id}}, {{other}}"
    document.styles.element.get_by_id("Heading1").set(W + "styleId", "berschrift1")
    document.save(str(path))
    return path


def test_a_sponsor_s_header_stays_and_gets_the_data_note(sponsor: Path, folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "csr.docx"
    docx.made(book_ast(), reference=sponsor, params=PARAMS, date=DATE, resources=folder).write(path)
    check(path)
    for section in range(4):
        assert header_of(path, section) == "Sponsor Ltd, ABC-1, {{other}}\nSYNTHETIC DATA - no real patients"
    assert sum(s == "Heading1" for s, _ in paragraphs(path)) == 6
    styles = [s.name for s in python_docx.Document(str(path)).styles]
    assert len(styles) == len(set(styles))
    assert {"Table Title", "CSR Table", "Author Placeholder", "toc 1"} <= set(styles)
    before = path.read_bytes()
    docx.finish(path, params=PARAMS, date=DATE)
    assert path.read_bytes() == before


def test_a_placeholder_in_pieces_is_refused(sponsor: Path, folder: Path, tmp_path: Path) -> None:
    document = python_docx.Document(str(sponsor))
    paragraph = document.sections[0].header.paragraphs[0]
    paragraph.text = "{{data"
    paragraph.add_run("_note}}").bold = True
    document.save(str(sponsor))
    with pytest.raises(RenderError, match=r"reference document, word/header\d\.xml: \{\{data_note\}\} is in pieces"):
        docx.made(book_ast(), reference=sponsor, params=PARAMS, date=DATE, resources=folder).write(tmp_path / "x.docx")


# The project's reference document


def test_the_reference_document_is_made_from_its_sources(tmp_path: Path) -> None:
    made = tmp_path / "reference.docx"
    reference.make_reference(made)
    assert parts_of(made) == parts_of(REFERENCE), "run python -m analysis.report.reference"


def test_the_reference_document_has_page_and_styles() -> None:
    document = python_docx.Document(str(REFERENCE))
    section = document.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    assert round(section.left_margin.cm, 1) == round(section.top_margin.cm, 1) == 2.5
    assert document.styles["Normal"].font.name is None  # it is the default of all
    names = {s.name for s in document.styles}
    assert {
        "Table Title", "Table Population", "Table Text", "Table Header", "Table Footnote", "Table Source",
        "Figure Title", "CSR Table", "Table", "Author Placeholder", "Title", "Subtitle", "Abstract", "Bibliography",
        "Caption", "Header", "Footer", "Block Text", "toc 1", "toc 4", "Heading 1", "Heading 5",
    } <= names  # fmt: skip
    fonts = etree.fromstring(parts_of(REFERENCE)["word/styles.xml"]).find(f".//{W}rPrDefault//{W}rFonts")
    assert fonts.get(W + "ascii") == "Arial"


def test_styles_have_the_names_pandoc_looks_for() -> None:
    """Else pandoc would add its own beside them."""
    command = [pandoc_path(), "--print-default-data-file", "reference.docx"]
    path = subprocess.run(command, capture_output=True, check=True).stdout
    own = {s.name.lower() for s in python_docx.Document(str(REFERENCE)).styles}
    with zipfile.ZipFile(__import__("io").BytesIO(path)) as archive:
        root = etree.fromstring(archive.read("word/styles.xml"))
    theirs = {s.find(W + "name").get(W + "val").lower() for s in root.iter(W + "style")}
    spare = {n for n in theirs if n.endswith(" char") and n not in ("body text char", "verbatim char")}
    assert theirs - spare - own == {"heading 7", "heading 8", "heading 9"}


def test_an_unknown_part_is_dropped_and_others_kept() -> None:
    package = Package.read(REFERENCE)
    package.parts["word/stray.xml"] = b"<x/>"
    package.prune()
    assert "word/stray.xml" not in package.parts
    assert package.parts.keys() == parts_of(REFERENCE).keys()
