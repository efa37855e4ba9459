"""The index over the cuts is refreshed when a build of the study is in its place, and only then."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from analysis.errors import CsrError
from analysis.paths import Study
from analysis.pipeline import run
from analysis.report import cuts
from tests.tiny_builds import write_build

CHOSEN = cast(Any, SimpleNamespace(cut="first", study=SimpleNamespace(id="ABC-1")))


@pytest.fixture
def study(tmp_path: Path) -> Study:
    write_build(tmp_path / "build/first", "2025-06-30")
    return Study(tmp_path, tmp_path / "params")


def test_a_build_in_the_studys_folder_refreshes_the_index(study: Study) -> None:
    run._refresh_index(study, CHOSEN, study.root / "build/first")
    assert "There is one cut only, first" in (study.root / "build/index.html").read_text()
    write_build(study.root / "build/second", "2025-12-31")
    run._refresh_index(study, CHOSEN, study.root / "build/second")
    assert "From first to second" in (study.root / "build/index.html").read_text()


def test_a_build_put_elsewhere_leaves_no_index(study: Study, tmp_path: Path) -> None:
    other = write_build(tmp_path / "elsewhere/first", "2025-06-30")
    run._refresh_index(study, CHOSEN, other)
    assert not (other.parent / "index.html").exists()
    assert not (study.root / "build/index.html").exists()


def test_an_index_that_fails_is_an_error_that_says_the_build_is_there(study: Study) -> None:
    (study.root / "build/index.html").mkdir()
    target = study.root / "build/first"
    message = r"first: the build is finished and in its place, but not the index over the cuts: .*index\.html: Is a dir"
    with pytest.raises(CsrError, match=message) as error:
        run._refresh_index(study, CHOSEN, target)
    assert error.value.exit_code == 1
    assert (target / "manifest.json").is_file()


def test_an_unexpected_failure_is_said_the_same_way(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(folder: Path, study_id: str) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(cuts, "write_index", fail)
    with pytest.raises(CsrError, match="finished and in its place, but not the index over the cuts: division by zero"):
        run._refresh_index(study, CHOSEN, study.root / "build/first")
