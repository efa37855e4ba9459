"""A small report made by hand, as pandoc's tree: every kind of block that the Word writer has to handle."""

import json
import struct
import subprocess
import zlib
from pathlib import Path
from typing import Any

import pypandoc

from analysis.tlf.model import Column, Row, Table
from analysis.tlf.write_openxml import table_openxml

HOSTILE = "<script>alert(1)</script> {{< include /etc/passwd >}} ]]> &amp; 😀 {\\rtf \\par} #let"


def made_table(number: str, title: str, *, landscape: bool = False) -> str:
    """A raw block of a table of three rows, one of them hostile."""
    table = Table(
        id="t-" + number.replace(".", "-"),
        label=f"Table {number}",
        title=title,
        population="Full analysis set (N = 40)",
        columns=(Column("Item", 3), Column("N = 40", 1, "center")),
        rows=(Row.of("Enrolled", "40"), Row.of(HOSTILE if not landscape else "Treated", "39")),
        source="SYNTHETIC DATA",
        landscape=landscape,
    )
    return f"```{{=openxml}}\n{table_openxml(table)}\n```"


BOOK = f"""---
title: Clinical study report
subtitle: A study
author: A sponsor
date: '2025-08-01'
lang: en-GB
bibliography: unused.bib
references:
- id: one
  title: The first work
  issued: 2001
- id: two
  title: The second work
  issued: 2002
---

# 1 Title page {{#s-1}}

Facts of the study.

# 2 Synopsis {{#s-2}}

See [Section 11.4](#s-11-4) [@one].

# 3 Table of contents {{#s-3}}

It stands here.

# 11 Efficacy evaluation {{#s-11}}

PFS is in [Table 14.1.1](#t-14-1-1), and [below](#s-11-4-1).[^own]

[^own]: A footnote with a [link](#s-2).

## 11.4 Efficacy results {{#s-11-4}}

As before [@two; @one]. [Elsewhere](https://example.org/a).

### 11.4.1 Analysis of efficacy {{#s-11-4-1}}

`HOSTILE`, and [to be completed]{{custom-style="Author Placeholder"}}. Back [up](#s-11-4).

| Set | N |
|-----|---|
| FAS | 40 |

# 14 Tables & figures \\<not in the text> {{#s-14}}

## 14.1 Demographic data {{#s-14-1}}

{made_table("14.1.1", "Patients")}

{made_table("14.1.2", "Patients, wide", landscape=True)}

{made_table("14.1.3", "Patients, wide", landscape=True)}

## 14.2 Efficacy data {{#s-14-2}}

::: {{custom-style="Figure Title"}}
[Figure 14.2.1 Curve]{{#f-14-2-1}}
:::

![Kaplan-Meier curve](km.png)\\

![](again.png)\\

# 15 Reference list {{#s-15}}

::: {{#refs}}
:::
""".replace("HOSTILE", HOSTILE)


def pandoc_path() -> str:
    return str(pypandoc.get_pandoc_path())


def book_ast(text: str = BOOK) -> dict[str, Any]:
    """The tree of a book with its citations processed."""
    front, rest = text.split("bibliography: unused.bib\n")
    command = [pandoc_path(), "--from=markdown", "--to=json", "--citeproc", "--metadata=link-citations=true"]
    command.append(f"--csl={Path(__file__).parents[2] / 'report/references.csl'}")
    done = subprocess.run(command, input=(front + rest).encode(), capture_output=True, check=True)
    tree: dict[str, Any] = json.loads(done.stdout)
    tree["meta"]["bibliography"] = {"t": "MetaString", "c": "/a/path/references.bib"}
    return tree


def write_images(folder: Path) -> None:
    """Two files of the same grey picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 3, 8, 0, 0, 0, 0))
    png = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0\x80\x80\x80\x80" * 3)) + chunk(b"IEND", b"")
    for name in ("km.png", "again.png"):
        (folder / name).write_bytes(png)
