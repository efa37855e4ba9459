"""Every problem of a staged book is named with its file and line, all at once."""

from pathlib import Path

import pytest

from analysis.errors import RenderError
from analysis.report.lint import check, lint
from tests.report.small_book import CATALOGUE, CONFIG, PATIENTS, TABLES, write_book

TITLE = "# 1 Title page {#s-1}\n"
TABLE_CITED = PATIENTS.replace("[Figure 14.2.1.1](14-tables.qmd#f-14-2-1-1)", "the curve")


def test_a_sound_book_has_no_problems(tmp_path: Path) -> None:
    assert lint(write_book(tmp_path), CATALOGUE) == []


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{{< var pfs.medain >}}", "unknown variable pfs.medain"),
        ("{{< var pfs >}}", "unknown variable pfs"),
        ("{{< meta book.none >}}", "unknown key book.none of _quarto.yml"),
        ("{{< video x >}}", "unknown shortcode video; known are include, embed, var, meta, pagebreak"),
        ("{{< var pfs.n", "a shortcode that does not end on its line"),
        ("a {{< pagebreak >}}", "a pagebreak must stand alone on its line"),
        ("a {{< include report/_part.qmd >}}", "an include must stand alone on its line"),
        ("{{< include report/none.qmd >}}", "include report/none.qmd: no such file"),
        ("{{< include ../none.qmd >}}", "include ../none.qmd: leads out of the book"),
        ("{{< embed notebooks/none.ipynb#x >}}", "embed notebooks/none.ipynb#x: no such notebook in the book"),
        (
            "{{< embed notebooks/20_pfs.ipynb#x >}}",
            "embed notebooks/20_pfs.ipynb#x: no cell with this id, label or tag",
        ),
        ("[a](report/14-tables.qmd#t-9)", "link report/14-tables.qmd#t-9: no such anchor in that chapter"),
        ("[a](report/99.qmd#t-9)", "link report/99.qmd#t-9: no such chapter or file in the book"),
        ("[a](14-tables.qmd)", "link 14-tables.qmd: no such chapter or file in the book"),
        ("[a](#none)", "link #none: no such anchor in this chapter"),
        ("[a](#s-14)", "link #s-14: no such anchor in this chapter; it is in another chapter: 14-tables.qmd#s-14"),
        ("[a]: #none", "link #none: no such anchor in this chapter"),
        ("[@nobody2000]", "unknown citation @nobody2000"),
        ("## 1.1 Without", "a heading without an id; write {#s-<number with hyphens>} after it"),
        ("## 1.1 Twice {#s-1}", "id s-1 is defined twice, first in index.qmd:1"),
        ("[x]{#fig-a}", "id fig-a: Quarto numbers ids that begin with tbl-, fig-, lst-, sec-"),
        ("[^1]: Again.", "footnote ^1 is defined twice, first in index.qmd:2"),
        ("```{python}\n1 + 1\n```", "a code cell; chapters embed the cells of notebooks instead"),
        ("[x](javascript:alert(1))", "link javascript:alert(1: expected https, http, mailto, a chapter or an anchor"),
        ("[x]( JavaScript:a)", "link JavaScript:a: expected https, http, mailto, a chapter or an anchor"),
        ("[x](data:{{< var pfs.n >}})", "link data:{{<: expected https, http, mailto, a chapter or an anchor"),
        ("[x]: file:///etc/passwd", "link file:///etc/passwd: expected https, http, mailto, a chapter or an anchor"),
        ("<javascript:a>", "link javascript:a: expected https, http, mailto, a chapter or an anchor"),
        ("See Table 14.9.9.9.", "Table 14.9.9.9: outputs.yaml has no such display"),
        ("See Table\u00a014.2.1.", "Table 14.2.1: outputs.yaml has no such display"),
        ("See Figures 14.2.1.1 and 14.2.1.2.", "Figures 14.2.1.2: outputs.yaml has no such display"),
        ("[Listing 14.2.1.1](#s-1)", "Listing 14.2.1.1: outputs.yaml has no such display"),
        ("See Section 23.4.", "Section 23.4: no heading has this number"),
        ("Appendices 10, 14 and 16.1", "Appendices 16.1: no heading has this number"),
        ("See Table 14.2.1.1.", "Table 14.2.1.1: a mention that is not a link"),
        ("[Table](#s-1) 1; Sections 1 and 10.1.", "Sections 1 and 10.1: a mention that is not a link"),
        ("![](x.png)", "an image without an alternative text"),
    ],
)
def test_each_problem(tmp_path: Path, line: str, problem: str) -> None:
    problems = lint(write_book(tmp_path, index=f"{TITLE}{line}\n"), CATALOGUE)
    assert any(found.endswith(f":2: {problem}") or found.endswith(f":20: {problem}") for found in problems), problems


@pytest.mark.parametrize(
    "line",
    [
        "[a](#s-1), [b](report/14-tables.qmd#t-14-2-1-1), [c](report/14-tables.qmd), [d](https://example.org/x#y)",
        "{{{< video x >}}}",
        "someone@example.org, <mailto:someone@example.org>, [e](MAILTO:someone@example.org), <https://example.org>",
        "[Table 14.2.1.1](#s-1), [Sections 1, 10.1 and 14](#s-1), [Section 10][s] and 99 patients; table 3, section 7",
        "## 1.1 Patients of Table 14.2.1.1 {#s-1-1}",
        "as others did [@kaplan1958, Section 7; see Table 2]",
        "[Kaplan, -@kaplan1958, p. 3; see @kaplan1958]",
        "```\n[a](#none) [@nobody] {#fig-x}\n## no heading\n```",
        "{{< include report/_part.qmd >}}",
        "12 patients, since this is no results section",
    ],
)
def test_what_is_in_order(tmp_path: Path, line: str) -> None:
    assert lint(write_book(tmp_path, index=f"{TITLE}{line}\n"), CATALOGUE) == []


def test_settings_at_the_head_of_a_chapter(tmp_path: Path) -> None:
    problems = lint(write_book(tmp_path, index=f"---\ntitle: x\n---\n{TITLE}"), CATALOGUE)
    assert problems == ["index.qmd:1: settings at the head of a chapter; they belong into _quarto.yml"]


def test_a_problem_in_an_included_file_is_named_there(tmp_path: Path) -> None:
    problems = lint(write_book(tmp_path, report___part="one\n\n{{< var none >}}\n"), CATALOGUE)
    assert problems == ["report/_part.qmd:3: unknown variable none"]


def test_outputs_are_shown_once(tmp_path: Path) -> None:
    twice = TABLES + "\n{{< embed ../notebooks/20_pfs.ipynb#t-14-2-1-1 >}}\n"
    without = "\n".join(line for line in twice.splitlines() if "#f-14" not in line) + "\n"
    assert lint(write_book(tmp_path, report__10_patients=TABLE_CITED, report__14_tables=without), CATALOGUE) == [
        "outputs.yaml: t-14-2-1-1: shown 2 times, expected once",
        "outputs.yaml: f-14-2-1-1: no chapter shows it",
    ]


def test_outputs_are_cited(tmp_path: Path) -> None:
    assert lint(write_book(tmp_path, report__10_patients=TABLE_CITED), CATALOGUE) == [
        "outputs.yaml: f-14-2-1-1: no section cites it; link to it where it is written about"
    ]


def test_outputs_come_from_the_notebook_of_the_catalogue(tmp_path: Path) -> None:
    catalogue = {"t-14-2-1-1": CATALOGUE["t-14-2-1-1"].model_copy(update={"notebook": "21_other"})}
    assert lint(write_book(tmp_path, report__10_patients=TABLE_CITED), catalogue) == [
        "report/14-tables.qmd:3: embed ../notebooks/20_pfs.ipynb#t-14-2-1-1: outputs.yaml has t-14-2-1-1 from 21_other",
        "report/14-tables.qmd:5: embed ../notebooks/20_pfs.ipynb#f-14-2-1-1: outputs.yaml has no f-14-2-1-1",
    ]


def test_a_number_typed_in_a_results_section(tmp_path: Path) -> None:
    problems = lint(write_book(tmp_path, report__10_patients=PATIENTS + "\nOf these 12 (3.5 %) left.\n"), CATALOGUE)
    assert problems == [
        "report/10-patients.qmd:22: 12 is typed by hand in section 10; cite a result with var",
        "report/10-patients.qmd:22: 3.5 is typed by hand in section 10; cite a result with var",
    ]


def test_a_chapter_that_is_missing(tmp_path: Path) -> None:
    config = CONFIG.replace("report/14-tables.qmd]", "report/14-tables.qmd, report/15.qmd]")
    assert lint(write_book(tmp_path, _quarto=config), CATALOGUE) == ["_quarto.yml: book.chapters: 15.qmd: no such file"]


def test_check_raises_all_problems(tmp_path: Path) -> None:
    book = write_book(tmp_path, index=f"{TITLE}{{{{< var a >}}}} {{{{< var b >}}}}\n")
    with pytest.raises(RenderError) as caught:
        check(book, CATALOGUE)
    assert str(caught.value).splitlines() == [
        "2 problems in the report's chapters:",
        "index.qmd:2: unknown variable a",
        "index.qmd:2: unknown variable b",
    ]
