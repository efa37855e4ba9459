"""What displays become: outputs of a notebook, and files."""

import json
from collections.abc import Mapping
from itertools import count, takewhile
from pathlib import Path
from typing import Any

from analysis.params import Output
from analysis.tlf.model import Display, Figure, Footnote, Table
from analysis.tlf.png import size_of
from analysis.tlf.write_delimited import display_json, table_csv
from analysis.tlf.write_html import CSS, figure_footnotes_html, figure_heading_html, table_html, table_page
from analysis.tlf.write_openxml import figure_footnotes_openxml, figure_heading_openxml, table_openxml
from analysis.tlf.write_typst import figure_footnotes_typst, figure_heading_typst, table_typst

_PIXELS_TO_THE_POINT = 96 / 72  # of CSS, which notebooks size pictures in


def raw_blocks(html: str, openxml: str, typst: str) -> str:
    """Markdown that pandoc and Quarto render natively in each of the three formats."""
    blocks = (("html", html), ("openxml", openxml), ("typst", typst))
    return "\n".join(f"```{{={name}}}\n{text}\n```\n" for name, text in blocks)


def table_bundle(table: Table) -> dict[str, str]:
    """A table's data for a notebook, by MIME type; with the marks of marks.py, which the files below do without."""
    html = table_html(table, marked=True)
    return {
        "text/plain": f"{table.label} {table.title}",
        "text/html": f"<style>\n{CSS}</style>\n{html}",
        "text/markdown": raw_blocks(html, table_openxml(table, marked=True), table_typst(table, marked=True)),
    }


def figure_bundles(figure: Figure) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """A figure's outputs for a notebook, each with data and metadata by MIME type: heading, picture, footnotes."""
    heading, footnotes = figure_heading_html(figure), figure_footnotes_html(figure, marked=True)
    width, height = (round(points * _PIXELS_TO_THE_POINT) for points in size_of(figure.png))
    return [
        (
            {
                "text/plain": f"{figure.label} {figure.title}",
                "text/html": f"<style>\n{CSS}</style>\n{heading}",
                "text/markdown": raw_blocks(heading, figure_heading_openxml(figure), figure_heading_typst(figure)),
            },
            {},
        ),
        ({"image/png": figure.png}, {"image/png": {"width": width, "height": height, "alt": figure.alt}}),
        (
            {
                "text/plain": figure.source,
                "text/html": footnotes,
                "text/markdown": raw_blocks(
                    footnotes,
                    figure_footnotes_openxml(figure, marked=True),
                    figure_footnotes_typst(figure, marked=True),
                ),
            },
            {},
        ),
    ]


def write_display(display: Display, folder: Path) -> None:
    """Write <id>.html .csv .json of a table or listing, or <id>.png .svg .pdf .json of a figure.

    DOCX and RTF are the report's to write, which knows their page and styles (see analysis/report/displays.py).
    """
    files: dict[str, bytes | str] = {"json": display_json(display)}
    if isinstance(display, Table):
        files |= {"html": table_page(display), "csv": table_csv(display)}
    else:
        files |= {"png": display.png, "svg": display.svg, "pdf": display.pdf}
    for suffix, content in files.items():
        data = content if isinstance(content, bytes) else content.encode("utf-8")
        (folder / f"{display.id}.{suffix}").write_bytes(data)


def read_display(name: str, folder: Path) -> Display:
    """The display of an id that `write_display` wrote."""
    data = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    if "columns" in data:
        return Table.from_json(data)
    drawings = {kind: (folder / f"{name}.{kind}").read_bytes() for kind in ("png", "svg", "pdf")}
    return Figure(**{**data, **drawings, "footnotes": tuple(Footnote(**f) for f in data["footnotes"])})


def ids_shown(catalogue: Mapping[str, Output], folder: Path) -> list[str]:
    """The ids of a catalogue in its order, each series with all the figures that it has in a folder."""
    found = []
    for name, output in catalogue.items():
        found.append(name)
        if output.series:
            pages = (f"{name.rpartition('-')[0]}-{number}" for number in count(2))
            found += takewhile(lambda page: (folder / f"{page}.json").exists(), pages)
    return found
