"""`csr diff` on whole builds of the two demonstration cuts: what was planted shows in the text and in the report."""

import re
from pathlib import Path

import pytest
from lxml import etree

from tests.audit import revisions
from tests.conftest import csr
from tests.report.word_checks import check, parts_of

CUTS = ("2025-06-30", "2025-12-31")

# What a reader must be told, from the list of planted cases in data/README.md.
TOLD = (
    "SYNTHETIC DATA - no real patients",
    "added AE NCT05075512-01-043 ",  # late-ae
    "added SV NCT05075512-01-043 305 ",  # late-scan
    "removed AE NCT05075512-01-040 LUNG INFECTION ",  # withdrawn-sae
    "SV NCT05075512-01-037 305 2025-03-03: SVSTDTC 2025-03-03 -> 2025-02-24",  # corrected-pd-date
    "DM NCT05075512-01-039: DTHDTC nothing -> 2025-06-03",  # death-became-known
    "NCT05075512-01-039 2025-06-03",  # a new death
    "Best overall response, confirmed: SD -> PR: 1: NCT05075512-01-044",  # pr-awaiting-confirmation
    "Date of progression or death: 2025-03-03 -> 2025-02-24: 1: NCT05075512-01-037",
    "event: Death: 1: NCT05075512-01-042",  # ae-fatal-after-first-cut
    "primary analysis), then ",  # the conclusion of the first cut, none of the second
    "nominal, no conclusion is drawn",
)


def examine(text: str, builds: tuple[Path, Path], out: Path) -> None:
    """Check what was said and written of the two builds."""
    for said in TOLD:
        assert said in text, said
    revised = re.findall(
        r"(?m)^  (?:added |removed )?[A-Z]+ NCT05075512-01-(\d{3})[ :]", text.partition("Data, ADaM")[0]
    )
    assert set(revised) == {"037", "039", "040", "043"}
    name = f"diff-{CUTS[0]}-{CUTS[1]}"
    check(out / f"{name}.docx")
    for accept, folder in ((False, builds[0]), (True, builds[1])):
        wanted = parts_of(folder / "csr.docx")
        for part, found in revisions.parts(out / f"{name}.docx", accept=accept).items():
            root = etree.fromstring(wanted[part])
            assert revisions.said(found) == revisions.said(root), part
            assert revisions.rows(found) == revisions.rows(root), part
    page = (out / f"{name}.html").read_text(encoding="utf-8")
    assert "<del>26</del><ins>29</ins> had an event" in page
    assert '<img alt="Old: Figure 11.4.1.1 Kaplan-Meier estimate of progression-free survival"' in page
    table = (out / f"{name}.csv").read_text(encoding="utf-8")
    assert "SDTM,DM,changed,NCT05075512-01-039,,DTHDTC,,2025-06-03,Y\n" in table


@pytest.mark.slow
def test_the_two_demonstration_builds(build: Path, tmp_path: Path) -> None:
    project, first = build.parents[1], tmp_path / CUTS[0]
    done = csr(project, "run", CUTS[0], "--out", str(first))
    assert done.returncode == 0, done.stderr
    done = csr(project, "diff", str(first), str(build), "--out", str(tmp_path / "diff"))
    assert done.returncode == 0, done.stderr
    assert len([*(tmp_path / "diff").iterdir()]) == 3
    examine(done.stdout, (first, build), tmp_path / "diff")
