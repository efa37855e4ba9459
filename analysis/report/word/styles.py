"""Styles of a Word file: those the report needs and a sponsor's reference document may lack or have otherwise."""

import re
from collections.abc import Mapping
from pathlib import Path

from lxml import etree

from analysis.report.word.ooxml import (
    NAMESPACES,
    PARAGRAPH_ORDER,
    STYLE_ORDER,
    STYLES,
    Element,
    Package,
    fragment,
    paragraph_style,
    put,
    q,
)

LANGUAGE = "en-GB"  # of every text of the report
FILE = Path(__file__).with_name("styles.xml")
_REFERENCES = ("w:pStyle", "w:rStyle", "w:tblStyle", "w:basedOn", "w:next", "w:link", "w:styleLink", "w:numStyleLink")
_HEADING = re.compile(r"heading (\d)")


def complete(package: Package) -> None:
    """Give each style the id it has in styles.xml, add those the file has not, and settle what the report needs.

    Word tells its own styles by name; their ids depend on the language it ran in. The text has the language of the
    report whatever that of the reference document; headings have their E3 numbers in the text, so none of a list.
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
    levels = heading_levels(package)
    for numbering in root.findall("w:style/w:pPr/w:numPr", NAMESPACES):
        if numbering.getparent().getparent().get(q("w:styleId")) in levels:
            numbering.getparent().remove(numbering)
    for spoken in list(root.iter(q("w:lang"))):
        spoken.getparent().remove(spoken)
    _default_properties(root).append(fragment(f'<w:lang w:val="{LANGUAGE}" w:eastAsia="zh-CN" w:bidi="ar-SA"/>'))


def heading_levels(package: Package) -> dict[str, int]:
    """Style id -> level of the heading styles."""
    found = ((s.get(q("w:styleId")), _HEADING.fullmatch(_name(s))) for s in package.tree(STYLES).iter(q("w:style")))
    return {number: int(match[1]) for number, match in found if match}


def set_contents_width(package: Package, width: int) -> None:
    """Let the page numbers of the contents end at the right margin, for a text `width` twentieths of a point wide."""
    root = package.tree(STYLES)
    for level in range(1, 10):
        style = _style(root, f"TOC{level}")
        if style is not None:
            properties = style.find("w:pPr", NAMESPACES)
            if properties is None:
                properties = fragment("<w:pPr/>")
                put(style, properties, STYLE_ORDER)
            tabs = f'<w:tabs><w:tab w:val="right" w:leader="dot" w:pos="{width}"/></w:tabs>'
            put(properties, fragment(tabs), PARAGRAPH_ORDER)


def tab_stops(package: Package, paragraph: Element) -> list[Element]:
    """The tab stops that a paragraph has from its style, or from one that this is based on."""
    root = package.tree(STYLES)
    style = _style(root, paragraph_style(paragraph) or "Normal")
    while style is not None:
        tabs = style.find("w:pPr/w:tabs", NAMESPACES)
        if tabs is not None:
            return list(tabs)
        parent = style.find("w:basedOn", NAMESPACES)
        style = None if parent is None else _style(root, parent.get(q("w:val")))
    return []


def _style(root: Element, number: str) -> Element | None:
    return next((s for s in root.iterchildren(q("w:style")) if s.get(q("w:styleId")) == number), None)


def _default_properties(root: Element) -> Element:
    """The properties that every run has unless it says otherwise; made if there are none."""
    defaults = root.find("w:docDefaults", NAMESPACES)
    if defaults is None:
        root.insert(0, defaults := fragment("<w:docDefaults/>"))
    outer = defaults.find("w:rPrDefault", NAMESPACES)
    if outer is None:
        defaults.insert(0, outer := fragment("<w:rPrDefault/>"))
    inner = outer.find("w:rPr", NAMESPACES)
    if inner is None:
        outer.append(inner := fragment("<w:rPr/>"))
    return inner


def _name(style: Element) -> str:
    return str(style.find("w:name", NAMESPACES).get(q("w:val"))).lower()


def _rename(root: Element, renamed: Mapping[str, str]) -> None:
    for style in root.iter(q("w:style")):
        style.set(q("w:styleId"), renamed.get(style.get(q("w:styleId")), style.get(q("w:styleId"))))
    for reference in root.iter(*map(q, _REFERENCES)):
        reference.set(q("w:val"), renamed.get(reference.get(q("w:val")), reference.get(q("w:val"))))
