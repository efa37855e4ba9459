"""Tables as CSV and displays as JSON: for programs, so the texts stay exactly what the display shows."""

import csv
import io
import json

from analysis.spreadsheet import inert
from analysis.tlf.model import Display, Table


def table_csv(table: Table) -> str:
    """The header and the body as CSV (UTF-8, a header line, quotes where needed).

    A text that a spreadsheet would run as a formula (`=cmd|...`) stands behind an apostrophe; the JSON file has it as
    it is. Below a spanning header a column is called "span: label". A group's header has its text in the first column.
    """
    labels = [column.label for column in table.columns]
    for span in table.spans:
        for i in range(span.first, span.last + 1):
            labels[i] = f"{span.label}: {labels[i]}"
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(map(inert, labels))
    for row in table.rows:
        texts = [inert(cell.text) for cell in row.cells]
        writer.writerow(texts + [""] * (len(labels) - len(texts)))
    return out.getvalue()


def display_json(display: Display) -> str:
    """Everything that a display says; of a figure also the data behind it, but not the drawing."""
    return json.dumps(display.to_json(), ensure_ascii=False, indent=1, allow_nan=False) + "\n"
