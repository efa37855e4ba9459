"""manifest.json: SHA-256 of every input and output of a build, and the software that made it. No times, no paths."""

import hashlib
import importlib.metadata
import json
import platform
import re
import sys
from pathlib import Path
from typing import Any

from analysis.errors import VerifyError
from analysis.params import Params
from analysis.paths import Study

# Not in the manifest: itself, and the log of times and hosts, which may differ between two runs.
NOT_LISTED = ("manifest.json", "run.log.json")
_TEXTS = ("notebooks", "report", "index.qmd", "_quarto.yml")
_CODE = ("analysis", *_TEXTS, "pyproject.toml")
_LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-lab.lock", "requirements-dask.lock")


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files_below(folder: Path) -> list[Path]:
    """Every file of a folder, sorted by its path; caches and editors' leftovers are left out."""
    return sorted(
        p
        for p in folder.rglob("*")
        if p.is_file()
        and not any(part.startswith(".") or part == "__pycache__" for part in p.relative_to(folder).parts)
    )


def sums_of(build: Path) -> dict[str, str]:
    """SHA-256 of every file of a build that its manifest lists: relative POSIX path -> hexadecimal, sorted.

    Raises VerifyError where the build holds a symbolic link or anything else but files and folders.
    """
    found = {p.relative_to(build).as_posix(): p for p in sorted(build.rglob("*"))}
    for path in found.values():
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            what = "a symbolic link" if path.is_symlink() else "not a regular file"
            raise VerifyError(f"{path}: {what}; a build holds its files itself")
    return {name: sha256(p) for name, p in found.items() if p.is_file() and name not in NOT_LISTED}


def code_files(study: Study, cut: str) -> dict[str, Path]:
    """The code and texts a cut's build is made from: name in the manifest -> file.

    Another study's own are under `study/`. Of the cuts' parameters only the cut's own count: a later cut must not
    change what an earlier build was made from.
    """
    own = study.root != study.project
    trees = [
        # Another study leaves out what its catalogue lacks of the project's, which is therefore part of it.
        ("", study.project, (*_CODE, *_LOCKS, *(("params/outputs.yaml",) if own else ()))),
        ("study/" if own else "", study.root, (study.params_dir.name, *(_TEXTS if own else ()))),
    ]
    own_params = [study.params_dir / name for name in ("study.yaml", "outputs.yaml", f"cuts/{cut}.yaml")]
    found: dict[str, Path] = {}
    for prefix, root, names in trees:
        for name in names:
            path = root / name
            members = files_below(path) if path.is_dir() else [path] if path.is_file() else []
            members = [p for p in own_params if p.is_file()] if path == study.params_dir else members
            found |= {prefix + p.relative_to(root).as_posix(): p for p in members}
    return dict(sorted(found.items()))


def _packages(lock: Path) -> dict[str, str]:
    """Installed versions of the packages that requirements.lock names (development tools do not count)."""
    names = re.findall(r"^([A-Za-z0-9][\w.-]*)==", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)
    versions = {}
    for name in sorted(set(names)):
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # for another platform or Python version
    return versions


def software(study: Study) -> dict[str, Any]:
    """Python's minor version, the processor family and the packages."""
    return {
        "python": f"{platform.python_implementation()} {sys.version_info.major}.{sys.version_info.minor}",
        "machine": f"{platform.system()} {platform.machine()}",
        "packages": _packages(study.project / "requirements.lock"),
    }


def sums_of_code(study: Study, cut: str) -> dict[str, str]:
    """SHA-256 of each file of `code_files`."""
    return {name: sha256(path) for name, path in code_files(study, cut).items()}


def made_from(
    study: Study,
    params: Params,
    inputs: dict[str, str],
    engine: dict[str, str],
    lock_date: str,
    *,
    public: bool = False,
) -> dict[str, Any]:
    """Return what a manifest says of all that a build is made from. `inputs` are the lock's files and hashes.

    The parameters are in it as values too, so that two builds can say in which of them they differ.
    """
    code = sums_of_code(study, params.cut)
    version = hashlib.sha256("".join(f"{h}  {name}\n" for name, h in code.items()).encode()).hexdigest()
    return {
        "study": params.study.id,
        "cut": params.cut,
        "cutoff": params.cutoff.isoformat(),
        "purpose": params.purpose,
        "lock_sha256": params.lock_sha256,
        "lock_date": lock_date,
        "public": public,
        "synthetic": params.study.synthetic,
        "parameters": params.model_dump(mode="json"),
        "inputs": dict(sorted(inputs.items())),
        "code_version": version,
        "code": code,
        "software": software(study),
        "engine": engine,
    }


def write_manifest(manifest: dict[str, Any], build: Path) -> None:
    text = json.dumps(manifest, indent=1, ensure_ascii=False, sort_keys=True)
    (build / "manifest.json").write_text(text + "\n", encoding="utf-8")
