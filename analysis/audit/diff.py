"""`csr diff`: what changed from one build to another, in data, subjects, results, sentences and figures."""

import csv
import io
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.audit import (
    compare,
    diff_data,
    diff_docx,
    diff_page,
    diff_records,
    diff_results,
    diff_sentences,
    diff_text,
    patients,
)
from analysis.audit.builds import Build, listed, read_build
from analysis.audit.diff_parts import Difference, Figure
from analysis.errors import CsrError, ParamsError
from analysis.paths import Study
from analysis.report.word.ooxml import Package
from analysis.spreadsheet import inert
from analysis.tlf.model import clean

REPORT = "csr.docx"


@dataclass(frozen=True)
class Written:
    """What `csr diff` made: the text for the terminal, and the files."""

    text: str
    files: tuple[Path, ...]


def diff(
    old: Path, new: Path, study: Study, out: Path | None = None, progress: Callable[[str], None] = lambda _: None
) -> Written:
    """Compare two builds, and write page, Word file and table of data changes to `out` (default: beside the new build).

    Raises ParamsError where a folder is no build, the two are of different studies, only one is public, or `out` is a
    file or in a build, and VerifyError where a file of a build that is read is not the one that its manifest names.
    """
    progress("Reading the builds")
    before, after = read_build(old), read_build(new)
    if before.manifest.study != after.manifest.study:
        raise ParamsError(
            f"{old} is a build of study {before.manifest.study}, {new} of study {after.manifest.study}; expected two "
            "builds of one study"
        )
    if before.manifest.public != after.manifest.public:
        raise ParamsError(
            f"{old if before.manifest.public else new} is a public build and the other is not; expected two of a kind: "
            "side by side they would tell which patient is which"
        )
    folder = out or new.parent
    if folder.exists() and not folder.is_dir():
        raise ParamsError(f"--out {folder}: a file; expected a folder")
    inside = next((p for p in (folder.resolve(), *folder.resolve().parents) if (p / "manifest.json").is_file()), None)
    if inside:
        raise ParamsError(f"{folder}: lies in the build {inside}, where nothing may be added; expected another --out")
    old_report, new_report = _report(before), _report(after)
    progress("Comparing data, results and sentences")
    found = difference(before, after, study, old_report, new_report)
    name = f"diff-{before.folder.name}-{after.folder.name}"
    progress("Tracking the changes of the report")
    word = diff_docx.tracked(old_report, new_report, after.manifest.lock_date)
    files = {
        f"{name}.html": diff_page.page(found, folder).encode("utf-8", "backslashreplace"),
        f"{name}.csv": table(found.data).encode("utf-8", "backslashreplace"),
    }
    paths = [folder / f"{name}.html", folder / f"{name}.docx", folder / f"{name}.csv"]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in paths:
            fresh = path.with_name(f".{path.name}.new")
            if path.name in files:
                fresh.write_bytes(files[path.name])
            else:
                word.write(fresh)
            os.replace(fresh, path)
    except OSError as error:
        raise CsrError(f"{folder}: cannot be written: {error.strerror or error}") from None
    return Written(diff_text.text(found), tuple(paths))


def difference(old: Build, new: Build, study: Study, old_report: Package, new_report: Package) -> Difference:
    """Everything that differs between two builds, the reports of which are given."""
    return Difference(
        old=old,
        new=new,
        data=diff_data.compare(old, new, study),
        patients=patients.compare(patients.statuses(old.datasets), patients.statuses(new.datasets)),
        deaths=patients.new_deaths(old.datasets, new.datasets),
        results=diff_results.results(old, new),
        conclusion=diff_results.conclusion(old, new),
        displays=compare.displays(old.displays, new.displays, cutoffs=(old.manifest.cutoff, new.manifest.cutoff)),
        sentences=diff_sentences.compare(old_report, new_report),
        figures=tuple(_figures(old, new)),
    )


def _report(build: Build) -> Package:
    """The report of a build in Word, which must be the one that the manifest names."""
    listed(build.folder, build.manifest, REPORT)
    return Package.read(build.folder / REPORT)


def _figures(old: Build, new: Build) -> Iterator[Figure]:
    """The figures that differ in their pictures: those of a patient by patient, all others by number."""
    before, after = (dict(_pictures(build)) for build in (old, new))
    for key in [*after, *(key for key in before if key not in after)]:
        names = (before.get(key), after.get(key))
        hashes = [build.manifest.outputs.get(f"tlf/{n}.png") for build, n in zip((old, new), names, strict=True)]
        if hashes[0] != hashes[1]:
            titles = [_title(build, name) for build, name in ((old, names[0]), (new, names[1]))]
            pictures = [
                listed(build.folder, build.manifest, f"tlf/{name}.png") if name and shown else None
                for build, name, shown in zip((old, new), names, hashes, strict=True)
            ]
            yield Figure(titles[0], titles[1], pictures[0], pictures[1])


def _pictures(build: Build) -> Iterator[tuple[tuple[str, str], str]]:
    """What each figure is of, and its id. Several figures under one number are told apart by their patients."""
    subjects = {str(s) for name in ("ADSL",) if name in build.datasets for s in build.datasets[name]["USUBJID"]}
    for name in sorted((n for n in build.displays if n.startswith("f-")), key=diff_results.order):
        own = next((word for word in str(build.displays[name].get("title", "")).split() if word in subjects), "")
        yield (name.rpartition("-")[0] if own else name, own), name


def _title(build: Build, name: str | None) -> str:
    data: Mapping[str, Any] = build.displays.get(name or "", {})
    return " ".join(f"{data.get('label', name or '')} {data.get('title', '')}".split())


def table(data: diff_data.Data) -> str:
    """Every change of the data as CSV; as in the tables of a build, no text is a formula for a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["STANDARD", "DATASET", "CHANGE", "USUBJID", "RECORD", "VARIABLE", "OLD", "NEW", "SEEN_BY_BOTH"])
    revised = {(change.dataset, change.record, change.variable) for change in data.revised}
    for standard, datasets in (("SDTM", data.sdtm), ("ADaM", data.adam)):
        for change in (change for found in datasets for change in found.changes):
            seen = standard == "SDTM" and (change.dataset, change.record, change.variable) in revised
            where = (standard, change.dataset, change.kind, change.subject, _rest(change), change.variable)
            cells = [*where, change.old or "", change.new or "", "Y" if seen else ""]
            writer.writerow(inert(clean(cell)) for cell in cells)
    return out.getvalue()


def _rest(change: diff_records.Change) -> str:
    return re.sub(r"^USUBJID [^,]*(, )?", "", change.place())
