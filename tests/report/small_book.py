"""A tiny staged book with hostile content, for tests of the embedded engine."""

import base64
import json
import struct
import zlib
from pathlib import Path

from analysis.params import Output

# What data can hold to break out of a format: shortcodes, HTML, typst, markdown, a character without a glyph.
HOSTILE = "<script>alert(1)</script> {{< include /etc/passwd >}} #pagebreak() *x* $a$ [b](c) @d \\ \N{GRINNING FACE}"
# The same, escaped as analysis.report.escape does it.
ESCAPED = "".join("\\" + c if c in "<>{}()#*$[]@\\/" else c for c in HOSTILE)

CONFIG = """\
project: {type: book}
lang: en
book:
  title: Clinical study report
  subtitle: A trial of {{< var drug.name >}}
  author: A sponsor
  date: "2025-07-01"
  chapters: [index.qmd, report/10-patients.qmd, report/14-tables.qmd]
bibliography: report/references.bib
"""
INDEX = "# 1 Title page {#s-1}\n\nStudy of {{< meta book.author >}}.\n"
PATIENTS = """\
# 10 Study patients {#s-10}

Median {{< var pfs.median >}} months (n={{< var pfs.n >}}); {{< var data.term >}} and `{{< var data.term >}}`.[^1]

{{< include _part.qmd >}}

## 10.1 All {{< var pfs.n >}} patients {#s-10-1}

Shown in [Table 14.2.1.1](14-tables.qmd#t-14-2-1-1), [Figure 14.2.1.1](14-tables.qmd#f-14-2-1-1)
and [there](14-tables.qmd) [@kaplan1958]; {{{< var x >}}}.

{{< pagebreak >}}

[To be completed]{custom-style="Author Placeholder"}

| Item | Statement |
|:-----|:----------|
| a    | b         |

[^1]: A note.
"""
PART = "An included line on {{< var drug.name >}}.\n"
TABLES = """\
# 14 Tables {#s-14}

{{< embed ../notebooks/20_pfs.ipynb#t-14-2-1-1 >}}

{{< embed ../notebooks/20_pfs.ipynb#f-14-2-1-1 >}}

See [Section 10](10-patients.qmd#s-10).[^2]

[^2]: Another note.
"""
VARIABLES = {"pfs": {"median": "7\\.4", "n": "40"}, "drug": {"name": "drug *A*"}, "data": {"term": ESCAPED}}
REFERENCES = "@book{kaplan1958, title={Estimation}, author={Kaplan, E.}, year={1958}}\n"

TABLE = """\
```{=html}
<div id="t-14-2-1-1"><table><tr><td>&lt;script&gt; &#123;&#123;&lt; var pfs.n &gt;}}</td></tr></table></div>
```

```{=openxml}
<w:p><w:r><w:t>table</w:t></w:r></w:p>
```

```{=typst}
#table(columns: 1, "cell") <t-14-2-1-1>
```

Not a shortcode here: {{< var pfs.n >}}
"""
FIGURE_TITLE = "[Figure 14.2.1.1]{#f-14-2-1-1} A curve\n"
ALT = 'Kaplan-Meier "curve" with \\ backslash'

CATALOGUE = {
    name: Output(id=name, title=title, population="fas", notebook="20_pfs")
    for name, title in (("t-14-2-1-1", "Survival"), ("f-14-2-1-1", "Curve"))
}


def png(width: int = 4, height: int = 3) -> bytes:
    """A plain white picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = b"".join(b"\x00" + b"\xff" * width for _ in range(height))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def code_cell(name: str, *outputs: tuple[dict[str, str], dict[str, object]], **more: object) -> dict[str, object]:
    """A cell of an executed notebook; each output is its data and metadata by MIME type."""
    shown = [{"output_type": "display_data", "data": data, "metadata": metadata} for data, metadata in outputs]
    cell = {"cell_type": "code", "id": name, "metadata": {}, "source": "show()", "outputs": shown}
    return cell | {"execution_count": None} | more


def notebook(*cells: dict[str, object]) -> str:
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def figure_cell(name: str) -> dict[str, object]:
    picture = {"image/png": base64.encodebytes(png()).decode()}
    return code_cell(name, ({"text/markdown": FIGURE_TITLE}, {}), (picture, {"image/png": {"alt": ALT}}))


def write_book(folder: Path, **files: str) -> Path:
    """Write the book; `files` replace its own, named by path with `/` as `__` and without suffix."""
    contents = {
        "_quarto.yml": CONFIG,
        "_variables.yml": json.dumps(VARIABLES, ensure_ascii=False),
        "index.qmd": INDEX,
        "report/10-patients.qmd": PATIENTS,
        "report/_part.qmd": PART,
        "report/14-tables.qmd": TABLES,
        "report/references.bib": REFERENCES,
        "notebooks/20_pfs.ipynb": notebook(
            code_cell("t-14-2-1-1", ({"text/html": "<b>", "text/markdown": TABLE}, {})), figure_cell("f-14-2-1-1")
        ),
    }
    for name, text in files.items():
        known = [path for path in contents if path.rpartition(".")[0].replace("/", "__").replace("-", "_") == name]
        contents[known[0]] = text
    for name, text in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder
