"""A Word file's properties: what the report is of, and no time but the lock's date."""

import datetime as dt

from lxml import etree

from analysis.params import Params
from analysis.report.word.ooxml import NAMESPACES, Package, q
from analysis.report.word.styles import LANGUAGE

CORE, EXTENDED, CUSTOM = "docProps/core.xml", "docProps/app.xml", "docProps/custom.xml"
_FORMAT = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"  # of every custom property, says the standard


def describe(package: Package, params: Params, date: dt.date, *, title: str) -> None:
    """Write the three parts of properties anew; pandoc's hold paths of the metadata and the clock's time."""
    set_core(package, params, date, title=title)
    extended = etree.Element(q("ep:Properties"), nsmap={None: NAMESPACES["ep"]})
    etree.SubElement(extended, q("ep:Company")).text = params.study.sponsor
    custom = etree.Element(q("op:Properties"), nsmap={None: NAMESPACES["op"], "vt": NAMESPACES["vt"]})
    values = {"Study": params.study.id, "Data cut-off": params.cutoff.isoformat(), "Data": params.study.data_note}
    for number, (name, value) in enumerate(values.items(), 2):  # 0 and 1 are reserved
        item = etree.SubElement(custom, q("op:property"), fmtid=_FORMAT, pid=str(number), name=name)
        etree.SubElement(item, q("vt:lpwstr")).text = value
    for name, root in ((EXTENDED, extended), (CUSTOM, custom)):
        if name in package.parts:
            package.replace(name, root)


def set_core(package: Package, params: Params, date: dt.date, *, title: str) -> None:
    """Write title, subject, author, language and dates, which programs show as the file's own."""
    names = {n: NAMESPACES[n] for n in ("cp", "dc", "dcterms", "xsi")}
    core = etree.Element(q("cp:coreProperties"), nsmap=names)
    for name, text in (
        ("dc:title", title),
        ("dc:subject", f"{params.study.short_title}, data cut-off {params.cutoff.isoformat()}"),
        ("dc:creator", params.study.sponsor),
        ("cp:keywords", params.study.id),
        ("dc:description", params.study.data_note),
        ("dc:language", LANGUAGE),
        ("cp:category", "Clinical study report"),
    ):
        etree.SubElement(core, q(name)).text = text
    for name in ("dcterms:created", "dcterms:modified"):
        element = etree.SubElement(core, q(name), {q("xsi:type"): "dcterms:W3CDTF"})
        element.text = f"{date.isoformat()}T00:00:00Z"
    package.replace(CORE, core)
