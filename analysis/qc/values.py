"""The second route's values, by the names of the results, from what it derived of each subject."""

import math
from collections import Counter
from collections.abc import Sequence

import pandas as pd

from analysis.params import Km, Params
from analysis.qc import estimates, responses

BEST = {"cr": "CR", "pr": "PR", "sd": "SD", "non_cr_non_pd": "NON-CR/NON-PD", "pd": "PD", "ne": "NE"}
RATES = {"orr": ("CRSP", "RSP"), "dcr": ("CDC", "DC"), "cbr": ("CCB", "CB")}
"""Prefix of the results -> PARAMCD, confirmed and unconfirmed."""


def survival(records: pd.DataFrame, params: Params) -> dict[str, float]:
    """Counts, quartiles and landmarks of every endpoint, follow-up and the one-sample log-rank test."""
    of = {code: records[records["PARAMCD"] == code] for code in ("PFS", "OS", "DOR", "TTF", "TTR")}
    landmarks = {
        "PFS": params.pfs.landmarks_months,
        "TTF": params.pfs.landmarks_months,
        "OS": params.os.landmarks_months,
        "DOR": params.response.dor_landmarks_months,
    }
    values: dict[str, float] = {}
    for code in ("PFS", "OS", "DOR", "TTF"):
        values |= endpoint(of[code], code.lower(), landmarks[code], params.km)
    pfs, responders = of["PFS"], of["TTR"]["AVAL"]
    if params.design.null_median is not None and len(pfs):
        values |= estimates.logrank(pfs["AVAL"], int((pfs["CNSR"] == 0).sum()), params.design.null_median)
    for code in ("OS", "PFS"):
        reverse = estimates.curve(of[code]["AVAL"], of[code]["CNSR"], params.km)
        for quartile, share in estimates.QUARTILES:
            values |= estimates.quantile(reverse, share, f"followup.{code.lower()}_{quartile}")
    return values | estimates.description(responders, "ttr")


def endpoint(rows: pd.DataFrame, name: str, landmarks: Sequence[float], km: Km) -> dict[str, float]:
    """Counts, quartiles and landmarks of one endpoint; `name` starts their names."""
    values: dict[str, float] = {
        f"{name}.n": len(rows),
        f"{name}.events": int((rows["CNSR"] == 0).sum()),
        f"{name}.events_pd": int((rows["EVENT"] == "PD").sum()),
        f"{name}.events_death": int((rows["EVENT"] == "death").sum()),
        f"{name}.censored": int(rows["CNSR"].sum()),
    }
    if name == "os":  # death is its only event
        del values["os.events_pd"], values["os.events_death"]
    points = estimates.curve(rows["AVAL"], 1 - rows["CNSR"], km)
    for quartile, share in estimates.QUARTILES:
        values |= estimates.quantile(points, share, f"{name}.{quartile}")
    return values | estimates.rates(points, rows["AVAL"], landmarks, km, name)


def response(answers: pd.DataFrame, notes: Counter[str], params: Params) -> dict[str, float]:
    """Best overall response, and the rates of response, disease control and clinical benefit with their limits."""
    says = {code: Counter(rows["AVALC"]) for code, rows in answers.groupby("PARAMCD")}
    n = answers["USUBJID"].nunique()
    values: dict[str, float] = {}
    for prefix, code in (("bor.confirmed", "CBOR"), ("bor.unconfirmed", "BOR")):
        best = {name: says.get(code, Counter())[avalc] for name, avalc in BEST.items()}
        for name, number in (best | {"ne_no_assessment": notes["unassessed"]}).items():
            values |= {f"{prefix}.{name}": number, f"{prefix}.{name}_pct": number / n if n else math.nan}
    codes = {
        name + end: code for name, pair in RATES.items() for end, code in zip(("", "_unconfirmed"), pair, strict=True)
    }
    other, rule = responses.SENSITIVITY[params.response.cbr_rule]
    for prefix, code in (codes | {f"cbr_{rule}": other}).items():
        values |= estimates.rate(says.get(code, Counter())["Y"], n, params.km.conf_level, prefix)
    return values | {"orr.awaiting": notes["awaiting response"], "cbr.awaiting": notes["awaiting benefit"]}
