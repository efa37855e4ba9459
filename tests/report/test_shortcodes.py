"""Shortcodes and includes of the chapters' dialect."""

from pathlib import Path

import pytest

from analysis.report.shortcodes import Line, find, left_open, outside_code, read_lines, replace


def test_a_shortcode_has_a_name_and_an_argument() -> None:
    ((start, shortcode),) = find("a {{< var pfs.median >}} b")
    assert (start, shortcode.name, shortcode.argument, shortcode.alone) == (2, "var", "pfs.median", False)
    assert find("  {{< pagebreak >}} ")[0][1].alone


def test_an_escaped_shortcode_is_text() -> None:
    assert find("{{{< var x >}}}") == []
    assert replace("a {{{< var x >}}} b", lambda s: "!") == "a {{< var x >}} b"


def test_a_value_is_not_read_again() -> None:
    assert replace("{{< var a >}}", lambda s: "{{< var b >}}") == "{{< var b >}}"


@pytest.mark.parametrize(("text", "expected"), [("{{< var x", True), ("{{< var x >}}", False), ("{{{< x >}}}", False)])
def test_a_shortcode_ends_on_its_line(text: str, expected: bool) -> None:
    assert left_open(text) is expected


def read(path: Path, root: Path) -> tuple[list[str], list[str]]:
    problems: list[str] = []
    lines = read_lines(path, root, lambda line, message: problems.append(f"{line.file.name}:{line.number}: {message}"))
    return [line.text for line in lines], problems


def test_includes_are_expanded_and_keep_their_place(tmp_path: Path) -> None:
    (tmp_path / "a.qmd").write_text("one\n{{< include b.qmd >}}\nthree\n")
    (tmp_path / "b.qmd").write_text("two\n")
    lines = read_lines(tmp_path / "a.qmd", tmp_path, lambda line, message: pytest.fail(message))
    assert [(line.text, line.file.name, line.number, line.chapter.name) for line in lines] == [
        ("one", "a.qmd", 1, "a.qmd"),
        ("two", "b.qmd", 1, "a.qmd"),
        ("three", "a.qmd", 3, "a.qmd"),
    ]


def test_an_include_stays_in_the_book_and_ends(tmp_path: Path) -> None:
    book = tmp_path / "book"
    book.mkdir()
    (tmp_path / "secret.qmd").write_text("secret\n")
    text = "{{< include ../secret.qmd >}}\n{{< include none.qmd >}}\n{{< include a.qmd >}}\nx {{< include a.qmd >}}\n"
    (book / "a.qmd").write_text(text + "{{< include /etc/passwd >}}\n")
    lines, problems = read(book / "a.qmd", book)
    assert lines == []
    assert problems == [
        "a.qmd:1: include ../secret.qmd: leads out of the book",
        "a.qmd:2: include none.qmd: no such file",
        "a.qmd:3: include a.qmd: includes itself",
        "a.qmd:4: an include must stand alone on its line",
        "a.qmd:5: include /etc/passwd: no such file",
    ]


def test_an_include_through_a_link_stays_in_the_book(tmp_path: Path) -> None:
    book = tmp_path / "book"
    book.mkdir()
    (tmp_path / "secret.qmd").write_text("secret\n")
    (book / "link.qmd").symlink_to(tmp_path / "secret.qmd")
    (book / "a.qmd").write_text("{{< include link.qmd >}}\n")
    assert read(book / "a.qmd", book) == ([], ["a.qmd:1: include link.qmd: leads out of the book"])


def test_lines_of_fenced_code_are_left_out() -> None:
    text = "a\n````\n```\n# no\n````\nb\n~~~ {.x}\nc\n~~~\nd\n```\nopen"
    lines = [Line(t, Path("a"), n, Path("a")) for n, t in enumerate(text.split("\n"))]
    assert [line.text for line in outside_code(lines)] == ["a", "b", "d"]
