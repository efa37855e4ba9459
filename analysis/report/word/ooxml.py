"""A Word file in memory: its parts, relationships and content types, written with fixed times and order."""

import copy
import posixpath
import zipfile
from pathlib import Path
from typing import Any

from lxml import etree

from analysis.errors import RenderError

Element = Any  # lxml has no types

NAMESPACES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "pic": "http://schemas.openxmlformats.org/drawingml/2006/picture",
    "rel": "http://schemas.openxmlformats.org/package/2006/relationships",
    "ct": "http://schemas.openxmlformats.org/package/2006/content-types",
    "ep": "http://schemas.openxmlformats.org/officeDocument/2006/extended-properties",
    "cp": "http://schemas.openxmlformats.org/package/2006/metadata/core-properties",
    "op": "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties",
    "vt": "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
RELATIONSHIP = NAMESPACES["r"] + "/"
WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml."

DOCUMENT = "word/document.xml"
STYLES = "word/styles.xml"
SETTINGS = "word/settings.xml"
FOOTNOTES = "word/footnotes.xml"
NUMBERING = "word/numbering.xml"
CONTENT_TYPES = "[Content_Types].xml"

# The schema's order of children, as far as anything here inserts among them. Word refuses a file in another order.
PARAGRAPH_ORDER = (
    "pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr suppressLineNumbers pBdr shd tabs "
    "suppressAutoHyphens kinsoku wordWrap overflowPunct topLinePunct autoSpaceDE autoSpaceDN bidi adjustRightInd "
    "snapToGrid spacing ind contextualSpacing mirrorIndents suppressOverlap jc textDirection textAlignment "
    "textboxTightWrap outlineLvl divId cnfStyle rPr sectPr pPrChange"
)
SECTION_ORDER = (
    "headerReference footerReference footnotePr endnotePr type pgSz pgMar paperSrc pgBorders lnNumType pgNumType cols "
    "formProt vAlign noEndnote titlePg textDirection bidi rtlGutter docGrid printerSettings sectPrChange"
)
STYLE_ORDER = (
    "name aliases basedOn next link autoRedefine hidden uiPriority semiHidden unhideWhenUsed qFormat locked personal "
    "personalCompose personalReply rsid pPr rPr tblPr trPr tcPr tblStylePr"
)
# Only the end of the settings: the two elements that are set here, and what may follow them.
SETTINGS_ORDER = (
    "updateFields hdrShapeDefaults footnotePr endnotePr compat docVars rsids mathPr attachedSchema themeFontLang "
    "clrSchemeMapping doNotIncludeSubdocsInStats doNotAutoCompressPictures forceUpgrade captions readModeInkLockDown "
    "smartTagType schemaLibrary shapeDefaults doNotEmbedSmartTags decimalSymbol listSeparator"
)

_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first time a zip file can hold


def q(name: str) -> str:
    """A prefixed name such as `w:p` in lxml's notation."""
    prefix, local = name.split(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"


_PROPERTIES, _STYLE, _VALUE = q("w:pPr"), q("w:pStyle"), q("w:val")


def local(element: Element) -> str:
    """An element's name without its namespace; empty for a comment."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def fragment(xml: str) -> Element:
    """Parse XML that uses the prefixes w, r and wp without declaring them."""
    declared = " ".join(f'xmlns:{p}="{NAMESPACES[p]}"' for p in ("w", "r", "wp"))
    element = etree.fromstring(f"<x {declared}>{xml}</x>", _PARSER)[0]
    etree.cleanup_namespaces(element)
    return element


def put(parent: Element, child: Element, order: str) -> None:
    """Insert a child where the schema's order wants it, in place of one of the same name."""
    old = parent.find(child.tag)
    if old is not None:
        parent.remove(old)
    names = order.split()
    later = set(names[names.index(local(child)) + 1 :])
    place = next((i for i, sibling in enumerate(parent) if local(sibling) in later), len(parent))
    parent.insert(place, child)


def text_of(element: Element) -> str:
    """The text a reader sees in a paragraph; a tab or line break counts as a space."""
    wanted = (q("w:t"), q("w:tab"), q("w:br"))
    pieces = (e.text or "" if e.tag == q("w:t") else " " for r in element.iter(q("w:r")) for e in r.iter(*wanted))
    return " ".join("".join(pieces).split())


def paragraph_style(paragraph: Element) -> str:
    """The style id of a paragraph; empty where it has none. The schema has it first; a search would be slow."""
    if len(paragraph) and paragraph[0].tag == _PROPERTIES and len(paragraph[0]) and paragraph[0][0].tag == _STYLE:
        return str(paragraph[0][0].get(_VALUE, ""))
    return ""


class Package:
    """The parts of a Word file. `tree` parses a part once; changed trees are written back by `write`."""

    def __init__(self, parts: dict[str, bytes]) -> None:
        self.parts = parts
        self._trees: dict[str, Element] = {}

    @classmethod
    def read(cls, path: Path) -> "Package":
        """Read a file. Raises RenderError naming it where it is missing or no Word file."""
        try:
            with zipfile.ZipFile(path) as archive:
                parts = {i.filename: archive.read(i) for i in archive.infolist() if not i.is_dir()}
        except (OSError, zipfile.BadZipFile) as error:
            raise RenderError(f"{path}: not readable as a Word file: {error}") from None
        if DOCUMENT not in parts or CONTENT_TYPES not in parts:
            raise RenderError(f"{path}: not a Word file: expected the part {DOCUMENT}")
        return cls(parts)

    def serialised(self) -> dict[str, bytes]:
        """Every part as bytes, changed trees included."""
        changed = {
            name: etree.tostring(tree, xml_declaration=True, encoding="UTF-8", standalone=True)
            for name, tree in self._trees.items()
            if name in self.parts
        }
        return self.parts | changed

    def write(self, path: Path) -> None:
        """Write the file: content types first, every other part by name, each with the same fixed time.

        Nothing is compressed: what a compressor makes of the same bytes depends on the machine's zlib.
        """
        parts = self.serialised()
        first = {CONTENT_TYPES: 0, "_rels/.rels": 1}
        with zipfile.ZipFile(path, "w") as archive:
            for name in sorted(parts, key=lambda n: (first.get(n, 2), n)):
                entry = zipfile.ZipInfo(name, _EARLIEST)
                entry.create_system = 3  # the default depends on the system that writes
                archive.writestr(entry, parts[name])

    def tree(self, name: str) -> Element:
        """The root element of a part; changes to it are kept."""
        if name not in self._trees:
            self._trees[name] = etree.fromstring(self.parts[name], _PARSER)
        return self._trees[name]

    def replace(self, name: str, root: Element) -> None:
        """Give a part another root element."""
        self.parts.setdefault(name, b"")
        self._trees[name] = root

    @property
    def body(self) -> Element:
        return self.tree(DOCUMENT).find("w:body", NAMESPACES)

    def relationships(self, part: str = DOCUMENT) -> Element:
        """The relationships of a part (made if there are none)."""
        name = _rels_name(part)
        if name not in self.parts:
            self.replace(name, etree.Element(q("rel:Relationships"), nsmap={None: NAMESPACES["rel"]}))
        return self.tree(name)

    def related(self, kind: str) -> dict[str, str]:
        """Relationship id -> part name of the document's relationships of a kind such as `header`."""
        wanted = RELATIONSHIP + kind
        return {
            r.get("Id"): _resolve(DOCUMENT, r.get("Target"))
            for r in self.relationships()
            if r.get("Type") == wanted and r.get("TargetMode") != "External"
        }

    def add(self, name: str, root: Element, kind: str) -> str:
        """Add a part of the document, such as a `header`, and return its relationship id."""
        self.replace(name, root)
        types = self.tree(CONTENT_TYPES)
        etree.SubElement(types, q("ct:Override"), PartName=f"/{name}", ContentType=f"{WORD_TYPE}{kind}+xml")
        return self.relate(name, kind)

    def add_image(self, name: str, other: "Package", part: str) -> str:
        """Add a copy of an image of another file, a part of it, under a name; return its relationship id."""
        types = other.tree(CONTENT_TYPES)
        own = {t.get("PartName", "").lstrip("/"): t.get("ContentType") for t in types}
        ends = {t.get("Extension", "").lower(): t.get("ContentType") for t in types}
        kind = own.get(part) or ends.get(part.rpartition(".")[2].lower())
        self.parts[name] = other.parts[part]
        etree.SubElement(self.tree(CONTENT_TYPES), q("ct:Override"), PartName=f"/{name}", ContentType=kind)
        return self.relate(name, "image")

    def relate(self, name: str, kind: str) -> str:
        """Let the document refer to a part as a `kind`, and return the relationship's id."""
        taken = {r.get("Id") for r in self.relationships()}
        number = next(n for n in range(1, len(taken) + 2) if f"rId{n}" not in taken)
        target = posixpath.relpath(name, posixpath.dirname(DOCUMENT))
        etree.SubElement(
            self.relationships(), q("rel:Relationship"), Id=f"rId{number}", Type=RELATIONSHIP + kind, Target=target
        )
        return f"rId{number}"

    def copy_relationships(self, part: str, other: str) -> None:
        """Give a copy of a part the same relationships, such as a logo's in a header."""
        if _rels_name(part) in self.parts:
            self.replace(_rels_name(other), copy.deepcopy(self.tree(_rels_name(part))))

    def prune(self) -> None:
        """Drop every part that no relationship leads to, and its content type."""
        reached: set[str] = set()
        waiting = [""]
        while waiting:
            part = waiting.pop()
            rels = _rels_name(part)
            if rels not in self.parts:
                continue
            reached.add(rels)
            for relationship in self.tree(rels):
                target = _resolve(part, relationship.get("Target"))
                if relationship.get("TargetMode") != "External" and target not in reached and target in self.parts:
                    reached.add(target)
                    waiting.append(target)
        self.parts = {n: c for n, c in self.parts.items() if n in reached or n == CONTENT_TYPES}
        types = self.tree(CONTENT_TYPES)
        for override in types.findall("ct:Override", NAMESPACES):
            if override.get("PartName").lstrip("/") not in self.parts:
                types.remove(override)


def _rels_name(part: str) -> str:
    folder, base = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{base}.rels")


def _resolve(part: str, target: str) -> str:
    """The part name of a relationship's target, which is relative to its part's folder, or absolute."""
    if target.startswith("/"):
        return target.lstrip("/")
    return posixpath.normpath(posixpath.join(posixpath.dirname(part), target))
