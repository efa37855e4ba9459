"""Parameters and results for the report's tests, made by hand."""

import datetime as dt
from dataclasses import replace

from analysis.params import Params
from analysis.results import Number, Result

STUDY = {
    "id": "ABC-1",
    "title": "A study",
    "short_title": "Short",
    "sponsor": "A sponsor",
    "phase": "Phase II",
    "indication": "a disease",
    "design": "single-arm",
    "arm_label": "A + B",
    "synthetic": True,
    "data_note": "SYNTHETIC DATA - no real patients",
    "treatments": [{"name": "anlotinib", "extrt": "ANLOTINIB", "dose_mg": 12, "schedule": "once daily"}],
}
DESIGN = {"n": 40, "null_median": 5.8, "alternative_median": 10}


def make_params(**over: object) -> Params:
    tree = {
        "study": STUDY,
        "design": DESIGN,
        "cut": "2025-06-30",
        "cutoff": dt.date(2025, 6, 30),
        "purpose": "primary",
    }
    return Params.model_validate(tree | over)


def make_result(name: str, stat: Number, fmt: str | None = None) -> Result:
    return Result(
        name=name,
        output="t-14-2-1-1",
        variable="AVAL",
        stat_name=name,
        stat_label=name,
        stat=stat,
        stat_fmt=fmt if fmt is not None else "NE" if stat is None else str(stat),
        population="fas",
        dataset="ADTTE",
        where="TRUE",
    )


def make_results(values: dict[str, Number | tuple[Number, str] | Result]) -> dict[str, Result]:
    return {
        name: value
        if isinstance(value, Result)
        else make_result(name, *value)
        if isinstance(value, tuple)
        else make_result(name, value)
        for name, value in values.items()
    }


def labelled(name: str, n: int, label: str, size: int = 40, **fields: str) -> dict[str, Result]:
    """A number of patients that counts `label`, and its share of `size`; other fields of both by keyword."""
    share = make_result(f"{name}_pct", n / size, f"{100 * n / size:.1f}")
    return {r.name or "": replace(r, stat_label=label, **fields) for r in (make_result(name, n), share)}


def term(name: str, n: int, label: str, size: int = 40) -> dict[str, Result]:
    """Patients with a preferred term under its system organ class."""
    of = {"dataset": "ADAE", "group1": "AEBODSYS", "group1_level": "Any", "group2": "AEDECOD", "group2_level": label}
    return labelled(name, n, "Any grade", size, **of)


# A whole report's named results: 40 patients, 27 events, medians reached, the null rejected.
WHOLE: dict[str, Number | tuple[Number, str]] = {
    "n.consented": 52,
    "n.screen_failed": 12,
    "n.enrolled": 40,
    "n.treated": 39,
    "n.not_treated": 1,
    "n.fas": 40,
    "n.safety": 39,
    "n.response_evaluable": 37,
    "n.per_protocol": 36,
    "n.arm_stopped_anlotinib": 30,
    "n.ongoing_anlotinib": 9,
    "n.deaths": 11,
    "n.withdrawn": 2,
    "n.lost": 1,
    "pfs.n": 40,
    "pfs.events": 27,
    "pfs.events_pd": 25,
    "pfs.events_death": 2,
    "pfs.censored": 13,
    "pfs.median": (9.23, "9.2"),
    "pfs.median_lower": (7.14, "7.1"),
    "pfs.median_upper": (11.3, "11.3"),
    "pfs.rate_3m": (0.9, "90.0"),
    "pfs.rate_3m_lower": (0.75, "75.0"),
    "pfs.rate_3m_upper": (0.96, "96.0"),
    "pfs.rate_6m": (0.7, "70.0"),
    "pfs.rate_6m_lower": (0.53, "53.0"),
    "pfs.rate_6m_upper": (0.82, "82.0"),
    "pfs.rate_9m": None,
    "pfs.rate_12m": None,
    "pfs.rate_18m": None,
    "pfs.logrank_observed": (27.0, "27"),
    "pfs.logrank_expected": (40.125, "40.13"),
    "pfs.logrank_z": (-2.072, "-2.072"),
    "pfs.logrank_p": (0.0383, "0.0383"),
    "pfs.smr": (0.673, "0.67"),
    "os.n": 40,
    "os.events": 11,
    "followup.os_median": (14.25, "14.3"),
    "followup.os_median_lower": (12.0, "12.0"),
    "followup.os_median_upper": (16.1, "16.1"),
    "followup.pfs_median": (9.8, "9.8"),
    "design.events": 27,
    "design.n_formula": 40,
    "design.p_event": (0.6785, "0.6785"),
    "design.alternative_benefit": (0.8348, "83.48"),
    "design.null_benefit": (0.0181, "1.81"),
    "design.null_harm": (0.0381, "3.81"),
    "design.scans_null_benefit": (0.0542, "5.42"),
}
