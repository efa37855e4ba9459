"""The lock of a cut: lock.json holds a SHA-256 for every other file, and params hold the SHA-256 of lock.json."""

import datetime as dt
import hashlib
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from analysis import strict_json
from analysis.errors import LockError, ParamsError

LOCK_FILE, CUT_FILE = "lock.json", "cut.json"
Record = Callable[[dict[str, Any]], None]
"""Appends an event to the audit log (analysis/audit/log.py)."""
SHA256 = re.compile(r"[0-9a-f]{64}")


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sums_sha256(sums: dict[str, str]) -> str:
    """One SHA-256 for many files, of the lines that `sha256sum *` prints in their folder (name -> SHA-256)."""
    return hashlib.sha256("".join(f"{sums[name]}  {name}\n" for name in sorted(sums)).encode()).hexdigest()


def folder_sha256(folder: Path) -> str:
    """One SHA-256 for the files of a folder and its subfolders (see `sums_sha256`)."""
    return sums_sha256({p.relative_to(folder).as_posix(): sha256(p) for p in folder.rglob("*") if p.is_file()})


def write_cut_file(folder: Path, cutoff: dt.date, transfer: str) -> None:
    """Write cut.json, in which a cut says what it is: its data cut-off and the name of its transfer."""
    (folder / CUT_FILE).write_text(_canonical({"cutoff": cutoff.isoformat(), "transfer": transfer}), encoding="utf-8")


def write_lock(folder: Path, date: dt.date, cutoff: dt.date | None = None, record: Record | None = None) -> str:
    """Write lock.json over every other file of a cut, and return the pin: the SHA-256 of lock.json.

    Every file counts, hidden ones and those of subfolders too. `cutoff` is what params say; it must agree with
    cut.json, and stands alone in a folder that csr cut did not write. `record` logs the lock before lock.json is
    written, so that no lock is without its line. Raises LockError where neither says the cut-off
    or they differ, and where the folder holds a symbolic link or anything else but files and folders; ParamsError for
    a date before the cut-off, when the data could not be complete.
    """
    if not folder.is_dir():
        raise LockError(f"{folder}: no such cut")
    try:
        found = _files(folder)
        day = _cutoff(folder, cutoff)
        if date < day:
            raise ParamsError(f"{folder}: the date of the lock {date} is before the data cut-off {day}")
        files = {name: sha256(path) for name, path in found.items()}
        content = {"cut": folder.name, "cutoff": day.isoformat(), "date": date.isoformat(), "files": files}
        path = folder / LOCK_FILE
        text = _canonical(content)
        pin = hashlib.sha256(text.encode()).hexdigest()
        if record:
            record({"kind": "lock"} | {k: v for k, v in content.items() if k != "files"} | {"lock_sha256": pin})
        path.write_text(text, encoding="utf-8")
        return pin
    except OSError as error:
        raise LockError(f"{error.filename}: cannot be locked: {error.strerror}") from None


def verify_lock(folder: Path, pin: str | None) -> dict[str, Any]:
    """Return lock.json's content if it matches its pin and every file of the folder matches lock.json.

    Raises LockError, naming every file that changed, is missing or was added.
    """
    path = folder / LOCK_FILE
    if not folder.is_dir():
        raise LockError(f"{folder}: no such cut")
    if path.is_symlink() or not path.is_file():
        raise LockError(f"{path}: no such file; the cut is not locked (csr lock {folder.name} locks it)")
    if pin is None:
        raise LockError(f"{path}: not pinned; expected lock_sha256 in the cut's params (csr lock prints it)")
    try:
        raw = path.read_bytes()
        found = hashlib.sha256(raw).hexdigest()
        if found != pin:
            raise LockError(f"{path}: has SHA-256 {found}, expected {pin} as pinned in the cut's params")
        content = _parse(path, raw)
        _compare(folder, content["files"])
    except OSError as error:
        raise LockError(f"{error.filename}: cannot be read: {error.strerror}") from None
    return content


def _canonical(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=True, indent=1, sort_keys=True) + "\n"


def _files(folder: Path) -> dict[str, Path]:
    """Return every file of the folder except lock.json: relative POSIX path -> path, sorted."""
    found: dict[str, Path] = {}

    def fail(error: OSError) -> None:
        raise error

    for parent, folders, names in os.walk(folder, onerror=fail):
        for name in (*folders, *names):
            path = Path(parent, name)
            if path.is_symlink():
                raise LockError(f"{path}: a symbolic link; a cut holds its files itself")
            if name in names and not path.is_file():
                raise LockError(f"{path}: not a regular file")
            if name in names and path != folder / LOCK_FILE:
                found[path.relative_to(folder).as_posix()] = path
    return dict(sorted(found.items()))


def _cutoff(folder: Path, expected: dt.date | None) -> dt.date:
    """Return the data cut-off that cut.json states, or else the one expected."""
    path = folder / CUT_FILE
    if not path.exists() and expected is not None:
        return expected
    try:
        found = dt.date.fromisoformat(strict_json.loads(path.read_bytes())["cutoff"])
    except FileNotFoundError:
        raise LockError(f"{path}: no such file; expected a folder that csr cut has written") from None
    except (ValueError, KeyError, TypeError):
        raise LockError(f"{path}: expected a JSON object with the date of the data cut-off as cutoff") from None
    if expected not in (None, found):
        raise LockError(f"{path}: cutoff {found}, but the cut's params say {expected}")
    return found


def _parse(path: Path, raw: bytes) -> dict[str, Any]:
    """Read lock.json; its pin only proves that nobody changed it, not that it is a lock."""
    try:
        content = strict_json.loads(raw)
        if set(content) != {"cut", "cutoff", "date", "files"}:
            raise ValueError("expected the keys cut, cutoff, date and files")
        dt.date.fromisoformat(content["cutoff"])
        dt.date.fromisoformat(content["date"])
        if content["cut"] != path.parent.name:
            raise ValueError(f"of the cut {content['cut']!r}, expected {path.parent.name!r}")
        if not content["files"]:
            raise ValueError("expected at least one file")
        if not all(isinstance(value, str) and SHA256.fullmatch(value) for value in content["files"].values()):
            raise ValueError("expected a SHA-256 for every file")
    except (ValueError, TypeError, AttributeError) as error:
        raise LockError(f"{path}: not a lock: {error}") from None
    return dict(content)


def _compare(folder: Path, expected: dict[str, str]) -> None:
    found = _files(folder)
    problems = [f"{_named(folder / name)}: missing, but lock.json lists it" for name in expected if name not in found]
    problems += [f"{_named(path)}: not in lock.json" for name, path in found.items() if name not in expected]
    problems += [
        f"{_named(path)}: changed since the lock (its SHA-256 differs from lock.json)"
        for name, path in found.items()
        if name in expected and sha256(path) != expected[name]
    ]
    if problems:
        raise LockError("\n".join(sorted(problems)))


def _named(path: Path) -> str:
    """A file for a message, in quotation marks where its name would break the line."""
    return str(path) if str(path).isprintable() else repr(str(path))
