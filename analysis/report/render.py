"""Rendering a staged and checked book: the report as page, Word file and PDF, and each section as a Word file."""

import datetime as dt
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analysis.errors import RenderError
from analysis.params import Output, Params
from analysis.pipeline.helper import Helper
from analysis.report import docx, pdf, sections, web
from analysis.report.engine import Engine
from analysis.report.parse import book_ast
from analysis.report.stage import REFERENCE
from analysis.report.trace_links import Traced, without_marks


def render(
    book: Path,
    out: Path,
    params: Params,
    engine: Engine,
    date: dt.date,
    catalogue: Mapping[str, Output],
    traced: Traced | None,
    helper: Helper,
) -> None:
    """Write csr.html, csr.docx, csr.pdf and sections/ to `out`, and under Quarto its many-page site to site/.

    `date` is that of the lock. csr.html and sections/ are always the embedded engine's. The numbers of csr.html lead to
    the records behind them, as `traced` says; without it they are text. The `helper` writes page and Word files while
    this process makes the PDF. Raises RenderError with what the failing program said.
    """
    whole = book_ast(book, traced.variables if traced else {})
    ast = whole | {"blocks": without_marks(whole["blocks"]), "meta": without_marks(whole["meta"])}
    embedded = engine.name != "quarto"
    links = traced.links if traced else None
    word = helper.call(write_word, ast, book, out, params, date, with_report=embedded)
    page = helper.call(
        web.write_page, whole, book, out / "csr.html", params=params, date=date, catalogue=catalogue, links=links
    )
    if embedded:
        pdf.write_pdf(ast, book, out / "csr.pdf", params=params, date=date)
    else:
        run_quarto(book, out, date)
        docx.finish(out / "csr.docx", params=params, date=date)
    word.result()
    page.result()


def write_word(ast: dict[str, Any], book: Path, out: Path, params: Params, date: dt.date, *, with_report: bool) -> None:
    """Write sections/, and `with_report` csr.docx, which is finished the same."""
    package = docx.made(ast, reference=book / REFERENCE, params=params, date=date, resources=book)
    if with_report:
        package.write(out / "csr.docx")
    sections.write_sections(package, out / "sections", params=params, date=date)


def run_quarto(book: Path, out: Path, date: dt.date) -> None:
    """Render a copy of the book with Quarto, which leaves files of its own beside what it reads."""
    program = shutil.which("quarto")
    if program is None:
        raise RenderError("Quarto is not on the PATH, and the report was to be rendered by it")
    midnight = dt.datetime(date.year, date.month, date.day, tzinfo=dt.UTC)
    with tempfile.TemporaryDirectory(dir=_visible_folder()) as folder:
        copy = Path(folder) / "book"
        shutil.copytree(book, copy)
        done = subprocess.run(
            [program, "render", "--no-execute"],
            cwd=copy,
            env=os.environ
            | {
                "SOURCE_DATE_EPOCH": str(int(midnight.timestamp())),
                "TMPDIR": folder,
                "TYPST_IGNORE_SYSTEM_FONTS": "true",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        made = copy / "_book"
        missing = [name for name in ("csr.docx", "csr.pdf", "index.html") if not (made / name).is_file()]
        if done.returncode or missing:
            what = f"ended with {done.returncode}" if done.returncode else f"wrote no {', '.join(missing)}"
            raise RenderError(f"quarto render {what}:\n{done.stdout.strip()[-4000:]}")
        for name in ("csr.docx", "csr.pdf"):
            shutil.move(made / name, out / name)
        shutil.copytree(made, out / "site")


def _visible_folder() -> Path:
    """The folder for temporary files, or a common one where it is below a hidden folder, as a build at work is.

    Quarto passes over every file below a folder whose name begins with a point (quarto-cli issue 3186).
    """
    usual = Path(tempfile.gettempdir())
    for place in (usual, Path("/tmp"), Path("/var/tmp")):
        path = place.resolve()
        if not any(part.startswith(".") for part in path.parts) and os.access(path, os.W_OK):
            return path
    return usual
