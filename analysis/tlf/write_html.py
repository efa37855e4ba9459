"""Displays as HTML: fragments for pages and notebooks, and standalone pages."""

import re
from html import escape

from analysis.tlf import fonts, marks
from analysis.tlf.layout import aligned, header_groups, spans_across
from analysis.tlf.model import Display, Figure, Row, Table

# A page that shows tables needs this once; `table_html` has classes only. The padding of decimal columns must count
# when a text is centred, which `break-spaces` sees to.
CSS = """\
.csr-display{margin:0 0 2em;overflow-x:auto}
.csr-table{border-collapse:collapse;width:100%;min-width:30rem;font-size:.86rem;line-height:1.35;font-variant-numeric:tabular-nums}
.csr-table caption,.csr-heading{caption-side:top;text-align:left;color:inherit;padding:0 .5em .5em;margin:0}
.csr-label,.csr-title{font-weight:700}
.csr-population{display:block}
.csr-table th,.csr-table td{border:0;padding:.14em .5em;font-weight:400;text-align:left;vertical-align:top;
 white-space:break-spaces;overflow-wrap:anywhere}
.csr-table thead th,.csr-table thead td{vertical-align:bottom;overflow-wrap:break-word}
.csr-table thead tr:first-child>*{border-top:1px solid}
.csr-table thead tr:last-child>*,.csr-table thead th.span{border-bottom:1px solid}
.csr-table tbody:last-of-type tr:last-child>*{border-bottom:1px solid}
.csr-table .center,.csr-table .decimal,.csr-table .span{text-align:center}
.csr-table .group>*,.csr-table .total>*,.csr-table thead th{font-weight:700}
.csr-table tbody+tbody tr:first-child>*{padding-top:.6em}
.csr-table td.decimal{white-space:pre}
.csr-display sup{line-height:0}
.csr-footnotes{padding:0 .5em}
.csr-footnotes,.csr-table tfoot td{font-size:.78rem}
.csr-footnotes p,.csr-table tfoot p{margin:.15em 0}
"""
_INDENTS = "".join(f".csr-table .indent-{i}{{padding-left:{0.5 + 1.2 * i:g}em}}\n" for i in range(1, 10))
CSS += _INDENTS

_PAGE_CSS = """\
:root{color-scheme:light}
body{font-family:'CSR Sans',Arial,sans-serif;color:#000;background:#fff;margin:0 auto;padding:1.5em;max-width:70em}
.notice{border:1px solid;padding:.4em .8em;margin:0 0 1.5em;font-weight:700}
"""


def text_html(text: str) -> str:
    """Text as HTML. Braces and backticks are encoded too: no shortcode nor fence can appear in a raw block."""
    return escape(text).replace("{", "&#123;").replace("`", "&#96;").replace("\n", "<br>")


def table_html(table: Table, *, marked: bool = False) -> str:
    """A table as an HTML fragment; cells that show a result carry its key as data-result.

    `marked` puts in the marks of links that only a report can make (see marks.py), here and in the figures' writers.
    """
    name = text_html(table.label)
    widths = "".join(f'<col style="width:{100 * share:.3f}%">' for share in table.shares)
    return "".join(
        [
            f'<div class="csr-display" id="{table.id}" role="region" aria-label="{name}" tabindex="0">',
            f'<table class="csr-table"><caption>{_heading(table)}</caption><colgroup>{widths}</colgroup>',
            f"<thead>{_header(table)}</thead>{_body(table)}",
            f'<tfoot><tr><td colspan="{len(table.columns)}">{_below(table, marked)}</td></tr></tfoot>',
            "</table></div>",
        ]
    )


def figure_heading_html(figure: Figure) -> str:
    """The title and population of a figure, with its anchor."""
    return f'<p class="csr-heading" id="{figure.id}">{_heading(figure)}</p>'


def figure_footnotes_html(figure: Figure, *, marked: bool = False) -> str:
    """The footnotes and source of a figure."""
    return f'<div class="csr-footnotes">{_below(figure, marked)}</div>'


def _heading(display: Display) -> str:
    return (
        f'<span class="csr-label">{text_html(display.label)}</span> '
        f'<span class="csr-title">{text_html(display.title)}</span>'
        f'<span class="csr-population">{text_html(display.population)}</span>'
    )


def _header(table: Table) -> str:
    rows = []
    if table.spans:
        cells = [
            f'<th scope="colgroup" colspan="{last - first + 1}" class="span">{text_html(label)}</th>'
            if label
            else "<td></td>"
            for label, first, last in header_groups(table)
        ]
        rows.append("".join(cells))
    cells = [
        f'<th scope="col" class="{c.align}">{text_html(c.label)}</th>' if c.label else "<td></td>"
        for c in table.columns
    ]
    rows.append("".join(cells))
    return "".join(f"<tr>{row}</tr>" for row in rows)


def _body(table: Table) -> str:
    parts = []
    for number, (row, texts) in enumerate(zip(table.body, aligned(table), strict=True)):
        if number == 0 or row.kind == "group":
            parts.append("</tbody><tbody>" if number else "<tbody>")
        parts.append(f'<tr class="{row.kind}">{_row(table, row, texts)}</tr>')
    return "".join(parts) + "</tbody>"


def _row(table: Table, row: Row, texts: list[tuple[str, str]]) -> str:
    cells = []
    for index, (cell, (text, padding)) in enumerate(zip(row.cells, texts, strict=True)):
        shown = text_html(text) + (f"<sup>{text_html(cell.note)}</sup>" if cell.note else "") + padding
        result = "" if cell.result is None else f' data-result="{text_html(cell.result)}"'
        indent = f" indent-{row.indent}" if row.indent else ""
        if spans_across(row.cells, table):
            cells.append(
                f'<th scope="rowgroup" colspan="{len(table.columns)}" class="left{indent}"{result}>{shown}</th>'
            )
        elif index == 0 and text.strip():
            cells.append(f'<th scope="row" class="{table.columns[0].align}{indent}"{result}>{shown}</th>')
        else:
            cells.append(f'<td class="{table.columns[index].align}"{result}>{shown}</td>')
    return "".join(cells)


def _below(display: Display, marked: bool) -> str:
    lines = [(f"<sup>{text_html(n.mark)}</sup> " if n.mark else "") + _note(n.text, marked) for n in display.footnotes]
    lines.append(f'<span class="csr-source">{text_html(display.source)}</span>')
    return "".join(f"<p>{line}</p>" for line in lines) + (marks.cited("html", display.id) if marked else "")


def _note(text: str, marked: bool) -> str:
    if not marked:
        return text_html(text)
    parts = marks.pieces(text)
    return "".join(marks.mention("html", name, text_html(part)) if name else text_html(part) for part, name in parts)


def notice(source: str) -> str | None:
    """What a source line says of synthetic data, such as "SYNTHETIC DATA - no real patients"."""
    found = re.search(r"SYNTHETIC DATA[^.;\n]*", source)
    return found[0].strip() if found else None


def table_page(table: Table) -> str:
    """A table as a page that needs nothing but itself: styles and the characters of a font are inside."""
    body = table_html(table)
    said = notice(table.source)
    banner = f'<p class="notice">{text_html(said)}</p>' if said else ""
    faces = fonts.font_faces("".join(sorted(set(_all_text(table)))))
    policy = "default-src 'none'; style-src 'unsafe-inline'; font-src data:"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{text_html(f'{table.label} {table.title}')}</title>\n<style>\n{faces}\n{_PAGE_CSS}{CSS}</style>\n"
        f"</head>\n<body>\n<main>\n{banner}{body}\n</main>\n</body>\n</html>\n"
    )


def _all_text(table: Table) -> str:
    texts = [table.label, table.title, table.population, table.source]
    texts += [c.label for c in table.columns] + [s.label for s in table.spans]
    texts += [n.mark + n.text for n in table.footnotes]
    texts += [c.text + c.note for r in table.body for c in r.cells]
    return "".join(texts) + "\u2007\u2008\u2009\u200a"
