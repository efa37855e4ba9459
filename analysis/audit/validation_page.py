"""validation.html: the pack of csr validate as one page that prints, with boxes to be filled and signed by hand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template

from analysis.tlf import fonts

TEMPLATES = Path(__file__).parents[1] / "report/templates"
MATRIX = (
    *("Requirement", "Text", "Source", "Risk", "Tests (passed/all)", "Passed", "Failed", "Not run", "Outcome"),
    "Displays and results",
)
_RISKS = (
    ("high", "a wrong number or wrong data could go unnoticed into the report"),
    ("medium", "the report could mislead in presentation, be unusable, or be no longer reproducible"),
    ("low", "work is lost or made harder"),
)
_SCOPE = """This document records the validation of software that makes clinical study reports from a locked data cut.
Installation (IQ): what is installed on the machine named below is what the release names. Operation (OQ): every
requirement is traced to automatic tests, and what these gave. Performance (PQ): one build of the software, its
manifest, its code and data, and the agreement of its two independently programmed routes. Expected values of the tests
come from R, hand calculation, published tables or public data. Not in scope: whether the plan of the analysis and the
requirements are right, the data as the clinic collected them, and the operating system."""
_SIGNED = ("Prepared by", "Reviewed by", "Approved by (quality)")


@dataclass(frozen=True)
class Pack:
    """What the page says. `checks` have part, what, found and outcome; `build`: whether there is a PQ part."""

    identity: Sequence[tuple[str, str]]
    when: str
    conclusion: str
    checks: Sequence[tuple[str, str, str, str]]
    matrix: Sequence[tuple[str, ...]]
    log: Sequence[tuple[str, ...]]
    deviations: Sequence[tuple[str, str, str]]
    build: bool


def page(pack: Pack) -> str:
    """The whole page; every value is text in it."""
    name = dict(pack.identity)["Software"]
    of = {part: [check[1:] for check in pack.checks if check[0] == part] for part in ("IQ", "PQ")}
    performed = _table(("Check", "Found", "Outcome"), of["PQ"], "checks")
    told = [(str(n), *row, "", "") for n, row in enumerate(pack.deviations, start=1)]
    signed = [(who, "", "", "") for who in _SIGNED]
    heads = ("No.", "Part", "What", "Found", "Assessment", "Resolved: date, initials")
    sections = (
        ("Identification", _table(("", ""), [*pack.identity, ("This document made", pack.when)], "identity")),
        ("Scope", f"<p>{_SCOPE}</p>"),
        ("Conclusion", f'<p class="conclusion">{escape(pack.conclusion)}</p>'),
        (
            "Approval",
            _table(("", "Name and role", "Date", "Signature"), signed, "sign"),
        ),
        ("Installation (IQ)", _table(("Check", "Found", "Outcome"), of["IQ"], "checks")),
        ("Operation (OQ): requirements traced to tests", _risks() + _table(MATRIX, pack.matrix, "matrix")),
        ("Performance (PQ): a build", performed if pack.build else "<p>Not done: no build was named.</p>"),
        ("Deviations", _table(heads, told, "deviations") if told else "<p>None.</p>"),
        ("Test log", _LOG + _table(("File", "Passed", "Failed", "Not run", "Seconds"), pack.log, "log")),
    )
    body = "".join(
        f"<section><h2>{n}. {title}</h2>{text}</section>" for n, (title, text) in enumerate(sections, start=1)
    )
    title = f"Validation report: {name}"
    style = fonts.font_faces(title + body) + (TEMPLATES / "validation.css").read_text(encoding="utf-8")
    template = Template((TEMPLATES / "validation.html").read_text(encoding="utf-8"))
    return template.substitute(title=escape(title), style=style, body=body)


_LOG = "<p>By file; every test with its outcome and time is in test-log.csv, the matrix also in validation.csv.</p>"


def _risks() -> str:
    items = "".join(f"<li><b>{name}</b>: {escape(text)}</li>" for name, text in _RISKS)
    outcomes = "verified in part: some tests were not run; not verified: none passed, or a cited test is not in the run"
    sources = "Plan, the analysis plan of the trial; Design, that of the software; Issue, the project's list of tasks"
    return (
        f"<p>Source: {sources}.</p><p>Risk, should the requirement not be met:</p><ul>{items}</ul>"
        f"<p>Outcome: {outcomes}.</p>"
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], kind: str) -> str:
    """A table of texts; its outcomes are marked by their words."""
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return (
        f'<table class="{kind}">{f"<thead><tr>{head}</tr></thead>" if any(heads) else ""}<tbody>{body}</tbody></table>'
    )


_MARKS = {"passed": "good", "verified": "good", "failed": "bad", "not verified": "bad"}
_MARKS |= {"verified in part": "part", "to be assessed": "part"}


def _cell(text: str) -> str:
    mark = f' class="{_MARKS[text]}"' if text in _MARKS else ""
    return f"<td{mark}>{escape(fonts.printable(text)).replace(chr(10), '<br>')}</td>"
