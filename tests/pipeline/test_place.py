"""A build appears whole or not at all."""

from pathlib import Path

import pytest

from analysis.errors import CsrError, ParamsError
from analysis.pipeline import place


def make(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(text)
    return folder


def test_publish_replaces_the_old_build(tmp_path: Path) -> None:
    target = make(tmp_path / "build/c", "old")
    with place.claimed(target) as work:
        place.publish(make(work / "new", "new"), target)
    assert (target / "manifest.json").read_text() == "new"
    assert sorted(p.name for p in target.parent.iterdir() if p.suffix != ".lock") == ["c"]


def test_a_failure_leaves_the_old_build(tmp_path: Path) -> None:
    target = make(tmp_path / "build/c", "old")

    def fail() -> None:
        with place.claimed(target) as work:
            make(work / "new", "new")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert (target / "manifest.json").read_text() == "old"
    assert not list(target.parent.glob(".c.work"))


def test_an_old_build_alone_is_moved_back(tmp_path: Path) -> None:
    target = tmp_path / "build/c"
    make(tmp_path / "build/.c.old", "old")  # killed between the two renames
    place.recover(target)
    assert (target / "manifest.json").read_text() == "old"


def test_a_place_that_is_not_a_build_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    for target in (tmp_path, tmp_path / "mine.txt"):
        with pytest.raises(ParamsError, match="is not a build"):
            place.claimed(target).__enter__()
    assert (tmp_path / "mine.txt").read_text() == "keep"
    (tmp_path / "empty").mkdir()
    with place.claimed(tmp_path / "empty"):
        pass


def test_a_second_run_names_the_first(tmp_path: Path) -> None:
    target = tmp_path / "build/c"
    message = r"another run of this build is at work \(process \d+ on "
    with place.claimed(target), pytest.raises(CsrError, match=message):
        place.claimed(target).__enter__()
