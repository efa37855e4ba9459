"""`csr verify`: make a build again somewhere else, under another machine's habits, and compare every byte."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from analysis.audit import differences, manifest, signature
from analysis.audit.compare import entries
from analysis.audit.recorded import Manifest, Software, read_manifest
from analysis.cut.lock import LOCK_FILE
from analysis.errors import CsrError, ParamsError, RenderError, VerifyError
from analysis.paths import Study
from analysis.pipeline.processes import child
from analysis.privacy import PUBLIC_ENDING
from analysis.report import engine

# Habits of another machine that must not show in any output.
_HABITS = {
    "TZ": "Asia/Kathmandu",
    "LC_ALL": "C",
    "PYTHONHASHSEED": "4711",
    "OMP_NUM_THREADS": "2",
    "OPENBLAS_NUM_THREADS": "2",
}
# csr, in a process that ends with this one.
_CSR = """
import sys
from analysis.cli import main
from analysis.pipeline.processes import follow_parent
follow_parent()
sys.exit(main())
"""
_AT_MOST = 100  # files whose differences are said in words; of more only the names


def verify(study: Study, build: Path, progress: Callable[[str], None], key: Path | None = None) -> int:
    """Return the number of files that are the same; raise VerifyError that says what differs in each file that is not.

    First, in seconds, every file of the build against its manifest, then the audit log with the build's signatures,
    then code, data and packages against the recorded ones; then a second build in another directory, HOME, time zone,
    locale, hash seed and thread count against the first. A build whose files were changed is made again all the same,
    so that it can be said what was changed. A public version is made again with the `key` of its pseudonyms.
    """
    recorded = read_manifest(build)
    if recorded.public != (key is not None):
        kind = "a public version, which the key of its pseudonyms makes again" if key is None else "no public version"
        raise ParamsError(f"{build}: {kind}: csr verify {build}{' --key FILE' if key is None else ''}")
    edited = changed_files(build, recorded)
    progress("\n".join(edited) or f"{build}: its {len(recorded.outputs)} files match its manifest")
    progress("\n".join(signature.check(study, build)))
    stops = [*other_code(study, recorded), *other_inputs(study, recorded), *_other_software(study, recorded)]
    if stops:
        raise VerifyError(
            "\n".join([*edited, *stops, f"{build}: not made again, since that would not be a comparison"])
        )
    _check_engine(build, recorded)
    progress(f"{build}: code, data, packages and engine are the recorded ones; making it again, which takes minutes")
    with tempfile.TemporaryDirectory(prefix="csr verify ") as temporary:
        again = _build_again(study, recorded, Path(temporary), key)
        found = compare(build, again)
        as_recorded = (again / "manifest.json").read_bytes() == (build / "manifest.json").read_bytes()
    if edited and as_recorded:
        found.append("the second build is as this build's manifest says: what differs was changed after the run")
    if edited or found:
        raise VerifyError("\n".join([*edited, *found]))
    return len(recorded.outputs) + 1


def changed_files(build: Path, recorded: Manifest) -> list[str]:
    """Lines that name every file of a build that is not as its manifest says."""
    what = f"{build}: changed since the run, its files are not those of its manifest"
    return _differ(what, recorded.outputs, manifest.sums_of(build))


def other_code(study: Study, recorded: Manifest) -> list[str]:
    """Lines that name every file of code and texts in which the project differs from what made a build."""
    now = manifest.sums_of_code(study, recorded.cut)
    lines = _differ(f"{study.project}: not the code that made the build", recorded.code, now)
    advice = "  the recorded code is in the build's package (csr package); unpacked, make verify runs it there"
    return [*lines, advice] if lines else []


def other_inputs(study: Study, recorded: Manifest) -> list[str]:
    """Lines that name every file of the cut that is missing or is not the recorded one."""
    cut = study.cut_dir(recorded.cut)
    expected = {**recorded.inputs, LOCK_FILE: recorded.lock_sha256}
    now = {name: manifest.sha256(cut / name) for name in expected if (cut / name).is_file()}
    if not recorded.inputs.keys() & now.keys():
        lay = (
            f"lay the {len(recorded.inputs)} files that DATA.sha256 of a package without data names there, then verify"
        )
        return [f"{cut}: the data are not here: {lay}"]
    return _differ(f"{cut}: not the data that the build was made from", expected, now)


def _other_software(study: Study, recorded: Manifest) -> list[str]:
    """Lines that name every package of another version than the recorded one, and Python and machine."""
    found = entries(_flat(recorded.software), _flat(Software.model_validate(manifest.software(study))))
    lines = [f"  {name}: recorded {old}, here {new}" for name, old, new in found.changed]
    lines += [f"  {name}: recorded {old}, here none" for name, old in found.removed.items()]
    lines += [f"  {name}: recorded none, here {new}" for name, new in found.added.items()]
    if not lines:
        return []
    advice = "  make report and make verify install the packages of requirements.lock into .venv"
    return ["this machine: not the software that made the build:", *sorted(lines), advice]


def _flat(software: Software) -> dict[str, str]:
    return {**software.packages, "Python": software.python, "machine": software.machine}


def _check_engine(build: Path, recorded: Manifest) -> None:
    """Raise RenderError where the engine that the build was made with is not here."""
    name, version = recorded.engine["name"], recorded.engine["version"]
    try:
        found = engine.choose(name).version
    except RenderError:
        found = "none"
    if found != version:
        raise RenderError(f"{build}: rendered by {name} {version}, which is needed to make it again; here is {found}")


def _build_again(study: Study, recorded: Manifest, folder: Path, key: Path | None) -> Path:
    """Copy code and data to another folder and run there with another machine's habits; return the second build."""
    project = folder / "project"
    inside = study.root.is_relative_to(study.project)
    own = project / study.root.relative_to(study.project) if inside else folder / "study"
    for name, path in manifest.code_files(study, recorded.cut).items():
        target = own / name.removeprefix("study/") if name.startswith("study/") else project / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    shutil.copytree(study.cut_dir(recorded.cut), own / "data/cuts" / recorded.cut)
    home = folder / "home"
    home.mkdir()
    chosen = {"CSR_ENGINE": recorded.engine["name"], "HOME": str(home), "PYTHONPATH": str(project)}
    command = [sys.executable, "-P", "-c", _CSR, "run", recorded.cut, "--params", str(own / study.params_dir.name)]
    if key is not None:
        command += ["--public", "--key", str(key.resolve())]
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    with child(command, cwd=project, env={**os.environ, **_HABITS, **chosen}, **streams) as process:
        assert process.stderr is not None
        said = process.stderr.read().strip()
    if process.returncode:
        raise CsrError(f"the second build failed with exit code {process.returncode}:\n{said}")
    return own / "build" / f"{recorded.cut}{PUBLIC_ENDING if key else ''}"


def compare(first: Path, second: Path) -> list[str]:
    """Lines that say of every file of two builds that differs what differs in it; none where all bytes are the same."""
    old, new = (
        manifest.sums_of(build) | {"manifest.json": manifest.sha256(build / "manifest.json")}
        for build in (first, second)
    )
    names = [name for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name)]
    if not names:
        return []
    lines = [f"{first}: differs from the build made again (below, what it says -> what the second build says)"]
    for number, name in enumerate(sorted(names, key=lambda name: (differences.rank(name), name))):
        if name not in old or name not in new:
            lines.append(f"  {name}: only in {'the first build' if name in old else 'the second build'}")
            continue
        lines.append(f"  {name}: differs")
        if number < _AT_MOST:
            said = differences.told(name, (first / name).read_bytes(), (second / name).read_bytes())
            lines += [f"    {line}" for line in said]
    return lines


def _differ(what: str, expected: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    """Lines that name everything that differs, is missing, or is there but not expected; none where nothing is."""
    lines = [f"  {name}: differs" for name in expected if name in found and expected[name] != found[name]]
    lines += [f"  {name}: missing" for name in expected if name not in found]
    lines += [f"  {name}: not expected" for name in found if name not in expected]
    return [f"{what}:", *sorted(lines)] if lines else []
