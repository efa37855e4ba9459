"""Where pages of a Word file begin: no page is empty, none holds a heading alone.

A paragraph that holds a page break can itself fall onto the next page, below a table that fills its own, and then
leaves an empty one. So the break becomes a property of the paragraph after it.
"""

from collections.abc import Collection

from analysis.report.word.ooxml import (
    NAMESPACES,
    PARAGRAPH_ORDER,
    Element,
    fragment,
    paragraph_style,
    put,
    q,
    text_of,
)

SEPARATOR = "TableEnd"  # the style of an empty paragraph, one point high, between or behind tables
_PARAGRAPH, _TABLE = q("w:p"), q("w:tbl")


def settle(body: Element, levels: Collection[str]) -> None:
    """Settle where pages begin. `levels` are the style ids of headings. A second call changes nothing."""
    drop_beside_sections(body)
    join_headings(body, levels)
    begin_pages(body)
    drop_separators(body)


def drop_beside_sections(body: Element) -> None:
    """Drop a page break right before or after the end of a section: either begins a page, both leave an empty one."""
    ends = [_ends_section(block) for block in body]
    for place, block in enumerate(list(body)):
        if _is_page_break(block) and any(ends[max(place - 1, 0) : place + 2]):
            body.remove(block)


def join_headings(body: Element, levels: Collection[str]) -> None:
    """Let a section not end in headings: they go onto the next section's page, with what they are about.

    A landscape table ends the section before it. Headings right above it would be the last of a page, or all of it,
    after another landscape table or a page break. `levels` are the style ids of headings.
    """
    start: Element | None = None  # the end of a section or page after which only headings came
    headings: list[Element] = []  # those right above
    for block in list(body):
        if _ends_section(block) and not text_of(block):
            if start is not None and _ends_section(start):
                body.remove(block)
            else:
                if start is not None:
                    body.replace(start, block)  # the section ends where the page did
                elif headings:
                    headings[0].addprevious(block)
                start = block
            headings = []
        elif _is_page_break(block):
            start, headings = block, []
        elif block.tag == _PARAGRAPH and paragraph_style(block) in levels:
            headings.append(block)
        else:
            start, headings = None, []


def begin_pages(body: Element) -> None:
    """Let the paragraph after a page break begin the page; before a table that is an empty one of one point."""
    for block in list(body):
        if not _is_page_break(block):
            continue
        following = block.getnext()
        if block.getprevious() is not None and following is not None and not _is_page_break(following):
            if following.tag == _TABLE:
                block.addnext(following := separator())
                put(_properties(following), fragment("<w:keepNext/>"), PARAGRAPH_ORDER)
            if following.tag == _PARAGRAPH:
                put(_properties(following), fragment("<w:pageBreakBefore/>"), PARAGRAPH_ORDER)
        body.remove(block)


def drop_separators(body: Element) -> None:
    """Drop the separators that separate nothing: those between a table and a paragraph."""
    for block in list(body):
        following = block.getnext()
        if is_separator(block) and following is not None and following.tag == _PARAGRAPH:
            body.remove(block)


def close(body: Element, levels: Collection[str] = ()) -> None:
    """Let a body that is cut out of another begin and end without an empty page.

    It does not begin with a page break, nor with a page that holds nothing but headings (`levels`), nor end in the
    empty paragraph of a landscape section; a separator follows a table at its end, where Word would put a paragraph of
    its own.
    """
    start = next((b for b in body if b.tag != _PARAGRAPH or _ends_section(b) or paragraph_style(b) not in levels), None)
    if start is not None and start is not body[0] and _ends_section(start) and not text_of(start):
        body.remove(start)
    first = next(iter(body.iter(_PARAGRAPH)), None)
    for page_break in [] if first is None else first.findall("w:pPr/w:pageBreakBefore", NAMESPACES):
        page_break.getparent().remove(page_break)
    while len(body) > 1 and not text_of(body[-2]) and (_ends_section(body[-2]) or is_separator(body[-2])):
        section = body[-2].find("w:pPr/w:sectPr", NAMESPACES)
        body.remove(body[-2])
        if section is not None:
            body.replace(body[-1], section)
    if len(body) > 1 and body[-2].tag == _TABLE:
        body[-1].addprevious(separator())


def separator() -> Element:
    """An empty paragraph of one point."""
    return fragment(f'<w:p><w:pPr><w:pStyle w:val="{SEPARATOR}"/></w:pPr></w:p>')


def is_separator(block: Element) -> bool:
    """Whether a block is an empty paragraph of one point that ends no section."""
    empty = block.tag == _PARAGRAPH and block.find("w:r", NAMESPACES) is None and not _ends_section(block)
    return empty and paragraph_style(block) == SEPARATOR


def _properties(paragraph: Element) -> Element:
    found = paragraph.find("w:pPr", NAMESPACES)
    if found is None:
        found = fragment("<w:pPr/>")
        paragraph.insert(0, found)
    return found


def _ends_section(block: Element) -> bool:
    return block.find("w:pPr/w:sectPr", NAMESPACES) is not None


def _is_page_break(block: Element) -> bool:
    """Whether a paragraph holds a page break and nothing else."""
    parts = [part.tag for part in block.iter() if part is not block]
    return parts == [q("w:r"), q("w:br")] and block[0][0].get(q("w:type")) == "page"
