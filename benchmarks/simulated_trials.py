"""Operating characteristics: trials of 40 patients, drawn and analysed."""

import math
from pathlib import Path

import numpy as np
from scipy.special import ndtri

from analysis.stats.checks import Floats
from analysis.stats.simulation import BATCH, Plan, Tally, batches
from benchmarks.case import Case, Contender

PLAN = Plan(n=40, null_median=5.8, accrual=24, follow_up=6)
MEDIAN, SEED = 10.0, 1


def make(folder: Path, size: int) -> None:
    (folder / "trials").write_text(str(size), encoding="utf-8")


def load(folder: Path) -> int:
    return int((folder / "trials").read_text(encoding="utf-8"))


def csr(trials: int) -> list[float]:
    tally = sum((batch.tally() for batch in batches(PLAN, MEDIAN, trials=trials, seed=SEED)), Tally())
    return [tally.benefit, tally.harm, tally.benefit_wu, tally.limit_above, tally.events, tally.median_sum]


def plain_numpy(trials: int) -> list[float]:
    """The same trials in plain numpy, which knows the design: distinct times, log-log limits."""
    found = np.zeros(6)
    at_risk = np.arange(40, 0, -1)
    left, greenwood = (at_risk - 1) / at_risk, np.append(1 / (at_risk[:-1] * (at_risk[:-1] - 1.0)), math.inf)
    for index in range(trials // BATCH):
        draw = np.random.Generator(np.random.PCG64(np.random.SeedSequence(SEED, spawn_key=(0, index))))
        potential = 30 - draw.uniform(0, 24, (BATCH, 40))
        to_event = draw.exponential(MEDIAN / math.log(2), (BATCH, 40))
        time: Floats = np.minimum(to_event, potential, dtype=np.float64)
        event = to_event <= potential
        observed, expected = event.sum(axis=1), time.sum(axis=1) * math.log(2) / 5.8
        excess, z = observed - expected, ndtri(0.975)
        order = np.argsort(time, axis=1)
        time, event = np.take_along_axis(time, order, axis=1), np.take_along_axis(event, order, axis=1)
        survival: Floats = np.cumprod(np.where(event, left, 1.0), axis=1, dtype=np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            log = np.log(survival)
            error = np.sqrt(np.cumsum(np.where(event, greenwood, 0.0), axis=1))
            lower: Floats = np.exp(log * np.exp(-z * error / log))
        median, limit = _first(time, survival), _first(time, lower)
        above = (limit > 5.8) & (time[:, -1] > 5.8)
        found += [
            (excess < -z * np.sqrt(expected)).sum(),
            (excess > z * np.sqrt(expected)).sum(),
            (excess < -z * np.sqrt((observed + expected) / 2)).sum(),
            above.sum(),
            observed.sum(),
            median[np.isfinite(median)].sum(),
        ]
    return list(found)


def _first(time: Floats, curve: Floats) -> Floats:
    """The time at which each row's curve comes down to 1/2, the middle if it stays there, infinity if it does not."""
    reached, below = curve <= 0.5 + 1e-8, curve < 0.5 - 1e-8
    rows, first = np.arange(len(time)), reached.argmax(axis=1)
    stays = (curve[rows, first] >= 0.5 - 1e-8) & below.any(axis=1)
    drop = np.where(stays, below.argmax(axis=1), first)
    return np.where(reached.any(axis=1), (time[rows, first] + time[rows, drop]) / 2, np.inf)


CASES = (
    Case(
        "simulation",
        "Trials of 40 patients, drawn and analysed",
        100_000,
        make,
        (Contender("csr", load, csr), Contender("plain numpy", load, plain_numpy)),
        limit=2,
    ),
)
