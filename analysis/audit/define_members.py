"""The datasets of a submission as their SAS transport files hold them: what define.xml has to agree with."""

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyreadstat

from analysis.cut.dataset import NOT_DATASETS, READERS, read_dataset, write_xpt

_XPT_5 = b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!"
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?")
_NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
MOST_DIGITS = 12


def xml_text(text: str) -> str:
    """Text from data as XML can hold it: what has no place there is shown by its number."""
    return _NOT_IN_XML.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


@dataclass(frozen=True)
class Variable:
    """A variable of a transport file. `format` is its SAS format, "" where it has none."""

    name: str
    label: str
    type: str
    length: int
    format: str
    digits: int | None


@dataclass(frozen=True)
class Member:
    """A dataset: its transport file's bytes, its name and label, its variables in order, and its records."""

    content: bytes
    name: str
    label: str
    variables: tuple[Variable, ...]
    frame: pl.DataFrame

    @property
    def file(self) -> str:
        return f"{self.name.lower()}.xpt"


def read_member(path: Path) -> Member:
    """Read a dataset; one that is in another format than SAS transport version 5 is written in that.

    Raises DataError where the file cannot be read, or does not fit version 5.
    """
    dataset = read_dataset(path)
    if path.suffix.lower() == ".xpt" and path.read_bytes().startswith(_XPT_5):
        return _described(path, dataset.frame)
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / f"{dataset.name.lower()}.xpt"
        write_xpt(dataset, written)
        return _described(written, dataset.frame)


def sdtm_members(folder: Path) -> list[Member]:
    """The datasets of a cut, by name."""
    paths = (p for p in sorted(folder.iterdir()) if p.suffix.lower() in READERS and p.name not in NOT_DATASETS)
    return sorted((read_member(path) for path in paths), key=lambda member: member.name)


def adam_members(folder: Path) -> list[Member]:
    """The analysis datasets of a build, by name, ADSL first."""
    members = (read_member(path) for path in sorted(folder.glob("*.xpt")))
    return sorted(members, key=lambda member: (member.name != "ADSL", member.name))


def _described(path: Path, frame: pl.DataFrame) -> Member:
    _, meta = pyreadstat.read_xport(path, metadataonly=True, output_format="dict")
    variables = []
    for name in meta.column_names:
        format_ = meta.original_variable_types[name] or ""
        kind, digits = _kind(frame[name.upper()], format_, text=meta.readstat_variable_types[name] == "string")
        label = xml_text(meta.column_names_to_labels.get(name) or "")
        variables.append(Variable(name.upper(), label, kind, meta.variable_storage_width[name], format_, digits))
    return Member(path.read_bytes(), path.stem.upper(), xml_text(meta.file_label or ""), tuple(variables), frame)


def _kind(values: pl.Series, format_: str, *, text: bool) -> tuple[str, int | None]:
    """The data type of define.xml, and the digits after the point of a float."""
    known = values.drop_nulls()
    if text:
        return _text_kind(values.name, known), None
    if format_.startswith("DATE") or known.dtype == pl.String:
        return "integer", None
    return number_kind(known)


def number_kind(known: pl.Series) -> tuple[str, int | None]:
    """The data type of numbers, and the digits after the point of a float."""
    if (known == known.round()).all():
        return "integer", None
    digits = (len(repr(value).partition(".")[2]) if "e" not in repr(value) else MOST_DIGITS for value in known)
    return "float", min(max(digits), MOST_DIGITS)


def _text_kind(name: str, known: pl.Series) -> str:
    """Dates of SDTM are text in ISO 8601: complete, with time, or partial."""
    if not name.endswith("DTC"):
        return "text"
    if all(_DATE.fullmatch(value) for value in known):
        return "date"
    if all(_DATETIME.fullmatch(value) for value in known):
        return "datetime"
    if all(len(value) <= len("2025-06-30") for value in known):
        return "partialDate"
    return "incompleteDatetime"
