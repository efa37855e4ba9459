"""What `csr trace` finds and prints, of a made-up build (tests/audit/traced.py)."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from analysis.audit import trace_text
from analysis.audit.builds import Build, read_build
from analysis.audit.recorded import Manifest
from analysis.audit.trace import Material, columns_of, parameters_of, read_material
from analysis.errors import ParamsError
from tests.audit import traced
from tests.tiny_builds import write_build

DISPLAYS: dict[str, dict[str, Any]] = {
    "t-14-2-1-1": {"label": "Table 14.2.1.1", "title": "Progression-free\nsurvival", "rows": []},
    "t-11-4-1-1": {"rows": [{"cells": [{"result": None}, {"result": "pfs.median"}]}]},
    "l-16-2-7-1": {"rows": [{"cells": [{"result": None}]}]},
    "f-14-2-1-1": {},
}


@pytest.fixture
def material(tmp_path: Path) -> Material:
    return traced.material(tmp_path / "build")


def build_of(folder: Path, material: Material) -> Build:
    tiny = read_build(write_build(folder / "tiny", "2025-06-30"))
    manifest: Manifest = tiny.manifest.model_copy(update={"parameters": dict(material.parameters)})
    return replace(tiny, manifest=manifest, displays=DISPLAYS, results=tuple(material.results))


def lines(material: Material, folder: Path, key: str) -> list[str]:
    return [" ".join(line.split()) for line in trace_text.text(material, build_of(folder, material), key).splitlines()]


@pytest.mark.parametrize(
    ("wanted", "stat", "expected"),
    [
        ("pfs.median", None, ["pfs.median"]),
        ("14.2.1.1", None, ["pfs.n", "pfs.median"]),
        ("14.2.1.1", "median", ["pfs.median"]),
        ("Table 14.2.1.1", "n", ["pfs.n"]),
        ("t-14-2-1-1", "median", ["pfs.median"]),
        ("11.4.1.1", None, ["pfs.median"]),  # a short table's cells are another table's
        ("14.3.1.2", None, ["ae.nausea.n", "ae.nausea.n_pct", "t-14-3-1-2.3"]),
        ("t-14-3-1-2.3", None, ["t-14-3-1-2.3"]),
    ],
)
def test_an_id_means_its_results(material: Material, wanted: str, stat: str | None, expected: list[str]) -> None:
    assert trace_text.choose(material, DISPLAYS, wanted, stat) == expected


@pytest.mark.parametrize(
    ("wanted", "stat", "message"),
    [
        ("pfs.medain", None, "no such display or result in this build; near it: pfs.median"),
        ("nausea", None, "near it: ae.nausea.n, ae.nausea.n_pct"),
        ("99.9", None, "expected one such as 14.2.1.1, t-14-2-1-1 or pfs.median"),
        ("l-16-2-7-1", None, "a listing of records without results"),
        ("f-14-2-1-1", None, "a display without results"),
        ("14.2.1.1", "hr", "no result with the statistic 'hr'; it has such as n, median"),
    ],
)
def test_an_unknown_id_is_an_error_with_what_is_near(
    material: Material, wanted: str, stat: str | None, message: str
) -> None:
    with pytest.raises(ParamsError, match=message):
        trace_text.choose(material, DISPLAYS, wanted, stat)


def test_a_median_with_its_method_notebook_clause_risk_set_records_and_hashes(
    material: Material, tmp_path: Path
) -> None:
    found = lines(material, tmp_path, "pfs.median")
    assert found[:3] == ["pfs.median = 3.0", "PFS, Median, months", "Table 14.2.1.1 Progression-free survival"]
    for line in (
        "Population: Full analysis set",
        "Method: Kaplan-Meier, log-log 95% limits",
        "km.conf_type: log-log",
        "pfs.rule_set: fda",
        "Notebook: notebooks/20_pfs.ipynb, cell 2",
        "results = pfs()",
        "Records: 3 of the 3 records of ADTTE, of 3 patients",
        "where \"PARAMCD\" = 'PFS' AND \"FASFL\" = 'Y'",
        f"adam/adtte.parquet SHA-256 {material.files['ADTTE'].sha256}",
        "Risk set at 2.98973 months: at risk 2; event before 1; censored before 0",
        "The same in all: PARAMCD PFS; STARTDT 2025-01-01; FASFL Y",
        "<- RS 2 (RSDTC): RSSTRESC PD; RSDTC 2025-03-02",
        "<- DM (DTHDTC): DTHDTC 2025-04-01",
        "<- DS 1 (start of the time): DSDECOD ENROLLED",
        f"rs.xpt SHA-256 {material.files['RS'].sha256}",
    ):
        assert line in found, line
    # By time, with the state of each at the median.
    states = [line for line in found if line.startswith(("1 ABC", "2 ABC", "3 ABC"))]
    assert [state.split(";")[0] for state in states] == [
        "1 ABC-1-001 EVENT BEFORE",
        "2 ABC-1-003 EVENT AT THIS TIME",
        "3 ABC-1-002 AT RISK",
    ]
    assert "CNSR 1" in states[2]
    assert "CNSDTDSC Last adequate tumour assessment" in states[2]


def test_a_share_has_the_records_counted_and_the_patients_of_its_denominator(
    material: Material, tmp_path: Path
) -> None:
    found = lines(material, tmp_path, "ae.nausea.n_pct")
    assert "Records: 2 of the 3 records of ADAE, of 2 patients" in found
    assert "1 ABC-1-001 AESEQ 1" in found[found.index("where \"AEDECOD\" = 'Nausea'") :][3]
    start = found.index("Denominator: 3 of the 3 records of ADSL, of 3 patients")
    assert found[start + 3 : start + 6] == ["ABC-1-001", "ABC-1-002", "ABC-1-003"]


def test_without_the_data_of_the_cut_it_says_so(tmp_path: Path) -> None:
    material = traced.material(tmp_path / "build", cut=False)
    found = lines(material, tmp_path, "ae.nausea.n")
    assert any(line.startswith("The SDTM records are not shown: the data of the cut are not here") for line in found)
    assert not any(line.startswith("<-") for line in found)


def test_other_data_under_the_name_of_the_cut_are_not_shown(tmp_path: Path) -> None:
    material = traced.material(tmp_path / "build")
    again = read_material(
        tmp_path / "build", traced.RESULTS, {}, {}, tmp_path / "build/cut", {"ae.xpt": "0" * 64, "dm.xpt": "1" * 64}
    )
    assert material.sdtm
    assert not again.sdtm
    assert "are not those of this build: ae.xpt, dm.xpt" in again.without


def test_a_dataset_that_the_build_does_not_hold_is_said(tmp_path: Path) -> None:
    material = replace(traced.material(tmp_path / "build"), frames={})
    found = lines(material, tmp_path, "ae.nausea.n")
    assert "Records: of ADAE, which is not here" in found


def test_a_number_of_the_design_has_no_record(tmp_path: Path) -> None:
    material = traced.material(tmp_path / "build")
    designed = traced.result("design.n", 40, "40", where="FALSE", method="log-hazard formula")
    found = lines(replace(material, results=[designed]), tmp_path, "design.n")
    assert "Records: none; it follows from the parameters alone" in found
    assert "design.null_median: 5.8" in found


def test_control_characters_of_data_are_shown_as_such(tmp_path: Path) -> None:
    material = traced.material(tmp_path / "build")
    spoilt = traced.ADAE.with_columns(pl.lit("a\x1b[31mb").alias("AEDECOD"))
    changed = replace(material, frames={**material.frames, "ADAE": spoilt})
    text = trace_text.text(changed, build_of(tmp_path, changed), "t-14-3-1-2.3")
    assert "\x1b" not in text
    assert "AEDECOD a[U+001B][31mb" in text


def test_the_columns_shown_are_the_reasons_and_those_of_the_clause() -> None:
    clause = '"FASFL" = \'Y\' AND "AESEQ" > 1'
    assert columns_of("ADAE", clause, "", traced.ADAE) == ["USUBJID", "AESEQ", "AEDECOD", "FASFL"]


def test_the_parameters_are_those_of_the_method_and_of_the_dataset() -> None:
    parameters = traced.params().model_dump(mode="json")
    names = {name for name, _ in parameters_of(traced.RESULTS[0], parameters)}
    assert {"pfs.rule_set", "schedule.scan_interval_days"} <= names
    assert "km.conf_type" not in names  # a count has no curve
    of_event = parameters_of(traced.RESULTS[2], parameters)
    assert ("adverse_events.window_days", "30") in of_event
