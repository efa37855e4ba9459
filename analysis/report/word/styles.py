"""Styles of a Word file: those the report needs and a sponsor's reference document may lack."""

import copy
import re
from collections.abc import Mapping
from pathlib import Path

from lxml import etree

from analysis.report.word.ooxml import DOCUMENT, FOOTNOTES, NAMESPACES, STYLES, Element, Package, q

FILE = Path(__file__).with_name("styles.xml")
_USES = ("w:pStyle", "w:rStyle", "w:tblStyle")
_LINKS = ("w:basedOn", "w:next", "w:link")
_HEADING = re.compile(r"heading (\d)", re.IGNORECASE)


def complete(package: Package) -> None:
    """Add each style of styles.xml that the file has not.

    A style it has under the same name but another id, as Word in another language writes it, is used in its place.
    """
    root = package.tree(STYLES)
    ids = {s.get(q("w:styleId")) for s in root.iter(q("w:style"))}
    by_name = {_name(s).lower(): s.get(q("w:styleId")) for s in root.iter(q("w:style"))}
    own = etree.parse(FILE).getroot().findall("w:style", NAMESPACES)
    other_ids: dict[str, str] = {}
    missing = []
    for style in own:
        number = style.get(q("w:styleId"))
        if number in ids:
            continue
        if _name(style).lower() in by_name:
            other_ids[number] = by_name[_name(style).lower()]
        else:
            missing.append(copy.deepcopy(style))
            ids.add(number)
    for style in missing:
        for link in [e for name in _LINKS for e in style.findall(name, NAMESPACES)]:
            link.set(q("w:val"), other_ids.get(link.get(q("w:val")), link.get(q("w:val"))))
        # A file has its own default of each kind of style.
        style.attrib.pop(q("w:default"), None)
        root.append(style)
    if other_ids:
        for part in (DOCUMENT, FOOTNOTES):
            if part in package.parts:
                _rename(package.tree(part), other_ids)


def heading_levels(package: Package) -> dict[str, int]:
    """Style id -> level of the heading styles, which Word knows by their names."""
    found = ((s.get(q("w:styleId")), _HEADING.fullmatch(_name(s))) for s in package.tree(STYLES).iter(q("w:style")))
    return {number: int(match[1]) for number, match in found if match}


def language(package: Package) -> str:
    """The language of the text that has no other."""
    found = package.tree(STYLES).find("w:docDefaults/w:rPrDefault/w:rPr/w:lang", NAMESPACES)
    return "en-GB" if found is None else str(found.get(q("w:val"), "en-GB"))


def _name(style: Element) -> str:
    return str(style.find("w:name", NAMESPACES).get(q("w:val")))


def _rename(root: Element, ids: Mapping[str, str]) -> None:
    for use in root.iter(*map(q, _USES)):
        use.set(q("w:val"), ids.get(use.get(q("w:val")), use.get(q("w:val"))))
