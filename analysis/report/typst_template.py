"""The typst template of the report, with what the study says in it; both engines put the body after it."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analysis.params import Params
from analysis.report import cover
from analysis.tlf import fonts
from analysis.tlf.write_typst import text_typst

TEMPLATE = Path(__file__).parent / "templates" / "report.typ"
# Quarto knows a partial by the name of its file.
PARTIAL = "report/typst-show.typ"
_PRINTABLE = """\
#show regex("[^%s]"): it => {
  let number = it.text.to-unicode()
  if number not in (0x200c, 0x200d) {
    let digits = upper(str(number, base: 16))
    "[U+" + "0" * calc.max(0, 4 - digits.len()) + digits + "]"
  }
}
"""


def source(texts: Mapping[str, str], params: Params, date: dt.date) -> str:
    """The template and the title block. `texts` are title, subtitle, author and lang; `date` is that of the lock.

    A document that is not the report brings its own document_title.
    """
    study, *others = cover.lines(params, date)
    given = {
        "document_title": cover.document_title(params),
        **texts,
        "header": study,
        "facts": "\n".join(others),
        "note": params.study.data_note,
        "footer": cover.footer(params),
    }
    lines = "".join(f"  {key}: {text_typst(text)},\n" for key, text in given.items())
    return f"#let given = (\n{lines})\n{TEMPLATE.read_text(encoding='utf-8')}\n#title-block()\n"


def write_partial(config: Mapping[str, Any], params: Params, date: dt.date, path: Path) -> None:
    """Write the same as a partial of Quarto's template, in which a dollar sign is written twice.

    `config` is the staged _quarto.yml. Quarto leaves characters without a glyph in the text, which typst then refuses:
    here they become their number as `fonts.printable` writes it.
    """
    texts = {key: str(config["book"][key]) for key in ("title", "subtitle", "author")}
    text = _PRINTABLE % _ranges() + source(texts | {"lang": str(config.get("lang", "en"))}, params, date)
    path.write_text(text.replace("$", "$$"), encoding="utf-8", newline="\n")


def _ranges() -> str:
    """The characters of the shipped font as the inside of a character class of typst's regular expressions."""
    codes = sorted(fonts.characters() | {ord("\n"), 0x2060})  # typst's own outline has word joiners
    starts = [n for n, code in enumerate(codes) if n == 0 or codes[n - 1] != code - 1]
    ends = [start - 1 for start in starts[1:]] + [len(codes) - 1]
    return "".join(f"\\\\x{{{codes[a]:x}}}-\\\\x{{{codes[b]:x}}}" for a, b in zip(starts, ends, strict=True))
