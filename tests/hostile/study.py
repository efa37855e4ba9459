"""A whole but tiny study, sound in every part, that each case of the corpus spoils in one."""

import datetime as dt
import hashlib
import json
from pathlib import Path

import docx
import polars as pl

from analysis.cut.dataset import SDTM_NUMBERS, Dataset, write_xpt
from analysis.cut.lock import write_lock
from tests.report.small_book import write_book
from tests.tiny_builds import write_build

CUT = "2025-06-30"
CANARY = "CANARY-7f3a1c"  # what stands in the files that nothing may read

STUDY = """\
study:
  id: ABC-1
  title: A trial
  short_title: Trial
  sponsor: A sponsor
  phase: Phase II
  indication: Cancer
  design: single-arm
  arm_label: Both drugs
  synthetic: true
  data_note: MADE UP - no patients
  treatments:
    - {name: anlotinib, extrt: ANLOTINIB, dose_mg: 12, schedule: daily}
    - {name: fulvestrant, extrt: FULVESTRANT, dose_mg: 500, schedule: monthly}
design: {n: 40, null_median: 5.8, alternative_median: 10}
"""
OUTPUTS = """\
outputs:
  - {id: t-14-2-1-1, title: Survival, population: fas, notebook: 20_pfs}
"""
Record = dict[str, str | float | None]
_OF_ONE: Record = {"STUDYID": "ABC-1", "USUBJID": "1"}
RECORDS: dict[str, list[Record]] = {
    "dm": [{"DOMAIN": "DM", "RFSTDTC": "2025-01-20", "RFENDTC": "2025-03-01", "AGE": 61.0, "SEX": "F", "ARMCD": "A"}],
    "ds": [
        {"DOMAIN": "DS", "DSSEQ": 1.0, "DSDECOD": "ENROLLED", "DSSTDTC": "2025-01-15"},
        {"DOMAIN": "DS", "DSSEQ": 2.0, "DSDECOD": "PROGRESSIVE DISEASE", "DSSTDTC": "2025-03-20"},
    ],
    "ex": [
        {"DOMAIN": "EX", "EXSEQ": 1.0, "EXTRT": "ANLOTINIB", "EXDOSE": 12.0, "EXSTDTC": "2025-01-20"},
        {"DOMAIN": "EX", "EXSEQ": 2.0, "EXTRT": "FULVESTRANT", "EXDOSE": 500.0, "EXSTDTC": "2025-01-20"},
    ],
    "rs": [
        {
            "DOMAIN": "RS",
            "RSSEQ": 1.0,
            "RSCAT": "RECIST 1.1",
            "RSTESTCD": "OVRLRESP",
            "RSSTRESC": "PR",
            "RSDTC": "2025-03-15",
        }
    ],
    "ae": [
        {
            "DOMAIN": "AE",
            "AESEQ": 1.0,
            "AETERM": "Rash",
            "AESTDTC": "2025-02-01",
            "AEENDTC": "2025-02-09",
            "AESER": "N",
            "AETOXGR": "2",
        },
        {
            "DOMAIN": "AE",
            "AESEQ": 2.0,
            "AETERM": "Cough",
            "AESTDTC": "2025-02-11",
            "AEENDTC": "2025-02-19",
            "AESER": "N",
            "AETOXGR": "1",
        },
    ],
}


def write_dataset(folder: Path, name: str, records: list[Record]) -> None:
    """Write one dataset as XPT; STUDYID and USUBJID are filled in where a record leaves them out."""
    rows = [_OF_ONE | row for row in records]
    names = list(dict.fromkeys(key for row in rows for key in row))
    schema = {n: pl.Float64 if SDTM_NUMBERS.fullmatch(n) else pl.String for n in names}
    frame = pl.DataFrame({n: [row.get(n) for row in rows] for n in names}, schema=schema)
    write_xpt(Dataset(name.upper(), "", frame), folder / f"{name}.xpt")


def pin(project: Path) -> None:
    """Let the params of the cut have the hash of lock.json as it is."""
    path = project / f"params/cuts/{CUT}.yaml"
    kept = [line for line in path.read_text().splitlines() if not line.startswith("lock_sha256")]
    digest = hashlib.sha256((project / f"data/cuts/{CUT}/lock.json").read_bytes()).hexdigest()
    path.write_text("\n".join([*kept, f'lock_sha256: "{digest}"', ""]))


def relist(build: Path, file: str) -> None:
    """Let the manifest of a build have the hash of a file (from the project) as it is."""
    name = file.removeprefix(f"build/{build.name}/")
    recorded = json.loads((build / "manifest.json").read_text())
    recorded["outputs"][name] = hashlib.sha256((build / name).read_bytes()).hexdigest()
    (build / "manifest.json").write_text(json.dumps(recorded))


def lock(project: Path) -> None:
    """Lock the cut again as it is now."""
    (project / f"data/cuts/{CUT}/lock.json").unlink(missing_ok=True)
    write_lock(project / f"data/cuts/{CUT}", dt.date(2025, 7, 20), dt.date(2025, 6, 30))
    pin(project)


def write_study(folder: Path) -> Path:
    """Write the study: `folder/project`, and beside it `outside` with files that nothing of the study may touch."""
    project = folder / "project"
    outside = folder / "outside"
    outside.mkdir(parents=True)
    (outside / "secret.txt").write_text(CANARY)
    (outside / "secret.yaml").write_text(f"purpose: {CANARY}\n")
    (outside / "secret.qmd").write_text(f"{CANARY}\n")
    write_book(project / "book")
    build = write_build(project / "build" / CUT, CUT, datasets={"ADSL": pl.DataFrame({"USUBJID": ["1"]})})
    docx.Document().save(str(build / "sections/1-title-page.docx"))
    relist(build, f"build/{CUT}/sections/1-title-page.docx")
    cut = project / "data/cuts" / CUT
    transfer = project / "data/transfers/2025-07-15"
    for place in (cut, transfer):
        place.mkdir(parents=True)
        for name, records in RECORDS.items():
            write_dataset(place, name, records)
    texts = {
        "_quarto.yml": "project: {type: book}\n",
        "params/study.yaml": STUDY,
        "params/outputs.yaml": OUTPUTS,
        f"params/cuts/{CUT}.yaml": f"cutoff: {CUT}\npurpose: primary\n",
        "notebooks/20_pfs.ipynb": json.dumps(NOTEBOOK),
        "requirements.lock": "",
    }
    for name, text in texts.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    lock(project)
    return project


NOTEBOOK = {
    "cells": [
        {"cell_type": "code", "id": "parameters", "metadata": {"tags": ["parameters"]}, "source": 'cut = ""'}
        | {"outputs": [], "execution_count": None},
        {"cell_type": "code", "id": "t-14-2-1-1", "metadata": {}, "source": "#| label: t-14-2-1-1\n1 + 1"}
        | {"outputs": [], "execution_count": None},
    ],
    "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}
