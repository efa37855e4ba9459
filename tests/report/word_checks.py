"""What must hold of every Word file that is written, whatever its content."""

import io
import posixpath
import re
import zipfile
from pathlib import Path
from typing import Any

from lxml import etree
from openxml_audit import FileFormat, OpenXmlValidator

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"


def parts_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        return {i.filename: archive.read(i) for i in archive.infolist()}


def document_of(path: Path) -> Any:
    return etree.fromstring(parts_of(path)["word/document.xml"])


def words(element: Any) -> str:
    """The text of an element, without the blanks that hold the place of a page number."""
    return "".join(t.text or "" for t in element.iter(W + "t")).rstrip("\u2007")


def paragraphs(path: Path) -> list[tuple[str, str]]:
    """Style id and text of each paragraph."""
    found = []
    for p in document_of(path).iter(W + "p"):
        style = p.find(f"{W}pPr/{W}pStyle")
        found.append(("" if style is None else style.get(W + "val"), words(p)))
    return found


def check(path: Path) -> None:
    """Assert what Word or a reader relies on: parts, relationships, ids, links, headers, and the schema of Word 2019.

    The schema's check is a port of that of Microsoft's Open XML SDK.
    """
    found = OpenXmlValidator(file_format=FileFormat.OFFICE_2019).validate(path)
    assert not [f"{error.part_uri}: {error.description}" for error in found.errors]
    parts = parts_of(path)
    with zipfile.ZipFile(path) as archive:
        assert {i.date_time for i in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    trees = {n: etree.fromstring(c) for n, c in parts.items() if n.endswith((".xml", ".rels"))}
    _check_relationships(parts, trees)
    document = trees["word/document.xml"]
    _check_ids(document)
    for section in document.iter(W + "sectPr"):
        for kind in ("header", "footer"):
            assert section.findall(f"{W}{kind}Reference[@{W}type='default']"), kind
    styles = {s.get(W + "styleId") for s in trees["word/styles.xml"].iter(W + "style")}
    for name, tree in trees.items():
        for use in tree.iter(W + "pStyle", W + "rStyle", W + "tblStyle", W + "basedOn", W + "next", W + "link"):
            assert use.get(W + "val") in styles, (name, use.get(W + "val"))


def _check_relationships(parts: dict[str, bytes], trees: dict[str, Any]) -> None:
    types = trees["[Content_Types].xml"]
    defaults = {e.get("Extension").lower() for e in types if e.tag.endswith("Default")}
    overrides = [e.get("PartName").lstrip("/") for e in types if e.tag.endswith("Override")]
    assert len(overrides) == len(set(overrides))
    assert set(overrides) <= parts.keys()
    reached = set()
    for name in parts:
        assert name in overrides or name.rsplit(".", 1)[-1].lower() in defaults or name == "[Content_Types].xml", name
        if not name.endswith(".rels"):
            continue
        folder, base = posixpath.split(name)
        source = posixpath.join(posixpath.dirname(folder), base.removesuffix(".rels"))
        ids = [r.get("Id") for r in trees[name]]
        assert len(ids) == len(set(ids)), name
        for relationship in trees[name]:
            if relationship.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join(posixpath.dirname(source), relationship.get("Target")))
                assert target in parts, (name, target)
                reached.add(target)
        if source in trees:
            used = {v for e in trees[source].iter() for k, v in e.attrib.items() if k.startswith(R)}
            assert used <= set(ids), (source, used - set(ids))
    assert {n for n in parts if n.startswith("word/media/")} <= reached


def _check_ids(document: Any) -> None:
    starts = list(document.iter(W + "bookmarkStart"))
    names = [s.get(W + "name") for s in starts]
    ids = [s.get(W + "id") for s in starts]
    assert len(names) == len(set(names))
    assert len(ids) == len(set(ids))
    assert all(i.isdigit() for i in ids)
    assert all(re.fullmatch(r"[A-Za-z_][\w-]{0,39}", name) for name in names)
    assert sorted(ids) == sorted(e.get(W + "id") for e in document.iter(W + "bookmarkEnd"))
    linked = {h.get(W + "anchor") for h in document.iter(W + "hyperlink")} - {None}
    linked |= {re.split(r"\s+", i.text.strip())[1] for i in document.iter(W + "instrText") if "PAGEREF" in i.text}
    assert linked <= set(names), linked - set(names)
    pictures = list(document.iter(WP + "docPr"))
    assert len({p.get("id") for p in pictures}) == len(pictures)
    assert all(p.get("descr") for p in pictures)
