"""Displays as Word and RTF files: each alone, and all in one behind a list of them."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import docx as python_docx
import pytest

from analysis.report import displays
from analysis.tlf.display import write_display
from analysis.tlf.model import Display, Row
from tests.report.made import make_params
from tests.report.word_checks import WP, W, check, document_of, paragraphs, parts_of, words
from tests.tlf.samples import HOSTILE, disposition, figure, long_table, png, small

REFERENCE = Path(__file__).parents[2] / "report/reference.docx"
SHOWN = (
    disposition(),
    figure(),
    long_table(landscape=True),
    figure(id="f-14-2-1-2", label="Figure 14.2.1.2", alt="The same again."),
    small(*(Row.of(text, "1") for text in HOSTILE), id="t-14-9-1-1", label="Table 14.9.1.1", title=HOSTILE[0]),
    long_table(landscape=True).__class__.from_json(
        long_table(landscape=True).to_json() | {"id": "l-16-2-1-1", "label": "Listing 16.2.1.1"}
    ),
)


def write(folder: Path, shown: Sequence[Display] = SHOWN, reference: Path = REFERENCE) -> Path:
    folder.mkdir()
    for display in shown:
        write_display(display, folder)
    displays.write_displays(
        [d.id for d in shown], folder, reference=reference, params=make_params(), date=dt.date(2025, 8, 1)
    )
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("displays") / "tlf")


@pytest.mark.parametrize("name", ["all", *(d.id for d in SHOWN)])
def test_each_word_file_is_sound(made: Path, name: str) -> None:
    check(made / f"{name}.docx")


def test_each_display_has_both_files_and_nothing_else_is_left(made: Path) -> None:
    for kind in ("docx", "rtf"):
        assert {p.stem for p in made.glob(f"*.{kind}")} == {"all", *(d.id for d in SHOWN)}
    assert [p.name for p in made.parent.iterdir()] == ["tlf"]


@pytest.mark.parametrize("shown", SHOWN, ids=lambda d: d.id)
def test_a_file_has_its_display_alone_on_its_page(made: Path, shown: Display) -> None:
    document = python_docx.Document(str(made / f"{shown.id}.docx"))
    titles = [t for s, t in paragraphs(made / f"{shown.id}.docx") if s in ("TableTitle", "FigureTitle")]
    assert titles == [f"{shown.label} {shown.title}"]
    (section,) = document.sections
    landscape = getattr(shown, "landscape", False)
    assert section.orientation == landscape
    assert not section.different_first_page_header_footer
    assert section.header.paragraphs[0].text == "Study ABC-1\tSYNTHETIC DATA - no real patients"
    assert words(section.footer.paragraphs[0]._p) == "Data cut-off: 30 June 2025Page 1 of 1"
    (stop,) = section.header.paragraphs[0].paragraph_format.tab_stops
    assert round(stop.position / 635) == (14004 if landscape else 9072)  # twentieths of a point
    assert document.core_properties.title == f"{shown.label} {shown.title}"
    body = document_of(made / f"{shown.id}.docx")[0]
    assert not list(body.iter(W + "pageBreakBefore")) + page_breaks(body)
    assert b'updateFields w:val="false"' in parts_of(made / f"{shown.id}.docx")["word/settings.xml"]


def page_breaks(body: Any) -> list[Any]:
    return [b for b in body.iter(W + "br") if b.get(W + "type") == "page"]


def test_a_table_at_the_end_of_a_file_has_a_paragraph_of_a_point_behind_it(made: Path) -> None:
    table, end, _ = document_of(made / "t-14-1-1-1.docx")[0]
    assert table.tag == W + "tbl"
    assert end.find(f"{W}pPr/{W}pStyle").get(W + "val") == "TableEnd"


def test_all_displays_stand_behind_a_list_with_links_and_page_fields(made: Path) -> None:
    lines = [(s, t) for s, t in paragraphs(made / "all.docx") if s.startswith("TOC")]
    assert lines == [("TOCHeading", "Contents"), *(("TOC2", f"{d.label} {d.title}") for d in SHOWN)]
    document = document_of(made / "all.docx")
    anchors = [h.get(W + "anchor") for h in document.iter(W + "hyperlink")]
    fields = [i.text.split()[1] for i in document.iter(W + "instrText")]
    assert anchors == fields == [f"_Toc{n:09}" for n in range(1, 7)]
    assert b'updateFields w:val="true"' in parts_of(made / "all.docx")["word/settings.xml"]
    assert python_docx.Document(str(made / "all.docx")).core_properties.title == "Tables, figures and listings, ABC-1"


def test_every_display_begins_a_page_and_the_last_ends_the_file(made: Path) -> None:
    """Portrait ones by the paragraph they begin with or a point before them, landscape ones by their section."""
    document = python_docx.Document(str(made / "all.docx"))
    assert [s.orientation for s in document.sections] == [0, 1, 0, 1]
    body = document_of(made / "all.docx")[0]
    assert not page_breaks(body)
    begun = [p for p in body.iter(W + "p") if p.find(f"{W}pPr/{W}pageBreakBefore") is not None]
    styles = [p.find(f"{W}pPr/{W}pStyle").get(W + "val") for p in begun]
    assert styles == ["TableEnd", "FigureTitle", "TableEnd"]  # before 14.1.1.1, 14.2.1.1 and 14.9.1.1
    assert body[-3].tag == W + "tbl"


def test_pictures_are_described_and_stored_once(made: Path) -> None:
    assert len([n for n in parts_of(made / "all.docx") if n.startswith("word/media/")]) == 1
    described = [p.get("descr") for p in document_of(made / "all.docx").iter(WP + "docPr")]
    assert described == ["A curve that falls from 100 to 20 per cent over 24 months.", "The same again."]
    assert not [n for n in parts_of(made / "t-14-1-1-1.docx") if n.startswith("word/media/")]


def test_rtf_files_have_the_same_head_foot_and_list(made: Path) -> None:
    everything = (made / "all.rtf").read_text(encoding="ascii")
    assert everything.count("HYPERLINK") == everything.count("PAGEREF") == 6
    assert everything.count(r"\sectd") == 7
    alone = (made / "l-16-2-1-1.rtf").read_text(encoding="ascii")
    assert r"\pgwsxn16838\pghsxn11906\lndscpsxn" in alone
    assert r"Study ABC-1\tab {\b SYNTHETIC DATA - no real patients}" in alone
    assert r"Data cut-off: 30 June 2025\tab Page" in alone
    assert r"{\title Listing 16.2.1.1 Disposition of patients}" in alone
    assert (made / "f-14-2-1-1.rtf").read_text(encoding="ascii").count(r"\pngblip") == 1


def test_a_large_figure_is_made_to_fit_its_page(tmp_path: Path) -> None:
    folder = write(tmp_path / "tlf", [figure(png=png(2000, 4000))])  # 160 x 320 mm at 300 to the inch
    (extent,) = document_of(folder / "f-14-2-1-1.docx").iter(WP + "extent")
    width, height = int(extent.get("cx")), int(extent.get("cy"))
    assert height <= 0.8 * 14004 * 635  # of the height of the text, in EMU
    assert width / height == pytest.approx(0.5, rel=0.01)


def test_the_same_displays_give_the_same_bytes(made: Path, tmp_path: Path) -> None:
    again = write(tmp_path / "tlf")
    assert {p.name: p.read_bytes() for p in again.iterdir()} == {p.name: p.read_bytes() for p in made.iterdir()}
