"""csr validate: requirements that trace to what exists, records of runs as pytest writes them, and the pack."""

import ast
import csv
import importlib.util
import io
from pathlib import Path

import pytest
from lxml import html

from analysis.audit import validation, validation_checks, validation_page
from analysis.audit.builds import read_build
from analysis.audit.validation import Case, Requirement, Traced
from analysis.audit.validation_checks import Check
from analysis.errors import CsrError, ParamsError
from analysis.params import load_catalogue
from analysis.paths import Study
from tests.conftest import PROJECT, csr
from tests.tiny_builds import display, row, write_build

REQUIREMENTS = validation.load_requirements(PROJECT)
PLAN = (
    *("Subjects and time", "Data cut-off", "Conclusion", "PFS", "OS, DOR, TTR, TTF", "Response", "Safety"),
    *("Sample size", "Numbers", "Decisions in detail"),
)
"""The headings of the analysis plan."""


def functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_cited_test_exists() -> None:
    missing = []
    for name, requirement in REQUIREMENTS.items():
        for cited in requirement.tests:
            file, _, test = cited.partition("::")
            there = any(PROJECT.glob(file))
            if not there or (test and test not in functions(PROJECT / file)):
                missing.append(f"{name}: {cited}")
    assert missing == []


def test_every_file_of_tests_is_cited() -> None:
    """A new one is cited in docs/validation/requirements.yaml by the requirement that it shows."""
    files = [p.relative_to(PROJECT).as_posix() for p in (PROJECT / "tests").rglob("test_*.py")]
    cited = [part for requirement in REQUIREMENTS.values() for part in requirement.tests]
    assert [file for file in files if not any(validation.cites(part, f"{file}::x") for part in cited)] == []


def test_every_rule_area_of_the_plan_is_covered_and_every_source_is_of_a_known_kind() -> None:
    sources = {source for requirement in REQUIREMENTS.values() for source in requirement.source}
    assert {f"Plan, {heading}" for heading in PLAN} == {s for s in sources if s.startswith("Plan, ")}
    assert all(s.startswith(("Plan, ", "Design, ", "Issue ")) for s in sources)


def test_every_display_that_shows_a_requirement_is_in_the_catalogue() -> None:
    named = {name for requirement in REQUIREMENTS.values() for name in requirement.results if "-" in name}
    assert named <= set(load_catalogue(PROJECT / "params"))


@pytest.mark.parametrize(
    ("cited", "test", "holds"),
    [
        ("tests/a/", "tests/a/test_b.py::test_c", True),
        ("tests/a/", "tests/ab/test_b.py::test_c", False),
        ("tests/test_b*.py", "tests/test_bc.py::test_c", True),
        ("tests/test_b*.py", "tests/test_c.py::test_b", False),
        ("tests/test_b.py", "tests/test_b.py::test_c[x]", True),
        ("tests/test_b.py", "tests/test_bc.py::test_c", False),
        ("tests/test_b.py::test_c", "tests/test_b.py::test_c", True),
        ("tests/test_b.py::test_c", "tests/test_b.py::test_c[x-1]", True),
        ("tests/test_b.py::test_c", "tests/test_b.py::test_cd", False),
    ],
)
def test_what_a_citation_holds(cited: str, test: str, holds: bool) -> None:
    assert validation.cites(cited, test) is holds


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("REQ-1:", "REQ-1"),
        ("risk: none", "risk"),
        ("colour: red", "unknown key"),
    ],
)
def test_requirements_that_are_none_are_named(change: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / validation.REQUIREMENTS
    path.parent.mkdir(parents=True)
    name = change if change.endswith(":") else "REQ-AAA-001:"
    more = "" if change.endswith(":") else f"\n    {change}"
    risk = "" if change.startswith("risk") else "\n    risk: low"
    path.write_text(f"requirements:\n  {name}\n    text: x\n    source: [Issue 1]\n    tests: [tests/]{risk}{more}\n")
    with pytest.raises(ParamsError, match=said):
        validation.load_requirements(tmp_path)


JUNIT = """<?xml version="1.0" encoding="utf-8"?>
<testsuites name="pytest tests"><testsuite name="pytest" timestamp="2026-01-02T03:04:05" hostname="box">
<testcase classname="tests.test_a" name="test_one[x-&lt;1&gt;]" time="0.25" />
<testcase classname="tests.test_a" name="test_two" time="1.5">
<failure message="assert 1 == 2&#10;more">long</failure></testcase>
<testcase classname="tests.test_a" name="test_three" time="0">
<skipped type="pytest.skip" message="needs chromium">x</skipped></testcase>
<testcase classname="" name="tests.test_b" time="0"><error message="collection failure">x</error></testcase>
<testcase classname="tests.test_a" name="test_four" time="2"><error message="at teardown">x</error></testcase>
</testsuite></testsuites>
"""


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """A record of a run of five tests in two files."""
    (tmp_path / "tests").mkdir()
    for name in ("test_a.py", "test_b.py"):
        (tmp_path / "tests" / name).touch()
    path = tmp_path / "junit.xml"
    path.write_text(JUNIT, encoding="utf-8")
    return path


def test_a_run_is_read_as_pytest_records_it(record: Path, tmp_path: Path) -> None:
    run = validation.read_run(record, tmp_path)
    assert run.tests == (
        Case("tests/test_a.py::test_one[x-<1>]", "passed", 0.25),
        Case("tests/test_a.py::test_two", "failed", 1.5, "assert 1 == 2 more"),
        Case("tests/test_a.py::test_three", "not run", 0, "needs chromium"),
        Case("tests/test_b.py::collection", "failed", 0, "collection failure"),
        Case("tests/test_a.py::test_four", "failed", 2, "at teardown"),
    )
    assert run.about.startswith("2026-01-02T03:04:05, on box; its record has SHA-256 ")


@pytest.mark.parametrize("text", ["", "not XML", "<a/>", "<testsuites><testsuite/></testsuites>"])
def test_what_is_no_record_of_a_run_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "x.xml").write_text(text)
    with pytest.raises(ParamsError, match=r"x\.xml.*--junitxml=FILE"):
        validation.read_run(tmp_path / "x.xml", tmp_path)


def test_entities_of_a_record_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("SECRET")
    text = JUNIT.replace("<testsuites", f'<!DOCTYPE x [<!ENTITY e SYSTEM "{tmp_path}/secret">]><testsuites')
    (tmp_path / "x.xml").write_text(text.replace(">long<", ">&e;<").replace(' message="assert 1 == 2&#10;more"', ""))
    run = validation.read_run(tmp_path / "x.xml", tmp_path)
    assert "SECRET" not in str(run.tests)


def traced(*outcomes: str, cited: str = "tests/test_a.py") -> Traced:
    tests = tuple(Case(f"tests/test_a.py::test_{n}", outcome, 0) for n, outcome in enumerate(outcomes))
    requirement = Requirement(text="x", source=["Issue 1"], risk="high", tests=[cited])
    return Traced("REQ-AAA-001", requirement, ((cited, tests),), ())


@pytest.mark.parametrize(
    ("outcomes", "outcome"),
    [
        (("passed", "passed"), "verified"),
        (("passed", "not run"), "verified in part"),
        (("passed", "failed", "not run"), "failed"),
        (("not run",), "not verified"),
        ((), "not verified"),
    ],
)
def test_the_outcome_of_a_requirement(outcomes: tuple[str, ...], outcome: str) -> None:
    assert traced(*outcomes).outcome == outcome


def test_a_cited_test_that_is_not_in_the_run_leaves_a_requirement_unverified() -> None:
    item = traced("passed")
    both = Traced(item.id, item.requirement, (*item.cited, ("tests/test_b.py", ())), ())
    assert both.outcome == "not verified"
    [deviation] = validation.deviations([], [both], [])
    assert deviation == ("OQ", "REQ-AAA-001", "not verified: no test of the run is tests/test_b.py")


def all_of(item: Traced) -> list[Case]:
    return list(item.tests.values())


@pytest.mark.parametrize(
    ("outcomes", "check", "begins"),
    [
        (("passed",), "passed", "Validated (1 requirements, 1 tests): every requirement is verified"),
        (("passed",), "to be assessed", "Validated (1 requirements, 1 tests)"),
        (
            ("passed", "not run"),
            "passed",
            "Validated with limitations (1 requirements, 2 tests): every test that was run",
        ),
        (
            ("passed", "failed"),
            "passed",
            "Not validated (1 requirements, 2 tests): tests failed: 1; requirements not v",
        ),
        (
            ("passed",),
            "failed",
            "Not validated (1 requirements, 1 tests): checks failed: fonts. The deviations name each.",
        ),
        (("not run",), "passed", "Not validated"),
    ],
)
def test_the_conclusion_follows_from_the_outcomes(outcomes: tuple[str, ...], check: str, begins: str) -> None:
    item = traced(*outcomes)
    said = validation.conclusion([Check("IQ", "fonts", "x", check)], [item], all_of(item))
    assert said.startswith(begins)


def test_deviations_name_checks_failed_tests_and_those_not_run_with_their_requirements() -> None:
    item = traced("failed", "not run", "passed", "not run")
    checks = [Check("IQ", "fonts", "x.ttf: missing", "failed"), Check("IQ", "disk", "fine", "passed")]
    other = Case("tests/test_z.py::test_y", "failed", 0, "boom")
    assert validation.deviations(checks, [item], [*all_of(item), other]) == [
        ("IQ", "fonts", "failed: x.ttf: missing"),
        ("OQ", "tests/test_a.py::test_0 (REQ-AAA-001)", "failed: "),
        ("OQ", "tests/test_z.py::test_y (no requirement)", "failed: boom"),
        ("OQ", "tests/test_a.py (REQ-AAA-001)", "not run: "),
    ]


def pack(text: str) -> validation_page.Pack:
    return validation_page.Pack(
        identity=[("Software", "csr-pipeline 1"), ("Machine", text)],
        when="2026-01-02 03:04 UTC",
        conclusion=text,
        checks=[("IQ", "fonts", text, "passed"), ("PQ", "double programming", text, "failed")],
        matrix=[("REQ-AAA-001", text, "Issue 1", "high", "a\nb", "1", "0", "0", "verified", text)],
        log=[("tests/test_a.py", "1", "0", "0", "0.1")],
        deviations=[("OQ", "x", text)],
        build=True,
    )


def test_the_page_has_every_part_and_shows_texts_as_they_are() -> None:
    hostile = '<script>alert(1)</script> & "=1+1" {{< x >}} $title'
    tree = html.fromstring(validation_page.page(pack(hostile)))
    assert not tree.xpath("//script")
    assert [e.text.split(". ")[1] for e in tree.iter("h2")] == [
        *("Identification", "Scope", "Conclusion", "Approval", "Installation (IQ)"),
        *("Operation (OQ): requirements traced to tests", "Performance (PQ): a build", "Deviations", "Test log"),
    ]
    assert tree.xpath("string(//p[@class='conclusion'])") == hostile
    assert [e.text_content() for e in tree.xpath("//table[@class='sign']//td[1]")] == [
        *("Prepared by", "Reviewed by", "Approved by (quality)"),
    ]
    assert len(tree.xpath("//table[@class='deviations']//tbody/tr/td")) == 6  # two of them to be filled by hand
    assert "url(data:font" in validation_page.page(pack("x"))


def test_without_a_build_and_deviations_the_page_says_so() -> None:
    empty = pack("x")
    bare = validation_page.Pack(**{**vars(empty), "deviations": [], "build": False})
    text = html.fromstring(validation_page.page(bare)).text_content()
    assert "Not done: no build was named." in text
    assert "8. Deviations" in text
    assert text.partition("8. Deviations")[2].startswith("None.")


def test_the_command_writes_the_pack_from_a_record_and_fails_where_tests_failed(record: Path, tmp_path: Path) -> None:
    text = JUNIT.replace("tests.test_a", "tests.test_results").replace("tests.test_b", "tests.test_sbom")
    record.write_text(text, encoding="utf-8")
    other = tmp_path / "slow.xml"
    other.write_text(
        JUNIT.replace("tests.test_a", "tests.qc.test_values").replace("test_b", "test_sbom"), encoding="utf-8"
    )
    records = ("--results", str(record), "--results", str(other))
    done = csr(PROJECT, "validate", *records, "--out", str(tmp_path / "pack"))
    assert done.returncode == 7
    assert "Not validated" in done.stderr
    rows = list(csv.DictReader(io.StringIO((tmp_path / "pack/validation.csv").read_text(encoding="utf-8"))))
    assert [row["Requirement"] for row in rows] == list(REQUIREMENTS)
    [row] = [row for row in rows if row["Requirement"] == "REQ-STA-005"]
    assert row["Tests (passed/all)"] == "tests/test_results.py (1/4)\ntests/qc/test_values.py (1/4)"
    assert (row["Passed"], row["Failed"], row["Not run"], row["Outcome"]) == ("2", "4", "2", "failed")
    log = (tmp_path / "pack/test-log.csv").read_text(encoding="utf-8")
    assert "tests/test_results.py::test_three,not run,0.00,needs chromium" in log
    page = html.fromstring((tmp_path / "pack/validation.html").read_text(encoding="utf-8")).text_content()
    assert "tests/test_results.py (REQ-STA-005)not run: needs chromium" in page
    assert "installed files" in page


def test_without_pytest_the_command_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(CsrError, match="make test installs") as raised:
        validation.run_tests(PROJECT, tmp_path / "x.xml")
    assert raised.value.exit_code == 1


def test_the_tests_are_run_and_recorded(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_a.py").write_text("def test_yes():\n    pass\n\n\ndef test_no():\n    assert False\n")
    validation.run_tests(tmp_path, tmp_path / "x.xml")
    run = validation.read_run(tmp_path / "x.xml", tmp_path)
    assert {test.id: test.outcome for test in run.tests} == {
        "tests/test_a.py::test_yes": "passed",
        "tests/test_a.py::test_no": "failed",
    }


def test_where_there_are_no_tests_the_command_says_so(tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match="whole repository"):
        validation.run_tests(tmp_path, tmp_path / "x.xml")
    with pytest.raises(ParamsError, match="whole repository"):
        validation.load_requirements(tmp_path)


def test_a_bill_of_materials_that_is_not_the_lock_s_is_named(tmp_path: Path) -> None:
    (tmp_path / "params").mkdir()
    (tmp_path / "requirements.lock").write_text(
        "one==1.0 \\\n    --hash=sha256:00\ntwo==2.0 ; a == 'b' \\\n    --hash=x\n"
    )
    (tmp_path / "sbom.cdx.json").write_text('{"components": [{"name": "one", "version": "1.0"}]}')
    check = validation_checks._bill(Study(tmp_path, tmp_path / "params"))
    assert check == ("IQ", "bill of materials", "sbom.cdx.json and requirements.lock differ in two 2.0", "failed")
    (tmp_path / "requirements.lock").write_text("one==1.0 \\\n    --hash=sha256:00\n")
    assert validation_checks._bill(Study(tmp_path, tmp_path / "params")).outcome == "passed"


def compared(*agree: str) -> dict[str, object]:
    """Table 16.1.9.1 with a group and a line for each answer."""
    lines = [{"cells": [{"text": f"line {n}"}, {"text": text}], "kind": "data"} for n, text in enumerate(agree)]
    return display("Table 16.1.9.1", "2025-06-30", rows=[{"cells": [{"text": "Topic"}], "kind": "group"}, *lines])


@pytest.mark.parametrize(
    ("answers", "found", "outcome"),
    [
        (("yes", "yes"), "both routes agree in all 2 lines of the comparison", "passed"),
        (("yes", "NO", "NO"), "the routes differ in line 1, line 2", "failed"),
        ((), "the comparison has no line", "failed"),
    ],
)
def test_the_agreement_of_the_two_routes_is_read_from_the_build(
    answers: tuple[str, ...], found: str, outcome: str, tmp_path: Path
) -> None:
    displays = {"t-16-1-9-1": compared(*answers)}
    build = read_build(write_build(tmp_path / "b", "2025-06-30", displays=displays))
    assert validation_checks._two_routes(build) == ("PQ", "double programming", found, outcome)


def test_a_build_of_other_files_code_data_and_packages_is_named(tmp_path: Path) -> None:
    build = read_build(write_build(tmp_path / "2025-06-30", "2025-06-30", results=[row("pfs.median", 9.46, "9.5")]))
    with (build.folder / "csr.docx").open("ab") as file:
        file.write(b"y")
    checks = {c.what: c for c in validation_checks.performance(Study.open(project=PROJECT), build)}
    assert "csr.docx: differs" in checks["files of the build"].found
    assert "analysis/a.py: missing" in checks["code of the build"].found
    assert checks["packages of the build"].found == "not those that are here"
    assert checks["double programming"].found == "the build has no Table 16.1.9.1"
    assert {check.outcome for check in checks.values()} == {"failed"}
    assert validation_checks.shown("pfs.median", build) == "pfs.median = 9.5"
    assert validation_checks.shown("t-14-2-1-1", build) == "t-14-2-1-1"
    assert validation_checks.shown("os.median", build) == "os.median: not in this build"
    assert validation_checks.shown("os.median", None) == "os.median"
