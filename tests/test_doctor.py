"""`csr doctor`: each check says ok where all is well, and what is wrong and to do where it is not."""

import importlib.metadata
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
from collections import namedtuple
from pathlib import Path

import pytest

from analysis import doctor
from analysis.doctor import Finding
from analysis.errors import CsrError
from analysis.paths import Study
from tests.conftest import PROJECT, csr

VERSION = sys.version_info


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """A project with nothing but what the checks read."""
    (tmp_path / "params").mkdir()
    (tmp_path / "_quarto.yml").touch()
    for name in ("pyproject.toml", "requirements.lock"):
        shutil.copy(PROJECT / name, tmp_path)
    return Study.open(project=tmp_path)


def test_this_machine_is_fit(capsys: pytest.CaptureFixture[str]) -> None:
    """It runs these tests. Every check has its line, in the order of CHECKS."""
    doctor.report(Study.open(project=PROJECT), print)
    *lines, last = [line for line in capsys.readouterr().out.splitlines() if "->" not in line]
    assert [line.split()[1] for line in lines] == list(doctor.CHECKS)
    assert last == "This machine is fit."
    by_name = {line.split()[1]: line for line in lines}
    assert f"{platform.python_version()}, {sys.executable}" in by_name["python"]
    assert "pandoc 3." in by_name["engines"]
    assert by_name["cuts"].endswith("2025-06-30, 2025-12-31")


def test_an_unfit_machine_is_exit_code_1_and_names_what_failed(tmp_path: Path) -> None:
    (tmp_path / "params").mkdir()
    (tmp_path / "_quarto.yml").touch()
    done = csr(tmp_path, "doctor", PYTHONPATH=str(PROJECT))
    assert done.returncode == 1
    assert "fail  packages   cannot be checked: FileNotFoundError" in done.stdout
    assert done.stderr.startswith("csr: this machine is not fit: python, packages")


def test_outside_a_project_it_is_a_bad_argument(tmp_path: Path) -> None:
    done = csr(tmp_path, "doctor", PYTHONPATH=str(PROJECT))
    assert (done.returncode, "_quarto.yml" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("implementation", "version", "level"),
    [
        ("CPython", (3, 11), "ok"),
        ("CPython", (3, 14), "ok"),
        ("CPython", (3, 10), "fail"),
        ("CPython", (3, 15), "fail"),
        ("PyPy", (3, 11), "fail"),
    ],
)
def test_python(
    implementation: str, version: tuple[int, int], level: str, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "python_implementation", lambda: implementation)
    monkeypatch.setattr(sys, "version_info", (*version, 0))
    finding = doctor.python(study)
    monkeypatch.undo()
    assert finding.level == level
    assert ("CPython 3.11 to 3.14 is needed" in finding.advice) is (level == "fail")


@pytest.mark.parametrize(
    ("machine", "cpu", "level", "said"),
    [
        ("x86_64", "flags : sse avx avx2 bmi\n", "ok", "with AVX2"),
        ("x86_64", "flags : sse avx\n", "warn", "without AVX2"),
        ("aarch64", "Features : fp asimd\n", "warn", "aarch64"),
    ],
)
def test_processor(
    machine: str, cpu: str, level: str, said: str, study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cpuinfo").write_text(cpu)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(doctor, "Path", lambda name: tmp_path / Path(name).name)
    finding = doctor.processor(study)
    assert (finding.level, said in finding.says) == (level, True)
    assert ("same bytes" in finding.advice) is (level == "warn")


def test_a_package_that_is_missing_or_of_another_version_is_named(study: Study) -> None:
    here = importlib.metadata.version("numpy")
    lines = ["numpy==0.1 \\", "    --hash=sha256:00", "no-such-thing==1.0", "typst==9 ; sys_platform == 'nowhere'"]
    (study.project / "requirements.lock").write_text("\n".join(lines) + "\n")
    finding = doctor.packages(study)
    said = f"numpy: {here} is installed, the lock has 0.1; no-such-thing: not installed, the lock has 1.0"
    assert finding == Finding("fail", "packages", said, "make report installs them into .venv; run csr from there")


def test_a_lock_is_read_for_this_platform_and_python(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        "first==1.0 \\\n    --hash=sha256:00\n"
        "second==2.0 ; sys_platform == 'nowhere' \\\n    --hash=sha256:00\n"
        "third-one==3.0rc1 ; python_full_version >= '3.11' \\\n    --hash=sha256:00\n"
    )
    path = study.project / "requirements.lock"
    path.write_text(text)
    assert doctor.locked(path) == {"first": "1.0", "third-one": "3.0rc1"}
    monkeypatch.setitem(sys.modules, "packaging.markers", None)
    assert doctor.locked(path) == {"first": "1.0"}


def test_what_packages_cannot_do_is_the_last_line_of_their_error(study: Study, tmp_path: Path) -> None:
    """The project's packages hide behind an empty one, as where an installation is broken."""
    for name, program in (("polars", "raise ImportError('libpolars is missing')"), ("typst", "1 / 0")):
        (tmp_path / f"{name}.py").write_text(program)
    shutil.copytree(PROJECT / "analysis", tmp_path / "analysis", ignore=shutil.ignore_patterns("__pycache__"))
    assert doctor.code(study) == Finding(
        "fail", "code", "ImportError: libpolars is missing", "make report installs packages"
    )
    finding = doctor.engines(study)
    assert (finding.level, finding.says) == ("fail", "ZeroDivisionError: division by zero")


def test_a_crash_of_a_package_is_a_failure_and_no_crash_of_the_doctor(study: Study, tmp_path: Path) -> None:
    (tmp_path / "typst.py").write_text("import os, signal; os.kill(os.getpid(), signal.SIGILL)")
    assert doctor.engines(study).says == "ended with -4"


def test_without_the_packages_of_the_command_itself_it_still_says_what_is_missing() -> None:
    """Python without site-packages, as before an installation."""
    command = [sys.executable, "-S", "-m", "analysis"]
    done = subprocess.run([*command, "doctor"], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "typer: not installed, the lock has " in done.stdout
    assert "-> make report installs them into .venv" in done.stdout
    assert done.stderr.splitlines()[-1].startswith("csr: this machine is not fit: packages")
    done = subprocess.run([*command, "list"], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "csr: No module named 'typer': packages are missing; python -m analysis doctor says which\n"


def test_a_command_whose_package_is_missing_points_to_the_doctor(project: Path) -> None:
    (project / "polars.py").write_text("raise ImportError('No module named polars')")
    done = csr(project, "check", "2025-12-31")
    assert done.returncode == 1
    assert done.stderr == "csr: No module named polars: packages are missing or broken; csr doctor says which\n"


@pytest.mark.parametrize(
    ("prints", "level", "said"),
    [
        ("echo 1.9.38", "ok", "quarto 1.9.38, "),
        ("echo 1.8.0", "warn", "does not start, or is older than 1.9"),
        ("exit 1", "warn", "does not start, or is older than 1.9"),
    ],
)
def test_quarto(prints: str, level: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "quarto"
    program.write_text(f"#!/bin/sh\n{prints}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    finding = doctor.quarto(Study.open(project=PROJECT))
    assert (finding.level, said in finding.says) == (level, True), finding


def test_fonts_that_are_missing_or_changed_are_named(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = Path(shutil.copytree(doctor.FONTS, tmp_path / "fonts"))
    monkeypatch.setattr(doctor, "FONTS", copy)
    assert doctor.fonts(study).level == "ok"
    (copy / "LiberationSans-Bold.ttf").unlink()
    with (copy / "LiberationMono-Regular.ttf").open("ab") as file:
        file.write(b"x")
    finding = doctor.fonts(study)
    said = "LiberationMono-Regular.ttf: not the file that was shipped; LiberationSans-Bold.ttf: missing"
    assert (finding.level, finding.says) == ("fail", said)


def test_every_shipped_font_has_its_hash() -> None:
    listed = {line.split()[1] for line in (doctor.FONTS / "SHA256SUMS").read_text().splitlines()}
    assert listed == {path.name for path in doctor.FONTS.glob("*.ttf")}


@pytest.mark.parametrize(("name", "said"), [("a:b", "':'"), ("a\nb", "'\\n'"), ("a b, \u00fc", None)])
def test_a_path_that_cannot_be_passed_on(name: str, said: str | None, tmp_path: Path) -> None:
    folder = tmp_path / name
    (folder / "params").mkdir(parents=True)
    finding = doctor.path(Study(folder, folder / "params"))
    assert finding.level == ("fail" if said else "ok")
    assert said is None or f"holds {said}" in finding.says


def test_a_folder_that_cannot_be_written_is_named(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    """Permissions do not hold for the superuser, so the refusal is made up."""
    (study.root / "data").mkdir()

    def refuse(dir: Path) -> None:
        if dir == study.root / "data":
            raise PermissionError(13, "Permission denied")
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    finding = doctor.writing(study)
    assert finding.level == "fail"
    assert f"{study.root}: Read-only file system; {study.root / 'data'}: Permission denied" in finding.says


def test_a_full_disk(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(900_000_000))
    finding = doctor.disk(study)
    assert finding.level == "fail"
    assert f"0.9 GB free at {study.root}" in finding.says
    assert "needs 1 GB" in finding.advice


def test_little_memory_is_a_warning(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sysconf", {"SC_PHYS_PAGES": 500_000, "SC_PAGE_SIZE": 4096}.__getitem__)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    finding = doctor.memory(study)
    assert (finding.level, finding.says) == ("warn", "2.0 GB, processors: 2")


def test_closed_sockets_are_a_failure_and_the_other_checks_go_on(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    chosen = {name: doctor.CHECKS[name] for name in ("sockets", "fonts")}
    monkeypatch.setattr(doctor, "CHECKS", chosen)
    said: list[str] = []
    with pytest.raises(CsrError, match=r"^this machine is not fit: sockets$"):
        doctor.report(study, said.append)
    assert said == [
        "fail  sockets    cannot be checked: PermissionError: [Errno 1] Operation not permitted",
        "ok    fonts      all 5 are the shipped ones",
    ]


def test_a_changed_cut_and_bad_parameters_are_named(project: Path) -> None:
    with (project / "data/cuts/2025-12-31/ae.xpt").open("ab") as file:
        file.write(b"x")
    finding = doctor.cuts(Study.open(project=project))
    assert finding.level == "fail"
    assert "2025-12-31" in finding.says
    assert "ae.xpt" in finding.says
    (project / "params/cuts/2025-06-30.yaml").write_text("cutoff: never\n")
    assert "2025-06-30.yaml: cutoff" in doctor.cuts(Study.open(project=project)).says


def test_tools_of_developers_are_optional(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "chromium" else f"/bin/{name}")
    finding = doctor.tools(study)
    assert (finding.level, finding.says.startswith("not here: chromium; tests that need them")) == ("ok", True)
