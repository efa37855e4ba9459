"""`csr run --all`: every cut of some studies, here one after another or on a cluster at the same time.

A cut that fails leaves the others alone. Either way gives the same builds.
"""

import os
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from analysis import params as parameters
from analysis.audit.manifest import sha256
from analysis.errors import CsrError, Interrupted
from analysis.paths import Study
from analysis.pipeline import cluster
from analysis.pipeline.job import Job
from analysis.pipeline.run import refresh_index, run
from analysis.privacy.pseudonyms import read_key

_SEEN_S = 60.0
"""How long another machine's file may take to be seen: network file systems remember for up to a minute what is not."""

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Run:
    """A cut of a study; `label` tells the study where there are several."""

    study: Study
    cut: str
    label: str = ""

    def labelled(self, progress: Progress) -> Progress:
        return lambda text: progress(self.label + text)


Ended = Generator[tuple[int, Path | CsrError], None, None]
"""The place of each run in the list of all, and its build's folder or its error, as they end."""


def runs_of(studies: Sequence[Study]) -> list[Run]:
    """A run for every cut that has parameters, of each study in turn; a study that is named twice counts once."""
    each = list(dict.fromkeys(studies))
    common = Path(os.path.commonpath([study.root.parent for study in each]))
    return [
        Run(study, cut, f"{study.root.relative_to(common)}: " if len(each) > 1 else "")
        for study in each
        for cut in parameters.cuts(study.params_dir)
    ]


def run_here(runs: Sequence[Run], progress: Progress, *, force: bool, key: Path | None) -> Ended:
    """One after another, by processes of this machine."""
    for number, one in enumerate(runs):
        try:
            secret = read_key(key, one.study) if key else None
            yield number, run(one.study, one.cut, None, one.labelled(progress), force=force, key=secret)
        except CsrError as error:
            yield number, error


def run_on_cluster(address: str, runs: Sequence[Run], progress: Progress, *, force: bool, key: Path | None) -> Ended:
    """As many at the same time as the cluster's workers have threads; the index over the cuts is written once, at last.

    Raises as `cluster.carry_out`.
    """
    jobs = [
        Job(
            project=str(one.study.project),
            params_dir=str(one.study.params_dir),
            cut=one.cut,
            label=one.label,
            force=force,
            key=str(key.resolve()) if key else None,
        )
        for one in runs
    ]
    finished: dict[Path, tuple[Study, Path]] = {}
    done = 0
    try:
        for number, told in cluster.carry_out(address, jobs, progress):
            if isinstance(told, CsrError):
                yield number, told
                continue
            build = Path(told[-1]["build"])
            if not _seen(build, told[-1]["manifest"]):
                yield number, CsrError(f"{build}: a worker has made it, but it is not here: is the folder shared?")
                continue
            finished[build.parent] = runs[number].study, build
            done += 1
            yield number, build
    except Interrupted as stop:
        stop.add_note(f"finished: {done} of {len(runs)}; the workers leave off within seconds")
        raise
    finally:
        for study, build in finished.values():
            refresh_index(study, build)


def _seen(build: Path, manifest: str) -> bool:
    """Whether the build that a worker has made is here, too."""
    end = time.monotonic() + _SEEN_S
    while True:
        with suppress(OSError):
            os.listdir(build.parent)  # has a network file system look again
            if sha256(build / "manifest.json") == manifest:
                return True
        if time.monotonic() > end:
            return False
        time.sleep(1)
