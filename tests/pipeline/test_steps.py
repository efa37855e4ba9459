"""What a run makes again and what it takes from the build before, and that both give the same bytes."""

import hashlib
import random
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from analysis.audit.recorded import Step, read_manifest
from analysis.cut.dataset import read_folder, write_xpt
from analysis.pipeline.steps import Before, Parts, Steps, build_before, digest, parts
from tests.miniature import CUT, csr_mini
from tests.tiny_builds import write_build

CODE = {"analysis/a.py": "1", "analysis/b.py": "2", "report/02.qmd": "3", "params/outputs.yaml": "4"}
PARAMETERS = {"lock_sha256": "ab", "km": {"conf_type": "log-log", "conf_level": 0.95}}
SOFTWARE = {"python": "CPython 3.11", "machine": "Linux x86_64", "packages": {"polars": "1"}}
FILE = b"[1, 2]"


def before(folder: Path, needs: Mapping[str, str]) -> Before:
    """A build with one step, which made one file."""
    build = write_build(folder / "build", "2025-06-30", code=CODE, parameters=PARAMETERS, software=SOFTWARE)
    (build / "tlf/a.csv").write_bytes(FILE)
    found = read_manifest(build)
    found.outputs["tlf/a.csv"] = hashlib.sha256(FILE).hexdigest()
    found.steps["a step"] = Step(needs=dict(needs), files=["tlf/a.csv"])
    return Before(build, found)


def steps(folder: Path, now: Parts | None = None) -> Steps:
    """Steps of a run after a build whose step depended on today's parts and on ADSL."""
    today = parts(CODE, PARAMETERS, SOFTWARE)
    old = Steps(folder, today, None, "").needs(ADSL="x")
    return Steps(folder / "work", now or today, before(folder, old), "")


def test_a_step_that_depends_on_the_same_is_taken_over(tmp_path: Path) -> None:
    run = steps(tmp_path)
    assert run.keep("a step", run.needs(ADSL="x")) is None
    assert (tmp_path / "work/tlf/a.csv").read_bytes() == FILE
    assert run.made["a step"].files == ["tlf/a.csv"]


@pytest.mark.parametrize(
    ("others", "reason"),
    [
        ({"ADSL": "y"}, "ADSL changed"),
        ({"ADSL": "x", "ADAE": "z"}, "ADAE was not read"),
        ({}, "ADSL is no longer read"),
        ({"ADAE": "z"}, "ADSL is no longer read; ADAE was not read"),
    ],
)
def test_a_reason_names_the_data(tmp_path: Path, others: dict[str, str], reason: str) -> None:
    run = steps(tmp_path)
    assert run.keep("a step", run.needs(**others)) == reason
    assert not (tmp_path / "work").exists()


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (parts(CODE | {"analysis/b.py": "9"}, PARAMETERS, SOFTWARE), "code changed: analysis/b.py"),
        (
            parts({f"analysis/{name}.py": "9" for name in "abcde"}, PARAMETERS, SOFTWARE),
            "code changed: analysis/a.py, analysis/b.py, analysis/c.py and 2 more; "
            "parameters changed: params/outputs.yaml",
        ),
        (parts(CODE, PARAMETERS | {"km": {"conf_type": "log"}}, SOFTWARE), "km.conf_level, km.conf_type"),
        (parts(CODE | {"params/outputs.yaml": "9"}, PARAMETERS, SOFTWARE), "changed: params/outputs.yaml"),
        (parts(CODE, PARAMETERS, SOFTWARE | {"packages": {"polars": "2"}}), "packages changed: packages.polars"),
        (parts(CODE, PARAMETERS, SOFTWARE | {"python": "CPython 3.12"}), "packages changed: python"),
    ],
)
def test_a_reason_names_what_changed_for_all_steps(tmp_path: Path, now: Parts, reason: str) -> None:
    run = steps(tmp_path, now)
    found = run.keep("a step", run.needs(ADSL="x"))
    assert found is not None
    assert found.endswith(reason)


@pytest.mark.parametrize(
    "now",
    [
        parts(CODE | {"report/02.qmd": "9"}, PARAMETERS, SOFTWARE),  # chapters count for the report only
        parts(CODE, PARAMETERS | {"lock_sha256": "cd"}, SOFTWARE),  # the data count by their content
        parts(CODE, dict(reversed(PARAMETERS.items())), SOFTWARE),
    ],
)
def test_what_does_not_change_a_step(tmp_path: Path, now: Parts) -> None:
    run = steps(tmp_path, now)
    assert run.keep("a step", run.needs(ADSL="x")) is None


def test_abbreviations_are_in_the_displays() -> None:
    shas = {"report/abbreviations.yaml": "1", "study/report/abbreviations.yaml": "2", "report/04.qmd": "3"}
    assert list(parts(shas, {}, {})["code"]) == ["report/abbreviations.yaml", "study/report/abbreviations.yaml"]


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_bytes(b"[1, 3]")])
def test_a_file_that_was_touched_is_not_taken_over(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    run = steps(tmp_path)
    spoil(tmp_path / "build/tlf/a.csv")
    reason = run.keep("a step", run.needs(ADSL="x"))
    assert reason in ("tlf/a.csv of the build before is missing", "tlf/a.csv of the build before was changed")
    assert not (tmp_path / "work").exists()


def test_a_link_is_not_taken_over(tmp_path: Path) -> None:
    run = steps(tmp_path)
    path = tmp_path / "build/tlf/a.csv"
    path.rename(tmp_path / "a.csv")
    path.symlink_to(tmp_path / "a.csv")
    assert run.keep("a step", run.needs(ADSL="x")) == "tlf/a.csv of the build before is missing"


def test_nothing_is_taken_from_where_nothing_is(tmp_path: Path) -> None:
    assert build_before(tmp_path) is None
    run = Steps(tmp_path, parts(CODE, PARAMETERS, SOFTWARE), None, "--force")
    assert run.keep("a step", run.needs()) == "--force"
    assert steps(tmp_path).keep("another step", {}) == "the build before has no such step"


def test_digests_are_of_content() -> None:
    assert digest({"a": 1, "b": [2]}) == digest({"b": [2], "a": 1})
    assert len({digest(x) for x in ({"a": 1}, {"a": 2}, ["a", 1], "a", None)}) == 5


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1, (path, old)
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def _a_chapter(_: Path, study: Path) -> None:
    path = study / "report/12-safety.qmd"
    path.write_text(path.read_text(encoding="utf-8") + "\nOne more sentence.\n", encoding="utf-8")


def _a_notebook(_: Path, study: Path) -> None:
    _edit(
        study / "notebooks/20_efficacy_and_safety.ipynb",
        '"results = primary',
        '"# by hand\\n",\n    "results = primary',
    )


def _a_parameter(_: Path, study: Path) -> None:
    path = study / "params/study.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "\nkm: {conf_type: plain}\n", encoding="utf-8")


def _a_record(project: Path, study: Path) -> None:
    """An adverse event gets another severity; the cut is locked again and pinned."""
    cut = study / "data/cuts" / CUT
    ae = read_folder(cut)["AE"]
    worse = pl.when(pl.int_range(pl.len()) == 0).then(pl.lit("3")).otherwise(pl.col("AETOXGR")).alias("AETOXGR")
    write_xpt(replace(ae, frame=ae.frame.with_columns(worse)), cut / "ae.xpt")
    (cut / "lock.json").unlink()
    done = csr_mini(study, "lock", CUT, "--date", "2025-08-01", project=project)
    assert done.returncode == 0, done.stderr
    pin = study / "params/cuts" / f"{CUT}.yaml"
    kept = [line for line in pin.read_text(encoding="utf-8").splitlines() if not line.startswith("lock_sha256")]
    pin.write_text("\n".join([*kept, done.stdout.strip(), ""]), encoding="utf-8")


def _the_code(project: Path, _: Path) -> None:
    _edit(project / "analysis/tlf/primary_pfs.py", "test against a median", "test against the median")


def _a_file_of_the_build(_: Path, study: Path) -> None:
    next((study / "build" / CUT / "tlf").glob("t-*.csv")).write_text("edited", encoding="utf-8")


NOTEBOOK, CONTROL = "notebook 20_efficacy_and_safety", "notebook 90_quality_control"
# What is edited -> the steps that are made again for it, each with the words that say why.
EDITS: dict[Callable[[Path, Path], None], dict[str, str]] = {
    _a_chapter: {"report": "chapters changed"},
    _a_notebook: {NOTEBOOK: "notebooks/20_efficacy_and_safety.ipynb changed", "report": "notebooks changed"},
    _a_parameter: dict.fromkeys(("adam", NOTEBOOK, CONTROL, "report"), "parameters changed: km.conf_type"),
    _a_record: {"adam": "data changed", NOTEBOOK: "ADAE changed", CONTROL: "SDTM changed", "report": "lock changed"},
    _the_code: dict.fromkeys(("adam", NOTEBOOK, CONTROL, "report"), "code changed: analysis/tlf/primary_pfs.py"),
    _a_file_of_the_build: {NOTEBOOK: "of the build before was changed"},
}


@pytest.mark.slow
def test_a_rerun_makes_what_changed_and_its_bytes_are_those_of_a_fresh_run(mini: Path, tmp_path: Path) -> None:
    project, study = (Path(shutil.copytree(f, tmp_path / f.name)) for f in (mini.parent / "project", mini))
    edits = list(EDITS)
    random.Random(20251123).shuffle(edits)
    for edit in edits:
        edit(project, study)
        again = csr_mini(study, "run", CUT, project=project)
        assert again.returncode == 0, again.stderr
        made = {
            line.split(": ", 1)[1] for line in again.stdout.splitlines() if ", since " in line and "kept" not in line
        }
        assert {line.split(",")[0] for line in made} == EDITS[edit].keys(), (edit.__name__, again.stdout)
        for name, reason in EDITS[edit].items():
            assert any(line.startswith(f"{name}, since ") and reason in line for line in made), (name, reason, made)
        fresh = csr_mini(study, "run", CUT, "--out", str(tmp_path / edit.__name__), project=project)
        assert fresh.returncode == 0, fresh.stderr
        first, second = study / "build" / CUT, tmp_path / edit.__name__
        assert _contents(first) == _contents(second), edit.__name__


def _contents(build: Path) -> dict[str, str]:
    return {
        path.relative_to(build).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in build.rglob("*")
        if path.is_file() and path.name != "run.log.json"
    }


def test_a_run_with_nothing_to_do_says_so_and_touches_nothing(mini: Path) -> None:
    times = {path: path.stat().st_mtime_ns for path in (mini / "build" / CUT).rglob("*")}
    again = csr_mini(mini, "run", CUT, project=mini.parent / "project")
    assert again.returncode == 0
    assert "nothing to make: data, parameters, code, packages and engine are those of the build there" in again.stdout
    assert times == {path: path.stat().st_mtime_ns for path in (mini / "build" / CUT).rglob("*")}
