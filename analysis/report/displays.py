"""The displays as Word and RTF files: each one alone, and all of them behind a list with page numbers.

They are written in the report, not where they are made: here the reference document is known, whose styles, page,
header and footer they have like csr.docx. All are written as one Word file, and each is cut out of it.
"""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from analysis.params import Params
from analysis.report import cover, docx
from analysis.report.word import breaks, properties
from analysis.report.word.cut import cut
from analysis.report.word.ooxml import Package, q
from analysis.tlf.display import read_display
from analysis.tlf.model import Display, Table
from analysis.tlf.write_openxml import figure_footnotes_openxml, figure_heading_openxml, table_openxml
from analysis.tlf.write_rtf import Surroundings, document_rtf, section_rtf

TITLE = "Tables, figures and listings"
_BREAK = {"t": "RawBlock", "c": ["openxml", '<w:p><w:r><w:br w:type="page"/></w:r></w:p>']}


def write_displays(ids: Sequence[str], folder: Path, *, reference: Path, params: Params, date: dt.date) -> None:
    """Write <id>.docx and <id>.rtf of each display in a folder, and all.docx and all.rtf of all in the order of `ids`.

    `folder` has what `write_display` wrote; `reference` and `date` are those of `docx.made`.
    """
    displays = [read_display(name, folder) for name in ids]
    package = docx.converted(_tree(displays), reference=reference, resources=folder)
    docx.finish_package(package, params, date, title=f"{TITLE}, {params.study.id}")
    breaks.close(package.body)
    package.write(folder / "all.docx")
    _write_each(displays, package, folder, params, date)
    around = _surroundings(package, params)
    parts = [section_rtf(display, around) for display in displays]
    (folder / "all.rtf").write_text(document_rtf(parts, around, title=TITLE, contents=displays), encoding="ascii")
    for display, part in zip(displays, parts, strict=True):
        rtf = document_rtf([part], around, title=_title(display))
        (folder / f"{display.id}.rtf").write_text(rtf, encoding="ascii")


def _tree(displays: Sequence[Display]) -> dict[str, Any]:
    """Displays as a pandoc tree, each on a page of its own."""
    blocks: list[dict[str, Any]] = []
    for display in displays:
        blocks.append(_BREAK)
        if isinstance(display, Table):
            blocks.append(_raw(table_openxml(display)))
        else:
            image = {"t": "Image", "c": [["", [], []], [{"t": "Str", "c": display.alt}], [f"{display.id}.png", ""]]}
            blocks += [
                _raw(figure_heading_openxml(display)),
                {"t": "Para", "c": [image]},
                _raw(figure_footnotes_openxml(display)),
            ]
    title = {"t": "MetaInlines", "c": [{"t": "Str", "c": TITLE}]}
    return {"pandoc-api-version": [1, 23, 1], "meta": {"title": title}, "blocks": blocks}


def _raw(xml: str) -> dict[str, Any]:
    return {"t": "RawBlock", "c": ["openxml", xml]}


def _write_each(displays: Sequence[Display], package: Package, folder: Path, params: Params, date: dt.date) -> None:
    docx.set_settings(package, update_fields=False)
    parts = package.serialised()
    blocks = list(package.body)
    places = {start.get(q("w:name")): n for n, block in enumerate(blocks) for start in block.iter(q("w:bookmarkStart"))}
    starts = [places[display.id] for display in displays]
    for display, first, after in zip(displays, starts, [*starts[1:], len(blocks) - 1], strict=True):
        part = cut(package, first, after, parts)
        properties.set_core(part, params, date, title=_title(display))
        part.prune()
        part.write(folder / f"{display.id}.docx")


def _title(display: Display) -> str:
    return f"{display.label} {display.title}".replace("\n", " ")


def _surroundings(package: Package, params: Params) -> Surroundings:
    """What RTF files have around their displays: the paper and margins of the Word file, and the head and foot."""
    section = package.body[-1]
    size, margins = (section.find(q(f"w:{name}")) for name in ("pgSz", "pgMar"))
    paper = sorted(int(size.get(q(f"w:{side}"))) for side in "wh")
    sides = [int(margins.get(q(f"w:{side}"))) for side in ("left", "right", "top", "bottom")]
    return Surroundings(
        study=f"Study {params.study.id}",
        note=params.study.data_note,
        footer=cover.footer(params),
        subject=f"{params.study.short_title}, data cut-off {params.cutoff.isoformat()}",
        author=params.study.sponsor,
        paper=(paper[0], paper[1]),
        margins=(sides[0], sides[1], sides[2], sides[3]),
    )
