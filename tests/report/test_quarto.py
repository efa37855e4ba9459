"""What _quarto.yml asks of Quarto, as far as pandoc and typst can show it without Quarto.

The divisions that Quarto puts around an embedded output, and its template, are written here as it writes them.
"""

import datetime as dt
import io
import json
import re
import subprocess
from pathlib import Path

import pypandoc
import pytest
import typst
from ruamel.yaml import YAML

from analysis.report import typst_template
from analysis.report.pdf import paged, turned
from analysis.report.stage import write_config
from analysis.tlf import fonts
from analysis.tlf.write_typst import figure_heading_typst
from tests.needs import needs
from tests.report.made import make_params
from tests.report.small_book import HOSTILE
from tests.tlf.samples import figure

pikepdf = pytest.importorskip("pikepdf")

PROJECT = Path(__file__).parents[2]
CONFIG = YAML(typ="safe").load((PROJECT / "_quarto.yml").read_text(encoding="utf-8"))
LINK = "[Table 14.2.1.1](#t-14-2-1-1)\n\n"
WRAPPED = """
:::{.quarto-embed-nb-cell notebook="../notebooks/20_pfs.ipynb" notebook-title="PFS" notebook-cellId="cell-4"}

::: {.cell}

::: {#t-14-2-1-1 .cell-output .cell-output-display .cell-output-markdown}
```{=typst}
TABLE
```
:::
:::

:::

::: {.callout}
Kept.
:::
"""
TABLE = '#[\n#table(columns: 1, "cell") <t-14-2-1-1>\n]'


# Quarto's template, but for partials that only define what chapters do not use.
TEMPLATE = "$typst-show.typ()$\n$for(include-before)$\n$include-before$\n$endfor$\n$body$\n"


def to_typst(markdown: str, *arguments: str, filtered: bool = True) -> str:
    more = [f"--lua-filter={PROJECT / name}" for name in CONFIG["filters"]] if filtered else []
    written: str = pypandoc.convert_text(markdown, "typst-citations", "markdown", extra_args=[*arguments, *more])
    return written


def whole(markdown: str, folder: Path, **study: str) -> str:
    """The typst that Quarto makes of a book's text."""
    params = make_params()
    params = params.model_copy(update={"study": params.study.model_copy(update=study)})
    book = {"title": "Clinical study report", "subtitle": params.study.title, "author": params.study.sponsor}
    (name,) = CONFIG["format"]["typst"]["template-partials"]
    typst_template.write_partial({"book": book, "lang": "en"}, params, dt.date(2025, 7, 20), folder / Path(name).name)
    (folder / "template.typ").write_text(TEMPLATE)
    return to_typst(markdown, "--standalone", f"--template={folder / 'template.typ'}")


def compiled(source: str, root: Path | None = None) -> bytes:
    content = typst.compile(
        source.encode(),
        root=str(root) if root else None,
        font_paths=typst.Fonts(include_system_fonts=False, font_paths=[str(fonts.FOLDER)]),
        ignore_system_fonts=True,
        pdf_standards=[CONFIG["format"]["typst"]["pdf-standard"]],
        timestamp=0,
    )
    assert isinstance(content, bytes)
    return content


def words(pdf: bytes, folder: Path) -> str:
    """The words of a PDF, a form feed after each page."""
    (folder / "words.pdf").write_bytes(pdf)
    done = subprocess.run(
        ["pdftotext", "-layout", folder / "words.pdf", "-"], capture_output=True, text=True, check=True
    )
    return done.stdout


def test_the_divisions_around_an_output_are_taken_off_and_no_others() -> None:
    body = to_typst(LINK + WRAPPED.replace("TABLE", TABLE))
    assert body.count("<t-14-2-1-1>") == 2  # the link and the table's own label
    assert body.count("#block[") == 1
    compiled(body)


@pytest.mark.parametrize(
    ("table", "reason"),
    [(TABLE, "occurs multiple times"), (f"#page(flipped: true)[\n{TABLE}\n]", "not allowed inside of containers")],
)
def test_typst_refuses_what_the_filter_prevents(table: str, reason: str) -> None:
    markdown = LINK + WRAPPED.replace("TABLE", table)
    with pytest.raises(typst.TypstError, match=reason):
        compiled(to_typst(markdown, filtered=False))
    assert compiled(to_typst(markdown)).startswith(b"%PDF")


def test_the_references_of_the_pdf_stand_in_their_chapter() -> None:
    assert CONFIG["format"]["typst"]["citeproc"] is True


@pytest.mark.parametrize(
    "name", [*CONFIG["filters"], CONFIG["bibliography"], CONFIG["csl"], *CONFIG["book"]["chapters"]]
)
def test_every_file_that_the_configuration_names_is_there(name: str) -> None:
    assert (PROJECT / name).is_file()


BOOK = """
# 1 Title page {#s-1}

[To be completed]{custom-style="Author Placeholder"}, not [this]{custom-style="Other"}: HOSTILE

# 3 Table of contents {#s-3}

Below.

# 14 Tables {#s-14}

## 14.1 Wide {#s-14-1}

```{=html}
<hr>
```

```{=typst}
#page(flipped: true)[
#metadata(("t-14-1", "Table 14.1 Wide")) <csr-display>
#table(columns: 1, "cell") <t-14-1>
]
```

After it.
"""


@needs("pdftotext")
def test_a_book_under_quarto_looks_like_the_projects_own(tmp_path: Path) -> None:
    hostile = HOSTILE.translate({ord(c): f"\\{c}" for c in "<>{}()#*$[]@\\/"})
    source = whole(BOOK.replace("HOSTILE", hostile), tmp_path, data_note='SYNTHETIC "x" {{< var y >}} $a$ #panic()')
    pages = [" ".join(page.split()) for page in words(compiled(source), tmp_path).split("\f")[:-1]]
    assert len(pages) == 4
    shown = HOSTILE.replace("\N{GRINNING FACE}", "[U+1F600]")
    assert f"To be completed, not this: {shown}" in pages[0]
    assert "1 Title page" in pages[0]
    assert "Date of report: 20 July 2025" in pages[0]
    assert "Tables, figures and listings Table 14.1 Wide" in pages[1]
    assert "14 Tables 14.1 Wide cell" in pages[2]
    assert "After it." in pages[3]
    for number, page in enumerate(pages, start=1):
        assert 'SYNTHETIC "x" {{< var y >}} $a$ #panic()' in page
        assert f"Page {number} of 4" in page


def test_placeholders_are_marked_and_nothing_else() -> None:
    body = to_typst(BOOK)
    assert "#to-complete[To be completed]" in body
    assert body.count("#to-complete[") == 1


def test_a_heading_and_its_landscape_display_stand_in_one_page_as_in_the_embedded_engine() -> None:
    document = json.loads(pypandoc.convert_text(BOOK, "json", "markdown"))
    expected = document | {"blocks": turned(paged(document["blocks"]))}
    embedded = pypandoc.convert_text(json.dumps(expected), "typst-citations", "json")
    plain = 'custom-style="Author Placeholder"'
    filtered = to_typst(BOOK.replace(plain, ".x"))
    assert filtered == embedded


def test_pictures_get_their_text_and_lose_the_label_of_their_cell() -> None:
    markdown = "![](a.png){#f-14-2-1-1 fig-alt='A \"curve\"'}\n\n![kept](b.png){#b}\n"
    arguments = [f"--lua-filter={PROJECT / name}" for name in CONFIG["filters"]]
    written = pypandoc.convert_text(markdown, "html", "markdown-implicit_figures", extra_args=arguments)
    assert written.splitlines() == [
        '<p><img src="a.png" alt="A &quot;curve&quot;" /></p>',
        '<p><img src="b.png" id="b" alt="kept" /></p>',
    ]


def test_citations_of_one_chapter_keep_the_numbers_of_the_report(tmp_path: Path) -> None:
    (tmp_path / "r.bib").write_text("".join(f"@book{{{key}, title={{{key}}}}}\n" for key in "abc"))
    (tmp_path / "m.yaml").write_text("citation-order: [c, a, b]\n")
    written: str = pypandoc.convert_text(
        "Known [@b].",
        "html",
        "markdown",
        extra_args=[
            f"--metadata-file={tmp_path / 'm.yaml'}",
            f"--bibliography={tmp_path / 'r.bib'}",
            f"--csl={PROJECT / CONFIG['csl']}",
            *[f"--lua-filter={PROJECT / name}" for name in CONFIG["filters"]],
            "--citeproc",
        ],
    )
    unseen, text, *_ = re.findall(r"<(?:div|p)[^>]*>.*?</(?:div|p)>", written, re.DOTALL)
    assert 'style="display:none"' in unseen
    assert re.sub("<[^>]+>", "", text) == "Known [3]."


def test_the_note_stands_on_every_page_of_the_site_whatever_is_in_it(tmp_path: Path) -> None:
    study = make_params().study.model_copy(update={"data_note": "<script> {{< var y >}}"})
    params = make_params().model_copy(update={"study": study})
    write_config(PROJECT / "_quarto.yml", params, dt.date(2025, 7, 20), tmp_path)
    options = YAML(typ="safe").load(tmp_path / "_quarto.yml")["format"]["html"]
    shown = "&lt;script&gt; &#123;&#123;&lt; var y &gt;}}"
    assert [block["text"] for block in options["include-before-body"]] == [f'<p class="csr-note">{shown}</p>']


def test_a_picture_whose_text_pandoc_drops_has_that_of_its_heading(tmp_path: Path) -> None:
    drawn = figure(alt='A "curve" \\ #x')
    (tmp_path / "a.png").write_bytes(drawn.png)
    body = to_typst(f"```{{=typst}}\n{figure_heading_typst(drawn)}\n```\n\n![Any](a.png)\\\n")
    assert "alt" not in body.rpartition("image(")[2]
    with pikepdf.open(io.BytesIO(compiled(body, tmp_path))) as pdf:
        texts = [str(o.Alt) for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and "/Alt" in o]
    assert texts == [drawn.alt]
    with pytest.raises(typst.TypstError, match="alt text"):
        compiled(body.replace("#set image(alt:", "#let alt = (", 1), tmp_path)
