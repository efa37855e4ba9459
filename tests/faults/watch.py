"""Watching folders with the kernel's inotify(7): every file and folder that is made, written, renamed or removed."""

import ctypes
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Self

_CHANGES = (
    0x2 | 0x4 | 0x8 | 0x40 | 0x80 | 0x100 | 0x200
)  # modified, attributes, closed after writing, moved, made, removed
_OVERFLOW = 0x4000
_NONBLOCK = os.O_NONBLOCK
_HEAD = struct.Struct("iIII")


class Watch:
    """Watches folders and all below them but `leave_out`, from now on."""

    def __init__(self, *folders: Path, leave_out: Path) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._handle = libc.inotify_init1(_NONBLOCK)
        self._places: dict[int, Path] = {}
        for folder in folders:
            for place in (folder, *(path for path in folder.rglob("*") if path.is_dir() and not path.is_symlink())):
                if not place.is_relative_to(leave_out):
                    number = libc.inotify_add_watch(self._handle, os.fsencode(place), _CHANGES)
                    if number < 0:
                        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(place))
                    self._places[number] = place

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)

    def changed(self) -> set[Path]:
        """What has changed since; a folder that was made counts, what came into it does not show."""
        return set(self._events())

    def _events(self) -> Iterator[Path]:
        while True:
            try:
                data = os.read(self._handle, 1 << 20)
            except BlockingIOError:
                return
            while data:
                number, mask, _, length = _HEAD.unpack_from(data)
                assert not mask & _OVERFLOW, "more changes than the kernel keeps"
                name = data[_HEAD.size : _HEAD.size + length].rstrip(b"\0")
                if number in self._places:
                    yield self._places[number] / os.fsdecode(name)
                data = data[_HEAD.size + length :]
