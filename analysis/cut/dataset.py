"""Datasets of clinical trials, whatever file they come in: one frame, its label and its variables' labels.

In every frame text is `String` without trailing blanks, an empty text is null, numbers are `Float64`, and SAS dates
and times are ISO 8601 text. Names of datasets and variables are upper case.
"""

import csv
import datetime as dt
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pyreadstat

from analysis import strict_json
from analysis.cut import xpt_header
from analysis.errors import DataError

NAME = re.compile(r"[A-Z_][A-Z0-9_]{0,31}")
NUMBER = re.compile(r" *[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)? *")  # Python's float reads more than that
NOT_DATASETS = ("lock.json", "cut.json", "cut-log.csv")
"""Files that csr itself puts beside the datasets of a cut."""

SAS_TIME_FORMATS = ("DATE", "DDMMYY", "MMDDYY", "YYMMDD", "E8601", "B8601", "IS8601", "TIME", "TOD", "JULIAN")
SAS_EPOCH = dt.date(1960, 1, 1)
XPT_TEXT_BYTES, XPT_LABEL_BYTES, XPT_NAME_BYTES = 200, 40, 8
XPT_LARGEST, XPT_SMALLEST = 1e74, 1e-74  # what ReadStat converts to IBM floating point and back without loss
XPT_TIMES = (slice(144, 176), slice(464, 496))
XPT_TIME = b"01JAN60:00:00:00"

SDTM_NUMBERS = re.compile(
    r"AGE|VISITNUM|VISITDY|TAETORD|[A-Z0-9]{2}(SEQ|DY|STDY|ENDY|STRESN|STNRLO|STNRHI|DOSE|DOSTOT|TPTNUM)"
)
SDTM_TEXT = re.compile(
    r"STUDYID|R?DOMAIN|USUBJID|IDVAR|IDVARVAL|QNAM|QVAL|RELID|ARM|ARMCD|ARMNRS|ACTARM|ACTARMCD|DTHFL|VISIT|\w*DTC"
    r"|[A-Z0-9]{2}(TESTCD|STRESC|CAT|SCAT|DECOD|TERM|TRT|OUT|SER|SDTH|TOXGR|EVAL|STAT|LNKID|GRPID|LOC|ENRTPT|STRTPT)"
)
"""SDTM fixes the type of these variables. A CSV file has no types: there the first are numbers, the rest is text."""


@dataclass(frozen=True)
class Dataset:
    """One dataset: `name` such as "DM", its label, one row per record, and variable -> label."""

    name: str
    label: str
    frame: pl.DataFrame
    labels: dict[str, str] = field(default_factory=dict)

    def with_frame(self, frame: pl.DataFrame) -> "Dataset":
        """Return the same dataset with other records."""
        return Dataset(self.name, self.label, frame, {c: t for c, t in self.labels.items() if c in frame.columns})


def frames(datasets: Mapping[str, Dataset]) -> dict[str, pl.DataFrame]:
    """Return only the frames, by name."""
    return {name: dataset.frame for name, dataset in datasets.items()}


def read_folder(folder: Path | str) -> dict[str, Dataset]:
    """Read every dataset file of a transfer or a cut, sorted by name.

    Raises DataError where the folder or a dataset is missing or unreadable, or two files hold the same dataset.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder of datasets")
    paths: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in READERS or path.name in NOT_DATASETS:
            continue
        if path.is_symlink() or not path.is_file():
            raise DataError(
                f"{path}: {'a symbolic link' if path.is_symlink() else 'not a regular file'}, expected a file"
            )
        first = paths.setdefault(path.stem.upper(), path)
        if first != path:
            raise DataError(f"{folder}: {first.name} and {path.name} both hold the dataset {path.stem.upper()}")
    if not paths:
        raise DataError(f"{folder}: no dataset in this folder; expected files ending in {', '.join(READERS)}")
    return {name: read_dataset(paths[name]) for name in sorted(paths)}


def read_dataset(path: Path | str) -> Dataset:
    """Read one .xpt, .sas7bdat, .json or .ndjson (Dataset-JSON 1.1), .parquet or .csv file.

    The file's name is the dataset's name; an XPT or Dataset-JSON file that states another one is an error. Raises
    DataError, which names the file, for everything that keeps the file from being read as one dataset.
    """
    path = Path(path)
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise DataError(f"{path}: unknown kind of file, expected one of {', '.join(READERS)}")
    name = path.stem.upper()
    if not NAME.fullmatch(name):
        raise DataError(f"{path}: {path.stem!r} is not a dataset name (letters, digits and _, at most 32)")
    try:
        content = reader(path)
        return _normalised(name, content)
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except (Exception, pl.exceptions.PanicException) as error:  # parsers of foreign bytes may raise anything
        reason = str(error) if isinstance(error, DataError) else f"{type(error).__name__}: {error}"
        raise DataError(f"{path}: cannot be read as {path.suffix.lower()[1:]}: {reason}") from None


@dataclass(frozen=True)
class _Content:
    """What a reader found: the dataset's own name (None where the format states none that binds), and columns."""

    name: str | None
    label: str
    columns: Sequence[pl.Series]
    labels: Sequence[str]


def _normalised(name: str, content: _Content) -> Dataset:
    """Apply the conventions of this module to what a reader found."""
    if content.name is not None and content.name.strip().upper() != name:
        raise DataError(f"the file holds a dataset named {content.name!r}, expected {name!r} as the file is named")
    names = [column.name.strip().upper() for column in content.columns]
    for variable in names:
        if not NAME.fullmatch(variable):
            raise DataError(f"{variable!r} is not a variable name (letters, digits and _, at most 32)")
        if names.count(variable) > 1:
            raise DataError(f"variable {variable} occurs more than once")
    frame = pl.DataFrame([_typed(_plain(c).alias(n)) for n, c in zip(names, content.columns, strict=True)])
    return Dataset(name, content.label, frame, dict(zip(names, content.labels, strict=True)))


def _plain(column: pl.Series) -> pl.Series:
    """Return a column as text without trailing blanks (empty is null) or as Float64 (nan is null)."""
    kind = column.dtype
    if isinstance(kind, pl.Categorical | pl.Enum | pl.Boolean):
        column = column.cast(pl.String)
    elif kind == pl.Date:
        column = column.dt.to_string("%Y-%m-%d")
    elif isinstance(kind, pl.Datetime):
        column = column.dt.to_string("%Y-%m-%dT%H:%M:%S")
    elif kind == pl.Time:
        column = column.dt.to_string("%H:%M:%S")
    elif kind == pl.Null:
        return column.cast(pl.String)
    if column.dtype == pl.String:
        nul = column.str.contains("\0", literal=True).fill_null(False)
        if nul.any():
            raise DataError(f"variable {column.name}, record {nul.arg_true()[0] + 1}: a NUL in the text")
        column = column.str.strip_chars_end(" ")
        return column.set(column == "", None)
    if not column.dtype.is_numeric():
        raise DataError(f"variable {column.name} is of type {kind}, expected text, a number or a date")
    return column.cast(pl.Float64).fill_nan(None)


def _typed(column: pl.Series) -> pl.Series:
    """Refuse a variable whose type is not the one SDTM fixes; one without any value just gets that type."""
    for names, expected in ((SDTM_NUMBERS, pl.Float64), (SDTM_TEXT, pl.String)):
        if names.fullmatch(column.name) and column.dtype != expected:
            if column.null_count() < len(column):
                kind = "a number" if expected == pl.Float64 else "text"
                raise DataError(f"variable {column.name} is of type {column.dtype}, expected {kind}")
            return column.cast(expected)
    return column


def _from_sas(data: Mapping[str, list[Any]], meta: Any, name: str | None) -> _Content:
    """Turn pyreadstat's columns into series; dates and times become ISO 8601 text."""
    twice = [name for name in meta.column_names if meta.column_names.count(name) > 1]
    if twice:
        raise DataError(f"variable {twice[0]} occurs more than once")
    columns = []
    for variable, values in data.items():
        time = str(meta.original_variable_types.get(variable) or "").upper().startswith(SAS_TIME_FORMATS)
        if meta.readstat_variable_types[variable] == "string":
            columns.append(pl.Series(variable, values, dtype=pl.String))
        elif time or any(isinstance(v, dt.date | dt.time) for v in values):
            columns.append(pl.Series(variable, [_iso(v) for v in values], dtype=pl.String))
        else:
            columns.append(pl.Series(variable, values, dtype=pl.Float64))
    labels = [meta.column_names_to_labels.get(variable) or "" for variable in data]
    return _Content(name, meta.file_label or "", columns, labels)


def _iso(value: dt.date | dt.time | float | None) -> str | None:
    if isinstance(value, dt.datetime | dt.time):
        return value.isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, dt.date) else None if value is None else repr(value)


def _read_xpt(path: Path) -> _Content:
    """Read a SAS transport file, version 5 or 8. Its text is UTF-8, or else taken as Windows-1252."""
    raw = path.read_bytes()
    if raw.count(b"HEADER RECORD*******MEMB") > 1:
        raise DataError("more than one dataset in the file, expected one")
    if xpt_header.LIBRARY.match(raw):
        xpt_header.check_header(raw, path.stem.upper())
    try:
        data, meta = pyreadstat.read_xport(path, output_format="dict")
    except UnicodeDecodeError:
        data, meta = pyreadstat.read_xport(path, output_format="dict", encoding="WINDOWS-1252")
    return _from_sas(data, meta, meta.table_name)


def _read_sas7bdat(path: Path) -> _Content:
    """Read a SAS dataset. Its inner name binds nobody: SAS itself goes by the name of the file."""
    data, meta = pyreadstat.read_sas7bdat(path, output_format="dict")
    return _from_sas(data, meta, None)


def _read_json(path: Path) -> _Content:
    """Read Dataset-JSON 1.1: one object with `columns` and `rows`."""
    document = _json(path.read_text(encoding="utf-8-sig"))
    return _from_dataset_json(document, document.get("rows") if isinstance(document, dict) else None)


def _read_ndjson(path: Path) -> _Content:
    """Read Dataset-JSON 1.1 as NDJSON: the first line is the metadata, every other line one row."""
    lines = path.read_text(encoding="utf-8-sig").split("\n")
    rows = [_json(line, number) for number, line in enumerate(lines[1:], 2) if line.strip()]
    return _from_dataset_json(_json(lines[0]), rows)


def _json(text: str, line: int = 1) -> Any:
    """Read JSON that begins on a line of its file; raises DataError."""
    try:
        return strict_json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(f"no JSON: line {line + error.lineno - 1}: {error.msg}") from None
    except ValueError as error:
        raise DataError(str(error)) from None


def _from_dataset_json(document: Any, rows: Any) -> _Content:
    if not isinstance(document, dict) or not str(document.get("datasetJSONVersion", "")).startswith("1.1"):
        raise DataError("expected an object with datasetJSONVersion 1.1")
    described = document.get("columns")
    if not isinstance(described, list) or not isinstance(rows, list):
        raise DataError("expected lists named columns and rows")
    for number, row in enumerate(rows, 1):
        if not isinstance(row, list) or len(row) != len(described):
            raise DataError(f"row {number}: expected a list of {len(described)} values, one per column")
    if document.get("records", len(rows)) != len(rows):
        raise DataError(f"records says {document['records']!r}, but there are {len(rows)} rows")
    columns = []
    for index, column in enumerate(described):
        if not isinstance(column, dict) or not isinstance(column.get("name"), str):
            raise DataError(f"column {index + 1}: expected an object with a name")
        name, kind = column["name"], column.get("dataType")
        if not isinstance(kind, str) or kind not in JSON_TYPES:
            raise DataError(f"column {name!r}: dataType {kind!r}, expected one of {', '.join(sorted(JSON_TYPES))}")
        columns.append(_json_column(name, JSON_TYPES[kind], [row[index] for row in rows]))
    labels = [str(column.get("label") or "") for column in described]
    return _Content(str(document.get("name")), str(document.get("label") or ""), columns, labels)


JSON_TYPES: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("integer", "float", "double"), (int, float)),
    **dict.fromkeys(("string", "datetime", "date", "time", "URI"), (str,)),
    "decimal": (str, int, float),
    "boolean": (bool,),
}


def _json_column(name: str, types: tuple[type, ...], values: list[Any]) -> pl.Series:
    """Return one column; JSON's booleans become "true" and "false", as ODM writes them."""
    for number, value in enumerate(values, 1):
        if value is not None and (not isinstance(value, types) or (isinstance(value, bool) and bool not in types)):
            raise DataError(f"row {number}, column {name!r}: {value!r} is not of the column's dataType")
    if types == (bool,):
        return pl.Series(name, [None if v is None else str(v).lower() for v in values], dtype=pl.String)
    if types == (str,):
        return pl.Series(name, values, dtype=pl.String)
    return pl.Series(name, [_number(name, row, v) for row, v in enumerate(values, 1)], dtype=pl.Float64)


def _number(name: str, row: int, value: str | float | None) -> float | None:
    if value is None or value == "":
        return None
    if isinstance(value, str) and not NUMBER.fullmatch(value):
        raise DataError(f"row {row}, variable {name}: {value!r} is not a number")
    try:
        return float(value)
    except OverflowError:  # an integer of JSON can have any number of digits
        raise DataError(f"row {row}, variable {name}: a number too large to be held") from None


def _read_parquet(path: Path) -> _Content:
    """Read a Parquet file; it has no labels."""
    frame = pl.read_parquet(path.read_bytes())
    return _Content(None, "", frame.get_columns(), [""] * frame.width)


def _read_csv(path: Path) -> _Content:
    """Read a CSV file with a header line, in UTF-8; it has no labels."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        records = list(csv.reader(file, strict=True))
    if not records:
        raise DataError("the file is empty, expected a header line")
    header, *rows = records
    for number, row in enumerate(rows, 1):
        if len(row) != len(header):
            raise DataError(f"record {number}: {len(row)} values, expected {len(header)} as in the header")
    columns = []
    for index, name in enumerate(header):
        texts: Iterable[str] = (row[index].rstrip(" ") for row in rows)
        if SDTM_NUMBERS.fullmatch(name.strip().upper()):
            numbers = [_number(name, row, text) for row, text in enumerate(texts, 1)]
            columns.append(pl.Series(name, numbers, dtype=pl.Float64))
        else:
            columns.append(pl.Series(name, list(texts), dtype=pl.String))
    return _Content(None, "", columns, [""] * len(header))


READERS: dict[str, Callable[[Path], _Content]] = {
    ".xpt": _read_xpt,
    ".sas7bdat": _read_sas7bdat,
    ".json": _read_json,
    ".ndjson": _read_ndjson,
    ".parquet": _read_parquet,
    ".csv": _read_csv,
}


def write_xpt(dataset: Dataset, path: Path | str) -> None:
    """Write a SAS transport file of version 5, the same bytes every time; dates (pl.Date) become SAS dates.

    Raises DataError, naming dataset, variable and record, where something does not fit version 5: a name over 8
    characters, a label over 40 bytes, a text over 200 bytes or with a NUL, a number beyond IBM's range, or a last
    record without any value (its blanks cannot be told from the padding).
    """
    frame = dataset.frame
    _check_xpt(dataset)
    for name, kind in zip(frame.columns, frame.dtypes, strict=True):
        if kind == pl.Date:
            frame = frame.with_columns((pl.col(name) - SAS_EPOCH).dt.total_days().cast(pl.Float64))
        elif kind != pl.String:
            frame = frame.with_columns(pl.col(name).cast(pl.Float64).fill_nan(None))
    dates = {n: "DATE9." for n, kind in dataset.frame.schema.items() if kind == pl.Date}
    pyreadstat.write_xport(
        frame,
        path,
        file_label=dataset.label,
        column_labels=[dataset.labels.get(name) or None for name in frame.columns],
        table_name=dataset.name,
        file_format_version=5,
        variable_format=dates or None,
    )
    content = bytearray(Path(path).read_bytes())
    for times in XPT_TIMES:
        content[times] = XPT_TIME * 2
    Path(path).write_bytes(content)


def _check_xpt(dataset: Dataset) -> None:
    """Raise DataError where a dataset does not fit XPT version 5."""
    frame = dataset.frame
    for name in (dataset.name, *frame.columns):
        if not NAME.fullmatch(name) or len(name) > XPT_NAME_BYTES:
            raise DataError(f"{dataset.name}: the name {name!r} does not fit XPT v5 (A to Z, digits, _, at most 8)")
    for owner, label in [
        (dataset.name, dataset.label),
        *((f"{dataset.name}.{n}", t) for n, t in dataset.labels.items()),
    ]:
        if len(label.encode()) > XPT_LABEL_BYTES:
            raise DataError(f"{owner}: the label {label!r} does not fit XPT v5 (at most {XPT_LABEL_BYTES} bytes)")
    if not frame.width:
        raise DataError(f"{dataset.name}: no variables, so no XPT file can be written")
    for column in frame.get_columns():
        if column.dtype == pl.String:
            bad = (column.str.len_bytes() > XPT_TEXT_BYTES) | column.str.contains("\0", literal=True)
            limit = f"text of at most {XPT_TEXT_BYTES} bytes without NUL"
        elif column.dtype.is_numeric() or column.dtype == pl.Date:
            size = column.to_physical().cast(pl.Float64).abs().fill_nan(None)
            bad = (size > XPT_LARGEST) | ((size < XPT_SMALLEST) & (size > 0))
            limit = "a number in the range of IBM's floating point"
        else:
            raise DataError(f"{dataset.name}.{column.name}: type {column.dtype} has no place in XPT v5")
        if bad.any():
            record = bad.fill_null(False).arg_true()[0]
            raise DataError(f"{dataset.name}.{column.name}, record {record + 1}: {column[record]!r} is not {limit}")
    if frame.height and all(kind == pl.String for kind in frame.dtypes) and not any(frame.row(-1)):
        raise DataError(f"{dataset.name}, record {frame.height}: no value at all, which XPT v5 cannot hold at the end")
