"""`csr run` and `csr render`: check what goes in, have the build made by a computing process, put it in its place."""

import datetime as dt
import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from analysis import doctor
from analysis import params as parameters
from analysis.audit import manifest
from analysis.audit.recorded import read_manifest
from analysis.cut import lock
from analysis.errors import (
    BY_EXIT_CODE,
    CsrError,
    DataError,
    Interrupted,
    LockError,
    ParamsError,
    RenderError,
    VerifyError,
)
from analysis.params import Params
from analysis.paths import INDEX, Study
from analysis.pipeline import place
from analysis.pipeline.build import CHAPTERS, MARK, Job
from analysis.pipeline.environment import PARAMS_DIR, PUBLIC, PUBLIC_KEY, WORK, child_environment
from analysis.pipeline.processes import child
from analysis.privacy import PUBLIC_ENDING
from analysis.report import engine

Progress = Callable[[str], None]
_STEPS = ["adam", "notebooks", "report"]
_PUBLIC_STEPS = ["adam", "notebooks", "publish", "report"]

_DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO)
_PROBE_BYTES = 2**20


def locked(study: Study, cut: str) -> tuple[Params, dict[str, Any]]:
    """Check parameters, then lock; return the parameters and the lock's content."""
    chosen = parameters.load(cut, study.params_dir)
    parameters.load_catalogue(study.params_dir)
    folder = study.cut_dir(cut)
    content = lock.verify_lock(folder, chosen.lock_sha256)
    if content["cutoff"] != chosen.cutoff.isoformat():
        raise LockError(
            f"{folder}/lock.json: cut-off {content['cutoff']}, "
            f"but {study.params_dir}/cuts/{cut}.yaml says {chosen.cutoff}"
        )
    return chosen, content


def check_data(study: Study, chosen: Params, content: dict[str, Any], progress: Progress) -> None:
    """Raise DataError where the data of a locked cut are invalid."""
    from analysis.cut import check, dataset

    cut, folder = chosen.cut, study.cut_dir(chosen.cut)
    problems = check.check_data(dataset.read_folder(folder), chosen)
    errors = [p for p in problems if p.severity == "error"]
    if errors:
        raise DataError(f"{folder}: the data are invalid\n{check.format_problems(errors)}")
    progress(
        f"{cut}: parameters and lock ({len(content['files'])} files) are in order; the data check has "
        f"{len(problems) or 'no'} warning{'' if len(problems) == 1 else 's'}"
    )


def run(
    study: Study,
    cut: str,
    out: Path | None,
    progress: Progress,
    *,
    force: bool = False,
    key: bytes | None = None,
    job: str = "",
) -> Path:
    """Make the whole build of a locked cut and return its folder; with the key of its pseudonyms, the public version.

    The public version's place is that of a build with `-public` behind its name. Steps that nothing has changed for are
    taken from the build in the place, but not with `force`, nor for the public version. As a `job` of a cluster it
    leaves the index over the cuts to `refresh_index`, and waits for an earlier attempt at the same job to end.
    """
    name = cut if key is None else f"{cut}{PUBLIC_ENDING}"
    if key is not None and name in parameters.cuts(study.params_dir):
        raise ParamsError(
            f"{study.params_dir}/cuts/{name}.yaml: the place of the public version of {cut} is this cut's"
        )
    target = (out or study.build_dir(name)).resolve()
    if job:
        place.wait_for_attempt(target, job)
    place.recover(target)
    if (target / "manifest.json").is_file() and _is_public(target) != (key is not None):
        kind = "the public version" if key is None else "not the public version"
        raise ParamsError(
            f"{target}: holds a build that is {kind}, which the new one would replace; name another place"
        )
    chosen, content = locked(study, cut)
    if key is None and not force and _is_as_before(study, chosen, content, target):
        progress(f"{cut}: nothing to make: data, parameters, code, packages and engine are those of the build there")
        if not job and not (target.parent / INDEX).exists():
            _refresh_index(study, chosen, target)
        return target
    check_data(study, chosen, content, progress)
    _check_fonts(study)
    before = None if force or key is not None else target
    steps = _STEPS if key is None else _PUBLIC_STEPS
    with place.claimed(target, job) as work, _new_build(work, target) as new:
        _compute(
            study,
            chosen,
            content,
            work,
            steps,
            progress,
            public=key is not None,
            key=key,
            before=before,
            absent="--force" if force else "",
        )
        place.publish(new, target)
    if not job:
        _refresh_index(study, chosen, target)
    return target


def refresh_index(study: Study, build: Path) -> None:
    """Write the index over the cuts after jobs of a cluster, of which `build` is one that was finished."""
    _refresh_index(study, parameters.load(read_manifest(build).cut, study.params_dir), build)


def _is_as_before(study: Study, chosen: Params, content: dict[str, Any], target: Path) -> bool:
    """Whether a build is there that was made from just what a run would be made from, and has not been touched."""
    try:
        recorded = json.loads((target / "manifest.json").read_bytes())
        used = asdict(engine.choose(asked_engine(chosen)))
        now = manifest.made_from(study, chosen, content["files"], used, content["date"])
        same = {key: recorded[key] for key in now} == now
        return same and bool(recorded["steps"]) and recorded["outputs"] == manifest.sums_of(target)
    except (OSError, ValueError, KeyError, TypeError, RenderError, VerifyError):
        return False


def render(study: Study, cut: str, out: Path | None, progress: Progress) -> Path:
    """Make only the report of an existing build again, from its own notebooks and results."""
    target = (out or study.build_dir(cut)).resolve()
    place.recover(target)
    if not (target / "manifest.json").is_file():
        raise ParamsError(f"{target}: no build; make it with: csr run {cut}")
    chosen, content = locked(study, cut)
    check_data(study, chosen, content, progress)
    before = read_manifest(target)
    kept = ("adam", "notebooks", "tlf", "results.json", "results.parquet")
    there = manifest.sums_of(target)
    for name in sorted(there | before.outputs):
        if name.startswith(kept) and there.get(name) != before.outputs.get(name):
            raise VerifyError(f"{target / name}: is not the file that the manifest names; run: csr run {cut}")
    now = manifest.sums_of_code(study, cut)
    changed = [n for n in sorted(now | before.code) if now.get(n) != before.code.get(n) and not n.startswith(CHAPTERS)]
    if before.lock_sha256 != chosen.lock_sha256 or changed:
        what = changed[0] if changed else "the lock"
        raise ParamsError(f"{target}: {what} changed since this build was made; run: csr run {cut}")
    _check_fonts(study)
    with place.claimed(target) as work, _new_build(work, target) as new:
        if before.public:  # whose steps are not taken one by one
            for name in kept:
                source = target / name
                (shutil.copytree if source.is_dir() else shutil.copy)(source, new / name)
            _compute(study, chosen, content, work, ["report"], progress, public=True)
        else:
            _compute(study, chosen, content, work, _STEPS, progress, before=target)
        place.publish(new, target)
    _refresh_index(study, chosen, target)
    return target


def _is_public(build: Path) -> bool:
    """Whether a build is a public version; one that cannot be read, as of an earlier program, is none."""
    try:
        return bool(json.loads((build / "manifest.json").read_text(encoding="utf-8"))["public"])
    except (ValueError, KeyError, TypeError):
        return False


def _check_fonts(study: Study) -> None:
    """Raise CsrError where a font that ships with the project is missing or another one, before minutes are spent."""
    found = doctor.fonts(study)
    if found.level == "fail":
        raise CsrError(f"fonts: {found.says}; {found.advice}")


@contextmanager
def _new_build(work: Path, target: Path) -> Iterator[Path]:
    """The folder of the new build; whoever interrupts is told which build is in the place then."""
    before = "the build that was there before is unchanged" if target.exists() else "no build was made"
    new = work / "build"
    new.mkdir()
    try:
        yield new
    except Interrupted as stop:
        stop.add_note(f"{target}: {before if new.exists() else 'the new build is finished and in its place'}")
        raise


def _refresh_index(study: Study, chosen: Params, target: Path) -> None:
    """Write index.html over the study's builds again, unless this build was put elsewhere with --out.

    A failure leaves the build as it is, finished and in its place, and is an error all the same.
    """
    folder = study.build_dir(chosen.cut).parent
    if target.parent != folder.resolve():
        return
    done = f"{target}: the build is finished and in its place, but not the index over the cuts"
    again = "The next csr run or csr render writes it again"
    try:
        from analysis.report import cuts  # slow to import, and a run with nothing to make does without

        place.recover_all(folder)
        cuts.write_index(folder, chosen.study.id)
    except Interrupted as stop:
        stop.add_note(f"{done}. {again}")
        raise
    except Exception as error:
        raise CsrError(f"{done}: {error}. {again}") from error


def _compute(
    study: Study,
    chosen: Params,
    content: dict[str, Any],
    work: Path,
    steps: list[str],
    progress: Progress,
    *,
    public: bool = False,
    key: bytes | None = None,
    before: Path | None = None,
    absent: str = "",
) -> None:
    """Start the computing process, pass its progress on, and turn its failure into the error it reports.

    The log of a `public` build names neither the command, in which the place of the key is, nor what was printed.
    """
    home = work / "home"
    home.mkdir()
    build = work / "build"
    job = Job(
        project=str(study.project),
        params_dir=str(study.params_dir),
        cut=chosen.cut,
        work=str(build),
        lock_date=content["date"],
        inputs=content["files"],
        steps=steps,
        engine=asked_engine(chosen),
        public=public,
        before=str(before) if before else None,
        absent=absent,
    )
    (home / "job.json").write_text(json.dumps(asdict(job)), encoding="utf-8")
    environment = child_environment(
        study.project,
        home,
        chosen.cutoff,  # a later lock of the same data changes only the report, which has the lock's date
        **{WORK: str(build), PARAMS_DIR: str(study.params_dir)},
        **({PUBLIC: "1", PUBLIC_KEY: (key or b"").hex()} if public else {}),
    )
    command = [sys.executable, "-m", "analysis.pipeline.build", str(home / "job.json")]
    log: dict[str, Any] = {
        "started": dt.datetime.now(dt.UTC).isoformat(),
        "command": [] if public else sys.argv[1:],
        "steps": [],
    }
    begin = time.perf_counter()
    error = "the computing process ended without a word"
    other: list[str] = []
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with child(command, env=environment, cwd=study.project, **output) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if not line.startswith(MARK):
                other.append(line)
                continue
            event = json.loads(line[1:])
            error = event.get("error", error)
            if "step" in event:
                seconds = round(time.perf_counter() - begin, 2)
                log["steps"].append({"step": event["step"], "seconds": seconds})
                progress(f"{chosen.cut}: {event['step']} ({seconds:.1f} s)")
    if process.returncode < 0:
        name = signal.Signals(-process.returncode).name
        error = f"the computing process was ended by {name}; where nobody did that, memory may have been too short"
    if process.returncode:
        if reason := _unwritable(work, error):
            raise CsrError(f"{work.parent}: {reason}, so the build was not made: {error}")
        if process.returncode not in BY_EXIT_CODE or process.returncode == 1:
            sys.stderr.write("".join(other))
        raise BY_EXIT_CODE.get(process.returncode, CsrError)(error)
    log["seconds"] = round(time.perf_counter() - begin, 2)
    log["output"] = [] if public else other
    (build / "run.log.json").write_text(json.dumps(log, indent=1) + "\n", encoding="utf-8")


def asked_engine(chosen: Params) -> str:
    return os.environ.get("CSR_ENGINE", chosen.report.engine)  # csr verify asks for the recorded one


def _unwritable(work: Path, error: str) -> str | None:
    """Why nothing more can be written: what failed may have said so in words of its own, or not at all."""
    for number in _DISK_ERRORS:
        if os.strerror(number) in error:
            return os.strerror(number)
    probe = work / "probe"
    try:
        probe.write_bytes(b"\0" * _PROBE_BYTES)
    except OSError as found:
        return found.strerror
    finally:
        with suppress(OSError):
            probe.unlink(missing_ok=True)
    return None
