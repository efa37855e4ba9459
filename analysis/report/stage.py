"""Staging: the folder that a renderer sees, with all it needs and nothing else."""

import datetime as dt
import itertools
import json
import re
import shutil
from collections.abc import Mapping, Sequence, Set
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from analysis.errors import RenderError
from analysis.params import Params
from analysis.paths import Study
from analysis.report import abbreviations, cited, code_lists, typst_template
from analysis.report.book import Book
from analysis.report.escape import markdown_text
from analysis.report.shortcodes import CITATION, outside_code, read_lines
from analysis.tlf import fonts
from analysis.tlf.model import clean
from analysis.tlf.write_html import text_html

REFERENCE = "report/reference.docx"

# Characters that YAML has written by their numbers, and JSON has not.
_NOT_IN_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_EMBED = re.compile(r"(?m)^\{\{< embed [^\s#]+#(?P<id>\S+) >\}\}\n+(\{\{< pagebreak >\}\}\n+)?")


def stage_book(
    study: Study,
    params: Params,
    variables: Mapping[str, str],
    notebooks: Path,
    book: Path,
    *,
    date: dt.date,
    left_out: Set[str] = frozenset(),
    names_of_data: Set[str] = frozenset(),
) -> None:
    """Make the folder `book`, in which a plain `quarto render` works.

    It holds _quarto.yml with this study's title, sponsor and `date` (of the lock), index.qmd, report/, the executed
    `notebooks`, _variables.yml (`variables`: dotted name -> markdown) and fonts/. The study's own file of a name
    comes before the project's; report.reference_docx of the parameters, a path from the study folder or else the
    project, takes the place of report/reference.docx. `left_out` are the displays of the project's catalogue that the
    study's own lacks: their embeds are taken out of the project's chapters, with the page break after them.
    `names_of_data` are words of the data that are no abbreviations of the report's, whatever they look like.
    What displays and chapters say of each other becomes links in the notebooks.
    Raises RenderError naming the file that is missing.
    """
    (book / "report").mkdir(parents=True)
    names = {"index.qmd"}
    for root in (study.project, study.root):
        names |= {p.relative_to(root).as_posix() for p in (root / "report").rglob("*") if p.is_file()}
    for name in sorted(names):
        if study.find(name).is_symlink():  # what it leads to would be published, and be in no package
            raise RenderError(f"{study.find(name)}: a symbolic link; the report is made of files of its own")
        if not any(part.startswith(".") for part in Path(name).parts):
            _copy(study.find(name), book / name)
            if name.endswith(".qmd") and study.find(name) == study.project / name:
                _leave_out(book / name, left_out)
    if params.report.reference_docx:
        _copy(study.find(params.report.reference_docx), book / REFERENCE)
    for source in sorted(notebooks.glob("*.ipynb")):
        _copy(source, book / "notebooks" / source.name)
    for source in sorted(fonts.FOLDER.iterdir()):
        if source.suffix in (".ttf", ".txt"):
            _copy(source, book / "fonts" / source.name)
    write_variables(variables, book / "_variables.yml")
    config = write_config(study.find("_quarto.yml"), params, date, book)
    typst_template.write_partial(config, params, date, book / typst_template.PARTIAL)
    (book / code_lists.FILE).write_text(code_lists.markdown(params), encoding="utf-8", newline="\n")
    if (book / abbreviations.DICTIONARY).is_file():
        roots = (study.project, study.root)
        dictionaries = [root / abbreviations.DICTIONARY for root in roots]
        abbreviations.stage(book, dictionaries, params, names_of_data)
    cited.write_links(Book(book))


def _leave_out(chapter: Path, displays: Set[str]) -> None:
    """Take the embeds of these displays out of a chapter; a section that is then empty says so."""
    text = chapter.read_text(encoding="utf-8")
    kept = _EMBED.sub(lambda found: "" if found["id"] in displays else found[0], text)
    if kept != text:
        sections = re.split(r"(?m)^(?=#{1,6} )", kept)
        for place, (section, following) in enumerate(itertools.pairwise([*sections, "# "])):
            level, below = (len(part) - len(part.lstrip("#")) for part in (section, following))
            if 0 < below <= level and not section.partition("\n")[2].strip():
                sections[place] = f"{section.rstrip()}\n\nNot part of this report.\n\n"
        chapter.write_text("".join(sections), encoding="utf-8", newline="\n")


def nested(variables: Mapping[str, str]) -> dict[str, Any]:
    """The tree of dotted names that _variables.yml holds."""
    tree: dict[str, Any] = {}
    for name, value in sorted(variables.items()):
        *parents, leaf = name.split(".")
        branch = tree
        for parent in parents:
            branch = branch.setdefault(parent, {})
            if not isinstance(branch, dict):
                raise RenderError(f"variable {name}: another variable is named {parent}, the beginning of this name")
        branch[leaf] = value
    return tree


def write_config(source: Path, params: Params, date: dt.date, book: Path) -> dict[str, Any]:
    """Write _quarto.yml with the study's title and sponsor, the date of the lock and the order of the citations.

    Returns what is in it, title and sponsor as plain texts, which the file has as markdown. Under Quarto the study's
    note stands at the head of each page of its HTML, too.
    """
    yaml = YAML()
    yaml.width = 1000
    config = yaml.load(source.read_text(encoding="utf-8"))
    texts = {"subtitle": clean(params.study.title), "author": clean(params.study.sponsor)}
    config["book"] |= {key: markdown_text(text) for key, text in texts.items()} | {"date": date.isoformat()}
    for block in config.get("format", {}).get("html", {}).get("include-before-body", []):
        block["text"] = block["text"].replace("NOTE", text_html(params.study.data_note))
    if cited := citation_order([book / name for name in config["book"].get("chapters", [])], book):
        config["citation-order"] = cited
    with (book / "_quarto.yml").open("w", encoding="utf-8", newline="\n") as file:
        yaml.dump(config, file)
    return dict(config) | {"book": dict(config["book"]) | texts}


def citation_order(chapters: Sequence[Path], book: Path) -> list[str]:
    """The keys of the works that chapters cite, in the order in which they are first cited."""
    keys: dict[str, None] = {}
    for chapter in filter(Path.is_file, chapters):
        for line in outside_code(read_lines(chapter, book, lambda line, message: None)):
            keys |= dict.fromkeys(CITATION.findall(line.text))
    return list(keys)


def write_variables(variables: Mapping[str, str], path: Path) -> None:
    """Write _variables.yml: dotted names as a tree, every value a text; as JSON, which YAML reads, too."""
    text = json.dumps(nested(variables), indent=1, ensure_ascii=False)
    escaped = _NOT_IN_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    path.write_text(escaped + "\n", encoding="utf-8", newline="\n")


def _copy(source: Path, target: Path) -> None:
    if not source.is_file():
        raise RenderError(f"{source}: no such file, which the report needs")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
