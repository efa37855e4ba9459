"""The computing half of a run: a process of its own, in an environment built from nothing (see environment.py).

It is told what to do by job.json in its home folder, reports progress on standard output as lines that start with
MARK, and leaves the finished build in the job's folder.
"""

import datetime as dt
import json
import os
import shutil
import sys
import traceback
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.errors import CsrError
from analysis.pipeline import fork_server
from analysis.pipeline.environment import PUBLIC_KEY
from analysis.pipeline.processes import follow_parent

MARK = "\x1e"


@dataclass(frozen=True)
class Job:
    """What a run asks of its computing process. `steps` is a tail of ("adam", "notebooks", "publish", "report").

    Without `public` there is no "publish"; with it, its key comes by environment, so that no file holds it.

    `engine` is what renders the report: auto, quarto or pandoc.
    """

    project: str
    params_dir: str
    cut: str
    work: str
    lock_date: str
    inputs: dict[str, str]
    steps: list[str]
    engine: str
    public: bool = False


def tell(**event: Any) -> None:
    """Report one event to the process that waits."""
    print(MARK + json.dumps(event), flush=True)


def derive_adam(job: Job) -> None:
    """Derive the analysis datasets and write them as Parquet and SAS transport files."""
    from analysis import adam, params
    from analysis.cut import dataset
    from analysis.paths import Study

    study = Study.open(job.params_dir, Path(job.project))
    sdtm = dataset.frames(dataset.read_folder(study.cut_dir(job.cut)))
    folder = Path(job.work) / "adam"
    folder.mkdir()
    for name, derived in adam.derive(sdtm, params.load(job.cut, job.params_dir)).items():
        derived.frame.write_parquet(folder / f"{name.lower()}.parquet")
        dataset.write_xpt(derived, folder / f"{name.lower()}.xpt")


def run_notebooks(job: Job, kernel: str) -> None:
    """Execute the notebooks; they leave displays in tlf/ and results in results/, which become results.json.

    `kernel` is the name of the kernelspec they run in.
    """
    from analysis import params, results
    from analysis.paths import Study
    from analysis.pipeline import notebooks

    study, work = Study.open(job.params_dir, Path(job.project)), Path(job.work)
    for name in ("notebooks", "tlf", "results"):
        (work / name).mkdir()
    folder = study.params_dir
    inside = folder.relative_to(study.project).as_posix() if folder.is_relative_to(study.project) else folder.name
    catalogue = params.load_catalogue(folder)
    timeout_s = params.load(job.cut, folder).run.cell_timeout_seconds
    for wave in notebooks.waves(study.find("notebooks"), [output.notebook for output in catalogue.values()]):
        notebooks.execute(
            wave,
            work / "notebooks",
            parameters={"cut": job.cut, "params_dir": inside},
            cwd=study.project,
            done=lambda name: tell(step=f"notebook {name}"),
            timeout_s=timeout_s,
            kernel=kernel,
        )
    missing = [o for o in catalogue if not (work / "tlf" / f"{o}.json").exists()]
    if missing:
        raise CsrError(f"params/outputs.yaml lists outputs that no notebook showed: {', '.join(missing)}")
    rows = [
        results.Result(**row) for p in sorted((work / "results").glob("*.json")) for row in json.loads(p.read_text())
    ]
    results.write_results(rows, work)
    shutil.rmtree(work / "results")


def publish(job: Job, key: bytes) -> None:
    """Make what the notebooks left fit for the public."""
    from analysis import params
    from analysis.privacy import public_params, publish

    chosen = params.load(job.cut, job.params_dir)
    catalogue = params.catalogue_of(chosen, job.params_dir)
    publish.publish(Path(job.work), public_params(chosen), catalogue, key)


def make_report(job: Job) -> None:
    """Stage the book, check it, render it, and write the manifest over the finished build."""
    from analysis import params, results
    from analysis.audit import crate, manifest, trace_page
    from analysis.cut import dataset
    from analysis.paths import Study
    from analysis.privacy import prose, public_params, scan, statement
    from analysis.report import abbreviations, displays, engine, lint, render, stage, variables
    from analysis.report.phrases import phrases
    from analysis.tlf.display import ids_shown

    study, work = Study.open(job.params_dir, Path(job.project)), Path(job.work)
    chosen, catalogue = params.load(job.cut, job.params_dir), params.load_catalogue(job.params_dir)
    if job.public:
        chosen = public_params(chosen)
    lock_date = dt.date.fromisoformat(job.lock_date)
    renderer = engine.choose(job.engine)
    tell(step=f"engine: {renderer.name} {renderer.version}")
    software = manifest.software(study)
    found = results.read_results(work / "results.json")
    said = prose.sentences if job.public else phrases
    values = variables.variables(found, chosen, lock_date, said) | {
        "software.python": software["python"],
        "software.list": ", ".join(f"{name} {version}" for name, version in software["packages"].items()),
        "software.engine": f"{renderer.name} {renderer.version}",
    }
    if job.public:
        values["text.data_origin"] += f" {statement(chosen)}"
    left_out = params.load_catalogue(study.project / "params").keys() - catalogue.keys()
    stage.stage_book(
        study,
        chosen,
        values,
        work / "notebooks",
        work / "book",
        date=lock_date,
        left_out=left_out,
        names_of_data=abbreviations.names_of_the_data(found),
    )
    lint.check(work / "book", catalogue)
    tell(step="chapters staged and checked")
    displays.write_displays(
        ids_shown(catalogue, work / "tlf"),
        work / "tlf",
        reference=work / "book" / stage.REFERENCE,
        params=chosen,
        date=lock_date,
    )
    traced = None if job.public else trace_page.write_traces(study, chosen, catalogue, found, job.inputs, work)
    render.render(work / "book", work, chosen, renderer, lock_date, catalogue, traced)
    used = {"name": renderer.name, "version": renderer.version}
    made = manifest.make_manifest(study, chosen, work, job.inputs, used, job.lock_date, public=job.public)
    crate.write_crate(made, catalogue, work)
    made["outputs"][crate.NAME] = manifest.sha256(work / crate.NAME)
    manifest.write_manifest(made, work)
    if job.public:
        cut = dataset.read_folder(study.cut_dir(job.cut))
        scan.check(work, scan.secrets(cut, {chosen.cutoff, lock_date}), set(made["code"].values()))
        tell(step="every file looked through for identifiers and dates of patients")


def main(path: str) -> int:
    """Carry out a job file; return the exit code of the error, if any."""
    job = Job(**json.loads(Path(path).read_text(encoding="utf-8")))
    key = bytes.fromhex(os.environ.pop(PUBLIC_KEY, ""))
    # Kernels get ready while the datasets are derived.
    wanted = "notebooks" in job.steps
    ready = fork_server.kernels(Path(path).parent) if wanted else nullcontext(lambda: "")
    try:
        with ready as kernel:
            for name in job.steps:
                match name:
                    case "adam":
                        derive_adam(job)
                    case "notebooks":
                        run_notebooks(job, kernel())
                    case "publish":
                        publish(job, key)
                    case "report":
                        make_report(job)
                tell(step=name, done=True)
    except CsrError as error:
        tell(error=str(error))
        return error.exit_code
    except Exception as error:
        traceback.print_exc()
        tell(error=f"{type(error).__name__}: {error}")
        return 1
    return 0


if __name__ == "__main__":
    follow_parent()
    sys.exit(main(sys.argv[1]))
