"""The ways of a case to spoil a file of the study: one function each, named in the corpus.

`{file: NAME, HOW: VALUE}` spoils a file of the project; several changes are a list. Texts of `bytes` and `at` are
written with Python's escapes, one byte a character.
"""

import json
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from tests.hostile import study

OUTSIDE = "{outside}"  # in a text: the folder beside the project that nothing may touch


def _bytes(text: str) -> bytes:
    return text.encode("latin-1", "backslashreplace").decode("unicode_escape").encode("latin-1")


def write(path: Path, text: str) -> None:
    """Put a text in the place of the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")


def write_bytes(path: Path, text: str) -> None:
    """Put bytes in the place of the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_bytes(text))


def append(path: Path, text: str) -> None:
    """Add a text at the end."""
    path.write_bytes(path.read_bytes() + text.encode())


def append_bytes(path: Path, text: str) -> None:
    """Add bytes at the end."""
    path.write_bytes(path.read_bytes() + _bytes(text))


def prepend_bytes(path: Path, text: str) -> None:
    """Add bytes before the beginning."""
    path.write_bytes(_bytes(text) + path.read_bytes())


def replace(path: Path, change: list[str]) -> None:
    """Put another text in the place of one that is there once or more."""
    old, new = change
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {path}"
    path.write_text(text.replace(old, new), encoding="utf-8", newline="")


def truncate(path: Path, length: int) -> None:
    """Keep so many bytes; a negative number is taken from the end."""
    path.write_bytes(path.read_bytes()[:length])


def at(path: Path, change: list[Any]) -> None:
    """Overwrite bytes from a place on: [place, bytes]."""
    place, text = change
    content = bytearray(path.read_bytes())
    content[place : place + len(_bytes(text))] = _bytes(text)
    path.write_bytes(content)


def swap(path: Path, change: list[str]) -> None:
    """Put other bytes in the place of the first that are so: [old, new]."""
    old, new = map(_bytes, change)
    content = path.read_bytes()
    assert old in content, f"{old!r} is not in {path}"
    path.write_bytes(content.replace(old, new, 1))


def encode(path: Path, encoding: str) -> None:
    """Write the file's text in another encoding."""
    path.write_bytes(path.read_text(encoding="utf-8").encode(encoding))


def repeat(path: Path, change: Mapping[str, Any]) -> None:
    """Put a text made of many equal ones in the place of the file: {before, text, times, after}."""
    parts = [change.get("before", ""), change["text"] * change["times"], change.get("after", "")]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(parts), encoding="utf-8", newline="")


def append_repeat(path: Path, change: Mapping[str, Any]) -> None:
    """Add a text made of many equal ones: {before, text, times, after}."""
    append(path, "".join([change.get("before", ""), change["text"] * change["times"], change.get("after", "")]))


def lines(path: Path, change: Mapping[str, Any]) -> None:
    """Add many lines that differ by a number, `%d` in the text: {text, times}."""
    append(path, "".join(change["text"].replace("%d", str(n)) + "\n" for n in range(change["times"])))


def delete(path: Path, _: object) -> None:
    """Take the file away."""
    path.unlink()


def rename(path: Path, name: str) -> None:
    """Give the file another name in its folder."""
    path.rename(path.with_name(name))


def copy(path: Path, name: str) -> None:
    """Copy the file in its folder."""
    (path.parent / name).parent.mkdir(parents=True, exist_ok=True)
    (path.parent / name).write_bytes(path.read_bytes())


def symlink(path: Path, target: str) -> None:
    """Put a symbolic link in the place of the file."""
    path.unlink(missing_ok=True)
    path.symlink_to(target)


def hardlink(path: Path, target: str) -> None:
    """Put another name of a file elsewhere in the place of the file."""
    path.unlink(missing_ok=True)
    os.link(target, path)


def fifo(path: Path, _: object) -> None:
    """Put a named pipe in the place of the file: whoever opens it waits for ever."""
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def folder(path: Path, _: object) -> None:
    """Put an empty folder in the place of the file."""
    path.unlink(missing_ok=True)
    path.mkdir(parents=True)


def mode(path: Path, bits: str) -> None:
    """Change who may read the file, in octal digits."""
    path.chmod(int(bits, 8))


def records(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write the dataset with these records."""
    study.write_dataset(path.parent, path.stem, rows)


def first(path: Path, values: Mapping[str, Any]) -> None:
    """Give variables of the first record of the dataset other values; null leaves the variable out of the dataset."""
    known = [study.RECORDS[path.stem][0] | {k: v for k, v in values.items() if v is not None}]
    dropped = {k for k, v in values.items() if v is None}
    rows = known + list(study.RECORDS[path.stem][1:])
    study.write_dataset(path.parent, path.stem, [{k: v for k, v in row.items() if k not in dropped} for row in rows])


def parquet(path: Path, columns: Mapping[str, list[Any]]) -> None:
    """Write a Parquet file of these columns."""
    pl.DataFrame(columns, strict=False).write_parquet(path)


def json_value(path: Path, change: Mapping[str, Any]) -> None:
    """Set values of a JSON file by their places, such as `outputs/0/id`; null at the end of `drop` takes one away."""
    document = json.loads(path.read_text(encoding="utf-8"))
    for place, value in change.items():
        *parents, last = [int(p) if re.fullmatch(r"\d+", p) else p for p in place.split("|")]
        branch = document
        for part in parents:
            branch = branch[part]
        if value == "DROP":
            del branch[last]
        else:
            branch[last] = value
    path.write_text(json.dumps(document), encoding="utf-8")


HOW: Mapping[str, Callable[[Path, Any], None]] = {
    "write": write,
    "bytes": write_bytes,
    "append": append,
    "append_bytes": append_bytes,
    "prepend_bytes": prepend_bytes,
    "replace": replace,
    "truncate": truncate,
    "at": at,
    "swap": swap,
    "encode": encode,
    "repeat": repeat,
    "append_repeat": append_repeat,
    "lines": lines,
    "delete": delete,
    "rename": rename,
    "copy": copy,
    "symlink": symlink,
    "hardlink": hardlink,
    "fifo": fifo,
    "folder": folder,
    "mode": mode,
    "records": records,
    "first": first,
    "parquet": parquet,
    "json": json_value,
}


def apply(project: Path, changes: Mapping[str, Any] | list[Mapping[str, Any]]) -> None:
    """Spoil a project as a case says."""
    for change in [changes] if isinstance(changes, Mapping) else changes:
        (how,) = change.keys() - {"file"}
        HOW[how](project / change["file"], with_outside(change[how], project))


def with_outside(value: Any, project: Path) -> Any:
    """A value of a case in which the folder that nothing may touch has its path, and long names their length."""
    if isinstance(value, str):
        value = value.replace("{long}", "x" * 10_000).replace("{300}", "x" * 300)
        return value.replace(OUTSIDE, str(project.parent / "outside"))
    if isinstance(value, list):
        return [with_outside(item, project) for item in value]
    return {k: with_outside(v, project) for k, v in value.items()} if isinstance(value, dict) else value
