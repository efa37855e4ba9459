"""The last look at a public build: does any byte of any file hold an identifier or a date of a patient?

Files that hold others are opened: the members of Word files and archives, the streams of PDF files, the values of
Parquet files, and what stands in base64 in HTML and notebooks. Texts are read as UTF-8 and as UTF-16.
"""

import base64
import datetime as dt
import io
import re
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from analysis.audit.manifest import sha256
from analysis.cut.dataset import Dataset
from analysis.errors import RenderError
from analysis.report.grammar import MONTHS

IDENTIFYING = re.compile(r"USUBJID|SUBJID|INVID|INVNAM|[A-Z0-9]{2}REFID|SPDEVID")
"""Variables of SDTM whose values are, or may lead to, a patient, an investigator or a sample."""

SHORTEST = 5
"""Characters of an identifier that can be looked for; a shorter one, such as 001, stands in any text by chance."""

_NUMBER_OF = {name.lower()[:length]: n for n, name in enumerate(MONTHS, 1) for length in (3, len(name))}
_NAMES = "|".join(sorted(_NUMBER_OF, key=len, reverse=True))
_DATES = re.compile(
    rb"(?<!\d)(?:(\d{4})-(\d\d)-(\d\d)|(\d{4})(\d\d)(\d\d)|(\d\d)/(\d\d)/(\d{4})"
    rb"|(\d{1,2})[ -]?(" + _NAMES.encode() + rb")[ -]?(\d{4})|(" + _NAMES.encode() + rb") (\d{1,2}), (\d{4}))(?!\d)",
    re.IGNORECASE,
)
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{200,}={0,2}")
_STREAM = re.compile(rb"stream\r?\n")
_ISO = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Secrets:
    """What must not be in a public build."""

    identifiers: frozenset[str]
    dates: frozenset[dt.date]


def secrets(datasets: Mapping[str, Dataset], allowed: Iterable[dt.date]) -> Secrets:
    """The identifiers and the dates of the records of a cut, but those allowed: the cut-off's and the lock's."""
    identifiers: set[str] = set()
    dates: set[dt.date] = set()
    for dataset in datasets.values():
        for name in dataset.frame.columns:
            column = dataset.frame[name]
            if column.dtype != pl.String:
                continue
            texts = column.drop_nulls().unique().to_list()
            if IDENTIFYING.fullmatch(name):
                identifiers |= {text for text in texts if len(text) >= SHORTEST}
            if name.endswith("DTC"):
                dates |= {dt.date.fromisoformat(text[:10]) for text in texts if _ISO.match(text)}
    return Secrets(frozenset(identifiers), frozenset(dates - set(allowed)))


def check(build: Path, found: Secrets, known: Collection[str]) -> None:
    """Raise RenderError that names every file of a build with an identifier or a date.

    `known` are the SHA-256 of files that were there before any data, such as styles of citations; chapters, which
    somebody may have written with the data in hand, are looked through all the same.
    """
    problems = []
    for path in sorted(p for p in build.rglob("*") if p.is_file()):
        if path.suffix != ".qmd" and sha256(path) in known:
            continue
        name = path.relative_to(build).as_posix()
        kinds = {
            kind for content in [name.encode(), *contents(name, path.read_bytes())] for kind in said(content, found)
        }
        if kinds:
            problems.append(f"  {name}: {' and '.join(sorted(kinds))}")
    if problems:
        raise RenderError("\n".join(["the public version would give patients away, so it was not made:", *problems]))


def said(content: bytes, found: Secrets) -> Iterator[str]:
    """What a content gives away: an identifier of a patient, a date of a patient."""
    if any(identifier.encode() in content for identifier in found.identifiers):
        yield "an identifier of a patient"
    if any(day in found.dates for day in dates_in(content)):
        yield "a date of a patient"


def dates_in(content: bytes) -> Iterator[dt.date]:
    """The dates that are written in a content: 2025-03-12, 20250312, 12 March 2025, 12MAR2025, 12/03/2025 ..."""
    for found in _DATES.finditer(content):
        groups = [group.decode() for group in found.groups() if group is not None]
        numbers = [_NUMBER_OF.get(group.lower()) or int(group) for group in groups]
        if found[1] or found[4]:
            orders = [(0, 1, 2)]
        elif found[7]:
            orders = [(2, 1, 0), (2, 0, 1)]
        else:
            orders = [(2, 1, 0)] if found[10] else [(2, 0, 1)]
        for year, month, day in orders:
            try:
                yield dt.date(numbers[year], numbers[month], numbers[day])
            except ValueError:
                continue


def contents(name: str, content: bytes) -> Iterator[bytes]:
    """The bytes of a file, and those of what it holds in another form."""
    yield content
    suffix = Path(name).suffix
    if suffix in (".docx", ".zip"):
        with zipfile.ZipFile(io.BytesIO(content)) as members:
            for member in members.namelist():
                yield member.encode()
                yield from contents(member, members.read(member))
    elif suffix == ".pdf":
        yield from _of_pdf(content)
    elif suffix == ".parquet":
        frame = pl.read_parquet(io.BytesIO(content))
        yield frame.write_csv().encode()
    elif suffix in (".html", ".ipynb", ".svg"):
        for encoded in _BASE64.findall(content):
            yield base64.b64decode(encoded + b"=" * (-len(encoded) % 4))
    if b"\0" in content[:1000]:
        for order in ("utf-16-le", "utf-16-be"):
            yield content.decode(order, "ignore").encode()


def _of_pdf(content: bytes) -> Iterator[bytes]:
    """The streams of a PDF file that are compressed, opened."""
    for found in _STREAM.finditer(content):
        try:
            yield zlib.decompressobj().decompress(content[found.end() :])
        except zlib.error:
            continue  # not compressed: its bytes are the file's
