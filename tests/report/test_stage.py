"""The staged folder."""

import datetime as dt
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from analysis.errors import RenderError
from analysis.params_yaml import read_yaml
from analysis.paths import Study
from analysis.report.book import Book
from analysis.report.stage import citation_order, nested, stage_book, write_variables
from tests.report.made import STUDY, make_params

DATE = dt.date(2025, 7, 10)


def write(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """A project with two chapters, and a second study below it that has one of its own."""
    project = tmp_path / "project"
    config = "# a comment\nbook:\n  title: Report\n  author: x\n  chapters: [index.qmd, report/a.qmd]\n"
    write(project, index_dot_qmd="i", report__a_dot_qmd="a", report__b_dot_qmd="b", report__reference_dot_docx="ref")
    (project / "_quarto.yml").write_text(config)
    (project / "report" / ".hidden").write_text("no")
    write(project / "second", report__a_dot_qmd="second a", report__c_dot_qmd="c", house_dot_docx="house")
    (project / "second" / "params").mkdir()
    write(tmp_path / "executed", n_dot_ipynb='{"cells": []}', n_dot_log="no")
    return Study(project, project / "second" / "params")


def stage(study: Study, tmp_path: Path, **params: object) -> Path:
    book = tmp_path / "book"
    stage_book(study, make_params(**params), {"a.b": "1\\.5"}, tmp_path / "executed", book, date=DATE)
    return book


def test_the_study_comes_before_the_project(study: Study, tmp_path: Path) -> None:
    book = stage(study, tmp_path)
    texts = {p.name: p.read_text() for p in (book / "report").iterdir() if p.name[0] != "_" and p.suffix != ".typ"}
    assert texts == {"a.qmd": "second a", "b.qmd": "b", "c.qmd": "c", "reference.docx": "ref"}
    assert (book / "index.qmd").read_text() == "i"


def test_the_lists_of_values_are_made_from_the_parameters(study: Study, tmp_path: Path) -> None:
    book = stage(study, tmp_path, baseline={"cdk46_inhibitors": ["Palbo_ciclib", "RIBOCICLIB"]})
    text = (book / "report" / "_code-lists.qmd").read_text()
    assert "| CDK4\\/6 inhibitors | PALBO\\_CICLIB, RIBOCICLIB |\n" in text


def test_the_folder_holds_all_that_a_renderer_needs(study: Study, tmp_path: Path) -> None:
    book = stage(study, tmp_path)
    assert sorted(p.name for p in book.iterdir()) == sorted(
        ["_quarto.yml", "_variables.yml", "index.qmd", "report", "notebooks", "fonts"]
    )
    assert [p.name for p in (book / "notebooks").iterdir()] == ["n.ipynb"]
    assert {p.suffix for p in (book / "fonts").iterdir()} >= {".ttf"}


def test_the_configuration_carries_the_study_and_the_date_of_the_lock(study: Study, tmp_path: Path) -> None:
    text = (stage(study, tmp_path) / "_quarto.yml").read_text()
    assert text.startswith("# a comment\n")
    assert YAML(typ="safe").load(text)["book"] == {
        "title": "Report",
        "subtitle": STUDY["title"],
        "author": STUDY["sponsor"],
        "date": "2025-07-10",
        "chapters": ["index.qmd", "report/a.qmd"],
    }


def test_a_chapter_that_leads_elsewhere_is_not_published(study: Study, tmp_path: Path) -> None:
    (tmp_path / "secret.qmd").write_text("secret")
    (study.root / "report/b.qmd").symlink_to(tmp_path / "secret.qmd")
    with pytest.raises(RenderError, match=r"report/b\.qmd: a symbolic link"):
        stage(study, tmp_path)


def test_title_and_sponsor_are_text(study: Study, tmp_path: Path) -> None:
    texts = {"title": "{{< include /etc/passwd >}}", "sponsor": "*A* @b"}
    stage_book(study, make_params(study=STUDY | texts), {}, tmp_path / "executed", tmp_path / "book", date=DATE)
    book = YAML(typ="safe").load((tmp_path / "book/_quarto.yml").read_text())["book"]
    assert (book["subtitle"], book["author"]) == (r"\{\{\< include \/etc\/passwd \>\}\}", r"\*A\* \@b")


def test_variables_are_nested(study: Study, tmp_path: Path) -> None:
    assert (stage(study, tmp_path) / "_variables.yml").read_text() == '{\n "a": {\n  "b": "1\\\\.5"\n }\n}\n'
    with pytest.raises(RenderError, match=r"variable a\.b: another variable is named a, the beginning of this name"):
        nested({"a": "1", "a.b": "2"})


def test_texts_that_yaml_would_read_as_something_else_stay_texts(tmp_path: Path) -> None:
    values = {"a": "12.30", "b": "yes", "c": "null", "d": "2025-06-30", "e": "a: b # c", "f": "\N{GRINNING FACE} '\""}
    values |= {f"c{code:x}": f"a{chr(code)}b" for code in (0, 7, 9, 10, 0x7F, 0x85, 0x2028, 0xFEFF, 0xFFFE)}
    write_variables(values, tmp_path / "_variables.yml")
    assert {key: Book(tmp_path).variable(key) for key in values} == values
    assert read_yaml(tmp_path / "_variables.yml") == values  # as Quarto reads it


def test_a_house_reference_document(study: Study, tmp_path: Path) -> None:
    book = stage(study, tmp_path, report={"reference_docx": "house.docx"})
    assert (book / "report" / "reference.docx").read_text() == "house"


def test_a_missing_reference_document_is_named(study: Study, tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=r"none\.docx: no such file, which the report needs"):
        stage(study, tmp_path, report={"reference_docx": "none.docx"})


def test_displays_that_the_study_leaves_out_are_left_out_of_the_projects_chapters(study: Study, tmp_path: Path) -> None:
    shown = "{{< embed ../notebooks/n.ipynb#t-1 >}}\n\n{{< pagebreak >}}\n\n"
    text = f"# 1 One\n\n{shown}{shown.replace('t-1', 't-1-2')}{shown.replace('t-1', 'f-1')}The end.\n"
    (study.project / "report" / "b.qmd").write_text(text)
    (study.root / "report" / "c.qmd").write_text(shown)
    book = tmp_path / "book"
    stage_book(study, make_params(), {}, tmp_path / "executed", book, date=DATE, left_out={"t-1", "f-1"})
    assert (book / "report" / "b.qmd").read_text() == f"# 1 One\n\n{shown.replace('t-1', 't-1-2')}The end.\n"
    assert (book / "report" / "c.qmd").read_text() == shown  # its own chapters are as it wrote them


def test_a_section_that_loses_its_only_display_says_so(study: Study, tmp_path: Path) -> None:
    embed = "{{< embed ../notebooks/n.ipynb#t-1 >}}\n\n"
    text = f"# 1 One\n\n## 1.1 A\n\n{embed}## 1.2 B\n\ntext\n\n{embed}## 1.3 C\n\n{embed}"
    (study.project / "report" / "b.qmd").write_text(text)
    book = tmp_path / "book"
    stage_book(study, make_params(), {}, tmp_path / "executed", book, date=DATE, left_out={"t-1"})
    none = "Not part of this report.\n\n"
    assert (book / "report" / "b.qmd").read_text() == (
        f"# 1 One\n\n## 1.1 A\n\n{none}## 1.2 B\n\ntext\n\n## 1.3 C\n\n{none}"
    )


def test_the_order_of_citations_is_that_of_the_chapters(tmp_path: Path) -> None:
    (tmp_path / "a.qmd").write_text("[see @two2; @one] a@b.org\n\n{{< include _c.qmd >}}\n")
    (tmp_path / "_c.qmd").write_text("@three\n")
    (tmp_path / "b.qmd").write_text("```\n@fenced\n```\n[@one]\n[@four]\n")
    chapters = [tmp_path / "a.qmd", tmp_path / "none.qmd", tmp_path / "b.qmd"]
    assert citation_order(chapters, tmp_path) == ["two2", "one", "three", "four"]
