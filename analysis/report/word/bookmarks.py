"""Bookmarks: each marks the one paragraph it begins at, with a name and an id of its own."""

from analysis.report.word.ooxml import Element, fragment, q

_START, _END = q("w:bookmarkStart"), q("w:bookmarkEnd")
_PARAGRAPH = q("w:p")


def tidy(body: Element) -> None:
    """Shrink every bookmark to the paragraph it begins at, and drop a second one of the same name.

    pandoc lets a heading's bookmark begin before the heading and end with its section, so that half of it would be
    lost when a section is cut out. Word ignores a repeated name without a word.
    """
    names: set[str] = set()
    for start, end in _pairs(body):
        name = start.get(q("w:name"))
        if name in names:
            start.getparent().remove(start)
            end.getparent().remove(end)
            continue
        names.add(name)
        paragraph = _paragraph(start)
        if paragraph is None:
            start.addnext(end)
            continue
        if next(start.iterancestors(_PARAGRAPH), None) is None:
            _insert(paragraph, start)
        if next(end.iterancestors(_PARAGRAPH), None) is not paragraph:
            paragraph.append(end)


def number(body: Element) -> None:
    """Number the bookmarks in the order of the text."""
    for n, (start, end) in enumerate(_pairs(body), 1):
        start.set(q("w:id"), str(n))
        end.set(q("w:id"), str(n))


def put(paragraph: Element, name: str) -> None:
    """Bookmark a paragraph. Its id is not a number until `number` is called."""
    _insert(paragraph, fragment(f'<w:bookmarkStart w:id="{name}" w:name="{name}"/>'))
    paragraph.append(fragment(f'<w:bookmarkEnd w:id="{name}"/>'))


def remove(body: Element, prefix: str) -> None:
    """Take out the bookmarks whose names begin with a prefix."""
    for start, end in _pairs(body):
        if start.get(q("w:name")).startswith(prefix):
            start.getparent().remove(start)
            end.getparent().remove(end)


def _pairs(body: Element) -> list[tuple[Element, Element]]:
    """Starts with their ends, by the order of the starts. A start without an end gets one, an end alone is removed.

    Raw blocks may use an id again: an end belongs to the latest open start of its id.
    """
    pairs: list[tuple[Element, Element]] = []
    ends: dict[Element, Element] = {}
    waiting: dict[str, list[Element]] = {}
    starts: list[Element] = []
    for mark in list(body.iter(_START, _END)):
        number = mark.get(q("w:id"))
        if mark.tag == _START:
            starts.append(mark)
            waiting.setdefault(number, []).append(mark)
        elif waiting.get(number):
            ends[waiting[number].pop()] = mark
        else:
            mark.getparent().remove(mark)
    for start in starts:
        if start not in ends:
            ends[start] = fragment(f'<w:bookmarkEnd w:id="{start.get(q("w:id"))}"/>')
            start.addnext(ends[start])
        pairs.append((start, ends[start]))
    return pairs


def _paragraph(start: Element) -> Element | None:
    """The paragraph around a bookmark's start, else the first that follows on its level, also in a table."""
    around = next(start.iterancestors(_PARAGRAPH), None)
    if around is not None:
        return around
    following = (p for sibling in start.itersiblings() for p in sibling.iter(_PARAGRAPH))
    return next(following, None)


def _insert(paragraph: Element, start: Element) -> None:
    """Put a start at the front of a paragraph, after its properties."""
    has_properties = len(paragraph) and paragraph[0].tag == q("w:pPr")
    paragraph.insert(1 if has_properties else 0, start)
