"""The check of a staged book before any engine sees it: everything that an engine would pass over in silence."""

import html
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from analysis.errors import RenderError
from analysis.params import Output
from analysis.report import abbreviations, cited, lint_lines
from analysis.report.book import Book
from analysis.report.shortcodes import (
    CITATION,
    KNOWN,
    Line,
    Shortcode,
    find,
    inside,
    left_open,
    open_code,
    outside_code,
    read_lines,
    replace,
)
from analysis.report.typed_numbers import RESULTS_SECTIONS, typed_numbers

# Quarto numbers and captions elements with these ids by itself.
QUARTO_PREFIXES = ("tbl-", "fig-", "lst-", "sec-")

_HEADING = re.compile(r"(#{1,6})\s+(\S+)")
_ID = re.compile(r"\{[^}]*?#([^\s}]+)[^}]*\}")
_LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?[^)]*\)|^\s{0,3}\[[^\]^][^\]]*\]:\s+(\S+)")
_AUTOLINK = re.compile(r"<([A-Za-z][A-Za-z0-9+.-]*:[^\s<>]*)>")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_SCHEMES = ("https", "http", "mailto")
_NUMBER = r"\d+(?:\.\d+)*"
_MENTIONS = (  # 'Table 14.2.1.1'; 'Sections 9.7.1 and 11.4'
    re.compile(rf"\b(Table|Figure|Listing|Section|Appendix)\s+({_NUMBER})"),
    re.compile(rf"\b(Tables|Figures|Listings|Sections|Appendices)\s+({_NUMBER}(?:(?:,| and| or)+\s+{_NUMBER})*)"),
)
_LINKED = re.compile(r"\[[^\]]*\](\([^)]*\)|\[[^\]]*\])")
_CITED = re.compile(r"\[[^\[\]]*@[^\[\]]*\]")  # what it mentions is the cited work's
_NOTE = re.compile(r"\[\^([^\]]+)\]:")
_NO_TEXT = re.compile(r"!\[\s*\]\(")
_IMAGE = re.compile(r"!\[[^\]]*\](?:\(\s*<?([^)\s>]+)>?[^)]*\)|\[[^\]]*\])")
_MENTIONED_NOTE = re.compile(r"\[\^([^\]]+)\](?!:)")
_DISPLAY = re.compile(r"[tfl](-\d+)+")


@dataclass
class Chapter:
    """A chapter's lines, its number, those of its headings, and where each id is defined; footnotes as ^name."""

    path: Path
    lines: list[Line]
    number: str = ""
    numbers: set[str] = field(default_factory=set)
    ids: dict[str, list[Line]] = field(default_factory=dict)


def check(folder: Path, catalogue: Mapping[str, Output]) -> None:
    """Raise RenderError with every problem of a staged book, one per line."""
    if problems := lint(folder, catalogue):
        raise RenderError("\n".join([f"{len(problems)} problems in the report's chapters:", *problems]))


def lint(folder: Path, catalogue: Mapping[str, Output]) -> list[str]:
    """Every problem of a staged book, as `file:line: what`, in the order of the chapters.

    Unknown shortcodes, variables, embeds, includes, anchors and citations; bare links into another chapter, and links
    that are neither to a web page nor an address; mentions of displays and sections that are not there, or that are
    no links outside headings; ids defined twice or that Quarto would number; headings without an id; code cells;
    numbers typed by hand in the results sections; abbreviations that the dictionary of section 4 lacks; and outputs of
    the catalogue that no chapter shows, or more than one, or that no section cites.
    """
    return _Lint(Book(folder), catalogue).run()


class _Lint:
    def __init__(self, book: Book, catalogue: Mapping[str, Output]) -> None:
        self.book = book
        self.catalogue = catalogue
        self.labels = {output.label for output in catalogue.values()}
        self.problems: list[str] = []
        self.shown: Counter[str] = Counter()
        self.dictionary = abbreviations.staged(book)
        bibliography = book.setting("bibliography")
        text = bibliography.read_text(encoding="utf-8") if bibliography else ""
        self.citations = set(re.findall(r"^\s*@\w+\s*\{\s*([^,\s]+)", text, re.MULTILINE))

    def run(self) -> list[str]:
        chapters = {}
        for path in self.book.chapters:
            if path.is_file():
                chapters[path.resolve()] = Chapter(path, read_lines(path, self.book.folder, self.problem))
            else:
                self.problems.append(f"_quarto.yml: book.chapters: {path.name}: no such file")
        for chapter in chapters.values():
            self.collect(chapter)
        for chapter in chapters.values():
            prose = outside_code(chapter.lines)
            for line, message in lint_lines.settings(chapter.lines):
                self.problem(line, message)
            for line in filter(None, [open_code(chapter.lines), *lint_lines.open_colons(prose)]):
                self.problem(line, "a fence that is not closed")
            for line in chapter.lines:
                for _, shortcode in find(line.text):
                    self.check_shortcode(shortcode, line)
                if left_open(line.text):
                    self.problem(line, "a shortcode that does not end on its line")
                for message in lint_lines.of_any_line(line.text):
                    self.problem(line, message)
            for line in prose:
                self.check_line(line, chapter, chapters)
        self.check_ids(chapters)
        self.check_catalogue()
        return self.problems

    def problem(self, line: Line, message: str) -> None:
        path = line.file.resolve().relative_to(self.book.folder.resolve())
        self.problems.append(f"{path.as_posix()}:{line.number}: {message}")

    def collect(self, chapter: Chapter) -> None:
        """Note the chapter's number and the ids that it defines, those of embedded outputs among them."""
        for line in outside_code(chapter.lines):
            heading = _HEADING.match(line.text)
            if heading and heading[1] == "#" and not chapter.number:
                chapter.number = heading[2]
            if heading:
                chapter.numbers.add(heading[2])
            names = _ID.findall(replace(line.text, lambda _: ""))
            names += [s.argument.partition("#")[2] for _, s in find(line.text) if s.name == "embed"]
            names += [f"^{note[1]}"] if (note := _NOTE.match(line.text)) else []
            for name in names:
                chapter.ids.setdefault(name, []).append(line)

    def check_shortcode(self, shortcode: Shortcode, line: Line) -> None:
        match shortcode.name:
            case "var" if self.book.variable(shortcode.argument) is None:
                self.problem(line, f"unknown variable {shortcode.argument}")
            case "meta" if self.book.meta(shortcode.argument) is None:
                self.problem(line, f"unknown key {shortcode.argument} of _quarto.yml")
            case "embed":
                self.check_embed(shortcode, line)
            case "pagebreak" if not shortcode.alone:
                self.problem(line, "a pagebreak must stand alone on its line")
            case name if name not in KNOWN:
                self.problem(line, f"unknown shortcode {name}; known are {', '.join(KNOWN)}")

    def check_embed(self, shortcode: Shortcode, line: Line) -> None:
        name, _, cell = shortcode.argument.partition("#")
        notebook = inside(self.book.folder, line.chapter.parent, name)
        self.shown[cell] += 1
        if not shortcode.alone:
            self.problem(line, "an embed must stand alone on its line")
        if notebook is None or not notebook.is_file():
            self.problem(line, f"embed {shortcode.argument}: no such notebook in the book")
        elif self.book.cell(notebook, cell) is None:
            self.problem(line, f"embed {shortcode.argument}: no cell with this id, label or tag")
        if output := self.catalogue.get(cell):
            if Path(name).stem != output.notebook:
                self.problem(line, f"embed {shortcode.argument}: outputs.yaml has {cell} from {output.notebook}")
        elif _DISPLAY.fullmatch(cell):
            self.problem(line, f"embed {shortcode.argument}: outputs.yaml has no {cell}")

    def check_line(self, line: Line, chapter: Chapter, chapters: Mapping[Path, Chapter]) -> None:
        if _HEADING.match(line.text) and not _ID.search(line.text):
            self.problem(line, "a heading without an id; write {#s-<number with hyphens>} after it")
        if _NO_TEXT.search(line.text):
            self.problem(line, "an image without an alternative text")
        for message in lint_lines.of_prose(line.text):
            self.problem(line, message)
        for target in _IMAGE.findall(line.text):
            self.check_image(target, line)
        for note in _MENTIONED_NOTE.findall(line.text):
            if f"^{note}" not in chapter.ids:
                self.problem(line, f"footnote ^{note}: no such footnote in this chapter")
        for inline, reference in _LINK.findall(_IMAGE.sub("", line.text)):
            self.check_link(inline or reference, line, chapter, chapters)
        for target in _AUTOLINK.findall(line.text):
            self.check_scheme(target, line)
        self.check_mentions(line, chapters)
        for key in CITATION.findall(line.text):
            if key not in self.citations:
                self.problem(line, f"unknown citation @{key}")
        if self.dictionary:
            for problem in self.dictionary.problems(abbreviations.prose(line.text, self.book)):
                self.problem(line, problem)
        if chapter.number in RESULTS_SECTIONS:
            for number in typed_numbers(line.text):
                self.problem(line, f"{number} is typed by hand in section {chapter.number}; cite a result with var")

    def check_image(self, target: str, line: Line) -> None:
        """An image is a file of the book: one of the web would be fetched, one elsewhere would be read."""
        file = None if ":" in target else inside(self.book.folder, line.chapter.parent, target)
        if not target:
            self.problem(line, "image by reference; expected its file in parentheses")
        elif file is None:
            self.problem(line, f"image {target}: expected a file of the book")
        elif not file.is_file():
            self.problem(line, f"image {target}: no such file in the book")

    def check_link(self, target: str, line: Line, chapter: Chapter, chapters: Mapping[Path, Chapter]) -> None:
        path, _, anchor = target.partition("#")
        if self.check_scheme(target, line) or "{{<" in target:
            return
        if not path:
            homes = [c.path.name for c in chapters.values() if anchor in c.ids]
            if anchor in chapter.ids:
                return
            advice = f"; it is in another chapter: {homes[0]}#{anchor}" if homes else ""
            self.problem(line, f"link #{anchor}: no such anchor in this chapter{advice}")
            return
        file = inside(self.book.folder, line.chapter.parent, path)
        if file and file in chapters:
            if anchor and anchor not in chapters[file].ids:
                self.problem(line, f"link {target}: no such anchor in that chapter")
        elif file is None or not file.is_file() or file.suffix == ".qmd":
            self.problem(line, f"link {target}: no such chapter or file in the book")

    def check_scheme(self, target: str, line: Line) -> bool:
        """Whether a link's target has a scheme; one that runs a program or opens a file is a problem."""
        scheme = _SCHEME.match(html.unescape(target))
        if scheme and scheme[1].lower() not in _SCHEMES:
            self.problem(line, f"link {target}: expected {', '.join(_SCHEMES)}, a chapter or an anchor")
        return scheme is not None

    def check_mentions(self, line: Line, chapters: Mapping[Path, Chapter]) -> None:
        """Displays are looked up in the catalogue, sections and appendices among the headings' numbers."""
        text = _CITED.sub("", line.text)
        bare = "" if _HEADING.match(line.text) else _LINKED.sub("", text)
        for pattern in _MENTIONS:
            for word, listed in pattern.findall(text):
                for number in re.findall(_NUMBER, listed):
                    if word.startswith(("Section", "Append")):
                        if not any(number in chapter.numbers for chapter in chapters.values()):
                            self.problem(line, f"{word} {number}: no heading has this number")
                    elif f"{word.removesuffix('s')} {number}" not in self.labels:
                        self.problem(line, f"{word} {number}: outputs.yaml has no such display")
            for word, listed in pattern.findall(bare):
                self.problem(line, f"{word} {listed}: a mention that is not a link")

    def check_ids(self, chapters: Mapping[Path, Chapter]) -> None:
        places: dict[str, list[Line]] = {}
        for chapter in chapters.values():
            for name, lines in chapter.ids.items():
                places.setdefault(name, []).extend(lines)
        for name, lines in places.items():
            if name.startswith(QUARTO_PREFIXES):
                self.problem(lines[0], f"id {name}: Quarto numbers ids that begin with {', '.join(QUARTO_PREFIXES)}")
            for line in lines if name in self.catalogue else lines[1:]:
                first = f"{lines[0].file.name}:{lines[0].number}"
                if name in self.catalogue:
                    if not any(s.name == "embed" for _, s in find(line.text)):
                        self.problem(line, f"id {name} is that of a display, which brings its own")
                else:
                    kind = "footnote" if name.startswith("^") else "id"
                    self.problem(line, f"{kind} {name} is defined twice, first in {first}")

    def check_catalogue(self) -> None:
        known = cited.places(self.book).cited
        for name, output in self.catalogue.items():
            if self.dictionary:
                texts = " ".join([output.title, *output.footnotes, *output.marks.values()])
                self.problems += [f"outputs.yaml: {name}: {problem}" for problem in self.dictionary.problems(texts)]
            if self.shown[name] == 0:
                self.problems.append(f"outputs.yaml: {name}: no chapter shows it")
            elif self.shown[name] > 1:
                self.problems.append(f"outputs.yaml: {name}: shown {self.shown[name]} times, expected once")
            elif name not in known:
                self.problems.append(f"outputs.yaml: {name}: no section cites it; link to it where it is written about")
