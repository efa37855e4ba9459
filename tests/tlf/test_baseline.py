"""Demographics, disease and prior therapy, medical history and medication, on a few patients counted by hand."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from analysis import params
from analysis.adam.adsl import schema
from analysis.adam.resistance import SALVAGE
from analysis.results import Result
from analysis.tlf import baseline, history
from analysis.tlf.context import Context
from analysis.tlf.model import Row, Table

PROJECT = Path(__file__).parents[2]
PARAMS = params.load("2025-06-30", PROJECT / "params")
CATALOGUE = params.load_catalogue(PROJECT / "params")


def context(*patients: Mapping[str, Any], **datasets: pl.DataFrame) -> Context:
    """Patients A, B ... of every set with these variables of ADSL, and a screen failure."""
    flags = {"ENRLFL": "Y", "FASFL": "Y", "SAFFL": "Y"}
    rows = [{"USUBJID": chr(65 + place), **flags, **patient} for place, patient in enumerate(patients)]
    rows.append({"USUBJID": "X", "ENRLFL": "N", "FASFL": "N", "SAFFL": "N", "SEX": "M", "AGE": 99.0})
    adsl = pl.DataFrame(rows, schema=schema(PARAMS) | {"USUBJID": pl.String}, orient="row")
    empty = pl.DataFrame(
        schema=dict.fromkeys(("USUBJID", "FASFL", "PARAMCD", "ABLFL", "COMPLFL"), pl.String) | {"AVAL": pl.Float64}
    )
    return Context(PARAMS, CATALOGUE, {"ADSL": adsl, "ADTR": empty, **datasets})


def texts(rows: tuple[Row, ...] | list[Row]) -> list[tuple[str, ...]]:
    return [tuple(cell.text for cell in row.cells) for row in rows]


def shown(found: list[Result]) -> list[tuple[str, ...]]:
    return texts(baseline.characteristic_rows(found))


def of(context_: Context, characteristic: baseline.Characteristic) -> list[tuple[str, ...]]:
    return shown(characteristic.results(context_, baseline.DEMOGRAPHICS))


def test_categories_in_the_order_of_levels_then_what_nobody_foresaw_then_missing() -> None:
    c = context({"SEX": "F"}, {"SEX": "F"}, {"SEX": "UNDIFFERENTIATED"}, {"SEX": None})
    assert of(c, baseline.Categories("SEX", "Sex", {"F": "Female", "M": "Male"})) == [
        ("Sex",),
        ("Female", "2 (50.0)"),
        ("Male", "0"),
        ("Undifferentiated", "1 (25.0)"),
        ("Missing", "1 (25.0)"),
    ]


def test_numbers_are_shown_from_the_least_and_texts_by_frequency() -> None:
    c = context({"NETLINE": 2, "RACE": "WHITE"}, {"NETLINE": 0, "RACE": "ASIAN"}, {"NETLINE": 2, "RACE": "ASIAN"})
    assert of(c, baseline.Categories("NETLINE", "Lines")) == [("Lines",), ("0", "1 (33.3)"), ("2", "2 (66.7)")]
    assert of(c, baseline.Categories("RACE", "Race")) == [("Race",), ("Asian", "2 (66.7)"), ("White", "1 (33.3)")]


def test_capital_letters_inside_a_controlled_term() -> None:
    found = baseline.results(context({"RACE": "BLACK OR AFRICAN AMERICAN", "ETHNIC": None}), baseline.DEMOGRAPHICS)
    assert shown(found) == [("Race",), ("Black or African American", "1 (100.0)")]


def test_what_a_study_does_not_record_is_left_out() -> None:
    c = context({"SEX": "F"}, {"SEX": "F"})
    found = baseline.results(c, baseline.DEMOGRAPHICS)
    assert [row[0] for row in shown(found) if len(row) == 1] == ["Sex"]
    assert baseline.results(c, baseline.DISEASE) == []
    assert baseline.table(c, baseline.DISEASE, []).rows == ()


def test_flags_under_one_heading_with_those_of_whom_nothing_is_recorded() -> None:
    sites = ({"LIVERFL": "Y", "LUNGFL": "Y"}, {"LIVERFL": "N", "LUNGFL": "Y"}, {}, {"LIVERFL": "N", "LUNGFL": "N"})
    c = context(*sites)
    flags = (("LIVERFL", "Liver", "site.liver"), ("BONEFL", "Bone", "site.bone"), ("LUNGFL", "Lung", "site.lung"))
    assert of(c, baseline.Flags("Sites", flags)) == [
        ("Sites",),
        ("Liver", "1 (25.0)"),
        ("Lung", "2 (50.0)"),
        ("Missing", "1 (25.0)"),
    ]


def test_statistics_have_names_that_prose_can_cite() -> None:
    c = context({"AGE": 50.0, "ECOGBL": 1.0}, {"AGE": 60.0, "ECOGBL": 0.0}, {"AGE": 71.0, "ECOGBL": 1.0})
    of_name = {r.name: r.stat_fmt for r in baseline.results(c, baseline.DEMOGRAPHICS) if r.name}
    assert (of_name["age.median"], of_name["age.min"], of_name["age.max"]) == ("60.0", "50", "71")
    assert (of_name["ecog.1"], of_name["ecog.1_pct"]) == ("2", "66.7")


def test_the_sum_of_diameters_is_that_of_complete_baselines() -> None:
    adtr = pl.DataFrame(
        [
            ("A", "Y", "SUMDIAM", "Y", "Y", 50.0),
            ("A", "Y", "SUMDIAM", None, "Y", 30.0),
            ("B", "Y", "SUMDIAM", "Y", "N", 10.0),
            ("A", "Y", "LDIAM", "Y", None, 20.0),
        ],
        ["USUBJID", "FASFL", "PARAMCD", "ABLFL", "COMPLFL", "AVAL"],
        orient="row",
    )
    c = context({}, {}, ADTR=adtr)
    found = {r.name: r.stat for r in baseline.results(c, baseline.DISEASE)}
    assert (found["sum_of_diameters.n"], found["sum_of_diameters.mean"]) == (1, 50.0)
    assert baseline.table(c, baseline.DISEASE, baseline.results(c, baseline.DISEASE)).source.startswith(
        "Program: notebooks/11_baseline.ipynb. Source: ADSL, ADTR."
    )


def test_prior_therapy_names_the_rule_of_params_and_every_class() -> None:
    c = context({"RESTYPE": SALVAGE, "PRAIFL": "Y", "CDK46FL": "N", "NCTLINE": 1}, {"PRAIFL": "N", "CDK46FL": "N"})
    table = baseline.table(c, baseline.PRIOR_THERAPY, baseline.results(c, baseline.PRIOR_THERAPY))
    lines = texts(table.rows)
    assert ("Aromatase inhibitor", "1 (50.0)") in lines
    assert ("CDK4/6 inhibitor", "0") in lines
    assert ("Progression on salvage therapy", "1 (50.0)") in lines
    assert table.columns[1].label == "Anlotinib + fulvestrant\n(N = 2)"
    assert "at least 24 months" in " ".join(note.text for note in table.footnotes)


def test_every_where_clause_selects_the_records_behind_the_number() -> None:
    c = context({"SEX": "F", "MENOSTAT": "it's"}, {"SEX": None, "MENOSTAT": "<b>x</b>"}, {"SEX": "F"})
    counts = [r for r in baseline.results(c, baseline.DEMOGRAPHICS) if r.method == "number of patients"]
    assert len(counts) == 8  # two sexes and missing, four menopausal states and missing
    for result in counts:
        assert c.count(result.dataset, result.where) == result.stat


def admh(*records: tuple[str, str | None, str | None, str | None]) -> pl.DataFrame:
    """(patient, system organ class, term, present at the start of treatment); one record is of the disease itself."""
    rows = [(*record, "MEDICAL HISTORY", "Y") for record in records]
    rows.append(("A", None, "Breast cancer", "Y", "DISEASE HISTORY", "Y"))
    names = ["USUBJID", "MHBODSYS", "AMHDECOD", "MHENRFL", "MHCAT", "FASFL"]
    return pl.DataFrame(rows, dict.fromkeys(names, pl.String), orient="row")


def history_lines(*records: tuple[str, str | None, str | None, str | None]) -> list[tuple[str, ...]]:
    c = context({}, {}, {}, {}, ADMH=admh(*records))
    return texts(history.history_table(c, history.history_results(c)).rows)


def test_medical_history_counts_a_patient_once_for_each_term() -> None:
    assert history_lines(
        ("A", None, "Gout", "Y"),
        ("A", None, "Gout", "N"),
        ("B", None, "Gout", "N"),
        ("C", None, "Asthma", "Y"),
        ("B", None, None, "Y"),
    ) == [
        ("Patients with a condition", "3 (75.0)", "3 (75.0)"),
        ("Gout", "2 (50.0)", "1 (25.0)"),
        ("Asthma", "1 (25.0)", "1 (25.0)"),
        ("Not coded", "1 (25.0)", "1 (25.0)"),
    ]


def test_medical_history_by_system_organ_class_where_there_are_any() -> None:
    assert history_lines(
        ("A", "Vascular", "Gout", "Y"),
        ("B", "Joints", "Gout", "Y"),
        ("C", "Joints", "Gout", "N"),
        ("C", "Joints", "Arthritis", "N"),
    ) == [
        ("Patients with a condition", "3 (75.0)", "2 (50.0)"),
        ("Joints", "2 (50.0)", "1 (25.0)"),
        ("Gout", "2 (50.0)", "1 (25.0)"),
        ("Arthritis", "1 (25.0)", "0"),
        ("Vascular", "1 (25.0)", "1 (25.0)"),
        ("Gout", "1 (25.0)", "1 (25.0)"),
    ]


def test_no_medical_history() -> None:
    assert history_lines() == [("Patients with a condition", "0", "0")]


def medication_table(*records: tuple[str, str | None, str | None, str, str | None]) -> Table:
    """(patient, class, name, concomitant, group)."""
    names = ["USUBJID", "CMCLAS", "ACMDECOD", "CONCFL", "ACMGRP"]
    adcm = pl.DataFrame(records, dict.fromkeys(names, pl.String), orient="row")
    c = context({}, {}, {}, {"SAFFL": "N"}, ADCM=adcm.with_columns(SAFFL=pl.lit("Y")))
    return history.medication_table(c, history.medication_results(c))


def test_medication_by_group_and_generic_name() -> None:
    table = medication_table(
        ("A", None, "AMLODIPINE", "Y", "Antihypertensives"),
        ("A", None, "VALSARTAN", "Y", "Antihypertensives"),
        ("B", None, "AMLODIPINE", "Y", "Antihypertensives"),
        ("C", None, "AMLODIPINE", "N", "Antihypertensives"),
        ("C", None, "LEVOTHYROXINE", "N", "Thyroid hormone replacement"),
    )
    assert table.population == "Safety set (N = 3)"
    assert texts(table.rows) == [
        ("Patients with a medication", "2 (66.7)"),
        ("Groups of interest",),
        ("Antihypertensives", "2 (66.7)"),
        ("Thyroid hormone replacement", "0"),
        ("Ovarian function suppression", "0"),
        ("Generic name",),
        ("Amlodipine", "2 (66.7)"),
        ("Valsartan", "1 (33.3)"),
    ]


def test_medication_by_class_where_there_are_any() -> None:
    table = medication_table(("A", "Pain", "UREA", "Y", None), ("B", None, "UREA", "Y", None))
    assert [(row.cells[0].text, row.indent, row.kind) for row in table.rows[5:]] == [
        ("Pain", 0, "group"),
        ("Urea", 1, "data"),
        ("Not coded", 0, "group"),
        ("Urea", 1, "data"),
    ]


@pytest.mark.parametrize("output", [*baseline.CHARACTERISTICS])
def test_nothing_where_the_catalogue_leaves_it_out(output: str) -> None:
    c = context({"SEX": "F"})
    without = Context(c.params, {}, c.adam)
    assert baseline.results(without, output) == []
    assert history.history_results(without) == history.medication_results(without) == []
