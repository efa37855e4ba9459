"""A whole run with nothing that makes it quick: `python -m benchmarks.one_process HOW CUT PARAMS_DIR OUT`.

Lock check, data check, ADaM, notebooks and report by the project's own functions, in the computing environment of a
run. HOW is `papermill`: cold kernels, one notebook after another. Or it is `floor`: no kernel, no second process; the
cells of each notebook run here in a namespace of its own, and their outputs are put into the notebooks, which the
report is made from. OUT becomes a build with the same bytes as one by csr run.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import Any, ParamSpec, Self, TypeVar
from unittest.mock import patch

import nbformat

from analysis import doctor
from analysis.paths import Study, find_project
from analysis.pipeline import build, fork_server, helper, notebooks, run
from analysis.pipeline.environment import WORK
from benchmarks import in_process

P = ParamSpec("P")
T = TypeVar("T")


def by_papermill(
    sources: Sequence[Path], out: Path, *, parameters: dict[str, str], cwd: Path, done: Callable[[str], None], **_: Any
) -> None:
    """In place of notebooks.execute: papermill as its own documentation uses it."""
    import papermill

    for source in sources:
        target = out / source.name
        papermill.execute_notebook(
            str(source), str(target), parameters=parameters, kernel_name="python3", cwd=str(cwd), progress_bar=False
        )
        _normalise(nbformat.read(target, as_version=4), target)
        done(source.stem)


def by_itself(
    sources: Sequence[Path], out: Path, *, parameters: dict[str, str], done: Callable[[str], None], **_: Any
) -> None:
    """In place of notebooks.execute: every cell in this process."""
    for source in sources:
        _normalise(in_process.executed(source, parameters), out / source.name)
        done(source.stem)


def _normalise(notebook: nbformat.NotebookNode, target: Path) -> None:
    nbformat.write(notebooks.normalise(notebook), target)


@contextmanager
def cold_kernels(home: Path) -> Iterator[Callable[[], str]]:
    """In place of fork_server.kernels: nothing is started."""
    yield lambda: "python3"


class AtOnce:
    """In place of helper.Helper, for the floor: what it is asked for is done here, before anything else."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing: no process was started."""

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        done: Future[T] = Future()
        done.set_result(function(*args, **kwargs))
        return done


REPLACED: dict[str, list[tuple[ModuleType, str, object]]] = {
    "papermill": [(fork_server, "kernels", cold_kernels), (notebooks, "execute", by_papermill)],
    "floor": [
        (fork_server, "kernels", cold_kernels),
        (notebooks, "execute", by_itself),
        (helper, "Helper", AtOnce),
    ],
}


def main(how: str, cut: str, params_dir: str, out: Path) -> int:
    """Make the build; what is told on the way goes to run.log.json, with seconds since the start of the job."""
    study = Study.open(params_dir, find_project())
    chosen, content = run.locked(study, cut)
    run.check_data(study, chosen, content, lambda said: None)
    doctor.fonts(study)
    home = Path(os.environ["HOME"])
    out.mkdir()
    os.environ[WORK] = str(out)
    job = build.Job(
        project=str(study.project),
        params_dir=str(study.params_dir),
        cut=cut,
        work=str(out),
        lock_date=content["date"],
        inputs=content["files"],
        steps=["adam", "notebooks", "report"],
        engine=chosen.report.engine,
    )
    (home / "job.json").write_text(json.dumps(asdict(job)), encoding="utf-8")
    told: list[dict[str, Any]] = []
    begin = time.perf_counter()

    def tell(**event: Any) -> None:
        told.append(event | {"seconds": time.perf_counter() - begin})

    with ExitStack() as replaced:
        for module, name, other in [*REPLACED[how], (build, "tell", tell)]:
            replaced.enter_context(patch.object(module, name, other))
        code = build.main(str(home / "job.json"))
    log = {"steps": [event for event in told if "step" in event], "seconds": time.perf_counter() - begin}
    (out / "run.log.json").write_text(json.dumps(log), encoding="utf-8")
    for event in told:
        if "error" in event:
            sys.stderr.write(f"{event['error']}\n")
    return code


if __name__ == "__main__":
    how, cut, params_dir, out = sys.argv[1:]
    sys.exit(main(how, cut, params_dir, Path(out)))
