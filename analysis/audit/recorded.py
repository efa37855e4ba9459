"""manifest.json of a finished build as other commands read it: whoever wrote it, it names only what it may name."""

import hashlib
import re
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ValidationError

from analysis import strict_json
from analysis.errors import ParamsError, VerifyError
from analysis.paths import CUT_NAME

_AT_MOST = 5  # files that a message names


def _cut_name(name: str) -> str:
    if not CUT_NAME.fullmatch(name):
        raise ValueError("no name of a cut")
    return name


def _within(name: str) -> str:
    if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts or not name or "\0" in name:
        raise ValueError("expected a path within its folder")
    return name


Sums = dict[Annotated[str, AfterValidator(_within)], str]


class Software(BaseModel):
    """The software that made a build, as its manifest names it."""

    python: str
    machine: str
    packages: dict[str, str]


class Step(BaseModel):
    """What a step of a run depended on (its name in words -> SHA-256), and the files of the build that hold it."""

    needs: dict[str, str]
    files: list[Annotated[str, AfterValidator(_within)]]


class Manifest(BaseModel):
    """What manifest.json of a build says (see analysis.audit.manifest)."""

    study: str
    cut: Annotated[str, AfterValidator(_cut_name)]
    cutoff: str
    purpose: str
    public: bool = False
    lock_sha256: str
    lock_date: str
    parameters: dict[str, Any]
    inputs: Sums
    code_version: str
    code: Sums
    software: Software
    engine: dict[str, str]
    steps: dict[str, Step] = {}
    outputs: Sums


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a build.

    Raises ParamsError where there is none, and VerifyError where it is not what this version writes.
    """
    path = folder / "manifest.json"
    if not path.is_file():
        raise ParamsError(f"{folder}: not a finished build: it holds no manifest.json")
    if path.is_symlink():
        raise VerifyError(f"{path}: a symbolic link; a build holds its files itself")
    return parse_manifest(path, path.read_bytes())


def parse_manifest(path: Path, content: bytes) -> Manifest:
    """A manifest of these bytes, which are of the file `path`; raises VerifyError as `read_manifest` does."""
    try:
        return Manifest.model_validate(strict_json.loads(content), strict=True)
    except ValidationError as error:
        found = error.errors()[:_AT_MOST]
        said = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}".removeprefix(": ") for e in found)
    except ValueError as error:
        said = f"Invalid JSON: {error}"
    raise VerifyError(f"{path}: not as this version writes it: {said}; make the build again")


def check_pieces(folder: Path) -> None:
    """Raise VerifyError where a section or display of a build is not as the manifest says, or is not in it."""
    listed = {n: d for n, d in read_manifest(folder).outputs.items() if re.match("(sections|tlf)/", n)}
    there = {p.relative_to(folder).as_posix(): p for name in ("sections", "tlf") for p in (folder / name).rglob("*")}
    wrong = [f"{folder / name}: missing, though the manifest names it" for name in listed.keys() - there.keys()]
    for name, path in there.items():
        if name not in listed and not path.is_dir():
            wrong.append(f"{path}: not in the manifest")
        elif path.is_symlink() or (name in listed and not path.is_file()):
            wrong.append(f"{path}: not a regular file")
        elif name in listed and hashlib.sha256(path.read_bytes()).hexdigest() != listed[name]:
            wrong.append(f"{path}: is not the file that the manifest names")
    if wrong:
        more = [f"and {len(wrong) - _AT_MOST} more"] if len(wrong) > _AT_MOST else []
        raise VerifyError("\n".join([*sorted(wrong)[:_AT_MOST], *more]))
