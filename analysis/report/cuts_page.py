"""The markup of build/index.html: the table of cuts, and for each two of them what changed."""

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from string import Template
from urllib.parse import quote

from analysis.audit.builds import Build
from analysis.report import cover, cuts_changes
from analysis.report.cuts_words import MISSING, count, label, link, printed, whole
from analysis.report.escape import escape
from analysis.results import Result
from analysis.tlf import fonts

TEMPLATES = Path(__file__).parent / "templates"
_PURPOSES = {
    "primary": "Primary analysis",
    "interim_descriptive": "Interim analysis, descriptive",
    "update": "Update",
}
_REPORTS = (("csr.html", "HTML"), ("csr.docx", "Word"), ("csr.pdf", "PDF"))
_PARTS = (("sections/", "Sections"), ("tlf/", "Tables, figures, listings"), ("manifest.json", "Manifest"))


def page(study: str, builds: Sequence[Build], passed_over: Iterable[tuple[str, str]]) -> str:
    """The whole page over builds in their order; `passed_over` are the names of others and why they are not in it."""
    title = f"Data cuts of study {study}"
    notes = list(dict.fromkeys(str(b.parameter("study.data_note") or "") for b in builds))
    body = "".join([_cuts(builds), _changes(builds), _passed_over(list(passed_over))])
    return assemble(title, f"Study {study}", notes, body, styles=("cuts.css",), scripts=("cuts.js",))


def assemble(
    title: str, head: str, notes: Iterable[str], body: str, *, styles: Sequence[str], scripts: Sequence[str]
) -> str:
    """A page over builds: its body is markup, everything else text; styles and scripts are names of templates."""
    noted = [note for note in notes if note]
    texts = {"title": title, "study": head}
    script, head_script = "\n".join(map(_read, scripts)), _read("page.theme.js")
    style = "\n".join(
        [
            fonts.font_faces("".join([*texts.values(), *noted, body])),
            *map(_read, styles),
            cover.printed_header(head, ", ".join(noted)),
        ]
    )
    return Template(_read("cuts.html")).substitute(
        {key: escape(value) for key, value in texts.items()},
        banner="".join(f'<p class="banner" role="note">{escape(note)}</p>' for note in noted),
        body=body,
        style=style,
        style_hash=_hash(style),
        script=script,
        head_script=head_script,
        script_hashes=f"{_hash(head_script)} {_hash(script)}",
    )


def _read(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _cuts(builds: Sequence[Build]) -> str:
    if not builds:
        return "<p>There is no finished build of this study here. Make one with <code>csr run CUT</code>.</p>"
    rows = [_cut(build, builds[number - 1] if number else None, number) for number, build in enumerate(builds)]
    heads = ("Cut", "Report", "Pieces", "Cut-off", "Patients", "Median PFS", "Locked", "Engine", "Code")
    top = "".join(f'<th scope="col" role="columnheader">{head}</th>' for head in heads)
    body = "".join(
        f'<tr role="row"><th scope="row" role="rowheader">{row[0]}</th>'
        + "".join(f'<td role="cell" data-head="{h}">{c}</td>' for h, c in zip(heads[1:], row[1:], strict=True))
        + "</tr>"
        for row in rows
    )
    # The roles keep it a table where the style lays it out as cards.
    return (
        '<div class="scroll" id="table" role="group" tabindex="0" aria-label="Data cuts"><table role="table">'
        f'<thead role="rowgroup"><tr role="row">{top}</tr></thead><tbody role="rowgroup">{body}</tbody></table></div>'
        '<p class="quiet">PFS: progression-free survival. Locked: the date of the lock, and the SHA-256 of lock.json, '
        "which holds that of each data file. Code: the SHA-256 of the code, chapters and parameters that made "
        "the report.</p>"
    )


def _cut(build: Build, before: Build | None, number: int) -> list[str]:
    made = build.manifest
    folder = quote(build.folder.name)
    files = [
        "".join(
            f"<li>{link(f'{folder}/{name}', words, f'{words} of {label(build)}')}</li>"
            for name, words in group
            if (build.folder / name).exists()
        )
        for group in (_REPORTS, _PARTS)
    ]
    found = {r.name: r for r in build.results if r.name}
    changed = ""
    if before:
        changed = link(f"#pair-{number - 1}-{number}", f"Changes since {label(before)}")
    return [
        f"<b>{escape(label(build))}</b><br>{escape(_PURPOSES.get(made.purpose, made.purpose))}"
        f"{f'<br>{changed}' if changed else ''}",
        *(f'<ul class="plain">{links}</ul>' for links in files),
        whole(made.cutoff),
        f"{printed(found, 'n.enrolled')} enrolled<br>{printed(found, 'n.treated')} treated",
        _survival(build, found),
        f"{whole(made.lock_date)}<br><code>{escape(made.lock_sha256)}</code>",
        escape(" ".join(made.engine.get(key, "") for key in ("name", "version"))),
        f"<code>{escape(made.code_version)}</code>",
    ]


def _survival(build: Build, found: Mapping[str, Result]) -> str:
    """The median of progression-free survival with its interval, and the events behind it."""
    if "pfs.median" not in found:
        return MISSING
    values = [printed(found, f"pfs.{name}") for name in ("median", "median_lower", "median_upper", "events")]
    level = f"{100 * build.parameter('km.conf_level'):g}% CI"
    return f"{values[0]} months<br>{level} {values[1]} to {values[2]}<br>{values[3]} events"


def _changes(builds: Sequence[Build]) -> str:
    if len(builds) < 2:
        only = f"There is one cut only, {escape(label(builds[0]))}: nothing to compare it with." if builds else ""
        return f"<h2>What changed</h2><p>{only}</p>" if only else ""
    last = len(builds) - 1

    def choice(name: str, words: str, chosen: int) -> str:
        options = "".join(
            f'<option value="{number}"{" selected" if number == chosen else ""}>{escape(label(build))}</option>'
            for number, build in enumerate(builds)
        )
        return f'<label>{words}<select name="{name}" autocomplete="off">{options}</select></label>'

    pairs = [
        cuts_changes.section(f"pair-{one}-{other}", builds[one], builds[other])
        for one, other in combinations(range(len(builds)), 2)
    ]
    return (
        '<h2>What changed</h2><form class="needs-script" aria-label="Choose two cuts">'
        f"{choice('from', 'From cut', last - 1)}{choice('to', 'To cut', last)}"
        f'<p id="shown" class="quiet" role="status"></p></form>{"".join(pairs)}'
    )


def _passed_over(builds: list[tuple[str, str]]) -> str:
    if not builds:
        return ""
    items = "".join(f"<li><code>{escape(name)}</code>: {escape(reason)}</li>" for name, reason in builds)
    return f"<h2>Passed over</h2><p>{count(len(builds), 'folder')} here could not be taken in.</p><ul>{items}</ul>"
