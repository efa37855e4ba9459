"""Hand-made datasets for the tests of the cut."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from analysis.cut.dataset import SDTM_NUMBERS, Dataset

STUDY = "NCT05075512"


def dataset(name: str, *records: Mapping[str, Any]) -> Dataset:
    """Return a dataset of records; STUDYID, DOMAIN and --SEQ are filled in where a record leaves them out."""
    domain = name[:2]
    linked = any("RDOMAIN" in record for record in records) and domain != "CO"
    numbered = name not in ("DM", "SV", "TS") and not linked
    rows = []
    for number, record in enumerate(records, 1):
        row: dict[str, Any] = {"STUDYID": STUDY} | ({} if linked else {"DOMAIN": domain})
        rows.append(row | ({f"{domain}SEQ": number} if numbered else {}) | dict(record))
    names = list(dict.fromkeys(key for row in rows for key in row))
    schema = {n: pl.Float64 if SDTM_NUMBERS.fullmatch(n) else pl.String for n in names}
    return Dataset(name, "", pl.DataFrame({n: [row.get(n) for row in rows] for n in names}, schema=schema))


def folder_of(*datasets: Dataset) -> dict[str, Dataset]:
    """Return datasets by name."""
    return {d.name: d for d in datasets}
