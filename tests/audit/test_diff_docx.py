"""The report with tracked changes: all accepted it is the new one, all rejected the old; only changes are marked."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from analysis.audit import diff_docx
from analysis.report.word.ooxml import Package
from tests import libreoffice
from tests.audit import revisions
from tests.audit.revisions import W
from tests.needs import needs
from tests.report.word_checks import check, parts_of
from tests.tiny_docx import p, package, run, save, table

BOLD = "<w:b/>"
LINK = f'<w:hyperlink w:anchor="here">{run("there")}</w:hyperlink>'
HERE = '<w:bookmarkStart w:id="7" w:name="here"/><w:bookmarkEnd w:id="7"/>'
FIELD = (
    '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
    '<w:r><w:instrText xml:space="preserve"> PAGEREF here \\h </w:instrText>'
    '</w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>1</w:t></w:r><w:r><w:fldChar '
    'w:fldCharType="end"/></w:r>'
)
LANDSCAPE = (
    '<w:sectPr><w:headerReference w:type="default" r:id="rId9"/><w:footerReference w:type="default" r:id="rId10"/>'
    '<w:pgSz w:w="16838" w:h="11906" w:orient="landscape"/></w:sectPr>'
)
END = p("The end.")
ONE = table(("Term", "n"), ("Cough", "3"), ("Rash", "5"), ("All", "8"))
OTHER = table(("Visit", "Mean", "SD"), ("Week 8", "1.0", "0.1"))

# What was, what is, and the words that are marked as deleted and inserted, by hand.
CASES: dict[str, tuple[list[str], list[str], list[str], list[str]]] = {
    "a number in a sentence": (
        [p("The median was 9.4 months (95% CI 7.6 to 12.9).")],
        [p("The median was 9.5 months (95% CI 7.6 to 12.7).")],
        ["9.4", "12.9"],
        ["9.5", "12.7"],
    ),
    "words in other looks, a link and a bookmark": (
        [p("Shown ", run("here", BOLD), " and ", LINK, "."), p("Old", HERE)],
        [p("Shown ", run("now", BOLD), " and ", LINK, ", too."), p("Old", HERE)],
        ["here"],
        ["now", ", too"],
    ),
    "a paragraph more": ([p("One."), END], [p("One."), p("Two, new."), END], [], ["Two, new."]),
    "a paragraph less": ([p("One."), p("Two, gone."), END], [p("One."), END], ["Two, gone."], []),
    "another paragraph": (
        [p("Nothing in common"), END],
        [p("Wholly different text"), END],
        ["Nothing in common"],
        ["Wholly different text"],
    ),
    "the last paragraph": ([p("Alpha beta.")], [p("Gamma delta.")], ["Alpha beta"], ["Gamma delta"]),
    "a heading": (
        [p("10 Study patients", style="Heading1"), END],
        [p("10 Study subjects", style="Heading1"), END],
        ["patients"],
        ["subjects"],
    ),
    "a heading that became text": (
        [p("Patients of the study", style="Heading1"), END],
        [p("Patients of the study"), END],
        ["Patients of the study"],
        ["Patients of the study"],
    ),
    "a cell": (
        [ONE, END],
        [table(("Term", "n"), ("Cough", "4"), ("Rash", "5"), ("All", "9")), END],
        ["3", "8"],
        ["4", "9"],
    ),
    "a row more": (
        [ONE, END],
        [table(("Term", "n"), ("Cough", "3"), ("Fever", "1"), ("Rash", "5"), ("All", "8")), END],
        [],
        ["Fever", "1"],
    ),
    "a row less": ([ONE, END], [table(("Term", "n"), ("Rash", "5"), ("All", "8")), END], ["Cough", "3"], []),
    "rows of one patient are not those of another": (
        [table(("Patient 1",), ("Cough", "3"), ("Patient 2",), ("Rash", "5")), END],
        [table(("Patient 2",), ("Rash", "6")), END],
        ["Patient 1", "Cough", "3", "5"],
        ["6"],
    ),
    "a row across": (
        [table(("Patients with a cough (n = 3)",), ("a", "b")), END],
        [table(("Patients with a cough (n = 4)",), ("a", "b")), END],
        ["3"],
        ["4"],
    ),
    "a table more, beside another": (
        [ONE, END],
        [ONE, OTHER, END],
        [],
        ["Visit", "Mean", "SD", "Week 8", "1.0", "0.1"],
    ),
    "a table less, beside another": (
        [OTHER, ONE, END],
        [ONE, END],
        ["Visit", "Mean", "SD", "Week 8", "1.0", "0.1"],
        [],
    ),
    "a table of other columns": (
        [table(("Term", "n")), END],
        [table(("Term", "n", "%")), END],
        ["Term", "n"],
        ["Term", "n", "%"],
    ),
    "paragraphs in a cell": (
        [table(("a", "first|second|last")), END],
        [table(("a", "first|last")), END],
        ["second"],
        [],
    ),
    "contents": (
        [p("Alpha and beta, page ", FIELD), p("Old", HERE), END],
        [p("Alpha and gamma, page ", FIELD), p("Delta, page ", FIELD), p("Old", HERE), END],
        ["beta"],
        ["gamma", "Delta, page 1"],
    ),
    "a section that ends": (
        [p("One."), p("Wide.", more=LANDSCAPE), END],
        [p("One."), END],
        ["Wide."],
        [],
    ),
    "a section that begins": ([p("One."), END], [p("One."), p("Wide.", more=LANDSCAPE), END], [], ["Wide."]),
    "a style and a list that the new file does not have": (
        [p("x", style="Gone", more='<w:numPr><w:ilvl w:val="0"/><w:numId w:val="77"/></w:numPr>'), END],
        [END],
        ["x"],
        [],
    ),
    "hostile text": (
        [p("a <w:del> & ]]> \N{GRINNING FACE} {{< var x >}}"), END],
        [p("a <w:ins> & ]]> \N{GRINNING FACE} {{< var y >}}"), END],
        ["w:del", "x"],
        ["w:ins", "y"],
    ),
    "nothing": ([p("One."), ONE, END], [p("One."), ONE, END], [], []),
}


def made(tmp_path: Path, old: Package, new: Package) -> Path:
    files = [save(found, tmp_path / name) for found, name in ((old, "old.docx"), (new, "new.docx"))]
    result = diff_docx.tracked(Package.read(files[0]), Package.read(files[1]), "2026-01-20")
    return save(result, tmp_path / "changes.docx")


def compared(tmp_path: Path) -> None:
    """Accepting every change gives the new text, rejecting every one the old, everywhere in the file."""
    for accept, name in ((True, "new.docx"), (False, "old.docx")):
        found = revisions.parts(tmp_path / "changes.docx", accept=accept)
        for part, content in parts_of(tmp_path / name).items():
            if part in found:
                wanted = etree.fromstring(content)
                assert revisions.said(found[part]) == revisions.said(wanted), part
                assert revisions.rows(found[part]) == revisions.rows(wanted), part


def marked(path: Path, kind: str) -> list[str]:
    root = etree.fromstring(parts_of(path)["word/document.xml"])
    text = {"ins": "t", "del": "delText"}[kind]
    found = ("".join(t.text or "" for t in mark.iter(W + text)) for mark in root.iter(W + kind))
    return [words for words in found if words]


@pytest.mark.parametrize("case", CASES)
def test_all_accepted_is_the_new_text_and_all_rejected_the_old(tmp_path: Path, case: str) -> None:
    old, new, deleted, inserted = CASES[case]
    path = made(tmp_path, package(*old), package(*new))
    check(path)
    compared(tmp_path)
    assert (marked(path, "del"), marked(path, "ins")) == (deleted, inserted)


def test_headers_and_footers_are_compared(tmp_path: Path) -> None:
    made(tmp_path, package(END, footer="Cut-off 30 June 2025"), package(END, footer="Cut-off 31 December 2025"))
    compared(tmp_path)
    assert b"30 June</w:delText>" in parts_of(tmp_path / "changes.docx")["word/footer1.xml"]


def test_a_note_that_changed_is_a_note_deleted_and_one_inserted(tmp_path: Path) -> None:
    old = package(p("A claim", "{note1}", " and another", "{note2}"), END, notes=("The old note.", "Kept."))
    new = package(p("A claim", "{note1}", " and another", "{note2}"), END, notes=("The new note.", "Kept."))
    path = made(tmp_path, old, new)
    check(path)
    root = etree.fromstring(parts_of(path)["word/document.xml"])
    notes = etree.fromstring(parts_of(path)["word/footnotes.xml"])
    text = {n.get(W + "id"): revisions.words(n) for n in notes}
    for kind, wanted in (("del", "The old note."), ("ins", "The new note.")):
        assert [text[r.get(W + "id")] for m in root.iter(W + kind) for r in m.iter(W + "footnoteReference")] == [wanted]
    for accept, wanted in ((True, "The new note."), (False, "The old note.")):
        body = revisions.parts(path, accept=accept)["word/document.xml"]
        assert [text[r.get(W + "id")] for r in body.iter(W + "footnoteReference")] == [wanted, "Kept."]


def test_the_old_picture_is_a_tracked_deletion_beside_the_new(tmp_path: Path) -> None:
    old = package(p("{picture1}"), p("{picture2}"), END, pictures=(3, 5))
    new = package(p("{picture1}"), p("{picture2}"), END, pictures=(4, 5))
    path = made(tmp_path, old, new)
    check(path)
    shown: dict[str, list[int]] = {}
    parts = parts_of(path)
    related = {r.get("Id"): f"word/{r.get('Target')}" for r in etree.fromstring(parts["word/_rels/document.xml.rels"])}
    root = etree.fromstring(parts["word/document.xml"])
    for blip in root.iter("{http://schemas.openxmlformats.org/drawingml/2006/main}blip"):
        mark = next((a.tag.removeprefix(W) for a in blip.iterancestors(W + "ins", W + "del")), "")
        content = parts[related[next(v for k, v in blip.attrib.items() if k.endswith("embed"))]]
        shown.setdefault(mark, []).append(int.from_bytes(content[16:20], "big"))  # the width in the PNG's header
    assert shown == {"del": [3], "ins": [4], "": [5]}


def test_each_change_has_its_number_and_is_of_csr_diff_on_the_lock_s_date(tmp_path: Path) -> None:
    path = made(tmp_path, package(p("One two."), ONE, HERE_IN, END), package(p("One three."), OTHER, HERE_IN, END))
    root = etree.fromstring(parts_of(path)["word/document.xml"])
    marks = list(root.iter(W + "ins", W + "del"))
    assert {(m.get(W + "author"), m.get(W + "date")) for m in marks} == {("csr diff", "2026-01-20T00:00:00Z")}
    numbers = [m.get(W + "id") for m in marks]
    assert len(numbers) == len(set(numbers))
    assert "7" not in numbers  # that of the bookmark


HERE_IN = p("Old", HERE)


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    files = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        old, new = package(p("One."), ONE, p("{picture1}"), END, pictures=(3,)), package(p("Two."), END)
        files.append(made(tmp_path / name, old, new).read_bytes())
    assert files[0] == files[1]


def test_opening_the_file_does_not_write_the_contents_anew(tmp_path: Path) -> None:
    path = made(tmp_path, package(END), package(p("One."), END))
    settings = etree.fromstring(parts_of(path)["word/settings.xml"])
    assert settings.find(W + "updateFields").get(W + "val") == "false"


WORDS = st.lists(st.sampled_from(["a", "b", "12.5", "(95%", "|", "\t", "Rash", "  "]), max_size=6).map(" ".join)
TABLES = st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=4).map(lambda rows: table(*rows))
BLOCKS = st.lists(st.one_of(WORDS.map(lambda text: p(text.replace("|", ""))), TABLES), max_size=6)


@given(BLOCKS, BLOCKS)
def test_whatever_the_two_say_both_come_back(old: list[str], new: list[str]) -> None:
    before, after = package(*old, END), package(*new, END)
    wanted = [revisions.said(found.body) for found in (after, before)]
    whole = etree.tostring(diff_docx.tracked(before, after, "2026-01-20").body)
    for accept, said in zip((True, False), wanted, strict=True):
        body: Any = etree.fromstring(whole)
        revisions.resolve(body, accept=accept)
        assert revisions.said(body) == said


@needs("soffice")
@pytest.mark.slow
def test_libreoffice_opens_it_and_shows_what_was_and_what_is(tmp_path: Path) -> None:
    old, new, _, _ = CASES["a row more"]
    path = made(tmp_path, package(p("Until June."), *old), package(p("Until December."), *new))
    text = libreoffice.converted(path, libreoffice.TEXT, tmp_path).read_text(encoding="utf-8-sig")
    assert "Until JuneDecember." in text
    assert "Fever" in text


def test_a_date_is_that_of_the_lock_s_midnight() -> None:
    """Word reads w:date as xsd:dateTime; a date alone would make it refuse the file."""
    made = diff_docx.tracked(package(END), package(p("One."), END), "2026-01-20")
    dates = {mark.get(W + "date") for mark in made.body.iter(W + "ins")}
    assert {dt.datetime.fromisoformat(date) for date in dates} == {dt.datetime(2026, 1, 20, tzinfo=dt.UTC)}
