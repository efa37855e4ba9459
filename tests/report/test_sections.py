"""Sections as Word files of their own: cut from the whole, complete in themselves, without a link into nothing."""

import datetime as dt
from pathlib import Path

import docx as python_docx
import pytest

from analysis.errors import RenderError
from analysis.report import docx, sections
from tests.report.made import make_params
from tests.report.made_book import BOOK, HOSTILE, book_ast, made_table, write_images
from tests.report.word_checks import W, check, document_of, paragraphs, parts_of, words

DATE = dt.date(2025, 8, 1)
REFERENCE = Path(__file__).parents[2] / "report/reference.docx"

FILES = [
    "1-title-page.docx",
    "2-synopsis.docx",
    "3-table-of-contents.docx",
    "11-efficacy-evaluation.docx",
    "11.4-efficacy-results.docx",
    "11.4.1-analysis-of-efficacy.docx",
    "14-tables-figures-not-in-the-text.docx",
    "14.1-demographic-data.docx",
    "14.2-efficacy-data.docx",
    "15-reference-list.docx",
]


def write(folder: Path, text: str = BOOK) -> list[Path]:
    write_images(folder)
    whole = docx.made(book_ast(text), reference=REFERENCE, params=make_params(), date=DATE, resources=folder)
    return sections.write_sections(whole, folder / "sections", params=make_params(), date=DATE)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Number -> file."""
    return {path.name.split("-")[0]: path for path in write(tmp_path_factory.mktemp("sections"))}


def texts(path: Path) -> list[str]:
    return [text for _, text in paragraphs(path) if text]


def links(path: Path) -> list[str]:
    """The texts of the links inside a file."""
    return [words(link) for link in document_of(path).iter(W + "hyperlink") if link.get(W + "anchor")]


def test_each_numbered_heading_has_a_file(made: dict[str, Path]) -> None:
    assert [path.name for path in made.values()] == FILES
    assert sorted(p.name for p in made["1"].parent.iterdir()) == sorted(FILES)
    assert not [p for p in made["1"].parent.parent.iterdir() if p.name.startswith("tmp")]


@pytest.mark.parametrize("name", FILES)
def test_each_file_is_sound(made: dict[str, Path], name: str) -> None:
    check(made[name.split("-")[0]])


def test_a_section_has_its_subsections_and_nothing_else(made: dict[str, Path]) -> None:
    headings = {n: [t for s, t in paragraphs(p) if s.startswith("Heading")] for n, p in made.items()}
    assert headings["11"] == ["11 Efficacy evaluation", "11.4 Efficacy results", "11.4.1 Analysis of efficacy"]
    assert headings["11.4"] == headings["11"][1:]
    assert headings["11.4.1"] == headings["11"][2:]
    assert headings["14.2"] == ["14.2 Efficacy data"]
    assert texts(made["1"])[:2] == ["Study ABC-1", "Clinical study report"]


def test_links_inside_stay_and_links_that_leave_become_text(made: dict[str, Path]) -> None:
    assert links(made["11"]) == ["below", "up"]
    assert links(made["11.4"]) == ["up"]
    assert links(made["11.4.1"]) == []
    left = next(p for p in document_of(made["11.4.1"]).iter(W + "p") if "Back up." in words(p))
    assert "Hyperlink" not in {e.get(W + "val") for e in left.iter(W + "rStyle")}
    assert texts(made["11.4.1"])[1].endswith("to be completed. Back up.")
    external = [r.hyperlinks[0].address for r in python_docx.Document(str(made["11.4"])).paragraphs if r.hyperlinks]
    assert external[0] == "https://example.org/a"


def test_citations_read_as_in_the_whole_and_references_stand_in_their_section(made: dict[str, Path]) -> None:
    assert texts(made["2"])[:2] == ["2 Synopsis", "See Section 11.4 [1]."]
    assert texts(made["11.4"])[1].startswith("As before [1, 2].")
    listed = {n: [t for s, t in paragraphs(p) if s == "Bibliography"] for n, p in made.items()}
    first, second = "1. The first work. 2001.", "2. The second work. 2002."
    assert {n: entries for n, entries in listed.items() if entries} == {
        "2": [first], "11": [first, second], "11.4": [first, second], "15": [first, second]
    }  # fmt: skip
    titled = [n for n, p in made.items() if any(s == "ReferencesTitle" for s, _ in paragraphs(p))]
    assert titled == ["2", "11", "11.4"]  # 15 is the list itself
    assert "1" not in links(made["2"])


def test_footnotes_come_with_the_text_that_refers_to_them(made: dict[str, Path]) -> None:
    notes = {n: parts_of(p)["word/footnotes.xml"].decode() for n, p in made.items()}
    assert [n for n, text in notes.items() if "A footnote with a" in text] == ["11"]
    assert "w:anchor" not in notes["11"]
    assert all("continuationSeparator" in text for text in notes.values())


def test_images_come_with_the_text_that_shows_them(made: dict[str, Path]) -> None:
    assert [n for n, p in made.items() if any("media/" in part for part in parts_of(p))] == ["14", "14.2"]


def test_a_section_that_ends_in_a_landscape_table_has_no_page_more(made: dict[str, Path]) -> None:
    turned = [s.orientation for s in python_docx.Document(str(made["14.1"])).sections]
    assert turned == [0, 1, 1]
    table, end, section = document_of(made["14.1"])[0][-3:]
    assert (table.tag, section.tag) == (W + "tbl", W + "sectPr")
    assert end.find(f"{W}pPr/{W}pStyle").get(W + "val") == "TableEnd"  # one point high


def test_a_section_does_not_begin_with_a_page_of_its_heading_alone(tmp_path: Path) -> None:
    """Before a landscape table: the heading goes onto its page."""
    upright = made_table("14.1.1", "Patients")
    paths = {p.name.split("-")[0]: p for p in write(tmp_path, BOOK.replace(upright, ""))}
    assert upright in BOOK
    assert [s.orientation for s in python_docx.Document(str(paths["14.1"])).sections] == [1, 1]
    assert [s.orientation for s in python_docx.Document(str(paths["14"])).sections][:2] == [1, 1]


def test_every_page_has_the_running_header(made: dict[str, Path]) -> None:
    for path in made.values():
        for section in python_docx.Document(str(path)).sections:
            assert not section.different_first_page_header_footer
            assert section.header.paragraphs[0].text == "Study ABC-1\tSYNTHETIC DATA - no real patients"


def test_contents_are_lines_of_text_in_their_own_section(made: dict[str, Path]) -> None:
    lines = [t for s, t in paragraphs(made["3"]) if s.startswith("TOC")]
    assert lines[:2] == ["1 Title page", "2 Synopsis"]
    assert b"PAGEREF" not in parts_of(made["3"])["word/document.xml"]
    assert not [n for n, p in made.items() if n != "3" and any(s.startswith("TOC") for s, _ in paragraphs(p))]
    assert all(b'updateFields w:val="false"' in parts_of(p)["word/settings.xml"] for p in made.values())


def test_hostile_text_stays_text(made: dict[str, Path]) -> None:
    assert any(HOSTILE in text for text in texts(made["11.4.1"]))
    assert any(HOSTILE in text for text in texts(made["14.1"]))


def test_the_title_of_a_file_is_the_section_s(made: dict[str, Path]) -> None:
    core = python_docx.Document(str(made["11.4.1"])).core_properties
    assert core.title == "11.4.1 Analysis of efficacy"
    assert core.subject == "Short, data cut-off 2025-06-30"
    assert core.modified == dt.datetime(2025, 8, 1, tzinfo=dt.UTC)


def test_the_same_tree_gives_the_same_bytes(made: dict[str, Path], tmp_path: Path) -> None:
    for path in write(tmp_path):
        assert path.read_bytes() == made[path.name.split("-")[0]].read_bytes()


def test_two_headings_of_one_number_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=r"two headings have the section number 14\.1; expected one each"):
        write(tmp_path, BOOK.replace("## 14.2", "## 14.1"))


def test_a_heading_without_a_number_belongs_to_the_section_around_it(tmp_path: Path) -> None:
    paths = {p.name.split("-")[0]: p for p in write(tmp_path, BOOK.replace("## 11.4 Efficacy", "## Efficacy"))}
    assert "11.4" not in paths
    assert "Efficacy results" in texts(paths["11"])


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Title page", "title-page"),
        ("Sponsor’s officer & “others”", "sponsors-officer-others"),
        ("Étude à l'hôpital", "etude-a-lhopital"),
        ("病历", "section"),
        ("a/b\\c: ../d", "a-b-c-d"),
        ("Deaths, other serious adverse events, and other significant adverse events",
         "deaths-other-serious-adverse-events-and-other-significant"),
        ("x" * 100, "x" * 60),
    ],
)  # fmt: skip
def test_slugs(title: str, expected: str) -> None:
    assert sections.slug(title) == expected
