"""`csr package`: one zip with all that a stranger needs to make a build again and compare every byte.

The same build gives the same zip: members stored, sorted, with one time, README.txt first.

    csr-<study>-<cut>/README.txt       what it is, and the two commands
                      DATA.sha256      the files of the cut and their hashes
                      MANIFEST.sha256  every member and its hash, for sha256sum --check
                      Makefile         make verify
                      project/         code, texts, locks, parameters, data and the build, each where it was
                      study/           those of a study that lies outside the project
"""

import hashlib
import os
import re
import shlex
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from analysis import params_submission as submission
from analysis.audit import log, manifest, verify
from analysis.audit.recorded import Manifest, read_manifest
from analysis.cut.lock import LOCK_FILE
from analysis.errors import ParamsError, VerifyError
from analysis.paths import Study

# What it takes to install and run the recorded code, and what says how, where they are there.
_OF_THE_PROJECT = ("README.md", "LICENSE", "Makefile", "environment.yml", "tools/venv.sh")
_OF_THE_STUDY = ("README.md", "LICENSE")
_BESIDE_PARAMS = ("signers.yaml", submission.FILE)

_README = """\
{title}
{line}

Study     {study}: {study_title}
Data      {note}
Cut       {cut}: data cut-off {cutoff}, lock of {lock_date}
Report    {build}/csr.html, csr.docx, csr.pdf

Two commands make the report again and compare every byte of it:

    unzip {folder}.zip
    make -C {folder} verify

They need make and {python} with its venv module, on {machine}; PYTHON=/path/to/python names one that
is not found. The packages of project/requirements.lock are installed from the Python package index, by their hashes,
into project/.venv; the report is made in a temporary folder, and nothing else outside this one is changed. It takes
minutes, and ends with "verified" or with what differs.
{engine}{data}
What is here

    {build}
        the report, its tables, analysis datasets and notebooks; manifest.json names every file with its SHA-256, and
        what it was made from; ro-crate-metadata.json tells the run as an RO-Crate
    {params}
        the study's parameters
    {cut_dir}
        {cut_holds}
    project
        the code, notebooks and chapters that made the report; project/README.md says how to use them
    MANIFEST.sha256
        the SHA-256 of every file of this package: sha256sum --check --quiet MANIFEST.sha256
"""
_NO_DATA = """
The data of the cut are not in this package. First lay the files that DATA.sha256 names in
{cut_dir}, and check them: sha256sum --check DATA.sha256.
Verification checks them first, too. The report, its listings and its analysis datasets do hold data of single patients.
"""
_MAKEFILE = """\
# Makes the build again from what lies beside this file, and compares every byte.
.PHONY: verify
verify:
	@cd project && PYTHON="$${{PYTHON:-python{version}}}" $(MAKE) --silent --no-print-directory .venv/run
	@cd project && .venv/bin/python -m analysis verify {build} --params {params}
"""


def package(study: Study, build: Path, out: Path | None, *, data: bool, progress: Callable[[str], None]) -> Path:
    """Pack a finished build into one zip and return its path; without `data` the cut's files stay out.

    `out` is a file, or a folder (default: the one that the build is in). Raises VerifyError where the build is not as
    its manifest says, or was not made from the study's code, texts, parameters and data as they are now; ParamsError
    where the file is already there or cannot be.
    """
    recorded = read_manifest(build)
    name = name_of(recorded) + ("" if data else "-no-data")
    target = target_of(build, out, f"{name}.zip")
    check_unchanged(study, build, recorded)
    progress(f"{build}: matches its manifest, its code and its data; packing it")
    part = target.with_name(f".{target.name}.part")
    try:
        _write(part, name, _texts(study, recorded, name, data=data), _members(study, build, recorded, data=data))
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
    return target


def name_of(recorded: Manifest) -> str:
    """The name of a build's package without its ending."""
    return "-".join(["csr", *(re.sub(r"[^\w.-]+", "-", part) for part in (recorded.study, recorded.cut))])


def check_unchanged(study: Study, build: Path, recorded: Manifest) -> None:
    """Raise VerifyError where a build is not as its manifest says, or code or data are no longer those it names."""
    if recorded.public:
        raise ParamsError(f"{build}: a public version is not packed, since a package has the data it was made from")
    problems = [
        *verify.changed_files(build, recorded),
        *verify.other_code(study, recorded),
        *verify.other_inputs(study, recorded),
    ]
    if problems:
        raise VerifyError("\n".join([f"{build}: not packed", *problems]))


def target_of(build: Path, out: Path | None, name: str) -> Path:
    """The file to write; raises ParamsError where it is there already, lies in the build or has no folder."""
    out = (out or build.parent).resolve()
    target = out / name if out.is_dir() else out
    if target.is_relative_to(build.resolve()):
        raise ParamsError(f"{target}: lies in the build, which must stay as it is; name another place with --out")
    if target.exists():
        raise ParamsError(f"{target}: is there already, and no file is replaced")
    if not target.parent.is_dir():
        raise ParamsError(f"{target.parent}: no such folder")
    return target


def _own(study: Study) -> PurePosixPath:
    """Where the study's files lie in the package: where they lie in the project, or beside it."""
    inside = study.root.is_relative_to(study.project)
    return PurePosixPath("project", study.root.relative_to(study.project)) if inside else PurePosixPath("study")


def _members(study: Study, build: Path, recorded: Manifest, *, data: bool) -> dict[str, tuple[Path, str | None]]:
    """The files of the package: name -> path, and the hash that the manifest names, if it does."""
    own, cut, audit_log = _own(study), study.cut_dir(recorded.cut), log.path_of(study, recorded.cut)
    found: dict[str, tuple[Path, str | None]] = {}
    for name, path in manifest.code_files(study, recorded.cut).items():
        place = own / name.removeprefix("study/") if name.startswith("study/") else PurePosixPath("project", name)
        found[str(place)] = (path, recorded.code[name])
    for root, place, names in (
        (study.project, PurePosixPath("project"), _OF_THE_PROJECT),
        (study.root, own, _OF_THE_STUDY),
        (study.params_dir, own / study.params_dir.name, _BESIDE_PARAMS),
        (audit_log.parent, own / "data", (audit_log.name,)),
    ):
        found |= {str(place / name): (root / name, None) for name in names if (root / name).is_file()}
    inputs = {**(recorded.inputs if data else {}), LOCK_FILE: recorded.lock_sha256}
    found |= {str(own / "data/cuts" / recorded.cut / name): (cut / name, digest) for name, digest in inputs.items()}
    # The log of times and hosts stays out: the same report gives the same package, wherever it was made.
    outputs = {**recorded.outputs, "manifest.json": None}
    found |= {str(own / "build" / recorded.cut / name): (build / name, digest) for name, digest in outputs.items()}
    return found


def _texts(study: Study, recorded: Manifest, folder: str, *, data: bool) -> dict[str, str]:
    """The files that are written for the package."""
    own = _own(study)
    cut_dir, build = own / "data/cuts" / recorded.cut, own / "build" / recorded.cut
    title = f"Clinical study report {recorded.study}, cut {recorded.cut}"
    facts = recorded.parameters.get("study", {})
    engine = f"The report was rendered by Quarto {recorded.engine['version']}, which must be on the PATH.\n"
    readme = _README.format(
        title=title,
        line="=" * len(title),
        study=recorded.study,
        study_title=facts.get("title", ""),
        note=facts.get("data_note", ""),
        cut=recorded.cut,
        cutoff=recorded.cutoff,
        lock_date=recorded.lock_date,
        build=build,
        folder=folder,
        python=recorded.software.python,
        machine=recorded.software.machine,
        engine=engine if recorded.engine["name"] == "quarto" else "",
        data="" if data else _NO_DATA.format(cut_dir=cut_dir),
        params=own / study.params_dir.name,
        cut_dir=cut_dir,
        cut_holds="the locked data" if data else "the lock of the data, which are not in this package",
    )
    version = recorded.software.python.split()[-1]
    to_build, to_params = (os.path.relpath(path, "project") for path in (build, own / study.params_dir.name))
    quoted = (shlex.quote(path).replace("$", "$$") for path in (to_build, to_params))
    return {
        "README.txt": readme,
        "DATA.sha256": "".join(f"{digest}  {cut_dir / name}\n" for name, digest in sorted(recorded.inputs.items())),
        "Makefile": _MAKEFILE.format(version=version, build=next(quoted), params=next(quoted)),
    }


def _write(path: Path, folder: str, texts: dict[str, str], files: dict[str, tuple[Path, str | None]]) -> None:
    """Write the zip: README.txt, all others sorted, and MANIFEST.sha256 over them last."""
    _check_names([*texts, *files])
    sums = {}
    with zipfile.ZipFile(path, "x", zipfile.ZIP_STORED) as packed:
        for name, content in _contents(texts, files):
            packed.writestr(member(f"{folder}/{name}"), content)
            sums[name] = hashlib.sha256(content).hexdigest()
        lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items()))
        packed.writestr(member(f"{folder}/MANIFEST.sha256"), lines.encode())


def _contents(texts: dict[str, str], files: dict[str, tuple[Path, str | None]]) -> Iterator[tuple[str, bytes]]:
    for name in sorted({**texts, **files}, key=lambda name: (name != "README.txt", name)):
        if name in texts:
            yield name, texts[name].encode()
            continue
        path, digest = files[name]
        content = path.read_bytes()
        if digest is not None and hashlib.sha256(content).hexdigest() != digest:
            raise VerifyError(f"{path}: changed while it was packed; nothing was written")
        yield name, content


def member(name: str) -> zipfile.ZipInfo:
    """A member's header, the same on every system and day."""
    info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    info.create_system = 3  # POSIX, whose file modes follow
    info.external_attr = 0o100644 << 16
    return info


def _check_names(names: list[str]) -> None:
    """Raise VerifyError for a name that would land outside the folder it is unpacked in, on any system."""
    for name in names:
        parts = name.split("/")
        if not name.isprintable() or "\\" in name or ":" in name or {"", ".", ".."} & set(parts):
            raise VerifyError(f"{name!a}: no name for a file of a package; nothing was written")
