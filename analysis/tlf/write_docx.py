"""Displays as DOCX files, in the styles of a reference document."""

import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
from docx.oxml.ns import qn
from docx.shared import Pt
from lxml import etree

from analysis.errors import RenderError
from analysis.tlf.layout import PAGE_LONG, PAGE_SHORT, text_width
from analysis.tlf.model import Display, Figure, Table
from analysis.tlf.png import size_of
from analysis.tlf.write_openxml import (
    STYLES,
    figure_footnotes_openxml,
    figure_heading_openxml,
    section_end,
    table_only,
    text_xml,
)

_MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip archive can hold


def table_docx(table: Table, reference: Path) -> bytes:
    """A table as a DOCX file.

    Raises RenderError where the reference document lacks a style that displays use.
    """
    return displays_docx([table], reference, contents=False)


def displays_docx(displays: Sequence[Display], reference: Path, *, contents: bool = True) -> bytes:
    """Displays as one DOCX file, each in a section of its own; `contents` puts a list of them with links before."""
    document = docx.Document(str(reference))
    known = {style.style_id for style in document.styles}
    if missing := [name for name in STYLES if name not in known]:
        raise RenderError(
            f"{reference}: styles {', '.join(missing)} are missing, expected those of the project's reference.docx"
        )
    body = document.element.body
    for block in [e for e in body if e.tag != qn("w:sectPr")]:
        body.remove(block)
    last = body[-1]
    _drop_headers(document, last)
    if contents:
        _append(last, _contents(displays) + section_end(landscape=False))
    for number, display in enumerate(displays, start=1):
        landscape = isinstance(display, Table) and display.landscape
        if isinstance(display, Table):
            _append(last, table_only(display))
        else:
            _append(last, figure_heading_openxml(display))
            last.addprevious(_picture(document, display))
            _append(last, figure_footnotes_openxml(display))
        if number < len(displays):
            _append(last, section_end(landscape=landscape))
        else:
            # Word wants a paragraph behind a table at the end of a document.
            _append(last, '<w:p><w:pPr><w:pStyle w:val="TableSource"/></w:pPr></w:p>')
            _turn(last, landscape=landscape)
    document.core_properties.title = "Tables, figures and listings" if contents else displays[0].label[:255]
    return same_bytes(document)


def _append(last: Any, xml: str) -> None:
    """Put block content before the last section's properties."""
    for block in etree.fromstring(f'<w:body xmlns:w="{_MAIN}">{xml}</w:body>'):
        last.addprevious(block)


def _contents(displays: Sequence[Display]) -> str:
    def paragraph(style: str, content: str) -> str:
        return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{content}</w:p>'

    def run(text: str) -> str:
        return f'<w:r><w:t xml:space="preserve">{text_xml(text)}</w:t></w:r>'

    lines = [
        paragraph(
            "TableText", f'<w:hyperlink w:anchor="{d.id}" w:history="1">{run(f"{d.label} {d.title}")}</w:hyperlink>'
        )
        for d in displays
    ]
    return paragraph("TableTitle", run("Contents")) + "".join(lines)


def _picture(document: Any, figure: Figure) -> Any:
    """A paragraph with the figure's picture and its alternative text, detached from the document's end."""
    width, _ = size_of(figure.png)
    paragraph = document.add_paragraph(style="Table Text")
    paragraph.paragraph_format.keep_with_next = True
    shape = paragraph.add_run().add_picture(BytesIO(figure.png), width=Pt(min(width, text_width(landscape=False) / 20)))
    shape._inline.docPr.set("descr", figure.alt)
    shape._inline.docPr.set("name", figure.id)
    return paragraph._p


def _turn(section: Any, *, landscape: bool) -> None:
    size = section.find(qn("w:pgSz"))
    if size is None:
        size = etree.SubElement(section, qn("w:pgSz"))
    size.attrib.clear()
    size.set(qn("w:w"), str(PAGE_LONG if landscape else PAGE_SHORT))
    size.set(qn("w:h"), str(PAGE_SHORT if landscape else PAGE_LONG))
    if landscape:
        size.set(qn("w:orient"), "landscape")


def _drop_headers(document: Any, section: Any) -> None:
    """Leave out the running headers and footers: they are the report's, and a display says all of it itself."""
    for reference in [e for e in section if e.tag in (qn("w:headerReference"), qn("w:footerReference"))]:
        document.part.rels.pop(reference.get(qn("r:id")))
        section.remove(reference)


def same_bytes(document: Any) -> bytes:
    """A document of python-docx as a zip archive that is the same every time.

    Its members are sorted and not compressed: what a compressor makes depends on the machine's zlib.
    """
    first = BytesIO()
    document.save(first)
    out = BytesIO()
    with zipfile.ZipFile(first) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as target:
        for name in sorted(source.namelist(), key=lambda n: (n != "[Content_Types].xml", n)):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.external_attr = 0o600 << 16
            info.create_system = 0
            target.writestr(info, source.read(name))
    return out.getvalue()
