"""A made-up build to trace: three patients, PFS and adverse events, with the SDTM data of their cut."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import polars as pl

from analysis.audit.trace import Material, read_material
from analysis.cut.dataset import Dataset, write_xpt
from analysis.params import Output, Params
from analysis.results import Result
from tests.report.made import make_params
from tests.tlf.samples import HOSTILE

ONE, TWO, THREE = (f"ABC-1-00{n}" for n in (1, 2, 3))
ENROLLED = dt.date(2025, 1, 1)

ADSL = pl.DataFrame(
    {"USUBJID": [ONE, TWO, THREE], "FASFL": ["Y", "Y", "Y"], "ENRLDT": [ENROLLED] * 3, "ENRLSEQ": [1, 1, 1]}
)
ADTTE = pl.DataFrame(
    {
        "USUBJID": [ONE, TWO, THREE],
        "PARAMCD": ["PFS"] * 3,
        "FASFL": ["Y"] * 3,
        "STARTDT": [ENROLLED] * 3,
        "ADT": [dt.date(2025, 3, 2), dt.date(2025, 6, 30), dt.date(2025, 4, 1)],
        "AVAL": [2.0041067761807, 5.9466119096509, 2.9897330595483],
        "CNSR": [0, 1, 0],
        "EVNTDESC": ["Disease progression", None, "Death"],
        "CNSDTDSC": [None, "Last adequate tumour assessment", None],
        "SRCDOM": ["RS", "RS", "DM"],
        "SRCVAR": ["RSDTC", "RSDTC", "DTHDTC"],
        "SRCSEQ": [2, 1, None],
    }
)
ADAE = pl.DataFrame(
    {
        "USUBJID": [ONE, ONE, TWO],
        "FASFL": ["Y"] * 3,
        "AESEQ": [1, 2, 1],
        "AEDECOD": ["Nausea", HOSTILE[0], "Nausea"],
        "SRCDOM": ["AE"] * 3,
        "SRCVAR": ["AESTDTC"] * 3,
        "SRCSEQ": [1, 2, 1],
    }
)
SDTM: dict[str, dict[str, list[Any]]] = {
    "DM": {"USUBJID": [ONE, TWO, THREE], "DTHDTC": [None, None, "2025-04-01"]},
    "DS": {"USUBJID": [ONE, TWO, THREE], "DSSEQ": [1, 1, 1], "DSDECOD": ["ENROLLED"] * 3},
    "RS": {
        "USUBJID": [ONE, ONE, TWO],
        "RSSEQ": [1, 2, 1],
        "RSSTRESC": ["SD", "PD", "SD"],
        "RSDTC": ["2025-02-01", "2025-03-02", "2025-06-30"],
    },
    "AE": {"USUBJID": [ONE, ONE, TWO], "AESEQ": [1, 2, 1], "AETERM": ["NAUSEA", HOSTILE[0], "NAUSEA"]},
}
CATALOGUE = {
    name: Output(id=name, title=title, population="fas", notebook="20_pfs")
    for name, title in (("t-14-2-1-1", "Progression-free survival"), ("t-14-3-1-2", "Adverse events by term"))
}


def result(name: str | None, stat: float | None, printed: str, **more: Any) -> Result:
    fields: dict[str, Any] = {
        "output": "t-14-2-1-1",
        "group1": "PARAMCD",
        "group1_level": "PFS",
        "variable": "AVAL",
        "stat_name": "n",
        "stat_label": "Patients",
        "population": "fas",
        "dataset": "ADTTE",
        "where": "\"PARAMCD\" = 'PFS' AND \"FASFL\" = 'Y'",
        "method": "count",
        **more,
    }
    return Result(name=name, stat=stat, stat_fmt=printed, **fields)


_EVENTS = {"group1": None, "group1_level": None, "output": "t-14-3-1-2", "dataset": "ADAE"}
NAUSEA = _EVENTS | {"where": "\"AEDECOD\" = 'Nausea'", "variable": "AEDECOD", "stat_label": "Nausea"}
RESULTS = [
    result("pfs.n", 3, "3"),
    result("pfs.median", 2.98973305955, "3.0", stat_name="median", stat_label="Median, months",
           method="Kaplan-Meier, log-log 95% limits"),
    result("ae.nausea.n", 2, "2", method="number of patients", **NAUSEA),
    result("ae.nausea.n_pct", 2 / 3, "66.7", method="proportion of patients", stat_name="p",
           denominator_dataset="ADSL", denominator_where="\"FASFL\" = 'Y'", **NAUSEA),
    result(None, 1, "1", method="count", stat_label="Other terms", **(_EVENTS | {"where": "\"AESEQ\" = 2"})),
]  # fmt: skip
NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "source": "# PFS"},
        {"cell_type": "code", "source": "#| label: t-14-2-1-1\nresults = pfs()", "outputs": []},
    ]
}


def write_cut(folder: Path) -> None:
    """The SDTM data as XPT files."""
    folder.mkdir()
    for name, columns in SDTM.items():
        frame = pl.DataFrame(columns)
        write_xpt(Dataset(name, "", frame, dict.fromkeys(frame.columns, "")), folder / f"{name.lower()}.xpt")


def material(folder: Path, *, cut: bool = True) -> Material:
    """The material of a build that is written to a folder; without `cut` its data are elsewhere."""
    from analysis.audit.manifest import sha256

    frames = {"ADSL": ADSL, "ADTTE": ADTTE, "ADAE": ADAE}
    for name in ("adam", "notebooks"):
        (folder / name).mkdir(parents=True)
    for name, frame in frames.items():
        frame.write_parquet(folder / f"adam/{name.lower()}.parquet")
    (folder / "notebooks/20_pfs.ipynb").write_text(json.dumps(NOTEBOOK), encoding="utf-8")
    if cut:
        write_cut(folder / "cut")
    inputs = {p.name: sha256(p) for p in sorted((folder / "cut").glob("*.xpt"))}
    parameters = params().model_dump(mode="json")
    return read_material(folder, RESULTS, frames, parameters, folder / "cut", inputs)


def params() -> Params:
    return make_params()
