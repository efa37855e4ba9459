"""The place of a build: it appears whole or not at all, and only one run at a time works on it."""

import json
import os
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from analysis.errors import CsrError, ParamsError


def _beside(place: Path, what: str) -> Path:
    return place.with_name(f".{place.name}.{what}")


@contextmanager
def claimed(place: Path) -> Iterator[Path]:
    """Claim a build's place and yield the folder to make the new build in.

    A second run fails at once and names the first. What an interrupted run left behind is removed. A place that holds
    anything but a build is refused: publishing would delete it.
    """
    if place.exists() and not (place / "manifest.json").is_file() and (not place.is_dir() or any(place.iterdir())):
        raise ParamsError(f"{place}: is there and is not a build (it holds no manifest.json); it is left alone")
    place.parent.mkdir(parents=True, exist_ok=True)
    note = _beside(place, "running.json")
    lock = FileLock(_beside(place, "lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        holder = json.loads(note.read_text()) if note.exists() else {"pid": "unknown", "host": "unknown"}
        raise CsrError(
            f"{place}: another run of this build is at work (process {holder['pid']} on {holder['host']})"
        ) from None
    work = _beside(place, "work")
    try:
        note.write_text(json.dumps({"pid": os.getpid(), "host": socket.gethostname()}))
        _restore(place)
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        yield work
    finally:
        _remove(work)
        note.unlink(missing_ok=True)
        lock.release()


def _remove(work: Path) -> None:
    """Remove the work folder; the kernels of an interrupted run may write for another second."""
    for _ in range(30):
        shutil.rmtree(work, ignore_errors=True)
        if not work.exists():
            return
        time.sleep(0.1)


def _restore(place: Path) -> None:
    """Move the old build back where a run was killed between its two renames, or drop it where the new one stands."""
    old = _beside(place, "old")
    if old.exists() and not place.exists():
        old.rename(place)
    elif old.exists():
        shutil.rmtree(old)


def recover(place: Path) -> None:
    """What any csr command does before it reads a build: bring back an old build that stands alone."""
    if _beside(place, "old").exists() and not place.exists():
        with claimed(place):
            pass


def publish(new: Path, place: Path) -> None:
    """Put a finished build in its place: the old one renamed, the new moved in, the old deleted."""
    old = _beside(place, "old")
    if place.exists():
        place.rename(old)
    new.rename(place)
    if old.exists():
        shutil.rmtree(old)
