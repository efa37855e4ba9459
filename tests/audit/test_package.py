"""A tiny build packed: the same bytes twice, what is in it and what is not, and what is refused."""

import hashlib
import json
import os
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from analysis.audit import package as packing
from analysis.audit.package import package
from analysis.errors import ParamsError, VerifyError
from analysis.paths import Study
from tests.audit import tiny_project
from tests.audit.tiny_project import CUT, write

FOLDER = f"csr-ABC-1-{CUT}"


def quiet(_: str) -> None:
    """No progress."""


def pack(study: Study, build: Path, out: Path | None = None, *, data: bool = True) -> zipfile.ZipFile:
    return zipfile.ZipFile(package(study, build, out, data=data, progress=quiet))


def names(packed: zipfile.ZipFile) -> list[str]:
    """The members' names, less the folder that all of them are in."""
    folder = packed.namelist()[0].split("/")[0]
    assert all(name.startswith(f"{folder}/") for name in packed.namelist())
    return [name.removeprefix(f"{folder}/") for name in packed.namelist()]


def test_what_is_in_a_package(tmp_path: Path) -> None:
    study, build = tiny_project.make(tmp_path)
    write(study.project / "params/signers.yaml", "")
    write(build / "run.log.json", "{}")
    with pack(study, build) as packed:
        found = names(packed)
    assert Path(packed.filename or "") == build.parent / f"{FOLDER}.zip"
    assert (found[0], found[-1]) == ("README.txt", "MANIFEST.sha256")
    assert found[1:-1] == sorted(found[1:-1])
    outputs = json.loads((build / "manifest.json").read_text())["outputs"]
    assert set(found) == {
        "README.txt", "DATA.sha256", "MANIFEST.sha256", "Makefile",
        "project/_quarto.yml", "project/index.qmd", "project/analysis/a.py", "project/notebooks/20.ipynb",
        "project/report/02.qmd", "project/pyproject.toml", "project/requirements.lock",
        "project/requirements-dev.lock", "project/requirements-lab.lock", "project/params/study.yaml",
        "project/params/outputs.yaml", f"project/params/cuts/{CUT}.yaml", "project/params/signers.yaml",
        "project/README.md", "project/LICENSE", "project/Makefile", "project/environment.yml", "project/tools/venv.sh",
        "project/data/audit.jsonl", f"project/data/cuts/{CUT}/dm.xpt", f"project/data/cuts/{CUT}/sub/ae.xpt",
        f"project/data/cuts/{CUT}/lock.json", f"project/build/{CUT}/manifest.json",
        *(f"project/build/{CUT}/{name}" for name in outputs),
    }  # fmt: skip


def test_the_same_build_gives_the_same_bytes(tmp_path: Path) -> None:
    study, build = tiny_project.make(tmp_path)
    pack(study, build, tmp_path / "a.zip").close()
    for path in build.rglob("*"):
        os.utime(path, (10**9, 10**9))
    (study.project / "analysis/a.py").chmod(0o600)
    pack(study, build, tmp_path / "b.zip").close()
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.zip") as packed:
        assert {info.compress_type for info in packed.infolist()} == {zipfile.ZIP_STORED}
        assert {info.date_time for info in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_every_member_is_named_with_its_hash(tmp_path: Path) -> None:
    with pack(*tiny_project.make(tmp_path)) as packed:
        lines = packed.read(f"{FOLDER}/MANIFEST.sha256").decode().splitlines()
        listed = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
        assert [*listed, "MANIFEST.sha256"] == sorted(names(packed), key=lambda name: (name == "MANIFEST.sha256", name))
        for name, digest in listed.items():
            assert hashlib.sha256(packed.read(f"{FOLDER}/{name}")).hexdigest() == digest


def test_without_data_only_their_hashes_are_in_it(tmp_path: Path) -> None:
    with pack(*tiny_project.make(tmp_path), data=False) as packed:
        folder = f"{FOLDER}-no-data"
        assert Path(packed.filename or "").name == f"{folder}.zip"
        assert [name for name in names(packed) if "/data/cuts/" in name] == [f"project/data/cuts/{CUT}/lock.json"]
        lines = [f"{hashlib.sha256(b).hexdigest()}  project/data/cuts/{CUT}/{n}" for n, b in DATA.items()]
        assert packed.read(f"{folder}/DATA.sha256").decode().splitlines() == lines
        assert "are not in this package" in packed.read(f"{folder}/README.txt").decode()


DATA = {"dm.xpt": b"dm", "sub/ae.xpt": b"ae"}


def test_the_readme_says_what_it_is_and_the_two_commands(tmp_path: Path) -> None:
    with pack(*tiny_project.make(tmp_path)) as packed:
        text = packed.read(f"{FOLDER}/README.txt").decode()
    for part in (
        f"Clinical study report ABC-1, cut {CUT}",
        "MADE UP - no patients",
        f"    unzip {FOLDER}.zip\n    make -C {FOLDER} verify\n",
        "CPython 3.",
        "\n\nWhat is here\n",
    ):
        assert part in text
    assert "are not in this package" not in text


@pytest.mark.parametrize(
    ("root", "place", "build", "params"),
    [
        ("", "project", f"build/{CUT}", "params"),
        ("examples/x y", "project/examples/x y", f"'examples/x y/build/{CUT}'", "'examples/x y/params'"),
        ("../elsewhere", "study", f"../study/build/{CUT}", "../study/params"),
    ],
)
def test_a_study_lies_where_it_lay_or_beside_the_project(
    tmp_path: Path, root: str, place: str, build: str, params: str
) -> None:
    study, made = tiny_project.make(tmp_path, root)
    study = Study(study.project, study.params_dir.resolve())
    with pack(study, made.resolve()) as packed:
        found = names(packed)
        makefile = packed.read(f"{FOLDER}/Makefile").decode()
    for name in ("params/study.yaml", f"data/cuts/{CUT}/dm.xpt", f"build/{CUT}/csr.html"):
        assert f"{place}/{name}" in found
    assert "project/params/outputs.yaml" in found
    assert f"-m analysis verify {build} --params {params}\n" in makefile


def test_make_verify_runs_csr_verify_of_the_package(tmp_path: Path) -> None:
    study, build = tiny_project.make(tmp_path, "examples/x y")
    write(study.project / "Makefile", '.venv/run:\n\t@echo "with $$PYTHON"\n')
    with pack(Study(study.project, study.params_dir), build) as packed:
        packed.extractall(tmp_path / "un packed")
    folder = tmp_path / "un packed" / FOLDER
    python = folder / "project/.venv/bin/python"
    write(python, '#!/bin/sh\npwd\nprintf "%s\\n" "$@"\n')
    python.chmod(0o755)
    done = subprocess.run(
        ["make", "verify"], cwd=folder, capture_output=True, text=True, env={"PATH": os.environ["PATH"]}
    )
    version = json.loads((build / "manifest.json").read_text())["software"]["python"].split()[1]
    expected = [f"with python{version}", str(folder / "project"), "-m", "analysis", "verify"]
    assert done.stdout.splitlines() == [*expected, f"examples/x y/build/{CUT}", "--params", "examples/x y/params"]


REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "build": (lambda p: (p / f"build/{CUT}/csr.pdf").write_text("other"), "  csr.pdf: differs"),
    "code": (lambda p: (p / "analysis/a.py").write_text("A = 2\n"), "  analysis/a.py: differs"),
    "params": (lambda p: (p / "params/study.yaml").write_text("x: 1\n"), "  params/study.yaml: differs"),
    "data": (lambda p: (p / f"data/cuts/{CUT}/dm.xpt").write_text("x"), "  dm.xpt: differs"),
}


@pytest.mark.parametrize("change", REFUSED)
def test_a_build_of_other_bytes_or_other_code_is_not_packed(tmp_path: Path, change: str) -> None:
    study, build = tiny_project.make(tmp_path)
    spoil, line = REFUSED[change]
    spoil(study.project)
    with pytest.raises(VerifyError) as error:
        package(study, build, None, data=True, progress=quiet)
    assert str(error.value).splitlines()[0] == f"{build}: not packed"
    assert line in str(error.value).splitlines()
    assert not list(tmp_path.rglob("*.zip*"))


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", "a\\..\\x", "C:x", "a\n", "a//b", "./a"])
def test_no_name_leads_out_of_the_folder(name: str) -> None:
    with pytest.raises(VerifyError, match="no name for a file of a package"):
        packing._check_names(["good name.txt", name])


def test_names_of_a_forged_manifest_are_refused(tmp_path: Path) -> None:
    outside = hashlib.sha256(b"secret").hexdigest()
    write(tmp_path / "project/data/cuts/secret", "secret")
    study, build = tiny_project.make(tmp_path, inputs={"../secret": outside})
    with pytest.raises(VerifyError, match=r"inputs.../secret.*: .*expected a path within its folder"):
        package(study, build, None, data=True, progress=quiet)
    assert not list(tmp_path.rglob("*.zip*"))


def test_no_file_is_replaced_and_none_is_put_into_the_build(tmp_path: Path) -> None:
    study, build = tiny_project.make(tmp_path)
    write(tmp_path / "there.zip", "mine")
    for out, said in (
        (tmp_path / "there.zip", "is there already"),
        (build / "a.zip", "lies in the build"),
        (build, "lies in the build"),
        (tmp_path / "none/a.zip", "no such folder"),
    ):
        with pytest.raises(ParamsError, match=said):
            package(study, build, out, data=True, progress=quiet)
    assert (tmp_path / "there.zip").read_text() == "mine"


def test_a_file_that_changes_while_it_is_packed_leaves_no_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, build = tiny_project.make(tmp_path)
    monkeypatch.setattr(packing.verify, "changed_files", lambda *_: [])
    (build / "csr.pdf").write_text("other")
    with pytest.raises(VerifyError, match=r"csr\.pdf: changed while it was packed"):
        package(study, build, None, data=True, progress=quiet)
    assert not list(tmp_path.rglob("*.zip*"))
