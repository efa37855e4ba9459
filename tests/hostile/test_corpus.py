"""Every case of the corpus: the documented exit code, a message that names the place, and nothing else happens."""

import os
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from ruamel.yaml import YAML

from analysis import cli
from analysis.cli_shared import shown
from analysis.errors import CsrError
from tests.hostile import spoil, watch
from tests.hostile.study import CANARY, CUT, pin, relist, write_study

CASES = Path(__file__).with_name("cases")
LONGEST_S = 60
LONGEST_MESSAGE = 4000  # characters, where a case wants a short one: what it repeats of the input must be cut


@dataclass(frozen=True, kw_only=True)
class Case:
    """A row of the corpus: how the study is spoiled, what is run, and how it must end."""

    id: str
    run: list[str]
    code: int
    says: list[str]
    spoil: Any
    silent: str = CANARY
    short: bool = False
    not_as_root: bool = False
    pinned: bool = False
    relisted: bool = False
    programs: list[str] = field(default_factory=lambda: ["pandoc"])


def read_cases() -> Iterator[Case]:
    """The rows of all files; what stands at the head of a file holds for its rows that do not say otherwise."""
    for path in sorted(CASES.glob("*.yaml")):
        head = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
        rows = head.pop("cases")
        for row in rows:
            merged = {**head, **row}
            how = {key: merged.pop(key) for key in list(merged) if key in spoil.HOW}
            file = merged.pop("file", None)
            changes = merged.pop("spoil", [{"file": file, **how}] if how else [])
            yield Case(**{**merged, "id": f"{path.stem}: {row['id']}", "spoil": changes})


ALL = list(read_cases())


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study before it is spoiled; the first import of some packages tries where they may write, so it is here."""
    folder = tmp_path_factory.mktemp("sound")
    write_study(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder / "project")
        assert carry_out(["check", CUT], folder / "project") == 0
    return folder


def check_book(project: Path) -> int:
    """Check and read the staged book as a run does."""
    from analysis.report.lint import check
    from analysis.report.parse import book_ast
    from tests.report.small_book import CATALOGUE

    check(project / "book", CATALOGUE)
    book_ast(project / "book")
    return 0


def run_notebooks(project: Path) -> int:
    """Execute the notebooks as a run does."""
    from analysis import params
    from analysis.pipeline import notebooks

    catalogue = params.load_catalogue(project / "params")
    out = project.parents[1] / "executed"
    out.mkdir(exist_ok=True)
    for wave in notebooks.waves(project / "notebooks", [output.notebook for output in catalogue.values()]):
        notebooks.execute(wave, out, parameters={"cut": "x"}, cwd=project, done=lambda name: None, timeout_s=60)
    return 0


def read_results_of_tests(project: Path) -> int:
    """Read a record of tests as csr validate does."""
    from analysis.audit.validation import read_run

    read_run(project / "x.xml", project)
    return 0


STEPS = {
    "check the book": check_book,
    "run the notebooks": run_notebooks,
    "read results of tests": read_results_of_tests,
}


def carry_out(command: list[str], project: Path) -> int:
    """Run a csr command, or a step of a run that is too deep inside for one; return the exit code."""
    if command[0] not in STEPS:
        return cli.main([spoil.with_outside(word, project) for word in command])
    try:
        return STEPS[command[0]](project)
    except CsrError as error:
        print(shown(str(error)))
        return error.exit_code


@pytest.mark.parametrize("case", ALL, ids=[case.id for case in ALL])
def test_case(
    case: Case, sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    if case.not_as_root and os.geteuid() == 0:
        pytest.skip("root may read everything")
    shutil.copytree(sound, tmp_path / "all", symlinks=True)
    project = tmp_path / "all/project"
    spoil.apply(project, case.spoil)
    if case.pinned:
        pin(project)
    if case.relisted:
        relist(project / "build" / CUT, case.spoil[0]["file"])
    monkeypatch.chdir(project)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "executed"))
    (tmp_path / "executed").mkdir()
    monkeypatch.setattr("typer._click.utils.should_strip_ansi", lambda *_: False)  # as on a terminal
    before = watch.snapshot(tmp_path / "all")

    def too_long(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"still at work after {LONGEST_S} s")

    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(LONGEST_S)
    try:
        with watch.watched() as events:
            code = carry_out(case.run, project)
    finally:
        signal.alarm(0)
    said = "".join(capfd.readouterr())
    assert code == case.code, said
    for part in case.says:
        assert part in said
    assert "Traceback" not in said
    assert case.silent not in said
    assert not case.short or len(said) <= LONGEST_MESSAGE
    assert watch.snapshot(tmp_path / "all") == before
    assert watch.foreign(events, [project, tmp_path / "executed"], tuple(case.programs)) == []


def test_the_study_is_sound_before_it_is_spoiled(sound: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(sound / "project")
    for command in (["check", "2025-06-30"], ["check the book"], ["run the notebooks"], ["list", "2025-06-30"]):
        assert carry_out(command, sound / "project") == 0


def test_the_corpus_is_as_large_as_promised() -> None:
    assert len(ALL) >= 150
    assert len({case.id for case in ALL}) == len(ALL)
