"""Rendering by both engines; a small program stands in for Quarto."""

import datetime as dt
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from analysis.errors import RenderError
from analysis.pipeline.helper import Helper
from analysis.report.engine import Engine, choose
from analysis.report.render import render, run_quarto
from tests.report.made import make_params
from tests.report.small_book import CATALOGUE, write_book

DATE = dt.date(2025, 7, 10)
PROJECT = Path(__file__).parents[2]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    folder = write_book(tmp_path / "book")
    shutil.copy(PROJECT / "report" / "reference.docx", folder / "report" / "reference.docx")
    return folder


def test_the_embedded_engine_writes_the_report_and_its_sections(book: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with Helper() as helper:
        render(book, out, make_params(), choose("pandoc"), DATE, CATALOGUE, None, helper)
    assert sorted(p.name for p in out.iterdir()) == ["csr.docx", "csr.html", "csr.pdf", "sections"]
    assert sorted(p.name for p in (out / "sections").iterdir()) == [
        "1-title-page.docx",
        "10-study-patients.docx",
        "10.1-all-40-patients.docx",
        "14-tables.docx",
    ]


PROGRAM = """
import datetime as dt, sys
from pathlib import Path
from analysis.pipeline.helper import Helper
from analysis.report.engine import choose
from analysis.report.render import render
from tests.report.made import make_params
from tests.report.small_book import CATALOGUE
book, out = Path(sys.argv[1]), Path(sys.argv[2])
out.mkdir()
with Helper() as helper:
    render(book, out, make_params(), choose("pandoc"), dt.date(2025, 7, 10), CATALOGUE, None, helper)
"""


def test_the_same_bytes_whatever_the_surroundings(book: Path, tmp_path: Path) -> None:
    def make(place: Path, **environment: str) -> dict[str, bytes]:
        place.mkdir()
        copy = place / "book"
        shutil.copytree(book, copy)
        subprocess.run(
            [sys.executable, "-c", PROGRAM, copy, place / "out"],
            check=True,
            cwd=place,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT)} | environment,
        )
        files = sorted(p for p in (place / "out").rglob("*") if p.is_file())
        return {str(p.relative_to(place)): p.read_bytes() for p in files}

    one = make(tmp_path / "one", TZ="UTC", PYTHONHASHSEED="1", HOME=str(tmp_path))
    two = make(tmp_path / "t w o", TZ="Asia/Tokyo", PYTHONHASHSEED="2", HOME="/nonexistent", LC_ALL="C")
    assert list(one) == list(two)
    assert [name for name in one if one[name] != two[name]] == []


QUARTO = """#!/bin/sh
mkdir _book
test -f _quarto.yml && echo "$SOURCE_DATE_EPOCH $TYPST_IGNORE_SYSTEM_FONTS $*" > _book/index.html
pwd > _book/place; echo "$TMPDIR" >> _book/place
: > _book/csr.pdf
cp report/reference.docx _book/csr.docx
"""


@pytest.fixture
def quarto(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    path = folder / "quarto"
    path.write_text(QUARTO)
    path.chmod(0o755)
    return path


def test_quarto_renders_a_copy_of_the_book(book: Path, tmp_path: Path, quarto: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with Helper() as helper:
        render(book, out, make_params(), Engine("quarto", "1.9.0"), DATE, CATALOGUE, None, helper)
    assert sorted(p.name for p in out.iterdir()) == ["csr.docx", "csr.html", "csr.pdf", "sections", "site"]
    assert (out / "site" / "index.html").read_text() == "1752105600 true render --no-execute\n"
    assert not (book / "_book").exists()


def test_quarto_works_below_no_hidden_folder(
    book: Path, tmp_path: Path, quarto: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = tmp_path / ".2025-12-31.work" / "home"
    hidden.mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(hidden))
    run_quarto(book, tmp_path, DATE)
    place, temporary = (tmp_path / "site" / "place").read_text().splitlines()
    assert Path(place) == Path(temporary) / "book"
    assert "/." not in place
    assert not Path(temporary).exists()


def test_what_quarto_said_is_in_the_error(book: Path, tmp_path: Path, quarto: Path) -> None:
    quarto.write_text("#!/bin/sh\necho 'ERROR: the reason'\nexit 3\n")
    with pytest.raises(RenderError, match="quarto render ended with 3:\nERROR: the reason"):
        run_quarto(book, tmp_path, DATE)


def test_quarto_that_writes_too_little(book: Path, tmp_path: Path, quarto: Path) -> None:
    quarto.write_text("#!/bin/sh\necho done\n")
    with pytest.raises(RenderError, match=r"quarto render wrote no csr\.docx, csr\.pdf, index\.html:\ndone"):
        run_quarto(book, tmp_path, DATE)


def test_quarto_that_went_away(book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RenderError, match="Quarto is not on the PATH"):
        run_quarto(book, tmp_path, DATE)
