"""The last date a patient is known alive, with the record that shows it."""

import datetime as dt
from dataclasses import dataclass

import polars as pl

from analysis.adam.exposure import doses
from analysis.adam.records import Sdtm, Source
from analysis.params import Params


@dataclass(frozen=True)
class Evidence:
    """A variable whose complete dates show that the patient was alive.

    `when` restricts the records. `may_be_cut` marks the one end date that the data cut-off shortens, that of dosing:
    on the cut-off day itself it may be such a date, so it shows nothing. Other ends after the cut-off are cleared.
    """

    domain: str
    variable: str
    when: pl.Expr | None = None
    needs: tuple[str, ...] = ()
    may_be_cut: bool = False


EVIDENCE: tuple[Evidence, ...] = (
    Evidence(
        "SS",
        "SSDTC",
        when=(pl.col("SSTESTCD") == "SURVSTAT") & (pl.col("SSSTRESC") == "ALIVE"),
        needs=("SSTESTCD", "SSSTRESC"),
    ),
    Evidence("SV", "SVSTDTC"),
    Evidence("SV", "SVENDTC"),
    Evidence("EX", "EXSTDTC"),
    Evidence("EX", "EXENDTC", may_be_cut=True),
    Evidence("LB", "LBDTC"),
    Evidence("TR", "TRDTC"),
    Evidence("TU", "TUDTC"),
    Evidence("RS", "RSDTC"),
    Evidence("AE", "AESTDTC"),
    Evidence("CM", "CMSTDTC"),
)
"""In order of preference where several show the same day. Withdrawal and loss to follow-up, procedures (PR) and the
ends of events and medications are no evidence of life."""


def last_alive(sdtm: Sdtm, params: Params, death: dict[str, dt.date]) -> dict[str, tuple[dt.date, Source]]:
    """Per patient the latest complete date of EVIDENCE up to the cut-off and, where known, the day of death.

    EX counts with the doses given (`exposure.doses`). Patients without any evidence are left out.
    """
    data = sdtm | {"EX": doses(sdtm, params)}
    found = [
        _days(data[evidence.domain], evidence, order, params.cutoff)
        for order, evidence in enumerate(EVIDENCE)
        if {evidence.variable, *evidence.needs} <= set(data.get(evidence.domain, pl.DataFrame()).columns)
    ]
    if not found:
        return {}
    latest: dict[str, tuple[dt.date, Source]] = {}
    days = pl.concat(found).sort("USUBJID", "DAY", "ORDER", "SEQ", descending=[False, True, False, False])
    for usubjid, day, order, seq in days.select("USUBJID", "DAY", "ORDER", "SEQ").iter_rows():
        if usubjid not in latest and (usubjid not in death or day <= death[usubjid]):
            latest[usubjid] = (day, Source(EVIDENCE[order].domain, EVIDENCE[order].variable, seq))
    return latest


def _days(frame: pl.DataFrame, evidence: Evidence, order: int, cutoff: dt.date) -> pl.DataFrame:
    """The complete days of one evidence: USUBJID, DAY, ORDER, SEQ."""
    domain = evidence.domain
    if evidence.when is not None:
        frame = frame.filter(evidence.when)
    for variable, absent in ((f"{domain}STAT", "NOT DONE"), (f"{domain}OCCUR", "N")):
        if variable in frame.columns:
            frame = frame.filter(pl.col(variable).is_null() | (pl.col(variable) != absent))
    seq = pl.col(f"{domain}SEQ").cast(pl.Int64) if f"{domain}SEQ" in frame.columns else pl.lit(None, pl.Int64)
    last_day = cutoff - dt.timedelta(days=1) if evidence.may_be_cut else cutoff
    return (
        frame.select(
            "USUBJID",
            pl.col(evidence.variable)
            .cast(pl.String)
            .str.slice(0, 10)
            .str.to_date("%Y-%m-%d", strict=False)
            .alias("DAY"),
            pl.lit(order).alias("ORDER"),
            seq.alias("SEQ"),
        )
        .drop_nulls("DAY")
        .filter(pl.col("DAY") <= last_day)
    )
