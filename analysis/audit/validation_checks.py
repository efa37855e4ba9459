"""What csr validate looks at beside the tests: the installation (IQ), and one build (PQ)."""

import base64
import csv
import hashlib
import importlib.metadata
import json
import platform
import sys
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from analysis import doctor
from analysis.audit import manifest, signature, verify
from analysis.audit.builds import Build
from analysis.audit.recorded import Software
from analysis.errors import CsrError
from analysis.paths import Study

COMPARISON = "t-16-1-9-1"
_NAMED = 10
_LEVELS = {"ok": "passed", "warn": "to be assessed", "fail": "failed"}
_SOFTWARE = (
    "analysis",
    "notebooks",
    "params",
    "report",
    "tools",
    "_quarto.yml",
    "index.qmd",
    "pyproject.toml",
    "Makefile",
)


class Check(NamedTuple):
    """One check: its part (IQ or PQ), what it concerns, what was found, and passed, failed or to be assessed."""

    part: str
    what: str
    found: str
    outcome: str


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _sum_of(root: Path, names: tuple[str, ...]) -> str:
    """One SHA-256 over the files below some folders, of lines 'hash  name' in order, as the manifest makes it."""
    files = [p for name in names for p in (manifest.files_below(root / name) or [root / name]) if p.is_file()]
    lines = [f"{manifest.sha256(path)}  {path.relative_to(root).as_posix()}\n" for path in files]
    return sha256("".join(sorted(lines, key=lambda line: line[66:])).encode())


def identity(study: Study, requirements: str, runs: Iterable[str], build: Build | None) -> list[tuple[str, str]]:
    """What was validated, where and from which runs of the tests: name and value."""
    project = tomllib.loads((study.project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found = [
        ("Software", f"{project['name']} {project['version']}"),
        ("Code, SHA-256 over its files", _sum_of(study.project, _SOFTWARE)),
        ("Tests, SHA-256 over their files", _sum_of(study.project, ("tests",))),
        ("Requirements, SHA-256", manifest.sha256(study.project / requirements)),
        ("Locked packages, SHA-256", manifest.sha256(study.project / "requirements.lock")),
        ("Machine", f"{platform.node()}, {platform.platform()}, {platform.machine()}"),
        ("Python", f"{platform.python_implementation()} {platform.python_version()}, {sys.executable}"),
        *(("Run of the tests", run) for run in runs),
    ]
    if build is not None:
        made = build.manifest
        found += [
            ("Build", f"study {made.study}, cut {made.cut}, data cut-off {made.cutoff}, lock of {made.lock_date}"),
            ("Build, SHA-256 of manifest.json", manifest.sha256(build.folder / "manifest.json")),
            ("Build, code version", made.code_version),
        ]
    return found


def installation(study: Study) -> Iterator[Check]:
    """IQ: the machine, the packages against lock and bill of materials, and their files against their own hashes."""
    for finding in doctor.examine(study):
        advice = f" ({finding.advice})" if finding.advice else ""
        yield Check("IQ", finding.check, f"{finding.says}{advice}", _LEVELS[finding.level])
    yield _bill(study)
    yield _installed(study)


def _bill(study: Study) -> Check:
    """sbom.cdx.json against requirements.lock: all platforms' packages."""
    path, what = study.project / "sbom.cdx.json", "bill of materials"
    if not path.is_file():
        return Check("IQ", what, f"{path.name}: missing; make sbom writes it", "failed")
    listed = {(c["name"], c["version"]) for c in json.loads(path.read_bytes()).get("components", [])}
    text = (study.project / "requirements.lock").read_text(encoding="utf-8")
    lines = (line.split(";")[0].strip(" \\") for line in text.splitlines() if "==" in line and not line.startswith(" "))
    locked = {(name, version) for name, _, version in (line.partition("==") for line in lines)}
    wrong = sorted(f"{name} {version}" for name, version in listed ^ locked)
    if wrong:
        return Check("IQ", what, f"{path.name} and requirements.lock differ in {', '.join(wrong)}", "failed")
    return Check("IQ", what, f"{path.name} lists the {len(locked)} packages of requirements.lock", "passed")


def _installed(study: Study) -> Check:
    """Every installed file of the locked packages against the hash that the package recorded of it."""
    files, wrong = 0, []
    for name in doctor.locked(study.project / "requirements.lock"):
        try:
            distribution = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # named by the check of packages
        for path, digest, _ in csv.reader((distribution.read_text("RECORD") or "").splitlines()):
            place = Path(str(distribution.locate_file(path)))
            if not digest.startswith("sha256=") or place.suffix == ".pyc":
                continue
            files += 1
            if not place.is_file():
                wrong.append(f"{name}: {path} is missing")
            elif _record_hash(place) != digest:
                wrong.append(f"{name}: {path} differs")
    if wrong:
        return Check("IQ", "installed files", _some(wrong), "failed")
    return Check("IQ", "installed files", f"all {files} files of the packages are as their packages recorded", "passed")


def _some(lines: Sequence[str], all_of_them: str = "") -> str:
    """The first ten lines in one, and how many there are more."""
    more = f"; and {len(lines) - _NAMED} more{all_of_them}" if len(lines) > _NAMED else ""
    return "; ".join(map(str.strip, lines[:_NAMED])) + more


def _record_hash(path: Path) -> str:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
    return "sha256=" + base64.urlsafe_b64encode(digest).decode().rstrip("=")


def performance(study: Study, build: Build | None) -> Iterator[Check]:
    """PQ: whether a build is what its manifest says, was made by this code, and its two routes agree."""
    if build is None:
        return
    made = build.manifest
    here = Software.model_validate(manifest.software(study))
    for what, lines, well in (
        ("files of the build", verify.changed_files(build.folder, made), f"all {len(made.outputs)} as in its manifest"),
        ("code of the build", verify.other_code(study, made), "the code here is that which made it"),
        ("data of the build", verify.other_inputs(study, made), f"all {len(made.inputs)} files as locked and pinned"),
        ("packages of the build", [] if here == made.software else ["not those that are here"], "those that are here"),
    ):
        yield Check("PQ", what, _some(lines, "; csr verify names all") or well, "failed" if lines else "passed")
    yield _two_routes(build)
    try:
        yield Check("PQ", "audit log and signatures", "; ".join(signature.check(study, build.folder)), "passed")
    except CsrError as error:
        yield Check("PQ", "audit log and signatures", str(error), "failed")


def _two_routes(build: Build) -> Check:
    """Every line of the comparison of the two routes, as the build shows it."""
    what = "double programming"
    if COMPARISON not in build.displays:
        return Check("PQ", what, f"the build has no Table {COMPARISON[2:].replace('-', '.')}", "failed")
    lines = [row["cells"] for row in build.displays[COMPARISON]["rows"] if row["kind"] == "data"]
    differ = [str(cells[0]["text"]) for cells in lines if cells[-1]["text"] != "yes"]
    if differ or not lines:
        found = f"the routes differ in {', '.join(differ)}" if differ else "the comparison has no line"
        return Check("PQ", what, found, "failed")
    return Check("PQ", what, f"both routes agree in all {len(lines)} lines of the comparison", "passed")


def shown(name: str, build: Build | None) -> str:
    """A display or a result that shows a requirement, with its value in the build, if there is one."""
    if build is None or name in build.displays:
        return name
    value = next((result.stat_fmt for result in build.results if result.name == name), None)
    return f"{name}: not in this build" if value is None else f"{name} = {value}"
