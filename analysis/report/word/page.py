"""Pages of a Word file: size, headers and footers, and which of them each section has.

A header or footer says `{{study_id}}`, `{{short_title}}`, `{{data_note}}` or `{{cutoff}}` where finishing puts the
study's own text. A sponsor's reference document may use the same words in its own headers and footers.
"""

import copy
import re
from collections.abc import Collection

from analysis.errors import RenderError
from analysis.params import Params
from analysis.report.grammar import long_date
from analysis.report.word.ooxml import (
    NAMESPACES,
    SECTION_ORDER,
    Element,
    Package,
    fragment,
    paragraph_style,
    put,
    q,
    text_of,
)

# Twentieths of a point: A4 portrait, margins of 2.5 cm.
PAGE_WIDTH, PAGE_HEIGHT, MARGIN = 11906, 16838, 1417
TEXT_WIDTH = PAGE_WIDTH - 2 * MARGIN

_SIZE = f'<w:pgSz w:w="{PAGE_WIDTH}" w:h="{PAGE_HEIGHT}"/>'
_MARGINS = (
    f'<w:pgMar w:top="{MARGIN}" w:right="{MARGIN}" w:bottom="{MARGIN}" w:left="{MARGIN}" '
    'w:header="680" w:footer="567" w:gutter="0"/>'
)
_ROOTS = {"header": "w:hdr", "footer": "w:ftr"}
_TABS = f'<w:tabs><w:tab w:val="right" w:pos="{TEXT_WIDTH}"/></w:tabs>'
_NOTE = "<w:r><w:rPr><w:b/><w:bCs/></w:rPr><w:t>{{data_note}}</w:t></w:r>"


def _line(style: str, properties: str, *runs: str) -> str:
    """One paragraph of a header or footer."""
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{properties}</w:pPr>{"".join(runs)}</w:p>'


def _run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def _rule(side: str) -> str:
    return f'<w:pBdr><w:{side} w:val="single" w:sz="4" w:space="4" w:color="808080"/></w:pBdr>'


def _field(name: str) -> str:
    return f'<w:fldSimple w:instr=" {name} "><w:r><w:t>1</w:t></w:r></w:fldSimple>'


_TAB = "<w:r><w:tab/></w:r>"
_HEADER = _line("Header", _rule("bottom") + _TABS, _run("Study {{study_id}}"), _TAB, _NOTE)
_CUTOFF = _run("Data cut-off: {{cutoff}}")
# (kind, type of page) -> content, that of the PDF. Only the title page has no number.
_CONTENT = {
    ("header", "default"): _HEADER,
    ("footer", "default"): _line(
        "Footer", _rule("top") + _TABS, _CUTOFF, _TAB, _run("Page "), _field("PAGE"), _run(" of "), _field("NUMPAGES")
    ),
    ("header", "first"): _HEADER,
    ("footer", "first"): _line("Footer", _rule("top"), _CUTOFF),
}
_PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def reference_section(package: Package) -> Element:
    """The section properties of the project's own reference document; adds their headers and footers to it."""
    section = fragment("<w:sectPr/>")
    for kind, page in _CONTENT:
        _refer(section, kind, page, _add(package, kind, _own(kind, page)))
    for xml in (_SIZE, _MARGINS, '<w:cols w:space="708"/>', "<w:titlePg/>"):
        put(section, fragment(xml), SECTION_ORDER)
    return section


def furnish(package: Package, params: Params) -> None:
    """Give every section its page, header and footer, with the texts of the study.

    The last section properties are those of the reference document; the others are sections inside the text, such as
    a landscape table's, which come without headers. Only the first section keeps a title page of its own. Headers
    and footers that a section already has stay, so that a second call changes nothing.
    """
    last = _last_section(package)
    for kind in _ROOTS:
        if _reference(last, kind, "default") is None:
            _refer(last, kind, "default", _add(package, kind, _own(kind, "default")))
    _fill(package, last, params)
    sections = [s for s in package.body.iter(q("w:sectPr")) if s is not last]
    if sections:
        _move_title_page(last, sections[0])
    for section in sections:
        _inherit(package, section, last)


def join_headings(body: Element, levels: Collection[str]) -> None:
    """Let a section not end in a page that holds nothing but headings: they go onto the next section's page.

    A landscape table ends the section before it. After another landscape table, a page break, or right below a heading
    that would leave a page that is empty but for the heading. `levels` are the style ids of headings.
    """
    start: Element | None = None  # the end of a section or page after which only headings came
    for block in list(body):
        if _ends_section(block) and not text_of(block):
            if start is not None and _ends_section(start):
                body.remove(block)
            else:
                if start is not None:
                    body.replace(start, block)  # the section ends where the page did
                start = block
        elif _is_page_break(block):
            start = block
        elif block.tag != q("w:p") or paragraph_style(block) not in levels:
            start = None


def drop_breaks(body: Element) -> None:
    """Drop a page break right before or after the end of a section: either begins a page, both leave an empty one."""
    ends = [_ends_section(block) for block in body]
    for place, block in enumerate(list(body)):
        if _is_page_break(block) and any(ends[max(place - 1, 0) : place + 2]):
            body.remove(block)


def _ends_section(block: Element) -> bool:
    return block.find("w:pPr/w:sectPr", NAMESPACES) is not None


def _is_page_break(block: Element) -> bool:
    """Whether a paragraph holds a page break and nothing else."""
    parts = [part.tag for part in block.iter() if part is not block]
    return parts == [q("w:r"), q("w:br")] and block[0][0].get(q("w:type")) == "page"


def close(body: Element) -> None:
    """Let a body that ends in the empty paragraph of a landscape section end with that section, and no page more."""
    last = body[-2] if len(body) > 1 else None
    section = None if last is None else last.find("w:pPr/w:sectPr", NAMESPACES)
    if section is not None and not text_of(last):
        body.remove(last)
        body.replace(body[-1], section)


def _last_section(package: Package) -> Element:
    """The body's own section properties, with page size and margins."""
    section = package.body.find("w:sectPr", NAMESPACES)
    if section is None:
        section = fragment("<w:sectPr/>")
        package.body.append(section)
    for xml in (_SIZE, _MARGINS):
        default = fragment(xml)
        if section.find(default.tag) is None:
            put(section, default, SECTION_ORDER)
    return section


def _fill(package: Package, last: Element, params: Params) -> None:
    """Put the study's texts in place of the placeholders; a default header without the data note gets it."""
    texts = {
        "study_id": params.study.id,
        "short_title": params.study.short_title,
        "data_note": params.study.data_note,
        "cutoff": long_date(params.cutoff),
    }
    for kind in _ROOTS:
        for part in sorted(set(package.related(kind).values())):
            root = package.tree(part)
            for text in root.iter(q("w:t")):
                text.text = _PLACEHOLDER.sub(lambda found: texts.get(found[1], found[0]), text.text or "")
            for paragraph in root.iter(q("w:p")):
                found = _PLACEHOLDER.search(text_of(paragraph))
                if found and found[1] in texts:
                    raise RenderError(
                        f"reference document, {part}: {found[0]} is in pieces of different format; type it in one go"
                    )
    reference = _reference(last, "header", "default")
    assert reference is not None  # `_inherit` and the reference document see to it
    header = package.tree(package.related("header")[reference.get(q("r:id"))])
    if params.study.data_note not in " ".join(text_of(p) for p in header.iter(q("w:p"))):
        note = fragment(_line("Header", '<w:jc w:val="right"/>', _NOTE))
        note.find(".//w:t", NAMESPACES).text = params.study.data_note
        header.append(note)


def _move_title_page(last: Element, first: Element) -> None:
    """Take the title page, and the header and footer of first pages, from the last section to the first."""
    if last.find("w:titlePg", NAMESPACES) is None:
        return
    for reference in remove_title_page(last):
        first.insert(0, reference)
    put(first, fragment("<w:titlePg/>"), SECTION_ORDER)


def remove_title_page(section: Element) -> list[Element]:
    """Let a section begin with an ordinary page; return the references to header and footer of first pages."""
    for title_page in section.findall("w:titlePg", NAMESPACES):
        section.remove(title_page)
    references = [r for kind in _ROOTS if (r := _reference(section, kind, "first")) is not None]
    for reference in references:
        section.remove(reference)
    return references


def _inherit(package: Package, section: Element, last: Element) -> None:
    """Give a section what it lacks of page size, margins, header and footer.

    Where its lines are longer or shorter, as on a landscape page, it gets copies of header and footer whose right tab
    stops are moved to the margin.
    """
    for name in ("pgSz", "pgMar"):
        if section.find(f"w:{name}", NAMESPACES) is None:
            put(section, copy.deepcopy(last.find(f"w:{name}", NAMESPACES)), SECTION_ORDER)
    width, wanted = _text_width(last), _text_width(section)
    for kind in _ROOTS:
        inherited = _reference(last, kind, "default")
        if inherited is None or _reference(section, kind, "default") is not None:
            continue
        number = inherited.get(q("r:id"))
        if wanted != width:
            number = _widened(package, kind, package.related(kind)[number], width, wanted)
        _refer(section, kind, "default", number)


def _widened(package: Package, kind: str, part: str, width: int, wanted: int) -> str:
    """The relationship id of a copy of a header or footer for another text width; made once for each width."""
    name = f"{part.removesuffix('.xml')}-{wanted}.xml"
    for number, known in package.related(kind).items():
        if known == name:
            return number
    root = copy.deepcopy(package.tree(part))
    for tab in root.iter(q("w:tab")):
        if tab.get(q("w:pos")) == str(width):
            tab.set(q("w:pos"), str(wanted))
    package.copy_relationships(part, name)
    return package.add(name, root, kind)


def _text_width(section: Element) -> int:
    size, margins = section.find("w:pgSz", NAMESPACES), section.find("w:pgMar", NAMESPACES)
    return int(size.get(q("w:w"))) - int(margins.get(q("w:left"))) - int(margins.get(q("w:right")))


def _own(kind: str, page: str) -> Element:
    return fragment(f"<{_ROOTS[kind]}>{_CONTENT[kind, page]}</{_ROOTS[kind]}>")


def _add(package: Package, kind: str, root: Element) -> str:
    """Add a header or footer under the next free name; return its relationship id."""
    names = (f"word/{kind}{n}.xml" for n in range(1, len(package.parts) + 2))
    return package.add(next(name for name in names if name not in package.parts), root, kind)


def _reference(section: Element, kind: str, page: str) -> Element | None:
    """A section's reference to a header or footer of a type of page."""
    for reference in section.findall(f"w:{kind}Reference", NAMESPACES):
        if reference.get(q("w:type")) == page:
            return reference
    return None


def _refer(section: Element, kind: str, page: str, number: str) -> None:
    """Refer to a header or footer; references come first in a section."""
    section.insert(0, fragment(f'<w:{kind}Reference w:type="{page}" r:id="{number}"/>'))
