"""What a worker of a cluster runs, in a process of its own: a whole cut, or a part of a simulation.

`python -m analysis.pipeline.job JOB` first compares code and packages with those of whoever asked: a worker with others
does not compute. What happens it tells on standard output, as JSON in lines that start with a mark.
"""

import hashlib
import json
import subprocess
import sys
import tempfile
import traceback
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import CsrError, Interrupted
from analysis.paths import Study
from analysis.pipeline.build import tell
from analysis.pipeline.environment import NO_DATE, child_environment
from analysis.pipeline.processes import child, follow_parent, heed_interrupts


@dataclass(frozen=True)
class Job:
    """What is asked for: paths, names and numbers. `like` is the digest of what `description` is for whoever asks.

    With a `cut` it is a run of that, for the public with a `key` file; `name` tells it from other jobs, and `label`
    stands before what it says. `simulate` is what `analysis.simulate` is told. With neither it only compares.
    """

    project: str
    params_dir: str
    like: str = ""
    cut: str = ""
    name: str = ""
    force: bool = False
    key: str | None = None
    label: str = ""
    simulate: str = ""

    @property
    def study(self) -> Study:
        return Study(Path(self.project), Path(self.params_dir))


def description(study: Study, cut: str) -> dict[str, str]:
    """All that decides the bytes but data, which have a lock: name -> version, or SHA-256 of a file, which has a dot.

    Without a cut (an empty name) what renders the report does not count.
    """
    from analysis.audit import manifest

    software = manifest.software(study)
    found = {"Python": software["python"], "system": software["machine"], **software["packages"]}
    if cut:
        from analysis import params
        from analysis.pipeline.run import asked_engine
        from analysis.report import engine

        try:
            used = engine.choose(asked_engine(params.load(cut, study.params_dir)))
            found["rendering"] = f"{used.name} {used.version}"
        except CsrError as error:  # which the run ends with, too
            found["rendering"] = str(error)
    return found | manifest.sums_of_code(study, cut)


def digest(described: dict[str, str]) -> str:
    return hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()


def make_build(job: Job) -> None:
    """Make the build of a cut; tell its folder, and its manifest's hash."""
    from analysis.audit.manifest import sha256
    from analysis.pipeline.run import run
    from analysis.privacy.pseudonyms import read_key

    key = read_key(Path(job.key), job.study) if job.key else None
    build = run(
        job.study, job.cut, None, lambda text: tell(say=job.label + text), force=job.force, key=key, job=job.name
    )
    tell(build=str(build), manifest=sha256(build / "manifest.json"))


def simulate(job: Job) -> None:
    """Compute batches in the environment of a run; tell each with its tallies."""
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", "analysis.simulate", job.simulate]
        environment = child_environment(Path(job.project), Path(home), NO_DATE)
        with child(command, env=environment, cwd=job.project, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            for line in process.stdout:
                tell(batch=json.loads(line))
    if process.returncode:
        raise CsrError(f"a process that simulated trials ended with {process.returncode}")


def main(text: str) -> int:
    """Carry out a job; return the exit code of the error, if any."""
    job = Job(**json.loads(text))
    try:
        described = description(job.study, job.cut)
        if digest(described) != job.like:
            tell(unlike=described)
        elif job.cut:
            make_build(job)
        elif job.simulate:
            simulate(job)
    except Interrupted as stop:
        return stop.exit_code
    except CsrError as error:
        tell(error=str(error), exit_code=error.exit_code)
        return error.exit_code
    except Exception as error:
        traceback.print_exc()
        tell(error=f"{type(error).__name__}: {error}", exit_code=1)
        return 1
    return 0


if __name__ == "__main__":
    heed_interrupts()
    follow_parent()
    sys.exit(main(sys.argv[1]))
