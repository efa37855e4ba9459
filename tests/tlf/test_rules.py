"""The rules in words say what the parameters say, in the order of the derivations."""

from pathlib import Path

import polars as pl

from analysis import params
from analysis.adam import ae_rules
from analysis.tlf import rules
from analysis.tlf.context import Context
from tests.adam import build

PROJECT = Path(__file__).parents[2]


def context(**settings: object) -> Context:
    adam = {"ADSL": pl.DataFrame({"USUBJID": ["S-01"], "SAFFL": ["Y"]})}
    return Context(build.params(400, adverse_events=settings), params.load_catalogue(PROJECT / "params"), adam)


def said(**settings: object) -> list[tuple[str, ...]]:
    return [tuple(cell.text for cell in row.cells) for row in rules.emergent_table(context(**settings)).rows]


def test_every_rule_of_both_flags_is_shown_in_its_order() -> None:
    shown = said()
    names = [row[0] for row in shown if len(row) > 1]
    assert names == [rule.name for rule in (*ae_rules.EMERGENT, *ae_rules.REGISTERED)]
    assert [row[0] for row in shown if len(row) == 1] == [
        "Treatment-emergent (TRTEMFL)",
        "Registered window, from enrolment (REGTEMFL)",
    ]


def test_the_window_and_new_therapy_are_those_of_the_parameters() -> None:
    within = said(window_days=14)[7]
    assert within[:2] == ("WITHIN", "Y")
    assert within[2].startswith("Started from the first dose to 14 days after the last dose")
    assert "new anticancer therapy" not in within[2]
    assert "new anticancer therapy" in said(cut_at_new_therapy=True)[7][2]


def test_counting_rules_hold_the_values_of_the_parameters() -> None:
    found = rules.counting_rules(context(frequent_percent=5, not_related=["NO WAY"], dictionary="MedDRA 26").params)
    assert "5% of the patients" in found["Frequent terms"]
    assert "NO WAY" in found["Relatedness"]
    assert "MedDRA 26" in found["Terms"]
    table = rules.counting_table(context())
    assert [row.cells[0].text for row in table.rows] == list(found)
    assert not any("{" in row.cells[1].text for row in table.rows)
