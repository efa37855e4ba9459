"""Reading the whole book as one tree."""

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import RenderError
from analysis.report.escape import markdown_text
from analysis.report.pandoc import plain
from analysis.report.parse import book_ast, display_id
from analysis.report.stage import write_variables
from tests.report.small_book import ALT, HOSTILE, PATIENTS, TABLES, code_cell, notebook, png, write_book


def elements(node: Any, kind: str) -> list[Any]:
    """The contents of all elements of a type, in order."""
    if isinstance(node, list):
        return [found for item in node for found in elements(item, kind)]
    if not isinstance(node, dict):
        return []
    own = [node.get("c")] if node.get("t") == kind else []
    return own + elements(node.get("c"), kind)


@pytest.fixture(scope="module")
def ast(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return book_ast(write_book(tmp_path_factory.mktemp("book")))


def test_variables_stand_in_text_code_and_headings(ast: dict[str, Any]) -> None:
    text = plain(ast["blocks"])
    assert f"Median 7.4 months (n=40); {HOSTILE} and " in text
    assert [code for _, code in elements(ast["blocks"], "Code")] == [HOSTILE]
    assert [plain(words) for _, _, words in elements(ast["blocks"], "Header")][2] == "10.1 All 40 patients"


def test_markdown_of_a_variable_is_read(ast: dict[str, Any]) -> None:
    assert [plain(words) for words in elements(ast["blocks"], "Emph")][:1] == ["A"]


def test_metadata(ast: dict[str, Any]) -> None:
    assert {key: plain(value["c"]) for key, value in ast["meta"].items() if key != "lang"} == {
        "title": "Clinical study report",
        "subtitle": "A trial of drug A",
        "author": "A sponsor",
        "date": "2025-07-01",
    }
    assert "Study of A sponsor." in plain(ast["blocks"])


def test_shortcodes_in_data_and_escaped_ones_are_text(ast: dict[str, Any]) -> None:
    text = plain(ast["blocks"])
    assert "{{< include /etc/passwd >}}" in text
    assert "Not a shortcode here: {{< var pfs.n >}}" in text
    assert "; {{< var x >}}." in text


def test_links_lose_their_file(ast: dict[str, Any]) -> None:
    targets = [target for _, _, (target, _) in elements(ast["blocks"], "Link")]
    assert targets == ["#t-14-2-1-1", "#f-14-2-1-1", "#s-14", "#ref-kaplan1958", "#s-10"]


def test_footnotes(ast: dict[str, Any]) -> None:
    assert [plain(note) for note in elements(ast["blocks"], "Note")] == ["A note.", "Another note."]


def test_embedded_outputs_stand_behind_their_announcement(ast: dict[str, Any]) -> None:
    blocks = ast["blocks"]
    places = {display_id(block): place for place, block in enumerate(blocks) if display_id(block)}
    assert list(places) == ["t-14-2-1-1", "f-14-2-1-1"]
    formats = [block["c"][0] for block in blocks[places["t-14-2-1-1"] + 1 :][:3]]
    assert formats == ["html", "openxml", "typst"]


def test_images_are_written_to_the_book(tmp_path: Path) -> None:
    tree = book_ast(write_book(tmp_path))
    ((_, alt, (target, _)),) = elements(tree["blocks"], "Image")
    assert (plain(alt), target) == (ALT, "media/f-14-2-1-1.png")
    assert (tmp_path / target).read_bytes() == png()


def test_citations_are_resolved(ast: dict[str, Any]) -> None:
    assert "(Kaplan 1958)" in plain(ast["blocks"])
    assert "Kaplan, E. 1958. Estimation." in plain(ast["blocks"])


def test_a_page_break_is_one_in_every_format(ast: dict[str, Any]) -> None:
    breaks = [kind for kind, text in elements(ast["blocks"], "RawBlock") if "break" in text or 'w:type="page"' in text]
    assert breaks == ["html", "openxml", "typst"]


def test_no_path_of_this_machine_is_in_the_tree(tmp_path: Path) -> None:
    assert str(tmp_path) not in json.dumps(book_ast(write_book(tmp_path)))


def test_an_open_fence_ends_with_its_chapter(tmp_path: Path) -> None:
    tree = book_ast(write_book(tmp_path, index="# 1 Title page {#s-1}\n\n````\nopen\n"))
    assert [plain(words) for _, _, words in elements(tree["blocks"], "Header")][1] == "10 Study patients"


def test_characters_that_stand_for_shortcodes_are_refused_in_text(tmp_path: Path) -> None:
    tree = book_ast(write_book(tmp_path, index="# 1 Title page {#s-1}\n\na\U000f0000b\n"))
    assert plain(tree["blocks"][1]) == "a\N{REPLACEMENT CHARACTER}b"


@pytest.mark.parametrize("value", ["1. one", "# head", "    code", "- item", ":::", "> quote", "```", "a\n\nb", "---"])
def test_a_variable_cannot_become_a_block(tmp_path: Path, value: str) -> None:
    book = write_book(tmp_path, _variables=json.dumps({"x": value}), _quarto=PLAIN, index="{{< var x >}}\n")
    (paragraph,) = book_ast(book)["blocks"]
    assert paragraph["t"] == "Para"
    assert plain(paragraph).split() == value.replace("---", "\N{EM DASH}").split()


PLAIN = "book:\n  title: T\n  chapters: [index.qmd]\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{< var pfs.medain >}}", "index.qmd:2: unknown var pfs.medain"),
        ("{{< var pfs >}}", "index.qmd:2: unknown var pfs"),
        ("{{< meta nothing >}}", "index.qmd:2: unknown meta nothing"),
        ("{{< video x >}}", "index.qmd:2: video: an unknown shortcode, or one that must stand alone on its line"),
        (
            "a {{< pagebreak >}}",
            "index.qmd:2: pagebreak: an unknown shortcode, or one that must stand alone on its line",
        ),
        (
            "{{< embed notebooks/none.ipynb#x >}}",
            "index.qmd:2: embed notebooks/none.ipynb#x: no such notebook in the book",
        ),
        (
            "{{< embed notebooks/20_pfs.ipynb#t-9 >}}",
            "index.qmd:2: embed notebooks/20_pfs.ipynb#t-9: no cell with this id, label or tag",
        ),
        ("{{< include ../x.qmd >}}", "index.qmd:2: include ../x.qmd: leads out of the book"),
    ],
)
def test_what_cannot_be_resolved_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(RenderError) as caught:
        book_ast(write_book(tmp_path, index=f"# 1 Title page {{#s-1}}\n{text}\n"))
    assert str(caught.value) == message


def test_an_unknown_citation_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="nobody2000 not found"):
        book_ast(write_book(tmp_path, report__10_patients=PATIENTS + "\n[@nobody2000]\n"))


def test_an_image_needs_a_text(tmp_path: Path) -> None:
    cells = notebook(code_cell("t-14-2-1-1", ({"image/png": ""}, {})), code_cell("f-14-2-1-1"))
    with pytest.raises(RenderError, match=r"report/14-tables\.qmd:3: .*an image without an alternative text"):
        book_ast(write_book(tmp_path, notebooks__20_pfs=cells, report__14_tables=TABLES))


def test_a_cell_is_found_by_id_then_label_then_tag(tmp_path: Path) -> None:
    def cell(name: str, **more: object) -> dict[str, object]:
        return code_cell(name, ({"text/markdown": name}, {}), **more)

    labelled = cell("labelled", source="#| echo: false\n#| label: one\nx")
    tagged = cell("tagged", metadata={"tags": ["one", "two"]})
    book = write_book(tmp_path, notebooks__20_pfs=notebook(tagged, labelled, cell("two")), _quarto=PLAIN)
    for name, expected in (("one", "labelled"), ("two", "two")):
        (book / "index.qmd").write_text(f"{{{{< embed notebooks/20_pfs.ipynb#{name} >}}}}\n")
        assert plain(book_ast(book)["blocks"]) == expected


TEXTS = st.lists(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30), min_size=1, max_size=40)


@given(TEXTS)
def test_any_text_of_data_comes_out_as_it_went_in(texts: list[str]) -> None:
    values = {f"v{n}": markdown_text(text) for n, text in enumerate(texts)}
    index = "".join(f"a{{{{< var {name} >}}}}b\n\n" for name in values)
    with tempfile.TemporaryDirectory() as folder:
        book = write_book(Path(folder), _quarto=PLAIN, index=index)
        write_variables(values, book / "_variables.yml")
        blocks = book_ast(book)["blocks"]
    assert [plain(block) for block in blocks] == [f"a{' '.join(text.split())}b" for text in texts]
