"""Styles of a Word file: those the report needs and a sponsor's reference document may lack."""

import re
from collections.abc import Mapping
from pathlib import Path

from lxml import etree

from analysis.report.word.ooxml import NAMESPACES, STYLES, Element, Package, q

FILE = Path(__file__).with_name("styles.xml")
_REFERENCES = ("w:pStyle", "w:rStyle", "w:tblStyle", "w:basedOn", "w:next", "w:link", "w:styleLink", "w:numStyleLink")
_HEADING = re.compile(r"heading (\d)")


def complete(package: Package) -> None:
    """Give each style the id it has in styles.xml, and add those the file has not.

    Word tells its own styles by name; their ids depend on the language it ran in.
    """
    root = package.tree(STYLES)
    own = etree.parse(FILE).getroot().findall("w:style", NAMESPACES)
    ids = {s.get(q("w:styleId")) for s in root.iter(q("w:style"))}
    by_name = {_name(s): s.get(q("w:styleId")) for s in root.iter(q("w:style"))}
    renamed: dict[str, str] = {}
    for style in own:
        number = style.get(q("w:styleId"))
        if number in ids:
            continue
        if _name(style) in by_name:
            renamed[by_name[_name(style)]] = number
        else:
            style.attrib.pop(q("w:default"), None)  # the file has its own default of each kind
            root.append(style)
    if renamed:
        for part in [p for p in package.parts if p.startswith("word/") and p.endswith(".xml")]:
            _rename(package.tree(part), renamed)


def heading_levels(package: Package) -> dict[str, int]:
    """Style id -> level of the heading styles."""
    found = ((s.get(q("w:styleId")), _HEADING.fullmatch(_name(s))) for s in package.tree(STYLES).iter(q("w:style")))
    return {number: int(match[1]) for number, match in found if match}


def language(package: Package) -> str:
    """The language of the text that has no other."""
    found = package.tree(STYLES).find("w:docDefaults/w:rPrDefault/w:rPr/w:lang", NAMESPACES)
    return "en-GB" if found is None else str(found.get(q("w:val"), "en-GB"))


def _name(style: Element) -> str:
    return str(style.find("w:name", NAMESPACES).get(q("w:val"))).lower()


def _rename(root: Element, renamed: Mapping[str, str]) -> None:
    for style in root.iter(q("w:style")):
        style.set(q("w:styleId"), renamed.get(style.get(q("w:styleId")), style.get(q("w:styleId"))))
    for reference in root.iter(*map(q, _REFERENCES)):
        reference.set(q("w:val"), renamed.get(reference.get(q("w:val")), reference.get(q("w:val"))))
