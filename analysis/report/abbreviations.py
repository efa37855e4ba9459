"""The abbreviations of section 4: those that the staged report uses, and the check that it uses no unknown one.

The words of a report come from two sides. What somebody wrote (chapters, sentences, titles and footnotes of the
catalogue) may use no abbreviation that the dictionary lacks. What else a display says (headers, row labels, footnotes
that a program makes) may be data: there a known abbreviation is listed, and an unknown one is passed over. The cells of
a display are data and are not read.
"""

import html
import re
from collections.abc import Iterable, Iterator, Set
from functools import cached_property
from pathlib import Path

from pydantic import Field, ValidationError
from ruamel.yaml import YAML

from analysis.errors import ParamsError, RenderError
from analysis.params import Params
from analysis.params_base import Model, Text
from analysis.params_yaml import read_yaml
from analysis.report.book import Book, bundles, text_of
from analysis.report.code_lists import code_lists
from analysis.report.escape import markdown_text
from analysis.report.shortcodes import find, inside, outside_code, read_lines, replace
from analysis.report.variables import flatten
from analysis.results import Result

DICTIONARY = "report/abbreviations.yaml"
LIST = "report/_abbreviations.qmd"

_SOFTWARE = "software."  # names of packages, which are no abbreviations
_WORD = "[A-Za-z0-9]+"
_MARKUP = (
    (re.compile(r"<!--.*?-->"), " "),
    (re.compile(r"\]\([^)]*\)"), " "),  # the target of a link; its text is read
    (re.compile(r"\{[^}]*\}"), " "),
    (re.compile(r"@[A-Za-z0-9_][\w:.#$%&+?~/-]*"), " "),
    (re.compile(r"\\(.)"), r"\1"),
)
_NOT_READ = re.compile(r'<style>.*?</style>|<span class="csr-source">.*?</span>', re.DOTALL)
_CELL = re.compile(r"<td\b.*?</td>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")


class Dictionary(Model):
    """What abbreviations mean, and what looks like one and is none: why, and the words as regular expressions."""

    abbreviations: dict[Text, Text] = Field(default={})
    not_abbreviations: dict[Text, list[Text]] = Field(default={})

    @cached_property
    def _words(self) -> re.Pattern[str]:
        whole = sorted((a for a in self.abbreviations if not re.fullmatch(_WORD, a)), key=lambda a: (-len(a), a))
        parts = [rf"(?<![A-Za-z0-9]){re.escape(a)}(?![A-Za-z0-9])" for a in whole]
        return re.compile("|".join([*parts, _WORD]))

    @cached_property
    def _excepted(self) -> re.Pattern[str]:
        words = [word for words in self.not_abbreviations.values() for word in words]
        return re.compile("|".join(f"(?:{word})" for word in words) or r"(?!)")

    def _of(self, text: str) -> Iterator[str]:
        """Each word that is known or has two capitals or more; a plural as its singular where that is known."""
        for word in self._words.findall(text):
            singular = word.removesuffix("s")
            if singular in self.abbreviations:
                yield singular
            elif word in self.abbreviations or sum(c.isupper() for c in word) >= 2:
                yield word

    def known(self, text: str) -> set[str]:
        """The abbreviations in a text that the dictionary explains."""
        return {word for word in self._of(text) if word in self.abbreviations}

    def unknown(self, text: str) -> list[str]:
        """The words of a text that look like abbreviations and are neither explained nor excepted, in their order."""
        found = (word for word in self._of(text) if word not in self.abbreviations)
        return list(dict.fromkeys(word for word in found if not self._excepted.fullmatch(word)))

    def problems(self, text: str) -> list[str]:
        """What the lint says of a text."""
        return [f"{word} is not in {DICTIONARY}: neither explained nor excepted" for word in self.unknown(text)]


def read(paths: Iterable[Path]) -> Dictionary:
    """Join dictionaries; a later file's entries come before an earlier one's.

    Raises RenderError naming file and key of what is no dictionary.
    """
    joined = Dictionary()
    for path in paths:
        if not path.is_file():
            continue
        try:
            found = Dictionary.model_validate(read_yaml(path))
            for words in found.not_abbreviations.values():
                for word in words:
                    re.compile(word)
        except ParamsError as error:
            raise RenderError(str(error)) from None
        except ValidationError as error:
            problems = [f"{path}: {'.'.join(map(str, p['loc']))}: {p['msg']}" for p in error.errors()]
            raise RenderError("\n".join(problems)) from None
        except re.error as error:
            raise RenderError(f"{path}: {error.pattern!r} is no regular expression: {error.msg}") from None
        joined = Dictionary(
            abbreviations=joined.abbreviations | found.abbreviations,
            not_abbreviations=joined.not_abbreviations | found.not_abbreviations,
        )
    return joined


def names_of_the_study(params: Params) -> set[str]:
    """The words of its identifiers and names, and of the data's values: its code lists, and what is all capitals."""
    study = params.study
    texts = [study.id, study.sponsor, study.data_note, *(values for _, values in code_lists(params))]
    for section in type(params).model_fields:
        for _, value in flatten(section, getattr(params, section)):
            leaves = [*value, *value.values()] if isinstance(value, dict) else value
            leaves = leaves if isinstance(leaves, list) else [leaves]
            texts += [leaf for leaf in leaves if isinstance(leaf, str) and leaf.upper() == leaf]
    return {word for text in texts for word in re.findall(_WORD, text)}


def names_of_the_data(results: Iterable[Result]) -> set[str]:
    """The words of the labels of results that look like abbreviations: they may be data, which sentences cite."""
    labels = ("stat_label", "variable_level", "group1_level", "group2_level", "group3_level")
    words = (word for r in results for label in labels for word in re.findall(_WORD, getattr(r, label) or ""))
    return {word for word in words if sum(c.isupper() for c in word) > 1}


def stage(book: Path, dictionaries: Iterable[Path], params: Params, names_of_data: Set[str] = frozenset()) -> None:
    """Write what the staged folder needs: its dictionary, which the lint reads, and the list of what it uses."""
    written = read(dictionaries)
    names = sorted((names_of_the_study(params) | names_of_data) - written.abbreviations.keys())
    dictionary = written.model_copy(
        update={"not_abbreviations": written.not_abbreviations | {"names and terms of the study": names}}
    )
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    with (book / DICTIONARY).open("w", encoding="utf-8", newline="\n") as file:
        yaml.dump(dictionary.model_dump(), file)
    meanings = used(Book(book), dictionary)
    rows = [f"| {markdown_text(a)} | {markdown_text(meaning)} |" for a, meaning in meanings.items()]
    table = ["| Abbreviation | Meaning |", f"|:{'-' * 15}|:{'-' * 65}|", *rows]
    (book / LIST).write_text("\n".join(table) + "\n", encoding="utf-8", newline="\n")


def staged(book: Book) -> Dictionary | None:
    """The dictionary of a staged folder; None where it has none."""
    path = book.folder / DICTIONARY
    return read([path]) if path.is_file() else None


def used(book: Book, dictionary: Dictionary) -> dict[str, str]:
    """The known abbreviations that the chapters, their displays and these meanings use, in alphabetical order."""
    found: set[str] = set()
    new = {word for text in _texts(book) for word in dictionary.known(text)}
    while new:
        found |= new
        new = {word for a in new for word in dictionary.known(dictionary.abbreviations[a])} - found
    return {a: dictionary.abbreviations[a] for a in _sorted(found)}


def _sorted(words: Set[str]) -> list[str]:
    return sorted(words, key=lambda word: (word.casefold(), word))


def prose(line: str, book: Book) -> str:
    """A line of a chapter as it is read: variables replaced, markup, links' targets and names of software gone."""

    def value(name: str, argument: str) -> str:
        if argument.startswith(_SOFTWARE):
            return " "
        return {"var": book.variable, "meta": book.meta}.get(name, lambda _: None)(argument) or " "

    text = replace(line, lambda shortcode: value(shortcode.name, shortcode.argument))
    for pattern, instead in _MARKUP:
        text = pattern.sub(instead, text)
    return text


def shown(fragment: str) -> str:
    """The words of a display's HTML without its cells and its source line: title, headers, row labels, footnotes."""
    body, foot, below = _NOT_READ.sub(" ", fragment).partition("<tfoot>")
    return html.unescape(_TAG.sub(" ", _CELL.sub(" ", body) + foot + below))


def _texts(book: Book) -> Iterator[str]:
    """Every text of the report that can hold an abbreviation; the list itself is none."""
    for chapter in book.chapters:
        if not chapter.is_file():
            continue  # the lint says so
        for line in outside_code(read_lines(chapter, book.folder, lambda line, problem: None)):
            if line.file.name == Path(LIST).name:
                continue
            yield prose(line.text, book)
            for _, shortcode in find(line.text):
                if shortcode.name == "embed":
                    yield from _display(book, chapter, shortcode.argument)


def _display(book: Book, chapter: Path, argument: str) -> Iterator[str]:
    name, _, cell_id = argument.partition("#")
    notebook = inside(book.folder, chapter.parent, name)
    cell = book.cell(notebook, cell_id) if notebook and notebook.is_file() else None
    for data, _ in bundles(cell or {}):
        yield shown(text_of(data.get("text/html", "")))
