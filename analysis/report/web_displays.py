"""The displays of csr.html: found in the report's tree, and put into a frame with their files beside them."""

import html
import re
from collections.abc import Iterator, Mapping, Sequence

import lxml.html

from analysis.params import Output
from analysis.report.pandoc import Blocks, Node
from analysis.report.parse import display_id
from analysis.report.trace_links import FOLDER, INDEX, Links
from analysis.tlf.layout import width_of

LABELS = {"t": "Table", "f": "Figure", "l": "Listing"}
# What lies in tlf/ beside each display (see analysis.tlf.display and report.displays), in the order of the links.
FORMATS = {
    "t": ("docx", "rtf", "csv", "html", "json"),
    "l": ("docx", "rtf", "csv", "html", "json"),
    "f": ("docx", "rtf", "png", "svg", "pdf", "json"),
}
# A link to one of these saves the file where the browser allows it; the others open.
_SAVED = ("docx", "rtf", "csv", "json")
# From so many columns a table has its first column stay in sight; from so many rows it scrolls below its header.
_WIDE, _LONG = 7, 60

# What a browser does not break, and how long it may be for a column to be as wide (characters).
_WORD = re.compile(r"\d{4}-\d\d-\d\d|[^\s/-]+[/-]?")
_USUAL = 13
_UNITS, _PADDING = 2048, 1.8  # of a font in its em; of a cell in its em, and the arrow of a column that sorts
_MOST = 9.5  # em of a column in the mean: more would have a table scroll for the sake of a few words
_SHARE = re.compile(r'<col style="width:([\d.]+)%">')

# The first raw block of a figure, by which the pages of a series follow each other in one embedded output.
_FIGURE = re.compile(r'<p class="csr-heading" id="(f-[\d-]+)">')


def cut(blocks: Blocks) -> Iterator[tuple[str | None, Blocks]]:
    """A report's blocks in runs: the id of a display and its blocks, or None and what stands between displays.

    A display is what follows the comment that announces it: raw blocks and pictures, up to the first other block, a
    page break or the next display.
    """
    name: str | None = None
    run: Blocks = []
    for block in blocks:
        begun = display_id(block) or _figure_id(block)
        if (begun and begun != name) or (name and not _continues(block)):
            yield name, run
            name, run = begun, []
        run.append(block)
    yield name, run


def _figure_id(block: Node) -> str | None:
    match block:
        case {"t": "RawBlock", "c": ["html", str() as text]} if found := _FIGURE.match(text):
            return found[1]
    return None


def _continues(block: Node) -> bool:
    match block:
        case {"t": "RawBlock", "c": [_, str() as text]}:
            return not text.startswith("<hr ")
        case {"t": "Para", "c": [{"t": "Image"}]}:
            return True
    return False


def framed(name: str, run: Blocks, population: str = "", links: Links | None = None) -> Blocks:
    """The blocks of a display in a frame that says what the page may do with it, below the links to its files.

    With `links`, each number of a table leads to the records behind it, the size of its `population` among them, and
    a figure to those of its numbers.
    """
    kind = LABELS[name[0]].lower()
    text = "".join(block["c"][1] for block in run if _is_html(block))
    shares = [float(share) / 100 for share in _SHARE.findall(text)]
    classes = [kind, *["wide"] * (len(shares) >= _WIDE), *["long"] * (text.count("<tr") >= _LONG)]
    sizes = f"--columns:{max(1, len(shares))};--least:{least_width(text, shares, rigid=len(classes) > 1):.1f}em"
    start = f'<div class="display {" ".join(classes)}" style="{sizes}">{_tools(name, links)}'
    linked = [
        _raw(links.in_display(block["c"][1], population)) if links and _is_html(block) else block for block in run
    ]
    return [_raw(start), *linked, _raw("</div>")]


def _is_html(block: Node) -> bool:
    return bool(block["t"] == "RawBlock" and block["c"][0] == "html")


def least_width(table: str, shares: Sequence[float], *, rigid: bool) -> float:
    """The width of a table, in its em, at which no date, number or word of usual length breaks.

    A `rigid` table keeps the `shares` of its columns; in others a column that needs more takes it from the rest.
    """
    needs = [0.0] * len(shares)
    for row in lxml.html.fragment_fromstring(table, create_parent=True).iter("tr") if shares else ():
        cells = list(row)
        if len(cells) != len(shares):
            continue
        for i, cell in enumerate(cells):
            whole = cell.tag == "td" and cell.get("class") == "decimal"
            parts = [cell.text_content()] if whole else [w for t in cell.itertext() for w in _WORD.findall(t)]
            longest = max((width_of(part) for part in parts if whole or len(part) <= _USUAL), default=0)
            needs[i] = max(needs[i], longest / _UNITS + _PADDING)
    if not rigid:
        return sum(needs)
    return min(max(need / share for need, share in zip(needs, shares, strict=True)), _MOST * len(shares))


def label(name: str) -> str:
    """How a display is called, such as Table 14.2.1.1."""
    return f"{LABELS[name[0]]} {name[2:].replace('-', '.')}"


def _tools(name: str, traced: Links | None) -> str:
    said = html.escape(label(name))
    actions = ["enlarge", "copy"] if name[0] == "f" else ["copy"]
    buttons = "".join(
        f'<button type="button" class="needs-script" data-do="{action}" aria-label="{action.title()} {said}">'
        f"{action.title()}</button>"
        for action in actions
    )
    links = "".join(_file(name, kind, said) for kind in FORMATS[name[0]])
    if traced and traced.has(name):
        links += f'<a href="{FOLDER}/{INDEX}#{name}" aria-label="Records behind {said}">Records</a>'
    link = f'<a class="permalink" href="#{name}" aria-label="Link to {said}">#</a>'
    return f'<div class="tools" role="group" aria-label="{said}: copy and files">{buttons}{links}{link}</div>'


def _file(name: str, kind: str, said: str) -> str:
    word = "Word" if kind == "docx" else kind.upper()
    saved = " download" if kind in _SAVED else ""
    return f'<a href="tlf/{name}.{kind}"{saved} aria-label="{word} file of {said}">{word}</a>'


def _raw(text: str) -> dict[str, Node]:
    return {"t": "RawBlock", "c": ["html", text]}


def lists(outputs: Mapping[str, Output]) -> str:
    """Lists of tables, figures and listings for the side of the page, each closed until it is asked for."""
    parts = []
    for kind, word in LABELS.items():
        shown = [output for name, output in outputs.items() if name[0] == kind]
        links = "".join(
            f'<li><a href="#{output.id}">{html.escape(f"{output.label} {output.title}")}</a></li>' for output in shown
        )
        if links:
            parts.append(f"<details><summary>{word}s <span>{len(shown)}</span></summary><ol>{links}</ol></details>")
    return "".join(parts)
