"""What `csr verify` says before it makes a build again, and after, on a tiny build made again by hand."""

import hashlib
import io
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from analysis import params
from analysis.audit import verify
from analysis.audit.recorded import read_manifest
from analysis.errors import CsrError, RenderError, VerifyError
from analysis.paths import Study
from analysis.pipeline import run
from tests.audit import tiny_project
from tests.audit.tiny_project import CUT
from tests.conftest import PROJECT


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Study, Path]:
    """A tiny project and its build; making it again gives a copy of the build as it is now."""
    study, build = tiny_project.make(tmp_path)
    again = Path(shutil.copytree(build, tmp_path / "again"))
    monkeypatch.setattr(verify, "_build_again", lambda *_: again)
    return study, build


def failure(study: Study, build: Path) -> list[str]:
    with pytest.raises(VerifyError) as error:
        verify.verify(study, build, lambda _: None)
    return str(error.value).splitlines()


def test_a_build_that_comes_out_the_same_is_verified(made: tuple[Study, Path]) -> None:
    said: list[str] = []
    study, build = made
    outputs = json.loads((build / "manifest.json").read_text())["outputs"]
    assert verify.verify(study, build, said.append) == len(outputs) + 1
    assert said[0] == f"{build}: its {len(outputs)} files match its manifest"


def test_what_was_changed_by_hand_is_told_cell_by_cell_after_the_rebuild(made: tuple[Study, Path]) -> None:
    study, build = made
    path = build / "tlf/t-14-2-1-1.json"
    path.write_text(path.read_text().replace('"A title"', '"Another title"'))
    (build / "extra.txt").write_text("x")
    (build / "csr.pdf").unlink()
    assert failure(study, build) == [
        f"{build}: changed since the run, its files are not those of its manifest:",
        "  csr.pdf: missing",
        "  extra.txt: not expected",
        "  tlf/t-14-2-1-1.json: differs",
        f"{build}: differs from the build made again (below, what it says -> what the second build says)",
        "  tlf/t-14-2-1-1.json: differs",
        "    Table 14.2.1.1, title: 'Another title' -> 'A title'",
        "  extra.txt: only in the first build",
        "  csr.pdf: only in the second build",
        "the second build is as this build's manifest says: what differs was changed after the run",
    ]


def test_a_number_changed_with_its_hash_in_the_manifest_is_found(made: tuple[Study, Path]) -> None:
    study, build = made
    path = build / "results.json"
    path.write_text(path.read_text().replace("9.46201232033", "9.9"))
    manifest = json.loads((build / "manifest.json").read_text())
    manifest["outputs"]["results.json"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (build / "manifest.json").write_text(json.dumps(manifest))
    found = failure(study, build)
    assert found[1] == "  manifest.json: differs"
    assert found[2].startswith("    output results.json: ")
    assert found[3:] == [
        "  results.json: differs",
        "    pfs.median of t-14-2-1-1, stat: '9.9 (printed 9.5)' -> '9.46201232033 (printed 9.5)'",
    ]


CHANGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "code changed": (lambda p: (p / "analysis/a.py").write_text("A = 2\n"), "  analysis/a.py: differs"),
    "code added": (lambda p: (p / "analysis/b.py").write_text(""), "  analysis/b.py: not expected"),
    "chapter lost": (lambda p: (p / "report/02.qmd").unlink(), "  report/02.qmd: missing"),
    "data changed": (lambda p: (p / f"data/cuts/{CUT}/dm.xpt").write_text("x"), "  dm.xpt: differs"),
    "lock changed": (lambda p: (p / f"data/cuts/{CUT}/lock.json").write_text("x"), "  lock.json: differs"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_other_code_or_data_are_named_and_nothing_is_made_again(
    made: tuple[Study, Path], change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, build = made
    spoil, line = CHANGES[change]
    spoil(study.project)
    (build / "csr.pdf").write_text("edited")
    monkeypatch.setattr(verify, "_build_again", None)
    found = failure(study, build)
    assert line in found
    assert "  csr.pdf: differs" in found
    assert found[-1] == f"{build}: not made again, since that would not be a comparison"
    assert any("in the build's package" in text for text in found) == ("data" not in change and "lock" not in change)


def test_other_packages_are_named(made: tuple[Study, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    study, build = made
    monkeypatch.setattr(
        verify.manifest, "software", lambda _: {"python": "CPython 3.99", "machine": "m", "packages": {"polars": "9.9"}}
    )
    found = failure(study, build)
    recorded = json.loads((build / "manifest.json").read_text())["software"]
    assert f"  polars: recorded {recorded['packages']['polars']}, here 9.9" in found
    assert f"  Python: recorded {recorded['python']}, here CPython 3.99" in found


def test_a_package_without_data_says_that_they_must_be_laid_in_place(made: tuple[Study, Path]) -> None:
    study, build = made
    (study.cut_dir(CUT) / "dm.xpt").unlink()
    assert "  dm.xpt: missing" in failure(study, build)
    (study.cut_dir(CUT) / "sub/ae.xpt").unlink()
    lay = "lay the 2 files that DATA.sha256 of a package without data names there, then verify"
    assert failure(study, build)[0] == f"{study.cut_dir(CUT)}: the data are not here: {lay}"


def test_another_engine_ends_with_exit_code_6(tmp_path: Path) -> None:
    study, build = tiny_project.make(tmp_path, engine={"name": "pandoc", "version": "0.1"})
    with pytest.raises(RenderError, match=r"rendered by pandoc 0\.1, which is needed to make it again; here is \d"):
        verify.verify(study, build, lambda _: None)


def test_a_manifest_that_is_none_is_told_so(made: tuple[Study, Path]) -> None:
    study, build = made
    (build / "manifest.json").write_text("{}")
    with pytest.raises(VerifyError, match="not as this version writes it"):
        verify.verify(study, build, lambda _: None)


@pytest.mark.parametrize("root", ["", "examples/x y"])
def test_the_second_build_is_made_of_copies_under_other_habits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: str
) -> None:
    study, build = tiny_project.make(tmp_path, root)
    seen: dict[str, Any] = {}

    @contextmanager
    def start(command: list[str], **options: object) -> Iterator[SimpleNamespace]:
        copy = Path(str(options["cwd"]))
        seen.update(options, command=command, files={p.relative_to(copy).as_posix() for p in copy.rglob("*.*")})
        yield SimpleNamespace(returncode=seen.get("code", 0), stderr=io.StringIO("what it said"))

    monkeypatch.setattr(verify, "child", start)
    folder = tmp_path / "elsewhere"
    recorded = read_manifest(build)
    again = verify._build_again(study, recorded, folder, None)
    place = Path("project", root)
    assert again == folder / place / "build" / CUT
    asked = ["run", CUT, "--params", str(folder / place / "params")]
    assert seen["command"] == [sys.executable, "-P", "-c", verify._CSR, *asked]
    chosen = {"CSR_ENGINE": "pandoc", "PYTHONPATH": str(folder / "project"), "TZ": "Asia/Kathmandu"}
    assert seen["env"].items() >= chosen.items()
    prefix = f"{root}/" if root else ""
    own = {f"{prefix}params/study.yaml", f"{prefix}data/cuts/{CUT}/dm.xpt", f"{prefix}data/cuts/{CUT}/lock.json"}
    assert own | {"_quarto.yml", "analysis/a.py", "requirements.lock", "params/outputs.yaml"} <= seen["files"]
    assert not {name for name in seen["files"] if "build/" in name or name == "README.md"}
    shutil.rmtree(folder)
    seen["code"] = 5
    with pytest.raises(CsrError, match="the second build failed with exit code 5:\nwhat it said"):
        verify._build_again(study, recorded, folder, None)


@pytest.mark.parametrize("asked", [None, "quarto"])
def test_a_run_takes_the_engine_that_verification_asks_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: str | None
) -> None:
    monkeypatch.delenv("CSR_ENGINE", raising=False)
    if asked:
        monkeypatch.setenv("CSR_ENGINE", asked)

    def start(command: list[str], **_: object) -> None:
        raise RuntimeError(json.loads(Path(command[-1]).read_text())["engine"])

    monkeypatch.setattr(run.subprocess, "Popen", start)
    chosen = params.load("2025-12-31", PROJECT / "params")
    content = {"date": "2026-01-20", "files": {}}
    with pytest.raises(RuntimeError, match=f"^{asked or chosen.report.engine}$"):
        run._compute(Study.open(project=PROJECT), chosen, content, tmp_path, [], lambda _: None)
