"""csdrg.pdf: the clinical study data reviewer's guide, in the sections of PHUSE's template, from a cut's data."""

from collections.abc import Iterator
from pathlib import Path

from analysis.audit import define_tables
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

_TRIAL = {
    "TA": "Trial Arms", "TE": "Trial Elements", "TV": "Trial Visits",
    "TI": "Trial Inclusion/Exclusion Criteria", "TS": "Trial Summary",
}  # fmt: skip


def write_csdrg(about: Subject, folder: Path, target: Path) -> None:
    """Write the guide; it has no images, so `folder` may be empty."""
    write_guide("Clinical study data reviewer's guide", list(lines(about)), about, folder, target)


def lines(about: Subject) -> Iterator[str]:
    """The text of the guide in markdown, block by block."""
    members = {member.name: member for member in about.sdtm}
    yield from _introduction(about)
    yield from protocol(about)
    yield "## 2.3 Trial design datasets"
    yield table(
        ("Dataset", "Records"),
        (60, 40),
        [
            (f"{name}, {label}", str(members[name].frame.height) if name in members else "not in the data")
            for name, label in _TRIAL.items()
        ],
    )
    yield from _subject_data(about, members)
    yield "# 4 Data conformance summary"
    yield "## 4.1 Conformance inputs"
    yield "\n".join(
        [*conformance_inputs("SDTM"), "- The data check of the analysis (csr check), whose findings follow."]
    )
    yield "## 4.2 Issues summary"
    yield problems_table(about.problems)
    yield "## 4.3 Additional conformance details"
    yield limits(about.sdtm)
    yield "# Appendix I: Inclusion and exclusion criteria"
    yield _criteria(members.get("TI"))
    yield "# Appendix II: Conformance issues, details"
    yield "Every finding is listed in section 16.1.9 of the report, with patient and record."


def _introduction(about: Subject) -> Iterator[str]:
    yield "# 1 Introduction"
    yield "## 1.1 Purpose"
    yield (
        "This guide gives context for the tabulation datasets and terminology beyond define.xml, and summarises what "
        "is known of their conformance. It is generated from the data of the cut and the parameters of the study. "
        f"**{markdown_text(about.params.study.data_note)}.**"
    )
    yield "## 1.2 Acronyms"
    yield "The abbreviations are explained in section 4 of the report."
    yield "## 1.3 Study data standards and dictionary inventory"
    yield standards(about)
    yield "## 1.4 Source of the data"
    yield markdown_text(methods.source_data(about.params))


def _subject_data(about: Subject, members: dict[str, Member]) -> Iterator[str]:
    yield "# 3 Subject data description"
    yield "## 3.1 Overview"
    adsl = next(member.frame for member in about.adam if member.name == "ADSL")
    failed = adsl.filter(adsl["SCRFFL"] == "Y").height
    yield (
        f"DM has {members['DM'].frame.height} patients, of whom {failed} failed screening by ADSL. What the data "
        "cut-off removed or changed is listed, record by record, in section 16.1.9 of the report."
    )
    yield f"- Ongoing study: {missing('whether data are still collected')}"
    yield f"- SDTM as received from the clinic: {missing('who made the SDTM datasets, and how they trace to the CRF')}"
    yield "## 3.2 Annotated CRF"
    yield missing("no annotated case report form is part of the data; acrf.pdf belongs beside define.xml")
    yield "## 3.3 SDTM subject domains"
    rows = []
    for member in about.sdtm:
        class_, structure = define_tables.sdtm_class(member)
        patients = str(member.frame["USUBJID"].n_unique()) if "USUBJID" in member.frame.columns else ""
        supplement = f"SUPP{member.name}" if f"SUPP{member.name}" in members else ""
        rows.append(
            (
                member.name,
                markdown_text(member.label),
                class_.capitalize(),
                structure,
                str(member.frame.height),
                patients,
                supplement,
            )
        )
    heads = ("Dataset", "Label", "Class", "Structure", "Records", "Patients", "Supplement")
    yield table(heads, (9, 18, 14, 25, 10, 10, 14), rows)
    yield left_out(about, adam=False)
    yield "## 3.4 Supplemental qualifiers"
    yield table(
        ("Dataset", "QNAM", "QLABEL", "Records"),
        (14, 18, 50, 18),
        [
            (name, *(markdown_text(str(value)) for value in row))
            for name, member in members.items()
            if {"QNAM", "QLABEL"} <= set(member.frame.columns)
            for row in member.frame.group_by("QNAM", "QLABEL").len().sort("QNAM", "QLABEL").iter_rows()
        ],
    )


def _criteria(member: Member | None) -> str:
    """The criteria of TI."""
    wanted = ("IETESTCD", "IECAT", "IETEST")
    if member is None or not set(wanted) <= set(member.frame.columns):
        return missing("no dataset of the criteria (TI) is in the data")
    rows = [tuple(markdown_text(str(v or "")) for v in row) for row in member.frame.select(wanted).iter_rows()]
    return table(("Criterion", "Category", "Text"), (14, 16, 70), rows)
