"""What _quarto.yml asks of Quarto, as far as pandoc and typst can show it without Quarto.

The divisions that Quarto puts around an embedded output are written here as it writes them.
"""

import datetime as dt
from pathlib import Path

import pypandoc
import pytest
import typst
from ruamel.yaml import YAML

from analysis.report.stage import write_config
from analysis.tlf import fonts
from tests.report.made import make_params

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


def to_typst(markdown: str, *, filtered: bool = True) -> str:
    arguments = [f"--lua-filter={PROJECT / name}" for name in CONFIG["filters"]] if filtered else []
    written: str = pypandoc.convert_text(markdown, "typst-citations", "markdown", extra_args=arguments)
    return written


def compiled(body: str) -> bytes:
    options = CONFIG["format"]["typst"]
    start = "\n".join(block["text"] for key in ("include-in-header", "include-before-body") for block in options[key])
    content = typst.compile(
        f"{start}\n{body}".encode(),
        font_paths=typst.Fonts(include_system_fonts=False, font_paths=[str(fonts.FOLDER)]),
        ignore_system_fonts=True,
        pdf_standards=[options["pdf-standard"]],
        timestamp=0,
    )
    assert isinstance(content, bytes)
    return content


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


def test_under_quarto_every_page_carries_the_note_whatever_is_in_it(tmp_path: Path) -> None:
    study = make_params().study.model_copy(update={"data_note": 'SYNTHETIC "x" {{< var y >}} #panic()'})
    params = make_params().model_copy(update={"study": study})
    target = tmp_path / "_quarto.yml"
    write_config(PROJECT / "_quarto.yml", params, dt.date(2025, 7, 20), target)
    options = YAML(typ="safe").load(target)["format"]["typst"]
    text = options["include-before-body"][0]["text"]
    assert "{{<" not in text
    pages = typst.compile(
        f"{text}\nOne page\n#pagebreak()\nAnother".encode(),
        font_paths=typst.Fonts(include_system_fonts=False, font_paths=[str(fonts.FOLDER)]),
        ignore_system_fonts=True,
        format="svg",
    )
    assert len(pages) == 2
