"""`csr doctor`: is this machine fit to make reports, and the same bytes as other machines.

Imports only the standard library: it has to say what is wrong where packages are missing or broken. What needs
packages is tried in a process of its own, so that not even a crash of theirs ends it.
"""

import datetime as dt
import hashlib
import importlib.metadata
import importlib.util
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from analysis.errors import CsrError
from analysis.paths import Study
from analysis.pipeline.environment import child_environment

GIGABYTE = 10**9
DISK = 1 * GIGABYTE  # a build of 40 patients is 0.2 GB; a run keeps the old one until the new one is whole
MEMORY = 4 * GIGABYTE
TOOLS = ("git", "make", "openssl", "chromium", "soffice", "pdftoppm")
FONTS = Path(__file__).parent / "tlf/fonts"
_LOCKED = re.compile(r"^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)(?: *; *([^\\\n]+?))? *\\?$", re.MULTILINE)
_PYTHON = re.compile(r'^requires-python = ">=3\.(\d+),<3\.(\d+)"', re.MULTILINE)

# What a run imports and what its engines do, tried in a process of its own.
_CODE = "import analysis.cli, analysis.pipeline.build, analysis.pipeline.session, analysis.qc.second_route"
_ENGINES = """
import importlib.metadata, pypandoc, typst
assert "x" in pypandoc.convert_text("*x*", "typst", "markdown"), "pandoc converts nothing"
assert typst.compile(b"x").startswith(b"%PDF"), "typst makes no PDF"
print("pandoc", pypandoc.get_pandoc_version() + ", typst", importlib.metadata.version("typst"))
"""
_QUARTO = "from analysis.report.engine import choose; found = choose('auto'); print(found.name, found.version)"
_CUTS = """
import sys
from analysis import params
from analysis.cut import lock
from analysis.errors import CsrError
from analysis.paths import Study
study = Study.open(sys.argv[1])
try:
    for cut in params.cuts(study.params_dir):
        lock.verify_lock(study.cut_dir(cut), params.load(cut, study.params_dir).lock_sha256)
        print(cut)
except CsrError as error:
    sys.exit("; ".join(str(error).splitlines()))
"""


class Finding(NamedTuple):
    """What one check found; `advice` says what to do where it is not ok."""

    level: Literal["ok", "warn", "fail"]
    check: str
    says: str
    advice: str = ""


def examine(study: Study) -> Iterator[Finding]:
    """What every check finds. A check that breaks has failed, and says how."""
    for name, check in CHECKS.items():
        try:
            yield check(study)
        except Exception as error:
            yield Finding("fail", name, f"cannot be checked: {type(error).__name__}: {error}")


def report(study: Study, say: Callable[[str], None]) -> None:
    """Say a line for each check as it is made; raise CsrError that names what failed."""
    failed = []
    for finding in examine(study):
        say(f"{finding.level:<5} {finding.check:<10} {finding.says}")
        if finding.advice:
            say(f"{'':<16} -> {finding.advice}")
        if finding.level == "fail":
            failed.append(finding.check)
    if failed:
        raise CsrError(f"this machine is not fit: {', '.join(failed)}")
    say("This machine is fit.")


def python(study: Study) -> Finding:
    """Implementation and version, against pyproject.toml."""
    found = _PYTHON.search((study.project / "pyproject.toml").read_text(encoding="utf-8"))
    assert found, "pyproject.toml: requires-python is not '>=3.x,<3.y'"
    first, after = int(found[1]), int(found[2])
    says = f"{platform.python_implementation()} {platform.python_version()}, {sys.executable}"
    if platform.python_implementation() == "CPython" and (3, first) <= sys.version_info[:2] < (3, after):
        return Finding("ok", "python", says)
    advice = f"CPython 3.{first} to 3.{after - 1} is needed: make report PYTHON=/path/to/python"
    return Finding("fail", "python", says, advice)


def processor(_: Study) -> Finding:
    """x86-64 with AVX2, on which builds are the same in every byte."""
    machine, flags = platform.machine(), Path("/proc/cpuinfo")
    says = f"{machine}, {platform.system()}"
    advice = "reports can be made, but the same bytes are promised only on x86-64 with AVX2"
    if machine.lower() not in ("x86_64", "amd64"):
        return Finding("warn", "processor", says, advice)
    if not flags.is_file():
        return Finding("warn", "processor", f"{says}; whether it has AVX2 cannot be told here", advice)
    if not re.search(r"\bavx2\b", flags.read_text(encoding="utf-8", errors="replace")):
        return Finding("warn", "processor", f"{says}, without AVX2", advice)
    return Finding("ok", "processor", f"{says}, with AVX2")


def packages(study: Study) -> Finding:
    """The installed packages against requirements.lock."""
    expected = locked(study.project / "requirements.lock")
    wrong = []
    for name, version in expected.items():
        try:
            here = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            wrong.append(f"{name}: not installed, the lock has {version}")
            continue
        if here != version:
            wrong.append(f"{name}: {here} is installed, the lock has {version}")
    if not wrong:
        return Finding("ok", "packages", f"all {len(expected)} are those of requirements.lock")
    return Finding("fail", "packages", "; ".join(wrong), "make report installs them into .venv; run csr from there")


def locked(path: Path) -> dict[str, str]:
    """Name -> version of the packages of a lock file that are for this platform and this Python.

    Without the package that reads the conditions, those that have one are left out.
    """
    found = _LOCKED.findall(path.read_text(encoding="utf-8"))
    try:
        from packaging.markers import Marker
    except ImportError:
        return {name: version for name, version, condition in found if not condition}
    return {name: version for name, version, condition in found if not condition or Marker(condition).evaluate()}


def code(study: Study) -> Finding:
    """Whether all that a run imports can be imported."""
    return _tried(study, "code", _CODE, says="all that a run imports is there", advice="make report installs packages")


def engines(study: Study) -> Finding:
    """Whether the embedded engine's pandoc and typst work."""
    return _tried(study, "engines", _ENGINES, advice="pypandoc-binary and typst of requirements.lock bring them")


def quarto(study: Study) -> Finding:
    """Which engine `report.engine: auto` takes here."""
    place = shutil.which("quarto")
    if place is None:
        return Finding("ok", "quarto", "none on the PATH (optional); the embedded engine renders the report")
    finding = _tried(study, "quarto", _QUARTO)
    if finding.level == "ok" and finding.says.startswith("quarto"):
        return finding._replace(says=f"{finding.says}, {place}")
    advice = "the embedded engine renders the report; Quarto is needed only to verify builds that Quarto made"
    says = finding.says if finding.level == "fail" else "does not start, or is older than 1.9"
    return Finding("warn", "quarto", f"{place}: {says}", advice)


def fonts(_: Study) -> Finding:
    """The shipped fonts against their hashes, SHA256SUMS beside them."""
    wrong = []
    lines = (FONTS / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    for digest, name in map(str.split, lines):
        path = FONTS / name
        if not path.is_file():
            wrong.append(f"{name}: missing")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            wrong.append(f"{name}: not the file that was shipped")
    if not wrong:
        return Finding("ok", "fonts", f"all {len(lines)} are the shipped ones")
    return Finding("fail", "fonts", "; ".join(wrong), f"restore {FONTS} from the release or version control")


def path(study: Study) -> Finding:
    """Whether the folder's name can be passed on to programs."""
    odd = [c for c in f"{study.project}{study.root}" if c == os.pathsep or not c.isprintable()]
    if odd:
        named = ", ".join(sorted({repr(c) for c in odd}))
        return Finding("fail", "path", f"{str(study.project)!r} holds {named}", "move the project to another folder")
    return Finding("ok", "path", str(study.project))


def writing(study: Study) -> Finding:
    """Whether builds, data and temporary files can be written."""
    places = [study.root, study.build_dir("x").parent, study.root / "data", Path(tempfile.gettempdir())]
    wrong = []
    for folder in filter(Path.is_dir, places):
        try:
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            wrong.append(f"{folder}: {error.strerror}")
    if wrong:
        return Finding("fail", "writing", "; ".join(wrong), "get the permission, or copy the project elsewhere")
    return Finding("ok", "writing", "builds, data and temporary files can be written")


def disk(study: Study) -> Finding:
    """Free space where builds and temporary files go."""
    found = {place: shutil.disk_usage(place).free for place in (study.root, Path(tempfile.gettempdir()))}
    says = ", ".join(f"{free / GIGABYTE:.1f} GB free at {place}" for place, free in found.items())
    if min(found.values()) < DISK:
        return Finding("fail", "disk", says, f"a run needs {DISK / GIGABYTE:.0f} GB, verifying as much again")
    return Finding("ok", "disk", says)


def memory(_: Study) -> Finding:
    """Memory, that of a container where it is less, and processors."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if not hasattr(os, "sysconf"):
        return Finding("ok", "memory", f"processors: {cores}; memory cannot be told here")
    size = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    limit = Path("/sys/fs/cgroup/memory.max")  # that of a container
    if limit.is_file() and (text := limit.read_text(encoding="utf-8").strip()).isdigit():
        size = min(size, int(text))
    says = f"{size / GIGABYTE:.1f} GB, processors: {cores}"
    if size < MEMORY or cores < 2:
        advice = f"two notebooks run at a time: below {MEMORY / GIGABYTE:.0f} GB or two processors it is slow or fails"
        return Finding("warn", "memory", says, advice)
    return Finding("ok", "memory", says)


def sockets(_: Study) -> Finding:
    """Whether a process may listen on this machine's own address, by which notebooks talk to their kernels."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as opened:
        opened.bind(("127.0.0.1", 0))
    return Finding("ok", "sockets", "notebooks can talk to their kernels on 127.0.0.1")


def cuts(study: Study) -> Finding:
    """Every cut that has parameters: its lock against the pin, its files against the lock."""
    finding = _tried(study, "cuts", _CUTS, str(study.params_dir))
    if finding.level == "ok":
        return finding._replace(says=f"locks are as pinned, data as locked: {finding.says or 'no cuts'}")
    return finding._replace(advice="csr run refuses such a cut; restore its data, or its pin in params/cuts")


def tools(_: Study) -> Finding:
    """Programs that only developers and some recipes need."""
    missing = [name for name in TOOLS if shutil.which(name) is None]
    if importlib.util.find_spec("pytest") is None:
        missing.append("pytest")
    says = f"not here: {', '.join(missing)}; tests that need them are skipped" if missing else ", ".join(TOOLS)
    return Finding("ok", "tools", f"{says} (optional, for developers)")


CHECKS: dict[str, Callable[[Study], Finding]] = {
    check.__name__: check
    for check in (
        python,
        processor,
        packages,
        code,
        engines,
        quarto,
        fonts,
        path,
        writing,
        disk,
        memory,
        sockets,
        cuts,
        tools,
    )
}


def _tried(study: Study, name: str, program: str, *arguments: str, says: str = "", advice: str = "") -> Finding:
    """Run a program in the environment of a run; what it prints is the finding, its last line the failure."""
    with tempfile.TemporaryDirectory(prefix="csr doctor ") as home:
        environment = child_environment(study.project, Path(home), dt.date(2000, 1, 1))
        command = [sys.executable, "-c", program, *arguments]
        done = subprocess.run(
            command, env=environment, cwd=study.project, capture_output=True, text=True, errors="replace", timeout=120
        )
    if done.returncode == 0:
        return Finding("ok", name, says or ", ".join(done.stdout.splitlines()))
    last = (done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1]
    return Finding("fail", name, last, advice)
