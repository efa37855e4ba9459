"""`csr package --ectd`: datasets, programs and report of a build in the folders of module 5 of an eCTD, as one zip.

    m5/datasets/<study>/tabulations/sdtm/             the cut's datasets, define.xml, define.html, csdrg.pdf
    m5/datasets/<study>/analysis/adam/datasets/       the analysis datasets, define.xml, define.html, adrg.pdf
    m5/datasets/<study>/analysis/adam/programs/       the programs as ASCII text, and index.txt, which names them
    m5/53-clin-stud-rep/535-rep-effic-safety-stud/<indication>/535x-.../<study>/    the report in the parts of ICH E3

Names are those of ICH's eCTD specification 3.2.2 and FDA's Study Data Technical Conformance Guide. The same build gives
the same zip.
"""

import os
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from analysis import params as parameters
from analysis.audit import define, define_page, define_results, ectd_report, guides, manifest, package
from analysis.audit.builds import Build, read_build
from analysis.audit.define_members import Member, adam_members, sdtm_members
from analysis.audit.guides_adrg import write_adrg
from analysis.audit.guides_csdrg import write_csdrg
from analysis.audit.recorded import Manifest
from analysis.cut.check import check_data
from analysis.cut.dataset import read_folder
from analysis.errors import VerifyError
from analysis.params_submission import load_submission
from analysis.paths import Study
from analysis.report.sections import slug

LONGEST_NAME, LONGEST_PATH = 64, 230  # characters, of the eCTD specification
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_REPORT = "m5/53-clin-stud-rep/535-rep-effic-safety-stud"
_STUDIES = {True: "5351-stud-rep-contr", False: "5352-stud-rep-uncontr"}
_PROGRAM = re.compile(r"(study/)?(analysis/.+\.py|notebooks/.+\.ipynb|params/.+\.yaml)")
_COMPARED = "t-16-1-9-1"


def package_ectd(study: Study, build: Path, out: Path | None, progress: Callable[[str], None]) -> Path:
    """Pack a finished build as module 5 of an eCTD into one zip and return its path.

    `out` is as of `package.package`, and so are the errors; DataError and RenderError where a dataset does not fit SAS
    transport version 5 or a document cannot be rendered.
    """
    made = read_build(build)
    recorded = made.manifest
    target = package.target_of(build, out, f"{package.name_of(recorded)}-ectd.zip")
    package.check_unchanged(study, build, recorded)
    progress(f"{build}: matches its manifest, its code and its data; writing define.xml and the guides")
    part = target.with_name(f".{target.name}.part")
    try:
        with tempfile.TemporaryDirectory(prefix="csr ectd ") as folder:
            files = _files(study, made, Path(folder), progress)
        check_paths(files)
        _write(part, files)
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
    return target


def _files(study: Study, made: Build, folder: Path, progress: Callable[[str], None]) -> dict[str, bytes]:
    """Every file of the zip: its path -> its bytes."""
    recorded, cut = made.manifest, study.cut_dir(made.manifest.cut)
    chosen = parameters.load(recorded.cut, study.params_dir)
    submission = load_submission(study.params_dir)
    sources, empty_sources = _with_records(sdtm_members(cut))
    datasets, empty = _with_records(adam_members(made.folder / "adam"))
    originals = programs(study, recorded)
    names = program_names(originals)
    about = guides.Subject(
        params=chosen,
        catalogue=dict(parameters.catalogue_of(chosen, study.params_dir)),
        recorded=recorded,
        submission=submission,
        sdtm=sources,
        adam=datasets,
        empty=(*empty_sources, *empty),
        problems=check_data(read_folder(cut), chosen),
        programs=names,
        compared=_compared(made),
    )
    place = slug(recorded.study)
    sdtm, adam = f"m5/datasets/{place}/tabulations/sdtm", f"m5/datasets/{place}/analysis/adam"
    files = {f"{sdtm}/{member.file}": member.content for member in sources}
    files |= {f"{adam}/datasets/{member.file}": member.content for member in datasets}
    files |= {f"{adam}/programs/{names[original]}": content for original, content in originals.items()}
    files[f"{adam}/programs/index.txt"] = _index(names, recorded)
    files |= _definitions(sdtm, define.sdtm(sources, _about(about, "csdrg.pdf", {})), about)
    used = {original: f"../programs/{name}" for original, name in names.items()}
    told = _about(about, "adrg.pdf", used)
    files |= _definitions(
        f"{adam}/datasets", define.adam(datasets, sources, _results(made, about, datasets), told), about
    )
    write_csdrg(about, folder, folder / "csdrg.pdf")
    write_adrg(about, folder, folder / "adrg.pdf")
    files[f"{sdtm}/csdrg.pdf"] = (folder / "csdrg.pdf").read_bytes()
    files[f"{adam}/datasets/adrg.pdf"] = (folder / "adrg.pdf").read_bytes()
    progress(f"{made.folder}: writing the parts of the report")
    indication = submission.indication or slug(chosen.study.indication)
    report = f"{_REPORT}/{indication}/{_STUDIES[submission.controlled]}/{place}"
    for path in ectd_report.write_parts(made.folder, folder, chosen, about.date):
        files[f"{report}/{path.name}"] = path.read_bytes()
    return files


def _with_records(members: list[Member]) -> tuple[list[Member], list[str]]:
    """The datasets to submit, and the names of those without records, which are not."""
    return [m for m in members if m.frame.height], [m.name for m in members if not m.frame.height]


def _about(about: guides.Subject, guide: str, used: Mapping[str, str]) -> define.About:
    return define.About(
        params=about.params,
        submission=about.submission,
        date=about.recorded.lock_date,
        code_version=about.recorded.code_version,
        documents={guide: "Reviewer's guide"},
        programs=used,
    )


def _definitions(folder: str, content: bytes, about: guides.Subject) -> dict[str, bytes]:
    page = define_page.page(content, note=about.params.study.data_note)
    return {f"{folder}/define.xml": content, f"{folder}/define.html": page}


def _results(made: Build, about: guides.Subject, datasets: list[Member]) -> list[define_results.Display]:
    variables = {member.name: [variable.name for variable in member.variables] for member in datasets}
    leaves = {original: define.leaf_id(original) for original in about.programs}
    return define_results.of_build(made.results, about.catalogue, variables, leaves)


def _compared(made: Build) -> tuple[int, int]:
    """How many results both routes give in a build's comparison, and how many agree."""
    rows = made.displays.get(_COMPARED, {}).get("rows", [])
    says = [row["cells"][-1]["text"] for row in rows if row["kind"] == "data"]
    return len(says), says.count("yes")


def programs(study: Study, recorded: Manifest) -> dict[str, bytes]:
    """The programs, notebooks and parameters that made a build, as ASCII: name in the project -> text.

    A notebook of the study stands in place of the project's of the same name.
    """
    found = {}
    for name, path in manifest.code_files(study, recorded.cut).items():
        if _PROGRAM.fullmatch(name):
            found[name.removeprefix("study/")] = path.read_bytes().decode().encode("ascii", "backslashreplace")
    return found


def program_name(original: str) -> str:
    """The name of a program as a file of an eCTD: analysis/adam/adtte.py is analysis-adam-adtte-py.txt."""
    return f"{'-'.join(re.findall(r'[a-z0-9]+', original.lower()))}.txt"


def program_names(originals: Iterable[str]) -> dict[str, str]:
    """The names of all programs; raises VerifyError where two would have the same."""
    names: dict[str, str] = {}
    for original in originals:
        other = next((known for known, name in names.items() if name == program_name(original)), None)
        if other is not None:
            raise VerifyError(f"{original} and {other}: both would be {program_name(original)}; nothing was written")
        names[original] = program_name(original)
    return names


def _index(names: Mapping[str, str], recorded: Manifest) -> bytes:
    lines = ["File, program of the project, SHA-256 of the original", ""]
    for original, name in sorted(names.items()):
        digest = recorded.code.get(f"study/{original}") or recorded.code[original]
        lines.append(f"{name}  {original}  {digest}")
    return "\n".join([*lines, ""]).encode("ascii", "backslashreplace")


def check_paths(names: Mapping[str, bytes]) -> None:
    """Raise VerifyError for a path that an eCTD may not have."""
    for path in names:
        folders, file = path.split("/")[:-1], path.split("/")[-1]
        stem, _, ending = file.rpartition(".")
        good = all(_NAME.fullmatch(part) for part in (*folders, stem, ending))
        if not good or len(path) > LONGEST_PATH or any(len(part) > LONGEST_NAME for part in (*folders, file)):
            raise VerifyError(
                f"{path!a}: no path for an eCTD (lower-case letters, digits, hyphens; names of at most {LONGEST_NAME} "
                f"characters, paths of at most {LONGEST_PATH}); nothing was written"
            )


def _write(path: Path, files: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(path, "x", zipfile.ZIP_STORED) as packed:
        for name, content in sorted(files.items()):
            packed.writestr(package.member(name), content)
