"""Word files of a few blocks, made by hand: the reference document of the project with another body."""

import html
from pathlib import Path

from lxml import etree

from analysis.report.word.ooxml import CONTENT_TYPES, FOOTNOTES, Element, Package, fragment, q
from tests.conftest import PROJECT
from tests.report.small_book import png

_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"
_PICTURE = f"""<w:drawing><wp:inline><wp:extent cx="90000" cy="90000"/>
<wp:docPr id="NUMBER" name="Picture NUMBER" descr="a picture"/>
<a:graphic xmlns:a="{_DRAWING}/main" xmlns:pic="{_DRAWING}/picture"><a:graphicData uri="{_DRAWING}/picture"><pic:pic>
<pic:nvPicPr><pic:cNvPr id="NUMBER" name="Picture NUMBER"/><pic:cNvPicPr/></pic:nvPicPr>
<pic:blipFill><a:blip r:embed="RELATION"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>
<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="90000" cy="90000"/></a:xfrm>
<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr>
</pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing>"""


def run(text: str, look: str = "") -> str:
    return f'<w:r><w:rPr>{look}</w:rPr><w:t xml:space="preserve">{html.escape(text)}</w:t></w:r>'


def p(*content: str, style: str = "BodyText", more: str = "") -> str:
    """A paragraph; content that is no markup is text."""
    inside = "".join(part if part.startswith("<w:") else run(part) for part in content)
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{more}</w:pPr>{inside}</w:p>'


def table(*rows: tuple[str, ...]) -> str:
    """A table; a cell's paragraphs are told apart by `|`. A row of one cell goes across."""
    width = max(map(len, rows))
    columns = '<w:gridCol w:w="900"/>' * width
    body = ""
    for row in rows:
        across = f'<w:gridSpan w:val="{width}"/>' if len(row) == 1 < width else ""
        body += "<w:tr>"
        for cell in row:
            body += f"<w:tc><w:tcPr>{across}</w:tcPr>{''.join(p(text) for text in cell.split('|'))}</w:tc>"
        body += "</w:tr>"
    return (
        '<w:tbl><w:tblPr><w:tblStyle w:val="Table"/><w:tblW w:type="pct" w:w="5000"/></w:tblPr>'
        f"<w:tblGrid>{columns}</w:tblGrid>{body}</w:tbl>"
    )


def package(
    *blocks: str, notes: tuple[str, ...] = (), pictures: tuple[int, ...] = (), footer: str | None = None
) -> Package:
    """A Word file of these blocks; `{note1}` in them is a reference to the first of the notes, `{picture1}` the first
    picture, each a white square of so many pixels."""
    made = Package.read(PROJECT / "report/reference.docx")
    words = {f"note{n}": f'<w:r><w:footnoteReference w:id="{n + 1}"/></w:r>' for n in range(1, len(notes) + 1)}
    for number, size in enumerate(pictures, start=1):
        name = f"word/media/image{number}.png"
        made.parts[name] = png(size, size)
        types = made.tree(CONTENT_TYPES)
        etree.SubElement(types, q("ct:Override"), PartName=f"/{name}", ContentType="image/png")
        relation = made.relate(name, "image")
        picture = _PICTURE.replace("NUMBER", str(number)).replace("RELATION", relation)
        words[f"picture{number}"] = f"<w:r>{picture}</w:r>"
    body = made.body
    end = body[-1]
    body[:] = [element(block, words) for block in blocks] + [end]
    for number, text in enumerate(notes, start=2):
        note = fragment(f'<w:footnote w:id="{number}">{p(text)}</w:footnote>')
        made.tree(FOOTNOTES).append(note)
    if footer is not None:
        part = made.tree("word/footer1.xml")
        part[:] = [fragment(p(footer))]
    return made


def element(block: str, words: dict[str, str]) -> Element:
    for name, markup in words.items():
        block = block.replace(run(f"{{{name}}}"), markup)
    return fragment(block)


def body_texts(made: Package) -> list[str]:
    """The text of each paragraph of the body."""
    return ["".join(t.text or "" for t in e.iter(q("w:t"))) for e in made.body.iter(q("w:p"))]


def save(made: Package, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    made.write(path)
    return path
