"""The public version of a report: what leaves a build of true data, and in which form (docs/public-report.md).

The analysis runs on the true data. Then `publish` replaces what it made, before the report is written: results and
tables without small numbers (suppress, secondary, tables), no figure, listing or record of single patients but those
that are named here (figures, records), patients under pseudonyms (pseudonyms). At last `scan` reads every byte of the
finished build for an identifier or a date of a patient, and stops the run where it finds one.
"""

from typing import TYPE_CHECKING

from analysis.params import Params

if TYPE_CHECKING:
    from analysis.results import Result

MARK = "PUBLIC VERSION"
PUBLIC_ENDING = "-public"
"""Behind the name of the cut, in that of the build's folder."""

WITHHELD = "–"
"""In place of a number that is not shown, where it is not said to be small or large."""

LEFT_OUT = "Not shown in the public version: data of single patients."


DELIVERED = (
    "Times to event are delivered with the report under pseudonyms, as SAS transport and Parquet files, with the "
    "results behind the tables. Listings of patients are no part of the public version."
)


def public_params(params: Params) -> Params:
    """The parameters of a public build: the study's note, which stands on every page and display, says so."""
    note = f"{params.study.data_note} - {MARK}"
    return params.model_copy(update={"study": params.study.model_copy(update={"data_note": note})})


def statement(params: Params) -> str:
    """What the title page says of the public version."""
    return (
        "This is the public version of the report. Data of single patients are left out, patients are named by "
        f"pseudonyms only, and numbers that stand for fewer than {params.privacy.minimum_cell} patients are not shown."
    )


def is_hidden(result: "Result") -> bool:
    """Whether a result of a build is one that a public version hides: `<5`, `≥5` or `–` stand in its place."""
    return result.stat is None and (result.stat_fmt == WITHHELD or result.stat_fmt[:1] in ("<", "≥"))
