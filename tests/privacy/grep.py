"""Every byte of every file of a build, looked through by another way than the run's own last look.

PDF files are read with pikepdf and pdftotext, Word files with zipfile, tables of values with polars and pyreadstat.
"""

import base64
import datetime as dt
import re
import subprocess
import zipfile
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import pikepdf
import polars as pl
import pyreadstat

DAY = re.compile(
    r"(?<!\d)(?:\d{4}-\d\d-\d\d|\d\d/\d\d/\d{4}|\d{1,2}[ -]?[A-Za-z]{3,9}[ -]?\d{4}|[A-Za-z]{3,9} \d{1,2}, \d{4})(?!\d)"
)
"""What may be a day, however it is written."""


def identifiers_of(frames: dict[str, pl.DataFrame]) -> set[str]:
    """Identifiers of patients, investigators, samples and devices in datasets, long enough to be looked for."""
    named = re.compile(r"(USUBJID|SUBJID|INVID|INVNAM|SPDEVID|..REFID|..SPID)$")
    columns = [frame[name] for frame in frames.values() for name in frame.columns if named.fullmatch(name)]
    return {text for column in columns for text in column.drop_nulls().cast(pl.String) if len(text) >= 5}


def dates_of(frames: dict[str, pl.DataFrame]) -> set[dt.date]:
    """Every date of any variable, as a date or at the beginning of a text."""
    found: set[dt.date] = set()
    for frame in frames.values():
        for column in frame:
            values = column.drop_nulls().unique().to_list()
            if column.dtype == pl.Date:
                found |= set(values)
            elif column.dtype == pl.String:
                found |= {dt.date.fromisoformat(v[:10]) for v in values if re.match(r"\d{4}-\d\d-\d\d", v)}
    return found


def forms(day: dt.date) -> Iterator[str]:
    """A date as reports, SAS and people write it."""
    for pattern in ("%Y-%m-%d", "%d %B %Y", "%d %b %Y", "%d%b%Y", "%d-%b-%Y", "%B %d, %Y", "%d/%m/%Y", "%m/%d/%Y"):
        text = day.strftime(pattern)
        yield from (text, text.upper(), re.sub(r"\b0(?=\d\D)", "", text))


def parts(path: Path) -> Iterator[bytes]:
    """The bytes of a file, and all that can be read out of it."""
    content = path.read_bytes()
    yield content
    yield path.name.encode()
    match path.suffix:
        case ".docx":
            with zipfile.ZipFile(path) as members:
                yield from (members.read(name) for name in members.namelist())
        case ".pdf":
            with pikepdf.open(path) as document:
                yield str(document.docinfo).encode()
                yield from (o.read_bytes() for o in document.objects if isinstance(o, pikepdf.Stream) and readable(o))
            yield subprocess.run(["pdftotext", str(path), "-"], capture_output=True, check=True).stdout
        case ".parquet":
            yield pl.read_parquet(path).write_csv().encode()
        case ".xpt":
            frame, _ = pyreadstat.read_xport(path)
            yield frame.to_csv().encode()
        case ".html" | ".ipynb" | ".json":
            for encoded in re.findall(rb"[A-Za-z0-9+/\\n]{100,}={0,2}", content):
                yield base64.b64decode(encoded.replace(b"\\n", b"") + b"===")


def readable(stream: pikepdf.Stream) -> bool:
    """Whether a stream of a PDF file is no picture in a form of its own."""
    return "/DCTDecode" not in str(stream.get("/Filter"))


def texts(path: Path) -> Iterator[str]:
    """What a file holds as text, in one byte a character or two."""
    for part in parts(path):
        for encoding in ("latin-1", "utf-16-le") if b"\0" in part else ("latin-1",):  # two bytes a letter have zeros
            yield part.decode(encoding, "ignore")


def found_in(path: Path, secrets: Collection[str]) -> set[str]:
    """The secrets that a file holds: days, as they are written, and identifiers."""
    return set[str]().union(*among(list(texts(path)), secrets))


def among(found: list[str], secrets: Collection[str]) -> list[set[str]]:
    """The secrets that each text holds. Those that may hold any are found first, all secrets at once (Aho-Corasick)."""
    suspects = pl.Series(found, dtype=pl.String).str.contains_any(sorted(secrets))
    names = [text for text in secrets if not DAY.fullmatch(text)]
    return [
        {day for day in DAY.findall(text) if day in secrets} | {name for name in names if name in text}
        if suspect
        else set()
        for text, suspect in zip(found, suspects, strict=True)
    ]


def looked_through(build: Path, secrets: Collection[str], known: Collection[bytes] = ()) -> dict[str, set[str]]:
    """The secrets that a build's files hold, by file; files with `known` contents are passed over."""
    files = sorted(path for path in build.rglob("*") if path.is_file() and path.read_bytes() not in known)
    assert files
    hits: defaultdict[str, set[str]] = defaultdict(set)
    for few in batched(files):
        held = {path.relative_to(build).as_posix(): set(texts(path)) for path in few}
        distinct = sorted(set().union(*held.values()))  # parts of Word files, and notebooks in book/, come again
        for text, secret in zip(distinct, among(distinct, secrets), strict=True):
            for name in (name for name, own in held.items() if secret and text in own):
                hits[name] |= secret
    return dict(hits)


def batched(files: Iterable[Path], most: int = 100) -> Iterator[list[Path]]:
    """The files, so many at a time: what they hold lies in memory together."""
    rest = list(files)
    while rest:
        yield rest[:most]
        rest = rest[most:]
