"""What Quarto 1.9 makes of a staged book, as far as its sources tell: its own markdown, template and pages.

Written after src/core/jupyter/jupyter.ts (mdFromCodeCell), src/project/types/book/book-render.ts, book-chapters.ts and
book-bibliography.ts of quarto-dev/quarto-cli. A test that passes with it may still fail with Quarto, not the other way.
"""

import base64
import json
import re
from pathlib import Path
from typing import Any

import pypandoc
import typst
from lxml import html
from ruamel.yaml import YAML

from analysis.report.book import Book, bundles, cell_option, text_of
from analysis.report.shortcodes import Shortcode, inside, read_lines, replace

_BREAKS = (
    '```{=openxml}\n<w:p><w:r><w:br w:type="page"/></w:r></w:p>\n```\n\n```{=typst}\n#pagebreak(weak: true)\n```\n'
)


def render(folder: Path, out: Path) -> None:
    """Write csr.docx, csr.pdf and site/ of a staged book, in which files are left behind."""
    book = Book(folder)
    whole = "".join(_markdown(book, path, "other") for path in book.chapters)
    config = book.config
    meta = {key: str(config["book"][key]) for key in ("title", "subtitle", "author", "date")}
    _pandoc(book, whole, "docx", [f"--reference-doc={folder / 'report/reference.docx'}"], meta, out / "csr.docx")
    (folder / "template.typ").write_text("$typst-show.typ()$\n\n$body$\n")
    for partial in config["format"]["typst"]["template-partials"]:
        (folder / Path(partial).name).write_bytes((folder / partial).read_bytes())
    source = _pandoc(book, whole, "typst-citations", [f"--template={folder / 'template.typ'}"], meta)
    pdf = typst.compile(
        source.encode(),
        root=str(folder),
        font_paths=typst.Fonts(include_system_fonts=False, font_paths=[str(folder / "fonts")]),
        ignore_system_fonts=True,
        pdf_standards=[config["format"]["typst"]["pdf-standard"]],
    )
    assert isinstance(pdf, bytes)
    (out / "csr.pdf").write_bytes(pdf)
    for path in book.chapters:
        _write_page(book, path, out / "site", meta)


def _markdown(book: Book, path: Path, target: str) -> str:
    """A chapter with its includes, variables and embeds, as Quarto hands it to pandoc for HTML or anything else."""

    def value(shortcode: Shortcode) -> str:
        match shortcode.name:
            case "var":
                return book.variable(shortcode.argument) or f"?var:{shortcode.argument}"
            case "embed":
                return _embedded(book, path, shortcode.argument, target)
            case "pagebreak":
                return "" if target == "html" else _BREAKS
        raise NotImplementedError(shortcode.name)

    def fail(line: object, message: str) -> None:
        raise AssertionError(message)

    return "".join(f"{replace(line.text, value)}\n" for line in read_lines(path, book.folder, fail)) + "\n"


def _embedded(book: Book, path: Path, argument: str, target: str) -> str:
    name, _, wanted = argument.partition("#")
    notebook = inside(book.folder, path.parent, name)
    cell = book.cell(notebook, wanted) if notebook else None
    assert cell
    label = cell_option(cell, "label")
    options = "".join(line[3:] for line in text_of(cell["source"]).splitlines(keepends=True) if line.startswith("#| "))
    texts = YAML(typ="safe").load(options).get("fig-alt") or ""
    parts = []
    for number, (data, _) in enumerate(bundles(cell), start=1):
        if target == "html" and "text/html" in data:
            text = f"```{{=html}}\n{text_of(data['text/html'])}\n```\n"
        elif "text/markdown" in data:
            text = text_of(data["text/markdown"])
        else:
            file = book.folder / f"{path.stem}_files" / f"{label}-output-{number}.png"
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(base64.b64decode(text_of(data["image/png"])))
            quoted = (texts if isinstance(texts, str) else texts[number - 1]).replace("'", "\\'")
            text = f"![]({file.relative_to(book.folder).as_posix()}){{#{label} fig-alt='{quoted}'}}\n"
        parts.append(f"\n::: {{#{label} .cell-output .cell-output-display}}\n{text}:::\n")
    inner = f"::: {{#{label} .cell label='{label}'}}\n{''.join(parts)}:::\n"
    return f'\n:::{{.quarto-embed-nb-cell notebook="{name}" notebook-cellId="{cell["id"]}"}}\n\n{inner}\n:::\n'


def _pandoc(
    book: Book, text: str, to: str, arguments: list[str], meta: dict[str, Any], target: Path | None = None
) -> str:
    (book.folder / "meta.json").write_text(json.dumps(meta | {"lang": book.meta("lang"), "link-citations": True}))
    more = [f"--lua-filter={book.folder / name}" for name in book.config["filters"]]
    more += [
        f"--metadata-file={book.folder / 'meta.json'}",
        f"--resource-path={book.folder}",
        "--standalone",
        "--wrap=none",
    ]
    more += ["--citeproc", f"--bibliography={book.setting('bibliography')}", f"--csl={book.setting('csl')}"]
    # Quarto resolves links between the chapters of a single file by itself.
    linked = re.sub(r"\]\([^()\s:]*\.qmd(#[^()\s]*)\)", r"](\1)", text) if to not in ("html",) else text
    return str(
        pypandoc.convert_text(
            linked, to, "markdown", extra_args=[*more, *arguments], outputfile=str(target) if target else None
        )
    )


def _write_page(book: Book, path: Path, site: Path, meta: dict[str, Any]) -> None:
    """One chapter as a page: all but the first lose their heading to a title block."""
    text, title = _markdown(book, path, "html"), ""
    if path.name != "index.qmd":
        heading = re.search(r"^# (.*) \{#(\S+)\}$", text, re.MULTILINE)
        assert heading
        text = text.replace(heading[0], "", 1)
        title = f'<span id="{heading[2]}" class="quarto-section-identifier">{heading[1]}</span>'
    order = {"citation-order": book.config.get("citation-order", [])}
    written = _pandoc(book, text, "html", [], meta | order)
    (body,) = html.fromstring(written).iter("body")
    for own in body.xpath("./header"):
        body.remove(own)
    for refs in body.xpath(".//*[@id='refs']") if "{#refs}" not in text else []:
        refs.set("style", "display:none")
    for link in body.iter("a"):
        link.set("href", re.sub(r"\.qmd(?=#|$)", ".html", link.get("href") or ""))
    inner = "".join(html.tostring(child, encoding="unicode") for child in body)
    note = "".join(block["text"] for block in book.config["format"]["html"]["include-before-body"])
    head = f'<header id="title-block-header"><h1 class="title">{title or meta["title"]}</h1></header>'
    file = site / path.relative_to(book.folder).with_suffix(".html")
    file.parent.mkdir(parents=True, exist_ok=True)
    page = f'<!DOCTYPE html><meta charset="utf-8"><body>{note}<main>{head}{inner}</main></body>'
    file.write_text(page, encoding="utf-8")
