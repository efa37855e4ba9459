"""The operating characteristics of the design in as many trials as one likes: `csr simulate`.

Trials are drawn in batches, each with random numbers of its own (`analysis.stats.simulation`). Batches are computed by
processes whose environment is that of a run, here or on a cluster; what they send back is added up in the order of the
batches, so that the numbers do not depend on how many processes there are, nor on which one comes first.
"""

import csv
import io
import json
import math
import os
import sys
import tempfile
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from analysis.errors import CsrError, ParamsError
from analysis.params import Design, Km, Schedule
from analysis.params_yaml import load_alone
from analysis.paths import Study
from analysis.pipeline.environment import NO_DATE, child_environment
from analysis.pipeline.processes import child, follow_parent
from analysis.results import stored
from analysis.stats.proportions import proportion_ci
from analysis.stats.simulation import BATCH, Batch, Tally
from analysis.tlf.operating import MEANS, SHARES, TRUTHS, Assumed, formulas, jobs

BATCHES_OF_A_JOB = 50
"""On a cluster: one to two seconds of work, as much as it takes to begin."""

Computed = Generator[tuple[int, dict[str, Tally]], None, None]
"""The index of a batch and its tallies, as some process has it ready."""


@dataclass(frozen=True)
class Characteristic:
    """One number: of the design by formula (no standard error), or over simulated trials, with its Monte Carlo error.

    `standard_error` is that of the simulation, as are the 95% limits: Clopper-Pearson of a share, none of a mean.
    """

    setting: str
    patients: int
    truth: str
    true_median_months: float
    statistic: str
    label: str
    value: float | None
    standard_error: float | None = None
    lower: float | None = None
    upper: float | None = None
    trials: int | None = None


def assumed(study: Study, *, trials: int | None = None, seed: int | None = None) -> Assumed:
    """What study.yaml says of the design, with another number of trials or seed where given.

    Raises ParamsError where it has no hypothesis, so that there is nothing to simulate.
    """
    path = study.params_dir / "study.yaml"
    design = load_alone(Design, path, "design")
    if design.null_median is None or design.alternative_median is None:
        raise ParamsError(f"{path}: design: no null_median or no alternative_median, so there is no test to simulate")
    asked = {"simulation_trials": trials, "simulation_seed": seed}
    design = design.model_copy(update={key: value for key, value in asked.items() if value is not None})
    return Assumed(design, load_alone(Km, path, "km"), load_alone(Schedule, path, "schedule"))


def sizes(trials: int) -> list[int]:
    """The numbers of trials of the batches that make up `trials`."""
    return [min(BATCH, trials - start) for start in range(0, trials, BATCH)]


def simulate_batch(params: Assumed, batch_index: int, trials: int) -> dict[str, Tally]:
    """One batch of every setting under every truth: "<setting><truth>" -> what was counted.

    A pure function: its numbers depend on its arguments alone, the seed being that of the design.
    """
    return {
        f"{setting.key}{truth}": Batch(
            setting.plan, median, trials, params.design.simulation_seed, stream, batch_index
        ).tally()
        for (setting, truth), median, stream in jobs(params)
    }


def simulate(params: Assumed, computed: Computed, progress: Callable[[str], None]) -> list[Characteristic]:
    """All characteristics of the design, in `design.simulation_trials` trials of each setting and truth."""
    parts = sizes(params.design.simulation_trials)
    found: dict[int, dict[str, Tally]] = {}
    shown = 0
    for index, tallies in computed:
        found[index] = tallies
        if (done := 10 * len(found) // len(parts)) > shown:
            progress(f"trials: {sum(parts[place] for place in found):,} of {sum(parts):,}")
            shown = done
    if len(found) < len(parts):
        raise CsrError("a process that simulated trials ended early; what it said stands above")
    return characteristics(params, [found[index] for index in range(len(parts))])


def characteristics(params: Assumed, batches: Sequence[Mapping[str, Tally]]) -> list[Characteristic]:
    """The numbers from the tallies of all batches, in their order."""
    (registered, _), _, _ = jobs(params)[0]
    medians = dict(zip(TRUTHS, (params.design.null_median, params.design.alternative_median), strict=True))
    found = []
    for name, label, value, _, method in formulas(params):
        truth, statistic = name.split("_", 1)
        shared = (f"by formula: {method}", registered.plan.n, truth, medians[truth] or math.nan)
        found.append(Characteristic(*shared, statistic, label, stored(value)))
    for (setting, truth), median, _ in jobs(params):
        tally = sum((batch[f"{setting.key}{truth}"] for batch in batches), Tally())
        shared = (setting.label, setting.plan.n, truth, median)
        for stat in setting.shares:
            label, count = SHARES[stat]
            share = proportion_ci(count(tally), tally.trials)
            error = math.sqrt(share.value * (1 - share.value) / tally.trials)
            limits = stored(share.ci_lower), stored(share.ci_upper)
            found.append(
                Characteristic(*shared, stat, label, stored(share.value), stored(error), *limits, tally.trials)
            )
        for stat in setting.means:
            label, sums = MEANS[stat]
            of = sums(tally)
            found.append(Characteristic(*shared, stat, label, stored(of.mean), stored(of.std_err), trials=tally.trials))
    return found


def check_place(path: Path) -> None:
    """Raise ParamsError, before anything is computed, for a file that `write` cannot write."""
    if path.suffix.lower() not in _WRITERS:
        raise ParamsError(f"--out {path}: expected a file that ends in {' or '.join(_WRITERS)}")
    if not path.parent.is_dir() or path.is_dir():
        raise ParamsError(f"--out {path}: expected a file in a folder that is there")


def write(path: Path, params: Assumed, found: Sequence[Characteristic]) -> None:
    """Write the numbers as CSV or JSON, by the ending; the same numbers are the same bytes."""
    path.write_text(_WRITERS[path.suffix.lower()](params, found), encoding="utf-8", newline="")


def _as_csv(params: Assumed, found: Sequence[Characteristic]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(field.name for field in fields(Characteristic))
    writer.writerows(asdict(row).values() for row in found)
    return text.getvalue()


def _as_json(params: Assumed, found: Sequence[Characteristic]) -> str:
    content = {"design": params.design.model_dump(), "characteristics": [asdict(row) for row in found]}
    return json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


_WRITERS: dict[str, Callable[[Assumed, Sequence[Characteristic]], str]] = {".csv": _as_csv, ".json": _as_json}


def lines(found: Sequence[Characteristic]) -> list[tuple[str, ...]]:
    """The numbers for a reader: setting, label, and under each truth the number with its Monte Carlo standard error."""
    rows: dict[tuple[str, ...], dict[str, str]] = {}
    for row in found:
        factor = 100 if row.label.endswith("%") else 1
        text = "NE" if row.value is None else f"{factor * row.value:.2f}"
        if row.standard_error is not None:
            text += f" ({factor * row.standard_error:.3f})"
        rows.setdefault((row.setting, ""), {})[row.truth] = f"median {row.true_median_months:g}, {row.truth}"
        rows.setdefault((row.setting, row.label), {})[row.truth] = text
    return [(*key, *(of[truth] for truth in TRUTHS)) for key, of in rows.items()]


def computed_here(study: Study, params: Assumed, processes: int) -> Computed:
    """Every batch, by processes of this machine. All share one pipe, a line for a batch."""
    processes = min(processes, len(sizes(params.design.simulation_trials)))
    with tempfile.TemporaryDirectory() as home, ExitStack() as started:
        environment = child_environment(study.project, Path(home), NO_DATE)
        read, write = os.pipe()
        with os.fdopen(write, "w") as shared:
            for number in range(processes):
                job = _job(params, number, processes)
                command = [sys.executable, "-m", "analysis.simulate", job]
                started.enter_context(child(command, env=environment, cwd=study.project, stdout=shared))
        with os.fdopen(read, encoding="utf-8") as lines:
            for line in lines:
                yield _batch(json.loads(line))


def computed_on_cluster(address: str, study: Study, params: Assumed, progress: Callable[[str], None]) -> Computed:
    """Every batch, by the workers of a Dask cluster. Raises as `cluster.carry_out`, and CsrError where a job fails."""
    from analysis.pipeline.cluster import carry_out
    from analysis.pipeline.job import Job

    parts = math.ceil(len(sizes(params.design.simulation_trials)) / BATCHES_OF_A_JOB)
    jobs = [
        Job(str(study.project), str(study.params_dir), simulate=_job(params, number, parts)) for number in range(parts)
    ]
    with closing(carry_out(address, jobs, progress)) as ended:
        for _, told in ended:
            if isinstance(told, CsrError):
                raise told
            for event in told:
                yield _batch(event["batch"])


def _job(params: Assumed, number: int, parts: int) -> str:
    """What `main` is told: the design, and to compute every `parts`-th batch from that `number`."""
    return json.dumps([_plain(params), number, parts])


def _batch(line: Any) -> tuple[int, dict[str, Tally]]:
    index, tallies = line
    return index, {key: Tally(**tally) for key, tally in tallies.items()}


def _plain(params: Assumed) -> dict[str, object]:
    return {field.name: getattr(params, field.name).model_dump(mode="json") for field in fields(Assumed)}


def main(job: str) -> None:
    """What one process does: every so many-th batch, each as one line, shorter than what a pipe takes at once."""
    plain, first, step = json.loads(job)
    params = Assumed(Design(**plain["design"]), Km(**plain["km"]), Schedule(**plain["schedule"]))
    for index, trials in list(enumerate(sizes(params.design.simulation_trials)))[first::step]:
        tallies = {key: asdict(tally) for key, tally in simulate_batch(params, index, trials).items()}
        os.write(sys.stdout.fileno(), (json.dumps([index, tallies]) + "\n").encode())


if __name__ == "__main__":
    follow_parent()
    main(sys.argv[1])
