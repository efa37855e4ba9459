"""The reviewer's guides: their sections, what they take from the data, what they leave to the sponsor, hostile text."""

import dataclasses
import json
from pathlib import Path
from xml.etree import ElementTree

import polars as pl
import pytest

from analysis import params
from analysis.audit import guides, guides_adrg, guides_csdrg
from analysis.audit.define_members import Member, read_member
from analysis.audit.recorded import Manifest
from analysis.cut.check import Problem
from analysis.cut.dataset import Dataset, write_xpt
from analysis.params_submission import Submission
from analysis.report import pandoc
from tests.conftest import PROJECT

HOSTILE = 'a|b <script>"x"</script> [x](http://example.org) {{< var x >}} `=typst`'
DM = pl.DataFrame({"STUDYID": ["S"] * 3, "USUBJID": ["1", "2", "3"], "SEX": ["F", "F", "F"]})
ADSL = DM.with_columns(SCRFFL=pl.Series(["N", "N", "Y"]), FASFL=pl.Series(["Y", "Y", "N"]))
TI = pl.DataFrame({"STUDYID": ["S"], "IETESTCD": ["INCL01"], "IECAT": ["INCLUSION"], "IETEST": [HOSTILE]})
ADTTE = ADSL.select("STUDYID", "USUBJID", "FASFL").with_columns(
    PARAMCD=pl.lit("PFS"), PARAM=pl.lit("Survival"), AVAL=1.5, CNSR=0.0
)
TEMPLATE_ADRG = [
    "1 Introduction", "2 Protocol description", "3 Analysis considerations related to multiple analysis datasets",
    "4 Analysis data creation and processing issues", "5 Analysis dataset descriptions", "6 Data conformance summary",
    "7 Submission of programs", "8 Directory structure", "9 Installation and use, step by step",
]  # fmt: skip
TEMPLATE_CSDRG = [
    "1 Introduction", "2 Protocol description", "3 Subject data description", "4 Data conformance summary",
    "Appendix I: Inclusion and exclusion criteria", "Appendix II: Conformance issues, details",
]  # fmt: skip


def member(folder: Path, name: str, frame: pl.DataFrame) -> Member:
    write_xpt(Dataset(name, f"Label of {name}", frame), folder / f"{name.lower()}.xpt")
    return read_member(folder / f"{name.lower()}.xpt")


@pytest.fixture
def subject(tmp_path: Path) -> guides.Subject:
    chosen = params.load("2025-12-31", PROJECT / "params")
    recorded = Manifest.model_validate(
        {
            **{"study": "S", "cut": "2025-12-31", "cutoff": "2025-12-31", "purpose": "update", "lock_sha256": "a" * 64},
            **{"lock_date": "2026-01-20", "parameters": {}, "inputs": {}, "code_version": "b" * 64, "code": {}},
            "software": {"python": "CPython 3.11", "machine": "Linux x86_64", "packages": {"numpy": "2.4.6"}},
            **{"engine": {"name": "pandoc", "version": "3.9"}, "outputs": {}},
        }
    )
    return guides.Subject(
        params=chosen,
        catalogue=dict(params.load_catalogue(PROJECT / "params")),
        recorded=recorded,
        submission=Submission(),
        sdtm=[member(tmp_path, "DM", DM), member(tmp_path, "TI", TI)],
        adam=[member(tmp_path, "ADSL", ADSL), member(tmp_path, "ADTTE", ADTTE)],
        empty=["LB", "ADLB"],
        problems=[Problem("warning", "AE", "1", n, "AETOXGR", "GRADE_MISSING", HOSTILE) for n in (1, 2)],
        programs={"analysis/adam/adtte.py": "analysis-adam-adtte-py.txt"},
        compared=(120, 119),
    )


def headings(text: str) -> list[str]:
    return [line.removeprefix("# ") for line in text.splitlines() if line.startswith("# ")]


def shown(text: str) -> str:
    """What a reader sees of markdown: the words of what pandoc reads."""
    return pandoc.plain(json.loads(pandoc.run(["--from", guides.READ, "--to", "json"], text))["blocks"])


def test_the_guides_have_the_sections_of_the_templates(subject: guides.Subject) -> None:
    assert headings("\n".join(guides_adrg.lines(subject))) == TEMPLATE_ADRG
    assert headings("\n".join(guides_csdrg.lines(subject))) == TEMPLATE_CSDRG


def test_what_nobody_knows_is_for_the_sponsor_to_complete(subject: guides.Subject) -> None:
    text = "\n\n".join(guides_adrg.lines(subject))
    assert r"ADaM Implementation Guide [\[To be completed by the sponsor: version\]]" in text
    known = dataclasses.replace(subject, submission=Submission(adamig="1.3"))
    assert r"ADaM Implementation Guide 1.3" in "\n\n".join(guides_adrg.lines(known))


def test_numbers_are_those_of_the_data(subject: guides.Subject) -> None:
    sdtm, adam = ("\n\n".join(module.lines(subject)) for module in (guides_csdrg, guides_adrg))
    assert "DM has 3 patients, of whom 1 failed screening by ADSL." in sdtm
    assert "Left out, because they have no records: LB." in sdtm
    assert "Left out, because they have no records: ADLB." in adam
    assert "| PFS | Survival | 3 |" in adam
    assert "120 results compared, 119 agree" in adam
    assert r"| warning | AE\.AETOXGR | GRADE\_MISSING | 2 |" in adam
    assert r"analysis\-adam\-adtte\-py\.txt" in adam


def test_hostile_text_of_the_data_is_shown_as_text(subject: guides.Subject) -> None:
    text = shown("\n\n".join(guides_csdrg.lines(subject)))
    assert text.count(HOSTILE) == 2  # the first finding of the data check, and the criterion
    tree = pandoc.run(["--from", guides.READ, "--to", "json"], "\n\n".join(guides_csdrg.lines(subject)))
    assert '"RawInline"' not in tree
    assert '"Link"' not in tree


def test_a_build_without_a_comparison_says_so(subject: guides.Subject) -> None:
    text = "\n\n".join(guides_adrg.lines(dataclasses.replace(subject, compared=(0, 0))))
    assert "no comparison of two routes is in this build" in text


def test_the_diagram_joins_each_dataset_to_those_it_is_made_from() -> None:
    names = ["ADTTE", "ADSL", "ADAE", "ADRS"]
    assert guides_adrg.levels(names) == [["ADSL"], ["ADAE", "ADRS"], ["ADTTE"]]
    drawing = ElementTree.fromstring(guides_adrg.diagram(names))
    kinds = [node.tag.split("}")[1] for node in drawing]
    assert (kinds.count("rect"), kinds.count("path")) == (5, 4)  # SDTM-ADSL, ADSL-ADAE, ADSL-ADRS, ADRS-ADTTE


def test_both_guides_are_written_as_pdf(subject: guides.Subject, tmp_path: Path) -> None:
    guides_adrg.write_adrg(subject, tmp_path, tmp_path / "adrg.pdf")
    guides_csdrg.write_csdrg(subject, tmp_path, tmp_path / "csdrg.pdf")
    first = [(tmp_path / name).read_bytes() for name in ("adrg.pdf", "csdrg.pdf")]
    assert all(content.startswith(b"%PDF") for content in first)
    guides_adrg.write_adrg(subject, tmp_path, tmp_path / "adrg.pdf")
    assert (tmp_path / "adrg.pdf").read_bytes() == first[0]
