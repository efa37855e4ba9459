"""Word's tracked changes in a paragraph: which of its words were inserted and which deleted."""

import copy
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from lxml import etree

from analysis.audit import diff_align
from analysis.report.word.ooxml import (
    FOOTNOTES,
    NAMESPACES,
    NUMBERING,
    PARAGRAPH_ORDER,
    STYLES,
    Element,
    Package,
    put,
    q,
)

_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_TEXT, _RUN, _LINK, _RUN_PROPERTIES = q("w:t"), q("w:r"), q("w:hyperlink"), q("w:rPr")
_PROPERTIES, _DRAWING, _NOTE, _BREAK = q("w:pPr"), q("w:drawing"), q("w:footnoteReference"), q("w:br")
_PARAGRAPH, _SAYING = q("w:p"), (_TEXT, _DRAWING, _NOTE, _BREAK, q("w:tab"))
_FIELD = (q("w:fldChar"), q("w:instrText"))
_EMBED = f"{{{NAMESPACES['r']}}}embed"
_BLIP = "{http://schemas.openxmlformats.org/drawingml/2006/main}blip"


@dataclass(frozen=True)
class Item:
    """A piece of a paragraph. `key` is what it says, None for what says nothing, such as a bookmark or a field.

    `element` is a child of a run with the properties `look`, or with `alone` a child of the paragraph; `link` is the
    hyperlink around it.
    """

    key: str | None
    element: Element
    look: Element | None = None
    link: Element | None = None
    alone: bool = False


class Source:
    """A Word file that is compared: what its pictures and notes are."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.images = package.related("image")
        notes = package.tree(FOOTNOTES).findall("w:footnote", NAMESPACES) if FOOTNOTES in package.parts else []
        self.notes = {note.get(q("w:id")): note for note in notes}

    def picture(self, drawing: Element) -> str:
        """The name of a picture's part; empty where it has none of its own."""
        return next((self.images.get(blip.get(_EMBED), "") for blip in drawing.iter(_BLIP)), "")

    def key(self, element: Element) -> str | None:
        """What a child of a run says; None for the parts of a field."""
        if element.tag in _FIELD:
            return None
        if element.tag == _DRAWING:
            return f"\0picture {hashlib.sha256(self.package.parts.get(self.picture(element), b'')).hexdigest()}"
        if element.tag == _NOTE:
            note = self.notes.get(element.get(q("w:id")))
            return f"\0note {''.join(t.text or '' for t in note.iter(_TEXT)) if note is not None else ''}"
        if element.tag == q("w:tab"):
            return "\t"
        if element.tag == _BREAK and element.get(q("w:type"), "textWrapping") == "textWrapping":
            return "\n"
        return f"\0{etree.tostring(element, encoding='unicode', with_tail=False)}"

    def items(self, paragraph: Element) -> list[Item]:
        """The pieces of a paragraph in order, its text word by word."""
        found: list[Item] = []
        for child in paragraph:
            if child.tag == _RUN:
                found += self._of_run(child, None)
            elif child.tag == _LINK:
                for inner in child:
                    found += self._of_run(inner, child) if inner.tag == _RUN else [Item(None, inner, None, child, True)]
            elif child.tag != _PROPERTIES:
                found.append(Item(None, child, alone=True))
        return found

    def _of_run(self, run: Element, link: Element | None) -> Iterator[Item]:
        look = run.find("w:rPr", NAMESPACES)
        for child in run:
            if child.tag == _TEXT:
                yield from (Item(word, child, look, link) for word in diff_align.words(child.text or ""))
            elif isinstance(child.tag, str) and child.tag != _RUN_PROPERTIES:
                yield Item(self.key(child), child, look, link)

    def says(self, block: Element) -> str:
        """What a block says, as one text; its paragraphs are told apart."""
        return "\r".join("".join(self._words(paragraph)) for paragraph in block.iter(_PARAGRAPH))

    def _words(self, paragraph: Element) -> Iterator[str]:
        for element in paragraph.iter(*_SAYING):
            if element.getparent().tag == _RUN:  # a tab is also what a tab stop is called
                yield element.text or "" if element.tag == _TEXT else self.key(element) or ""


class Marker:
    """Marks changes from the file `old` in the file `new`: each gets a number, the author and the date.

    What is deleted comes from the old file; its pictures and notes are taken over into the new one.
    """

    def __init__(self, old: Package, new: Package, author: str, date: str) -> None:
        self.old, self.new = Source(old), Source(new)
        self.package = new
        self.author, self.date = author, date
        self.number = max((int(e.get(q("w:id"))) for e in new.body.iter(q("w:bookmarkStart"))), default=0)
        self.pictures = max((int(e.get("id")) for e in new.body.iter(q("wp:docPr"))), default=0)
        self.taken: dict[str, str] = {}
        parts = {"w:pStyle": STYLES, "w:rStyle": STYLES, "w:tblStyle": STYLES, "w:numId": NUMBERING}
        self.known = {q(name): _ids(new, part) for name, part in parts.items()}

    def mark(self, kind: str) -> Element:
        """A new `w:ins` or `w:del`."""
        self.number += 1
        values = {"id": str(self.number), "author": self.author, "date": self.date}
        return etree.Element(q(f"w:{kind}"), {q(f"w:{name}"): value for name, value in values.items()})

    def change(self, old: Element, new: Element) -> None:
        """Mark in a paragraph of the new file what differs from one of the old."""
        before = [item for item in self.old.items(old) if item.key is not None]
        after = self.new.items(new)
        said = [item for item in after if item.key is not None]
        inserted: set[int] = set()
        deleted: dict[int, list[Item]] = {}
        for kind, a, b in diff_align.steps([i.key or "" for i in before], [i.key or "" for i in said]):
            if kind == "changed":
                inserted |= {id(item) for item in said[b]}
                deleted.setdefault(b.start, []).extend(before[a])
        if not inserted and not deleted:
            return
        pieces: list[tuple[str, Item]] = []
        count = 0
        for item in after:
            if item.key is not None:
                pieces += [("del", gone) for gone in deleted.pop(count, [])]
                count += 1
            pieces.append(("ins" if id(item) in inserted else "", item))
            if item.key is not None and count == len(said):
                pieces += [("del", gone) for gone in deleted.pop(count, [])]
        pieces += [("del", gone) for gone in deleted.pop(count, [])]  # nothing is said any more
        self._fill(new, pieces)

    def insert(self, paragraph: Element, *, whole: bool = True) -> None:
        """Mark all words of a paragraph of the new file as inserted, and with `whole` the paragraph too."""
        items = self.new.items(paragraph)
        kinds = [item.element.get(q("w:fldCharType")) for item in items if item.element.tag == _FIELD[0]]
        # A field that goes on in other paragraphs must stay, or it would lose its begin or its end.
        balanced = kinds.count("begin") == kinds.count("end")
        self._fill(
            paragraph,
            [("ins" if not i.alone and (balanced or i.key is not None) else "", i) for i in items],
        )
        if whole:
            self._mark_paragraph(paragraph, "ins")

    def delete(self, paragraph: Element, *, whole: bool = True) -> Element:
        """A copy of a paragraph of the old file with all its words marked as deleted, with `whole` itself too.

        Bookmarks, links, fields and section breaks are left out: the new file has its own.
        """
        items = [("del", item) for item in self.old.items(paragraph) if item.key is not None]
        found = etree.Element(paragraph.tag, nsmap=paragraph.nsmap)
        properties = paragraph.find("w:pPr", NAMESPACES)
        if properties is not None:
            found.append(self.known_only(copy.deepcopy(properties)))
            for section in found[0].findall("w:sectPr", NAMESPACES):
                found[0].remove(section)
        self._fill(found, items)
        if whole:
            self._mark_paragraph(found, "del")
        return found

    def separator(self) -> Element:
        """A paragraph that was inserted and deleted: it goes whether the changes are accepted or rejected."""
        found = etree.Element(q("w:p"))
        self._mark_paragraph(found, "del")
        self._mark_paragraph(found, "ins")
        return found

    def known_only(self, element: Element) -> Element:
        """The element without references to styles and lists that the new file does not have."""
        for name, ids in self.known.items():
            for use in [e for e in element.iter(name) if e.get(q("w:val")) not in ids]:
                gone = use.getparent() if use.tag == q("w:numId") else use
                gone.getparent().remove(gone)
        return element

    def _mark_paragraph(self, paragraph: Element, kind: str) -> None:
        properties = paragraph.find("w:pPr", NAMESPACES)
        if properties is None:
            properties = etree.Element(_PROPERTIES)
            paragraph.insert(0, properties)
        look = properties.find("w:rPr", NAMESPACES)
        if look is None:
            look = etree.Element(_RUN_PROPERTIES)
            put(properties, look, PARAGRAPH_ORDER)
        look.insert(0, self.mark(kind))

    def _fill(self, paragraph: Element, pieces: Iterable[tuple[str, Item]]) -> None:
        """Give a paragraph these pieces, each as it is ("") or marked ("ins", "del"), in as few runs as they need."""
        content = list(self._content(list(pieces)))
        for child in list(paragraph):
            if child.tag != _PROPERTIES:
                paragraph.remove(child)
        paragraph.extend(content)

    def _content(self, pieces: Sequence[tuple[str, Item]]) -> Iterator[Element]:
        def link(piece: tuple[str, Item]) -> Element | None:
            return None if piece[0] == "del" else piece[1].link

        for _, inside in groupby(pieces, key=lambda piece: id(link(piece))):
            group = list(inside)
            parts = [
                part for kind, same in groupby(group, key=lambda piece: piece[0]) for part in self._parts(kind, same)
            ]
            around = link(group[0])
            if around is None:
                yield from parts
            else:
                found = etree.Element(around.tag, dict(around.attrib), nsmap=around.nsmap)
                found.extend(parts)
                yield found

    def _parts(self, kind: str, pieces: Iterable[tuple[str, Item]]) -> Iterator[Element]:
        """The runs of pieces that are marked alike, in their mark."""
        runs: list[Element] = []
        for (alone, look), same in groupby((item for _, item in pieces), key=lambda item: (item.alone, item.look)):
            if alone:
                runs += [item.element for item in same]
                continue
            run = etree.Element(_RUN)
            if look is not None:
                run.append(self.known_only(copy.deepcopy(look)) if kind == "del" else copy.deepcopy(look))
            for is_text, these in groupby(same, key=lambda item: item.element.tag == _TEXT):
                if is_text:
                    text = etree.SubElement(run, q("w:delText" if kind == "del" else "w:t"), {_SPACE: "preserve"})
                    text.text = "".join(item.key or "" for item in these)
                else:
                    run.extend(self._taken_over(i.element) if kind == "del" else i.element for i in these)
            runs.append(run)
        if not kind:
            yield from runs
            return
        mark = self.mark(kind)
        mark.extend(runs)
        yield mark

    def _taken_over(self, element: Element) -> Element:
        """A copy of a child of a run of the old file, with the picture or the note it shows."""
        found = copy.deepcopy(element)
        if element.tag == _NOTE:
            found.set(q("w:id"), self._note(element.get(q("w:id"))))
        for blip in found.iter(_BLIP):
            blip.set(_EMBED, self._image(self.old.picture(element)))
        for properties in found.iter(q("wp:docPr")):
            self.pictures += 1
            properties.set("id", str(self.pictures))
            properties.set("name", f"Picture {self.pictures}")
        return found

    def _image(self, part: str) -> str:
        """The relationship of the new file to an image of the old."""
        if part not in self.taken:
            name = f"word/media/before-{len(self.taken) + 1}.{part.rpartition('.')[2]}"
            self.taken[part] = self.package.add_image(name, self.old.package, part)
        return self.taken[part]

    def _note(self, number: str) -> str:
        """The id in the new file of a footnote of the old."""
        notes = self.package.tree(FOOTNOTES)
        found = copy.deepcopy(self.old.notes[number])
        own = str(max(int(note.get(q("w:id"))) for note in notes) + 1)
        found.set(q("w:id"), own)
        notes.append(self.known_only(found))
        return own


def _ids(package: Package, part: str) -> set[str]:
    """The ids of the styles or lists of a part."""
    if part not in package.parts:
        return set()
    root = package.tree(part)
    return {e.get(q("w:styleId")) for e in root.iter(q("w:style"))} | {
        e.get(q("w:numId")) for e in root.iter(q("w:num"))
    }
