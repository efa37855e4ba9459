"""Parameters: what a wrong file is told."""

import datetime as dt
import shutil
from pathlib import Path

import pytest

from analysis import params
from analysis.errors import ParamsError

PROJECT = Path(__file__).parent.parent


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the project's params folder that a test may spoil."""
    return Path(shutil.copytree(PROJECT / "params", tmp_path / "params"))


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_demonstration_study_has_the_registered_design() -> None:
    p = params.load("2025-06-30", PROJECT / "params")
    assert (p.design.n, p.design.null_median, p.design.alternative_median) == (40, 5.8, 10)
    assert (p.design.alpha, p.design.power, p.design.sides) == (0.05, 0.8, 2)
    assert p.cutoff == dt.date(2025, 6, 30)
    assert p.purpose == "primary"
    assert p.schedule.gap_days == 126  # SAP: 2 x 56 + 2 x 7
    assert p.is_assumed("schedule.scan_interval_days")
    assert not p.is_assumed("design.null_median")


def test_cut_file_overrides_study_deeply_and_replaces_lists(folder: Path) -> None:
    with (folder / "cuts/2025-12-31.yaml").open("a") as f:
        f.write("km: {conf_type: log}\npfs: {landmarks_months: [6]}\n")
    p = params.load("2025-12-31", folder)
    assert (p.km.conf_type, p.km.conf_level) == ("log", 0.95)
    assert p.pfs.landmarks_months == [6]
    assert p.pfs.rule_set == "fda"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nonsense: 1\n", ["2025-12-31.yaml", "nonsense", "unknown key", "1"]),
        ("km: {conf_typ: log}\n", ["2025-12-31.yaml", "km.conf_typ", "unknown key"]),
        ("km: {conf_type: cloglog}\n", ["2025-12-31.yaml", "km.conf_type", "log-log", "cloglog"]),
        ('design: {alpha: "0.05"}\n', ["2025-12-31.yaml", "design.alpha", "number", "0.05"]),
        ("design: {alpha: 1.5}\n", ["2025-12-31.yaml", "design.alpha", "less than 1"]),
        ("design: {null_median: 12}\n", ["2025-12-31.yaml: design:", "alternative median must be longer"]),
        (
            "response: {minimum_sd_days: 50}\n",
            ["2025-12-31.yaml: response.minimum_sd_days:", "50, expected at most 49"],
        ),
        (
            "response: {cbr_days: 41}\n",
            ["2025-12-31.yaml: response.cbr_days:", "41, expected at least response.minimum_sd_days 42"],
        ),
        ("exposure: {rdi_limits: [90, 70]}\n", ["2025-12-31.yaml: exposure:", "rdi_limits must rise"]),
        ("exposure: {rdi_limits: []}\n", ["2025-12-31.yaml: exposure:", "rdi_limits must rise"]),
        ("adverse_events: {severity_grades: {MILD: 6}}\n", ["adverse_events.severity_grades.MILD", "5", "found 6"]),
        (
            "adverse_events: {special_interest: [{name: a, title: A, terms: [X]}, {name: a, title: B, terms: [Y]}]}\n",
            ["2025-12-31.yaml: adverse_events:", "special_interest names a grouping more than once"],
        ),
        (
            "patients: {sites: [{variable: LUNGFL, label: A, locations: [Lung]}, "
            "{variable: BONEFL, label: B, locations: [LUNG]}]}\n",
            ["2025-12-31.yaml: patients:", "locations of sites: LUNG more than once"],
        ),
        (
            "patients: {drug_classes: [{variable: PRAI, label: A, drugs: [X]}]}\n",
            ["2025-12-31.yaml: patients.drug_classes.0.variable", "PRAIFL", "found 'PRAI'"],
        ),
        ("pfs: {landmarks_months: [6, 3]}\n", ["2025-12-31.yaml: pfs.landmarks_months:", "must rise"]),
        ("pfs: {sensitivity_sets: [ema, ema]}\n", ["2025-12-31.yaml: pfs.sensitivity_sets:", "more than once"]),
        ("lock_sha256: abc\n", ["lock_sha256", "pattern"]),
        ("km: {conf_level: .inf}\n", ["km.conf_level"]),
        ("transfer: 2025-13-31\n", ["2025-12-31.yaml", "month must be in 1..12"]),
        ("report: {engine: no}\n", ["report.engine", "'no'"]),  # YAML 1.2: no is a text, not False
    ],
)
def test_a_wrong_value_is_named_with_its_file(folder: Path, text: str, expected: list[str]) -> None:
    path = folder / "cuts/2025-12-31.yaml"
    kept = [line for line in path.read_text().splitlines() if not line.startswith("lock_sha256")]
    path.write_text("\n".join(kept) + "\n" + text)
    with pytest.raises(ParamsError) as error:
        params.load("2025-12-31", folder)
    for part in expected:
        assert part in str(error.value)


def test_duplicate_key_is_refused(folder: Path) -> None:
    with (folder / "cuts/2025-12-31.yaml").open("a") as f:
        f.write("purpose: update\n")
    with pytest.raises(ParamsError, match=r"2025-12-31\.yaml.*duplicate key"):
        params.load("2025-12-31", folder)


def test_second_primary_cut_is_refused(folder: Path) -> None:
    spoil(folder / "cuts/2025-12-31.yaml", "purpose: update", "purpose: primary")
    with pytest.raises(ParamsError, match="at most one cut may be primary"):
        params.load("2025-06-30", folder)


def test_unknown_cut_lists_the_known_ones(folder: Path) -> None:
    with pytest.raises(ParamsError, match="known cuts: 2025-06-30, 2025-12-31"):
        params.load("2024-01-01", folder)


def test_yaml_1_2_reads_exponents_as_numbers(folder: Path) -> None:
    with (folder / "cuts/2025-12-31.yaml").open("a") as f:
        f.write("design: {alpha: 1e-2}\n")
    assert params.load("2025-12-31", folder).design.alpha == 0.01


def test_catalogue_refuses_an_id_listed_twice(folder: Path) -> None:
    path = folder / "outputs.yaml"
    path.write_text(path.read_text() + path.read_text().split("outputs:\n")[1])
    with pytest.raises(ParamsError, match=r"ids listed more than once: .*t-14-2-1-1"):
        params.load_catalogue(folder)


def test_schemas_in_the_repository_are_current() -> None:
    for name, text in params.json_schemas().items():
        assert (PROJECT / "params/schemas" / name).read_text(encoding="utf-8") == text, "run: make schemas"


def test_pfs_from_the_first_dose_is_shown_for_the_safety_set(folder: Path) -> None:
    with (folder / "cuts/2025-12-31.yaml").open("a") as f:
        f.write("pfs: {start: first_dose}\n")
    shown = params.catalogue_of(params.load("2025-12-31", folder), folder)
    assert (shown["t-14-2-1-1"].population, shown["f-14-2-1-1"].population) == ("safety", "safety")
    assert shown["t-14-1-1-1"].population == "enrolled"
    assert params.catalogue_of(params.load("2025-06-30", folder), folder)["t-14-2-1-1"].population == "fas"


def test_switching_the_primary_set_alone_is_enough(folder: Path) -> None:
    with (folder / "cuts/2025-12-31.yaml").open("a") as f:
        f.write("pfs: {rule_set: ema}\n")
    assert params.load("2025-12-31", folder).pfs.other_sets == ["fda_uniform_dates", "fda_investigator"]
