"""Any csr command on a build whose run was killed finds the old build under its hidden name, and moves it back."""

from pathlib import Path

import pytest

from analysis import cli
from analysis.pipeline import processes
from tests.audit import tiny_project
from tests.audit.tiny_project import CUT

PATH = f"build/{CUT}"


@pytest.mark.parametrize(
    "command",
    [
        ("list", CUT),
        ("list", PATH),
        ("pull", CUT, "all", "--out", "pulled"),
        ("verify", PATH),
        ("sign", PATH, "--key", "no.pem"),
        ("package", CUT),
        ("trace", CUT, "14.2.1.1"),
        ("diff", CUT, PATH),
        ("render", CUT),
        ("run", CUT),
    ],
    ids=" ".join,
)
def test_the_old_build_is_moved_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    """Whatever the command then says of the tiny build, which is none that it could work on to its end."""
    study, build = tiny_project.make(tmp_path)
    before = {path.name: path.read_bytes() for path in build.iterdir() if path.is_file()}
    build.rename(build.with_name(f".{CUT}.old"))
    build.with_name(f".{CUT}.work").mkdir()
    build.with_name(f".{CUT}.lock").touch()
    monkeypatch.chdir(study.project)
    monkeypatch.setattr(processes, "INTERRUPTS", ())
    cli.main(list(command))
    assert "no build" not in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in build.iterdir() if path.is_file()} == before
    assert {path.name for path in build.parent.iterdir() if path.name.startswith(f".{CUT}")} == {f".{CUT}.lock"}
