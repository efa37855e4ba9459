"""What both reviewer's guides share: their source in markdown, tables, places for the sponsor to complete, the PDF."""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.audit.define import TO_COMPLETE
from analysis.audit.define_members import Member
from analysis.audit.recorded import Manifest
from analysis.cut.check import Problem
from analysis.params import Output, Params
from analysis.params_submission import Submission
from analysis.report import pandoc
from analysis.report.escape import markdown_text
from analysis.report.grammar import counted, long_date
from analysis.report.pdf import write_pdf

READ = "markdown-raw_html-raw_tex-raw_attribute-citations-smart"


@dataclass(frozen=True)
class Subject:
    """What a guide tells of: the study, the build, the datasets, what the data check found, and where files lie."""

    params: Params
    catalogue: dict[str, Output]
    recorded: Manifest
    submission: Submission
    sdtm: Sequence[Member]
    adam: Sequence[Member]
    empty: Sequence[str]
    """Datasets that have no records, and are left out."""
    problems: Sequence[Problem]
    programs: dict[str, str]
    """Program of the project -> its file's name among the programs."""
    compared: tuple[int, int]
    """Results compared by the two routes, and how many of them agree."""

    @property
    def date(self) -> dt.date:
        return dt.date.fromisoformat(self.recorded.lock_date)


def missing(what: str) -> str:
    """A place for the sponsor to complete, marked like those of the report."""
    return f'[\\[{TO_COMPLETE}: {markdown_text(what)}\\]]{{custom-style="Author Placeholder"}}'


def said(value: str | None, what: str) -> str:
    """A value as text, or the place for it."""
    return markdown_text(value) if value else missing(what)


def table(heads: Sequence[str], widths: Sequence[int], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells in markdown; `widths` are shares of the line. Without rows it says so."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    if not lines:
        return "None.\n"
    rule = "|".join(f":{'-' * width}" for width in widths)
    return "\n".join([f"| {' | '.join(heads)} |", f"|{rule}|", *lines]) + "\n"


def protocol(about: Subject) -> list[str]:
    """Chapter 2 of both guides."""
    study, design = about.params.study, about.params.design
    rows = [
        ("Protocol number", f"{markdown_text(study.id)} (registry); {missing('protocol number of the sponsor')}"),
        ("Protocol title", markdown_text(study.title)),
        (
            "Protocol versions",
            missing("versions and amendments that affected the collection or interpretation of data"),
        ),
        ("Sponsor", markdown_text(study.sponsor)),
        ("Phase", markdown_text(study.phase)),
        ("Indication", markdown_text(study.indication)),
        ("Data cut-off", f"{long_date(about.params.cutoff)} ({markdown_text(about.params.purpose)} analysis)"),
    ]
    drugs = [(markdown_text(t.name), f"{t.dose_mg:g} mg", markdown_text(t.schedule)) for t in study.treatments]
    return [
        "# 2 Protocol description",
        "## 2.1 Protocol number and title",
        table(("Item", "Value"), (25, 75), rows),
        "## 2.2 Protocol design",
        f"Design: {markdown_text(study.design)}. Planned number of patients: {design.n}. Arm: "
        f"{markdown_text(study.arm_label)}.",
        table(("Treatment", "Dose", "Schedule"), (25, 15, 60), drugs),
    ]


def standards(about: Subject) -> str:
    """The inventory of standards and dictionaries of both guides."""
    submission, params = about.submission, about.params
    confirm = missing("version as licensed")
    return table(
        ("Standard or dictionary", "Version used"),
        (40, 60),
        [
            ("SDTM", f"SDTM Implementation Guide {said(submission.sdtmig, 'version')}"),
            ("ADaM", f"ADaM Implementation Guide {said(submission.adamig, 'version')}"),
            ("Controlled terminology", f"CDISC SDTM terminology {said(submission.sdtm_ct, 'version')}"),
            ("Data definitions", "Define-XML 2.1, with Analysis Results Metadata 1.0 for ADaM"),
            ("Adverse events", f"{markdown_text(params.adverse_events.dictionary)}; {confirm}"),
            ("Laboratory grades", f"CTCAE {markdown_text(params.laboratory.ctcae_version)}"),
            ("Medications", missing("dictionary and version")),
        ],
    )


def problems_table(problems: Iterable[Problem]) -> str:
    """What the data check found, one line for each rule and variable, with the number of records and the first."""
    groups: dict[tuple[str, str, str, str], list[Problem]] = {}
    for problem in problems:
        key = (problem.severity, problem.dataset, problem.variable or "", problem.rule)
        groups.setdefault(key, []).append(problem)
    return table(
        ("Severity", "Dataset and variable", "Rule", "Records", "First finding"),
        (9, 18, 27, 9, 37),
        [
            (severity, markdown_text(f"{dataset}.{variable}".rstrip(".")), markdown_text(rule), str(len(found)),
             markdown_text(found[0].message))
            for (severity, dataset, variable, rule), found in groups.items()
        ],
    )  # fmt: skip


def limits(members: Sequence[Member]) -> str:
    """What was checked of the transport files."""
    longest = max((v.length for m in members for v in m.variables if v.type == "text"), default=0)
    largest = max(len(m.content) for m in members) / 1e6
    return (
        f"{counted(len(members), 'dataset')} in SAS transport format version 5: names have at most 8 characters, "
        f"labels at most 40; the longest text variable has {longest} bytes of 200; the largest file has {largest:.1f} "
        "MB, so none is split."
    )


def left_out(about: Subject, *, adam: bool) -> str:
    """Which datasets are left out because they have no records."""
    names = [name for name in about.empty if name.startswith("AD") == adam]
    return f"Left out, because they have no records: {', '.join(names)}." if names else ""


def conformance_inputs(kind: str) -> list[str]:
    return [
        f"- define.xml ({kind}) is made from the transport files: it has their datasets and variables, with labels, "
        "types and lengths.",
        f"- {missing(f'rules of the {kind} standard were not run here; name validator, version and findings')}",
    ]


def write_guide(title: str, lines: Iterable[str], about: Subject, folder: Path, target: Path) -> None:
    """Write a guide as PDF. `folder` holds its images. Raises RenderError as `write_pdf` does."""
    tree = json.loads(pandoc.run(["--from", READ, "--to", "json"], "\n\n".join(["# Contents", *lines])))
    words = {"title": title, "subtitle": about.params.study.short_title, "author": about.params.study.sponsor}
    meta: dict[str, Any] = {key: _inlines(text) for key, text in words.items()}
    tree["meta"] = meta | {"lang": {"t": "MetaString", "c": "en"}}
    write_pdf(
        tree,
        folder,
        target,
        params=about.params,
        date=about.date,
        document_title=f"{title}, {about.params.study.id}",
    )


def _inlines(text: str) -> dict[str, Any]:
    return {"t": "MetaInlines", "c": [{"t": "Str", "c": text}]}
