"""What a word processor makes of tracked changes: accept all, reject all. Written from ECMA-376, part 1, 17.13.5."""

import zipfile
from pathlib import Path
from typing import Any

from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def parts(path: Path, *, accept: bool) -> dict[str, Any]:
    """The document, headers and footers of a Word file after every change was accepted or rejected."""
    with zipfile.ZipFile(path) as archive:
        names = [n for n in archive.namelist() if n.startswith(("word/document", "word/header", "word/footer"))]
        found = {name: etree.fromstring(archive.read(name)) for name in names}
    for root in found.values():
        resolve(root, accept=accept)
    return found


def resolve(root: Any, *, accept: bool) -> None:
    kept, dropped = ("ins", "del") if accept else ("del", "ins")
    for row in list(root.iter(W + "tr")):
        if row.find(f"{W}trPr/{W}{dropped}") is not None:
            remove(row)
    for table in list(root.iter(W + "tbl")):
        if table.find(W + "tr") is None:
            remove(table)
    gone = [p for p in root.iter(W + "p") if p.find(f"{W}pPr/{W}rPr/{W}{dropped}") is not None]
    for mark in list(root.iter(W + dropped)):
        if mark.getparent().tag not in (W + "rPr", W + "trPr"):
            remove(mark)
    for mark in list(root.iter(W + kept)):
        for child in list(mark):
            mark.addprevious(child)
        remove(mark)
    for text in root.iter(W + "delText"):
        text.tag = W + "t"
    for paragraph in gone:  # its mark is gone: what is left of it opens the next paragraph
        rest = [child for child in paragraph if child.tag != W + "pPr"]
        following = paragraph.getnext()
        if any(e.tag in (W + "t", W + "drawing") for child in rest for e in child.iter()):
            raise AssertionError(f"a paragraph went, but not its words: {words(paragraph)}")
        assert following is not None, "the last paragraph of a cell or body went"
        if following.tag == W + "p":
            place = 1 if following.find(W + "pPr") is not None else 0
            for number, child in enumerate(rest):
                following.insert(place + number, child)
        remove(paragraph)


def remove(element: Any) -> None:
    element.getparent().remove(element)


def words(element: Any) -> str:
    """The text of an element; a tab and a line break count."""
    marks = {W + "tab": "\t", W + "br": "\n"}
    return "".join(
        e.text or "" if e.tag == W + "t" else marks[e.tag]
        for run in element.iter(W + "r")
        for e in run.iter(W + "t", *marks)
    )


def said(root: Any) -> list[tuple[str, str]]:
    """Of each paragraph where it stands (in the body or in a cell) and its text."""
    return [(p.getparent().tag.removeprefix(W), words(p)) for p in root.iter(W + "p")]


def rows(root: Any) -> list[list[int]]:
    """Of each table the cells of each row."""
    return [[len(row.findall(W + "tc")) for row in table.findall(W + "tr")] for table in root.iter(W + "tbl")]
