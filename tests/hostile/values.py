"""Texts that data can hold to break out of a format, put into every text of the miniature study that a report shows."""

import datetime as dt
import hashlib
from pathlib import Path

import polars as pl

from analysis.cut.dataset import read_folder, write_xpt
from analysis.cut.lock import write_lock
from tests.miniature import CUT

HOSTILE = [
    # HTML
    "<script>alert('h1')</script>",
    "<img src=x onerror=alert('h2')>",
    "</td></tr></table><svg/onload=alert('h3')>",
    "<!-- h4 --><iframe src=\"http://evil.example/h4\"></iframe>",
    "\"' onmouseover=alert('h5') x='",
    "&lt;b&gt; &amp; &#60;h6&#62; &nbsp;",
    "]]></script><![CDATA[h7",
    # Shortcodes, markdown, citations, footnotes
    "{{< include /etc/passwd >}} h8",
    "{{< var study.title >}} h9",
    "{{{< meta book.title >}}} h10",
    "[h11](javascript:alert(1)) ![h11](http://evil.example/h11.png)",
    "# h12 *bold* _it_ ~~no~~ ^up^ ~down~ `code`",
    "@h13 [@kaplan1958] [^1] ^[note]",
    "$h14 \\frac{1}{2}$ \\input{/etc/passwd}",
    "```{=html}\n<script>alert('h15')</script>\n```",
    "::: {.h16} | a | b | :::",
    "--- h17 ... -- \"q\" 'q'",
    # typst
    '#read("/etc/passwd") h18',
    '#eval("1+1") $ h19 $ <label> @ref // c /* c */',
    "#import \"@preview/h20:0.1.0\": * \\ \\u{41}",
    # Word
    "</w:t></w:r></w:p><w:p>h21",
    '<w:fldSimple w:instr="INCLUDETEXT /etc/passwd"/> h22',
    "DDEAUTO c:\\\\windows\\\\system32\\\\cmd.exe \"/k h23\"",
    # RTF
    "{\\rtf1 h24 \\par \\object\\objdata 00}",
    "\\'41\\u65? h25 }}} {{{",
    "{\\field{\\*\\fldinst INCLUDETEXT /etc/passwd}} h26",
    # Spreadsheets
    "=cmd|' /C calc'!A0 h27",
    "+1+1 h28",
    "-1+1 h29",
    "@SUM(1+1) h30",
    # SQL, paths, shells
    "h31'; DROP TABLE adae; --",
    "../../../outside/h32",
    "$(touch pwned) `touch pwned` ; h33",
    "%s %d {0} {h34} %(x)s",
    # Characters
    "h35 \U0001f600 \U0001f469\u200d\U0001f52c",
    "h36 \u4e73\u764c \u0645\u0631\u062d\u0628\u0627 e\u0301",
    "h37 \u202egnp.exe\u202c \u2066x\u2069",
    "h38\u200b\ufeff\u00ad",
    "h39 \x07\x1b[2J\x7f",
    "h40 \u2028 \u0085 tab\there",
    "h41" + "pneumono" * 20,
    "  h42  two  blanks",
    "h43\r\nline\nend",
]  # fmt: skip
PARAMETERS = {  # in the study's file of parameters
    "A miniature trial for the tests of this project": "p1 <script>alert('p1')</script> {{< include /etc/passwd >}}",
    "Miniature trial": "p2 </w:t> \\\\par #read(1) $x$",
    "Nobody": "p3 <b>@nobody</b> & [x](javascript:alert(1))",
    "no disease": "p4 *x* `y` {=html}",
}
PATIENT = "MINI-1-07"
NAMED = "7<script>{{< x >}}=1+1"
SITE = {"SITEID": "<b>s1</b> {{< x >}}", "INVID": "=cmd|s2 #read(1)", "INVNAM": "s3 <i>Dr</i> & \U0001f600\u202eRTL"}
"""The place of the patient, which no table shows, but define.xml does."""


def make_hostile(study: Path) -> Path:
    """Spoil a copy of the miniature: an adverse event of every text, a patient, its site, parameters, a chapter."""
    cut = study / "data/cuts" / CUT
    for name, data in read_folder(cut).items():
        frame = data.frame
        if name == "AE":
            frame = frame.with_columns(AECAT=pl.lit(None, pl.String))
            one = frame.filter(pl.col("USUBJID") == "MINI-1-06")[:1]
            rows = [
                one.with_columns(
                    USUBJID=pl.lit(PATIENT),
                    AESEQ=pl.lit(float(number)),
                    AESTDTC=pl.lit("2024-08-01"),
                    AEENDTC=pl.lit("2024-08-05"),
                    AETERM=pl.lit(text),
                    AEDECOD=pl.lit(text),
                    AECAT=pl.lit(text),
                    AEOUT=pl.lit(text),
                    AEBODSYS=pl.lit("SOC <b>&amp;</b> {{< y >}} #soc"),
                )
                for number, text in enumerate(HOSTILE, 1)
            ]
            frame = pl.concat([frame, *rows])
        if "USUBJID" in frame.columns:
            frame = frame.with_columns(pl.col("USUBJID").replace(PATIENT, NAMED))
        if name == "DM":
            for variable, text in SITE.items():
                others = pl.col(variable) if variable in frame.columns else pl.lit(f"{variable} of others")
                frame = frame.with_columns(
                    pl.when(pl.col("USUBJID") == NAMED).then(pl.lit(text)).otherwise(others).alias(variable)
                )
        write_xpt(data.with_frame(frame), cut / f"{name.lower()}.xpt")
    (cut / "lock.json").unlink()
    write_lock(cut, dt.date(2025, 7, 20), dt.date.fromisoformat(CUT))
    own = study / f"params/cuts/{CUT}.yaml"
    pin = hashlib.sha256((cut / "lock.json").read_bytes()).hexdigest()
    kept = [line for line in own.read_text().splitlines() if not line.startswith("lock_sha256")]
    own.write_text("\n".join([*kept, f'lock_sha256: "{pin}"', ""]))
    texts = (study / "params/study.yaml").read_text(encoding="utf-8")
    for old, new in PARAMETERS.items():
        assert f": {old}\n" in texts
        texts = texts.replace(f": {old}\n", ": " + '"' + new.replace('"', '\\"') + '"\n')
    (study / "params/study.yaml").write_text(texts, encoding="utf-8")
    with (study / "report/12-safety.qmd").open("a", encoding="utf-8") as chapter:
        chapter.write("\n\n{{< var study.title >}}; {{< var study.sponsor >}}; {{< var study.indication >}}\n")
    return study
