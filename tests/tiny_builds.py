"""Builds of a few small files, made by hand, for what reads finished builds."""

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

RESULT = {
    **dict.fromkeys(("group1", "group1_level", "group2", "group2_level", "group3", "group3_level"), None),
    **dict.fromkeys(("variable_level", "denominator_dataset", "denominator_where", "method"), None),
    "output": "t-14-2-1-1",
    "variable": "AVAL",
    "stat_name": "n",
    "stat_label": "Patients",
    "population": "fas",
    "dataset": "ADSL",
    "where": "TRUE",
}


def row(name: str | None, stat: float | str | None, printed: str, **other: Any) -> dict[str, Any]:
    """A row of results.json."""
    return {**RESULT, "name": name, "stat": stat, "stat_fmt": printed, **other}


def display(label: str, cutoff: str, *rows: str, **other: Any) -> dict[str, Any]:
    """What tlf/<id>.json holds of a table of one column."""
    cells = [{"cells": [{"text": text, "note": "", "result": None}], "indent": 0, "kind": "data"} for text in rows]
    source = f"Program: notebooks/20.ipynb. Source: ADSL. Data cut-off: {cutoff}. MADE UP."
    return {"label": label, "title": "A title", "population": "All (N = 2)", "rows": cells, "source": source, **other}


ROWS = (
    row("n.enrolled", 40, "40"),
    row("n.treated", 39, "39"),
    row("pfs.median", 9.46201232033, "9.5", stat_label="Median, months"),
    row("pfs.median_lower", 7.62, "7.6"),
    row("pfs.median_upper", None, "NE"),
    row("pfs.events", 29, "29"),
    row(None, 1, "1"),
)


def write_build(
    folder: Path,
    cutoff: str,
    *,
    results: Sequence[Mapping[str, Any]] = ROWS,
    displays: Mapping[str, Mapping[str, Any]] | None = None,
    datasets: Mapping[str, pl.DataFrame] | None = None,
    files: Mapping[str, bytes] | None = None,
    note: str = "MADE UP - no patients",
    **manifest: Any,
) -> Path:
    """Write a build of a cut that is named as its folder; `files` are more of its files, or others in their place."""
    displays = {"t-14-2-1-1": display("Table 14.2.1.1", cutoff, "one")} if displays is None else displays
    contents = {f"tlf/{name}.json": json.dumps({"id": name, **data}).encode() for name, data in displays.items()}
    contents |= {"results.json": json.dumps(list(results)).encode()}
    for name, frame in (datasets or {}).items():
        buffer = io.BytesIO()
        frame.write_parquet(buffer)
        contents[f"adam/{name.lower()}.parquet"] = buffer.getvalue()
    anchors = "".join(f"<p id='{name}'>{name}</p>" for name in displays)
    contents |= {"csr.html": f"<!DOCTYPE html><title>CSR</title>{anchors}".encode(), "csr.docx": b"x", "csr.pdf": b"x"}
    contents |= {"sections/1-title-page.docx": b"x"}
    contents |= files or {}
    for name, content in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    study = {"id": "ABC-1", "data_note": note, "treatments": [{"name": "anlotinib"}, {"name": "fulvestrant"}]}
    made = {
        "study": "ABC-1",
        "cut": folder.name,
        "cutoff": cutoff,
        "purpose": "update",
        "lock_sha256": "ab" * 32,
        "lock_date": "2025-07-20",
        "synthetic": True,
        "parameters": {"study": study, "km": {"conf_level": 0.95}},
        "inputs": {"dm.xpt": "1" * 64},
        "code_version": "cd" * 32,
        "code": {"analysis/a.py": "1" * 64, f"params/cuts/{folder.name}.yaml": "2" * 64},
        "software": {"python": "CPython 3.11", "machine": "Linux x86_64", "packages": {"numpy": "2.4.6"}},
        "engine": {"name": "pandoc", "version": "3.9"},
        "outputs": {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()},
    }
    (folder / "manifest.json").write_text(json.dumps(made | manifest))
    return folder
