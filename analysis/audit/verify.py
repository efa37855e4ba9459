"""`csr verify`: make a build again somewhere else, under another machine's habits, and compare every byte."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from analysis.audit import manifest
from analysis.errors import CsrError, RenderError, VerifyError
from analysis.paths import Study

# Habits of another machine that must not show in any output.
_HABITS = {
    "TZ": "Asia/Kathmandu",
    "LC_ALL": "C",
    "PYTHONHASHSEED": "4711",
    "OMP_NUM_THREADS": "2",
    "OPENBLAS_NUM_THREADS": "2",
}


def verify(study: Study, build: Path, progress: Callable[[str], None]) -> int:
    """Return the number of files that are the same; raise VerifyError that names each file that is not.

    First every file of the build against its manifest, then code, data and packages against the recorded ones, then
    a second build in another directory, HOME, time zone, locale, hash seed and thread count against the first.
    """
    recorded = json.loads((build / "manifest.json").read_text(encoding="utf-8"))
    _compare("the build and its manifest", recorded["outputs"], _hashes(build))
    progress(f"{build}: its {len(recorded['outputs'])} files match its manifest")

    code = manifest.code_files(study, recorded["cut"])
    _compare("the recorded code and this project's", recorded["code"], {n: manifest.sha256(p) for n, p in code.items()})
    cut = study.cut_dir(recorded["cut"])
    now = {name: manifest.sha256(cut / name) for name in recorded["inputs"] if (cut / name).is_file()}
    _compare("the recorded inputs and data/cuts", recorded["inputs"], now)
    _compare("the recorded software and this machine's", _flat(recorded["software"]), _flat(manifest.software(study)))

    with tempfile.TemporaryDirectory(prefix="csr verify ") as temporary:
        second = Path(temporary)
        engine = recorded["engine"]["name"]
        if engine == "quarto" and shutil.which("quarto") is None:
            raise RenderError(f"{build}: made with Quarto {recorded['engine']['version']}, which is not on the PATH")
        again = _build_again(study, recorded["cut"], code, second)
        _compare("the first and the second build", _hashes(build), _hashes(again))
        if (again / "manifest.json").read_bytes() != (build / "manifest.json").read_bytes():
            raise VerifyError("manifest.json differs between the first and the second build")
    return len(recorded["outputs"]) + 1


def _build_again(study: Study, cut: str, code: dict[str, Path], folder: Path) -> Path:
    """Copy code and data to another folder and run there with another machine's habits; return the second build."""
    project = folder / "project"
    own = (
        project / study.root.relative_to(study.project)
        if study.root.is_relative_to(study.project)
        else folder / "study"
    )
    for name, path in code.items():
        target = own / name.removeprefix("study/") if name.startswith("study/") else project / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    shutil.copytree(study.cut_dir(cut), own / "data/cuts" / cut)
    home = folder / "home"
    home.mkdir()
    environment = {**os.environ, **_HABITS, "HOME": str(home), "PYTHONPATH": str(project)}
    command = [sys.executable, "-P", "-m", "analysis", "run", cut, "--params", str(own / study.params_dir.name)]
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise CsrError(f"the second build failed with exit code {done.returncode}:\n{done.stderr.strip()}")
    return own / "build" / cut


def _hashes(build: Path) -> dict[str, str]:
    return {
        p.relative_to(build).as_posix(): manifest.sha256(p)
        for p in sorted(build.rglob("*"))
        if p.is_file() and p.relative_to(build).as_posix() not in manifest.NOT_LISTED
    }


def _flat(software: dict[str, Any]) -> dict[str, str]:
    return {**software["packages"], "Python": software["python"], "machine": software["machine"]}


def _compare(what: str, expected: dict[str, str], found: dict[str, str]) -> None:
    """Raise VerifyError that names every file that differs, is missing, or is there but not expected."""
    lines = [f"  {name}: differs" for name in expected if name in found and expected[name] != found[name]]
    lines += [f"  {name}: missing" for name in expected if name not in found]
    lines += [f"  {name}: not expected" for name in found if name not in expected]
    if lines:
        raise VerifyError("\n".join([f"{what} do not agree:", *sorted(lines)]))
