"""The report of a build as the parts of ICH E3, each a PDF with the name that ICH's file tags give it."""

import datetime as dt
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from analysis.params import Params
from analysis.report import cover, pandoc
from analysis.report.parse import book_ast
from analysis.report.pdf import write_pdf

# E3 section -> file name without its ending (file tags of the ICH eCTD Study Tagging File specification).
PARTS = {
    "2": "synopsis",
    "16.1.1": "16-1-1-protocol-or-amendment",
    "16.1.2": "16-1-2-sample-case-report-form",
    "16.1.3": "16-1-3-iec-irb-consent-form-list",
    "16.1.4": "16-1-4-list-description-investigator-site",
    "16.1.5": "16-1-5-signatures-investigators",
    "16.1.6": "16-1-6-list-patients-with-batches",
    "16.1.7": "16-1-7-randomisations-scheme",
    "16.1.8": "16-1-8-audit-certificates-report",
    "16.1.9": "16-1-9-statistical-methods-interim-analysis-plan",
    "16.1.10": "16-1-10-inter-laboratory-standardisation-quality-assurance",
    "16.1.11": "16-1-11-publications-based-on-study",
    "16.1.12": "16-1-12-publications-referenced-in-report",
    "16.2.1": "16-2-1-discontinued-patients",
    "16.2.2": "16-2-2-protocol-deviations",
    "16.2.3": "16-2-3-patients-excluded-from-efficacy-analysis",
    "16.2.4": "16-2-4-demographic-data",
    "16.2.5": "16-2-5-compliance-and-drug-concentration-data",
    "16.2.6": "16-2-6-individual-efficacy-response-data",
    "16.2.7": "16-2-7-adverse-event-listings",
    "16.2.8": "16-2-8-listing-individual-laboratory-measurements-by-patient",
    "16.3": "16-3-case-report-forms",
    "16.4": "16-4-individual-patient-data-listing",
}
BODY = "study-report-body"
# A link to what is in another part is its words.
_LINKS = {
    "t": "RawBlock",
    "c": [
        "typst",
        "#let link(target, ..words) = if type(target) != label { std.link(target, ..words) } else {"
        " context if query(target).len() > 0 { std.link(target, ..words) } else { words.pos().first() } }",
    ],
}
_NUMBER = re.compile(r"(\d+(?:\.\d+)*)\s")


def write_parts(build: Path, folder: Path, params: Params, date: dt.date) -> list[Path]:
    """Write the parts of a build's report into a folder; the body is what belongs to no other part.

    Links from one part into another become text. Raises RenderError as `write_pdf` does.
    """
    book = folder / "book"
    shutil.copytree(build / "book", book)
    tree = book_ast(book)
    written = []
    for name, title, blocks in parts(tree["blocks"]):
        subtitle = [{"t": "Str", "c": title}] if title else tree["meta"]["subtitle"]["c"]
        meta = tree["meta"] | {"subtitle": {"t": "MetaInlines", "c": subtitle}}
        written.append(folder / f"{name}.pdf")
        write_pdf(
            tree | {"meta": meta, "blocks": [_LINKS, *blocks]},
            book,
            written[-1],
            params=params,
            date=date,
            document_title=f"{cover.document_title(params)}{f', {title}' if title else ''}",
        )
    return written


def parts(blocks: list[Any]) -> Iterator[tuple[str, str, list[Any]]]:
    """File name, title and blocks of each part: first the body, without a title, then the others in order."""
    body: list[Any] = []
    others: list[tuple[str, str, list[Any]]] = []
    inside: int | None = None  # level of the heading of the part that the blocks belong to
    for block in blocks:
        if block["t"] == "Header":
            level, _, words = block["c"]
            heading = pandoc.plain(words)
            number = found[1] if (found := _NUMBER.match(heading)) else ""
            if number in PARTS:
                inside = level
                others.append((PARTS[number], heading, []))
            elif inside is not None and level <= inside:
                inside = None
            if inside is not None:  # the heading of a part is its first level
                block = {"t": "Header", "c": [level - inside + 1, *block["c"][1:]]}
        (body if inside is None else others[-1][2]).append(block)
    yield BODY, "", body
    yield from others
