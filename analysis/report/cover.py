"""What the title page of every format, and the head and foot of its pages, say about a report."""

import datetime as dt

from analysis.params import Params
from analysis.report.grammar import long_date


def facts(params: Params, date: dt.date) -> list[tuple[str, str]]:
    """Name and value of each line below the title; `date` is the report's, that of the lock."""
    study = params.study
    return [
        ("Study", study.id),
        ("Sponsor", study.sponsor),
        ("Development phase", study.phase),
        ("Data cut-off", long_date(params.cutoff)),
        ("Date of report", long_date(date)),
    ]


def lines(params: Params, date: dt.date) -> list[str]:
    """The facts as lines of text. The first, the study's, stands above the title and in the header of each page."""
    (name, study), *others = facts(params, date)
    return [f"{name} {study}", *(f"{name}: {value}" for name, value in others)]


def footer(params: Params) -> str:
    """What the foot of each page says."""
    return f"Data cut-off: {long_date(params.cutoff)}"


def document_title(params: Params) -> str:
    """The title that a file carries in its properties."""
    return f"Clinical study report {params.study.id}: {params.study.title}"


def printed_header(left: str, right: str) -> str:
    """CSS that puts two texts on top of every printed page."""
    texts = ["".join(f"\\{ord(c):x} " for c in text) for text in (left, right)]
    return f'@page {{ @top-left {{ content: "{texts[0]}" }} @top-right {{ content: "{texts[1]}"; font-weight: 700 }} }}'
