"""`csr simulate`, of which `cli` makes a subcommand."""

import os
from contextlib import closing
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer

from analysis.cli_shared import ParamsDir, Scheduler, print_columns, progress_shown, say
from analysis.errors import ParamsError
from analysis.paths import Study

MOST_TRIALS = 10_000_000


def simulate(
    trials: Annotated[
        int | None,
        typer.Option(help="Trials of each kind.", min=1, max=MOST_TRIALS, show_default="design.simulation_trials"),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Of the random numbers.", min=0, show_default="design.simulation_seed")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="A file for all numbers: .csv or .json.")] = None,
    processes: Annotated[
        int | None, typer.Option(help="They change no number.", min=1, show_default="one for each core")
    ] = None,
    scheduler: Scheduler = None,
    params: ParamsDir = None,
) -> None:
    """Simulate the design of params/study.yaml: power, type I error, events, medians, with their Monte Carlo errors.

    Trials have the registered number of patients, accrual, follow-up and dropout, and exponential times under the null
    and under the alternative median; they are analysed as registered. Needs no data. The same trials and seed give the
    same bytes.

    Example: csr simulate --trials 100000 --out operating.csv

    Example: csr simulate --trials 10000000 --out operating.csv --scheduler tcp://cluster:8786
    """
    if scheduler is not None and processes is not None:
        raise ParamsError("--processes is of this machine: leave it out with --scheduler")

    from analysis import simulate as simulation

    study = Study.open(params)
    assumed = simulation.assumed(study, trials=trials, seed=seed)
    if out is not None:
        simulation.check_place(out)
    with progress_shown() as progress:
        if scheduler is None:
            computed = simulation.computed_here(study, assumed, processes or os.cpu_count() or 1)
        else:
            computed = simulation.computed_on_cluster(scheduler, study, assumed, progress)
        with closing(computed):
            found = simulation.simulate(assumed, computed, progress)
    for heading, own in groupby(simulation.lines(found), key=lambda line: line[0]):
        say(f"\n{heading}")
        print_columns([line[1:] for line in own])
    size = f"{assumed.design.simulation_trials:,} trials, seed {assumed.design.simulation_seed}"
    say(f"\nIn brackets the Monte Carlo standard error; {size}")
    if out is not None:
        simulation.write(out, assumed, found)
        say(f"\n{out}: written")
