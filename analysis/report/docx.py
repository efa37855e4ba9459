"""The report in Word: pandoc's writer, then the finishing that pandoc and Quarto leave open.

Both engines write one file with the reference document's styles. `finish` gives it what a report needs beyond that:
a title block, headers in every section, a filled table of contents, styles a sponsor's reference document lacks,
properties without times of day, unique ids, and the same bytes each time.
"""

import datetime as dt
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analysis.params import Params
from analysis.report import cover, pandoc
from analysis.report.word import bookmarks, breaks, contents, fit, front, images, page, properties, styles
from analysis.report.word.ooxml import (
    NAMESPACES,
    PARAGRAPH_ORDER,
    SETTINGS,
    SETTINGS_ORDER,
    Package,
    fragment,
    paragraph_style,
    put,
    q,
)

# Without it Word opens the file in the compatibility mode of Word 2007.
_COMPATIBILITY = (
    '<w:compat><w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" '
    'w:val="15"/></w:compat>'
)


def made(ast: dict[str, Any], *, reference: Path, params: Params, date: dt.date, resources: Path) -> Package:
    """A pandoc tree as a finished Word file, in memory.

    `reference` has the styles, page, header and footer; `date` is the lock's; image targets of the tree are paths
    from the folder `resources`. Raises RenderError where pandoc fails or warns, or an image is missing.
    """
    package = converted(ast, reference=reference, resources=resources)
    finish_package(package, params, date, title=cover.document_title(params))
    return package


def converted(ast: dict[str, Any], *, reference: Path, resources: Path) -> Package:
    """A pandoc tree as pandoc writes it. Raises RenderError where the reference document is no Word file."""
    Package.read(reference)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "whole.docx"
        arguments = ["--to", "docx", f"--reference-doc={reference}", f"--output={out}"]
        pandoc.convert(images.inlined(ast, resources), arguments)
        return Package.read(out)


def finish(path: Path, *, params: Params, date: dt.date) -> None:
    """Finish a report's Word file in place, whichever engine wrote it. A second call changes no byte."""
    package = Package.read(path)
    finish_package(package, params, date, title=cover.document_title(params))
    package.write(path)


def finish_package(package: Package, params: Params, date: dt.date, *, title: str) -> None:
    """`finish` for a file in memory; `title` goes into its properties."""
    styles.complete(package)
    levels = styles.heading_levels(package)
    study, *others = cover.lines(params, date)
    front.fill(package.body, study, params.study.data_note, others)
    bookmarks.tidy(package.body)
    breaks.settle(package.body, levels)
    page.furnish(package, params)
    fit.fit(package.body)
    styles.set_contents_width(package, fit.area(package.body[-1])[0])
    _begin_on_title_page(package, levels)
    contents.fill(package.body, levels)
    bookmarks.number(package.body)
    images.tidy(package)
    for row in package.body.iter(q("w:tr")):
        _keep_row_whole(row)
    for text in list(package.body.iter(q("w:t"))):
        _spell_tabs(text)
    set_settings(package, update_fields=True)
    properties.describe(package, params, date, title=title)
    package.prune()


def set_settings(package: Package, *, update_fields: bool) -> None:
    """Set today's mode of Word, and whether it refreshes page numbers on opening (see contents.py)."""
    settings = package.tree(SETTINGS)
    put(settings, fragment(_COMPATIBILITY), SETTINGS_ORDER)
    put(settings, fragment(f'<w:updateFields w:val="{str(update_fields).lower()}"/>'), SETTINGS_ORDER)


def _begin_on_title_page(package: Package, levels: Mapping[str, int]) -> None:
    """Let the first chapter, the title page, follow the title on its page; every other chapter starts a page."""
    for paragraph in package.body.iterchildren(q("w:p")):
        if levels.get(paragraph_style(paragraph)) == 1:
            put(paragraph.find("w:pPr", NAMESPACES), fragment('<w:pageBreakBefore w:val="0"/>'), PARAGRAPH_ORDER)
            return


def _keep_row_whole(row: Any) -> None:
    """Keep a table's row on one page; pandoc's own tables do not say so."""
    kept = row.find("w:trPr", NAMESPACES)
    if kept is None:
        kept = fragment("<w:trPr/>")
        before = row.find("w:tblPrEx", NAMESPACES)
        row.insert(0 if before is None else 1, kept)
    if kept.find("w:cantSplit", NAMESPACES) is None:
        kept.insert(0, fragment("<w:cantSplit/>"))


def _spell_tabs(text: Any) -> None:
    """Make elements of the tab characters in a text; pandoc writes one between a reference and its number."""
    first, *others = (text.text or "").split("\t")
    for other in reversed(others):
        if other:
            text.addnext(fragment('<w:t xml:space="preserve"/>'))
            text.getnext().text = other
        text.addnext(fragment("<w:tab/>"))
    if others:
        text.text = first or None
