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
from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.errors import CsrError
from analysis.pipeline import fork_server
from analysis.pipeline.environment import PUBLIC_KEY, epoch
from analysis.pipeline.processes import follow_parent

if TYPE_CHECKING:
    from analysis.params import Output, Params
    from analysis.paths import Study
    from analysis.pipeline.steps import Steps
    from analysis.report import engine

MARK = "\x1e"
_KEPT = "kept, since nothing that it depends on has changed"
# What of a manifest's code the report is written from.
CHAPTERS = ("report/", "study/report/", "index.qmd", "study/index.qmd", "_quarto.yml", "study/_quarto.yml")


@dataclass(frozen=True)
class Job:
    """What a run asks of its computing process. `steps` is a tail of ("adam", "notebooks", "publish", "report").

    Without `public` there is no "publish"; with it, its key comes by environment, so that no file holds it.

    `engine` is what renders the report: auto, quarto or pandoc. `before` is the folder of the build before, whose
    unchanged steps are taken over; without one, `absent` says why.
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
    before: str | None = None
    absent: str = ""


def tell(**event: Any) -> None:
    """Report one event to the process that waits."""
    print(MARK + json.dumps(event), flush=True)


def derive_adam(job: Job, steps: "Steps", hurry: Callable[[], object]) -> None:
    """Derive the analysis datasets and write them as Parquet and SAS transport files.

    `hurry` is called first where they have to be derived, since all that follows may be made again then.
    """
    from analysis import adam, params
    from analysis.cut import dataset
    from analysis.paths import Study
    from analysis.pipeline.steps import digest

    needs = steps.needs(data=digest(job.inputs))
    reason = steps.keep("adam", needs)
    if reason is None:
        tell(step=f"adam: {_KEPT}")
        return
    hurry()
    study = Study.open(job.params_dir, Path(job.project))
    sdtm = dataset.frames(dataset.read_folder(study.cut_dir(job.cut)))
    folder = Path(job.work) / "adam"
    folder.mkdir()
    for name, derived in adam.derive(sdtm, params.load(job.cut, job.params_dir)).items():
        derived.frame.write_parquet(folder / f"{name.lower()}.parquet")
        dataset.write_xpt(derived, folder / f"{name.lower()}.xpt")
    steps.record("adam", needs, folder.iterdir())
    tell(step=_with_reason("adam", reason))


def _with_reason(name: str, reason: str) -> str:
    return f"{name}, since {reason}" if reason else name


def run_notebooks(job: Job, steps: "Steps", kernel: Callable[[], str]) -> None:
    """Execute the notebooks; they leave displays in tlf/ and results in results/, which become results.json.

    `kernel` returns the name of the kernelspec they run in, and is called where one has to run.
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
        named = {f"notebook {source.stem}": source for source in wave}
        needs = {name: steps.needs(**_reads(source, job)) for name, source in named.items()}
        again = {name: why for name in named if (why := steps.keep(name, needs[name])) is not None}
        kept = {source.stem for name, source in named.items() if name not in again}
        if kept:
            tell(step=f"{len(kept)} of {len(wave)} notebooks: {_KEPT}")
            _keep_results(work, {name for name, output in catalogue.items() if output.notebook in kept})
        if again:
            notebooks.execute(
                sorted((named[name] for name in again), key=partial(_lightness, catalogue)),
                work / "notebooks",
                parameters={"cut": job.cut, "params_dir": inside},
                cwd=study.project,
                done=partial(_tell_notebook, again),
                timeout_s=timeout_s,
                kernel=kernel(),
            )
        for name in again:
            own = {output for output, entry in catalogue.items() if entry.notebook == named[name].stem}
            shown = [path for path in (work / "tlf").iterdir() if params.listed_as(path.stem, catalogue) in own]
            steps.record(name, needs[name], [work / "notebooks" / named[name].name, work / "results.json", *shown])
    missing = [o for o in catalogue if not (work / "tlf" / f"{o}.json").exists()]
    if missing:
        raise CsrError(f"params/outputs.yaml lists outputs that no notebook showed: {', '.join(missing)}")
    rows = [
        results.Result(**row) for p in sorted((work / "results").glob("*.json")) for row in json.loads(p.read_text())
    ]
    results.write_results(rows, work)
    shutil.rmtree(work / "results")


def _lightness(catalogue: Mapping[str, "Output"], source: Path) -> tuple[bool, int]:
    """Order of notebooks, the longest first, so that none is left alone at the end: figures by patient, then tables."""
    own = [output for output in catalogue.values() if output.notebook == source.stem]
    return not any(output.series for output in own), -len(own)


def _tell_notebook(reasons: Mapping[str, str], stem: str) -> None:
    name = f"notebook {stem}"
    tell(step=_with_reason(name, reasons[name]))


def _reads(source: Path, job: Job) -> dict[str, str]:
    """What one notebook depends on beyond what every step does: name -> SHA-256."""
    from analysis.audit.manifest import sha256
    from analysis.pipeline.declared import RESULTS, SDTM, declared_by
    from analysis.pipeline.steps import digest

    work = Path(job.work)
    datasets = {path.stem.upper(): path for path in sorted((work / "adam").glob("*.parquet"))}
    reads = declared_by(source)
    found = {f"notebooks/{source.name}": sha256(source)}
    for name in sorted({*datasets, SDTM, RESULTS} if reads is None else reads):
        if name == SDTM:
            found[name] = digest(job.inputs)
        elif name == RESULTS:
            recorded = {path.stem: json.loads(path.read_text()) for path in (work / "results").glob("*.json")}
            found[name] = digest({output: sorted(map(json.dumps, rows)) for output, rows in recorded.items()})
        else:
            found[name] = sha256(datasets[name]) if name in datasets else "the study has none"
    return found


def _keep_results(work: Path, outputs: Collection[str]) -> None:
    """Record the results of kept notebooks again, from the results.json that came with their files."""
    from analysis.results import read_results

    found: dict[str, list[dict[str, Any]]] = {}
    for result in read_results(work / "results.json"):
        if result.output in outputs:
            found.setdefault(result.output, []).append(asdict(result))
    for output, rows in found.items():
        (work / "results" / f"{output}.json").write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")


def publish(job: Job, key: bytes) -> None:
    """Make what the notebooks left fit for the public."""
    from analysis import params
    from analysis.privacy import public_params, publish

    chosen = params.load(job.cut, job.params_dir)
    catalogue = params.catalogue_of(chosen, job.params_dir)
    publish.publish(Path(job.work), public_params(chosen), catalogue, key)


def make_report(job: Job, steps: "Steps") -> None:
    """Stage the book, check it and render it, and write the manifest over the finished build."""
    from analysis import params
    from analysis.audit import crate, manifest
    from analysis.cut import dataset
    from analysis.paths import Study
    from analysis.pipeline.steps import digest
    from analysis.privacy import public_params, scan
    from analysis.report import engine

    study, work = Study.open(job.params_dir, Path(job.project)), Path(job.work)
    chosen, catalogue = params.load(job.cut, job.params_dir), params.load_catalogue(job.params_dir)
    if job.public:
        chosen = public_params(chosen)
    lock_date = dt.date.fromisoformat(job.lock_date)
    renderer = engine.choose(job.engine)
    tell(step=f"engine: {renderer.name} {renderer.version}")
    used = {"name": renderer.name, "version": renderer.version}
    made = manifest.made_from(study, chosen, job.inputs, used, job.lock_date, public=job.public)
    upstream = manifest.sums_of(work)
    needs = steps.needs(
        chapters=digest({name: sha for name, sha in made["code"].items() if name.startswith(CHAPTERS)}),
        notebooks=digest(upstream),
        lock=digest([chosen.lock_sha256, job.lock_date]),
        engine=digest(used),
    )
    reason = steps.keep("report", needs)
    if reason is None:
        tell(step=f"report: {_KEPT}")
    else:
        os.environ["SOURCE_DATE_EPOCH"] = str(epoch(lock_date))
        _render(study, job, chosen, catalogue, renderer)
        steps.record("report", needs, [work / name for name in manifest.sums_of(work).keys() - upstream.keys()])
        tell(step=_with_reason("report", reason))
    # A public version is made whole each time: what its steps depend on is not for the public.
    made["steps"] = {} if job.public else {name: step.model_dump() for name, step in steps.made.items()}
    made["outputs"] = manifest.sums_of(work)
    crate.write_crate(made, catalogue, work)
    made["outputs"][crate.NAME] = manifest.sha256(work / crate.NAME)
    manifest.write_manifest(made, work)
    if job.public:
        cut = dataset.read_folder(study.cut_dir(job.cut))
        scan.check(work, scan.secrets(cut, {chosen.cutoff, lock_date}), set(made["code"].values()))
        tell(step="every file looked through for identifiers and dates of patients")


def _render(
    study: "Study", job: Job, chosen: "Params", catalogue: Mapping[str, "Output"], renderer: "engine.Engine"
) -> None:
    """Write all that is the report's own: displays as Word and RTF, traces, sections, the report in its formats."""
    from analysis import params, results
    from analysis.audit import manifest, trace_page
    from analysis.pipeline.helper import Helper
    from analysis.privacy import DELIVERED, prose, statement
    from analysis.report import abbreviations, displays, lint, render, stage, variables
    from analysis.report.phrases import phrases
    from analysis.tlf.display import ids_shown

    work, lock_date = Path(job.work), dt.date.fromisoformat(job.lock_date)
    software = manifest.software(study)
    found = results.read_results(work / "results.json")
    said = prose.sentences if job.public else phrases
    values = variables.variables(found, chosen, lock_date, said) | {
        "software.python": software["python"],
        "software.list": ", ".join(f"{name} {version}" for name, version in software["packages"].items()),
        "software.engine": f"{renderer.name} {renderer.version}",
    }
    if job.public:
        values["text.data_origin"] = f"{values['text.data_origin'].removesuffix('.')}. {statement(chosen)}"
        values["text.delivered_data"] = DELIVERED
    left_out = params.load_catalogue(study.project / "params").keys() - catalogue.keys()
    with Helper() as helper:
        traces = (
            None
            if job.public
            else helper.call(trace_page.write_traces, study, chosen, catalogue, found, job.inputs, work)
        )
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
        files = helper.call(
            displays.write_displays,
            ids_shown(catalogue, work / "tlf"),
            work / "tlf",
            reference=work / "book" / stage.REFERENCE,
            params=chosen,
            date=lock_date,
        )
        lint.check(work / "book", catalogue)
        tell(step="chapters staged and checked")
        traced = traces.result() if traces else None
        render.render(work / "book", work, chosen, renderer, lock_date, catalogue, traced, helper)
        files.result()


def _open_steps(job: Job) -> "Steps":
    from analysis import params
    from analysis.audit import manifest
    from analysis.paths import Study
    from analysis.pipeline import steps

    study = Study.open(job.params_dir, Path(job.project))
    chosen = params.load(job.cut, job.params_dir)
    code = manifest.sums_of_code(study, job.cut)
    now = steps.parts(code, chosen.model_dump(mode="json"), manifest.software(study))
    before = steps.build_before(Path(job.before)) if job.before else None
    return steps.Steps(Path(job.work), now, before, job.absent)


def main(path: str) -> int:
    """Carry out a job file; return the exit code of the error, if any."""
    job = Job(**json.loads(Path(path).read_text(encoding="utf-8")))
    key = bytes.fromhex(os.environ.pop(PUBLIC_KEY, ""))
    try:
        steps = _open_steps(job)
        with ExitStack() as open_until_done:
            # Kernels get ready while the datasets are derived, and are not made where none is needed.
            ready = cache(lambda: open_until_done.enter_context(fork_server.kernels(Path(path).parent)))
            for name in job.steps:
                match name:
                    case "adam":
                        derive_adam(job, steps, hurry=ready)
                    case "notebooks":
                        run_notebooks(job, steps, kernel=lambda: ready()())
                    case "publish":
                        publish(job, key)
                    case "report":
                        make_report(job, steps)
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
