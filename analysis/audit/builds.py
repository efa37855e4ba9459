"""A finished build as it is compared with others: its manifest, results, displays and analysis datasets.

Each file that is read must be the one that the build's manifest names.
"""

import hashlib
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import polars as pl

from analysis import strict_json
from analysis.audit.recorded import Manifest, read_manifest
from analysis.errors import VerifyError
from analysis.results import Result


@dataclass(frozen=True)
class Build:
    """A finished build. `displays` are the tlf/<id>.json by id, `datasets` the adam/<name>.parquet by NAME."""

    folder: Path
    manifest: Manifest
    results: tuple[Result, ...]
    displays: Mapping[str, Mapping[str, Any]]
    datasets: Mapping[str, pl.DataFrame]

    def parameter(self, key: str) -> Any:
        """The value of a dotted parameter, or None where the build has no such one."""
        value: Any = self.manifest.parameters
        for part in key.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        return value


def read_build(folder: Path) -> Build:
    """Read a finished build.

    Raises ParamsError where the folder is none, and VerifyError where a file that is read is missing, is not the one
    that the manifest names, or is not what this version writes.
    """
    manifest = read_manifest(folder)
    name = "results.json"
    try:
        results = tuple(Result(**row) for row in strict_json.loads(listed(folder, manifest, name)))
        displays = {}
        for name in _names(manifest, r"tlf/[tfl]-[\d-]+\.json"):
            displays[PurePosixPath(name).stem] = strict_json.loads(listed(folder, manifest, name))
        datasets = {}
        for name in _names(manifest, r"adam/\w+\.parquet"):
            frame = pl.read_parquet(io.BytesIO(listed(folder, manifest, name)))
            datasets[PurePosixPath(name).stem.upper()] = frame
    except (ValueError, TypeError, pl.exceptions.PolarsError) as error:
        raise VerifyError(f"{folder / name}: not as this version writes it: {error}; make the build again") from None
    return Build(folder, manifest, results, displays, datasets)


def _names(manifest: Manifest, pattern: str) -> list[str]:
    return sorted(name for name in manifest.outputs if re.fullmatch(pattern, name))


def listed(folder: Path, manifest: Manifest, name: str) -> bytes:
    """The bytes of a file of a build, which must be those that the manifest names."""
    try:
        content = (folder / name).read_bytes()
    except FileNotFoundError:
        raise VerifyError(f"{folder / name}: missing, though the manifest names it") from None
    if hashlib.sha256(content).hexdigest() != manifest.outputs.get(name):
        raise VerifyError(f"{folder / name}: is not the file that the manifest names: it was changed since the run")
    return content
