"""A build appears whole or not at all."""

import subprocess
import sys
from pathlib import Path

import pytest

from analysis.errors import CsrError, Interrupted, ParamsError
from analysis.pipeline import place
from tests.conftest import PROJECT


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


KILLED = """
import os, shutil, sys
from pathlib import Path
from analysis.pipeline import place
target, at = Path(sys.argv[1]), int(sys.argv[2])
calls = iter(range(100))
def dying(real, before):
    def call(*arguments, **options):
        number = next(calls)
        if number == at:
            before(*arguments)
            os._exit(9)
        return real(*arguments, **options)
    return call
with place.claimed(target) as work:
    new = work / "build"
    shutil.copytree(sys.argv[3], new)
    Path.rename = dying(Path.rename, lambda *_: None)
    shutil.rmtree = dying(shutil.rmtree, lambda folder, *_: (Path(folder) / "manifest.json").unlink())
    place.publish(new, target)
    next(calls) == at and os._exit(9)
"""


@pytest.mark.parametrize(
    ("at", "kept"), [(0, "old"), (1, "old"), (2, "new"), (3, "new")], ids=["before", "between", "deleting", "after"]
)
def test_a_run_killed_while_it_publishes_leaves_one_whole_build(tmp_path: Path, at: int, kept: str) -> None:
    """Before the first rename, between the two, while the old build is deleted, and before the work folder is."""
    target, new = make(tmp_path / "build/c", "old"), make(tmp_path / "new", "new")
    command = [sys.executable, "-c", KILLED, str(target), str(at), str(new)]
    done = subprocess.run(command, env={"PYTHONPATH": str(PROJECT)}, capture_output=True, text=True, check=False)
    assert done.returncode == 9, done.stderr
    assert (target.parent / ".c.work").exists()
    place.recover(target)
    assert (target / "manifest.json").read_text() == kept
    assert sorted(p.name for p in target.parent.iterdir()) == [".c.lock", "c"]


def test_an_interrupt_between_the_renames_brings_the_old_build_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = make(tmp_path / "build/c", "old")
    rename = Path.rename

    def interrupted(path: Path, to: Path) -> Path:
        if path.name == "new":
            raise Interrupted
        return rename(path, to)

    monkeypatch.setattr(Path, "rename", interrupted)

    def publish() -> None:
        with place.claimed(target) as work:
            place.publish(make(work / "new", "new"), target)

    with pytest.raises(Interrupted):
        publish()
    assert (target / "manifest.json").read_text() == "old"
    assert sorted(p.name for p in target.parent.iterdir()) == [".c.lock", "c"]


def test_every_build_of_a_folder_is_recovered_but_those_at_work(tmp_path: Path) -> None:
    folder = tmp_path / "build"
    for name in (".a.old", "b", ".b.old", ".b.work", ".c.work"):
        make(folder / name, name)
    for name in "abcd":
        (folder / f".{name}.lock").touch()
    (folder / ".d.running.json").write_text("{")
    at_work = make(folder / "e", "e")
    with place.claimed(at_work) as work:
        place.recover_all(folder)
        assert work.is_dir()
    found = {p.name: (p / "manifest.json").read_text() for p in folder.iterdir() if p.is_dir()}
    assert found == {"a": ".a.old", "b": "b", "e": "e"}
    assert not list(folder.glob("*.json"))


def test_what_no_run_has_left_is_left_alone(tmp_path: Path) -> None:
    for name in (".a.work", ".b.old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "mine.txt").touch()
    for name in "ab":
        place.recover(tmp_path / name)
    place.recover_all(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == [".a.work", ".b.old"]


def test_a_second_run_is_refused_where_the_first_has_not_said_who_it_is(tmp_path: Path) -> None:
    target = make(tmp_path / "build/c", "old")
    with place.claimed(target):
        (target.parent / ".c.running.json").write_text("")
        with pytest.raises(CsrError, match=r"another run of this build is at work$"):
            place.claimed(target).__enter__()


HOLDER = """
import sys, time
from pathlib import Path
from analysis.pipeline import place
with place.claimed(Path(sys.argv[1]), "job 1"):
    print("held", flush=True)
    time.sleep(600)
"""


def test_another_attempt_at_the_same_job_waits_for_the_first_to_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A killed one has let go at once, and leaves what the next one clears up. No other job is waited for."""
    target = tmp_path / "build/c"
    naps: list[float] = []
    monkeypatch.setattr("time.sleep", naps.append)
    command = [sys.executable, "-c", HOLDER, str(target)]
    with subprocess.Popen(command, env={"PYTHONPATH": str(PROJECT)}, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        place.wait_for_attempt(target, "job 2", seconds=600)
        assert naps == []
        place.wait_for_attempt(target, "job 1", seconds=0)
        with pytest.raises(CsrError, match="another run of this build is at work"):
            place.claimed(target, "job 1").__enter__()
        first.kill()
    naps.clear()
    place.wait_for_attempt(target, "job 1", seconds=600)
    assert naps == [1]  # for processes that the first one had started
    with place.claimed(target, "job 1") as work:
        assert list(work.iterdir()) == []
    place.wait_for_attempt(target, "job 1", seconds=600)  # nobody's note is left
    assert naps == [1]
