"""The last look: every form in which an identifier or a date could stand in a file."""

import base64
import datetime as dt
import io
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from analysis.cut.dataset import Dataset
from analysis.errors import RenderError
from analysis.privacy.scan import Secrets, check, contents, dates_in, said, secrets

DAY = dt.date(2025, 3, 12)
SECRETS = Secrets(frozenset({"NCT-01-001"}), frozenset({DAY}))


def test_the_secrets_are_identifiers_and_dates_of_all_records_but_those_allowed() -> None:
    frame = pl.DataFrame(
        {
            "USUBJID": ["NCT-01-001"],
            "SUBJID": ["001"],
            "INVNAM": ["Zhang San"],
            "LBREFID": ["SMP-77812"],
            "AESTDTC": ["2025-03-12T08:30"],
            "AEENDTC": ["2025-03"],
            "RFICDTC": ["2025-06-30"],
            "AETERM": ["HEADACHE"],
            "AESEQ": [1.0],
        }
    )
    found = secrets({"AE": Dataset("AE", "Adverse Events", frame)}, {dt.date(2025, 6, 30)})
    assert found == Secrets(frozenset({"NCT-01-001", "Zhang San", "SMP-77812"}), frozenset({DAY}))


@pytest.mark.parametrize(
    "text",
    [
        "2025-03-12", "2025-03-12T08:30", "20250312", "12 March 2025", "12 Mar 2025", "12MAR2025", "12-Mar-2025",
        "March 12, 2025", "12/03/2025", "03/12/2025",
    ],
)  # fmt: skip
def test_dates_are_seen_however_they_are_written(text: str) -> None:
    assert DAY in set(dates_in(f"on ({text}) it".encode()))


@pytest.mark.parametrize("text", ["2025-03-13", "12025-03-12", "2025-03-122", "2025-13-12", "12 March 2024"])
def test_other_numbers_are_not_that_date(text: str) -> None:
    assert DAY not in set(dates_in(text.encode()))


def zipped(member: str, text: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as members:
        members.writestr(member, text)
    return file.getvalue()


def parquet(text: str) -> bytes:
    file = io.BytesIO()
    pl.DataFrame({"A": [text] * 50}).write_parquet(file, compression="zstd")
    return file.getvalue()


FILES: dict[str, Callable[[str], bytes]] = {
    "a.txt": lambda text: text.encode(),
    "a.docx": lambda text: zipped("docProps/core.xml", f"<dc:creator>{text}</dc:creator>"),
    "a.parquet": parquet,
    "a.pdf": lambda text: (
        b"%PDF-1.7\n1 0 obj <</Filter /FlateDecode>>\nstream\n" + zlib.compress(text.encode()) + b"\nendstream"
    ),
    "a.html": lambda text: (
        b'<img src="data:image/svg+xml;base64,' + base64.b64encode(f"{'x' * 300}{text}".encode()) + b'">'
    ),
    "a.png": lambda text: b"\x89PNG\r\n\x1a\n\0\0\0\x20tEXtComment\0" + text.encode(),
    "a.xpt": lambda text: b"HEADER" + text.encode().ljust(40),
    "a.bin": lambda text: "\0".join(text).encode() + b"\0",
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("secret", ["NCT-01-001", "2025-03-12"])
def test_every_kind_of_file_is_opened(tmp_path: Path, name: str, secret: str) -> None:
    (tmp_path / name).write_bytes(FILES[name]("nothing of anybody"))
    check(tmp_path, SECRETS, ())
    (tmp_path / name).write_bytes(FILES[name](secret))
    what = "a date" if secret[0] == "2" else "an identifier"
    with pytest.raises(RenderError, match=f"would give patients away.*\n  {name}: {what} of a patient"):
        check(tmp_path, SECRETS, ())


def test_names_of_files_are_read_and_known_files_passed_over(tmp_path: Path) -> None:
    (tmp_path / "NCT-01-001.txt").write_text("")
    with pytest.raises(RenderError, match="an identifier"):
        check(tmp_path, SECRETS, ())
    (tmp_path / "NCT-01-001.txt").rename(tmp_path / "style.csl")
    (tmp_path / "style.csl").write_text("updated 2025-03-12")
    known = "d5b01659c85950aa05406db1ee4b173dec01603dc8e4ddb3eff35b0e438819e4"
    check(tmp_path, SECRETS, {known})
    (tmp_path / "style.csl").rename(tmp_path / "chapter.qmd")
    with pytest.raises(RenderError, match=r"chapter\.qmd: a date"):
        check(tmp_path, SECRETS, {known})


def test_a_short_identifier_is_not_looked_for() -> None:
    found = secrets({"DM": Dataset("DM", "", pl.DataFrame({"SUBJID": ["0012", "10023"]}))}, ())
    assert found.identifiers == {"10023"}
    assert list(said(b"page 0012", found)) == []
    assert [kind for part in contents("a.txt", b"10023") for kind in said(part, found)] == [
        "an identifier of a patient"
    ]
