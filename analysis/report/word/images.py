"""Images of a Word file: from the tree into the file, described for those who cannot see them, stored once."""

import base64
import hashlib
import mimetypes
from pathlib import Path
from typing import Any

from analysis.errors import RenderError
from analysis.report.word.ooxml import DOCUMENT, PARAGRAPH_ORDER, Package, fragment, paragraph_style, put, q, text_of
from analysis.report.word.styles import heading_levels


def inlined(node: Any, folder: Path) -> Any:
    """A copy of a pandoc tree whose images are data. Their targets are paths from `folder`.

    pandoc then needs to open no file, and writes no path into the result.
    """
    if isinstance(node, list):
        return [inlined(item, folder) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("t") == "Image":
        attributes, words, (target, title) = node["c"]
        return {"t": "Image", "c": [attributes, words, [_data(target, folder), title]]}
    return {key: inlined(value, folder) for key, value in node.items()}


def _data(target: str, folder: Path) -> str:
    if target.startswith("data:"):
        return target
    kind = mimetypes.guess_type(target)[0]
    try:
        content = (folder / target).read_bytes()
    except OSError as error:
        raise RenderError(f"image {target}: not readable in {folder}: {error.strerror}") from None
    if kind is None or not kind.startswith("image/"):
        raise RenderError(f"image {target}: expected a name that ends as an image's, such as .png")
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def tidy(package: Package) -> None:
    """Number the pictures, describe each (by the title above it if need be), and store equal images once.

    A picture stays on the page of the paragraph below it, which is the first of a figure's footnotes.
    """
    titles = {*heading_levels(package), "FigureTitle", "TableTitle"}
    title, number = "", 0
    for paragraph in package.body.iter(q("w:p")):
        if paragraph_style(paragraph) in titles:
            title = text_of(paragraph)
        for properties in paragraph.iter(q("wp:docPr")):
            settings = paragraph.find(q("w:pPr"))
            if settings is not None and settings.find(q("w:keepNext")) is None:
                put(settings, fragment("<w:keepNext/>"), PARAGRAPH_ORDER)
            number += 1
            description = properties.get("descr") or title
            properties.attrib.clear()
            properties.attrib.update({"id": str(number), "name": f"Picture {number}", "descr": description})
            for inner in properties.getparent().iter(q("pic:cNvPr")):  # pandoc puts the image's path here
                inner.attrib.clear()
                inner.attrib.update({"id": str(number), "name": f"Picture {number}", "descr": description})
    for part in sorted({*package.related("header").values(), *package.related("footer").values()}):
        for properties in package.tree(part).iter(q("wp:docPr")):
            number += 1
            properties.set("id", str(number))
    _store_once(package)


def _store_once(package: Package) -> None:
    """Let every relationship to an image lead to the first of its content, and name the images by their order."""
    relationships = package.relationships(DOCUMENT)
    targets: dict[str, str] = {}
    by_number = {r.get("Id"): r for r in relationships}
    for blip in package.body.iter("{http://schemas.openxmlformats.org/drawingml/2006/main}blip"):
        relationship = by_number[blip.get(q("r:embed"))]
        part = package.related("image")[relationship.get("Id")]
        digest = hashlib.sha256(package.parts[part]).hexdigest()
        relationship.set("Target", targets.setdefault(digest, relationship.get("Target")))
