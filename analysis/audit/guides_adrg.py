"""adrg.pdf: the analysis data reviewer's guide, in the sections of PHUSE's template, from manifest, params, rules."""

from collections.abc import Iterator
from html import escape
from pathlib import Path

from analysis.adam.dates import RULES
from analysis.adam.populations import POPULATIONS
from analysis.audit import define_tables, define_texts
from analysis.audit.define_members import Member
from analysis.audit.guides import (
    Subject,
    conformance_inputs,
    left_out,
    limits,
    missing,
    problems_table,
    protocol,
    standards,
    table,
    write_guide,
)
from analysis.report import methods
from analysis.report.escape import markdown_text
from analysis.report.grammar import counted
from analysis.tlf.context import POPULATIONS as NAMES
from analysis.tlf.rules import counting_rules

_DIAGRAM = "dependencies.svg"
_EFFICACY = {"ADRS", "ADSCAN", "ADTR", "ADTTE", "ADNACT"}
_TREATMENTS = ("TRT01P", "TRT01A", "ARM", "ARMCD", "ACTARM")


def write_adrg(about: Subject, folder: Path, target: Path) -> None:
    """Write the guide; its diagram goes to `folder`."""
    (folder / _DIAGRAM).write_text(diagram([member.name for member in about.adam]), encoding="utf-8")
    write_guide("Analysis data reviewer's guide", list(lines(about)), about, folder, target)


def lines(about: Subject) -> Iterator[str]:
    """The text of the guide in markdown, block by block."""
    yield from _introduction(about)
    yield from protocol(about)
    yield from _considerations(about)
    yield from _creation(about)
    yield from _datasets(about)
    yield from _conformance(about)
    yield from _programs(about)


def _introduction(about: Subject) -> Iterator[str]:
    yield "# 1 Introduction"
    yield "## 1.1 Purpose"
    yield (
        "This guide gives context for the analysis datasets and terminology beyond define.xml, and summarises what is "
        "known of their conformance. It is generated from the manifest of the build, the parameters of the study and "
        f"the texts of the programs. **{markdown_text(about.params.study.data_note)}.**"
    )
    yield "## 1.2 Acronyms"
    yield "The abbreviations are explained in section 4 of the report."
    yield "## 1.3 Study data standards and dictionary inventory"
    yield standards(about)
    yield "## 1.4 Source data used for analysis dataset creation"
    yield markdown_text(methods.source_data(about.params))


def _considerations(about: Subject) -> Iterator[str]:
    params, adsl = about.params, next(member for member in about.adam if member.name == "ADSL")
    labels = {variable.name: variable.label for variable in adsl.variables}
    yield "# 3 Analysis considerations related to multiple analysis datasets"
    yield "## 3.1 Comparison of SDTM and ADaM content"
    yield (
        "ADSL holds the patients of DM in the arms that are analysed, screening failures included; each other analysis "
        "dataset holds patients of ADSL. The number of patients in each:"
    )
    rows = [
        (member.name, str(member.frame.height), str(member.frame["USUBJID"].n_unique()))
        for member in about.adam
        if "USUBJID" in member.frame.columns
    ]
    yield table(("Dataset", "Records", "Patients"), (40, 30, 30), rows)
    yield "## 3.2 Core variables"
    others = [set(member.frame.columns) for member in about.adam if member.name != "ADSL"]
    core = [name for name in labels if sum(name in columns for columns in others) * 2 > len(others)]
    yield "Variables of ADSL that more than half of the other datasets have, too:"
    yield table(("Variable", "Label"), (30, 70), [(name, markdown_text(labels[name])) for name in core])
    yield "## 3.3 Treatment variables"
    found = [(name, markdown_text(labels[name])) for name in _TREATMENTS if name in labels]
    yield table(("Variable", "Label"), (30, 70), found)
    yield "## 3.4 Subject issues that require special analysis rules"
    yield "The analysis sets are decided by these rules; the first that applies excludes the patient from the set."
    sets = {flag: name for name, flag in NAMES.values()}
    excluded = [
        (p.flag, sets[p.flag], markdown_text("; ".join(reason for reason, _ in p.excludes)), p.reason)
        for p in POPULATIONS
    ]
    yield table(("Flag", "Analysis set", "Excludes", "Reason in"), (14, 26, 45, 15), excluded)
    yield "## 3.5 Use of visit windowing, unscheduled visits, and record selection"
    plan = params.schedule
    yield (
        f"Tumour assessments are planned every {plan.scan_interval_days} days from enrolment, within "
        f"{plan.scan_window_days} days in either direction. An event follows a gap when more than {plan.gap_days} days "
        "have passed since the last adequate assessment. Unscheduled assessments count. In the summaries of adverse "
        "events:"
    )
    yield "\n".join(
        f"- {markdown_text(subject)}: {markdown_text(rule)}" for subject, rule in counting_rules(params).items()
    )
    yield "## 3.6 Imputation and derivation methods"
    yield "Partial dates are imputed by these rules; the variables that end in DTF say which parts were."
    yield table(
        ("Dates of", "Rule"),
        (22, 78),
        [(name.replace("_", " "), markdown_text(rule.text)) for name, rule in RULES.items()],
    )
    yield f"- {markdown_text(methods.pfs_start(params))}\n- {markdown_text(methods.pfs_sensitivity(params))}"


def _creation(about: Subject) -> Iterator[str]:
    yield "# 4 Analysis data creation and processing issues"
    yield "## 4.1 Split datasets"
    yield limits(about.adam)
    yield "## 4.2 Data dependencies"
    yield f"![What the analysis datasets are made from, in the order of their making; all read SDTM, too.]({_DIAGRAM})"
    sdtm = [member.name for member in about.sdtm]
    rows = [
        (member.name, ", ".join(define_texts.adam_read(member.name)) or "none",
         ", ".join(define_texts.sdtm_read(member.name, sdtm)) or "none")
        for member in about.adam
    ]  # fmt: skip
    yield table(
        ("Dataset", "Made from analysis datasets", "and from SDTM datasets that its program names"), (16, 30, 54), rows
    )
    yield "## 4.3 Intermediate datasets"
    yield "There are none: each analysis dataset is derived in memory from those named above and written once."


def _datasets(about: Subject) -> Iterator[str]:
    yield "# 5 Analysis dataset descriptions"
    yield "## 5.1 Overview"
    rows = []
    for member in about.adam:
        class_, _ = define_tables.adam_class(member)
        topic = (
            "Population" if member.name == "ADSL" else "Efficacy" if member.name in _EFFICACY else "Safety or baseline"
        )
        keys = ", ".join(define_tables.keys(member, adam=True))
        rows.append((member.name, markdown_text(member.label), class_.capitalize(), topic, keys))
    yield table(("Dataset", "Label", "Class", "Topic", "Keys"), (12, 27, 24, 14, 23), rows)
    yield left_out(about, adam=True)
    yield "## 5.2 Analysis datasets"
    for member in about.adam:
        yield f"### {member.name}: {markdown_text(member.label)}"
        yield markdown_text(define_texts.described(member.name)) or missing("description")
        parameters = _parameters(member)
        if parameters:
            yield table(("PARAMCD", "PARAM", "Records"), (18, 64, 18), parameters)


def _parameters(member: Member) -> list[tuple[str, str, str]]:
    frame = member.frame
    if not {"PARAMCD", "PARAM"} <= set(frame.columns):
        return []
    counts = frame.group_by("PARAMCD", "PARAM").len().sort("PARAMCD", "PARAM")
    return [(markdown_text(code), markdown_text(name), str(n)) for code, name, n in counts.iter_rows()]


def _conformance(about: Subject) -> Iterator[str]:
    compared, agree = about.compared
    yield "# 6 Data conformance summary"
    yield "## 6.1 Conformance inputs"
    yield "\n".join(conformance_inputs("ADaM"))
    yield "## 6.2 Issues summary"
    yield (
        "What the check of the source data found (csr check), with the number of records and the first of them; the "
        "derivations' own queries are listed in section 16.1.9 of the report."
    )
    yield problems_table(about.problems)
    yield "## 6.3 Independent programming"
    if compared:
        yield (
            f"Primary, secondary and main safety results are computed twice in every run, the second time by "
            f"other programs (analysis/qc) from SDTM alone. {counted(compared, 'result')} compared, {agree} agree: "
            "Table 16.1.9.1 of the report lists them."
        )
    else:
        yield missing("no comparison of two routes is in this build")


def _programs(about: Subject) -> Iterator[str]:
    software = about.recorded.software
    yield "# 7 Submission of programs"
    yield (
        "The programs lie in the folder programs beside the datasets, each as ASCII text with a name that eCTD allows; "
        "characters beyond ASCII are written as Python escapes of the same meaning. index.txt names the original of "
        "each with its SHA-256. They are to be read; the package of a build (csr package) holds them as they run, and "
        "two commands make the report again and compare every byte."
    )
    yield "## 7.1 Analysis dataset programs"
    rows = [
        (member.name, about.programs.get(define_texts.module_of(member.name), "none"),
         ", ".join(f"{name}.py" for name in define_texts.used(member.name.lower())[1:]) or "none")
        for member in about.adam
    ]  # fmt: skip
    yield table(
        ("Dataset", "Program", "Uses of analysis/adam"), (13, 32, 55), [tuple(map(markdown_text, r)) for r in rows]
    )
    yield "## 7.2 Analysis output programs"
    outputs = [
        (
            output.label,
            markdown_text(output.title),
            markdown_text(about.programs.get(f"notebooks/{output.notebook}.ipynb", "none")),
        )
        for output in about.catalogue.values()
    ]
    yield table(("Display", "Title", "Program"), (18, 48, 34), outputs)
    yield "## 7.3 Software and open-source packages"
    yield (
        f"{markdown_text(software.python)} on {markdown_text(software.machine)}; report rendered by "
        f"{markdown_text(about.recorded.engine['name'])} {markdown_text(about.recorded.engine['version'])}. "
        f"Code version (SHA-256): {about.recorded.code_version}. No macros are used. The packages:"
    )
    packages = [(markdown_text(name), markdown_text(version)) for name, version in software.packages.items()]
    half = (len(packages) + 1) // 2
    pairs = [
        (*left, *(packages[half + n] if half + n < len(packages) else ("", "")))
        for n, left in enumerate(packages[:half])
    ]
    yield table(("Package", "Version", "Package", "Version"), (30, 20, 30, 20), pairs)
    study = markdown_text(about.params.study.id.lower())
    yield "# 8 Directory structure"
    yield "\n".join(
        [
            f"- m5/datasets/{study}/tabulations/sdtm: SDTM datasets, define.xml, define.html, csdrg.pdf",
            f"- m5/datasets/{study}/analysis/adam/datasets: analysis datasets, define.xml, define.html, adrg.pdf",
            f"- m5/datasets/{study}/analysis/adam/programs: programs as text, index.txt",
            "- m5/53-clin-stud-rep/535-rep-effic-safety-stud: the report, its body, synopsis and appendices as PDF",
        ]
    )
    yield "# 9 Installation and use, step by step"
    yield "\n".join(
        [
            "1. Take the package of the build, which csr package makes.",
            f"2. Unpack it. It needs make and {markdown_text(software.python)} with its venv module, on "
            f"{markdown_text(software.machine)}.",
            "3. In its folder, run: make verify. It installs the packages by their hashes into a folder of its own, "
            "makes the report again and compares every byte.",
        ]
    )


def levels(names: list[str]) -> list[list[str]]:
    """The analysis datasets in the order of their making: each level needs only those before it."""
    left, done = set(names), list[list[str]]()
    while left:
        made = {name for level in done for name in level}
        ready = sorted(name for name in left if not set(define_texts.adam_read(name)) & left - {name} - made)
        done.append(ready)
        left -= set(ready)
    return done


def diagram(names: list[str]) -> str:
    """The levels as columns of boxes, from SDTM on, each joined to those of the column before from which it is made."""
    columns = [["SDTM"], *levels(names)]
    wide, high, gap, tall = 96, 22, 70, 30
    rows = max(map(len, columns))
    middle = {
        name: ((rows - len(column)) / 2 + number) * tall + high / 2
        for column in columns
        for number, name in enumerate(column)
    }
    parts = []
    for place, column in enumerate(columns):
        x = place * (wide + gap)
        for name in column:
            y = middle[name]
            parts.append(f'<rect x="{x}" y="{y - high / 2:g}" width="{wide}" height="{high}" fill="#eef3f8"/>')
            parts.append(
                f'<text x="{x + wide / 2:g}" y="{y + 4:g}" text-anchor="middle" stroke="none">{escape(name)}</text>'
            )
            made_from = {"SDTM", *define_texts.adam_read(name)} if place else set()
            for source in sorted(made_from & set(columns[place - 1])):
                parts.append(f'<path d="M{x - gap} {middle[source]:g}L{x} {y:g}m-7 -4l7 4l-7 4" fill="none"/>')
    size = f"{len(columns) * (wide + gap) - gap + 2} {rows * tall}"
    style = 'font-family="Liberation Sans" font-size="11" stroke="#1b3a5c"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-1 -1 {size}" {style}>{"".join(parts)}</svg>\n'
