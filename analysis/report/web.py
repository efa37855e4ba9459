"""csr.html: the whole report as one file that asks the network for nothing and works from a file:// address."""

import base64
import datetime as dt
import hashlib
import html
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template
from typing import Any

from analysis.params import Output, Params, is_listed
from analysis.report import cover, pandoc, web_displays
from analysis.report.pandoc import Blocks, Node
from analysis.report.parse import display_id
from analysis.report.trace_links import Links, without_marks
from analysis.report.word import images
from analysis.tlf import fonts, write_html

TEMPLATES = Path(__file__).parent / "templates"
CONTENTS_DEPTH = 3
STYLES = ("page.css", "page.displays.css", "page.controls.css", "page.print.css")
# The first runs before the page is drawn, so that a chosen theme does not follow a flash of the other.
HEAD_SCRIPTS = ("page.theme.js",)
SCRIPTS = (
    "minisearch.min.js",
    "page.base.js",
    "page.contents.js",
    "page.text.js",
    "page.sort.js",
    "page.copy.js",
    "page.figures.js",
    "page.index.js",
    "page.trace.js",
    "page.search.js",
)

# pandoc makes every cell of a table's head a header; one without words, above the names of rows, heads nothing.
_EMPTY_HEADER = re.compile(r"<th( [^>]*)?></th>")


def write_page(
    ast: dict[str, Any],
    book: Path,
    target: Path,
    *,
    params: Params,
    date: dt.date,
    catalogue: Mapping[str, Output],
    links: Links | None = None,
) -> None:
    """Write the book's tree as one page: contents at the side, the study's note in sight, fonts and images inside.

    `book` is the folder that image targets start from. Links to tlf/ are relative to the page, and so are those from
    numbers to the records behind them, which are made where there are `links`. The same input gives the same bytes.
    """
    headings = [block["c"] for block in ast["blocks"] if block["t"] == "Header"]
    blocks = list(_page_blocks(ast["blocks"], catalogue, links))
    blocks = links.in_text(blocks) if links else without_marks(blocks)
    shown = {d: catalogue[d] for d in map(display_id, ast["blocks"]) if d and d in catalogue}
    body = pandoc.convert(
        ast | {"blocks": images.inlined(blocks, book)},
        ["--to", "html5", "--section-divs", "--wrap", "none", "--mathml", "--syntax-highlighting", "none"],
    )
    body = _EMPTY_HEADER.sub(r"<td\1></td>", body)
    meta = {key: pandoc.plain(ast["meta"][key]["c"]) for key in ("title", "subtitle")}
    head_script, script = (_script(names) for names in (HEAD_SCRIPTS, SCRIPTS))
    note = params.study.data_note
    words = {
        "lang": ast["meta"]["lang"]["c"],
        "study": params.study.id,
        "document_title": cover.document_title(params),
        **meta,
        "note": note,
        "script_hashes": " ".join(f"'sha256-{_sha256(text)}'" for text in (head_script, script)),
    }
    template = _read("page.html")
    page = Template(template).substitute(
        {key: html.escape(value) for key, value in words.items()},
        banner=f'<p class="banner" role="note">{html.escape(note)}</p>',
        facts="".join(
            f"<dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd>" for name, value in cover.facts(params, date)
        ),
        contents=contents(headings),
        displays=web_displays.lists(shown),
        body=body,
        style="\n".join(
            [
                fonts.font_faces(html.unescape(body) + "".join(words.values()) + template + script),
                write_html.CSS,
                *map(_read, STYLES),
                cover.printed_header(f"Study {params.study.id}", note),
            ]
        ),
        head_script=head_script,
        script=script,
    )
    target.write_text(page, encoding="utf-8", newline="\n")


def contents(headings: list[Node]) -> str:
    """Headings, each `[level, attributes, words]`, as nested lists of links."""
    parts: list[str] = []
    depth = 0
    for level, (anchor, _, _), words in headings:
        if level > CONTENTS_DEPTH:
            continue
        parts.append("</li>" if level <= depth else "")
        for _ in range(depth, level):
            parts.append("<ol><li>")
        parts.append("</ol></li>" * (depth - level) + ("<li>" if level <= depth else ""))
        parts.append(f'<a href="#{html.escape(anchor)}">{html.escape(pandoc.plain(words))}</a>')
        depth = level
    return "".join(parts) + "</li></ol>" * depth


def _page_blocks(blocks: Blocks, catalogue: Mapping[str, Output], links: Links | None) -> Iterator[dict[str, Any]]:
    """The blocks with a link to itself at each heading, tables of the text in a box, and each display in its frame."""
    for name, run in web_displays.cut(blocks):
        if name and is_listed(name, catalogue):
            output = catalogue.get(name) or catalogue[f"{name.rpartition('-')[0]}-1"]
            yield from web_displays.framed(name, run, output.population, links)
            continue
        for block in run:
            if block["t"] == "Header":
                level, attributes, words = block["c"]
                label = html.escape(f"Link to {pandoc.plain(words)}")
                link = f'<a class="permalink" href="#{html.escape(attributes[0])}" aria-label="{label}">#</a>'
                yield {"t": "Header", "c": [level, attributes, [*words, {"t": "RawInline", "c": ["html", link]}]]}
            elif block["t"] == "Table":
                box = '<div class="scroll" tabindex="0" role="group" aria-label="Table">'
                yield {"t": "RawBlock", "c": ["html", box]}
                yield block
                yield {"t": "RawBlock", "c": ["html", "</div>"]}
            else:
                yield block


def _read(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _script(names: tuple[str, ...]) -> str:
    """Scripts as one, strict and with names of their own."""
    return '"use strict";\n(() => {\n' + "\n".join(map(_read, names)) + "\n})();\n"


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
