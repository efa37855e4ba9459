"""A finished build as it is compared with others: its manifest, results, displays and analysis datasets.

Each file that is read must be the one that the build's manifest names.
"""

import hashlib
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import polars as pl

from analysis.errors import ParamsError, VerifyError
from analysis.results import Result

_NEEDED = {
    **dict.fromkeys(("study", "cut", "cutoff", "purpose", "lock_date", "lock_sha256", "code_version"), str),
    **dict.fromkeys(("inputs", "code", "outputs", "software", "engine", "parameters"), dict),
}


@dataclass(frozen=True)
class Build:
    """A finished build. `displays` are the tlf/<id>.json by id, `datasets` the adam/<name>.parquet by NAME."""

    folder: Path
    manifest: Mapping[str, Any]
    results: tuple[Result, ...]
    displays: Mapping[str, Mapping[str, Any]]
    datasets: Mapping[str, pl.DataFrame]

    @property
    def cut(self) -> str:
        return str(self.manifest["cut"])


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a build.

    Raises ParamsError where there is none, and VerifyError where it cannot be read or lacks what a manifest names.
    """
    path = folder / "manifest.json"
    if not path.is_file():
        raise ParamsError(f"{folder}: not a finished build: it holds no manifest.json")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise VerifyError(f"{path}: not readable as JSON: {error}") from None
    known = found if isinstance(found, dict) else {}
    missing = [name for name, kind in _NEEDED.items() if type(known.get(name)) is not kind]
    if missing:
        raise VerifyError(f"{path}: lacks {', '.join(missing)}; made by an earlier version? Make the build again")
    return known


def read_build(folder: Path) -> Build:
    """Read a finished build.

    Raises ParamsError where the folder is none, and VerifyError where a file that is read is missing, is not the one
    that the manifest names, or is not what this version writes.
    """
    manifest = read_manifest(folder)
    name = "results.json"
    try:
        results = tuple(Result(**row) for row in json.loads(_listed(folder, manifest, name)))
        displays = {}
        for name in _names(manifest, r"tlf/[tfl]-[\d-]+\.json"):
            displays[PurePosixPath(name).stem] = json.loads(_listed(folder, manifest, name))
        datasets = {}
        for name in _names(manifest, r"adam/\w+\.parquet"):
            frame = pl.read_parquet(io.BytesIO(_listed(folder, manifest, name)))
            datasets[PurePosixPath(name).stem.upper()] = frame
    except (ValueError, TypeError, pl.exceptions.PolarsError) as error:
        raise VerifyError(f"{folder / name}: not as this version writes it: {error}") from None
    return Build(folder, manifest, results, displays, datasets)


def _names(manifest: Mapping[str, Any], pattern: str) -> list[str]:
    return sorted(name for name in manifest["outputs"] if re.fullmatch(pattern, name))


def _listed(folder: Path, manifest: Mapping[str, Any], name: str) -> bytes:
    """The bytes of a file of a build, which must be those that the manifest names."""
    try:
        content = (folder / name).read_bytes()
    except FileNotFoundError:
        raise VerifyError(f"{folder / name}: missing, though the manifest names it") from None
    if hashlib.sha256(content).hexdigest() != manifest["outputs"].get(name):
        raise VerifyError(f"{folder / name}: is not the file that the manifest names")
    return content
