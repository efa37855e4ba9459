"""csr.pdf by the embedded engine: pandoc writes typst, typst makes an archival and accessible PDF."""

import datetime as dt
import re
from pathlib import Path
from typing import Any

import typst

from analysis.errors import RenderError
from analysis.params import Params
from analysis.report import pandoc, typst_template
from analysis.report.pandoc import Blocks, Node
from analysis.tlf import fonts

_CONTENTS = re.compile(r"(\d+\s+)?(table of )?contents", re.IGNORECASE)
LANDSCAPE = "#page(flipped: true)["


def write_pdf(
    ast: dict[str, Any], book: Path, target: Path, *, params: Params, date: dt.date, document_title: str | None = None
) -> None:
    """Write the book's tree as PDF/A-2a and PDF/UA-1.

    `book` is the folder that image targets start from, `document_title` of a document that is not the whole report.
    The same input gives the same bytes. Raises RenderError with typst's message, such as an image without an
    alternative text.
    """
    blocks = paged(pandoc.with_strings(_in_typst(ast["blocks"]), fonts.printable))
    tree = ast | {"blocks": turned(blocks)}
    body = pandoc.convert(tree, ["--to", "typst-citations", "--wrap", "none"])
    texts = {key: pandoc.plain(ast["meta"][key]["c"]) for key in ("title", "subtitle", "author")}
    texts |= {"document_title": document_title} if document_title else {}
    source = typst_template.source(texts | {"lang": ast["meta"]["lang"]["c"]}, params, date) + body
    midnight = dt.datetime(date.year, date.month, date.day, tzinfo=dt.UTC)
    try:
        content = typst.compile(  # type: ignore[type-var]  # its stub ties the types of input and root together
            source.encode(),
            root=str(book),
            font_paths=typst.Fonts(include_system_fonts=False, font_paths=[str(fonts.FOLDER)]),
            ignore_system_fonts=True,
            pdf_standards=["a-2a", "ua-1"],
            timestamp=int(midnight.timestamp()),
        )
    except typst.TypstError as error:
        raise RenderError(f"{target.name}: typst: {error}") from None
    target.write_bytes(content)


def paged(blocks: Blocks) -> Blocks:
    """The blocks with a page break before each chapter, and the contents at the end of the chapter of that name.

    Without such a chapter they stand before the second.
    """
    starts = [place for place, block in enumerate(blocks) if block["t"] == "Header" and block["c"][0] == 1]
    named = [n for n, place in enumerate(starts) if _CONTENTS.fullmatch(pandoc.plain(blocks[place]["c"][2]))]
    after = named[0] + 1 if named else 1
    out: Blocks = []
    for place, block in enumerate(blocks):
        if place in starts[1:]:
            if starts.index(place) == after:
                out.append(_block("#contents()"))
            out.append(_block("#pagebreak(weak: true)"))
        out.append(block)
    return out


def turned(blocks: Blocks) -> Blocks:
    """The blocks with each heading right above a landscape display on that display's page, not alone on its own."""
    out: Blocks = []
    headings: Blocks = []
    for block in blocks:
        match block:
            case {"t": "Header"}:
                headings.append(block)
                continue
            case {"t": "RawBlock", "c": ["typst", str() as text]} if text.startswith(LANDSCAPE) and headings:
                out += [_block(LANDSCAPE), *headings, _block(text.removeprefix(LANDSCAPE))]
                headings = []
                continue
            case {"t": "RawBlock", "c": [str() as kind, _]} if kind != "typst":
                out.append(block)  # of another format: nothing stands between the heading and the display
                continue
        out += [*headings, block]
        headings = []
    return out + headings


def _block(text: str) -> dict[str, Any]:
    return {"t": "RawBlock", "c": ["typst", text]}


def _in_typst(node: Node) -> Node:
    """A copy of a tree with images and placeholders in typst's own words, of which pandoc leaves out a part.

    It would drop the alternative text of an image, and the style of what the author has to complete.
    """
    if isinstance(node, list):
        return [_in_typst(item) for item in node]
    if not isinstance(node, dict):
        return node
    match node:
        case {"t": "Image", "c": [_, words, [target, _]]}:
            picture = f"image({_string(target)}, alt: {_string(pandoc.plain(words))})"
            return _inline(f"#block(sticky: true, {picture})")  # its footnotes stay on its page
        case {"t": "Span", "c": [[_, _, [["custom-style", "Author Placeholder"]]], words]}:
            return {"t": "Span", "c": [["", [], []], [_inline("#to-complete["), *words, _inline("]")]]}
    return {key: value if key == "t" else _in_typst(value) for key, value in node.items()}


def _inline(text: str) -> dict[str, Any]:
    return {"t": "RawInline", "c": ["typst", text]}


def _string(text: str) -> str:
    """A string literal of typst."""
    line = " ".join(text.split())
    return '"' + line.replace("\\", "\\\\").replace('"', '\\"') + '"'
