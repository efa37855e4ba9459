"""The first and last day of a medication or a condition, and whether it had ended before a day."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from analysis.adam.dates import Anchors, impute, study_day
from analysis.adam.records import Queries, Row, period_of, source_of
from analysis.params import Params


def span(
    row: Row, domain: str, patient: Mapping[str, Any], params: Params, queries: Queries, *, start: str = "earliest"
) -> Row:
    """ASTDT, ASTDTF, AENDT, AENDTF, ASTDY and AENDY of one record; `start` names the imputation rule of its start."""
    anchors = Anchors(params.cutoff, last_dose=patient["TRTEDT"], death=patient["DTHDT"])
    found: Row = {}
    for name, rule, variable in (("AST", start, f"{domain}STDTC"), ("AEN", "end", f"{domain}ENDTC")):
        period_of(row, domain, variable)  # an invalid date is named here
        imputed = impute(rule, row.get(variable), anchors)
        if imputed.query:
            queries.add(source_of(row, domain, variable), row, rule, imputed.query)
        found |= {f"{name}DT": imputed.date, f"{name}DTF": imputed.flag or None}
        found |= {f"{name}DY": study_day(imputed.date, patient["TRTSDT"])}
    return found


def ended_before(row: Row, domain: str, end: dt.date | None, day: dt.date) -> bool:
    """Whether the record ended before a day at or after the start of treatment: by its end, else by what it says.

    --ENRF and --ENRTPT of BEFORE say that it ended before the study or a point in it. A missing end is not one.
    """
    if end is not None:
        return end < day
    return "BEFORE" in (row.get(f"{domain}ENRF"), row.get(f"{domain}ENRTPT"))
