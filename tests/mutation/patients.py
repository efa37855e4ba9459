"""Hand-made patients for the faults that no patient of the demonstration study would show: each lies on a limit.

Day 0 is enrolment on 2024-01-01, and the first dose but where said. The rules are those of SAP.md.
"""

from typing import Any

import polars as pl

from tests.qc.build import dtc, patient

Frames = dict[str, pl.DataFrame]


def _event(day: int | None, **more: Any) -> list[dict[str, Any]]:
    """One adverse event that started on a day."""
    return [{"AESEQ": 1.0, "AEDECOD": "Nausea", "AEBODSYS": "Gastrointestinal disorders", "AESTDTC": dtc(day), **more}]


def _alt(*found: tuple[int, float]) -> list[dict[str, Any]]:
    """ALT in U/L, of which the limits of normal are 10 and 40."""
    shared = {
        "LBTESTCD": "ALT",
        "LBTEST": "ALT",
        "LBCAT": "CHEMISTRY",
        "LBSTRESU": "U/L",
        "LBSTNRLO": 10.0,
        "LBSTNRHI": 40.0,
    }
    return [
        shared
        | {"LBSEQ": float(n), "LBDTC": dtc(day), "LBSTRESN": value, "LBSTRESC": f"{value:g}", "VISITNUM": float(n)}
        for n, (day, value) in enumerate(found, start=1)
    ]


def _therapy(day: int) -> list[dict[str, Any]]:
    return [{"CMCAT": "SUBSEQUENT ANTICANCER THERAPY", "CMDECOD": "CAPECITABINE", "CMSEQ": 1.0, "CMSTDTC": dtc(day)}]


EVERY_16_WEEKS = ",".join(f"{day} SD" for day in range(112, 1800, 112))

PATIENTS: dict[str, Frames] = {
    "PD on the last day of the gap": patient("126 PD"),
    "two PD": patient("56 SD,112 PD,168 PD"),
    "NE at last": patient("56 SD,112 NE"),
    "two readings on one day": patient("56 SD,56 PD"),
    "PD after 60 months": patient(f"{EVERY_16_WEEKS},1850 PD"),
    "died in May, alive on 10 May": patient("56 SD", death="2024-05", AE=_event(130)),
    "PR again after 27 days": patient("56 PR,83 PR"),
    "PR again after 28 days": patient("56 PR,84 PR"),
    "PR on day 112": patient("56 SD,112 PR,168 PR,224 PD"),  # two responders: the curve of their times is flat at 0.5
    "PR again after two NE": patient("56 PR,70 NE,84 NE,98 PR"),
    "SD on day 41": patient("41 SD,60 PD"),
    "PR after new therapy": patient("56 SD,168 PR,224 PR", CM=_therapy(100)),
    "PR after 24 months": patient("56 SD,168 SD,280 SD,392 SD,504 SD,616 SD,728 SD,760 PR,820 PR"),
    "died 30 days after the last dose": patient("56 SD", doses=[(0, 13)], death=43, AE=_event(43, AESDTH="Y")),
    "died in the second cycle": patient(doses=[(0, 13), (21, 26)], death=26),
    "in hospital, without AESER": patient("56 SD", AE=_event(20, AESHOSP="Y", AETOXGR="2")),
    "ALT of exactly 3 x ULN": patient("56 SD", LB=_alt((-1, 30.0), (20, 120.0))),
    "ALT without a baseline": patient("56 SD", LB=_alt((20, 50.0))),
    "an event before the first dose": patient("56 SD", doses=[(3, 16), (24, 37)], AE=_event(2, AETOXGR="3")),
    "PD on the day of new therapy": patient("56 SD,112 PD", CM=_therapy(112)),
    "an event without a start": patient("56 SD", AE=_event(None)),
    "of another arm": patient("56 PR,112 PR,168 PD", AE=_event(5, AETOXGR="3", AESER="Y")),
}
OTHER_ARM = "of another arm"


def usubjid(name: str) -> str:
    """H-01, H-02 ... in the order above."""
    return f"H-{list(PATIENTS).index(name) + 1:02}"


def sdtm() -> Frames:
    """The patients as one study, all but one in arm A."""
    domains: dict[str, list[pl.DataFrame]] = {}
    for name, frames in PATIENTS.items():
        for domain, frame in frames.items():
            own = frame.with_columns(USUBJID=pl.lit(usubjid(name)))
            if domain == "DM":
                own = own.with_columns(ARM=pl.lit("B" if name == OTHER_ARM else "A"))
            domains.setdefault(domain, []).append(own)
    joined = {domain: pl.concat(parts, how="diagonal_relaxed") for domain, parts in domains.items()}
    for domain, frame in joined.items():
        seq = pl.int_range(1, pl.len() + 1).over("USUBJID").cast(pl.Float64).alias(f"{domain}SEQ")
        empty = [name for name, kind in frame.schema.items() if kind == pl.Null]
        joined[domain] = frame.with_columns(pl.col(empty).cast(pl.String)).with_columns(
            *([seq] if domain != "DM" else [])
        )
    return joined
