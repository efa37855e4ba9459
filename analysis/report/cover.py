"""What the title page of every format says about a report."""

import datetime as dt

from analysis.params import Params
from analysis.report.grammar import long_date


def facts(params: Params, date: dt.date) -> list[tuple[str, str]]:
    """Name and value of each line below the title; `date` is the report's, that of the lock."""
    study = params.study
    return [
        ("Study", study.id),
        ("Sponsor", study.sponsor),
        ("Phase", study.phase),
        ("Data cut-off", long_date(params.cutoff)),
        ("Date of report", long_date(date)),
    ]


def document_title(params: Params) -> str:
    """The title that a file carries in its properties."""
    return f"Clinical study report {params.study.id}: {params.study.title}"
