"""The whole book as one pandoc syntax tree: the embedded engine's reading of the chapters' dialect.

Includes are expanded on the text. Every other shortcode leaves one private-use character in it; then pandoc reads
all chapters, variables and embedded outputs in one call, each as a value of its own in a metadata file, so that an
open fence or list of one cannot reach into another. (Names of footnotes are shared by the whole book, as in Quarto;
pandoc warns of a second one.) Their trees then take the places of the characters, and are not looked at for
shortcodes: they may hold data.
"""

import base64
import binascii
import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn

from analysis.errors import RenderError
from analysis.report import pandoc
from analysis.report.book import Book, bundles, cell_option, text_of
from analysis.report.pandoc import Blocks, Node
from analysis.report.shortcodes import Line, Shortcode, inside, read_lines, replace

READER = "markdown"
# The characters of private-use plane 15 stand for shortcodes while pandoc reads; a chapter has no use for them.
_FIRST, _LAST = 0xF0000, 0xFFFFC
_FILLER = "\U000ffffd"
_PNG = b"\x89PNG\r\n\x1a\n"
_PAGE_BREAK: Blocks = [
    {"t": "RawBlock", "c": ["html", '<hr class="page-break">']},
    {"t": "RawBlock", "c": ["openxml", '<w:p><w:r><w:br w:type="page"/></w:r></w:p>']},
    {"t": "RawBlock", "c": ["typst", "#pagebreak(weak: true)"]},
]


def book_ast(folder: Path, marked: Mapping[str, str] = MappingProxyType({})) -> dict[str, Any]:
    """Read a staged book as one pandoc JSON document.

    `marked` are variables with other markdown than the book's: such as marks the results in it.

    Embeds, variables and citations are resolved, links between chapters lead to an id of the document, and the PNG
    images of embedded outputs are written to media/ of the book; image targets are relative to the book. Before an
    embedded output stands a raw HTML comment that names its id (see `display_id`). Raises RenderError with file and
    line for what cannot be resolved.
    """
    return _Reader(Book(folder), marked).read()


def display_id(block: Node) -> str | None:
    """The id of the embedded output that follows, if this block announces one."""
    match block:
        case {"t": "RawBlock", "c": ["html", str() as text]} if text.startswith("<!-- display "):
            return text.split()[2]
    return None


class _Reader:
    """Collects the texts of a book, has pandoc read them, and puts the trees together."""

    def __init__(self, book: Book, marked: Mapping[str, str]) -> None:
        self.book, self.marked = book, marked
        self.texts: dict[str, str] = {}
        self.slots: list[str | Blocks] = []  # the name of a text, or finished blocks
        self.trees: dict[str, Node] = {}

    def read(self) -> dict[str, Any]:
        for path in self.book.chapters:
            if not path.is_file():
                raise RenderError(f"{self.book.folder}/_quarto.yml: book.chapters: {path.name}: no such file")
            self.texts[f"chapter {path}"] = self.chapter_text(path)
        keys = ("title", "subtitle", "author", "date")
        for key in keys:
            config = self.book.folder / "_quarto.yml"
            line = Line(self.book.meta(f"book.{key}") or "", config, 1, chapter=config)
            self.inline_text(f"title {key}", self.line_text(line))
        document = self.pandoc_reads()
        for path in self.book.chapters:
            if raw := _first_raw(self.trees[f"chapter {path}"]):
                name = path.relative_to(self.book.folder)
                raise RenderError(f"{name}: raw {raw[0]}, {raw[1][:60]!r}: a chapter is plain markdown")
        chapters = {p: self.filled(self.trees[f"chapter {p}"]) for p in self.book.chapters}
        starts = {p.resolve(): _first_id(blocks) for p, blocks in chapters.items()}
        document["blocks"] = [b for p, blocks in chapters.items() for b in self.linked(blocks, p, starts)]
        document["meta"] = {k: {"t": "MetaInlines", "c": self.filled(self.trees[f"title {k}"])} for k in keys}
        document["meta"]["lang"] = {"t": "MetaString", "c": self.book.meta("lang") or "en"}
        return self.cited(document)

    # From chapters to texts for pandoc

    def chapter_text(self, path: Path) -> str:
        lines = read_lines(path, self.book.folder, self.fail)
        return "".join(self.line_text(line) + "\n" for line in lines)

    def line_text(self, line: Line) -> str:
        clean = "".join("\N{REPLACEMENT CHARACTER}" if _FIRST <= ord(c) <= ord(_FILLER) else c for c in line.text)
        return replace(clean, lambda shortcode: self.placeholder(shortcode, line))

    def placeholder(self, shortcode: Shortcode, line: Line) -> str:
        match shortcode.name:
            case "var" | "meta":
                lookup = self.book.variable if shortcode.name == "var" else self.book.meta
                value = lookup(shortcode.argument)
                if value is None:
                    self.fail(line, f"unknown {shortcode.name} {shortcode.argument}")
                if shortcode.name == "var":
                    value = self.marked.get(shortcode.argument, value)
                return self.slot(self.inline_text(f"{shortcode.name} {shortcode.argument}", value))
            case "embed" if shortcode.alone:
                return f"\n{self.slot(list(self.embedded(shortcode.argument, line)))}\n"
            case "pagebreak" if shortcode.alone:
                return f"\n{self.slot(_PAGE_BREAK)}\n"
        self.fail(line, f"{shortcode.name}: an unknown shortcode, or one that must stand alone on its line")

    def inline_text(self, name: str, text: str) -> str:
        """Have pandoc read a text as inlines: behind a word, nothing can begin a list or a quotation."""
        self.texts[name] = " ".join([_FILLER, *text.split()])
        return name

    def slot(self, content: str | Blocks) -> str:
        self.slots.append(content)
        if len(self.slots) > _LAST - _FIRST:
            raise RenderError(f"{self.book.folder}: more than {_LAST - _FIRST} shortcodes")
        return chr(_FIRST + len(self.slots) - 1)

    def embedded(self, target: str, line: Line) -> Iterator[dict[str, Any]]:
        """The blocks of an embedded output; markdown is a block `Text` until pandoc has read it."""
        name, _, cell_name = target.partition("#")
        notebook = inside(self.book.folder, line.chapter.parent, name)
        if notebook is None or not notebook.is_file():
            self.fail(line, f"embed {target}: no such notebook in the book")
        cell = self.book.cell(notebook, cell_name)
        if cell is None:
            self.fail(line, f"embed {target}: no cell with this id, label or tag")
        yield {"t": "RawBlock", "c": ["html", f"<!-- display {cell_name} -->"]}
        images = 0
        for data, metadata in bundles(cell):
            if "text/markdown" in data:
                text_name = f"embed {target} {len(self.texts)}"
                self.texts[text_name] = text_of(data["text/markdown"]) + "\n"
                yield {"t": "Text", "c": text_name}
            if "image/png" in data:
                alt = metadata.get("image/png", {}).get("alt") or metadata.get("alt") or cell_option(cell, "fig-alt")
                if not alt:
                    self.fail(line, f"embed {target}: an image without an alternative text")
                images += 1
                file = f"media/{cell_name}{f'-{images}' if images > 1 else ''}.png"
                self.write_image(file, data["image/png"], line)
                words = [{"t": "Str", "c": alt}]
                yield {"t": "Para", "c": [{"t": "Image", "c": [["", [], []], words, [file, ""]]}]}

    def write_image(self, file: str, content: str | list[str], line: Line) -> None:
        try:
            png = base64.b64decode("".join(text_of(content).split()), validate=True)
        except binascii.Error as error:
            self.fail(line, f"{file}: the notebook's image is not base64: {error}")
        if not png.startswith(_PNG):
            self.fail(line, f"{file}: the notebook's image is no PNG")
        path = self.book.folder / file
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(png)

    def fail(self, line: Line, message: str) -> NoReturn:
        path = line.file
        name = path.relative_to(self.book.folder) if path.is_relative_to(self.book.folder) else path
        raise RenderError(f"{name.as_posix()}:{line.number}: {message}")

    # From texts to trees

    def pandoc_reads(self) -> dict[str, Any]:
        """Have pandoc read every text; return its document, still empty."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "texts.yaml"
            path.write_text("".join(f"{_quoted(k)}: {_quoted(v)}\n" for k, v in self.texts.items()), encoding="utf-8")
            document: dict[str, Any] = json.loads(
                pandoc.run(["--from", READER, "--to", "json", f"--metadata-file={path}"])
            )
        self.trees = {name: _without_word(value["c"]) for name, value in document["meta"].items()}
        return document

    def filled(self, node: Node) -> Node:
        """A copy of a tree with the trees of its shortcodes in place."""
        if isinstance(node, str):
            return "".join(pandoc.plain(self.content(c)) if self.is_slot(c) else c for c in node)
        if isinstance(node, dict):
            return {key: value if key == "t" else self.filled(value) for key, value in node.items()}
        if not isinstance(node, list):
            return node
        out: list[Node] = []
        for item in node:
            match item:
                case {"t": "Para" | "Plain", "c": [{"t": "Str", "c": str() as text}]} if self.is_slot(
                    text
                ) and not isinstance(self.slots[ord(text) - _FIRST], str):
                    out += self.content(text)
                case {"t": "Str", "c": str() as text} if any(map(self.is_slot, text)):
                    out += self.split(text)
                case _:
                    out.append(self.filled(item))
        return out

    def split(self, text: str) -> Iterator[Node]:
        """The inlines of a word that holds shortcodes."""
        word = ""
        for character in text:
            if not self.is_slot(character):
                word += character
                continue
            if word:
                yield {"t": "Str", "c": word}
            word = ""
            yield from self.content(character)
        if word:
            yield {"t": "Str", "c": word}

    @staticmethod
    def is_slot(text: str) -> bool:
        return len(text) == 1 and _FIRST <= ord(text) <= _LAST

    def content(self, character: str) -> list[Node]:
        slot = self.slots[ord(character) - _FIRST]
        if isinstance(slot, str):
            return list(self.trees[slot])
        return [b for block in slot for b in (self.trees[block["c"]] if block["t"] == "Text" else [block])]

    # Links, images, citations

    def linked(self, node: Node, chapter: Path, starts: dict[Path, str]) -> Node:
        """A copy of a tree whose links into chapters lead to an id, and whose images are named from the book."""
        if isinstance(node, list):
            return [self.linked(item, chapter, starts) for item in node]
        if not isinstance(node, dict):
            return node
        node = {key: value if key == "t" else self.linked(value, chapter, starts) for key, value in node.items()}
        if node.get("t") in ("Link", "Image"):
            attributes, words, (target, title) = node["c"]
            path, _, anchor = target.partition("#")
            file = inside(self.book.folder, chapter.parent, path) if path and ":" not in path else None
            if node["t"] == "Link" and file in starts:
                target = f"#{anchor or starts[file]}"
            elif node["t"] == "Image" and file and file.is_file():
                target = file.relative_to(self.book.folder.resolve()).as_posix()
            node["c"] = [attributes, words, [target, title]]
        return node

    def cited(self, document: dict[str, Any]) -> dict[str, Any]:
        arguments = ["--to", "json", "--citeproc", "--metadata=link-citations"]
        for key, option in (("bibliography", "--bibliography"), ("csl", "--csl")):
            if path := self.book.setting(key):
                arguments.append(f"{option}={path}")
        cited: dict[str, Any] = json.loads(pandoc.convert(document, arguments))
        # What citeproc was told includes paths of this machine.
        cited["meta"] = {key: value for key, value in cited["meta"].items() if key in document["meta"]}
        return cited


def _first_raw(node: Node) -> tuple[str, str] | None:
    """Format and text of the first raw block or inline that is no comment, before displays are in their places."""
    match node:
        case {"t": "RawBlock" | "RawInline", "c": [kind, text]} if not re.fullmatch(r"<!--.*-->\s*", text, re.DOTALL):
            return kind, text
        case dict() | list():
            return next(filter(None, map(_first_raw, node.values() if isinstance(node, dict) else node)), None)
    return None


def _without_word(tree: list[Node]) -> list[Node]:
    """The tree of an inline text without the word that `inline_text` put before it, and the space."""
    return tree[2:] if tree and tree[0] == {"t": "Str", "c": _FILLER} else tree


def _first_id(blocks: Blocks) -> str:
    return next((block["c"][1][0] for block in blocks if block["t"] == "Header"), "")


def _quoted(text: str) -> str:
    """A double-quoted YAML text in plain ASCII: in YAML, some characters of data would count as line breaks."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return '"' + re.sub(r'[^ -~]|["\\]', lambda found: f"\\U{ord(found[0]):08x}", whole) + '"'
