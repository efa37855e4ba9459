"""Reference documents as sponsors send them, made with python-docx: other paper, fonts, style ids, heads and feet."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
from docx.enum.section import WD_ORIENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Inches, Pt

from tests.tlf.samples import png

LOGO = png(300, 100)


def _field(paragraph: Any, instruction: str) -> None:
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), instruction)
    field.append(run := OxmlElement("w:r"))
    run.append(text := OxmlElement("w:t"))
    text.text = "1"
    paragraph._p.append(field)


def letter(path: Path) -> None:
    """US Letter, a serif font, a logo in a table in the header, numbered headings, its own page number; some text."""
    document = docx.Document()  # python-docx's template: Letter, margins of 1 and 1.25 inches, theme fonts
    document.add_heading("Instructions to authors", 1)
    document.add_paragraph("Delete this text.")
    document.styles["Normal"].font.name = "Times New Roman"
    for level in (1, 2, 3):
        numbering = OxmlElement("w:numPr")
        numbering.append(number := OxmlElement("w:numId"))
        number.set(qn("w:val"), "1")
        document.styles[f"Heading {level}"].element.get_or_add_pPr().append(numbering)
    section = document.sections[0]
    table = section.header.add_table(1, 2, Inches(6))
    table.cell(0, 0).paragraphs[0].add_run().add_picture(io.BytesIO(LOGO), width=Inches(1))
    table.cell(0, 1).text = "Sponsor Ltd {{study_id}}"
    section.footer.paragraphs[0].text = "Confidential\t\t"
    _field(section.footer.paragraphs[0], "PAGE")
    document.save(str(path))


def localised(path: Path) -> None:
    """A4 with wide margins as a Spanish Word saves it: its own ids for its own styles; an empty header."""
    document = docx.Document()
    ids = {"Normal": "Textonormal"} | {f"Heading{level}": f"Ttulo{level}" for level in range(1, 10)}
    for element in document.styles.element.iter(qn("w:style")):
        element.set(qn("w:styleId"), ids.get(element.get(qn("w:styleId")), element.get(qn("w:styleId"))))
    for use in document.styles.element.iter(qn("w:basedOn"), qn("w:next"), qn("w:link")):
        use.set(qn("w:val"), ids.get(use.get(qn("w:val")), use.get(qn("w:val"))))
    language = document.styles.element.find(f".//{qn('w:lang')}")
    language.set(qn("w:val"), "es-ES")
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(3.5)
    section.header.paragraphs[0].text = ""
    document.save(str(path))


def lying(path: Path) -> None:
    """A landscape page with different first, odd and even pages, and tab stops in the style of its header."""
    document = docx.Document()
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = section.page_height, section.page_width
    section.different_first_page_header_footer = True
    document.settings.odd_and_even_pages_header_footer = True
    section.first_page_header.paragraphs[0].text = "First page"
    section.header.paragraphs[0].text = "Odd page\t\t{{cutoff}}"
    section.even_page_header.paragraphs[0].text = "Even page\t\t{{cutoff}}"
    document.styles["Normal"].font.size = Pt(12)
    document.save(str(path))


def bare(path: Path) -> None:
    """No styles but the default one, no header, no page size."""
    document = docx.Document()
    root = document.styles.element
    for element in list(root.iter(qn("w:style"))):
        if element.get(qn("w:default")) != "1" or element.get(qn("w:type")) != "paragraph":
            root.remove(element)
    for use in list(document.part.numbering_part.element.iter(qn("w:pStyle"))):
        use.getparent().remove(use)
    section = document.element.body.sectPr
    for child in list(section):
        section.remove(child)
    document.save(str(path))


SPONSORS: tuple[Callable[[Path], None], ...] = (letter, localised, lying, bare)
