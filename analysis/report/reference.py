"""Makes report/reference.docx, from which pandoc and Quarto take the report's styles, page, header and footer.

It is pandoc's own reference document with the styles of word/styles.xml and the page of word/page.py. Run as
`python -m analysis.report.reference` after a change to either. Its placeholders stay until a report is finished.
"""

import subprocess
import tempfile
from pathlib import Path

import pypandoc
from lxml import etree

from analysis.paths import find_project
from analysis.report.word import page, styles
from analysis.report.word.ooxml import NAMESPACES, STYLES, Package, q


def make_reference(path: Path) -> None:
    """Write the reference document; the same bytes each time."""
    done = subprocess.run(
        [pypandoc.get_pandoc_path(), "--print-default-data-file", "reference.docx"], capture_output=True, check=True
    )
    with tempfile.TemporaryDirectory() as folder:
        original = Path(folder) / "pandoc.docx"
        original.write_bytes(done.stdout)
        package = Package.read(original)
    package.parts[STYLES] = styles.FILE.read_bytes()
    _name_fonts(package)
    body = package.body
    body.replace(body.find("w:sectPr", NAMESPACES), page.reference_section(package))
    package.write(path)


def _name_fonts(package: Package) -> None:
    """Make the theme's fonts, which Word offers first, those of the styles; leave the font table to Word."""
    theme = package.tree("word/theme/theme1.xml")
    for font in theme.iter("{http://schemas.openxmlformats.org/drawingml/2006/main}latin"):
        font.set("typeface", "Arial")
        font.attrib.pop("panose", None)
    fonts = package.tree("word/fontTable.xml")
    for font in list(fonts):
        fonts.remove(font)
    for name, family, pitch in (("Arial", "swiss", "variable"), ("Courier New", "modern", "fixed")):
        font = etree.SubElement(fonts, q("w:font"), {q("w:name"): name})
        etree.SubElement(font, q("w:family"), {q("w:val"): family})
        etree.SubElement(font, q("w:pitch"), {q("w:val"): pitch})


if __name__ == "__main__":
    make_reference(find_project() / "report/reference.docx")
