"""build/index.html: the finished builds of a study, to choose a cut and to see what changed between two of them.

The page is no part of any build and stands in no manifest. It is made anew from the builds that lie beside it, so the
same builds give the same bytes. Builds that cannot be read are passed over, and the page says so.
"""

import os
from pathlib import Path

from filelock import FileLock, Timeout

from analysis.audit.builds import Build, read_build
from analysis.audit.recorded import read_manifest
from analysis.errors import CsrError, VerifyError
from analysis.paths import INDEX
from analysis.report import cuts_page

_SECONDS_TO_WAIT = 120  # for another run that writes the same page


def write_index(folder: Path, study: str) -> Path:
    """Write index.html over the finished builds of a study in a folder, and return it.

    It is written beside its place and renamed, by one process at a time. Raises CsrError where it cannot be written.
    """
    target, new = folder / INDEX, folder / f".{INDEX}.new"
    try:
        with FileLock(folder / f".{INDEX}.lock", timeout=_SECONDS_TO_WAIT):
            builds, passed_over = find_builds(folder, study)
            new.write_bytes(cuts_page.page(study, builds, passed_over).encode("utf-8", "backslashreplace"))
            os.replace(new, target)
    except Timeout:
        raise CsrError(f"{target}: another run has been writing it for {_SECONDS_TO_WAIT} seconds") from None
    except OSError as error:
        raise CsrError(f"{target}: {error.strerror or error}") from None
    return target


def find_builds(folder: Path, study: str) -> tuple[list[Build], list[tuple[str, str]]]:
    """The finished builds of a study in a folder by their cut-offs, and of all else the name and why it is none."""
    found: list[Build] = []
    passed_over: list[tuple[str, str]] = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or not path.is_dir():
            continue
        try:
            if read_manifest(path).public:
                raise VerifyError(f"{path}: the public version of a cut, which is not compared")
            build = read_build(path)
            if build.manifest.study != study:
                raise VerifyError(f"{path}: a build of another study, {build.manifest.study}")
            found.append(build)
        except (CsrError, OSError) as error:
            passed_over.append((path.name, str(error).removeprefix(f"{path}").lstrip(":/ ").replace(f"{path}/", "")))
    return sorted(found, key=lambda b: (b.manifest.cutoff, b.manifest.cut, b.folder.name)), passed_over
