"""What a command does beside its work: every file it opens, every program it starts, every address it asks for."""

import os
import re
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_STARTS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "pty.spawn", "os.startfile")
_ASKS = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "urllib.Request")
_seen: list[tuple[str, str]] | None = None
tempfile.gettempdir()  # the first call tries where files can be written, and must not be one that is watched


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if _seen is not None and arguments and (event == "open" or event.startswith((*_STARTS, *_ASKS))):
        what = arguments[0] if event == "open" or event.startswith(_STARTS) else arguments[-1]
        _seen.append((event, os.fsdecode(what) if isinstance(what, str | bytes | os.PathLike) else repr(what)))


sys.addaudithook(_hook)  # for the life of the process: audit hooks cannot be taken away


@contextmanager
def watched() -> Iterator[list[tuple[str, str]]]:
    """The events of this process while the block runs: (event, path, program or address)."""
    global _seen
    events: list[tuple[str, str]] = []
    _seen = events
    try:
        yield events
    finally:
        _seen = None


def foreign(events: list[tuple[str, str]], folders: list[Path], programs: tuple[str, ...]) -> list[str]:
    """The events that a command on these folders must not cause; `programs` are the names of those it may start."""
    own = [str(Path(p).resolve()) for p in (*sys.path, *sysconfig.get_paths().values(), sys.prefix) if p]
    own += [
        *map(str, folders),
        os.path.expanduser("~/.cache/matplotlib"),
        "/usr/share/zoneinfo",
        "/etc/localtime",
        "/proc/",
        "/sys/",
        "/dev/null",
        "/dev/urandom",
    ]
    found = []
    for event, what in events:
        if event == "open":
            path = os.path.realpath(what) if not what.isdigit() else own[0]
            if not any(path.startswith(place) for place in own):
                found.append(f"opened {path}")
        elif event.startswith(_STARTS):
            if Path(what).name not in programs:
                found.append(f"started {what}")
        else:
            found.append(f"asked for {what}")
    return found


def snapshot(folder: Path) -> dict[str, tuple[str, bytes | str]]:
    """Every file, link and folder below a folder, and what it holds; but the locks of writers (filelock) may stay."""
    found: dict[str, tuple[str, bytes | str]] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if re.fullmatch(r"\..+\.lock", path.name):
            continue
        if path.is_symlink():
            found[name] = ("link", os.readlink(path))
        elif path.is_dir():
            found[name] = ("folder", "")
        elif path.is_file() and os.access(path, os.R_OK):
            found[name] = ("file", path.read_bytes())
        else:
            found[name] = ("other", "")
    return found
