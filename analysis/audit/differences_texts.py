"""What differs in texts and pictures of two builds, in words (see differences.py)."""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, zip_longest
from typing import Any

import numpy as np
from lxml import etree
from lxml import html as lxml_html
from PIL import Image

FIRST, SECOND = "the first build", "the second build"

_WIDTH, _BEFORE = 80, 30  # characters of a text that are shown, and of them those before the first difference
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BODY = "word/document.xml"
_TITLES = ("Heading", "TableTitle", "FigureTitle")

Blocks = list[tuple[str, str]]
"""The texts of a document in order, each with the heading above it."""


def quoted(text: str, start: int = 0) -> str:
    """Part of a text in quotes, safe for a terminal: what cannot be printed is escaped."""
    shown = text[start : start + _WIDTH]
    safe = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in shown)
    return f"'{'...' if start else ''}{safe}{'...' if len(text) > start + _WIDTH else ''}'"


def pair(old: Any, new: Any) -> str:
    """`old -> new`; long texts from a little before the place where they begin to differ."""
    start = 0
    if isinstance(old, str) and isinstance(new, str):
        start = max(0, _same(old, new) - _BEFORE) if max(len(old), len(new)) > _WIDTH else 0
    return " -> ".join(shown(value, start) for value in (old, new))


def _same(old: str, new: str) -> int:
    """How many characters two texts begin with alike."""
    return next((n for n, (a, b) in enumerate(zip_longest(old, new)) if a != b), len(old))


def shown(value: Any, start: int = 0) -> str:
    """A value in words: texts in quotes, from `start`; everything else as JSON."""
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return quoted(value, start)
    return quoted(json.dumps(value, ensure_ascii=False, default=str))[1:-1]


def sizes(old: bytes, new: bytes) -> Iterator[str]:
    """How long two files are, and which byte, counted from 1, is the first that differs."""
    length = min(len(old), len(new))
    apart = np.flatnonzero(np.frombuffer(old, np.uint8, length) != np.frombuffer(new, np.uint8, length))
    yield f"{len(old)} bytes -> {len(new)} bytes, from byte {(apart[0] if apart.size else length) + 1} on"


def plain(old: bytes, new: bytes) -> Iterator[str]:
    """The first line that differs."""
    lines = (data.decode(errors="replace").split("\n") for data in (old, new))
    for number, (before, after) in enumerate(zip_longest(*lines), start=1):
        if before != after:
            yield f"line {number}: {pair(before, after)}"
            return


def sections(old: Blocks, new: Blocks) -> Iterator[str]:
    """The first text that differs under each heading."""
    before, after = _by_heading(old), _by_heading(new)
    for heading in dict.fromkeys([*after, *before]):
        texts = zip_longest(before.get(heading, []), after.get(heading, []))
        first = next(((one, other) for one, other in texts if one != other), None)
        if first:
            yield f"{f'under {quoted(heading)}' if heading else 'at the top'}: {pair(*first)}"


def _by_heading(blocks: Blocks) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for heading, members in groupby(blocks, key=lambda block: block[0]):
        found.setdefault(heading, []).extend(text for _, text in members)
    return found


def html(old: bytes, new: bytes) -> Iterator[str]:
    """HTML pages: the first text that differs under each heading, else the first place where the markup does."""
    found = list(sections(html_blocks(old), html_blocks(new)))
    yield from found or (f"the same text in other markup, {line}" for line in plain(old, new))


def html_blocks(page: bytes) -> Blocks:
    """The texts of an HTML page without scripts and styles."""
    blocks: Blocks = []
    heading = ""
    root = lxml_html.document_fromstring(page, parser=lxml_html.HTMLParser(encoding="utf-8", huge_tree=True))
    for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        if event == "start" and element.tag in _HEADINGS:
            heading = " ".join(str(element.text_content()).split()).rstrip("# ")  # less the link to itself
        read = element.tag not in ("script", "style") if event == "start" else True
        text = " ".join(((element.text if event == "start" else element.tail) or "").split())
        if read and text:
            blocks.append((heading, text))
    return blocks


def docx(old: bytes, new: bytes) -> Iterator[str]:
    """Word files: the first text that differs under each heading, and the other parts of the file that differ."""
    with zipfile.ZipFile(io.BytesIO(old)) as first, zipfile.ZipFile(io.BytesIO(new)) as second:
        names, others = first.namelist(), second.namelist()
        for name in dict.fromkeys([_BODY, *others, *names]):
            if name not in names or name not in others:
                yield f"part {quoted(name)[1:-1]}: only in {FIRST if name in names else SECOND}"
                continue
            before, after = first.read(name), second.read(name)
            if before == after:
                continue
            found = list(sections(docx_blocks(before), docx_blocks(after))) if name == _BODY else []
            yield from found or [f"part {quoted(name)[1:-1]}: {next(sizes(before, after))}"]


def docx_blocks(part: bytes) -> Blocks:
    """The paragraphs of a WordprocessingML part."""
    blocks: Blocks = []
    heading = ""
    root = etree.fromstring(part, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    for paragraph in root.iter(f"{_W}p"):
        text = "".join(t.text or "" for t in paragraph.iter(f"{_W}t")).strip()
        style = paragraph.find(f"{_W}pPr/{_W}pStyle")
        if style is not None and str(style.get(f"{_W}val")).startswith(_TITLES) and text:
            heading = text
        if text:
            blocks.append((heading, text))
    return blocks


def notebooks(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Executed notebooks: of each cell that differs the first line of code or output that does."""
    if len(old["cells"]) != len(new["cells"]):
        yield f"cells: {len(old['cells'])} -> {len(new['cells'])}"
    for number, (before, after) in enumerate(zip(old["cells"], new["cells"], strict=False), start=1):
        if before == after:
            continue
        label = next((line for line in _lines(after["source"]) if line.startswith("#| label:")), "")
        where = f"cell {number}" + (f" ({quoted(label[9:].strip())[1:-1]})" if label else "")
        one, other = _cell(before), _cell(after)
        for part in dict.fromkeys([*other, *one]):
            lines = zip_longest(one.get(part, []), other.get(part, []))
            place = next(((n, a, b) for n, (a, b) in enumerate(lines, start=1) if a != b), None)
            if place:
                yield f"{where}, {part}, line {place[0]}: {pair(*place[1:])}"
                break
        else:
            yield f"{where}: metadata differ"
    for key in dict.fromkeys([*new, *old]):
        if key != "cells" and old.get(key) != new.get(key):
            yield f"{quoted(key)[1:-1]}: {pair(old.get(key), new.get(key))}"


def _cell(cell: Mapping[str, Any]) -> dict[str, Sequence[str]]:
    """The parts of a cell, each as lines: its source, then every format of every output."""
    parts: dict[str, Sequence[str]] = {"source": _lines(cell["source"])}
    for number, output in enumerate(cell.get("outputs", []), start=1):
        contents = {"text": output["text"]} if "text" in output else output.get("data") or {"error": output}
        for kind, content in contents.items():
            parts[f"output {number} ({kind})"] = _lines(content)
    return parts


def _lines(text: Any) -> list[str]:
    """A multi-line string of the notebook format (one text, or a list of them) as lines; JSON in one line."""
    if isinstance(text, list) and all(isinstance(part, str) for part in text):
        text = "".join(text)
    return (text if isinstance(text, str) else json.dumps(text, sort_keys=True)).split("\n")


def png(old: bytes, new: bytes) -> Iterator[str]:
    """Pictures: their sizes, or how many of their pixels differ."""
    with Image.open(io.BytesIO(old)) as first, Image.open(io.BytesIO(new)) as second:
        if first.size != second.size:
            yield "pixels: {} x {} -> {} x {}".format(*first.size, *second.size)
            return
        before, after = (np.asarray(picture.convert("RGBA")) for picture in (first, second))
    count = int(np.any(before != after, axis=2).sum())
    yield f"{count} of {before.shape[0] * before.shape[1]} pixels differ" if count else "the same pixels in other bytes"
