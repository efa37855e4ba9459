"""Word files as LibreOffice lays them out: no page without content, and a section in another company's template."""

import datetime as dt
import subprocess
from collections.abc import Sequence
from pathlib import Path

import docx as python_docx
import pytest
from docxcompose.composer import Composer

from analysis.report import docx, sections
from analysis.tlf.model import Row, Table
from tests.needs import needs
from tests.report import sponsors
from tests.report.made import make_params
from tests.report.made_book import HOSTILE, book_ast, write_images
from tests.report.test_displays import REFERENCE, write
from tests.tlf.samples import small


def pages(folder: Path, names: Sequence[str]) -> list[list[str]]:
    """The text of each page of each Word file, without the first and the last line, which are head and foot."""
    command = ["libreoffice", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless"]
    subprocess.run([*command, "--convert-to", "pdf", *names], cwd=folder, capture_output=True, check=True)
    found = []
    for name in names:
        pdf = folder / Path(name).with_suffix(".pdf").name
        done = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True)
        texts = [[line for line in page.splitlines() if line.strip()] for page in done.stdout.split("\f")[:-1]]
        found.append(["\n".join(lines[1:-1]) for lines in texts])
    return found


def numbered(name: str, rows: int, *, landscape: bool = False) -> Table:
    return small(*(Row.of(f"Row {i}", "1") for i in range(rows)), id=name, label=f"Table {name}", landscape=landscape)


@pytest.mark.slow
@needs("libreoffice", "pdftotext")
def test_no_page_is_empty_after_a_table_that_fills_its_page(tmp_path: Path) -> None:
    """One of these upright and one of these lying tables ends within a row's height of the bottom of the page."""
    names = []
    for extra in range(12):
        tables = [
            numbered("t-14-1-1-1", 44 + extra),
            numbered("t-14-1-1-2", 44 + extra),
            numbered("t-14-1-1-3", 22 + extra, landscape=True),
            numbered("t-14-1-1-4", 22 + extra, landscape=True),
            numbered("t-14-1-1-5", 44 + extra),
        ]
        write(tmp_path / str(extra), tables)
        (tmp_path / str(extra) / "all.docx").rename(tmp_path / f"{extra}.docx")
        names.append(f"{extra}.docx")
    made = pages(tmp_path, names)
    for name, texts in zip(names, made, strict=True):
        assert all("Row" in text for text in texts[1:]), name
    assert (len(made[0]), len(made[-1])) == (6, 11)  # the contents, and one page of each table, or two


@pytest.fixture
def pasted(tmp_path: Path) -> Path:
    """The section 11 of a report, pasted at the end of another company's document."""
    write_images(tmp_path)
    date = dt.date(2025, 8, 1)
    whole = docx.made(book_ast(), reference=REFERENCE, params=make_params(), date=date, resources=tmp_path)
    made = sections.write_sections(whole, tmp_path / "sections", params=make_params(), date=date)
    sponsors.letter(tmp_path / "house.docx")
    composer = Composer(python_docx.Document(str(tmp_path / "house.docx")))
    for number in ("11-", "14-"):
        composer.append(python_docx.Document(str(next(p for p in made if p.name.startswith(number)))))
    composer.save(str(tmp_path / "pasted.docx"))
    return tmp_path / "pasted.docx"


def test_a_section_takes_the_looks_of_the_template_it_is_pasted_into(pasted: Path) -> None:
    document = python_docx.Document(str(pasted))
    headings = {p.text: p.style for p in document.paragraphs if p.style.name.startswith("Heading ")}
    assert list(headings) == [
        "Instructions to authors",
        "11 Efficacy evaluation",
        "11.4 Efficacy results",
        "11.4.1 Analysis of efficacy",
        "14 Tables & figures <not in the text>",
        "14.1 Demographic data",
        "14.2 Efficacy data",
    ]
    assert headings["11 Efficacy evaluation"] == headings["Instructions to authors"]
    assert [t.style.name for t in document.tables][-3:] == ["CSR Table"] * 3
    for paragraph in document.element.body.iter("{*}p"):
        direct = {child.tag.rpartition("}")[2] for child in paragraph.iterchildren("{*}pPr") for child in child}
        assert direct <= {"pStyle", "keepNext", "jc", "ind", "sectPr", "numPr"}, direct


@needs("libreoffice", "pdftotext")
def test_a_pasted_section_is_laid_out_whole(pasted: Path) -> None:
    (texts,) = pages(pasted.parent, [pasted.name])
    everything = "\n".join(texts)
    for wanted in (
        "11.4.1 Analysis of efficacy",
        "References cited in this section",
        "The second work. 2002.",
        "14.1.3",
    ):
        assert wanted in everything
    assert HOSTILE[:24] in everything
    assert all(text.strip() for text in texts)
