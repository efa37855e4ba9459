"""`csr validate`: requirements traced to tests and results, with what the tests gave, for a quality department.

The requirements are data, docs/validation/requirements.yaml. Installation (IQ) is what csr doctor and the packages'
own hashes say, operation (OQ) the tests, performance (PQ) one build and its two routes.
"""

import csv
import datetime as dt
import importlib.util
import io
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from lxml import etree
from pydantic import Field, StringConstraints

from analysis.audit import validation_checks, validation_page
from analysis.audit.builds import Build, read_build
from analysis.errors import CsrError, ParamsError, VerifyError
from analysis.params_base import Model
from analysis.params_yaml import load_alone
from analysis.paths import Study
from analysis.spreadsheet import inert

REQUIREMENTS = "docs/validation/requirements.yaml"
_PYTEST = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", "-p", "no:cacheprovider")


class Requirement(Model):
    """One requirement; `tests` are files (also by a pattern), single tests (file::test), folders (with a slash)."""

    text: str
    source: list[str]
    risk: Literal["high", "medium", "low"]
    tests: list[str]
    results: list[str] = Field(default_factory=list)


class Requirements(Model):
    requirements: dict[Annotated[str, StringConstraints(pattern=r"^REQ-[A-Z]{3}-\d{3}$")], Requirement]


class Case(NamedTuple):
    """A test of a run: `outcome` is passed, failed or not run; `says` why, where it did not pass."""

    id: str
    outcome: str
    seconds: float
    says: str = ""

    @property
    def file(self) -> str:
        return self.id.partition("::")[0]


@dataclass(frozen=True)
class Run:
    """The tests of one record of a run; `about` says when and where that was, and the SHA-256 of the record."""

    tests: tuple[Case, ...]
    about: str


@dataclass(frozen=True)
class Traced:
    """A requirement with its tests in the order in which it cites them, and where a build shows it."""

    id: str
    requirement: Requirement
    cited: tuple[tuple[str, tuple[Case, ...]], ...]
    shown: tuple[str, ...]

    @property
    def tests(self) -> dict[str, Case]:
        """Its tests by id, each once."""
        return {test.id: test for _, tests in self.cited for test in tests}

    @property
    def counts(self) -> Counter[str]:
        return Counter(test.outcome for test in self.tests.values())

    @property
    def outcome(self) -> str:
        """verified, verified in part (some tests were not run), failed, or not verified."""
        counts = self.counts
        if counts["failed"]:
            return "failed"
        if not counts["passed"] or any(not tests for _, tests in self.cited):
            return "not verified"
        return "verified in part" if counts["not run"] else "verified"


def load_requirements(project: Path) -> dict[str, Requirement]:
    """The requirements by id. Raises ParamsError where there are none, or one is not as expected."""
    path = project / REQUIREMENTS
    if not path.is_file():
        raise ParamsError(f"{path}: not here; csr validate needs the whole repository, tests and docs included")
    return load_alone(Requirements, path).requirements


def cites(cited: str, test: str) -> bool:
    """Whether what a requirement cites (see `Requirement`) is or holds a test, by its id."""
    if "*" in cited:
        return fnmatchcase(test.partition("::")[0], cited)
    if cited.endswith("/"):
        return test.startswith(cited)
    if "::" in cited:
        return test == cited or test.startswith(f"{cited}[")
    return test.startswith(f"{cited}::")


def trace(requirements: dict[str, Requirement], tests: Iterable[Case], build: Build | None) -> list[Traced]:
    """Every requirement with its tests, and with its results in the build, if there is one."""
    every = list(tests)
    found = []
    for name, requirement in requirements.items():
        cited = [(part, tuple(test for test in every if cites(part, test.id))) for part in requirement.tests]
        shown = tuple(validation_checks.shown(result, build) for result in requirement.results)
        found.append(Traced(name, requirement, tuple(cited), shown))
    return found


def run_tests(project: Path, record: Path) -> None:
    """Run every test and have pytest record it as JUnit XML. Raises CsrError where that cannot be."""
    if importlib.util.find_spec("pytest") is None or importlib.util.find_spec("xdist") is None:
        raise CsrError("pytest is not installed: make test installs the packages that tests need; or use --results")
    if not (project / "tests").is_dir():
        raise ParamsError(f"{project}/tests: not here; csr validate needs the whole repository")
    command = [sys.executable, "-m", "pytest", *_PYTEST, f"--junitxml={record}"]
    code = subprocess.run(command, cwd=project, check=False).returncode
    if code not in (0, 1) or not record.is_file():  # 1: some tests failed, which the pack reports
        raise CsrError(f"pytest ended with {code} before the tests were done")


def read_run(record: Path, project: Path) -> Run:
    """A run of the tests from its JUnit XML, as pytest writes it. Raises ParamsError where the file is none."""
    try:
        data = record.read_bytes()
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    except (OSError, etree.XMLSyntaxError) as error:
        raise ParamsError(f"{record}: not a record of tests: {error}; pytest --junitxml=FILE writes one") from None
    suites = [*root.iter("testsuite")]
    tests = tuple(_test(case, project) for case in root.iter("testcase"))
    if not tests:
        raise ParamsError(f"{record}: holds no test; pytest --junitxml=FILE writes a record of a run")
    about = suites[0].attrib if suites else {}
    when, host = (str(about.get(name, "not recorded")) for name in ("timestamp", "hostname"))
    return Run(tests, f"{when}, on {host}; its record has SHA-256 {validation_checks.sha256(data)}")


def _test(case: "etree._Element", project: Path) -> Case:
    """One test case; of a file that could not be collected the name is that of its module."""
    module, name = case.get("classname", ""), case.get("name", "")
    if not module:
        module, name = name, "collection"
    path = f"{module.replace('.', '/')}.py"
    test = f"{path if (project / path).is_file() else module}::{name}"
    outcome, says = "passed", ""
    for child in case:
        if child.tag in ("failure", "error"):
            outcome, says = "failed", str(child.get("message") or child.text or "")
        elif child.tag == "skipped" and outcome == "passed":
            outcome, says = "not run", str(child.get("message") or "")
    return Case(test, outcome, float(case.get("time") or 0), " ".join(says.split())[:300])


class Deviation(NamedTuple):
    """Something to be judged and signed by people: which part it is of, what it concerns, and what was found."""

    part: str
    what: str
    says: str


def deviations(
    checks: Sequence[validation_checks.Check], traced: Sequence[Traced], tests: Iterable[Case]
) -> list[Deviation]:
    """Every check that did not pass, requirement without tests, test that failed, and file with tests not run."""
    found = [Deviation(c.part, c.what, f"{c.outcome}: {c.found}") for c in checks if c.outcome != "passed"]
    of: dict[str, list[str]] = {}
    for item in traced:
        for name in item.tests:
            of.setdefault(name, []).append(item.id)
        for part, cited in item.cited:
            if not cited:
                found.append(Deviation("OQ", item.id, f"not verified: no test of the run is {part}"))
    skipped: dict[tuple[str, str], list[str]] = {}
    for test in tests:
        named = of.get(test.id, ["no requirement"])
        if test.outcome == "failed":
            found.append(Deviation("OQ", f"{test.id} ({', '.join(named)})", f"failed: {test.says}"))
        elif test.outcome == "not run":
            skipped.setdefault((test.file, test.says), []).extend(named)
    for (file, says), named in skipped.items():
        found.append(Deviation("OQ", f"{file} ({', '.join(sorted({*named}))})", f"not run: {says}"))
    return found


def conclusion(checks: Sequence[validation_checks.Check], traced: Sequence[Traced], tests: Sequence[Case]) -> str:
    """The sentence that follows from the outcomes, and from nothing else."""
    counts = Counter(item.outcome for item in traced)
    outcomes = Counter(test.outcome for test in tests)
    failed = [check.what for check in checks if check.outcome == "failed"]
    size = f"{len(traced)} requirements, {len(tests)} tests"
    if failed or outcomes["failed"] or counts["failed"] or counts["not verified"]:
        unverified = counts["failed"] + counts["not verified"]
        parts = [
            f"checks failed: {', '.join(failed)}" if failed else "",
            f"tests failed: {outcomes['failed']}" if outcomes["failed"] else "",
            f"requirements not verified: {unverified}" if unverified else "",
        ]
        return f"Not validated ({size}): {'; '.join(filter(None, parts))}. The deviations name each."
    if outcomes["not run"]:
        return (
            f"Validated with limitations ({size}): every test that was run passed; {outcomes['not run']} were not "
            f"run, so that {counts['verified in part']} requirements are verified in part. The deviations name each."
        )
    return f"Validated ({size}): every requirement is verified, and every test passed."


def validate(
    study: Study, out: Path | None, build: Path | None, results: Sequence[Path], progress: Callable[[str], None]
) -> str:
    """Write the pack and say where it is and what it concludes; raises VerifyError where that is negative.

    Without `results`, records of one or several runs, the tests are run.
    """
    requirements = load_requirements(study.project)
    made = None if build is None else read_build(build)
    with tempfile.TemporaryDirectory(prefix="csr validate ") as folder:
        records = list(results) or [Path(folder) / "junit.xml"]
        if not results:
            run_tests(study.project, records[0])
        runs = [read_run(record, study.project) for record in records]
    tests = [test for run in runs for test in run.tests]
    progress("tests read; checking the installation")
    checks = [*validation_checks.installation(study), *validation_checks.performance(study, made)]
    traced = trace(requirements, tests, made)
    found, says = deviations(checks, traced, tests), conclusion(checks, traced, tests)
    pack = validation_page.Pack(
        identity=validation_checks.identity(study, REQUIREMENTS, [run.about for run in runs], made),
        when=dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        conclusion=says,
        checks=checks,
        matrix=matrix(traced),
        log=log(tests),
        deviations=found,
        build=made is not None,
    )
    target = out or study.root / "build/validation"
    target.mkdir(parents=True, exist_ok=True)
    every = [("test", "outcome", "seconds", "message")]
    every += [(t.id, t.outcome, f"{t.seconds:.2f}", t.says) for t in sorted(tests)]
    for name, rows in (("validation.csv", [validation_page.MATRIX, *pack.matrix]), ("test-log.csv", every)):
        (target / name).write_text(_csv(rows), encoding="utf-8")
    (target / "validation.html").write_text(validation_page.page(pack), encoding="utf-8")
    if says.startswith("Not validated"):
        raise VerifyError(f"{target}: written. {says}")
    return f"{target}: written. {says}"


def matrix(traced: Sequence[Traced]) -> list[tuple[str, ...]]:
    """The rows of the traceability matrix, in the columns of validation_page.MATRIX."""
    rows = []
    for item in traced:
        asked, counts = item.requirement, item.counts
        tests = [f"{part} ({sum(t.outcome == 'passed' for t in found)}/{len(found)})" for part, found in item.cited]
        numbers = (str(counts[name]) for name in ("passed", "failed", "not run"))
        fields = (item.id, asked.text, "; ".join(asked.source), asked.risk, "\n".join(tests), *numbers, item.outcome)
        rows.append((*fields, "\n".join(item.shown)))
    return rows


def log(tests: Iterable[Case]) -> list[tuple[str, ...]]:
    """One row for each file of tests: passed, failed, not run, and its time in seconds."""
    files: dict[str, list[Case]] = {}
    for test in sorted(tests):
        files.setdefault(test.file, []).append(test)
    rows = []
    for file, own in files.items():
        counts = Counter(test.outcome for test in own)
        numbers = [str(counts[name]) for name in ("passed", "failed", "not run")]
        rows.append((file, *numbers, f"{sum(test.seconds for test in own):.1f}"))
    return rows


def _csv(rows: Iterable[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([inert(text) for text in row] for row in rows)
    return out.getvalue()
