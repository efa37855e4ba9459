"""The place of a build: it appears whole or not at all, and only one run at a time works on it."""

import json
import os
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from analysis.errors import CsrError, ParamsError

_LEFT = ("old", "work", "running.json")  # what a killed run leaves beside its place


def _beside(place: Path, what: str) -> Path:
    return place.with_name(f".{place.name}.{what}")


@contextmanager
def claimed(place: Path, job: str = "") -> Iterator[Path]:
    """Claim a build's place and yield the folder to make the new build in.

    A second run fails at once and names the first. What a killed run left behind is removed. A place that holds
    anything but a build is refused: publishing would delete it. Raises CsrError where the place cannot be written.
    `job` is what a cluster knows the run by (`wait_for_attempt`).
    """
    if place.exists() and not (place / "manifest.json").is_file() and (not place.is_dir() or any(place.iterdir())):
        raise ParamsError(f"{place}: is there and is not a build (it holds no manifest.json); it is left alone")
    lock = FileLock(_beside(place, "lock"))
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
        try:
            yield from _held(place, job)
        finally:
            lock.release()
    except Timeout:
        raise CsrError(f"{place}: another run of this build is at work{_holder(place)}") from None
    except OSError as error:
        what = ": ".join(filter(None, (error.filename, error.strerror or str(error))))
        raise CsrError(f"{place}: the build cannot be made here: {what}") from error


def _held(place: Path, job: str) -> Iterator[Path]:
    """Where the lock is held: clear up before and after."""
    note, work = _beside(place, "running.json"), _beside(place, "work")
    try:
        note.write_text(json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "job": job}))
        _restore(place)
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        yield work
    finally:
        _restore(place)  # interrupted between the two renames of `publish`
        _remove(work)
        note.unlink(missing_ok=True)


def _holder(place: Path) -> str:
    """Who holds the lock, in words; nothing where its note is not written yet."""
    try:
        holder = json.loads(_beside(place, "running.json").read_text())
        return f" (process {holder['pid']} on {holder['host']})"
    except (OSError, ValueError, KeyError):
        return ""


def wait_for_attempt(place: Path, job: str, seconds: float = 300) -> None:
    """Wait until an earlier attempt at the same job of a cluster, whose worker was lost, has let go of a place.

    On the same machine that is a moment. The lock of another machine that is gone is freed by the file system, in
    minutes; what is held longer than `seconds` is left to `claimed`, which names the holder.
    """
    try:
        earlier = json.loads(_beside(place, "running.json").read_text())["job"] == job
    except (OSError, ValueError, KeyError, TypeError):
        return
    if earlier:
        with suppress(Timeout), FileLock(_beside(place, "lock")).acquire(timeout=seconds, poll_interval=0.1):
            pass
        time.sleep(1)  # for the processes it had started


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
    """What any csr command does before it reads a build: bring back an old one that stands alone, and clear up.

    Where another run is at work or nothing can be written, only an old build that stands alone is an error.
    """
    # A folder of somebody else's may have such a name: a run has left a lock, a build holds a manifest.
    left = _beside(place, "lock").is_file() and any(_beside(place, what).exists() for what in _LEFT)
    if not left and not (_beside(place, "old") / "manifest.json").is_file():
        return
    try:
        with claimed(place):
            pass
    except CsrError:
        if _beside(place, "old").exists() and not place.exists():
            raise


def recover_all(folder: Path) -> None:
    """Recover every build of a folder."""
    left = {path.name[1:].removesuffix(f".{what}") for what in _LEFT for path in folder.glob(f".*.{what}")}
    for name in sorted(left):
        recover(folder / name)


def publish(new: Path, place: Path) -> None:
    """Put a finished build in its place: the old one renamed, the new moved in, the old deleted."""
    old = _beside(place, "old")
    if place.exists():
        place.rename(old)
    new.rename(place)
    if old.exists():
        shutil.rmtree(old)
