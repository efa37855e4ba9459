"""Reading of the committed transfers for the tests; nothing here is shared with the program that made them."""

import datetime as dt
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from analysis.cut.dataset import Dataset, read_folder

FOLDER = Path(__file__).parents[2] / "data" / "transfers"
Record = dict[str, Any]


class Transfer:
    """The datasets of one transfer and its day."""

    def __init__(self, day: dt.date, datasets: dict[str, Dataset]) -> None:
        self.day = day
        self.datasets = datasets
        self.records = {name: dataset.frame.to_dicts() for name, dataset in datasets.items()}
        self.by_subject: dict[tuple[str, str], list[Record]] = defaultdict(list)
        for name, rows in self.records.items():
            for row in rows:
                self.by_subject[name, row.get("USUBJID") or ""].append(row)
        self.qualifiers = {
            (row["USUBJID"], row["IDVARVAL"], row["QNAM"]): row["QVAL"] for row in self.records["SUPPAE"]
        }

    def __getitem__(self, name: str) -> pl.DataFrame:
        return self.datasets[name].frame

    def rows(self, name: str, usubjid: str | None = None, **values: Any) -> list[Record]:
        """Records of a dataset, of one subject, with these values, in the order of the file."""
        found = self.records[name] if usubjid is None else self.by_subject[name, usubjid]
        return [row for row in found if all(row[variable] == value for variable, value in values.items())]

    def one(self, name: str, usubjid: str, **values: Any) -> Record:
        (row,) = self.rows(name, usubjid, **values)
        return row

    def qualifier(self, row: Record, name: str) -> str | None:
        """The supplemental qualifier of an adverse event."""
        return self.qualifiers.get((row["USUBJID"], f"{row['AESEQ']:g}", name))

    def enrolled(self) -> dict[str, dt.date]:
        """Day of enrolment by subject."""
        return {row["USUBJID"]: date(row["DSSTDTC"]) for row in self.rows("DS", DSDECOD="ENROLLED")}

    def responses(self, usubjid: str) -> list[Record]:
        """Overall responses of a subject in order."""
        found = self.rows("RS", usubjid, RSCAT="RECIST 1.1", RSTESTCD="OVRLRESP")
        return sorted(found, key=lambda row: row["RSDTC"])

    def last_dose(self, usubjid: str, drug: str | None = None) -> dt.date:
        """Last day of dosing of a drug, or of either."""
        found = [row for row in self.rows("EX", usubjid) if drug in (None, row["EXTRT"])]
        return max(date(row["EXENDTC"] or row["EXSTDTC"]) for row in found)


def date(text: str) -> dt.date:
    """A complete ISO 8601 date."""
    return dt.date.fromisoformat(text)


def full(text: str | None) -> dt.date | None:
    """A date where the text is complete, else None."""
    return date(text) if text is not None and len(text) == 10 else None


@cache
def read(folder: Path) -> Transfer:
    return Transfer(date(folder.name), read_folder(folder))
