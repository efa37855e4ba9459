"""Pages of a Word file: size, headers and footers, and which of them each section has.

A header or footer says `{{study_id}}`, `{{short_title}}`, `{{data_note}}` or `{{cutoff}}` where finishing puts the
study's own text. A sponsor's reference document may use the same words in its own headers and footers.
"""

import copy
import re
from collections.abc import Sequence

from analysis.errors import RenderError
from analysis.params import Params
from analysis.report.grammar import long_date
from analysis.report.word import fit, styles
from analysis.report.word.ooxml import (
    NAMESPACES,
    PARAGRAPH_ORDER,
    SECTION_ORDER,
    Element,
    Package,
    fragment,
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
        _refer(section, kind, page, _add(package, kind, _own(package, kind, page)))
    for xml in (_SIZE, _MARGINS, '<w:cols w:space="708"/>', "<w:titlePg/>"):
        put(section, fragment(xml), SECTION_ORDER)
    return section


def furnish(package: Package, params: Params) -> None:
    """Give every section its page, header and footer, with the texts of the study.

    The last section properties are those of the reference document; the others are sections inside the text, such as
    a landscape table's, which take its page and headers over, turned where they are landscape. Only the first section
    keeps a title page of its own. A header or footer with any content is the reference document's own and stays; an
    empty one becomes the project's. A second call changes nothing.
    """
    last = _last_section(package)
    width = fit.area(last)[0]
    for kind in _ROOTS:
        for page in ("default", "even"):
            reference = _reference(last, kind, page)
            if reference is not None and _is_empty(package.tree(package.related(kind)[reference.get(q("r:id"))])):
                package.replace(package.related(kind)[reference.get(q("r:id"))], _own(package, kind, "default", width))
        if _reference(last, kind, "default") is None:
            _refer(last, kind, "default", _add(package, kind, _own(package, kind, "default", width)))
    _fill(package, last, params)
    sections = [s for s in package.body.iter(q("w:sectPr")) if s is not last]
    if sections:
        _move_title_page(last, sections[0])
    for section in sections:
        fit.take_page(section, last)
        _inherit(package, section, last)


def _last_section(package: Package) -> Element:
    """The body's own section properties, with page size and margins, upright."""
    section = package.body.find("w:sectPr", NAMESPACES)
    if section is None:
        section = fragment("<w:sectPr/>")
        package.body.append(section)
    for xml in (_SIZE, _MARGINS):
        default = fragment(xml)
        if section.find(default.tag) is None:
            put(section, default, SECTION_ORDER)
    fit.turn(section, landscape=False)
    return section


def _is_empty(root: Element) -> bool:
    """Whether a header or footer shows nothing."""
    shown = map(q, ("w:drawing", "w:pict", "w:object", "w:fldSimple", "w:instrText", "w:sym"))
    return next(root.iter(*shown), None) is None and not any(text.text for text in root.iter(q("w:t")))


def _fill(package: Package, last: Element, params: Params) -> None:
    """Put the study's texts in place of the placeholders; a header without the data note gets it."""
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
    for page in ("default", "even"):
        reference = _reference(last, "header", page)
        if reference is None:
            continue
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
    """Give a section the headers and footers that it lacks.

    Where its lines are longer or shorter, as on a landscape page, it gets copies that are laid out for its width.
    """
    width, wanted = fit.area(last)[0], fit.area(section)[0]
    for kind in _ROOTS:
        for page in ("even", "default"):
            inherited = _reference(last, kind, page)
            if inherited is None or _reference(section, kind, page) is not None:
                continue
            number = inherited.get(q("r:id"))
            if wanted != width:
                number = _widened(package, kind, package.related(kind)[number], width, wanted)
            _refer(section, kind, page, number)


def _widened(package: Package, kind: str, part: str, width: int, wanted: int) -> str:
    """The relationship id of a copy of a header or footer for another text width; made once for each width."""
    name = f"{part.removesuffix('.xml')}-{wanted}.xml"
    for number, known in package.related(kind).items():
        if known == name:
            return number
    root = copy.deepcopy(package.tree(part))
    for table in root.iter(q("w:tbl")):
        fit.stretch(table, round(fit.width_of(table) * wanted / width))
    for paragraph in root.iter(q("w:p")):
        _move_tabs(paragraph, styles.tab_stops(package, paragraph), wanted / width)
    package.copy_relationships(part, name)
    return package.add(name, root, kind)


def _move_tabs(paragraph: Element, inherited: Sequence[Element], factor: float) -> None:
    """Move a paragraph's tab stops, and those `inherited` from its style, as its text gets wider by a factor."""
    own = paragraph.find("w:pPr/w:tabs", NAMESPACES)
    stops = [copy.deepcopy(tab) for tab in [*inherited, *([] if own is None else own)]]
    for tab in stops:
        tab.set(q("w:pos"), str(round(int(tab.get(q("w:pos"))) * factor)))
    if stops:
        if paragraph.find("w:pPr", NAMESPACES) is None:
            paragraph.insert(0, fragment("<w:pPr/>"))
        put(paragraph.find("w:pPr", NAMESPACES), _only(stops, inherited), PARAGRAPH_ORDER)


def _only(stops: Sequence[Element], inherited: Sequence[Element]) -> Element:
    """These tab stops, without those inherited from a style; in the order of their places, as Word has them."""
    by_place = {
        tab.get(q("w:pos")): fragment(f'<w:tab w:val="clear" w:pos="{tab.get(q("w:pos"))}"/>') for tab in inherited
    }
    by_place |= {tab.get(q("w:pos")): tab for tab in stops}
    tabs = fragment("<w:tabs/>")
    tabs.extend(by_place[place] for place in sorted(by_place, key=int))
    return tabs


def _own(package: Package, kind: str, page: str, width: int = TEXT_WIDTH) -> Element:
    """The project's header or footer for a text width, whatever the tab stops of the reference document's style."""
    root = fragment(f"<{_ROOTS[kind]}>{_CONTENT[kind, page]}</{_ROOTS[kind]}>")
    for paragraph in root:
        for tabs in paragraph.findall("w:pPr/w:tabs", NAMESPACES):
            tabs[0].set(q("w:pos"), str(width))
            put(tabs.getparent(), _only(list(tabs), styles.tab_stops(package, paragraph)), PARAGRAPH_ORDER)
    return root


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
