"""Findings of the data check in the appendix: each with its record, long lists cut."""

import polars as pl

from analysis.cut.check import Problem
from analysis.tlf import data_handling
from tests.tlf.test_primary_pfs import context


def problem(rule: str, number: int) -> Problem:
    return Problem("warning", "AE", f"P{number}", number, "AETOXGR", rule, f"finding {number}")


def test_a_rule_with_many_findings_is_cut_and_says_so() -> None:
    names = ("USUBJID", "DATASET", "SEQ", "VARIABLE", "VALUE", "RULE", "TEXT")
    queries = pl.DataFrame([("P9", "DM", None, "DTHDTC", None, "death", "month unknown")], schema=names, orient="row")
    problems = [problem("MANY", n) for n in range(30)] + [problem("ONE", 99)]
    rows = [
        [cell.text for cell in row.cells] for row in data_handling.findings_table(context(), problems, queries).rows
    ]
    assert rows[1] == ["P0", "AE.AETOXGR", "0", "finding 0"]
    assert rows[21] == ["", "AE", "", "10 more by rule MANY: see csr check"]
    assert rows[22] == ["P99", "AE.AETOXGR", "99", "finding 99"]
    assert rows[24] == ["P9", "DM.DTHDTC", "", "missing: month unknown"]
    assert len(rows) == 25
