"""csr.pdf by the embedded engine: pandoc writes typst, typst makes an archival and accessible PDF."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import typst

from analysis.errors import RenderError
from analysis.params import Params
from analysis.report import cover, pandoc
from analysis.report.grammar import long_date
from analysis.report.pandoc import Blocks, Node
from analysis.tlf import fonts

TEMPLATE = Path(__file__).parent / "templates" / "report.typ"
STANDARDS = ("a-2a", "ua-1")


def write_pdf(ast: dict[str, Any], book: Path, target: Path, *, params: Params, date: dt.date) -> None:
    """Write the book's tree as PDF/A-2a and PDF/UA-1.

    `book` is the folder that image targets start from. The same input gives the same bytes. Raises RenderError with
    typst's message, such as an image without an alternative text.
    """
    tree = ast | {"blocks": paged(pandoc.with_strings(_with_images(ast["blocks"]), fonts.printable))}
    body = pandoc.convert(tree, ["--to", "typst-citations", "--wrap", "none"])
    source = TEMPLATE.read_text(encoding="utf-8") + "\n#title-block()\n" + body
    midnight = dt.datetime(date.year, date.month, date.day, tzinfo=dt.UTC)
    try:
        content = typst.compile(
            source.encode(),
            root=str(book),
            font_paths=[str(fonts.FOLDER)],
            ignore_system_fonts=True,
            pdf_standards=list(STANDARDS),
            sys_inputs=inputs(ast, params, date),
            timestamp=int(midnight.timestamp()),
        )
    except typst.TypstError as error:
        raise RenderError(f"csr.pdf: typst: {error}") from None
    target.write_bytes(content)


def inputs(ast: dict[str, Any], params: Params, date: dt.date) -> dict[str, str]:
    """What the template prints beside the body."""
    meta = {key: pandoc.plain(ast["meta"][key]["c"]) for key in ("title", "subtitle", "author")}
    return {key: fonts.printable(value) for key, value in meta.items()} | {
        "lang": ast["meta"]["lang"]["c"],
        "header": fonts.printable(f"Study {params.study.id}"),
        "note": fonts.printable(cover.note(params)),
        "footer": f"Data cut-off: {long_date(params.cutoff)}",
        "facts": json.dumps([(name, fonts.printable(value)) for name, value in cover.facts(params, date)]),
    }


def paged(blocks: Blocks) -> Blocks:
    """The blocks with a page break before each chapter and the contents after the first."""
    starts = [place for place, block in enumerate(blocks) if block["t"] == "Header" and block["c"][0] == 1]
    out: Blocks = []
    for place, block in enumerate(blocks):
        if place in starts[1:]:
            out.append(_raw("#pagebreak(weak: true)"))
            if place == starts[1]:
                out.append(_raw("#contents()\n#pagebreak(weak: true)"))
        out.append(block)
    return out


def _raw(text: str) -> dict[str, Any]:
    return {"t": "RawBlock", "c": ["typst", text]}


def _with_images(node: Node) -> Node:
    """A copy of a tree whose images are typst's own, since pandoc's typst leaves out the alternative text."""
    if isinstance(node, list):
        return [_with_images(item) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("t") == "Image":
        _, words, (target, _) = node["c"]
        text = f"#image({_string(target)}, alt: {_string(pandoc.plain(words))})"
        return {"t": "RawInline", "c": ["typst", text]}
    return {key: value if key == "t" else _with_images(value) for key, value in node.items()}


def _string(text: str) -> str:
    """A string literal of typst."""
    line = " ".join(text.split())
    return '"' + line.replace("\\", "\\\\").replace('"', '\\"') + '"'
